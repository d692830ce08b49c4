#include "inspection/policies.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/random.h"
#include "base/text.h"
#include "inspection/destination.h"
#include "inspection/inspection_inside.h"
#include "model/tls_policy.h"
#include "store/inspection.h"
#include "store/record.h"

#include <inttypes.h>

static const char *new_id(struct arena *arena)
{
    char *id = arena_take(arena, UUID_TEXT_OCTETS);
    random_uuid(id);
    return id;
}

static bool check_name(const char *name, struct error *err)
{
    return !text_has_control(name) || fail(err, ERR_INVALID, "name: no control characters");
}

/* ---- policies ---- */

static struct audit_event policy_event(const struct actor *actor, const char *activity,
                                       const struct tls_policy *policy, time_t now)
{
    struct audit_event event =
        audit_event_of(actor, activity, "TlsInspectionPolicy", policy->id, now);
    event.detail = policy->name;
    return event;
}

static bool check_policies(struct session *session, void *context, struct error *err)
{
    const struct tls_policy *policy = context;
    int64_t count;
    return tls_policies_count(session, policy->tenant_id, &count, err) &&
           (count < TLS_POLICIES_MAX ||
            fail(err, ERR_QUOTA, "there are %d policies, and no more may be made",
                 TLS_POLICIES_MAX));
}

static bool drop_rules(struct session *session, void *context, struct error *err)
{
    const struct tls_policy *policy = context;
    return tls_rules_delete_all(session, policy->tenant_id, policy->id, err);
}

bool tls_policy_create(struct inspection *inspection, const struct actor *actor,
                       const struct tls_policy *wish, time_t now, struct arena *arena,
                       struct tls_policy *out, struct error *err)
{
    *out = *wish;
    out->id = new_id(arena);
    out->tenant_id = actor->tenant_id;
    out->revision = 1;
    out->created_at = out->modified_at = now;
    const struct audit_event event = policy_event(actor, "Create TlsInspectionPolicy", out, now);
    const struct record record = { &tls_policy_entity, out, &event, check_policies, out };
    return check_name(out->name, err) && record_insert(inspection->options.store, &record, err);
}

bool tls_policy_change(struct inspection *inspection, const struct actor *actor,
                       const struct tls_policy *wish, time_t now, struct tls_policy *out,
                       struct error *err)
{
    *out = *wish;
    out->modified_at = now;
    const struct audit_event event = policy_event(actor, "Patch TlsInspectionPolicy", out, now);
    const struct record record = { &tls_policy_entity, out, &event, NULL, NULL };
    if (!check_name(out->name, err) || !record_update(inspection->options.store, &record, err))
        return false;
    out->revision++;
    return true;
}

bool tls_policy_delete(struct inspection *inspection, const struct actor *actor,
                       const struct tls_policy *stored, time_t now, struct error *err)
{
    struct tls_policy gone = *stored;
    const struct audit_event event = policy_event(actor, "Delete TlsInspectionPolicy", stored, now);
    const struct record record = { &tls_policy_entity, stored, &event, drop_rules, &gone };
    return record_delete(inspection->options.store, &record, err);
}

/* ---- rules ---- */

static struct audit_event rule_event(const struct actor *actor, const char *activity,
                                     const struct tls_rule *rule, time_t now)
{
    struct audit_event event = audit_event_of(actor, activity, "TlsInspectionRule", rule->id, now);
    event.detail = rule->name;
    return event;
}

struct rule_write {
    const struct tls_rule *rule;
    time_t now;
};

static bool check_counts(struct session *session, const struct tls_rule *rule, struct error *err)
{
    int64_t rules, destinations;
    if (!tls_rules_count(session, rule->tenant_id, rule->id, &rules, &destinations, err))
        return false;
    if (rules >= TLS_RULES_MAX)
        return fail(err, ERR_QUOTA, "there are %d rules, and no more may be made", TLS_RULES_MAX);
    return destinations + rule->destination_count <= TLS_DESTINATIONS_MAX ||
           fail(err, ERR_QUOTA,
                "matchingConditions: the other rules have %" PRId64 " of at most %d destinations",
                destinations, TLS_DESTINATIONS_MAX);
}

static bool check_priority(struct session *session, const struct tls_rule *rule, struct error *err)
{
    const char *other;
    SCOPED(arena_free) struct arena *arena = arena_new();
    return tls_rules_find_priority(session, rule->policy_id, rule->priority, rule->id, arena,
                                   &other, err) &&
           (!other || fail(err, ERR_CONFLICT, "priority: %" PRId64 " is that of rule '%s'",
                           rule->priority, other));
}

/* The policy first: changes of one policy follow one another. */
static bool touch_policy(struct session *session, void *context, struct error *err)
{
    const struct rule_write *write = context;
    return tls_policies_touch(session, write->rule->tenant_id, write->rule->policy_id, write->now,
                              err);
}

static bool check_rule(struct session *session, void *context, struct error *err)
{
    const struct rule_write *write = context;
    return touch_policy(session, context, err) && check_counts(session, write->rule, err) &&
           check_priority(session, write->rule, err);
}

static bool take_conditions(struct tls_rule *rule, struct error *err)
{
    return check_name(rule->name, err) &&
           destinations_take(&rule->conditions.destinations, &rule->destination_count, err);
}

bool tls_rule_create(struct inspection *inspection, const struct actor *actor,
                     const char *policy_id, const struct tls_rule *wish, time_t now,
                     struct arena *arena, struct tls_rule *out, struct error *err)
{
    *out = *wish;
    out->id = new_id(arena);
    out->tenant_id = actor->tenant_id;
    out->policy_id = policy_id;
    out->revision = 1;
    out->created_at = now;
    struct rule_write write = { out, now };
    const struct audit_event event = rule_event(actor, "Create TlsInspectionRule", out, now);
    const struct record record = { &tls_rule_entity, out, &event, check_rule, &write };
    return take_conditions(out, err) && record_insert(inspection->options.store, &record, err);
}

bool tls_rule_change(struct inspection *inspection, const struct actor *actor,
                     const struct tls_rule *wish, time_t now, struct tls_rule *out,
                     struct error *err)
{
    *out = *wish;
    struct rule_write write = { out, now };
    const struct audit_event event = rule_event(actor, "Patch TlsInspectionRule", out, now);
    const struct record record = { &tls_rule_entity, out, &event, check_rule, &write };
    if (!take_conditions(out, err) || !record_update(inspection->options.store, &record, err))
        return false;
    out->revision++;
    return true;
}

bool tls_rule_delete(struct inspection *inspection, const struct actor *actor,
                     const struct tls_rule *stored, time_t now, struct error *err)
{
    struct rule_write write = { stored, now };
    const struct audit_event event = rule_event(actor, "Delete TlsInspectionRule", stored, now);
    const struct record record = { &tls_rule_entity, stored, &event, touch_policy, &write };
    return record_delete(inspection->options.store, &record, err);
}
