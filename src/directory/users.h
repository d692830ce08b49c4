/*
 * users - making and changing those who sign in, each change with its audit row.
 *
 * Names and certificateUserIds are one user's only within a tenant, compared without case. Errors:
 * ERR_INVALID naming the member, ERR_CONFLICT for what is another's, ERR_NOT_FOUND,
 * ERR_PRECONDITION. [desk]
 */
#pragma once

#include "base/attributes.h"
#include "model/audit.h"
#include "model/user.h"

#include <stdbool.h>
#include <time.h>

struct arena;
struct error;
struct store;

bool user_create(struct store *store, const struct actor *actor, const struct user *wish,
                 time_t now, struct arena *arena, struct user *out, struct error *err) MUST_CHECK;

/* wish: the stored one with changes. */
bool user_change(struct store *store, const struct actor *actor, const struct user *wish,
                 time_t now, struct arena *arena, struct user *out, struct error *err) MUST_CHECK;

/* Out of every group too. */
bool user_delete(struct store *store, const struct actor *actor, const struct user *stored,
                 time_t now, struct error *err) MUST_CHECK;

/* As names are compared. */
const char *user_name_folded(const char *name, struct arena *arena);
