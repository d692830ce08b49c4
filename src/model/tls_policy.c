#include "model/tls_policy.h"

#include "base/attributes.h"
#include "base/bytes.h"

#include <inttypes.h>

#define SPACE "microsoft.graph.networkaccess"

enum {
    NAME_CHARACTERS_MAX = 256,
    DESCRIPTION_CHARACTERS_MAX = 1024,
    DESTINATION_CHARACTERS_MAX = 255,
};

static const char *const action_texts[] = {
    // clang-format off
    [TLS_BYPASS]  = "bypass",
    [TLS_INSPECT] = "inspect",
    [3]           = "unknownFutureValue",
    // clang-format on
};
const struct enum_texts tls_action_texts = { "tlsInspectionAction", action_texts,
                                             ARRAY_LEN(action_texts), 3 };

static const char *const rule_status_names[] = {
    // clang-format off
    [TLS_RULE_ENABLED]  = "enabled",
    [TLS_RULE_DISABLED] = "disabled",
    [3]                 = "unknownFutureValue",
    // clang-format on
};
const struct enum_texts tls_rule_status_texts = { "status", rule_status_names,
                                                  ARRAY_LEN(rule_status_names), 3 };

static const char *const destination_types[] = {
    // clang-format off
    [TLS_DESTINATION_FQDN]           = "#" SPACE ".tlsInspectionFqdnDestination",
    [TLS_DESTINATION_WEB_CATEGORY]   = "#" SPACE ".tlsInspectionWebCategoryDestination",
    [TLS_DESTINATION_WEB_CATEGORIES] = "#" SPACE ".tlsInspectionWebCategoriesDestination",
    // clang-format on
};
static const struct enum_texts destination_type_texts = { "tlsInspectionDestinationType",
                                                          destination_types,
                                                          ARRAY_LEN(destination_types), -1 };

/* "1.0.0" when made; each change counts. */
static void derive_version(const void *entity, const struct urls *urls, struct buf *out)
{
    (void)urls;
    const struct tls_policy *policy = entity;
    buf_add_format(out, "1.0.%" PRId64, policy->revision - 1);
}

static const struct derivation version = { derive_version };

/* ---- policies ---- */

static const struct property policy_settings_properties[] = {
    // clang-format off
    { "defaultAction", NULL, PROPERTY_ENUM, REQUIRED | NULLABLE, AT(tls_policy_settings, default_action), &tls_action_texts, 0, 0 },
    { 0 },
    // clang-format on
};

static const struct entity policy_settings_entity = { .name = "tlsInspectionPolicySettings",
                                                      .space = SPACE,
                                                      .properties = policy_settings_properties,
                                                      .size = sizeof(struct tls_policy_settings) };

static const struct property policy_properties[] = {
    // clang-format off
    /* in JSON, column, type, flags, member, detail, min, max */
    { "id",                   "id",             PROPERTY_STRING,  KEY | LISTED | READ_ONLY,              AT(tls_policy, id),                      NULL, 0, 0 },
    { NULL,                   "tenant_id",      PROPERTY_STRING,  HIDDEN,                                AT(tls_policy, tenant_id),               NULL, 0, 0 },
    { "name",                 "name",           PROPERTY_STRING,  LISTED | SEARCH | REQUIRED | NULLABLE, AT(tls_policy, name),                    NULL, 1, NAME_CHARACTERS_MAX },
    { "description",          "description",    PROPERTY_STRING,  FILTER | SEARCH | NULLABLE,            AT(tls_policy, description),             NULL, 0, DESCRIPTION_CHARACTERS_MAX },
    { "version",              NULL,             PROPERTY_DERIVED, READ_ONLY | NULLABLE,                  0,                                       &version, 0, 0 },
    { "lastModifiedDateTime", "modified_at",    PROPERTY_TIME,    LISTED | READ_ONLY | NULLABLE,         AT(tls_policy, modified_at),             NULL, 0, 0 },
    { "settings",             NULL,             PROPERTY_COMPLEX, REQUIRED | NULLABLE,                   AT(tls_policy, settings),                &policy_settings_entity, 0, 0 },
    { NULL,                   "default_action", PROPERTY_ENUM,    HIDDEN,                                AT(tls_policy, settings.default_action), &tls_action_texts, 0, 0 },
    { NULL,                   "revision",       PROPERTY_INT,     HIDDEN,                                AT(tls_policy, revision),                NULL, 0, 0 },
    { NULL,                   "created_at",     PROPERTY_TIME,    HIDDEN | SORT,                         AT(tls_policy, created_at),              NULL, 0, 0 },
    { 0 },
    // clang-format on
};

