#include "model/ca.h"

#include "base/text.h"
#include "model/forms.h"
#include "model/leaf.h"
#include "model/urls.h"

#include <inttypes.h>
#include <string.h>

enum { NAME_CHARACTERS_MAX = 64, PLACE_CHARACTERS_MAX = 128, YEARS_MAX = 50 };

static bool is_issuing(const struct ca *ca)
{
    return ca->type == CA_ISSUING || ca->type == CA_ISSUING_EXTERNAL_ROOT;
}

static bool has_certificate(const struct ca *ca)
{
    return ca->active_version > 0;
}

static void derive_scep(const void *entity, const struct urls *urls, struct buf *out)
{
    const struct ca *ca = entity;
    if (is_issuing(ca) && has_certificate(ca))
        urls_scep(urls, ca->id, out);
}

static void derive_crl(const void *entity, const struct urls *urls, struct buf *out)
{
    const struct ca *ca = entity;
    if (has_certificate(ca))
        urls_crl(urls, ca->id, ca->active_version, out);
}

static void derive_download(const void *entity, const struct urls *urls, struct buf *out)
{
    const struct ca *ca = entity;
    if (has_certificate(ca))
        urls_ca_certificate(urls, ca->id, ca->active_version, out);
}

static void derive_issuer(const void *entity, const struct urls *urls, struct buf *out)
{
    const struct ca *ca = entity;
    if (has_certificate(ca))
        ca_add_issuer_url(urls, ca->issuer_version_id, ca->external_issuer_url, out);
}

static void derive_ocsp(const void *entity, const struct urls *urls, struct buf *out)
{
    const struct ca *ca = entity;
    if (has_certificate(ca))
        urls_ocsp(urls, ca->id, out);
}

static void derive_etag(const void *entity, const struct urls *urls, struct buf *out)
{
    (void)urls;
    const struct ca *ca = entity;
    buf_add_format(out, "%" PRId64, ca->revision);
}

/* A String of the API, so it is not PROPERTY_BINARY. */
static void derive_csr(const void *entity, const struct urls *urls, struct buf *out)
{
    (void)urls;
    const struct ca *ca = entity;
    base64_encode(ca->csr, out);
}

static const struct derivation scep = { derive_scep };
static const struct derivation crl = { derive_crl };
static const struct derivation download = { derive_download };
static const struct derivation issuer = { derive_issuer };
static const struct derivation ocsp = { derive_ocsp };
static const struct derivation etag = { derive_etag };
static const struct derivation csr = { derive_csr };

/* A root that comes back from a client has "". */
static bool is_id_or_empty(const char *text)
{
    return !*text || text_is_uuid(text);
}

static bool is_country(const char *text)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    return !*text || (strspn(text, letters) == 2 && !text[2]);
}

static const struct text_form id_form = { is_id_or_empty, "the id of a CA" };
static const struct text_form country_form = { is_country, "two letters, ISO 3166" };

static const struct property usage_properties[] = {
    // clang-format off
    { "name",             "name", PROPERTY_STRING, NULLABLE, AT(extended_key_usage, name), NULL, 0, 256 },
    { "objectIdentifier", "oid",  PROPERTY_STRING, NULLABLE, AT(extended_key_usage, oid),  &oid_form, 0, 256 },
    { 0 },
    // clang-format on
};

const struct entity extended_key_usage_entity = { .name = "extendedKeyUsage",
                                                  .properties = usage_properties,
                                                  .size = sizeof(struct extended_key_usage) };

#define STATUS_AT_NOW \
    "CASE WHEN cas.status IN (1, 2) AND cas.not_after < $now THEN 6 ELSE cas.status END"
_Static_assert(CA_ACTIVE == 1 && CA_PAUSED == 2 && CA_EXPIRED == 6, "STATUS_AT_NOW names them");

#define ISSUER_VERSION                        \
    "(SELECT v.parent_id FROM ca_versions v " \
    "WHERE v.ca_id = cas.id AND v.number = cas.active_version)"

#define PENDING_VERSION                                                                            \
    "(SELECT COALESCE(MAX(v.number), 0) FROM ca_versions v WHERE v.ca_id = cas.id AND v.number <>" \
    " cas.active_version AND (v.status = 8 OR (v.status = 2 AND v.decommission_at >= $now)))"
_Static_assert(VERSION_STAGED == 2 && VERSION_SIGNING_PENDING == 8, "PENDING_VERSION names them");

