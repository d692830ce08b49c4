#include "model/x509_method.h"

#include "base/attributes.h"
#include "model/forms.h"

#include <string.h>

enum { IDENTIFIER_CHARACTERS_MAX = 1024, NAME_CHARACTERS_MAX = 256, PRIORITY_MAX = INT32_MAX };

static const struct property target_properties[] = {
    // clang-format off
    { "id",                     "id",                       PROPERTY_STRING, KEY | REQUIRED, AT(method_target, id),                       NULL, 1, NAME_CHARACTERS_MAX },
    { "isRegistrationRequired", "is_registration_required", PROPERTY_BOOL,   0,              AT(method_target, is_registration_required), NULL, 0, 0 },
    { "targetType",             "type",                     PROPERTY_ENUM,   REQUIRED,       AT(method_target, type),                     &target_type_texts, 0, 0 },
    { 0 },
    // clang-format on
};

static const struct entity target_entity = { .name = "authenticationMethodTarget",
                                             .properties = target_properties,
                                             .size = sizeof(struct method_target) };

/* Both of the others are values, not entities: without a key, and nothing is registered. */
static const struct property plain_target_properties[] = {
    // clang-format off
    { "id",         "id",   PROPERTY_STRING, REQUIRED, AT(method_target, id),   NULL, 1, NAME_CHARACTERS_MAX },
    { "targetType", "type", PROPERTY_ENUM,   REQUIRED, AT(method_target, type), &target_type_texts, 0, 0 },
    { 0 },
    // clang-format on
};

static const struct entity include_entity = { .name = "includeTarget",
                                              .properties = plain_target_properties,
                                              .size = sizeof(struct method_target) };
static const struct entity exclude_entity = { .name = "excludeTarget",
                                              .properties = plain_target_properties,
                                              .size = sizeof(struct method_target) };

static const struct property binding_properties[] = {
    // clang-format off
    { "priority",             "priority",      PROPERTY_INT,    REQUIRED,            AT(x509_binding, priority),      NULL, 0, PRIORITY_MAX },
    { "trustAffinityLevel",   "affinity",      PROPERTY_ENUM,   NULLABLE,            AT(x509_binding, affinity),      &x509_affinity_texts, 0, 0 },
    { "userProperty",         "user_property", PROPERTY_STRING, REQUIRED | NULLABLE, AT(x509_binding, user_property), NULL, 1, NAME_CHARACTERS_MAX },
    { "x509CertificateField", "field",         PROPERTY_STRING, REQUIRED | NULLABLE, AT(x509_binding, field),         NULL, 1, NAME_CHARACTERS_MAX },
    { 0 },
    // clang-format on
};

static const struct entity binding_entity = { .name = "x509CertificateUserBinding",
                                              .properties = binding_properties,
                                              .size = sizeof(struct x509_binding) };

static const struct property rule_properties[] = {
    // clang-format off
    { "identifier",                           "identifier",        PROPERTY_STRING, NULLABLE,            AT(x509_rule, identifier),        NULL, 0, IDENTIFIER_CHARACTERS_MAX },
    { "issuerSubjectIdentifier",              "issuer_identifier", PROPERTY_STRING, NULLABLE,            AT(x509_rule, issuer_identifier), NULL, 0, IDENTIFIER_CHARACTERS_MAX },
    { "policyOidIdentifier",                  "policy_oid",        PROPERTY_STRING, NULLABLE,            AT(x509_rule, policy_oid),        NULL, 0, IDENTIFIER_CHARACTERS_MAX },
    { "x509CertificateAuthenticationMode",    "mode",              PROPERTY_ENUM,   NULLABLE,            AT(x509_rule, mode),              &x509_mode_texts, 0, 0 },
    { "x509CertificateRequiredAffinityLevel", "affinity",          PROPERTY_ENUM,   NULLABLE,            AT(x509_rule, affinity),          &x509_affinity_texts, 0, 0 },
    { "x509CertificateRuleType",              "type",              PROPERTY_ENUM,   REQUIRED | NULLABLE, AT(x509_rule, type),              &x509_rule_type_texts, 0, 0 },
    { 0 },
    // clang-format on
};

static const struct entity rule_entity = { .name = "x509CertificateRule",
                                           .properties = rule_properties,
                                           .size = sizeof(struct x509_rule) };

static const struct property modes_properties[] = {
    // clang-format off
    { "rules",                                       "rules",            PROPERTY_COMPLEXES, NULLABLE, AT(x509_modes, rules),            &rule_entity, 0, 0 },
    { "x509CertificateAuthenticationDefaultMode",    "default_mode",     PROPERTY_ENUM,      NULLABLE, AT(x509_modes, default_mode),     &x509_mode_texts, 0, 0 },
    { "x509CertificateDefaultRequiredAffinityLevel", "default_affinity", PROPERTY_ENUM,      NULLABLE, AT(x509_modes, default_affinity), &x509_affinity_texts, 0, 0 },
    { 0 },
    // clang-format on
};

static const struct entity modes_entity = { .name =
                                                "x509CertificateAuthenticationModeConfiguration",
                                            .properties = modes_properties,
                                            .size = sizeof(struct x509_modes) };

static const struct property scope_properties[] = {
    // clang-format off
    { "includeTargets",                    "targets",        PROPERTY_COMPLEXES, REQUIRED | NULLABLE, AT(x509_scope, targets),        &include_entity, 0, 0 },
    { "publicKeyInfrastructureIdentifier", "pki",            PROPERTY_STRING,    NULLABLE,            AT(x509_scope, pki),            NULL, 0, NAME_CHARACTERS_MAX },
    { "subjectKeyIdentifier",              "key_identifier", PROPERTY_STRING,    REQUIRED | NULLABLE, AT(x509_scope, key_identifier), &key_identifier_form, 0, 0 },
    { 0 },
    // clang-format on
};

