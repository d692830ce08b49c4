#include "model/inspection_ca.h"

#include "base/attributes.h"
#include "model/tls_policy.h"

#define SPACE "microsoft.graph.networkaccess"

enum { NAME_CHARACTERS_MAX = 256, UB_COMMON_NAME = 64, UB_ORGANIZATION_NAME = 64, DAYS_MAX = 3650 };

static const char *const status_texts[] = {
    // clang-format off
    [INSPECTION_CSR_GENERATED]   = "csrGenerated",
    [INSPECTION_ENROLLING]       = "enrolling",
    [INSPECTION_ACTIVE]          = "active",
    [INSPECTION_STATUS_SENTINEL] = "unknownFutureValue",
    [INSPECTION_EXPIRING]        = "expiring",
    [INSPECTION_EXPIRED]         = "expired",
    [INSPECTION_ENABLED]         = "enabled",
    [INSPECTION_DISABLED]        = "disabled",
    [INSPECTION_CREATING]        = "creating",
    [INSPECTION_REVOKED]         = "revoked",
    // clang-format on
};

const struct enum_texts inspection_ca_status_texts = { "tlsCertificateStatus", status_texts,
                                                       ARRAY_LEN(status_texts),
                                                       INSPECTION_STATUS_SENTINEL };

/* One that is expiring is enabled still. */
#define STATUS_AT_NOW                                                          \
    "CASE WHEN EXISTS (SELECT 1 FROM certificates WHERE certificates.id = "    \
    "inspection_cas.issued_id AND certificates.revoked_at <> 0) THEN 10 "      \
    "WHEN inspection_cas.status IN (1, 10) THEN inspection_cas.status "        \
    "WHEN inspection_cas.not_after < $now THEN 6 "                             \
    "WHEN inspection_cas.status = 7 AND inspection_cas.not_after - 2592000 < " \
    "$now THEN 5 ELSE inspection_cas.status END"
_Static_assert(INSPECTION_CSR_GENERATED == 1 && INSPECTION_EXPIRING == 5 &&
                   INSPECTION_EXPIRED == 6 && INSPECTION_ENABLED == 7 && INSPECTION_REVOKED == 10 &&
                   INSPECTION_EXPIRING_S == 2592000,
               "STATUS_AT_NOW names them");

static const struct property validity_properties[] = {
    // clang-format off
    { "startDateTime", NULL, PROPERTY_TIME, READ_ONLY | NULLABLE, AT(inspection_validity, not_before), NULL, 0, 0 },
    { "endDateTime",   NULL, PROPERTY_TIME, READ_ONLY | NULLABLE, AT(inspection_validity, not_after),  NULL, 0, 0 },
    { 0 },
    // clang-format on
};

const struct entity inspection_validity_entity = { .name = "validityDate",
                                                   .space = SPACE,
                                                   .properties = validity_properties,
                                                   .size = sizeof(struct inspection_validity) };