static const struct property ca_properties[] = {
    // clang-format off
    /* in JSON, column, type, flags, member, detail, min, max */
    { "id",                              "id",                  PROPERTY_STRING,    KEY | LISTED | READ_ONLY,                    AT(ca, id),                  NULL, 0, 0 },
    { NULL,                              "tenant_id",           PROPERTY_STRING,    HIDDEN,                                      AT(ca, tenant_id),           NULL, 0, 0 },
    { "displayName",                     "display_name",        PROPERTY_STRING,    LISTED | SEARCH | REQUIRED,                  AT(ca, display_name),        NULL, 1, 256 },
    { "description",                     "description",         PROPERTY_STRING,    FILTER | SEARCH | NULLABLE,                  AT(ca, description),         NULL, 0, 0 },
    { "scepServerUrl",                   NULL,                  PROPERTY_DERIVED,   READ_ONLY | NULLABLE,                        0,                           &scep, 0, 0 },
    { "certificateRevocationListUrl",    NULL,                  PROPERTY_DERIVED,   READ_ONLY | NULLABLE,                        0,                           &crl, 0, 0 },
    { "certificateDownloadUrl",          NULL,                  PROPERTY_DERIVED,   READ_ONLY | NULLABLE,                        0,                           &download, 0, 0 },
    { "certificationAuthorityIssuerUri", NULL,                  PROPERTY_DERIVED,   READ_ONLY | NULLABLE,                        0,                           &issuer, 0, 0 },
    { "ocspResponderUri",                NULL,                  PROPERTY_DERIVED,   READ_ONLY | NULLABLE,                        0,                           &ocsp, 0, 0 },
    { NULL,                              "status",              PROPERTY_ENUM,      HIDDEN | WRITTEN_ONLY,                       AT(ca, status),              &ca_status_texts, 0, 0 },
    { "certificationAuthorityStatus",    STATUS_AT_NOW,         PROPERTY_ENUM,      LISTED | READ_ONLY | COMPUTED,               AT(ca, status),              &ca_status_texts, 0, 0 },
    { "eTag",                            NULL,                  PROPERTY_DERIVED,   READ_ONLY | NULLABLE,                        0,                           &etag, 0, 0 },
    { "lastModifiedDateTime",            "modified_at",         PROPERTY_TIME,      LISTED | READ_ONLY | NULLABLE,               AT(ca, modified_at),         NULL, 0, 0 },
    { "roleScopeTagIds",                 "role_scope_tag_ids",  PROPERTY_STRINGS,   FILTER | NULLABLE,                           AT(ca, role_scope_tag_ids),  NULL, 0, 0 },
    { "createdDateTime",                 "created_at",          PROPERTY_TIME,      LISTED | READ_ONLY | NULLABLE,               AT(ca, created_at),          NULL, 0, 0 },
    { "certificationAuthorityIssuerId",  "issuer_id",           PROPERTY_STRING,    LISTED | CREATE_ONLY | NULLABLE | NULL_AS_EMPTY, AT(ca, issuer_id),       &id_form, 0, 64 },
    { NULL,                              ISSUER_VERSION,        PROPERTY_STRING,    HIDDEN | COMPUTED | EMPTY_AS_NULL,           AT(ca, issuer_version_id),   NULL, 0, 0 },
    { "issuerCommonName",                "issuer_common_name",  PROPERTY_STRING,    FILTER | READ_ONLY | NULLABLE,               AT(ca, issuer_common_name),  NULL, 0, 0 },
    { "cloudCertificationAuthorityType", "type",                PROPERTY_ENUM,      LISTED | CREATE_ONLY | REQUIRED,             AT(ca, type),                &ca_type_texts, 0, 0 },
    { "validityPeriodInYears",           "validity_years",      PROPERTY_INT,       FILTER | CREATE_ONLY,                        AT(ca, validity_years),      NULL, 0, YEARS_MAX },
    { "validityStartDateTime",           "not_before",          PROPERTY_TIME,      LISTED | READ_ONLY | NULLABLE,               AT(ca, not_before),          NULL, 0, 0 },
    { "validityEndDateTime",             "not_after",           PROPERTY_TIME,      LISTED | READ_ONLY | NULLABLE,               AT(ca, not_after),           NULL, 0, 0 },
    { "organizationName",                "organization",        PROPERTY_STRING,    FILTER | CREATE_ONLY | NULLABLE,             AT(ca, organization),        NULL, 0, NAME_CHARACTERS_MAX },
    { "organizationUnit",                "organization_unit",   PROPERTY_STRING,    FILTER | CREATE_ONLY | NULLABLE,             AT(ca, organization_unit),   NULL, 0, NAME_CHARACTERS_MAX },
    { "countryName",                     "country",             PROPERTY_STRING,    FILTER | CREATE_ONLY | NULLABLE,             AT(ca, country),             &country_form, 0, 2 },
    { "stateName",                       "state",               PROPERTY_STRING,    FILTER | CREATE_ONLY | NULLABLE,             AT(ca, state),               NULL, 0, PLACE_CHARACTERS_MAX },
    { "localityName",                    "locality",            PROPERTY_STRING,    FILTER | CREATE_ONLY | NULLABLE,             AT(ca, locality),            NULL, 0, PLACE_CHARACTERS_MAX },
    { "certificateKeySize",              "key_size",            PROPERTY_ENUM,      FILTER | CREATE_ONLY | REQUIRED,             AT(ca, key_size),            &ca_key_size_texts, 0, 0 },
    { "cloudCertificationAuthorityHashingAlgorithm", "hash",    PROPERTY_ENUM,      FILTER | CREATE_ONLY,                        AT(ca, hash),                &ca_hash_texts, 0, 0 },
    { "thumbprint",                      "thumbprint",          PROPERTY_STRING,    LISTED | READ_ONLY | NULLABLE | ABSENT_AS_EMPTY, AT(ca, thumbprint),      NULL, 0, 0 },
    { "serialNumber",                    "serial",              PROPERTY_HEX,       LISTED | READ_ONLY | NULLABLE | ABSENT_AS_EMPTY, AT(ca, serial),          NULL, 0, 0 },
    { "subjectName",                     "subject_name",        PROPERTY_STRING,    LISTED | SEARCH | READ_ONLY | NULLABLE | ABSENT_AS_EMPTY, AT(ca, subject_name),    NULL, 0, 0 },
    { "commonName",                      "common_name",         PROPERTY_STRING,    LISTED | SEARCH | CREATE_ONLY | REQUIRED | NULLABLE, AT(ca, common_name),         NULL, 1, NAME_CHARACTERS_MAX },
    { NULL,                              "common_name_folded",  PROPERTY_STRING,    HIDDEN,                                      AT(ca, common_name_folded),  NULL, 0, 0 },
    { "certificateSigningRequest",       NULL,                  PROPERTY_DERIVED,   READ_ONLY | NULLABLE,                        0,                           &csr, 0, 0 },
    { NULL,                              "csr",                 PROPERTY_BINARY,    HIDDEN | NULLABLE,                           AT(ca, csr),                 NULL, 0, 0 },
    { "extendedKeyUsages",               "ekus",                PROPERTY_COMPLEXES, FILTER | CREATE_ONLY | REQUIRED | NULLABLE,  AT(ca, ekus),                &extended_key_usage_entity, 0, 0 },
    { NULL,                              "active_version",      PROPERTY_INT,       HIDDEN,                                      AT(ca, active_version),      NULL, 0, 0 },
    { NULL,                              "last_version",        PROPERTY_INT,       HIDDEN,                                      AT(ca, last_version),        NULL, 0, 0 },
    { NULL,                              PENDING_VERSION,       PROPERTY_INT,       HIDDEN | COMPUTED,                           AT(ca, pending_version),     NULL, 0, 0 },
    { "versionNumber",                   "version_number",      PROPERTY_INT,       FILTER | READ_ONLY,                          AT(ca, version_number),      NULL, 0, 0 },
    { "rootCertificateCommonName",       "root_common_name",    PROPERTY_STRING,    FILTER | READ_ONLY | NULLABLE,               AT(ca, root_common_name),    NULL, 0, 0 },
    { NULL,                              "external_issuer_url", PROPERTY_STRING,    HIDDEN | NULLABLE,                           AT(ca, external_issuer_url), NULL, 0, 0 },
    { "keyPlatform",                     "key_platform",        PROPERTY_ENUM,      FILTER | READ_ONLY,                          AT(ca, key_platform),        &key_platform_texts, 0, 0 },
    { "geographicRegion",                "region",              PROPERTY_STRING,    FILTER | READ_ONLY | NULLABLE,               AT(ca, region),              NULL, 0, 0 },
    { NULL,                              "revision",            PROPERTY_INT,       HIDDEN,                                      AT(ca, revision),            NULL, 0, 0 },
    { NULL,                              "is_internal",         PROPERTY_BOOL,      HIDDEN,                                      AT(ca, is_internal),         NULL, 0, 0 },
    { NULL,                              "allow_sha1",          PROPERTY_BOOL,      HIDDEN,                                      AT(ca, allow_sha1),          NULL, 0, 0 },
    { NULL,                              "allow_des",           PROPERTY_BOOL,      HIDDEN,                                      AT(ca, allow_des),           NULL, 0, 0 },
    { NULL,                              "deleted_at",          PROPERTY_TIME,      HIDDEN,                                      AT(ca, deleted_at),          NULL, 0, 0 },
    { 0 },
    // clang-format on
};

static const struct link ca_links[] = {
    // clang-format off
    { "cloudCertificationAuthorityLeafCertificate", &leaf_entity,       LINK_COLLECTION | LINK_PATH_ONLY, { { "ca_id", PROPERTY_STRING, AT(ca, id) } } },
    { "activeVersion",                              &ca_version_entity, LINK_INLINED,                     { { "ca_id", PROPERTY_STRING, AT(ca, id) }, { "number", PROPERTY_INT, AT(ca, active_version) } } },
    { "versions",                                   &ca_version_entity, LINK_COLLECTION,                  { { "ca_id", PROPERTY_STRING, AT(ca, id) } } },
    { 0 },
    // clang-format on
};

static const struct scope ca_scope[] = { { "deleted_at", 0 }, { "is_internal", 0 }, { NULL, 0 } };

const struct entity ca_entity = { .name = "cloudCertificationAuthority",
                                  .table = "cas",
                                  .properties = ca_properties,
                                  .size = sizeof(struct ca),
                                  .links = ca_links,
                                  .scope = ca_scope };
