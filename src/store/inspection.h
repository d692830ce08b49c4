/*
 * inspection - the queries of TLS inspection that are not plain entity reads and writes (rows.h).
 */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct arena;
struct error;
struct session;

/* For ever; ERR_CONFLICT when it is, or was, taken. */
bool inspection_names_take(struct session *session, const char *tenant_id, const char *name_folded,
                           time_t now, struct error *err) MUST_CHECK;

/* What was enabled until it ended or was revoked is so no longer. */
bool inspection_cas_release(struct session *session, const char *tenant_id, time_t now,
                            struct error *err) MUST_CHECK;
/* The name of the one that is enabled and has another id; NULL: there is none. */
bool inspection_cas_enabled(struct session *session, const char *tenant_id, const char *id,
                            struct arena *arena, const char **name, struct error *err) MUST_CHECK;

bool tls_policies_count(struct session *session, const char *tenant_id, int64_t *out,
                        struct error *err) MUST_CHECK;
/* A rule of it changes: so do revision and date. ERR_NOT_FOUND. */
bool tls_policies_touch(struct session *session, const char *tenant_id, const char *id, time_t now,
                        struct error *err) MUST_CHECK;

/* Of the tenant, but for the one with this id. */
bool tls_rules_count(struct session *session, const char *tenant_id, const char *id, int64_t *rules,
                     int64_t *destinations, struct error *err) MUST_CHECK;
/* The name of the rule that has this priority and another id; NULL: there is none. */
bool tls_rules_find_priority(struct session *session, const char *policy_id, int64_t priority,
                             const char *id, struct arena *arena, const char **name,
                             struct error *err) MUST_CHECK;
bool tls_rules_delete_all(struct session *session, const char *tenant_id, const char *policy_id,
                          struct error *err) MUST_CHECK;
