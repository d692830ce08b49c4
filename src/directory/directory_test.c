/* Users, groups and the X.509 method in both databases. */
#include "unit/unit.h"

#include "base/arena.h"
#include "directory/groups.h"
#include "directory/users.h"
#include "directory/x509_methods.h"
#include "store/entity.h"
#include "store/fixture.h"
#include "store/store.h"

#include <string.h>

enum { NOW = 1000 };

static const struct actor actor = { "t1", "someone", "request-1" };
static const struct actor other = { "t2", "someone else", NULL };

static struct user wish_of(const char *name, const char **ids, size_t count)
{
    return (struct user){ .display_name = name,
                          .principal_name = name,
                          .authorization = { { ids, count } } };
}

static struct user add_user(struct fixture *fixture, const struct actor *by, struct user wish)
{
    struct user out;
    struct error err = { .code = ERR_NONE };
    unit_ok(user_create(fixture->store, by, &wish, NOW, fixture->arena, &out, &err), &err);
    return out;
}

static struct error refuse_user(struct fixture *fixture, struct user wish)
{
    struct user out;
    struct error err = { .code = ERR_NONE };
    assert_false(user_create(fixture->store, &actor, &wish, NOW, fixture->arena, &out, &err));
    return err;
}

STORE_TEST(names_and_ids_are_one_users_in_a_tenant)
{
    const char *ids[] = { "X509:<SKI>aabb" };
    const char *same[] = { "X509:<SKI>AABB" };
    struct error err = { .code = ERR_NONE };
    struct user bob = add_user(fixture, &actor, wish_of("bob@x.org", ids, 1));
    assert_int_equal(refuse_user(fixture, wish_of("BOB@x.org", NULL, 0)).code, ERR_CONFLICT);
    assert_int_equal(refuse_user(fixture, wish_of("eve@x.org", same, 1)).code, ERR_CONFLICT);
    add_user(fixture, &other, wish_of("bob@x.org", same, 1));
    bob.authorization.certificate_user_ids.count = 0;
    unit_ok(user_change(fixture->store, &actor, &bob, NOW, fixture->arena, &bob, &err), &err);
    assert_int_equal(bob.revision, 2);
    struct user eve = add_user(fixture, &actor, wish_of("eve@x.org", same, 1));
    unit_ok(user_delete(fixture->store, &actor, &eve, NOW, &err), &err);
    add_user(fixture, &actor, wish_of("eve@x.org", ids, 1));
}

STORE_TEST(a_refused_user_leaves_nothing)
{
    const char *ids[] = { "X509:<PN>bob", "X509:<PN>eve" };
    add_user(fixture, &actor, wish_of("bob@x.org", ids, 1));
    assert_int_equal(refuse_user(fixture, wish_of("eve@x.org", ids, 2)).code, ERR_CONFLICT);
    add_user(fixture, &actor, wish_of("eve@x.org", ids + 1, 1));
}

static struct group add_group(struct fixture *fixture)
{
    struct group out;
    const struct group wish = { .display_name = "Engineers" };
    struct error err = { .code = ERR_NONE };
    unit_ok(group_create(fixture->store, &actor, &wish, NOW, fixture->arena, &out, &err), &err);
    return out;
}

static int64_t count_members(struct fixture *fixture, const char *group_id)
{
    int64_t total = 0;
    struct error err = { .code = ERR_NONE };
    SCOPED(session_free) struct session *session = store_read(fixture->store, &err);
    const struct query query = { .entity = &group_member_entity,
                                 .tenant_id = "t1",
                                 .fixed = { { "group_id", V_TEXT(group_id) } },
                                 .fixed_count = 1 };
    unit_ok(entity_count(session, &query, &total, &err), &err);
    return total;
}

