/*
 * callers - queries of who calls: token keys, secrets of applications, assertions used.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"

#include <stdbool.h>
#include <time.h>

struct application;
struct arena;
struct error;
struct session;

/* ---- token keys ---- */

struct token_key_row {
    const char *key_id;
    time_t created_at;
    time_t ends_at; /* of the last token that it signed; 0: it may sign */
};
/* Those that have not ended, newest first. */
typedef bool token_key_fn(const struct token_key_row *row, void *context, struct error *err);
bool token_keys_each(struct session *session, time_t now, token_key_fn *each, void *context,
                     struct error *err) MUST_CHECK;
bool token_keys_insert(struct session *session, const char *key_id, time_t now,
                       struct error *err) MUST_CHECK;
/* All but this one sign no more. */
bool token_keys_retire_others(struct session *session, const char *key_id, time_t ends_at,
                              struct error *err) MUST_CHECK;
/* One that has ended, to be destroyed; NULL when there is none. */
bool token_keys_ended(struct session *session, time_t now, struct arena *arena, const char **key_id,
                      struct error *err) MUST_CHECK;
bool token_keys_delete(struct session *session, const char *key_id, struct error *err) MUST_CHECK;

/* ---- applications ---- */

struct application_secret {
    const char *id;
    const char *tenant_id;
    const char *application_id;
    struct bytes mac;
    time_t begins_at;
    time_t ends_at;
};
/* ERR_NOT_FOUND */
bool applications_find(struct session *session, const char *tenant_id, const char *app_id,
                       struct arena *arena, struct application *out, struct error *err) MUST_CHECK;
bool applications_delete(struct session *session, const char *tenant_id, const char *id,
                         struct error *err) MUST_CHECK; /* its secrets too */
bool application_secrets_insert(struct session *session, const struct application_secret *secret,
                                struct error *err) MUST_CHECK;
bool application_secrets_delete(struct session *session, const char *tenant_id, const char *id,
                                struct error *err) MUST_CHECK;
bool application_secrets_fit(struct session *session, const char *tenant_id,
                             const char *application_id, struct bytes mac, time_t now, bool *fits,
                             struct error *err) MUST_CHECK;

/* ERR_UNAUTHENTICATED when it was used before. */
bool client_assertions_use(struct session *session, const char *tenant_id, struct bytes hash,
                           time_t ends_at, struct error *err) MUST_CHECK;
bool client_assertions_purge(struct session *session, time_t now, struct error *err) MUST_CHECK;