static const struct link policy_links[] = {
    { "policyRules",
      &tls_rule_entity,
      LINK_COLLECTION,
      { { "policy_id", PROPERTY_STRING, AT(tls_policy, id) } } },
    { 0 },
};

const struct entity tls_policy_entity = { .name = "tlsInspectionPolicy",
                                          .space = SPACE,
                                          .base = &network_policy_entity,
                                          .table = "tls_policies",
                                          .properties = policy_properties,
                                          .size = sizeof(struct tls_policy),
                                          .links = policy_links };

/* ---- rules ---- */

static const struct collection_form destination_values = { TLS_DESTINATIONS_MAX };

static const struct property destination_properties[] = {
    // clang-format off
    { PROPERTY_OF_TYPE, NULL, PROPERTY_ENUM,    REQUIRED,            AT(tls_destination, type),   &destination_type_texts, 0, 0 },
    { "values",         NULL, PROPERTY_STRINGS, REQUIRED | NULLABLE, AT(tls_destination, values), &destination_values, 1, DESTINATION_CHARACTERS_MAX },
    { 0 },
    // clang-format on
};

static const struct entity *const destination_kinds[] = { &tls_fqdn_destination_entity,
                                                          &tls_web_category_destination_entity,
                                                          NULL };

const struct entity tls_destination_entity = { .name = "tlsInspectionDestination",
                                               .space = SPACE,
                                               .properties = destination_properties,
                                               .size = sizeof(struct tls_destination),
                                               .kinds = destination_kinds,
                                               .is_abstract = true };

static const struct property conditions_properties[] = {
    // clang-format off
    { "destinations", NULL, PROPERTY_COMPLEXES, REQUIRED | NULLABLE, AT(tls_conditions, destinations), &tls_destination_entity, 0, 0 },
    { 0 },
    // clang-format on
};

static const struct entity conditions_entity = { .name = "tlsInspectionMatchingConditions",
                                                 .space = SPACE,
                                                 .properties = conditions_properties,
                                                 .size = sizeof(struct tls_conditions) };

static const struct property rule_settings_properties[] = {
    // clang-format off
    { "status", NULL, PROPERTY_ENUM, REQUIRED | NULLABLE, AT(tls_rule_settings, status), &tls_rule_status_texts, 0, 0 },
    { 0 },
    // clang-format on
};

static const struct entity rule_settings_entity = { .name = "tlsInspectionRuleSettings",
                                                    .space = SPACE,
                                                    .properties = rule_settings_properties,
                                                    .size = sizeof(struct tls_rule_settings) };

