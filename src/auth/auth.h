/*
 * auth - who is calling and what they may: the root object that tokens and challenges share.
 */
#pragma once

#include "auth/jwks.h"
#include "auth/provider.h"
#include "base/attributes.h"
#include "base/bytes.h"
#include "base/timer.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct auth;
struct error;
struct keys;
struct store;

struct auth_settings {
    const char *issuer;   /* iss of our tokens: "https://…/{tenant}/v2.0" without a slash behind;
                             a literal "{tenant}" in it stands for the token's tid */
    const char *audience; /* "cloudpki" unless set */
    const struct provider_settings *providers; /* of others */
    size_t provider_count;
    const struct role_settings *roles; /* that reach only some CAs */
    size_t role_count;
    int token_key_days; /* until the next one; 0: 90 */
};

struct auth_options {
    struct store *store;
    struct keys *keys;
    struct auth_settings settings; /* all of it is copied */
    jwks_fetch_fn *fetch;          /* NULL: fetch_get */
};

struct auth *auth_new(const struct auth_options *options, struct error *err) MUST_CHECK;

/* From now on the key sets of outside providers are fetched. */
void auth_start(struct auth *auth);

/* What that does by itself: fetches the sets that are due at `now`. [desk] */
void auth_refresh(struct auth *auth, time_t now);

/* New token keys, ended assertions; context: struct auth. */
extern const struct timer_row auth_timers[];

/* HMAC-SHA-256 under a key of this installation, one per context: for what a front gives out and
 * wants back unchanged, such as the place in a list. */
void auth_mac(struct auth *auth, const char *context, struct bytes data, uint8_t out[32]);

void auth_free(struct auth *auth);
DEFINE_SCOPED(struct auth *, auth_free)
