/*
 * tls_policy - tlsInspectionPolicy and its rules: which connections are opened; as rows.
 *
 * Rules run in ascending priority, the first that matches decides, else the default of the policy.
 * A policy's version and lastModifiedDateTime count changes of its rules too.
 */
#pragma once

#include "model/property.h"

#include <stdint.h>
#include <time.h>

/* 0 is not given. */
enum tls_action { TLS_BYPASS = 1, TLS_INSPECT };
enum tls_rule_status { TLS_RULE_ENABLED = 1, TLS_RULE_DISABLED };

/* Samples call the second by another name, which is the third here; no row has it. */
enum tls_destination_type {
    TLS_DESTINATION_FQDN = 1,
    TLS_DESTINATION_WEB_CATEGORY,
    TLS_DESTINATION_WEB_CATEGORIES,
};

enum {
    TLS_POLICIES_MAX = 100, /* these three per tenant */
    TLS_RULES_MAX = 1000,
    TLS_DESTINATIONS_MAX = 8000,
};

struct tls_policy_settings {
    int64_t default_action;
};

struct tls_policy {
    const char *id;
    const char *tenant_id;
    const char *name;
    const char *description;
    struct tls_policy_settings settings;
    int64_t revision;
    time_t created_at;
    time_t modified_at;
};

struct tls_destination {
    int64_t type;
    struct strings values; /* host names, "*." before or not; or names of categories */
};

struct tls_conditions {
    struct list destinations; /* struct tls_destination */
};

struct tls_rule_settings {
    int64_t status;
};

struct tls_rule {
    const char *id;
    const char *tenant_id;
    const char *policy_id;
    const char *name;
    const char *description;
    int64_t priority;
    int64_t action;
    struct tls_rule_settings settings;
    struct tls_conditions conditions;
    int64_t destination_count; /* of values */
    int64_t revision;
    time_t created_at;
};

extern const struct enum_texts tls_action_texts;
extern const struct enum_texts tls_rule_status_texts;
extern const struct entity tls_policy_entity;
extern const struct entity tls_rule_entity;

/* What the two derive from, and what a destination may be, for the description of the API. */
extern const struct entity network_policy_entity;
extern const struct entity network_rule_entity;
extern const struct entity tls_destination_entity;
extern const struct entity tls_fqdn_destination_entity;
extern const struct entity tls_web_category_destination_entity;
