#include "model/leaf.h"

#include "base/attributes.h"
#include "model/ca.h"
#include "model/urls.h"

static const char *const status_texts[] = {
    // clang-format off
    [LEAF_STATUS_UNKNOWN] = "unknown",
    [LEAF_ACTIVE]         = "active",
    [LEAF_REVOKED]        = "revoked",
    [LEAF_EXPIRED]        = "expired",
    [4]                   = "unknownFutureValue",
    // clang-format on
};

const struct enum_texts leaf_status_texts = { "cloudCertificationAuthorityLeafCertificateStatus",
                                              status_texts, ARRAY_LEN(status_texts), 4 };

static void derive_crl(const void *entity, const struct urls *urls, struct buf *out)
{
    const struct leaf *leaf = entity;
    urls_crl(urls, leaf->ca_id, leaf->version, out);
}

static void derive_issuer(const void *entity, const struct urls *urls, struct buf *out)
{
    const struct leaf *leaf = entity;
    urls_ca_certificate(urls, leaf->ca_id, leaf->version, out);
}

static void derive_ocsp(const void *entity, const struct urls *urls, struct buf *out)
{
    const struct leaf *leaf = entity;
    urls_ocsp(urls, leaf->ca_id, out);
}

static const struct derivation crl = { derive_crl };
static const struct derivation issuer = { derive_issuer };
static const struct derivation ocsp = { derive_ocsp };

/* Revoked wins over expired: who asks wants to know that it was revoked. */
#define STATUS_AT_NOW                                \
    "CASE WHEN certificates.revoked_at <> 0 THEN 2 " \
    "WHEN certificates.not_after < $now THEN 3 ELSE 1 END"
_Static_assert(LEAF_ACTIVE == 1 && LEAF_REVOKED == 2 && LEAF_EXPIRED == 3,
               "STATUS_AT_NOW names them");

static const struct condition leaf_conditions[] = {
    // clang-format off
    { "certificateStatus", LEAF_ACTIVE,  "revoked_at = 0 AND not_after >= $now", "not_after" },
    { "certificateStatus", LEAF_REVOKED, "revoked_at <> 0",                      NULL },
    { "certificateStatus", LEAF_EXPIRED, "revoked_at = 0 AND not_after < $now",  "not_after" },
    { 0 },
    // clang-format on
};

