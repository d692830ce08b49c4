#include "model/subscription.h"

#include "base/attributes.h"

enum { NAME_CHARACTERS_MAX = 256 };

static const char *const provider_names[] = {
    // clang-format off
    [PROVIDER_UNKNOWN]  = "unKnown",
    [PROVIDER_SYMANTEC] = "symantec",
    // clang-format on
};
const struct enum_texts cloud_pki_provider_texts = { "cloudPkiProvider", provider_names,
                                                     ARRAY_LEN(provider_names), -1 };

static const char *const sync_names[] = {
    // clang-format off
    [SYNC_UNKNOWN]   = "unKnown",
    [SYNC_SUCCEEDED] = "succeeded",
    [SYNC_FAILED]    = "failed",
    // clang-format on
};
const struct enum_texts sync_status_texts = { "syncStatus", sync_names, ARRAY_LEN(sync_names), -1 };

static const struct property credentials_properties[] = {
    // clang-format off
    { "adminUserName",                     "user_name",            PROPERTY_STRING, NULLABLE, AT(subscription_credentials, user_name),            NULL, 0, NAME_CHARACTERS_MAX },
    { "adminPassword",                     "password",             PROPERTY_STRING, NULLABLE, AT(subscription_credentials, password),             NULL, 0, NAME_CHARACTERS_MAX },
    { "authenticationCertificate",         "certificate",          PROPERTY_BINARY, NULLABLE, AT(subscription_credentials, certificate),          NULL, 0, SUBSCRIPTION_CERTIFICATE_OCTETS_MAX },
    { "authenticationCertificatePassword", "certificate_password", PROPERTY_STRING, NULLABLE, AT(subscription_credentials, certificate_password), NULL, 0, NAME_CHARACTERS_MAX },
    { 0 },
    // clang-format on
};

const struct entity subscription_credentials_entity = {
    .name = "cloudPkiAdministratorCredentials",
    .properties = credentials_properties,
    .size = sizeof(struct subscription_credentials),
};

static const struct property subscription_properties[] = {
    // clang-format off
    /* in JSON, column, type, flags, member, detail, min, max */
    { "id",                     "id",                 PROPERTY_STRING,  KEY | LISTED | READ_ONLY,                     AT(subscription, id),                 NULL, 0, 0 },
    { NULL,                     "tenant_id",          PROPERTY_STRING,  HIDDEN,                                       AT(subscription, tenant_id),          NULL, 0, 0 },
    { "cloudPkiProvider",       "provider",           PROPERTY_ENUM,    LISTED | REQUIRED,                            AT(subscription, provider),           &cloud_pki_provider_texts, 0, 0 },
    { "createdDateTime",        "created_at",         PROPERTY_TIME,    LISTED | READ_ONLY,                           AT(subscription, created_at),         NULL, 0, 0 },
    { "description",            "description",        PROPERTY_STRING,  FILTER | SEARCH | NULLABLE,                   AT(subscription, description),        NULL, 0, 0 },
    { "lastModifiedDateTime",   "modified_at",        PROPERTY_TIME,    LISTED | READ_ONLY,                           AT(subscription, modified_at),        NULL, 0, 0 },
    { "displayName",            "display_name",       PROPERTY_STRING,  LISTED | SEARCH | REQUIRED | NULLABLE,        AT(subscription, display_name),       NULL, 1, NAME_CHARACTERS_MAX },
    { "syncStatus",             "sync_status",        PROPERTY_ENUM,    LISTED | READ_ONLY,                           AT(subscription, sync_status),        &sync_status_texts, 0, 0 },
    { "lastSyncError",          "last_sync_error",    PROPERTY_STRING,  READ_ONLY | NULLABLE,                         AT(subscription, last_sync_error),    NULL, 0, 0 },
    { "lastSyncDateTime",       "last_sync_at",       PROPERTY_TIME,    LISTED | READ_ONLY,                           AT(subscription, last_sync_at),       NULL, 0, 0 },
    { "credentials",            NULL,                 PROPERTY_COMPLEX, NULLABLE | ZERO_AS_NULL,                      AT(subscription, credentials),        &subscription_credentials_entity, 0, 0 },
    { NULL,                     "credentials_sealed", PROPERTY_BINARY,  HIDDEN,                                       AT(subscription, credentials_sealed), NULL, 0, 0 },
    { "trustedRootCertificate", "trusted_root",       PROPERTY_BINARY,  NULLABLE,                                     AT(subscription, trusted_root),       NULL, 0, 0 },
    { "version",                "revision",           PROPERTY_INT,     LISTED | READ_ONLY,                           AT(subscription, revision),           NULL, 0, 0 },
    { 0 },
    // clang-format on
};

const struct entity subscription_entity = { .name = "cloudPkiSubscription",
                                            .table = "subscriptions",
                                            .properties = subscription_properties,
                                            .size = sizeof(struct subscription) };