static const struct property rule_properties[] = {
    // clang-format off
    /* in JSON, column, type, flags, member, detail, min, max */
    { "id",                 "id",                PROPERTY_STRING,  KEY | LISTED | READ_ONLY,              AT(tls_rule, id),                NULL, 0, 0 },
    { NULL,                 "tenant_id",         PROPERTY_STRING,  HIDDEN,                                AT(tls_rule, tenant_id),         NULL, 0, 0 },
    { NULL,                 "policy_id",         PROPERTY_STRING,  HIDDEN,                                AT(tls_rule, policy_id),         NULL, 0, 0 },
    { "name",               "name",              PROPERTY_STRING,  LISTED | SEARCH | REQUIRED | NULLABLE, AT(tls_rule, name),              NULL, 1, NAME_CHARACTERS_MAX },
    { "action",             "action",            PROPERTY_ENUM,    LISTED | REQUIRED | NULLABLE,          AT(tls_rule, action),            &tls_action_texts, 0, 0 },
    { "description",        "description",       PROPERTY_STRING,  FILTER | SEARCH | NULLABLE,            AT(tls_rule, description),       NULL, 0, DESCRIPTION_CHARACTERS_MAX },
    { "priority",           "priority",          PROPERTY_INT,     LISTED | REQUIRED,                     AT(tls_rule, priority),          NULL, 0, INT64_MAX },
    { "settings",           NULL,                PROPERTY_COMPLEX, REQUIRED | NULLABLE,                   AT(tls_rule, settings),          &rule_settings_entity, 0, 0 },
    { NULL,                 "status",            PROPERTY_ENUM,    HIDDEN,                                AT(tls_rule, settings.status),   &tls_rule_status_texts, 0, 0 },
    { "matchingConditions", "conditions",        PROPERTY_COMPLEX, REQUIRED | NULLABLE,                   AT(tls_rule, conditions),        &conditions_entity, 0, 0 },
    { NULL,                 "destination_count", PROPERTY_INT,     HIDDEN,                                AT(tls_rule, destination_count), NULL, 0, 0 },
    { NULL,                 "revision",          PROPERTY_INT,     HIDDEN,                                AT(tls_rule, revision),          NULL, 0, 0 },
    { NULL,                 "created_at",        PROPERTY_TIME,    HIDDEN | SORT,                         AT(tls_rule, created_at),        NULL, 0, 0 },
    { 0 },
    // clang-format on
};

const struct entity tls_rule_entity = { .name = "tlsInspectionRule",
                                        .space = SPACE,
                                        .base = &network_rule_entity,
                                        .table = "tls_rules",
                                        .properties = rule_properties,
                                        .size = sizeof(struct tls_rule) };

/* ---- what the API's description names besides ---- */

static const struct property base_policy_properties[] = {
    // clang-format off
    { "id",          NULL, PROPERTY_STRING,  KEY | READ_ONLY,      AT(tls_policy, id),          NULL, 0, 0 },
    { "name",        NULL, PROPERTY_STRING,  NULLABLE,             AT(tls_policy, name),        NULL, 0, 0 },
    { "description", NULL, PROPERTY_STRING,  NULLABLE,             AT(tls_policy, description), NULL, 0, 0 },
    { "version",     NULL, PROPERTY_DERIVED, READ_ONLY | NULLABLE, 0,                           &version, 0, 0 },
    { 0 },
    // clang-format on
};

static const struct link base_policy_links[] = {
    { "policyRules",
      &network_rule_entity,
      LINK_COLLECTION,
      { { "policy_id", PROPERTY_STRING, AT(tls_policy, id) } } },
    { 0 },
};

const struct entity network_policy_entity = { .name = "policy",
                                              .space = SPACE,
                                              .properties = base_policy_properties,
                                              .size = sizeof(struct tls_policy),
                                              .links = base_policy_links,
                                              .is_abstract = true };

static const struct property base_rule_properties[] = {
    // clang-format off
    { "id",   NULL, PROPERTY_STRING, KEY | READ_ONLY, AT(tls_rule, id),   NULL, 0, 0 },
    { "name", NULL, PROPERTY_STRING, NULLABLE,        AT(tls_rule, name), NULL, 0, 0 },
    { 0 },
    // clang-format on
};

const struct entity network_rule_entity = { .name = "policyRule",
                                            .space = SPACE,
                                            .properties = base_rule_properties,
                                            .size = sizeof(struct tls_rule),
                                            .is_abstract = true };

static const struct property destination_value_properties[] = {
    // clang-format off
    { "values", NULL, PROPERTY_STRINGS, REQUIRED | NULLABLE, AT(tls_destination, values), &destination_values, 1, DESTINATION_CHARACTERS_MAX },
    { 0 },
    // clang-format on
};

const struct entity tls_fqdn_destination_entity = { .name = "tlsInspectionFqdnDestination",
                                                    .space = SPACE,
                                                    .base = &tls_destination_entity,
                                                    .properties = destination_value_properties,
                                                    .size = sizeof(struct tls_destination) };

const struct entity tls_web_category_destination_entity = {
    .name = "tlsInspectionWebCategoryDestination",
    .space = SPACE,
    .base = &tls_destination_entity,
    .properties = destination_value_properties,
    .size = sizeof(struct tls_destination),
};
