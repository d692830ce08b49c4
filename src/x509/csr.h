/*
 * csr - PKCS #10 certification requests, RFC 2986: read, verify, write.
 *
 * A view into its DER like certificate.h. Unknown attributes are ignored; the extension request
 * (both OIDs) is read into sans, ekus and flags. Errors: ERR_BAD_CSR, ERR_BAD_SIGNATURE,
 * ERR_WEAK_ALGORITHM.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "x509/extension.h"
#include "x509/san.h"
#include "x509/spki.h"

#include <stdbool.h>

struct arena;
struct error;

enum { CSR_OCTETS_MAX = 65536, CHALLENGE_OCTETS_MAX = 1024 };

struct csr {
    struct bytes der;
    struct bytes info;      /* what is signed */
    struct bytes algorithm; /* whole AlgorithmIdentifier */
    struct bytes signature;
    struct bytes subject; /* whole Name */
    struct spki spki;
    const char *challenge;                          /* challengePassword, NULL if absent */
    struct bytes challenge_value, challenge_octets; /* its string in der, whole and content */
    struct sans sans;
    bool has_ekus;
    struct oids ekus;
    uint32_t key_usage; /* 0 if absent */
    bool asks_ca;       /* BC CA:TRUE, keyCertSign or cRLSign */
    bool has_sid;       /* the SID extension or a sid: URI */
};

bool csr_parse(struct bytes der, struct arena *arena, struct csr *out,
               struct error *err) MUST_CHECK;

/* Proof of possession. Refuses weak keys and digests. */
bool csr_verify(struct csr *csr, struct error *err) MUST_CHECK;

/* The same request to be kept, without its secret: another text of that length stands in its place,
 * so it is read alike and its signature no longer verifies. */
struct bytes csr_without_challenge(const struct csr *csr, struct arena *arena);

/* CertificationRequestInfo for a CA of ours: extensions is a SEQUENCE OF Extension's content. */
void csr_encode_info(struct bytes subject, struct bytes spki, struct bytes extensions,
                     struct buf *out);
/* The signed whole. */
void csr_encode(struct bytes info, struct bytes algorithm, struct bytes signature, struct buf *out);