STORE_TEST(members_come_and_go)
{
    struct store *store = fixture->store;
    struct error err = { .code = ERR_NONE };
    struct group group = add_group(fixture);
    struct user bob = add_user(fixture, &actor, wish_of("bob@x.org", NULL, 0));
    struct user eve = add_user(fixture, &actor, wish_of("eve@x.org", NULL, 0));
    struct user stranger = add_user(fixture, &other, wish_of("x@x.org", NULL, 0));
    unit_ok(group_add_member(store, &actor, group.id, bob.id, NOW, &err), &err);
    unit_ok(group_add_member(store, &actor, group.id, eve.id, NOW, &err), &err);
    assert_false(group_add_member(store, &actor, group.id, bob.id, NOW, &err));
    assert_int_equal(err.code, ERR_INVALID);
    error_clear(&err);
    assert_false(group_add_member(store, &actor, group.id, stranger.id, NOW, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    error_clear(&err);
    assert_false(group_remove_member(store, &other, group.id, bob.id, NOW, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    error_clear(&err);
    assert_int_equal(count_members(fixture, group.id), 2);
    unit_ok(group_remove_member(store, &actor, group.id, bob.id, NOW, &err), &err);
    unit_ok(user_delete(store, &actor, &eve, NOW, &err), &err);
    assert_int_equal(count_members(fixture, group.id), 0);
    unit_ok(group_add_member(store, &actor, group.id, bob.id, NOW, &err), &err);
    unit_ok(group_delete(store, &actor, &group, NOW, &err), &err);
    assert_int_equal(count_members(fixture, group.id), 0);
}

static struct x509_method read_method(struct fixture *fixture)
{
    struct x509_method out;
    struct error err = { .code = ERR_NONE };
    SCOPED(session_free) struct session *session = store_read(fixture->store, &err);
    unit_ok(x509_method_get(session, "t1", NOW, fixture->arena, &out, &err), &err);
    return out;
}

STORE_TEST(a_method_is_written_by_who_read_it_last)
{
    struct x509_method stored = read_method(fixture);
    struct x509_method wish = stored;
    struct x509_method out;
    struct error err = { .code = ERR_NONE };
    assert_int_equal(stored.revision, 0);
    wish.state = METHOD_ENABLED;
    unit_ok(
        x509_method_change(fixture->store, &actor, &stored, &wish, NOW, fixture->arena, &out, &err),
        &err);
    assert_int_equal(read_method(fixture).revision, 1);
    assert_int_equal(read_method(fixture).state, METHOD_ENABLED);
    assert_false(x509_method_change(fixture->store, &actor, &stored, &wish, NOW, fixture->arena,
                                    &out, &err));
    assert_int_equal(err.code, ERR_PRECONDITION);
    error_clear(&err);
    stored = read_method(fixture);
    unit_ok(x509_method_reset(fixture->store, &actor, &stored, NOW, &err), &err);
    assert_int_equal(read_method(fixture).revision, 0);
    stored = read_method(fixture);
    unit_ok(x509_method_reset(fixture->store, &actor, &stored, NOW, &err), &err);
}

STORE_TEST(targets_must_be_there_when_they_are_named)
{
    struct group group = add_group(fixture);
    struct method_target target = { group.id, false, TARGET_GROUP };
    struct x509_method stored = read_method(fixture);
    struct x509_method wish = stored;
    struct x509_method out;
    struct error err = { .code = ERR_NONE };
    wish.included = (struct list){ &target, 1 };
    unit_ok(
        x509_method_change(fixture->store, &actor, &stored, &wish, NOW, fixture->arena, &out, &err),
        &err);
    unit_ok(group_delete(fixture->store, &actor, &group, NOW, &err), &err);
    stored = read_method(fixture);
    wish = stored;
    wish.state = METHOD_ENABLED;
    unit_ok(
        x509_method_change(fixture->store, &actor, &stored, &wish, NOW, fixture->arena, &out, &err),
        &err);
    stored = read_method(fixture);
    wish.included = (struct list){ &target, 1 };
    assert_false(x509_method_change(fixture->store, &actor, &stored, &wish, NOW, fixture->arena,
                                    &out, &err));
    assert_int_equal(err.code, ERR_INVALID);
    assert_non_null(strstr(err.message, "includeTargets[0]"));
}
