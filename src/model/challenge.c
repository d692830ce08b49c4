#include "model/challenge.h"

static const struct property challenge_properties[] = {
    // clang-format off
    /* in JSON, column, type, flags, member, detail, min, max */
    { "id",                       "id",                  PROPERTY_STRING,  KEY | LISTED | READ_ONLY, AT(challenge, id),                  NULL, 0, 0 },
    { NULL,                       "tenant_id",           PROPERTY_STRING,  HIDDEN,                   AT(challenge, tenant_id),           NULL, 0, 0 },
    { "certificationAuthorityId", "ca_id",               PROPERTY_STRING,  FILTER | READ_ONLY,       AT(challenge, ca_id),               NULL, 0, 0 },
    { NULL,                       "secret_mac",          PROPERTY_BINARY,  HIDDEN,                   AT(challenge, secret_mac),          NULL, 0, 0 },
    { NULL,                       "subject",             PROPERTY_BINARY,  HIDDEN | NULLABLE,        AT(challenge, subject),             NULL, 0, 0 },
    { "subjectAlternativeNames",  "sans",                PROPERTY_STRINGS, READ_ONLY,                AT(challenge, sans),                NULL, 0, 0 },
    { "extendedKeyUsages",        "ekus",                PROPERTY_STRINGS, READ_ONLY,                AT(challenge, ekus),                NULL, 0, 0 },
    { "allowAnyName",             "allow_any_name",      PROPERTY_BOOL,    READ_ONLY,                AT(challenge, allow_any_name),      NULL, 0, 0 },
    { NULL,                       "sid",                 PROPERTY_STRING,  HIDDEN | NULLABLE,        AT(challenge, sid),                 NULL, 0, 0 },
    { "deviceName",               "device_name",         PROPERTY_STRING,  READ_ONLY | NULLABLE,     AT(challenge, device_name),         NULL, 0, 0 },
    { "deviceId",                 "device_id",           PROPERTY_STRING,  READ_ONLY | NULLABLE,     AT(challenge, device_id),           NULL, 0, 0 },
    { "devicePlatform",           "device_platform",     PROPERTY_STRING,  READ_ONLY | NULLABLE,     AT(challenge, device_platform),     NULL, 0, 0 },
    { "userPrincipalName",        "user_principal_name", PROPERTY_STRING,  READ_ONLY | NULLABLE,     AT(challenge, user_principal_name), NULL, 0, 0 },
    { "userId",                   "user_id",             PROPERTY_STRING,  READ_ONLY | NULLABLE,     AT(challenge, user_id),             NULL, 0, 0 },
    { "validityPeriodInDays",     "validity_days",       PROPERTY_INT,     READ_ONLY,                AT(challenge, validity_days),       NULL, 0, 0 },
    { "requiresApproval",         "requires_approval",   PROPERTY_BOOL,    READ_ONLY,                AT(challenge, requires_approval),   NULL, 0, 0 },
    { "isStatic",                 "is_static",           PROPERTY_BOOL,    READ_ONLY,                AT(challenge, is_static),           NULL, 0, 0 },
    { "usesMaximum",              "uses_max",            PROPERTY_INT,     READ_ONLY,                AT(challenge, uses_max),            NULL, 0, 0 },
    { "uses",                     "uses",                PROPERTY_INT,     READ_ONLY,                AT(challenge, uses),                NULL, 0, 0 },
    { "expirationDateTime",       "expires_at",          PROPERTY_TIME,    READ_ONLY | NULLABLE,     AT(challenge, expires_at),          NULL, 0, 0 },
    { "createdBy",                "created_by",          PROPERTY_STRING,  READ_ONLY,                AT(challenge, created_by),          NULL, 0, 0 },
    { "createdDateTime",          "created_at",          PROPERTY_TIME,    LISTED | READ_ONLY,       AT(challenge, created_at),          NULL, 0, 0 },
    { 0 },
    // clang-format on
};

const struct entity challenge_entity = { .name = "scepChallenge",
                                         .space = "cloudpki",
                                         .table = "challenges",
                                         .properties = challenge_properties,
                                         .size = sizeof(struct challenge) };
