/*
 * entity - rows of our tables to structs and back, by their property rows (model/property.h).
 *
 * The SQL of each entity is made once from its rows. Every statement names the tenant. Loaded
 * text and octets live in the arena given.
 */
#pragma once

#include "base/attributes.h"
#include "model/property.h"
#include "model/query.h"

#include <stdbool.h>
#include <time.h>

struct arena;
struct error;
struct session;

/* ERR_CONFLICT with a message naming the entity when a unique column is taken. */
bool entity_insert(struct session *session, const struct entity *entity, const void *object,
                   struct error *err) MUST_CHECK;

/* Writes every written column of the row with this id and tenant. Where the entity has a
 * `revision`, the row must still have the object's and gets the next one (ERR_PRECONDITION
 * otherwise); the object's own member is not changed. */
bool entity_update(struct session *session, const struct entity *entity, const void *object,
                   struct error *err) MUST_CHECK;

/* The row of the object's id and tenant; with a `revision`, only if it still has the object's
 * (ERR_PRECONDITION). */
bool entity_delete(struct session *session, const struct entity *entity, const void *object,
                   struct error *err) MUST_CHECK;

/* tenant_id NULL only where design §8 allows (device URLs find their tenant from the caId). */
bool entity_get(struct session *session, const struct entity *entity, const char *tenant_id,
                const char *id, time_t now, struct arena *arena, void *out,
                struct error *err) MUST_CHECK;

/* Rows in order; each() borrows the object, whose text lives in arena. *more says whether rows
 * are left beyond top. */
typedef bool entity_fn(const void *object, void *context, struct error *err);
bool entity_list(struct session *session, const struct query *query, struct arena *arena,
                 entity_fn *each, void *context, bool *more, struct error *err) MUST_CHECK;

/* The first row, or false with ERR_NOT_FOUND naming the entity. */
bool entity_find(struct session *session, const struct query *query, struct arena *arena, void *out,
                 struct error *err) MUST_CHECK;

bool entity_count(struct session *session, const struct query *query, int64_t *out,
                  struct error *err) MUST_CHECK;
