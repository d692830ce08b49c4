/*
 * pki - a trust store and the CAs in it, as rows: certificateBasedAuthPki and its
 * certificateAuthorityDetail.
 *
 * Both are deleted softly: the row stays, marked, for 30 days, in which it can be restored. A CA
 * that went along with its PKI comes back with it.
 */
#pragma once

#include "base/bytes.h"
#include "model/property.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

enum { PKI_CAS_MAX = 250, PKI_DELETED_DAYS = 30 };

enum trusted_ca_type { TRUSTED_CA_NONE, TRUSTED_CA_ROOT, TRUSTED_CA_INTERMEDIATE };

struct pki {
    const char *id;
    const char *tenant_id;
    const char *display_name;
    const char *status;         /* of the last upload: "running" …; NULL before the first */
    const char *status_details; /* one sentence */
    time_t created_at;
    time_t modified_at; /* of this row or of a CA in it */
    time_t deleted_at;
    bool is_deleted;
};

struct trusted_ca {
    const char *id;
    const char *tenant_id;
    const char *pki_id;
    struct bytes certificate; /* DER */
    int64_t type;
    const char *display_name;
    const char *issuer;
    const char *key_identifier; /* its own, upper-case hex; NULL if the certificate has none */
    const char *thumbprint;     /* upper-case hex of SHA-1 */
    time_t expires_at;
    const char *crl_url;
    const char *delta_crl_url;
    bool is_issuer_hint;
    time_t created_at;
    time_t deleted_at;
    bool is_deleted;
    bool is_deleted_with_pki;
    const char *upload_id; /* the upload that brought it; "" for others */
    int64_t revision;      /* of the row */
};

/* What the action `upload` takes. */
struct pki_upload_wish {
    const char *url;
    const char *sha256; /* hex, any case */
};

extern const struct enum_texts trusted_ca_type_texts;

extern const struct entity pki_entity;                /* certificateBasedAuthPki */
extern const struct entity pki_deleted_entity;        /* the same, of /directory/deletedItems */
extern const struct entity trusted_ca_entity;         /* certificateAuthorityDetail */
extern const struct entity trusted_ca_deleted_entity; /* likewise */
extern const struct entity pki_upload_wish_entity;
