/*
 * groups - making and changing groups and who is in them, each change with its audit row.
 *
 * Members are users. Errors: ERR_INVALID, ERR_NOT_FOUND, ERR_PRECONDITION. [desk]
 */
#pragma once

#include "base/attributes.h"
#include "model/audit.h"
#include "model/group.h"

#include <stdbool.h>
#include <time.h>

struct arena;
struct error;
struct store;

bool group_create(struct store *store, const struct actor *actor, const struct group *wish,
                  time_t now, struct arena *arena, struct group *out, struct error *err) MUST_CHECK;

/* wish: the stored one with changes. */
bool group_change(struct store *store, const struct actor *actor, const struct group *wish,
                  time_t now, struct group *out, struct error *err) MUST_CHECK;

/* Its members stay users. */
bool group_delete(struct store *store, const struct actor *actor, const struct group *stored,
                  time_t now, struct error *err) MUST_CHECK;

bool group_add_member(struct store *store, const struct actor *actor, const char *group_id,
                      const char *user_id, time_t now, struct error *err) MUST_CHECK;
bool group_remove_member(struct store *store, const struct actor *actor, const char *group_id,
                         const char *user_id, time_t now, struct error *err) MUST_CHECK;
