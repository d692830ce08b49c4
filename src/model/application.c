#include "model/application.h"

enum { NAME_CHARACTERS_MAX = 120, KEY_OCTETS_MAX = 8192 };

static const struct property password_credential_properties[] = {
    // clang-format off
    { "keyId",         "id",           PROPERTY_STRING, READ_ONLY | NULLABLE, AT(password_credential, id),           NULL, 0, 64 },
    { "displayName",   "display_name", PROPERTY_STRING, NULLABLE,             AT(password_credential, display_name), NULL, 0, NAME_CHARACTERS_MAX },
    { "hint",          "hint",         PROPERTY_STRING, READ_ONLY | NULLABLE, AT(password_credential, hint),         NULL, 0, 8 },
    { "secretText",    "secret_text",  PROPERTY_STRING, READ_ONLY | NULLABLE | SECRET, AT(password_credential, secret_text),  NULL, 0, 64 },
    { "startDateTime", "begins_at",    PROPERTY_TIME,   NULLABLE,             AT(password_credential, begins_at),    NULL, 0, 0 },
    { "endDateTime",   "ends_at",      PROPERTY_TIME,   NULLABLE,             AT(password_credential, ends_at),      NULL, 0, 0 },
    { 0 },
    // clang-format on
};

const struct entity password_credential_entity = { .name = "passwordCredential",
                                                   .properties = password_credential_properties,
                                                   .size = sizeof(struct password_credential) };

static const struct property key_credential_properties[] = {
    // clang-format off
    { "keyId",               "id",           PROPERTY_STRING, NULLABLE,             AT(key_credential, id),           NULL, 0, 64 },
    { "displayName",         "display_name", PROPERTY_STRING, NULLABLE,             AT(key_credential, display_name), NULL, 0, NAME_CHARACTERS_MAX },
    { "type",                "type",         PROPERTY_STRING, NULLABLE,             AT(key_credential, type),         NULL, 0, 64 },
    { "usage",               "usage",        PROPERTY_STRING, NULLABLE,             AT(key_credential, usage),        NULL, 0, 64 },
    { "key",                 "key",          PROPERTY_BINARY, NULLABLE,             AT(key_credential, key),          NULL, 0, KEY_OCTETS_MAX },
    { "customKeyIdentifier", "thumbprint",   PROPERTY_BINARY, READ_ONLY | NULLABLE, AT(key_credential, thumbprint),   NULL, 0, 64 },
    { "startDateTime",       "begins_at",    PROPERTY_TIME,   NULLABLE,             AT(key_credential, begins_at),    NULL, 0, 0 },
    { "endDateTime",         "ends_at",      PROPERTY_TIME,   NULLABLE,             AT(key_credential, ends_at),      NULL, 0, 0 },
    { 0 },
    // clang-format on
};

const struct entity key_credential_entity = { .name = "keyCredential",
                                              .properties = key_credential_properties,
                                              .size = sizeof(struct key_credential) };

static const struct property application_properties[] = {
    // clang-format off
    /* in JSON, column, type, flags, member, detail, min, max */
    { "id",                   "id",                   PROPERTY_STRING,    KEY | LISTED | READ_ONLY,  AT(application, id),                   NULL, 0, 0 },
    { NULL,                   "tenant_id",            PROPERTY_STRING,    HIDDEN,                    AT(application, tenant_id),            NULL, 0, 0 },
    { "appId",                "app_id",               PROPERTY_STRING,    LISTED | READ_ONLY,        AT(application, app_id),               NULL, 0, 0 },
    { "displayName",          "display_name",         PROPERTY_STRING,    LISTED | REQUIRED,         AT(application, display_name),         NULL, 1, NAME_CHARACTERS_MAX },
    { "description",          "description",          PROPERTY_STRING,    NULLABLE,                  AT(application, description),          NULL, 0, 1024 },
    { "isDisabled",           "is_disabled",          PROPERTY_BOOL,      FILTER,                    AT(application, is_disabled),          NULL, 0, 0 },
    { "grantedAppRoles",      "app_roles",            PROPERTY_STRINGS,   0,                         AT(application, app_roles),            NULL, 0, APPLICATION_ROLES_MAX },
    { "passwordCredentials",  "password_credentials", PROPERTY_COMPLEXES, READ_ONLY,                 AT(application, password_credentials), &password_credential_entity, 0, 0 },
    { "keyCredentials",       "key_credentials",      PROPERTY_COMPLEXES, 0,                         AT(application, key_credentials),      &key_credential_entity, 0, 0 },
    { NULL,                   "revision",             PROPERTY_INT,       HIDDEN,                    AT(application, revision),             NULL, 0, 0 },
    { "createdDateTime",      "created_at",           PROPERTY_TIME,      LISTED | READ_ONLY,        AT(application, created_at),           NULL, 0, 0 },
    { "lastModifiedDateTime", "modified_at",          PROPERTY_TIME,      LISTED | READ_ONLY,        AT(application, modified_at),          NULL, 0, 0 },
    { 0 },
    // clang-format on
};

const struct entity application_entity = { .name = "application",
                                           .table = "applications",
                                           .properties = application_properties,
                                           .size = sizeof(struct application) };
