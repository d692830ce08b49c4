/*
 * x509_method - x509CertificateAuthenticationMethodConfiguration: who signs in with a certificate,
 * how a certificate finds its user, and how much such a sign-in counts; as a row, one per tenant.
 *
 * A tenant without a row has the defaults. Enums are 0 where nothing is said.
 */
#pragma once

#include "model/property.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define X509_METHOD_ID   "X509Certificate"
#define X509_METHOD_TYPE "x509CertificateAuthenticationMethodConfiguration"

enum method_state { METHOD_STATE_NONE, METHOD_ENABLED, METHOD_DISABLED };
enum target_type { TARGET_TYPE_NONE, TARGET_USER, TARGET_GROUP };
enum x509_affinity { AFFINITY_NONE, AFFINITY_LOW, AFFINITY_HIGH };
enum x509_mode { MODE_NONE, MODE_SINGLE_FACTOR, MODE_MULTI_FACTOR };
enum x509_switch { SWITCH_NONE, SWITCH_DISABLED, SWITCH_ENABLED };
enum x509_rule_type {
    RULE_NONE,
    RULE_ISSUER,
    RULE_POLICY,
    RULE_UNKNOWN,
    RULE_ISSUER_AND_POLICY,
};

/* A field of the certificate that names the user by a property of the user. */
struct x509_binding {
    int64_t priority; /* lower ones are tried first */
    int64_t affinity;
    const char *user_property;
    const char *field;
};

struct x509_rule {
    const char *identifier; /* of the one criterion: a SKI or name of the issuer, or an OID */
    const char *issuer_identifier;
    const char *policy_oid;
    int64_t mode;
    int64_t affinity; /* that the binding must have */
    int64_t type;
};

struct x509_modes {
    struct list rules; /* struct x509_rule */
    int64_t default_mode;
    int64_t default_affinity;
};

/* Of a policy as a whole (authenticationMethodTarget), excluded from it (excludeTarget), or of a
 * CA's scope (includeTarget). */
struct method_target {
    const char *id; /* "all_users", or a user's or group's */
    bool is_registration_required;
    int64_t type;
};

/* A CA that only some may sign in with. */
struct x509_scope {
    struct list targets; /* struct method_target */
    const char *pki;     /* the display name of its trust store; NULL: any */
    const char *key_identifier;
};

struct x509_crl_check {
    struct strings exempted; /* key identifiers of CAs */
    int64_t state;
};

struct x509_hints {
    int64_t state;
};

struct x509_method {
    const char *id;
    const char *tenant_id;
    struct list excluded; /* struct method_target */
    int64_t state;
    struct x509_modes modes;
    struct list scopes;   /* struct x509_scope */
    struct list bindings; /* struct x509_binding */
    struct x509_crl_check crl_check;
    struct x509_hints hints;
    struct list included; /* struct method_target */
    int64_t revision;     /* 0: never written */
    time_t created_at;
    time_t modified_at;
};

#define ALL_USERS "all_users"

extern const struct enum_texts method_state_texts;
extern const struct enum_texts target_type_texts;
extern const struct enum_texts x509_affinity_texts;
extern const struct enum_texts x509_mode_texts;
extern const struct enum_texts x509_rule_type_texts;
extern const struct enum_texts x509_crl_switch_texts;
extern const struct enum_texts x509_hints_switch_texts;

extern const struct entity method_entity; /* authenticationMethodConfiguration */
extern const struct entity x509_method_entity;

/* What a tenant has that never chose. */
void x509_method_default(const char *tenant_id, struct x509_method *out);
