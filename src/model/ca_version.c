#include "base/text.h"
#include "model/ca.h"
#include "model/urls.h"

#include <string.h>

static bool has_certificate(const struct ca_version *version)
{
    return version->certificate.len > 0;
}

void ca_add_issuer_url(const struct urls *urls, const char *issuer_version_id,
                       const char *external_url, struct buf *out)
{
    const char *number = issuer_version_id ? strrchr(issuer_version_id, '_') : NULL;
    int64_t version;
    if (!number || !text_int(number + 1, 1, INT32_MAX, &version)) {
        buf_add_text(out, external_url ? external_url : "");
        return;
    }
    struct buf *ca_id = buf_copy(
        (struct bytes){ (const uint8_t *)issuer_version_id, (size_t)(number - issuer_version_id) });
    urls_ca_certificate(urls, buf_text(ca_id), version, out);
    buf_free(ca_id);
}

/* A staged version is reached by an address of its own; a retired one enrols nobody. */
static void derive_scep(const void *entity, const struct urls *urls, struct buf *out)
{
    const struct ca_version *version = entity;
    if (version->ca_type == CA_ROOT || !has_certificate(version))
        return;
    if (version->status == VERSION_STAGED)
        urls_scep_staged(urls, version->ca_id, version->number, out);
    else if (version->status == VERSION_ACTIVE || version->status == VERSION_PAUSED)
        urls_scep(urls, version->ca_id, out);
}

static void derive_crl(const void *entity, const struct urls *urls, struct buf *out)
{
    const struct ca_version *version = entity;
    if (has_certificate(version))
        urls_crl(urls, version->ca_id, version->number, out);
}

static void derive_download(const void *entity, const struct urls *urls, struct buf *out)
{
    const struct ca_version *version = entity;
    if (has_certificate(version))
        urls_ca_certificate(urls, version->ca_id, version->number, out);
}

static void derive_issuer(const void *entity, const struct urls *urls, struct buf *out)
{
    const struct ca_version *version = entity;
    if (has_certificate(version))
        ca_add_issuer_url(urls, version->parent_id, version->external_issuer_url, out);
}

static void derive_ocsp(const void *entity, const struct urls *urls, struct buf *out)
{
    const struct ca_version *version = entity;
    if (has_certificate(version))
        urls_ocsp(urls, version->ca_id, out);
}

/* A String of the API, so it is not PROPERTY_BINARY. */
static void derive_csr(const void *entity, const struct urls *urls, struct buf *out)
{
    (void)urls;
    const struct ca_version *version = entity;
    base64_encode(version->csr, out);
}

static const struct derivation scep = { derive_scep };
static const struct derivation crl = { derive_crl };
static const struct derivation download = { derive_download };
static const struct derivation issuer = { derive_issuer };
static const struct derivation ocsp = { derive_ocsp };
static const struct derivation csr = { derive_csr };

/* Stands at staged_count, which is its one member. */
static const struct property usage_properties[] = {
    // clang-format off
    { "issuedStagedLeafCertificateCount", NULL, PROPERTY_INT, READ_ONLY | NULLABLE, 0, NULL, 0, 0 },
    { 0 },
    // clang-format on
};

const struct entity ca_version_usage_entity = {
    .name = "cloudCertificationAuthorityVersionUsage",
    .properties = usage_properties,
    .size = sizeof(int64_t),
};

/* What nobody activated in time is decommissioned by the clock, the timer does the rest. */
#define STATUS_AT_NOW                                                                  \
    "CASE WHEN ca_versions.status = 2 AND ca_versions.decommission_at < $now THEN 7 "  \
    "WHEN ca_versions.status IN (1, 2, 3, 4) AND ca_versions.not_after < $now THEN 5 " \
    "ELSE ca_versions.status END"
_Static_assert(VERSION_ACTIVE == 1 && VERSION_STAGED == 2 && VERSION_PAUSED == 3 &&
                   VERSION_RETIRED == 4 && VERSION_EXPIRED == 5 && VERSION_DECOMMISSIONED == 7,
               "STATUS_AT_NOW names them");

#define CA_TYPE     "(SELECT cas.type FROM cas WHERE cas.id = ca_versions.ca_id)"
#define CA_PLATFORM "(SELECT cas.key_platform FROM cas WHERE cas.id = ca_versions.ca_id)"