static const struct property leaf_properties[] = {
    // clang-format off
    /* in JSON, column, type, flags, member, detail, min, max */
    { "id",                                  "id",                  PROPERTY_STRING,  KEY | LISTED | READ_ONLY,      AT(leaf, id),                  NULL, 0, 0 },
    { NULL,                                  "tenant_id",           PROPERTY_STRING,  HIDDEN,                        AT(leaf, tenant_id),           NULL, 0, 0 },
    { "subjectName",                         "subject_name",        PROPERTY_STRING,  LISTED | SEARCH | READ_ONLY | NULLABLE | NULL_AS_EMPTY, AT(leaf, subject_name), NULL, 0, 0 },
    { "issuerId",                            "ca_id",               PROPERTY_STRING,  FILTER | READ_ONLY | NULLABLE, AT(leaf, ca_id),               NULL, 0, 0 },
    { "issuerName",                          "issuer_name",         PROPERTY_STRING,  FILTER | READ_ONLY | NULLABLE | NULL_AS_EMPTY, AT(leaf, issuer_name),  NULL, 0, 0 },
    { "certificateStatus",                   STATUS_AT_NOW,         PROPERTY_ENUM,    LISTED | READ_ONLY | COMPUTED, AT(leaf, status),              &leaf_status_texts, 0, 0 },
    { "validityStartDateTime",               "not_before",          PROPERTY_TIME,    LISTED | READ_ONLY | NULLABLE, AT(leaf, not_before),          NULL, 0, 0 },
    { "validityEndDateTime",                 "not_after",           PROPERTY_TIME,    LISTED | RANGED | READ_ONLY | NULLABLE, AT(leaf, not_after),           NULL, 0, 0 },
    { "crlDistributionPointUrl",             NULL,                  PROPERTY_DERIVED, READ_ONLY | NULLABLE,          0,                             &crl, 0, 0 },
    { "certificationAuthorityIssuerUri",     NULL,                  PROPERTY_DERIVED, READ_ONLY | NULLABLE,          0,                             &issuer, 0, 0 },
    { "ocspResponderUri",                    NULL,                  PROPERTY_DERIVED, READ_ONLY | NULLABLE,          0,                             &ocsp, 0, 0 },
    { "thumbprint",                          "thumbprint",          PROPERTY_STRING,  LISTED | READ_ONLY | NULLABLE, AT(leaf, thumbprint),          NULL, 0, 0 },
    { "serialNumber",                        "serial",              PROPERTY_HEX,     LISTED | READ_ONLY,            AT(leaf, serial),              NULL, 0, 0 },
    { "revocationDateTime",                  "revoked_at",          PROPERTY_TIME,    FILTER | READ_ONLY | NULLABLE, AT(leaf, revoked_at),          NULL, 0, 0 },
    { NULL,                                  "revocation_reason",   PROPERTY_INT,     HIDDEN,                        AT(leaf, revocation_reason),   NULL, 0, 0 },
    { "deviceName",                          "device_name",         PROPERTY_STRING,  LISTED | SEARCH | READ_ONLY | NULLABLE | ABSENT_AS_EMPTY, AT(leaf, device_name), NULL, 0, 0 },
    { "userPrincipalName",                   "user_principal_name", PROPERTY_STRING,  LISTED | SEARCH | READ_ONLY | NULLABLE | ABSENT_AS_EMPTY, AT(leaf, user_principal_name), NULL, 0, 0 },
    { "deviceId",                            "device_id",           PROPERTY_STRING,  LISTED | SEARCH | READ_ONLY | NULLABLE | ABSENT_AS_EMPTY, AT(leaf, device_id), NULL, 0, 0 },
    { "userId",                              "user_id",             PROPERTY_STRING,  FILTER | READ_ONLY | NULLABLE, AT(leaf, user_id),             NULL, 0, 0 },
    { "devicePlatform",                      "device_platform",     PROPERTY_STRING,  FILTER | READ_ONLY | NULLABLE, AT(leaf, device_platform),     NULL, 0, 0 },
    { "keyUsages",                           "key_usages",          PROPERTY_STRINGS, FILTER | READ_ONLY | NULLABLE, AT(leaf, key_usages),          NULL, 0, 0 },
    { "extendedKeyUsages",                   "ekus",                PROPERTY_STRINGS, FILTER | READ_ONLY | NULLABLE, AT(leaf, ekus),                NULL, 0, 0 },
    { "certificationAuthorityVersionNumber", "version",             PROPERTY_INT,     FILTER | READ_ONLY,            AT(leaf, version),             NULL, 0, 0 },
    { NULL,                                  "kind",                PROPERTY_INT,     HIDDEN,                        AT(leaf, kind),                NULL, 0, 0 },
    { NULL,                                  "certificate",         PROPERTY_BINARY,  HIDDEN | BULKY,                AT(leaf, certificate),         NULL, 0, 0 },
    { NULL,                                  "key_id",              PROPERTY_STRING,  HIDDEN | NULL_AS_EMPTY,        AT(leaf, key_id),              NULL, 0, 0 },
    { NULL,                                  "sid",                 PROPERTY_STRING,  HIDDEN | NULLABLE,             AT(leaf, sid),                 NULL, 0, 0 },
    { NULL,                                  "challenge_id",        PROPERTY_STRING,  HIDDEN | NULL_AS_EMPTY,        AT(leaf, challenge_id),        NULL, 0, 0 },
    { NULL,                                  "created_at",          PROPERTY_TIME,    HIDDEN | SORT,                 AT(leaf, created_at),          NULL, 0, 0 },
    { 0 },
    // clang-format on
};

static const struct link leaf_links[] = {
    // clang-format off
    { "cloudCertificationAuthorityVersion", &ca_version_entity, LINK_OUTSIDE, { { "ca_id", PROPERTY_STRING, AT(leaf, ca_id) }, { "number", PROPERTY_INT, AT(leaf, version) } } },
    { 0 },
    // clang-format on
};

/* RA, responder and CA certificates stand in the table too, for CRL and OCSP. */
static const struct scope leaf_scope[] = { { "kind", LEAF_DEVICE }, { NULL, 0 } };

const struct entity leaf_entity = { .name = "cloudCertificationAuthorityLeafCertificate",
                                    .table = "certificates",
                                    .properties = leaf_properties,
                                    .size = sizeof(struct leaf),
                                    .links = leaf_links,
                                    .scope = leaf_scope,
                                    .conditions = leaf_conditions };
