/*
 * describe - the route tables as a schema: what each path leads to, what can be done there.
 *
 * A path says what it leads to by the row that reads it: `a/{x}/b` hangs b on what `a` lists. The
 * objects on the way that no row reads, such as deviceManagement, have a row in describe.c.
 */
#pragma once

#include "graph/route.h"

#include <stdbool.h>

struct arena;
struct schema;

/* What this version of the API has. url: of the API, without version. */
void describe(const struct route *const *tables, enum api_version version, const char *url,
              struct arena *arena, struct schema *out);

/* Whether a path leads somewhere, segment by segment. */
bool describe_can_place(const struct route *const *tables, const struct route *route);