static const struct property version_properties[] = {
    // clang-format off
    /* in JSON, column, type, flags, member, detail, min, max */
    { "id",                                  "id",                  PROPERTY_STRING,    KEY | LISTED | READ_ONLY,                    AT(ca_version, id),                  NULL, 0, 0 },
    { NULL,                                  "tenant_id",           PROPERTY_STRING,    HIDDEN,                                      AT(ca_version, tenant_id),           NULL, 0, 0 },
    { "certificateDownloadUrl",              NULL,                  PROPERTY_DERIVED,   READ_ONLY | NULLABLE,                        0,                                   &download, 0, 0 },
    { "certificateRevocationListUrl",        NULL,                  PROPERTY_DERIVED,   READ_ONLY | NULLABLE,                        0,                                   &crl, 0, 0 },
    { "certificateSigningRequest",           NULL,                  PROPERTY_DERIVED,   READ_ONLY | NULLABLE,                        0,                                   &csr, 0, 0 },
    { NULL,                                  "csr",                 PROPERTY_BINARY,    HIDDEN | NULLABLE,                           AT(ca_version, csr),                 NULL, 0, 0 },
    { "certificationAuthorityId",            "ca_id",               PROPERTY_STRING,    FILTER | READ_ONLY | NULLABLE,               AT(ca_version, ca_id),               NULL, 0, 0 },
    { NULL,                                  CA_TYPE,               PROPERTY_ENUM,      HIDDEN | COMPUTED,                           AT(ca_version, ca_type),             &ca_type_texts, 0, 0 },
    { "certificationAuthorityIssuerUri",     NULL,                  PROPERTY_DERIVED,   READ_ONLY | NULLABLE,                        0,                                   &issuer, 0, 0 },
    { NULL,                                  "status",              PROPERTY_ENUM,      HIDDEN | WRITTEN_ONLY,                       AT(ca_version, status),              &ca_version_status_texts, 0, 0 },
    { "certificationAuthorityVersionStatus", STATUS_AT_NOW,         PROPERTY_ENUM,      LISTED | READ_ONLY | COMPUTED,               AT(ca_version, status),              &ca_version_status_texts, 0, 0 },
    { "decommissionDateTime",                "decommission_at",     PROPERTY_TIME,      FILTER | READ_ONLY | NULLABLE,               AT(ca_version, decommission_at),     NULL, 0, 0 },
    { "keyPlatform",                         CA_PLATFORM,           PROPERTY_ENUM,      FILTER | READ_ONLY | COMPUTED,               AT(ca_version, key_platform),        &key_platform_texts, 0, 0 },
    { NULL,                                  "key_id",              PROPERTY_STRING,    HIDDEN,                                      AT(ca_version, key_id),              NULL, 0, 0 },
    { NULL,                                  "created_at",          PROPERTY_TIME,      HIDDEN,                                      AT(ca_version, created_at),          NULL, 0, 0 },
    { "lastModifiedDateTime",                "modified_at",         PROPERTY_TIME,      LISTED | READ_ONLY | NULLABLE,               AT(ca_version, modified_at),         NULL, 0, 0 },
    { "ocspResponderUri",                    NULL,                  PROPERTY_DERIVED,   READ_ONLY | NULLABLE,                        0,                                   &ocsp, 0, 0 },
    { "scepServerUrl",                       NULL,                  PROPERTY_DERIVED,   READ_ONLY | NULLABLE,                        0,                                   &scep, 0, 0 },
    { "serialNumber",                        "serial",              PROPERTY_HEX,       LISTED | READ_ONLY | NULLABLE | ABSENT_AS_EMPTY, AT(ca_version, serial),          NULL, 0, 0 },
    { NULL,                                  "subject",             PROPERTY_BINARY,    HIDDEN,                                      AT(ca_version, subject),             NULL, 0, 0 },
    { "subjectName",                         "subject_name",        PROPERTY_STRING,    LISTED | SEARCH | READ_ONLY | NULLABLE | ABSENT_AS_EMPTY, AT(ca_version, subject_name),    NULL, 0, 0 },
    { NULL,                                  "certificate",         PROPERTY_BINARY,    HIDDEN,                                      AT(ca_version, certificate),         NULL, 0, 0 },
    { NULL,                                  "chain",               PROPERTY_BINARY,    HIDDEN,                                      AT(ca_version, chain),               NULL, 0, 0 },
    { NULL,                                  "ekus",                PROPERTY_COMPLEXES, HIDDEN,                                      AT(ca_version, ekus),                &extended_key_usage_entity, 0, 0 },
    { NULL,                                  "parent_id",           PROPERTY_STRING,    HIDDEN | NULL_AS_EMPTY,                      AT(ca_version, parent_id),           NULL, 0, 0 },
    { NULL,                                  "external_issuer_url", PROPERTY_STRING,    HIDDEN | NULLABLE,                           AT(ca_version, external_issuer_url), NULL, 0, 0 },
    { "thumbprint",                          "thumbprint",          PROPERTY_STRING,    LISTED | READ_ONLY | NULLABLE | ABSENT_AS_EMPTY, AT(ca_version, thumbprint),      NULL, 0, 0 },
    { NULL,                                  "revoked_at",          PROPERTY_TIME,      HIDDEN,                                      AT(ca_version, revoked_at),          NULL, 0, 0 },
    { NULL,                                  "revocation_reason",   PROPERTY_INT,       HIDDEN,                                      AT(ca_version, revocation_reason),   NULL, 0, 0 },
    { "usage",                               NULL,                  PROPERTY_COMPLEX,   READ_ONLY | NULLABLE,                        AT(ca_version, staged_count),        &ca_version_usage_entity, 0, 0 },
    { NULL,                                  "staged_count",        PROPERTY_INT,       HIDDEN,                                      AT(ca_version, staged_count),        NULL, 0, 0 },
    { "validityEndDateTime",                 "not_after",           PROPERTY_TIME,      LISTED | READ_ONLY | NULLABLE,               AT(ca_version, not_after),           NULL, 0, 0 },
    { "validityStartDateTime",               "not_before",          PROPERTY_TIME,      LISTED | READ_ONLY | NULLABLE,               AT(ca_version, not_before),          NULL, 0, 0 },
    { "versionNumber",                       "number",              PROPERTY_INT,       LISTED | READ_ONLY,                          AT(ca_version, number),              NULL, 0, 0 },
    { 0 },
    // clang-format on
};

const struct entity ca_version_entity = { .name = "cloudCertificationAuthorityVersion",
                                          .table = "ca_versions",
                                          .properties = version_properties,
                                          .size = sizeof(struct ca_version) };