static const struct property inspection_ca_properties[] = {
    // clang-format off
    /* in JSON, column, type, flags, member, detail, min, max */
    { "id",                        "id",                PROPERTY_STRING,  KEY | LISTED | READ_ONLY,                   AT(inspection_ca, id),                  NULL, 0, 0 },
    { NULL,                        "tenant_id",         PROPERTY_STRING,  HIDDEN,                                     AT(inspection_ca, tenant_id),           NULL, 0, 0 },
    { "name",                      "name",              PROPERTY_STRING,  LISTED | SEARCH | CREATE_ONLY | REQUIRED | NULLABLE, AT(inspection_ca, name),       NULL, 1, NAME_CHARACTERS_MAX },
    { "commonName",                "common_name",       PROPERTY_STRING,  LISTED | SEARCH | CREATE_ONLY | REQUIRED | NULLABLE, AT(inspection_ca, common_name), NULL, 1, UB_COMMON_NAME },
    { "organizationName",          "organization_name", PROPERTY_STRING,  LISTED | SEARCH | CREATE_ONLY | REQUIRED | NULLABLE, AT(inspection_ca, organization_name), NULL, 1, UB_ORGANIZATION_NAME },
    { "validity",                  NULL,                PROPERTY_COMPLEX, READ_ONLY | NULLABLE | ZERO_AS_NULL,        AT(inspection_ca, validity),            &inspection_validity_entity, 0, 0 },
    { NULL,                        "not_before",        PROPERTY_TIME,    HIDDEN,                                     AT(inspection_ca, validity.not_before), NULL, 0, 0 },
    { NULL,                        "not_after",         PROPERTY_TIME,    HIDDEN,                                     AT(inspection_ca, validity.not_after),  NULL, 0, 0 },
    { NULL,                        "status",            PROPERTY_ENUM,    HIDDEN | WRITTEN_ONLY,                      AT(inspection_ca, status),              &inspection_ca_status_texts, 0, 0 },
    { "status",                    STATUS_AT_NOW,       PROPERTY_ENUM,    LISTED | COMPUTED | NULLABLE,               AT(inspection_ca, status),              &inspection_ca_status_texts, 0, 0 },
    { "certificateSigningRequest", "csr",               PROPERTY_STRING,  READ_ONLY | NULLABLE,                       AT(inspection_ca, csr),                 NULL, 0, INSPECTION_PEM_OCTETS_MAX },
    { "certificate",               "certificate",       PROPERTY_STRING,  NULLABLE,                                   AT(inspection_ca, certificate),         NULL, 0, INSPECTION_PEM_OCTETS_MAX },
    { "chain",                     "chain",             PROPERTY_STRING,  NULLABLE,                                   AT(inspection_ca, chain),               NULL, 0, INSPECTION_PEM_OCTETS_MAX },
    { NULL,                        "key_id",            PROPERTY_STRING,  HIDDEN,                                     AT(inspection_ca, key_id),              NULL, 0, 0 },
    { NULL,                        "issuer_id",         PROPERTY_STRING,  HIDDEN | NULL_AS_EMPTY,                     AT(inspection_ca, issuer_id),           NULL, 0, 0 },
    { NULL,                        "issued_id",         PROPERTY_STRING,  HIDDEN | NULL_AS_EMPTY,                     AT(inspection_ca, issued_id),           NULL, 0, 0 },
    { NULL,                        "revision",          PROPERTY_INT,     HIDDEN,                                     AT(inspection_ca, revision),            NULL, 0, 0 },
    { NULL,                        "created_at",        PROPERTY_TIME,    HIDDEN | SORT,                              AT(inspection_ca, created_at),          NULL, 0, 0 },
    { NULL,                        "modified_at",       PROPERTY_TIME,    HIDDEN,                                     AT(inspection_ca, modified_at),         NULL, 0, 0 },
    { 0 },
    // clang-format on
};

const struct entity inspection_ca_entity = { .name = "externalCertificateAuthorityCertificate",
                                             .space = SPACE,
                                             .table = "inspection_cas",
                                             .properties = inspection_ca_properties,
                                             .size = sizeof(struct inspection_ca) };

static const struct property signer_properties[] = {
    // clang-format off
    { "certificationAuthorityId", NULL, PROPERTY_STRING, REQUIRED, AT(inspection_signer, ca_id),         NULL, 1, 64 },
    { "validityInDays",           NULL, PROPERTY_INT,    0,        AT(inspection_signer, validity_days), NULL, 0, DAYS_MAX },
    { 0 },
    // clang-format on
};

const struct entity inspection_signer_entity = { .name = "signWith",
                                                 .properties = signer_properties,
                                                 .size = sizeof(struct inspection_signer) };

static const struct property place_properties[] = {
    // clang-format off
    { "id", NULL, PROPERTY_STRING, KEY | READ_ONLY, AT(network_place, id), NULL, 0, 0 },
    { 0 },
    // clang-format on
};

/* All of the tenant's: no key is needed. */
static const struct link tls_links[] = {
    { "externalCertificateAuthorityCertificates",
      &inspection_ca_entity,
      LINK_COLLECTION,
      { { NULL, PROPERTY_STRING, 0 } } },
    { 0 },
};

const struct entity tls_termination_entity = { .name = "tlsTermination",
                                               .space = SPACE,
                                               .properties = place_properties,
                                               .size = sizeof(struct network_place),
                                               .links = tls_links };

static const struct link network_links[] = {
    { "tls", &tls_termination_entity, LINK_PATH_ONLY, { { NULL, PROPERTY_STRING, 0 } } },
    { "tlsInspectionPolicies",
      &tls_policy_entity,
      LINK_COLLECTION,
      { { NULL, PROPERTY_STRING, 0 } } },
    { 0 },
};

const struct entity network_access_entity = { .name = "networkAccessRoot",
                                              .space = SPACE,
                                              .properties = place_properties,
                                              .size = sizeof(struct network_place),
                                              .links = network_links };
