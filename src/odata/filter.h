/*
 * filter - $filter, OData URL conventions §5.1.1: text to a tree over our property rows.
 *
 * Knows and, or, not, in, the six comparisons, startswith, endswith, contains, and any() over
 * collections. Which of them fits depends on the property's type; a property takes part when its
 * row says FILTER. Values are bound, never text; depth and size are capped. Errors: ERR_INVALID,
 * naming property and operator.
 */
#pragma once

#include "base/attributes.h"
#include "model/query.h"

#include <stdbool.h>

struct arena;
struct error;

enum { FILTER_OCTETS_MAX = 16384, FILTER_DEPTH_MAX = 16, FILTER_VALUES_MAX = 100 };

const struct filter *filter_parse(const char *text, const struct entity *entity,
                                  struct arena *arena, struct error *err) MUST_CHECK;
