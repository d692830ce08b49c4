/*
 * filter - $filter, OData URL conventions §5.1.1: text to a tree over our property rows.
 *
 * This cut knows `eq`, `and` and parentheses. A word is looked up in a table; values are bound,
 * never text; depth and size are capped. Errors: ERR_INVALID, naming property and operator.
 */
#pragma once

#include "base/attributes.h"
#include "model/query.h"

#include <stdbool.h>

struct arena;
struct error;

enum { FILTER_OCTETS_MAX = 4096, FILTER_DEPTH_MAX = 16, FILTER_COMPARISONS_MAX = 32 };

const struct filter *filter_parse(const char *text, const struct entity *entity,
                                  struct arena *arena, struct error *err) MUST_CHECK;
