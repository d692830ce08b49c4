#include "model/pki.h"

#include "base/attributes.h"
#include "model/base_types.h"
#include "model/forms.h"

#include <string.h>

enum {
    DISPLAY_NAME_CHARACTERS_MAX = 256,
    URL_CHARACTERS_MAX = 2048,
    SHA256_HEX = 64,
    THUMBPRINT_CHARACTERS_MAX = 128, /* with blanks or colons */
};

/* 0 is not given: a null. */
static const char *const type_texts[] = {
    // clang-format off
    [TRUSTED_CA_ROOT]         = "root",
    [TRUSTED_CA_INTERMEDIATE] = "intermediate",
    [3]                       = "unknownFutureValue",
    // clang-format on
};

const struct enum_texts trusted_ca_type_texts = { "certificateAuthorityType", type_texts,
                                                  ARRAY_LEN(type_texts), 3 };

static bool is_sha256(const char *text)
{
    return strlen(text) == SHA256_HEX && strspn(text, "0123456789abcdefABCDEF") == SHA256_HEX;
}

static const struct text_form sha256_form = { is_sha256, "64 hexadecimal digits" };

static const struct property pki_properties[] = {
    // clang-format off
    /* in JSON, column, type, flags, member, detail, min, max */
    { "id",                   "id",             PROPERTY_STRING, KEY | FILTER | READ_ONLY,     AT(pki, id),             NULL, 0, 0 },
    { NULL,                   "tenant_id",      PROPERTY_STRING, HIDDEN,                       AT(pki, tenant_id),      NULL, 0, 0 },
    { "deletedDateTime",      "deleted_at",     PROPERTY_TIME,   LISTED | READ_ONLY | NULLABLE, AT(pki, deleted_at),    NULL, 0, 0 },
    { "displayName",          "display_name",   PROPERTY_STRING, LISTED | NULLABLE | ABSENT_AS_EMPTY, AT(pki, display_name), NULL, 0, DISPLAY_NAME_CHARACTERS_MAX },
    { "lastModifiedDateTime", "modified_at",    PROPERTY_TIME,   LISTED | READ_ONLY,           AT(pki, modified_at),    NULL, 0, 0 },
    { "status",               "status",         PROPERTY_STRING, FILTER | READ_ONLY | NULLABLE, AT(pki, status),        NULL, 0, 0 },
    { "statusDetails",        "status_details", PROPERTY_STRING, READ_ONLY | NULLABLE,         AT(pki, status_details), NULL, 0, 0 },
    { NULL,                   "created_at",     PROPERTY_TIME,   HIDDEN | SORT,                AT(pki, created_at),     NULL, 0, 0 },
    { NULL,                   "is_deleted",     PROPERTY_BOOL,   HIDDEN,                       AT(pki, is_deleted),     NULL, 0, 0 },
    { 0 },
    // clang-format on
};

