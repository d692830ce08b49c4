/*
 * policies - making and changing tlsInspectionPolicy and its rules.
 *
 * A rule changes its policy's version and date in the same transaction. Every change is audited.
 * [desk]
 * Errors: ERR_INVALID naming the member, ERR_CONFLICT for a priority that another rule has,
 * ERR_QUOTA, ERR_NOT_FOUND, ERR_PRECONDITION.
 */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>
#include <time.h>

struct actor;
struct arena;
struct error;
struct inspection;
struct tls_policy;
struct tls_rule;

bool tls_policy_create(struct inspection *inspection, const struct actor *actor,
                       const struct tls_policy *wish, time_t now, struct arena *arena,
                       struct tls_policy *out, struct error *err) MUST_CHECK;
bool tls_policy_change(struct inspection *inspection, const struct actor *actor,
                       const struct tls_policy *wish, time_t now, struct tls_policy *out,
                       struct error *err) MUST_CHECK;
/* With its rules. */
bool tls_policy_delete(struct inspection *inspection, const struct actor *actor,
                       const struct tls_policy *stored, time_t now, struct error *err) MUST_CHECK;

bool tls_rule_create(struct inspection *inspection, const struct actor *actor,
                     const char *policy_id, const struct tls_rule *wish, time_t now,
                     struct arena *arena, struct tls_rule *out, struct error *err) MUST_CHECK;
bool tls_rule_change(struct inspection *inspection, const struct actor *actor,
                     const struct tls_rule *wish, time_t now, struct tls_rule *out,
                     struct error *err) MUST_CHECK;
bool tls_rule_delete(struct inspection *inspection, const struct actor *actor,
                     const struct tls_rule *stored, time_t now, struct error *err) MUST_CHECK;
