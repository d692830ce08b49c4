/*
 * message - pkiMessage and CertRep, RFC 8894 §3: read, checked, opened, written; pure.
 *
 * A request is read in steps, so that whatever can be answered is answered: parse gives what a
 * reply needs (ERR_MALFORMED: nothing can be replied but HTTP 400), verify judges the outer
 * signature before anything inside is touched, open decrypts. How decryption failed never shows:
 * key, padding and content are judged together at the end, pki-rules §4. The private key is
 * reached through the caller's function. Views point into the arena.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "scep/refusal.h"
#include "x509/certificate.h"
#include "x509/cms.h"
#include "x509/csr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;

enum scep_message_type {                      /* §3.2.1.2 */
                         SCEP_TYPE_NONE = -1, /* missing, given twice, or no number from 0 to 255 */
                         SCEP_CERT_REP = 3,
                         SCEP_RENEWAL_REQ = 17,
                         SCEP_PKCS_REQ = 19,
                         SCEP_CERT_POLL = 20, /* GetCertInitial in the drafts */
                         SCEP_GET_CERT = 21,
                         SCEP_GET_CRL = 22,
};

enum scep_status { SCEP_SUCCESS, SCEP_FAILURE, SCEP_PENDING, SCEP_STATUS_COUNT };

enum {
    SCEP_TYPE_COUNT = 256,
    SCEP_TRANSACTION_OCTETS_MAX = 256,
    SCEP_NONCE_OCTETS = 16,
    SCEP_NONCE_OCTETS_MAX = 64,
    SCEP_REPLY_OCTETS_MAX = 8 * 1024 * 1024, /* a CertRep that carries a CRL */
};

struct scep_request {
    struct cms_signed outer;
    bool has_signer_certificate;
    const char *signer_problem; /* why not */
    struct certificate signer;
    uint8_t transaction_tag; /* the string type it came in: echoed */
    struct bytes transaction;
    bool has_odd_nonce;        /* twice, no OCTET STRING, or over SCEP_NONCE_OCTETS_MAX */
    struct bytes sender_nonce; /* empty when absent: tolerated, nothing to echo */
    int message_type;
};

bool scep_request_parse(struct bytes ber, struct arena *arena, struct scep_request *out,
                        struct error *err) MUST_CHECK;

/* The signature first, then the signer's key and the nonce. */
bool scep_request_verify(struct scep_request *request, bool allow_sha1,
                         struct error *err) MUST_CHECK;

/* The EnvelopedData inside; every way to be wrong is the same ERR_BAD_SIGNATURE, but for
 * ciphers that are not accepted. */
bool scep_envelope_parse(const struct scep_request *request, bool allow_des, struct arena *arena,
                         struct cms_enveloped *out, struct error *err) MUST_CHECK;

/* Like key_decrypt: fills out with out_len octets whatever happens. */
typedef bool scep_decrypt_fn(void *context, bool is_oaep, struct bytes block, uint8_t *out,
                             size_t out_len, struct error *err);

struct scep_opened {
    struct bytes plain; /* padding still on */
    size_t padding;     /* 0: none that could be */
};

bool scep_envelope_open(const struct cms_enveloped *envelope, const struct cms_recipient *recipient,
                        scep_decrypt_fn *decrypt, void *context, struct arena *arena,
                        struct scep_opened *out, struct error *err) MUST_CHECK;

/* PKCSReq and RenewalReq: the CSR, its signature verified. Most ask for the key that signed the
 * request: what is known of that one is borrowed. */
bool scep_opened_csr(const struct scep_opened *opened, const struct spki *signer,
                     struct arena *arena, struct csr *out, struct error *err) MUST_CHECK;
/* GetCert and GetCRL. */
bool scep_opened_identifier(const struct scep_opened *opened, struct cms_identifier *out,
                            struct error *err) MUST_CHECK;
/* CertPoll: issuer and subject, whole Names, §3.3.3. */
bool scep_opened_names(const struct scep_opened *opened, struct bytes *issuer,
                       struct bytes *subject, struct error *err) MUST_CHECK;

struct scep_reply {
    enum scep_status status;
    enum scep_fail_info fail_info; /* of a failure */
    const char *fail_text;
    struct bytes content; /* ContentInfo with EnvelopedData on success, else empty */
    const struct certificate *signer;
    cms_sign_fn *sign;
    void *context;
};

/* The signed CertRep, §3.3.2. */
bool scep_reply_encode(const struct scep_request *request, const struct scep_reply *reply,
                       struct buf *out, struct error *err) MUST_CHECK;
