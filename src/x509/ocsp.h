/*
 * ocsp - OCSP requests read and responses written, RFC 6960 §4, RFC 5019 §2, RFC 9654.
 *
 * Pure: no clock, no key, no store. A request is a view into its octets. Its signature, and what
 * stands beside it, is not read: anybody may ask. Refused as malformed: what is not DER, no or
 * more than OCSP_CERT_IDS_MAX CertIDs, a nonce of 0 or over 128 octets (RFC 9654 §2.1), a version
 * other than v1, and an extension that is critical and that we do not understand, since it may
 * not be ignored (RFC 6960 §4.4) and no other error says so.
 * Responses are id-pkix-ocsp-basic with responderID byKey, which is the shorter; times are
 * GeneralizedTime. Errors: ERR_MALFORMED.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "x509/algorithm.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct error;

enum {
    OCSP_CERT_IDS_MAX = 32,
    OCSP_NONCE_OCTETS_MAX = 128,
    OCSP_CERT_ID_OCTETS_MAX = 512,
    OCSP_REQUEST_OCTETS_MAX = 65536,
    OCSP_RESPONSE_OCTETS_MAX = 262144,
    OCSP_KEY_HASH_OCTETS = 20,
};

struct ocsp_cert_id {
    struct bytes der;   /* whole: echoed as it came */
    enum digest digest; /* SHA-1 or SHA-256; DIGEST_NONE for others, which are never ours */
    struct bytes name_hash;
    struct bytes key_hash;
    struct bytes serial; /* INTEGER content octets */
};

struct ocsp_request {
    struct ocsp_cert_id cert_ids[OCSP_CERT_IDS_MAX];
    size_t count;
    bool has_nonce;
    struct bytes nonce; /* inside its OCTET STRING */
};

bool ocsp_request_parse(struct bytes der, struct ocsp_request *out, struct error *err) MUST_CHECK;

/* ---- responses ---- */

enum ocsp_response_status { /* OCSPResponseStatus, §4.2.1 */
                            OCSP_SUCCESSFUL = 0,
                            OCSP_MALFORMED_REQUEST = 1,
                            OCSP_INTERNAL_ERROR = 2,
                            OCSP_TRY_LATER = 3,
                            OCSP_SIG_REQUIRED = 5,
                            OCSP_UNAUTHORIZED = 6,
};

enum ocsp_cert_status { OCSP_GOOD, OCSP_REVOKED, OCSP_UNKNOWN };

struct ocsp_single {
    struct bytes cert_id; /* whole, as asked */
    enum ocsp_cert_status status;
    time_t revoked_at;
    int64_t reason; /* REASON_UNSPECIFIED is encoded by absence, as in CRLs */
    time_t this_update;
    time_t next_update;
};

struct ocsp_data {
    const uint8_t *key_hash; /* OCSP_KEY_HASH_OCTETS of SHA-1: the responderID */
    time_t produced_at;
    const struct ocsp_single *singles;
    size_t count;
    bool has_nonce;
    struct bytes nonce;
};

/* Appends the ResponseData: what is signed. */
void ocsp_put_data(const struct ocsp_data *data, struct buf *out);

/* Appends the OCSPResponse. algorithm: whole; certificate: the responder's, so that the answer can
 * be checked with nothing but the CA's certificate; empty when the CA itself signed. */
void ocsp_put_response(struct bytes data, struct bytes algorithm, struct bytes signature,
                       struct bytes certificate, struct buf *out);

enum { OCSP_ERROR_OCTETS = 5 };

/* The whole unsigned OCSPResponse of an error, §2.3. */
void ocsp_error(enum ocsp_response_status status, uint8_t out[OCSP_ERROR_OCTETS]);
