/*
 * leaf - a certificate that one of our CAs issued: device leaf, RA, responder, sub-CA, TLS.
 *
 * All stand in one table, so that serials are unique per CA and OCSP and CRLs know them all;
 * the API shows those of kind LEAF. serial is the INTEGER's content octets.
 */
#pragma once

#include "base/bytes.h"
#include "model/property.h"

#include <stdint.h>
#include <time.h>

enum leaf_kind { LEAF_KIND_NONE, LEAF_DEVICE, LEAF_RA, LEAF_RESPONDER, LEAF_SUB_CA, LEAF_TLS };

enum leaf_status { LEAF_STATUS_UNKNOWN, LEAF_ACTIVE, LEAF_REVOKED, LEAF_EXPIRED };

struct leaf {
    const char *id;
    const char *tenant_id;
    const char *ca_id;
    int64_t version;
    int64_t kind;
    struct bytes serial;
    const char *subject_name;
    const char *issuer_name; /* name_text_reversed */
    struct bytes certificate;
    const char *thumbprint;
    time_t not_before;
    time_t not_after;
    time_t revoked_at; /* 0: not revoked */
    int64_t revocation_reason;
    int64_t status;     /* computed from the above and now */
    const char *key_id; /* ours, for RA, responder and TLS; "" otherwise */
    const char *device_name;
    const char *device_id;
    const char *user_principal_name;
    const char *user_id;
    const char *device_platform;
    const char *sid;           /* for renewal; NULL if none */
    struct strings key_usages; /* "DigitalSignature" … */
    struct strings ekus;       /* dotted OIDs */
    const char *challenge_id;  /* "" if none */
    time_t created_at;
};

extern const struct enum_texts leaf_status_texts;
extern const struct entity leaf_entity; /* cloudCertificationAuthorityLeafCertificate */
