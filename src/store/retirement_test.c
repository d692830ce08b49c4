#include "unit/unit.h"

#include "base/arena.h"
#include "store/fixture.h"
#include "store/keep.h"
#include "store/rows.h"
#include "store/statement.h"

#include <string.h>

enum { ROWS_MAX = 8 };

static int64_t count(struct fixture *fixture, const struct statement *statement)
{
    struct error err = { .code = ERR_NONE };
    int64_t rows = -1;
    struct session *session = store_read(fixture->store, &err);
    unit_ok(session && session_query(session, statement, NULL, 0, keep_int, &rows, &err), &err);
    session_free(session);
    return rows;
}

static const struct statement keys = { "SELECT count(*) FROM keys", "" };
static const struct statement certificates = { "SELECT count(*) FROM certificates", "" };
static const struct statement revocations = { "SELECT count(*) FROM revocations", "" };
static const struct statement audits = { "SELECT count(*) FROM audit_events", "" };
static const struct statement cas = { "SELECT count(*) FROM cas", "" };

static bool insert_key(struct session *session, void *context, struct error *err)
{
    const struct key_row key = { .id = context,
                                 .tenant_id = "t1",
                                 .purpose = "ra",
                                 .type = "rsa2048",
                                 .spki = bytes_of_text("spki"),
                                 .private_sealed = bytes_of_text("sealed"),
                                 .created_at = FIXTURE_NOW };
    return keys_insert(session, &key, err);
}

static size_t find_offices(struct fixture *fixture, time_t now, struct ended_office *out)
{
    struct error err = { .code = ERR_NONE };
    size_t found;
    struct session *session = store_read(fixture->store, &err);
    unit_ok(offices_ended(session, now, fixture->arena, out, ROWS_MAX, &found, &err), &err);
    session_free(session);
    return found;
}

struct destroying {
    const struct ended_office *office;
    time_t now;
};

static bool destroy(struct session *session, void *context, struct error *err)
{
    const struct destroying *destroying = context;
    return offices_destroy_key(session, destroying->office, destroying->now, err);
}

STORE_TEST(the_key_of_an_office_goes_when_its_certificate_has_ended)
{
    struct error err = { .code = ERR_NONE };
    struct ended_office found[ROWS_MAX];
    fixture_add_ca(fixture);
    struct leaf ra = fixture_leaf(fixture, "ra");
    struct leaf device = fixture_leaf(fixture, "device");
    ra.kind = LEAF_RA;
    ra.key_id = "key1";
    fixture_insert(fixture, &leaf_entity, &ra);
    fixture_insert(fixture, &leaf_entity, &device);
    fixture_write(fixture, insert_key, (void *)(uintptr_t)ra.key_id);
    assert_int_equal(find_offices(fixture, ra.not_after, found), 0);
    assert_int_equal(find_offices(fixture, ra.not_after + 1, found), 1);
    assert_string_equal(found[0].certificate_id, "ra");
    struct destroying destroying = { &found[0], ra.not_after };
    assert_false(store_write(fixture->store, destroy, &destroying, &err));
    assert_int_equal(err.code, ERR_CONFLICT);
    assert_int_equal(count(fixture, &keys), 1);
    destroying.now = ra.not_after + 1;
    fixture_write(fixture, destroy, &destroying);
    assert_int_equal(count(fixture, &keys), 0);
    assert_int_equal(count(fixture, &certificates), 2);
    assert_int_equal(find_offices(fixture, ra.not_after + 1, found), 0);
}

struct batch {
    time_t before;
    int64_t count;
};

static bool revoke_many(struct session *session, void *context, struct error *err)
{
    struct leaf *leaves = context;
    for (size_t i = 0; i < ROWS_MAX; i++)
        if (!leaves_revoke(session, &leaves[i], 1, FIXTURE_NOW, err))
            return false;
    return true;
}

static bool purge_revoked(struct session *session, void *context, struct error *err)
{
    struct batch *batch = context;
    return revocations_purge(session, "ca1", batch->before, 3, &batch->count, err);
}

STORE_TEST(revocations_go_in_batches_and_only_those_that_ended_before)
{
    struct leaf leaves[ROWS_MAX];
    fixture_add_ca(fixture);
    for (size_t i = 0; i < ROWS_MAX; i++) {
        leaves[i] = fixture_leaf(fixture, arena_format(fixture->arena, "leaf%zu", i));
        leaves[i].not_after = FIXTURE_NOW + (time_t)i;
        fixture_insert(fixture, &leaf_entity, &leaves[i]);
    }
    fixture_write(fixture, revoke_many, leaves);
    static const int64_t taken[] = { 3, 2, 0 };
    struct batch batch = { .before = FIXTURE_NOW + 5 };
    for (size_t i = 0; i < ARRAY_LEN(taken); i++) {
        fixture_write(fixture, purge_revoked, &batch);
        assert_int_equal(batch.count, taken[i]);
    }
    assert_int_equal(count(fixture, &revocations), 3);
    assert_int_equal(count(fixture, &certificates), ROWS_MAX);
}

static bool insert_audits(struct session *session, void *context, struct error *err)
{
    (void)context;
    if (!tenants_insert(session, "t1", "Test", FIXTURE_NOW, err))
        return false;
    for (time_t at = 1; at <= 5; at++) {
        const struct audit_event event = { .tenant_id = "t1",
                                           .actor = "test",
                                           .activity = "Test",
                                           .object_type = "Test",
                                           .object_id = "1",
                                           .is_success = true,
                                           .at = FIXTURE_NOW + at };
        if (!audit_insert(session, &event, err))
            return false;
    }
    return true;
}

static bool purge_audits(struct session *session, void *context, struct error *err)
{
    struct batch *batch = context;
    return audit_purge(session, "t1", batch->before, 2, &batch->count, err);
}

