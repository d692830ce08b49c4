/*
 * client - a registered application proves that it is itself, RFC 6749 §2.3, RFC 7523.
 *
 * By a secret, of which the database holds the MAC, or by an assertion: a JWT about itself,
 * signed with the key of one of its certificates. Assertions are for this token endpoint, last a
 * day at most and are taken once. Failures are counted per address and application. Errors:
 * ERR_UNAUTHENTICATED, the same for an unknown application and a wrong secret; ERR_THROTTLED;
 * ERR_BUSY.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct application;
struct arena;
struct auth;
struct error;

struct client_proof {
    const char *tenant_id;
    const char *client_id;
    const char *secret; /* one of the two */
    const char *assertion;
    const char *const *audiences; /* what an assertion may call us; ends with NULL */
    const char *peer;             /* numeric address */
};

/* What must be remembered before the client may have what it proved itself for. */
struct client_use {
    const char *tenant_id;
    uint8_t hash[32];
    time_t ends_at; /* 0: nothing */
};

/* [worker] */
bool client_check(struct auth *auth, const struct client_proof *proof, time_t now,
                  struct arena *arena, struct application *out, struct client_use *use,
                  struct error *err) MUST_CHECK;

/* Refuses what was used before. [desk] */
bool client_remember(struct auth *auth, const struct client_use *use, struct error *err) MUST_CHECK;

/* The MAC under which a secret of this application is stored. */
void client_secret_mac(struct auth *auth, const char *application_id, const char *secret,
                       uint8_t out[32]);
