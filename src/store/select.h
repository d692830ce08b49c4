/*
 * select - a struct query as one SQL statement with parameters.
 *
 * entity_list and its like for queries that name a tenant; these for the functions of rows.h
 * that find the tenant (device URLs) or serve all of them (timers).
 */
#pragma once

#include "base/attributes.h"
#include "model/query.h"
#include "store/entity.h"

#include <stdbool.h>

struct arena;
struct error;
struct session;

bool select_list(struct session *session, const struct query *query, struct arena *arena,
                 entity_fn *each, void *context, bool *more, struct error *err) MUST_CHECK;
bool select_count(struct session *session, const struct query *query, int64_t *out,
                  struct error *err) MUST_CHECK;

/* The first row; *found says whether there is one. */
bool select_first(struct session *session, const struct query *query, struct arena *arena,
                  void *out, bool *found, struct error *err) MUST_CHECK;
