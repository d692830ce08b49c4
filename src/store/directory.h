/*
 * directory - the queries of users and groups that are not plain entity reads and writes (rows.h).
 */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct error;
struct session;
struct strings;

/* Instead of those that the user had; folded, each once. ERR_CONFLICT when one is another's. */
bool certificate_user_ids_put(struct session *session, const char *tenant_id, const char *user_id,
                              const struct strings *folded, struct error *err) MUST_CHECK;

/* Both must be the tenant's. ERR_INVALID when the user is in the group already. */
bool group_members_add(struct session *session, const char *tenant_id, const char *group_id,
                       const char *user_id, time_t now, struct error *err) MUST_CHECK;
/* ERR_NOT_FOUND */
bool group_members_remove(struct session *session, const char *tenant_id, const char *group_id,
                          const char *user_id, struct error *err) MUST_CHECK;
bool group_members_drop_user(struct session *session, const char *tenant_id, const char *user_id,
                             struct error *err) MUST_CHECK;
bool group_members_drop_group(struct session *session, const char *tenant_id, const char *group_id,
                              struct error *err) MUST_CHECK;
