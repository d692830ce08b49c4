/*
 * inspection_ca - externalCertificateAuthorityCertificate: a CA whose key is ours and whose
 * certificate an outside CA signs, for TLS inspection; as a row.
 *
 * Its status follows the clock once a certificate is there; a certificate that one of our own CAs
 * issued is revoked there.
 */
#pragma once

#include "model/property.h"

#include <stdint.h>
#include <time.h>

/* tlsCertificateStatus; 0 is not given. Nothing has to be distributed to be enabled, so "enrolling"
 * is never seen; "active" is an older word for enabled. */
enum inspection_ca_status {
    INSPECTION_CSR_GENERATED = 1,
    INSPECTION_ENROLLING,
    INSPECTION_ACTIVE,
    INSPECTION_STATUS_SENTINEL,
    INSPECTION_EXPIRING,
    INSPECTION_EXPIRED,
    INSPECTION_ENABLED,
    INSPECTION_DISABLED,
    INSPECTION_CREATING,
    INSPECTION_REVOKED,
};

enum { INSPECTION_PEM_OCTETS_MAX = 128 * 1024, INSPECTION_EXPIRING_S = 30 * 24 * 3600 };

/* validityDate */
struct inspection_validity {
    time_t not_before;
    time_t not_after;
};

struct inspection_ca {
    const char *id;
    const char *tenant_id;
    const char *name;
    const char *common_name;
    const char *organization_name;
    struct inspection_validity validity; /* 0 until a certificate is there */
    int64_t status;
    const char *csr; /* PEM, like the next two; NULL until they are there */
    const char *certificate;
    const char *chain; /* its issuer first, the root last */
    const char *key_id;
    const char *issuer_id; /* the CA of ours that signed it; "" */
    const char *issued_id; /* the row of its certificate there; "" */
    int64_t revision;
    time_t created_at;
    time_t modified_at;
};

extern const struct enum_texts inspection_ca_status_texts;
extern const struct entity inspection_validity_entity;
extern const struct entity inspection_ca_entity;

/* Parameters of cloudpki.signWith. */
struct inspection_signer {
    const char *ca_id;
    int64_t validity_days; /* 0: two years, or until the CA ends */
};
extern const struct entity inspection_signer_entity;

/* tlsTermination and networkAccessRoot: where the others hang. */
struct network_place {
    const char *id;
};
extern const struct entity tls_termination_entity;
extern const struct entity network_access_entity;
