/*
 * search - $search, OData URL conventions §5.1.7: phrases that must all be found.
 *
 *     $search="cn=pc" AND "deviceName:lab"
 * A phrase may begin with the name of a property and a colon; otherwise every property whose row
 * says SEARCH is looked into. Words may stand without quotes. Errors: ERR_INVALID.
 */
#pragma once

#include "base/attributes.h"
#include "model/query.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct error;

enum { SEARCH_OCTETS_MAX = 1024 };

bool search_parse(const char *text, const struct entity *entity, struct arena *arena,
                  struct search out[QUERY_SEARCH_MAX], size_t *count, struct error *err) MUST_CHECK;