static const struct entity scope_entity = { .name = "x509CertificateAuthorityScope",
                                            .properties = scope_properties,
                                            .size = sizeof(struct x509_scope) };

static const struct property crl_check_properties[] = {
    // clang-format off
    { "exemptedCertificateAuthoritiesSubjectKeyIdentifiers", "exempted", PROPERTY_STRINGS, NULLABLE, AT(x509_crl_check, exempted), NULL, 1, NAME_CHARACTERS_MAX },
    { "state",                                               "state",    PROPERTY_ENUM,    0,        AT(x509_crl_check, state),    &x509_crl_switch_texts, 0, 0 },
    { 0 },
    // clang-format on
};

static const struct entity crl_check_entity = { .name = "x509CertificateCRLValidationConfiguration",
                                                .properties = crl_check_properties,
                                                .size = sizeof(struct x509_crl_check) };

static const struct property hints_properties[] = {
    // clang-format off
    { "state", "state", PROPERTY_ENUM, NULLABLE, AT(x509_hints, state), &x509_hints_switch_texts, 0, 0 },
    { 0 },
    // clang-format on
};

static const struct entity hints_entity = { .name = "x509CertificateIssuerHintsConfiguration",
                                            .properties = hints_properties,
                                            .size = sizeof(struct x509_hints) };

static const struct property method_properties[] = {
    // clang-format off
    { "id",             NULL, PROPERTY_STRING,    KEY | READ_ONLY, AT(x509_method, id),       NULL, 0, 0 },
    { "excludeTargets", NULL, PROPERTY_COMPLEXES, NULLABLE,        AT(x509_method, excluded), &exclude_entity, 0, 0 },
    { "state",          NULL, PROPERTY_ENUM,      NULLABLE,        AT(x509_method, state),    &method_state_texts, 0, 0 },
    { 0 },
    // clang-format on
};

const struct entity method_entity = { .name = "authenticationMethodConfiguration",
                                      .properties = method_properties,
                                      .size = sizeof(struct x509_method),
                                      .is_abstract = true };

static const struct property x509_method_properties[] = {
    // clang-format off
    /* in JSON, column, type, flags, member, detail, min, max */
    { "id",                              "id",         PROPERTY_STRING,    KEY | READ_ONLY,      AT(x509_method, id),          NULL, 0, 0 },
    { NULL,                              "tenant_id",  PROPERTY_STRING,    HIDDEN,               AT(x509_method, tenant_id),   NULL, 0, 0 },
    { "excludeTargets",                  "excluded",   PROPERTY_COMPLEXES, NULLABLE,             AT(x509_method, excluded),    &exclude_entity, 0, 0 },
    { "state",                           "state",      PROPERTY_ENUM,      NULLABLE,             AT(x509_method, state),       &method_state_texts, 0, 0 },
    { "authenticationModeConfiguration", "modes",      PROPERTY_COMPLEX,   NULLABLE,             AT(x509_method, modes),       &modes_entity, 0, 0 },
    { "certificateAuthorityScopes",      "scopes",     PROPERTY_COMPLEXES, NULLABLE,             AT(x509_method, scopes),      &scope_entity, 0, 0 },
    { "certificateUserBindings",         "bindings",   PROPERTY_COMPLEXES, NULLABLE,             AT(x509_method, bindings),    &binding_entity, 0, 0 },
    { "crlValidationConfiguration",      "crl_check",  PROPERTY_COMPLEX,   0,                    AT(x509_method, crl_check),   &crl_check_entity, 0, 0 },
    { "issuerHintsConfiguration",        "hints",      PROPERTY_COMPLEX,   NULLABLE,             AT(x509_method, hints),       &hints_entity, 0, 0 },
    { "includeTargets",                  "included",   PROPERTY_COMPLEXES, CONTAINED,            AT(x509_method, included),    &target_entity, 0, 0 },
    { NULL,                              "revision",   PROPERTY_INT,       HIDDEN,               AT(x509_method, revision),    NULL, 0, 0 },
    { NULL,                              "created_at", PROPERTY_TIME,      HIDDEN | SORT,        AT(x509_method, created_at),  NULL, 0, 0 },
    { NULL,                              "modified_at", PROPERTY_TIME,     HIDDEN,               AT(x509_method, modified_at), NULL, 0, 0 },
    { 0 },
    // clang-format on
};

const struct entity x509_method_entity = { .name = X509_METHOD_TYPE,
                                           .base = &method_entity,
                                           .table = "x509_methods",
                                           .properties = x509_method_properties,
                                           .size = sizeof(struct x509_method) };

/* Lists of a row are written through no pointer, so those of the defaults may be shared. */
static struct x509_binding default_bindings[] = {
    { 1, AFFINITY_LOW, "userPrincipalName", "PrincipalName" },
    { 2, AFFINITY_LOW, "userPrincipalName", "RFC822Name" },
};
static struct method_target default_targets[] = { { ALL_USERS, false, TARGET_GROUP } };

void x509_method_default(const char *tenant_id, struct x509_method *out)
{
    *out = (struct x509_method){
        .id = X509_METHOD_ID,
        .tenant_id = tenant_id,
        .state = METHOD_DISABLED,
        .modes = { .default_mode = MODE_SINGLE_FACTOR, .default_affinity = AFFINITY_LOW },
        .bindings = { default_bindings, ARRAY_LEN(default_bindings) },
        .crl_check = { .state = SWITCH_DISABLED },
        .hints = { SWITCH_DISABLED },
        .included = { default_targets, ARRAY_LEN(default_targets) },
    };
}