static const struct property trusted_ca_properties[] = {
    // clang-format off
    /* in JSON, column, type, flags, member, detail, min, max */
    { "id",                               "id",             PROPERTY_STRING, KEY | FILTER | READ_ONLY,       AT(trusted_ca, id),             NULL, 0, 0 },
    { NULL,                               "tenant_id",      PROPERTY_STRING, HIDDEN,                         AT(trusted_ca, tenant_id),      NULL, 0, 0 },
    { NULL,                               "pki_id",         PROPERTY_STRING, HIDDEN,                         AT(trusted_ca, pki_id),         NULL, 0, 0 },
    { "deletedDateTime",                  "deleted_at",     PROPERTY_TIME,   LISTED | READ_ONLY | NULLABLE,  AT(trusted_ca, deleted_at),     NULL, 0, 0 },
    { "certificate",                      "certificate",    PROPERTY_BINARY, CREATE_ONLY | REQUIRED,         AT(trusted_ca, certificate),    NULL, 0, 0 },
    { "certificateAuthorityType",         "type",           PROPERTY_ENUM,   LISTED | NULLABLE,              AT(trusted_ca, type),           &trusted_ca_type_texts, 0, 0 },
    { "certificateRevocationListUrl",     "crl_url",        PROPERTY_STRING, NULLABLE,                       AT(trusted_ca, crl_url),        &url_form, 0, URL_CHARACTERS_MAX },
    { "createdDateTime",                  "created_at",     PROPERTY_TIME,   LISTED | READ_ONLY | NULLABLE,  AT(trusted_ca, created_at),     NULL, 0, 0 },
    { "deltaCertificateRevocationListUrl", "delta_crl_url", PROPERTY_STRING, NULLABLE,                       AT(trusted_ca, delta_crl_url),  &url_form, 0, URL_CHARACTERS_MAX },
    { "displayName",                      "display_name",   PROPERTY_STRING, LISTED | NULLABLE | ABSENT_AS_EMPTY, AT(trusted_ca, display_name), NULL, 0, DISPLAY_NAME_CHARACTERS_MAX },
    { "expirationDateTime",               "expires_at",     PROPERTY_TIME,   LISTED | CREATE_ONLY | REQUIRED, AT(trusted_ca, expires_at),    NULL, 0, 0 },
    { "isIssuerHintEnabled",              "is_issuer_hint", PROPERTY_BOOL,   FILTER | NULLABLE,              AT(trusted_ca, is_issuer_hint), NULL, 0, 0 },
    { "issuer",                           "issuer",         PROPERTY_STRING, LISTED | CREATE_ONLY | NULLABLE | ABSENT_AS_EMPTY, AT(trusted_ca, issuer), NULL, 0, 0 },
    { "issuerSubjectKeyIdentifier",       "key_identifier", PROPERTY_STRING, FILTER | CREATE_ONLY | NULLABLE, AT(trusted_ca, key_identifier), NULL, 0, 0 },
    { "thumbprint",                       "thumbprint",     PROPERTY_STRING, LISTED | CREATE_ONLY | REQUIRED, AT(trusted_ca, thumbprint),    NULL, 1, THUMBPRINT_CHARACTERS_MAX },
    { NULL,                               "is_deleted",     PROPERTY_BOOL,   HIDDEN,                         AT(trusted_ca, is_deleted),     NULL, 0, 0 },
    { NULL,                               "is_deleted_with_pki", PROPERTY_BOOL, HIDDEN,                      AT(trusted_ca, is_deleted_with_pki), NULL, 0, 0 },
    { NULL,                               "upload_id",      PROPERTY_STRING, HIDDEN | NULL_AS_EMPTY,         AT(trusted_ca, upload_id),      NULL, 0, 0 },
    { NULL,                               "revision",       PROPERTY_INT,    HIDDEN,                         AT(trusted_ca, revision),       NULL, 0, 0 },
    { 0 },
    // clang-format on
};

static const struct property wish_properties[] = {
    // clang-format off
    { "uploadUrl",      NULL, PROPERTY_STRING, REQUIRED, AT(pki_upload_wish, url),    &url_form,    0, URL_CHARACTERS_MAX },
    { "sha256FileHash", NULL, PROPERTY_STRING, REQUIRED, AT(pki_upload_wish, sha256), &sha256_form, 0, 0 },
    { 0 },
    // clang-format on
};

static const struct link pki_links[] = {
    { "certificateAuthorities",
      &trusted_ca_entity,
      LINK_COLLECTION | LINK_PATH_ONLY,
      { { "pki_id", PROPERTY_STRING, AT(pki, id) } } },
    { 0 },
};

static const struct scope present[] = { { "is_deleted", 0 }, { NULL, 0 } };
static const struct scope deleted[] = { { "is_deleted", 1 }, { NULL, 0 } };

const struct entity pki_entity = { .name = "certificateBasedAuthPki",
                                   .base = &directory_object_entity,
                                   .table = "pkis",
                                   .properties = pki_properties,
                                   .size = sizeof(struct pki),
                                   .links = pki_links,
                                   .scope = present };

const struct entity pki_deleted_entity = { .name = "certificateBasedAuthPki",
                                           .base = &directory_object_entity,
                                           .table = "pkis",
                                           .properties = pki_properties,
                                           .size = sizeof(struct pki),
                                           .scope = deleted };

const struct entity trusted_ca_entity = { .name = "certificateAuthorityDetail",
                                          .base = &directory_object_entity,
                                          .table = "trusted_cas",
                                          .properties = trusted_ca_properties,
                                          .size = sizeof(struct trusted_ca),
                                          .scope = present };

const struct entity trusted_ca_deleted_entity = { .name = "certificateAuthorityDetail",
                                                  .base = &directory_object_entity,
                                                  .table = "trusted_cas",
                                                  .properties = trusted_ca_properties,
                                                  .size = sizeof(struct trusted_ca),
                                                  .scope = deleted };

const struct entity pki_upload_wish_entity = { .name = "upload",
                                               .properties = wish_properties,
                                               .size = sizeof(struct pki_upload_wish) };
