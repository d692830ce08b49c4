#include "model/ca.h"

#include "base/attributes.h"

/* Numbers are those of the published enums; unknownFutureValue is the sentinel in each. */

static const char *const type_texts[] = {
    // clang-format off
    [CA_TYPE_UNKNOWN]          = "unknown",
    [CA_ROOT]                  = "rootCertificationAuthority",
    [CA_ISSUING]               = "issuingCertificationAuthority",
    [CA_ISSUING_EXTERNAL_ROOT] = "issuingCertificationAuthorityWithExternalRoot",
    [4]                        = "unknownFutureValue",
    // clang-format on
};

const struct enum_texts ca_type_texts = { "cloudCertificationAuthorityType", type_texts,
                                          ARRAY_LEN(type_texts), 4 };

static const char *const status_texts[] = {
    // clang-format off
    [CA_STATUS_UNKNOWN]  = "unknown",
    [CA_ACTIVE]          = "active",
    [CA_PAUSED]          = "paused",
    [CA_REVOKED]         = "revoked",
    [CA_SIGNING_PENDING] = "signingPending",
    [CA_STATUS_SENTINEL] = "unknownFutureValue",
    [CA_EXPIRED]         = "expired",
    // clang-format on
};

const struct enum_texts ca_status_texts = { "cloudCertificationAuthorityStatus", status_texts,
                                            ARRAY_LEN(status_texts), CA_STATUS_SENTINEL };

static const char *const version_status_texts[] = {
    // clang-format off
    [VERSION_UNKNOWN]         = "unknown",
    [VERSION_ACTIVE]          = "active",
    [VERSION_STAGED]          = "staged",
    [VERSION_PAUSED]          = "paused",
    [VERSION_RETIRED]         = "retired",
    [VERSION_EXPIRED]         = "expired",
    [VERSION_REVOKED]         = "revoked",
    [VERSION_DECOMMISSIONED]  = "decommissioned",
    [VERSION_SIGNING_PENDING] = "signingPending",
    [9]                       = "unknownFutureValue",
    // clang-format on
};

const struct enum_texts ca_version_status_texts = { "cloudCertificationAuthorityVersionStatus",
                                                    version_status_texts,
                                                    ARRAY_LEN(version_status_texts), 9 };

/* In the order of x509's enum key_type. */
static const char *const key_size_texts[] = {
    "unknown", "rsa2048", "rsa3072",
    "rsa4096", "eCP256",  "eCP256k",
    "eCP384",  "eCP521",  "unknownFutureValue",
};

const struct enum_texts ca_key_size_texts = { "cloudCertificationAuthorityCertificateKeySize",
                                              key_size_texts, ARRAY_LEN(key_size_texts), 8 };

static const char *const hash_texts[] = {
    "unknown", "sha256", "sha384", "sha512", "unknownFutureValue",
};

const struct enum_texts ca_hash_texts = { "cloudCertificationAuthorityHashingAlgorithm", hash_texts,
                                          ARRAY_LEN(hash_texts), 4 };

static const char *const platform_texts[] = {
    // clang-format off
    [KEY_PLATFORM_UNKNOWN]  = "unknown",
    [KEY_PLATFORM_SOFTWARE] = "software",
    [KEY_PLATFORM_HSM]      = "hardwareSecurityModule",
    [3]                     = "unknownFutureValue",
    // clang-format on
};

const struct enum_texts key_platform_texts = { "cloudCertificationAuthorityKeyPlatformType",
                                               platform_texts, ARRAY_LEN(platform_texts), 3 };
