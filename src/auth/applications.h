/*
 * applications - registering the programs that call us, and what they may do.
 *
 * An application's app roles are scopes that its own tokens carry, without the directory roles and
 * the scope tags that limit people. Who registers one can give it only what the caller may do
 * itself, unless the caller may assign every role (AppRoleAssignment.ReadWrite.All); nor can
 * anybody give himself the credentials of an application that may do more. Every change is audited.
 * All of it waits for the commit: [desk]. Errors: ERR_INVALID naming the member, ERR_FORBIDDEN,
 * ERR_NOT_FOUND, ERR_PRECONDITION.
 */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>
#include <time.h>

struct application;
struct arena;
struct auth;
struct caller;
struct error;
struct password_credential;

/* Whether the caller may do all that an application with this app role may. */
typedef bool application_may_fn(const struct caller *caller, const char *app_role);

struct application_actor {
    const struct caller *caller;
    const char *request_id;
    application_may_fn *may;
};

/* wish: what the client gave; out: what was stored. */
bool application_create(struct auth *auth, const struct application_actor *actor,
                        const struct application *wish, time_t now, struct arena *arena,
                        struct application *out, struct error *err) MUST_CHECK;

/* wish: the stored one with the client's changes; its revision must still be the stored one's. */
bool application_change(struct auth *auth, const struct application_actor *actor,
                        const struct application *wish, time_t now, struct arena *arena,
                        struct application *out, struct error *err) MUST_CHECK;

/* Tokens that it holds live on until they end, an hour at most. */
bool application_delete(struct auth *auth, const struct application_actor *actor, const char *id,
                        time_t now, struct error *err) MUST_CHECK;

/* out shows the secret, this once. A lifetime that is not given is two years. */
bool application_add_password(struct auth *auth, const struct application_actor *actor,
                              const char *id, const struct password_credential *wish, time_t now,
                              struct arena *arena, struct password_credential *out,
                              struct error *err) MUST_CHECK;

bool application_remove_password(struct auth *auth, const struct application_actor *actor,
                                 const char *id, const char *key_id, time_t now,
                                 struct error *err) MUST_CHECK;
