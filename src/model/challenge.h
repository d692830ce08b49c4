/*
 * challenge - an enrolment secret and what it allows; pki-rules §3. Only a MAC of the secret is
 * kept.
 */
#pragma once

#include "base/bytes.h"
#include "model/property.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct challenge {
    const char *id;
    const char *tenant_id;
    const char *ca_id;
    struct bytes secret_mac;
    struct bytes subject; /* Name DER; empty: not bound */
    struct strings sans;  /* "dns:…" as san_from_text reads them */
    struct strings ekus;  /* dotted; none: clientAuth ∩ the CA's */
    bool allow_any_name;
    const char *sid;
    const char *device_name;
    const char *device_id;
    const char *device_platform;
    const char *user_principal_name;
    const char *user_id;
    int64_t validity_days; /* 0: the profile's */
    bool requires_approval;
    bool is_static;
    int64_t uses_max;
    int64_t uses;
    time_t expires_at;
    const char *created_by;
    time_t created_at;
};

extern const struct entity challenge_entity;
