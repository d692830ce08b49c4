/*
 * ca - a cloud certification authority and its versions (keys) as rows.
 *
 * What the API shows of the active version (validity, thumbprint, serial …) is kept on the ca
 * row too, so that lists filter and sort without a join. A deleted CA stays, hidden, until what
 * it issued has expired. Members marked computed are read, never written.
 */
#pragma once

#include "base/bytes.h"
#include "model/property.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

enum ca_type { CA_TYPE_UNKNOWN, CA_ROOT, CA_ISSUING, CA_ISSUING_EXTERNAL_ROOT };

enum ca_status { /* cloudCertificationAuthorityStatus; expired stands past the sentinel */
                 CA_STATUS_UNKNOWN,
                 CA_ACTIVE,
                 CA_PAUSED,
                 CA_REVOKED,
                 CA_SIGNING_PENDING,
                 CA_STATUS_SENTINEL,
                 CA_EXPIRED,
};

enum ca_version_status {
    VERSION_UNKNOWN,
    VERSION_ACTIVE,
    VERSION_STAGED,
    VERSION_PAUSED,
    VERSION_RETIRED,
    VERSION_EXPIRED,
    VERSION_REVOKED,
    VERSION_DECOMMISSIONED,
    VERSION_SIGNING_PENDING,
};

enum key_platform { KEY_PLATFORM_UNKNOWN, KEY_PLATFORM_SOFTWARE, KEY_PLATFORM_HSM };

struct extended_key_usage {
    const char *name;
    const char *oid; /* dotted */
};

struct ca {
    const char *id;
    const char *tenant_id;
    const char *display_name;
    const char *description;
    int64_t type;
    int64_t status;                /* read as CA_EXPIRED once active or paused and past not_after */
    const char *issuer_id;         /* "" for roots and external roots */
    const char *issuer_version_id; /* computed: the ca_version that signed the active one; NULL */
    const char *issuer_common_name;
    int64_t validity_years;
    time_t not_before;
    time_t not_after;
    const char *common_name;
    const char *common_name_folded;
    const char *organization;
    const char *organization_unit;
    const char *country;
    const char *state;
    const char *locality;
    const char *subject_name; /* name_text */
    int64_t key_size;         /* enum key_type: the API's numbers */
    int64_t hash;             /* 1 sha256, 2 sha384, 3 sha512: the API's numbers */
    struct list ekus;         /* struct extended_key_usage */
    int64_t key_platform;
    const char *region;
    const char *thumbprint;
    struct bytes serial;
    struct bytes csr;
    const char *root_common_name;
    const char *external_issuer_url; /* AIA of an externally signed certificate */
    int64_t active_version;          /* 0 while signingPending for the first time */
    int64_t version_number;          /* shown: active, or the one that is pending */
    int64_t last_version;            /* the highest number ever given out */
    int64_t pending_version;         /* computed: staged or waiting for its certificate; 0: none */
    struct strings role_scope_tag_ids;
    int64_t revision; /* of the row: eTag */
    bool is_internal; /* the CA of the HTTPS certificate: hidden, uncounted */
    bool allow_sha1;  /* SCEP: SHA-1 digests */
    bool allow_des;   /* SCEP: single DES */
    time_t created_at;
    time_t modified_at;
    time_t deleted_at; /* 0: not deleted */
};

struct ca_version {
    const char *id; /* "<caId>_<number>" */
    const char *tenant_id;
    const char *ca_id;
    int64_t number;
    int64_t status;       /* read as VERSION_EXPIRED once past not_after */
    int64_t ca_type;      /* computed */
    int64_t key_platform; /* computed: the CA's */
    const char *key_id;
    struct bytes subject; /* Name DER: the issuer of what it issues */
    const char *subject_name;
    struct bytes certificate; /* DER; empty while signingPending */
    struct bytes chain;       /* DER certificates end to end, issuer first, root last */
    struct bytes csr;
    struct list ekus;      /* effective: certificate ∩ property */
    const char *parent_id; /* ca_version id that signed it; "" for roots and external */
    const char *external_issuer_url;
    time_t not_before;
    time_t not_after;
    const char *thumbprint;
    struct bytes serial;
    time_t revoked_at;
    int64_t revocation_reason;
    int64_t staged_count; /* leaves issued while staged */
    time_t decommission_at;
    time_t created_at;
    time_t modified_at;
};

struct buf;
struct urls;

/* The issuer's certificate: ours by the version's id "<caId>_<number>", else the external one;
 * nothing when there is neither, as on a root. */
void ca_add_issuer_url(const struct urls *urls, const char *issuer_version_id,
                       const char *external_url, struct buf *out);

extern const struct enum_texts ca_type_texts;
extern const struct enum_texts ca_status_texts;
extern const struct enum_texts ca_version_status_texts;
extern const struct enum_texts ca_key_size_texts;
extern const struct enum_texts ca_hash_texts;
extern const struct enum_texts key_platform_texts;

extern const struct entity extended_key_usage_entity;
extern const struct entity ca_version_usage_entity; /* cloudCertificationAuthorityVersionUsage */
extern const struct entity ca_entity;               /* cloudCertificationAuthority */
extern const struct entity ca_version_entity;       /* cloudCertificationAuthorityVersion */
