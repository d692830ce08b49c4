/*
 * enrolment - one SCEP transaction: so that a repeated request gets the same certificate, and
 * one that waits for approval can be polled; pki-rules §3, §4.
 */
#pragma once

#include "base/bytes.h"
#include "model/property.h"

#include <stdint.h>
#include <time.h>

enum enrolment_status { ENROLMENT_NONE, ENROLMENT_ISSUED, ENROLMENT_PENDING, ENROLMENT_REJECTED };

struct enrolment {
    const char *id;
    const char *tenant_id;
    const char *ca_id;
    int64_t version;          /* the staged one it came to; 0: the active one */
    int64_t message_type;     /* 19 PKCSReq, 17 RenewalReq */
    struct bytes transaction; /* SHA-256 of the transactionID's octets */
    struct bytes request;     /* SHA-256 of what makes it the same request */
    struct bytes public_key;  /* SHA-256 of the SPKI */
    int64_t status;
    const char *certificate_id; /* "" until issued */
    const char *challenge_id;   /* "" for renewals */
    struct bytes csr;           /* kept while pending, without its challenge */
    time_t expires_at;          /* the row is dead, and may be replaced, after this */
    time_t created_at;
};

extern const struct enum_texts enrolment_status_texts;
extern const struct entity enrolment_entity;
