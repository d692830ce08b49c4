/*
 * jwks - the key sets of outside providers: fetched by a thread of their own, kept, refreshed.
 *
 * A set is fetched when the server starts, again when its max-age has passed, and when a token
 * names a key that it lacks: five such wishes at once, then one a minute, so that made-up names
 * cost a look-up each and nothing more. No worker ever waits for a provider. What a provider sends
 * that is too large, not a key set or nothing at all leaves the last good set in force, for a
 * day at most.
 *
 * Errors of jwks_find: ERR_BUSY while the set that may have the key is on its way (jwks_wait),
 * ERR_UNAUTHENTICATED when there is no such key.
 */
#pragma once

#include "auth/jose.h"
#include "auth/provider.h"
#include "base/attributes.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct error;
struct fetch_answer;
struct fetch_limits;
struct jwks;

typedef bool jwks_fetch_fn(const char *url, const struct fetch_limits *limits,
                           struct fetch_answer *out, struct error *err);

enum { JWKS_WAITERS_MAX = 2 };

/* fetch: fetch_get, or a test's. The settings outlive it. */
struct jwks *jwks_new(const struct provider_settings *providers, size_t count,
                      jwks_fetch_fn *fetch);
void jwks_start(struct jwks *jwks); /* its thread; fetches every set at once */
void jwks_free(struct jwks *jwks);  /* NULL is fine */

/* What the thread does: fetches the sets that are due or wanted. */
void jwks_refresh(struct jwks *jwks, time_t now);

/* A reference for EVP_PKEY_free; *algorithms is what may be used with it. key_id NULL: a set with
 * one fitting key. */
EVP_PKEY *jwks_find(struct jwks *jwks, size_t provider, const char *key_id,
                    enum jose_algorithm algorithm, time_t now, unsigned *algorithms,
                    struct error *err) MUST_CHECK;

/* Waits until nothing is on its way. false when so many wait already, or it takes too long. */
bool jwks_wait(struct jwks *jwks, int timeout_ms);
