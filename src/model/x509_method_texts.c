/* 0 is not given: a null, so the texts begin at 1. */
#include "model/x509_method.h"

#include "base/attributes.h"

static const char *const states[] = {
    // clang-format off
    [METHOD_ENABLED]  = "enabled",
    [METHOD_DISABLED] = "disabled",
    // clang-format on
};
static const char *const target_types[] = {
    // clang-format off
    [TARGET_USER]  = "user",
    [TARGET_GROUP] = "group",
    [3]            = "unknownFutureValue",
    // clang-format on
};
static const char *const affinities[] = {
    // clang-format off
    [AFFINITY_LOW]  = "low",
    [AFFINITY_HIGH] = "high",
    [3]             = "unknownFutureValue",
    // clang-format on
};
static const char *const modes[] = {
    // clang-format off
    [MODE_SINGLE_FACTOR] = "x509CertificateSingleFactor",
    [MODE_MULTI_FACTOR]  = "x509CertificateMultiFactor",
    [3]                  = "unknownFutureValue",
    // clang-format on
};
static const char *const rule_types[] = {
    // clang-format off
    [RULE_ISSUER]            = "issuerSubject",
    [RULE_POLICY]            = "policyOID",
    [RULE_UNKNOWN]           = "unknownFutureValue",
    [RULE_ISSUER_AND_POLICY] = "issuerSubjectAndPolicyOID",
    // clang-format on
};
static const char *const switches[] = {
    // clang-format off
    [SWITCH_DISABLED] = "disabled",
    [SWITCH_ENABLED]  = "enabled",
    [3]               = "unknownFutureValue",
    // clang-format on
};

#define TEXTS(name, texts, sentinel)                \
    {                                               \
        (name), (texts), ARRAY_LEN(texts), sentinel \
    }

// clang-format off
const struct enum_texts method_state_texts      = TEXTS("authenticationMethodState", states, -1);
const struct enum_texts target_type_texts       = TEXTS("authenticationMethodTargetType", target_types, 3);
const struct enum_texts x509_affinity_texts     = TEXTS("x509CertificateAffinityLevel", affinities, 3);
const struct enum_texts x509_mode_texts         = TEXTS("x509CertificateAuthenticationMode", modes, 3);
const struct enum_texts x509_rule_type_texts    = TEXTS("x509CertificateRuleType", rule_types, RULE_UNKNOWN);
const struct enum_texts x509_crl_switch_texts   = TEXTS("x509CertificateCRLValidationConfigurationState", switches, 3);
const struct enum_texts x509_hints_switch_texts = TEXTS("x509CertificateIssuerHintsState", switches, 3);
// clang-format on