static const char *tenant_of_old(struct fixture *fixture, time_t before)
{
    struct error err = { .code = ERR_NONE };
    const char *tenant_id = NULL;
    struct session *session = store_read(fixture->store, &err);
    unit_ok(audit_find_old(session, before, fixture->arena, &tenant_id, &err), &err);
    session_free(session);
    return tenant_id;
}

STORE_TEST(audit_rows_go_oldest_first)
{
    fixture_write(fixture, insert_audits, NULL);
    struct batch batch = { .before = FIXTURE_NOW + 4 };
    assert_string_equal(tenant_of_old(fixture, batch.before), "t1");
    fixture_write(fixture, purge_audits, &batch);
    assert_int_equal(batch.count, 2);
    fixture_write(fixture, purge_audits, &batch);
    assert_int_equal(batch.count, 1);
    assert_null(tenant_of_old(fixture, batch.before));
    assert_int_equal(count(fixture, &audits), 2);
}

static size_t find_cas(struct fixture *fixture, time_t now, struct ended_ca *out)
{
    struct error err = { .code = ERR_NONE };
    size_t found;
    struct session *session = store_read(fixture->store, &err);
    unit_ok(cas_ended(session, now, fixture->arena, out, ROWS_MAX, &found, &err), &err);
    session_free(session);
    return found;
}

static bool empty(struct session *session, void *context, struct error *err)
{
    return cas_empty(session, "ca1", 2, context, err);
}

static bool forget(struct session *session, void *context, struct error *err)
{
    return cas_forget(session, context, err);
}

/* Prepared under its address, so each has one. */
enum change { HAS_KEY, IS_DELETED, HAS_NO_KEY, LEAF_LIVES, OFFICE_KEY, NO_OFFICE_KEY, NONE_BELOW };
static const struct statement changes[] = {
    [HAS_KEY] = { "UPDATE ca_versions SET key_id = 'key1'", "" },
    [IS_DELETED] = { "UPDATE cas SET deleted_at = 1", "" },
    [HAS_NO_KEY] = { "DELETE FROM keys", "" },
    [LEAF_LIVES] = { "UPDATE certificates SET not_after = 9000000 WHERE id = 'leaf1'", "" },
    [OFFICE_KEY] = { "UPDATE certificates SET not_after = 5, key_id = 'k' WHERE id = 'leaf1'", "" },
    [NO_OFFICE_KEY] = { "UPDATE certificates SET key_id = '' WHERE id = 'leaf1'", "" },
    [NONE_BELOW] = { "DELETE FROM cas WHERE id = 'below'", "" },
};

static bool write_change(struct session *session, void *context, struct error *err)
{
    return session_execute(session, &changes[*(const enum change *)context], NULL, 0, err);
}

static void change(struct fixture *fixture, enum change change)
{
    fixture_write(fixture, write_change, &change);
}

/* What keeps a deleted CA, one thing after the other. */
STORE_TEST(a_ca_is_over_when_nothing_of_it_is_left)
{
    struct ended_ca found[ROWS_MAX];
    fixture_add_ca(fixture);
    for (int i = 0; i < 3; i++) {
        struct leaf leaf = fixture_leaf(fixture, arena_format(fixture->arena, "leaf%d", i));
        fixture_insert(fixture, &leaf_entity, &leaf);
    }
    change(fixture, HAS_KEY);
    fixture_write(fixture, insert_key, (void *)(uintptr_t) "key1");
    time_t after = FIXTURE_END + 1;
    assert_int_equal(find_cas(fixture, after, found), 0); /* not deleted */
    change(fixture, IS_DELETED);
    assert_int_equal(find_cas(fixture, after, found), 0); /* its key */
    change(fixture, HAS_NO_KEY);
    assert_int_equal(find_cas(fixture, after, found), 1);
    assert_int_equal(find_cas(fixture, FIXTURE_END, found), 0);
    change(fixture, LEAF_LIVES);
    assert_int_equal(find_cas(fixture, after, found), 0);
    change(fixture, OFFICE_KEY);
    assert_int_equal(find_cas(fixture, after, found), 0);
    change(fixture, NO_OFFICE_KEY);
    struct ca below = fixture_ca("below");
    below.issuer_id = "ca1";
    fixture_insert(fixture, &ca_entity, &below);
    assert_int_equal(find_cas(fixture, after, found), 0);
    change(fixture, NONE_BELOW);
    assert_int_equal(find_cas(fixture, after, found), 1);
    assert_string_equal(found[0].id, "ca1");
}

STORE_TEST(a_ca_is_forgotten_part_by_part)
{
    static const int64_t taken[] = { 2, 1, 0 };
    struct error err = { .code = ERR_NONE };
    struct ended_ca ca = { "ca1", "t1", "" };
    int64_t went;
    fixture_add_ca(fixture);
    for (int i = 0; i < 3; i++) {
        struct leaf leaf = fixture_leaf(fixture, arena_format(fixture->arena, "leaf%d", i));
        fixture_insert(fixture, &leaf_entity, &leaf);
    }
    struct challenge challenge = fixture_challenge("c1", bytes_of_text("mac"));
    fixture_insert(fixture, &challenge_entity, &challenge);
    for (size_t i = 0; i < ARRAY_LEN(taken); i++) {
        fixture_write(fixture, empty, &went);
        assert_int_equal(went, taken[i]);
    }
    assert_false(store_write(fixture->store, forget, &ca, &err));
    assert_int_equal(err.code, ERR_CONFLICT);
    change(fixture, IS_DELETED);
    fixture_write(fixture, forget, &ca);
    assert_int_equal(count(fixture, &cas), 0);
    assert_int_equal(count(fixture, &certificates), 0);
}
