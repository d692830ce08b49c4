#include "unit/unit.h"

#include "base/arena.h"
#include "base/error.h"
#include "ca/world_test.h"
#include "inspection/inspection.h"
#include "inspection/policies.h"
#include "model/tls_policy.h"
#include "store/entity.h"
#include "store/store.h"

static struct inspection *open_inspection(struct world *world)
{
    return inspection_new(&(struct inspection_options){ .store = world->fixture->store,
                                                        .keys = world->keys,
                                                        .authority = world->authority,
                                                        .key_type = KEY_P256 });
}

static struct tls_policy make_policy(struct world *world, struct inspection *inspection)
{
    struct error err = { .code = ERR_NONE };
    struct tls_policy made;
    const struct tls_policy wish = { .name = "Policy", .settings = { TLS_INSPECT } };
    unit_ok(
        tls_policy_create(inspection, &world->actor, &wish, world->now, world->arena, &made, &err),
        &err);
    return made;
}

static struct tls_rule rule_wish(struct world *world, int64_t priority)
{
    struct tls_destination *destination = arena_take(world->arena, sizeof *destination);
    const char **names = arena_take(world->arena, sizeof *names);
    *names = "www.example.com";
    *destination = (struct tls_destination){ TLS_DESTINATION_FQDN, { names, 1 } };
    return (struct tls_rule){ .name = "Rule",
                              .priority = priority,
                              .action = TLS_BYPASS,
                              .settings = { TLS_RULE_ENABLED },
                              .conditions = { { destination, 1 } } };
}

static enum error_code make_rule(struct world *world, struct inspection *inspection,
                                 const struct tls_policy *policy, int64_t priority,
                                 struct tls_rule *out)
{
    const struct tls_rule wish = rule_wish(world, priority);
    error_clear(&world->err);
    (void)!tls_rule_create(inspection, &world->actor, policy->id, &wish, world->now, world->arena,
                           out, &world->err);
    return world->err.code;
}

static bool find(struct world *world, const struct entity *entity, const char *id, void *out)
{
    struct error err = { .code = ERR_NONE };
    SCOPED(session_free) struct session *session = store_read(world->fixture->store, &err);
    return entity_get(session, entity, WORLD_TENANT, id, world->now, world->arena, out, &err);
}

WORLD_TEST(a_rule_comes_back_and_changes_its_policy)
{
    SCOPED(inspection_free) struct inspection *inspection = open_inspection(world);
    struct tls_policy policy = make_policy(world, inspection);
    struct tls_rule rule, stored;
    world->now += 60;
    assert_int_equal(make_rule(world, inspection, &policy, 100, &rule), ERR_NONE);
    assert_true(find(world, &tls_rule_entity, rule.id, &stored));
    const struct tls_destination *destination = stored.conditions.destinations.items;
    assert_int_equal(destination->type, TLS_DESTINATION_FQDN);
    assert_string_equal(destination->values.items[0], "www.example.com");
    assert_int_equal(stored.destination_count, 1);
    assert_true(find(world, &tls_policy_entity, policy.id, &policy));
    assert_int_equal(policy.revision, 2);
    assert_int_equal(policy.modified_at, world->now);
    assert_int_equal(world_audits(world, "Create TlsInspectionRule"), 1);
}

WORLD_TEST(a_priority_is_one_rules_only)
{
    SCOPED(inspection_free) struct inspection *inspection = open_inspection(world);
    struct tls_policy policy = make_policy(world, inspection);
    struct tls_policy other = make_policy(world, inspection);
    struct tls_rule rule, second;
    assert_int_equal(make_rule(world, inspection, &policy, 1, &rule), ERR_NONE);
    assert_int_equal(make_rule(world, inspection, &policy, 1, &second), ERR_CONFLICT);
    assert_non_null(strstr(world->err.message, "priority"));
    assert_int_equal(make_rule(world, inspection, &other, 1, &second), ERR_NONE);
    assert_int_equal(make_rule(world, inspection, &policy, 2, &second), ERR_NONE);
    second.priority = 1;
    struct error err = { .code = ERR_NONE };
    assert_false(tls_rule_change(inspection, &world->actor, &second, world->now, &rule, &err));
    assert_int_equal(err.code, ERR_CONFLICT);
}

WORLD_TEST(a_rule_that_somebody_changed_meanwhile_stays)
{
    SCOPED(inspection_free) struct inspection *inspection = open_inspection(world);
    struct tls_policy policy = make_policy(world, inspection);
    struct tls_rule rule, changed;
    struct error err = { .code = ERR_NONE };
    assert_int_equal(make_rule(world, inspection, &policy, 1, &rule), ERR_NONE);
    unit_ok(tls_rule_change(inspection, &world->actor, &rule, world->now, &changed, &err), &err);
    assert_false(tls_rule_change(inspection, &world->actor, &rule, world->now, &changed, &err));
    assert_int_equal(err.code, ERR_PRECONDITION);
    assert_false(tls_rule_delete(inspection, &world->actor, &rule, world->now, &err));
}

WORLD_TEST(rules_go_with_their_policy_and_need_one_of_their_tenant)
{
    SCOPED(inspection_free) struct inspection *inspection = open_inspection(world);
    struct tls_policy policy = make_policy(world, inspection);
    struct tls_rule rule;
    struct error err = { .code = ERR_NONE };
    assert_int_equal(make_rule(world, inspection, &policy, 1, &rule), ERR_NONE);
    struct actor stranger = { "22222222-2222-4333-8444-555555555555", "other", NULL };
    const struct tls_rule wish = rule_wish(world, 2);
    struct tls_rule unused;
    assert_false(tls_rule_create(inspection, &stranger, policy.id, &wish, world->now, world->arena,
                                 &unused, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_true(find(world, &tls_policy_entity, policy.id, &policy));
    error_clear(&err);
    unit_ok(tls_policy_delete(inspection, &world->actor, &policy, world->now, &err), &err);
    assert_false(find(world, &tls_rule_entity, rule.id, &unused));
    assert_int_equal(make_rule(world, inspection, &policy, 1, &rule), ERR_NOT_FOUND);
}
