/*
 * challenge - enrolment secrets: made for an administrator, checked for a device; pki-rules §3.
 *
 * A challenge is 128 random bits as text; the database keeps its MAC. Failures are rate-limited
 * per address and CA. Unknown, expired, used up and other CA's look the same: ERR_BAD_CHALLENGE.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "model/challenge.h"
#include "model/grant.h"

#include <stdbool.h>
#include <time.h>

struct arena;
struct auth;
struct error;

enum { CHALLENGE_TEXT_OCTETS = 33 }; /* 32 characters and the NUL */

struct challenge_wish {
    const char *tenant_id;
    const char *ca_id;
    const char *subject; /* RFC 4514 text; NULL: allow_any_name, or SANs only */
    struct strings sans; /* "dns:…" */
    struct strings ekus; /* dotted */
    bool allow_any_name;
    const char *sid;
    const char *device_name, *device_id, *device_platform;
    const char *user_principal_name, *user_id;
    int64_t validity_days;
    bool requires_approval;
    bool is_static;     /* one per CA, replaces the former; never expires */
    int64_t uses;       /* 1 to 1,000,000; static: ignored */
    int64_t lifetime_s; /* 60 s to 30 days, default 1 h */
    const char *created_by;
    const char *request_id;
};

/* Checks every value (ERR_INVALID names each), stores, audits. secret is shown once. [desk] */
bool challenge_create(struct auth *auth, const struct challenge_wish *wish, time_t now,
                      struct arena *arena, struct challenge *out,
                      char secret[CHALLENGE_TEXT_OCTETS], struct error *err) MUST_CHECK;

/* The same wish granted at once to somebody who may sign requests himself, without a secret.
 * Nothing is looked up: ca/ holds the CSR and the grant against the CA. [worker] */
bool challenge_grant(const struct challenge_wish *wish, time_t now, struct arena *arena,
                     struct grant *out, struct error *err) MUST_CHECK;

/* The static challenge of a CA ends; fine when there is none. [desk] */
bool challenge_end_static(struct auth *auth, const char *tenant_id, const char *ca_id,
                          const char *actor, const char *request_id, time_t now,
                          struct error *err) MUST_CHECK;

/* What the secret allows. peer: numeric address, for the rate limit (ERR_THROTTLED). Its use is
 * counted later, by ca_issue. [worker] */
bool challenge_check(struct auth *auth, const char *ca_id, const char *secret, const char *peer,
                     time_t now, struct arena *arena, struct grant *out,
                     struct error *err) MUST_CHECK;
