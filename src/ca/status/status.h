/*
 * status - what OCSP may say of a serial under one CA version; RFC 6960 §2.2, §2.7, pki-rules §6.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct error;
struct issuer;
struct session;

enum certificate_state { STATE_UNKNOWN, STATE_GOOD, STATE_REVOKED };

struct certificate_status {
    enum certificate_state state;
    time_t revoked_at;
    int64_t reason;
};

/* Good only for what this version issued. Once its key or CA is compromised all of that is
 * revoked, at the earlier of the two dates. One indexed read. [worker] */
bool status_get(struct session *session, const struct issuer *issuer, struct bytes serial,
                struct certificate_status *out, struct error *err) MUST_CHECK;
