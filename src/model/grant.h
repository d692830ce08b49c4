/*
 * grant - what a caller who proved something may be issued: made by auth/, obeyed by ca/.
 *
 * ca_issue compares the CSR with it and counts the challenge's use in its own write. Everything
 * is borrowed from the request's arena.
 */
#pragma once

#include "base/bytes.h"
#include "model/property.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct grant {
    const char *tenant_id;
    const char *ca_id;
    const char *challenge_id; /* NULL when no challenge stands behind it */
    const char *renewal_of;   /* leaf id, NULL when it is no renewal */
    struct bytes subject;     /* Name DER; empty: see allow_any_name */
    struct strings sans;      /* exactly these, as san_from_text reads them */
    struct strings ekus;      /* dotted; none: the profile's */
    bool allow_any_name;      /* subject and SANs from the CSR: dns, ip, uri only */
    const char *sid;
    const char *device_name;
    const char *device_id;
    const char *device_platform;
    const char *user_principal_name;
    const char *user_id;
    int64_t validity_days; /* 0: the profile's */
    bool requires_approval;
    time_t expires_at; /* of the challenge; static ones and renewals: none, 0 */
    bool is_spent;     /* used up or past its end: only a repeated request is answered */
};

struct challenge;

/* What a challenge gives; texts are borrowed from it. */
struct grant grant_of_challenge(const struct challenge *challenge, time_t now);
