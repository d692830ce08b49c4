#include "model/classic_store.h"

#include "model/forms.h"

enum { URL_CHARACTERS_MAX = 2048 };

static const struct property ca_properties[] = {
    // clang-format off
    { "certificate",                       "certificate",    PROPERTY_BINARY, REQUIRED,  AT(classic_ca, certificate),    NULL, 0, 0 },
    { "certificateRevocationListUrl",      "crl_url",        PROPERTY_STRING, NULLABLE,  AT(classic_ca, crl_url),        &plain_url_form, 0, URL_CHARACTERS_MAX },
    { "deltaCertificateRevocationListUrl", "delta_crl_url",  PROPERTY_STRING, NULLABLE,  AT(classic_ca, delta_crl_url),  &plain_url_form, 0, URL_CHARACTERS_MAX },
    { "isRootAuthority",                   "is_root",        PROPERTY_BOOL,   REQUIRED,  AT(classic_ca, is_root),        NULL, 0, 0 },
    { "issuer",                            "issuer",         PROPERTY_STRING, READ_ONLY, AT(classic_ca, issuer),         NULL, 0, 0 },
    { "issuerSki",                         "key_identifier", PROPERTY_STRING, READ_ONLY, AT(classic_ca, key_identifier), NULL, 0, 0 },
    { 0 },
    // clang-format on
};

const struct entity classic_ca_entity = { .name = "certificateAuthority",
                                          .properties = ca_properties,
                                          .size = sizeof(struct classic_ca) };

static const struct property store_properties[] = {
    // clang-format off
    /* in JSON, column, type, flags, member, detail, min, max */
    { "id",                     "id",                      PROPERTY_STRING,    KEY | READ_ONLY,        AT(classic_store, id),         NULL, 0, 0 },
    { NULL,                     "tenant_id",               PROPERTY_STRING,    HIDDEN,                 AT(classic_store, tenant_id),  NULL, 0, 0 },
    { "certificateAuthorities", "certificate_authorities", PROPERTY_COMPLEXES, REQUIRED,               AT(classic_store, cas),        &classic_ca_entity, 0, 0 },
    { NULL,                     "created_at",              PROPERTY_TIME,      HIDDEN | SORT,          AT(classic_store, created_at), NULL, 0, 0 },
    { 0 },
    // clang-format on
};

const struct entity classic_store_entity = { .name = "certificateBasedAuthConfiguration",
                                             .table = "classic_stores",
                                             .properties = store_properties,
                                             .size = sizeof(struct classic_store) };
