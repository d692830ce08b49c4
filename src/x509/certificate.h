/*
 * certificate - an X.509 v3 certificate, read: a view into its DER, RFC 5280 §4.
 *
 * Everything points into the octets given, which must outlive it, or into the arena. v1
 * certificates are read too (SCEP clients sign with them). Unknown critical extensions are not
 * an error here; has_unknown_critical says so. Errors: ERR_MALFORMED, ERR_TOO_LARGE.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "x509/extension.h"
#include "x509/san.h"
#include "x509/spki.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct arena;
struct error;

enum { CERTIFICATE_OCTETS_MAX = 65536, SERIAL_OCTETS_MAX = 20, SERIAL_OCTETS_V1_MAX = 32 };

struct certificate {
    struct bytes der;
    struct bytes tbs;       /* whole TBSCertificate: what is signed */
    struct bytes algorithm; /* whole AlgorithmIdentifier */
    struct bytes signature;
    struct bytes serial; /* INTEGER content octets, as on the wire */
    struct bytes issuer; /* whole Name */
    struct bytes subject;
    time_t not_before;
    time_t not_after;
    struct spki spki;
    unsigned version; /* 1 or 3 */
    bool has_basic_constraints;
    bool is_basic_constraints_critical;
    bool is_ca;
    int path_len; /* -1: unlimited */
    bool has_key_usage;
    uint32_t key_usage;
    bool has_ekus;
    struct oids ekus;
    struct sans sans;
    struct bytes subject_key_identifier; /* empty if absent */
    struct bytes authority_key_identifier;
    struct bytes name_constraints; /* the extension's value, empty if absent */
    const char *crl_url;           /* first http URL of the CDP, NULL if none */
    const char *ocsp_url;
    const char *issuers_url;
    bool has_ocsp_nocheck;
    bool has_unknown_critical;
};

bool certificate_parse(struct bytes der, struct arena *arena, struct certificate *out,
                       struct error *err) MUST_CHECK;

/* Signature only: names, dates and constraints are ca's and trust's to judge. */
bool certificate_verify(const struct certificate *certificate, const struct spki *issuer,
                        struct error *err) MUST_CHECK;

bool certificate_is_self_issued(const struct certificate *certificate);

/* Upper-case hex of SHA-1 of the DER. */
void certificate_thumbprint(struct bytes der, char out[41]);
