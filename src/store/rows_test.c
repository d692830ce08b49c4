/* The typed queries: what must be refused, what must never go back. */
#include "unit/unit.h"

#include "base/arena.h"
#include "base/times.h"
#include "store/entity.h"
#include "store/fixture.h"
#include "store/rows.h"

#include <stdio.h>
#include <string.h>

static struct session *reader(struct fixture *fixture)
{
    struct error err = { .code = ERR_NONE };
    struct session *session = store_read(fixture->store, &err);
    unit_ok(session != NULL, &err);
    return session;
}

/* ---- tenants, settings, leases, keys, audit ---- */

static bool put_settings(struct session *session, void *context, struct error *err)
{
    (void)context;
    return settings_put(session, "a", "1", err) && settings_put(session, "a", "2", err) &&
           tenants_insert(session, "t2", "second", 20, err) &&
           tenants_insert(session, "t1", "first", 10, err);
}

STORE_TEST(settings_and_tenants_are_kept)
{
    struct error err = { .code = ERR_NONE };
    const char *value;
    const char *id;
    struct session *session = reader(fixture);
    assert_false(tenants_first(session, fixture->arena, &id, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    error_clear(&err);
    fixture_write(fixture, put_settings, NULL);
    unit_ok(settings_get(session, "a", fixture->arena, &value, &err), &err);
    assert_string_equal(value, "2");
    unit_ok(settings_get(session, "b", fixture->arena, &value, &err), &err);
    assert_null(value);
    unit_ok(tenants_first(session, fixture->arena, &id, &err), &err);
    assert_string_equal(id, "t1");
    session_free(session);
}

struct lease {
    const char *holder;
    time_t now;
    bool held;
};

static bool run_lease(struct session *session, void *context, struct error *err)
{
    struct lease *lease = context;
    return leases_take(session, "timers", lease->holder, lease->now, 60, &lease->held, err);
}

STORE_TEST(a_lease_is_one_holder_s_until_it_ends)
{
    static const struct {
        const char *holder;
        time_t now;
        bool is_held;
    } steps[] = {
        { "a", 100, true },  { "b", 100, false }, { "b", 159, false }, { "a", 150, true },
        { "b", 209, false }, { "b", 210, true },  { "a", 211, false },
    };
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        struct lease lease = { steps[i].holder, steps[i].now, false };
        fixture_write(fixture, run_lease, &lease);
        assert_int_equal(lease.held, steps[i].is_held);
    }
}

static const uint8_t some[] = { 1, 0, 2 };

static bool insert_key(struct session *session, void *context, struct error *err)
{
    (void)context;
    const struct key_row key = { .id = "k1",
                                 .tenant_id = "t1",
                                 .purpose = "ca",
                                 .type = "eCP256",
                                 .spki = BYTES_OF(some),
                                 .private_sealed = BYTES_OF(some),
                                 .created_at = 5 };
    return keys_insert(session, &key, err);
}

static bool destroy_key(struct session *session, void *context, struct error *err)
{
    return keys_destroy(session, context, err);
}

STORE_TEST(a_key_is_found_until_it_is_destroyed)
{
    struct error err = { .code = ERR_NONE };
    struct key_row key;
    struct session *session = reader(fixture);
    fixture_write(fixture, insert_key, NULL);
    unit_ok(keys_find(session, "k1", fixture->arena, &key, &err), &err);
    assert_string_equal(key.purpose, "ca");
    assert_true(bytes_equal(key.private_sealed, BYTES_OF(some)));
    assert_false(store_write(fixture->store, insert_key, NULL, &err));
    assert_int_equal(err.code, ERR_CONFLICT);
    char id[] = "k1";
    fixture_write(fixture, destroy_key, id);
    error_clear(&err);
    assert_false(keys_find(session, "k1", fixture->arena, &key, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    session_free(session);
}

/* ---- issuing ---- */

struct issuing {
    struct leaf leaf;
    int64_t statuses[2];
    size_t status_count;
    const char *challenge_id; /* NULL: none */
    struct tally *tally;
};

static bool run_issuing(struct session *session, void *context, struct error *err)
{
    struct issuing *issuing = context;
    const struct audit_event event = { "t1", "scep", "Issue", "leaf",     issuing->leaf.id,
                                       NULL, NULL,   true,    FIXTURE_NOW };
    return (!issuing->challenge_id ||
            challenges_use(session, issuing->challenge_id, FIXTURE_NOW, err)) &&
           leaves_insert_guarded(session, &issuing->leaf, issuing->statuses, issuing->status_count,
                                 err) &&
           audit_insert(session, &event, err);
}

static void note_issuing(void *context, const struct error *err)
{
    struct issuing *issuing = context;
    tally_done(issuing->tally, err);
}

static bool issue(struct fixture *fixture, struct issuing *issuing, struct error *err)
{
    return store_write(fixture->store, run_issuing, issuing, err);
}

STORE_TEST(a_guarded_insert_writes_what_a_plain_one_does)
{
    static const char *usages[] = { "DigitalSignature", "KeyEncipherment" };
    struct error err = { .code = ERR_NONE };
    fixture_add_ca(fixture);
    struct issuing issuing = { fixture_leaf(fixture, "a"), { VERSION_ACTIVE }, 1, NULL, NULL };
    struct leaf *leaf = &issuing.leaf;
    leaf->device_name = "device name";
    leaf->device_id = "device id";
    leaf->user_principal_name = "user@example.org";
    leaf->user_id = "user id";
    leaf->device_platform = "iOS";
    leaf->sid = "S-1-5";
    leaf->key_id = "key";
    leaf->challenge_id = "challenge";
    leaf->key_usages = (struct strings){ usages, 2 };
    leaf->ekus = (struct strings){ usages, 1 };
    unit_ok(issue(fixture, &issuing, &err), &err);
    struct leaf out;
    struct session *session = reader(fixture);
    unit_ok(entity_get(session, &leaf_entity, "t1", "a", FIXTURE_NOW, fixture->arena, &out, &err),
            &err);
    session_free(session);
    assert_string_equal(out.device_name, "device name");
    assert_string_equal(out.device_id, "device id");
    assert_string_equal(out.user_principal_name, "user@example.org");
    assert_string_equal(out.user_id, "user id");
    assert_string_equal(out.device_platform, "iOS");
    assert_string_equal(out.sid, "S-1-5");
    assert_string_equal(out.key_id, "key");
    assert_string_equal(out.challenge_id, "challenge");
    assert_string_equal(out.subject_name, leaf->subject_name);
    assert_string_equal(out.issuer_name, leaf->issuer_name);
    assert_string_equal(out.thumbprint, leaf->thumbprint);
    assert_string_equal(out.ca_id, "ca1");
    assert_true(bytes_equal(out.serial, leaf->serial));
    assert_true(bytes_equal(out.certificate, leaf->certificate));
    assert_int_equal(out.key_usages.count, 2);
    assert_int_equal(out.ekus.count, 1);
    assert_int_equal(out.version, 1);
    assert_int_equal(out.kind, LEAF_DEVICE);
    assert_int_equal(out.not_before, leaf->not_before);
    assert_int_equal(out.not_after, leaf->not_after);
    assert_int_equal(out.created_at, leaf->created_at);
    assert_int_equal(out.revoked_at, 0);
}

STORE_TEST(nothing_is_issued_under_a_ca_that_does_not_issue)
{
    struct error err = { .code = ERR_NONE };
    fixture_add_ca(fixture);
    struct issuing issuing = {
        fixture_leaf(fixture, "a"), { VERSION_STAGED, VERSION_PAUSED }, 2, NULL, NULL
    };
    assert_false(issue(fixture, &issuing, &err));
    assert_int_equal(err.code, ERR_CONFLICT);
    assert_non_null(strstr(err.message, "does not issue"));
    error_clear(&err);
    issuing.statuses[0] = VERSION_ACTIVE;
    issuing.leaf.version = 2; /* there is none */
    assert_false(issue(fixture, &issuing, &err));
    assert_int_equal(err.code, ERR_CONFLICT);
    error_clear(&err);
    issuing.leaf.version = 1;
    unit_ok(issue(fixture, &issuing, &err), &err);
}

STORE_TEST(a_serial_is_given_out_once)
{
    struct error err = { .code = ERR_NONE };
    fixture_add_ca(fixture);
    struct issuing first = { fixture_leaf(fixture, "a"), { VERSION_ACTIVE }, 1, NULL, NULL };
    struct issuing second = first;
    second.leaf.id = "b";
    unit_ok(issue(fixture, &first, &err), &err);
    assert_false(issue(fixture, &second, &err));
    assert_int_equal(err.code, ERR_CONFLICT);
    assert_non_null(strstr(err.message, "serial collision"));
}

STORE_TEST(sixty_four_parallel_uses_of_a_one_time_challenge_issue_once)
{
    enum { USES = 64 };
    struct error err = { .code = ERR_NONE };
    fixture_add_ca(fixture);
    struct challenge challenge = fixture_challenge("c", BYTES_OF(some));
    fixture_insert(fixture, &challenge_entity, &challenge);
    struct issuing uses[USES];
    struct tally *tally = tally_new();
    for (int i = 0; i < USES; i++) {
        uses[i] =
            (struct issuing){ fixture_leaf(fixture, arena_format(fixture->arena, "leaf%d", i)),
                              { VERSION_ACTIVE },
                              1,
                              "c",
                              tally };
        const struct write write = { run_issuing, note_issuing, &uses[i] };
        unit_ok(store_submit(fixture->store, &write, &err), &err);
    }
    tally_wait(tally, USES);
    assert_int_equal(tally_good(tally), 1);
    assert_int_equal(tally_failed_with(tally, ERR_BAD_CHALLENGE), USES - 1);
    tally_free(tally);
    int64_t count;
    struct session *session = reader(fixture);
    unit_ok(leaves_count_live(session, "ca1", 0, FIXTURE_NOW, &count, &err), &err);
    assert_int_equal(count, 1);
    session_free(session);
}

struct use {
    const char *id;
    time_t now;
};

static bool run_use(struct session *session, void *context, struct error *err)
{
    const struct use *use = context;
    return challenges_use(session, use->id, use->now, err);
}

static bool may_use(struct fixture *fixture, const char *id, time_t now)
{
    struct error err = { .code = ERR_NONE };
    struct use use = { id, now };
    bool is_used = store_write(fixture->store, run_use, &use, &err);
    if (!is_used)
        assert_int_equal(err.code, ERR_BAD_CHALLENGE);
    return is_used;
}

STORE_TEST(a_challenge_has_uses_and_an_end)
{
    static const uint8_t other[] = { 9 };
    struct error err = { .code = ERR_NONE };
    fixture_add_ca(fixture);
    struct challenge twice = fixture_challenge("twice", BYTES_OF(some));
    twice.uses_max = 2;
    struct challenge always = fixture_challenge("always", BYTES_OF(other));
    always.is_static = true;
    always.uses_max = 0;
    always.expires_at = 0;
    fixture_insert(fixture, &challenge_entity, &twice);
    fixture_insert(fixture, &challenge_entity, &always);
    assert_true(may_use(fixture, "twice", FIXTURE_END - 1));
    assert_false(may_use(fixture, "twice", FIXTURE_END));
    assert_true(may_use(fixture, "twice", FIXTURE_NOW));
    assert_false(may_use(fixture, "twice", FIXTURE_NOW));
    assert_false(may_use(fixture, "unknown", FIXTURE_NOW));
    assert_true(may_use(fixture, "always", FIXTURE_END + 1));
    assert_true(may_use(fixture, "always", FIXTURE_END + 1));
    struct challenge out;
    struct session *session = reader(fixture);
    unit_ok(challenges_find(session, "ca1", BYTES_OF(some), fixture->arena, &out, &err), &err);
    assert_int_equal(out.uses, 2);
    assert_false(challenges_find(session, "ca2", BYTES_OF(some), fixture->arena, &out, &err));
    assert_int_equal(err.code, ERR_BAD_CHALLENGE);
    session_free(session);
}

/* ---- revoking ---- */

struct revoking {
    const struct leaf *leaves;
    size_t count;
    time_t at;
};

static bool run_revoking(struct session *session, void *context, struct error *err)
{
    const struct revoking *revoking = context;
    for (size_t i = 0; i < revoking->count; i++) {
        if (!leaves_revoke(session, &revoking->leaves[i], 4, revoking->at, err))
            return false;
    }
    return true;
}

STORE_TEST(a_certificate_is_revoked_once)
{
    struct error err = { .code = ERR_NONE };
    fixture_add_ca(fixture);
    struct leaf leaf = fixture_leaf(fixture, "a");
    fixture_insert(fixture, &leaf_entity, &leaf);
    struct revoking revoking = { &leaf, 1, FIXTURE_NOW };
    struct serial_status status;
    struct session *session = reader(fixture);
    unit_ok(leaves_status(session, "ca1", leaf.serial, &status, &err), &err);
    assert_true(status.is_known && status.revoked_at == 0);
    unit_ok(store_write(fixture->store, run_revoking, &revoking, &err), &err);
    assert_false(store_write(fixture->store, run_revoking, &revoking, &err));
    assert_int_equal(err.code, ERR_CONFLICT);
    error_clear(&err);
    unit_ok(leaves_status(session, "ca1", leaf.serial, &status, &err), &err);
    assert_int_equal(status.revoked_at, FIXTURE_NOW);
    assert_int_equal(status.reason, 4);
    unit_ok(leaves_status(session, "ca2", leaf.serial, &status, &err), &err);
    assert_false(status.is_known);
    struct leaf out;
    unit_ok(
        leaves_find_by_serial(session, "ca1", leaf.serial, FIXTURE_NOW, fixture->arena, &out, &err),
        &err);
    assert_int_equal(out.status, LEAF_REVOKED);
    assert_false(leaves_find_by_serial(session, "ca1", BYTES_OF(some), FIXTURE_NOW, fixture->arena,
                                       &out, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    session_free(session);
}

struct listing {
    size_t count;
    size_t stop_at; /* 0: never */
    uint8_t last[20];
};

static bool list_revocation(const struct revocation *revocation, void *context, struct error *err)
{
    (void)err;
    struct listing *listing = context;
    assert_int_equal(revocation->serial.len, 16);
    assert_true(listing->count == 0 || memcmp(listing->last, revocation->serial.data, 16) < 0);
    memcpy(listing->last, revocation->serial.data, 16);
    listing->count++;
    return listing->count != listing->stop_at;
}

STORE_TEST(revocations_are_listed_in_order_page_by_page)
{
    enum { MANY = 5000 }; /* more than two pages */
    struct error err = { .code = ERR_NONE };
    fixture_add_ca(fixture);
    struct leaf *leaves = arena_take(fixture->arena, MANY * sizeof *leaves);
    for (int i = 0; i < MANY; i++) {
        leaves[i] = fixture_leaf(fixture, arena_format(fixture->arena, "leaf%d", i));
        leaves[i].not_after = i % 10 == 0 ? FIXTURE_NOW - 1 : FIXTURE_END;
        fixture_insert(fixture, &leaf_entity, &leaves[i]);
    }
    struct revoking first = { leaves, MANY / 2, FIXTURE_NOW };
    struct revoking second = { leaves + MANY / 2, MANY / 2, FIXTURE_NOW + 10 };
    fixture_write(fixture, run_revoking, &first);
    fixture_write(fixture, run_revoking, &second);
    static const struct {
        time_t ends_from, since;
        size_t stop_at, count;
    } cases[] = {
        { FIXTURE_NOW, 0, 0, MANY * 9 / 10 },
        { 0, 0, 0, MANY },
        { FIXTURE_NOW, FIXTURE_NOW + 10, 0, MANY * 9 / 20 },
        { FIXTURE_NOW, FIXTURE_NOW + 11, 0, 0 },
        { 0, 0, 3000, 3000 },
    };
    struct session *session = reader(fixture);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct listing listing = { .stop_at = cases[i].stop_at };
        int64_t count;
        unit_ok(revocations_each(session, "ca1", cases[i].ends_from, cases[i].since,
                                 list_revocation, &listing, &err),
                &err);
        assert_int_equal(listing.count, cases[i].count);
        unit_ok(revocations_count(session, "ca1", cases[i].ends_from, cases[i].since, &count, &err),
                &err);
        assert_true(cases[i].stop_at || count == (int64_t)cases[i].count);
    }
    session_free(session);
}

STORE_TEST(leaves_are_counted_and_the_newest_found)
{
    struct error err = { .code = ERR_NONE };
    int64_t count;
    time_t end;
    fixture_add_ca(fixture);
    struct session *session = reader(fixture);
    unit_ok(leaves_latest_end(session, "ca1", 0, LEAF_KIND_NONE, &end, &err), &err);
    assert_int_equal(end, 0);
    struct leaf old_ra = fixture_leaf(fixture, "old");
    struct leaf new_ra = fixture_leaf(fixture, "new");
    struct leaf device = fixture_leaf(fixture, "device");
    old_ra.kind = new_ra.kind = LEAF_RA;
    new_ra.created_at++;
    new_ra.not_after = FIXTURE_END + 5;
    fixture_insert(fixture, &leaf_entity, &new_ra);
    fixture_insert(fixture, &leaf_entity, &old_ra);
    fixture_insert(fixture, &leaf_entity, &device);
    struct leaf out;
    unit_ok(leaves_newest(session, "ca1", 0, LEAF_RA, FIXTURE_NOW, fixture->arena, &out, &err),
            &err);
    assert_string_equal(out.id, "new");
    unit_ok(leaves_newest(session, "ca1", 1, LEAF_RA, FIXTURE_NOW, fixture->arena, &out, &err),
            &err);
    assert_false(
        leaves_newest(session, "ca1", 2, LEAF_RA, FIXTURE_NOW, fixture->arena, &out, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    error_clear(&err);
    unit_ok(leaves_latest_end(session, "ca1", 0, LEAF_KIND_NONE, &end, &err), &err);
    assert_int_equal(end, FIXTURE_END + 5);
    unit_ok(leaves_latest_end(session, "ca1", 1, LEAF_RA, &end, &err), &err);
    assert_int_equal(end, FIXTURE_END);
    unit_ok(leaves_latest_end(session, "ca1", 2, LEAF_KIND_NONE, &end, &err), &err);
    assert_int_equal(end, 0);
    unit_ok(leaves_count_live(session, "ca1", 0, FIXTURE_END, &count, &err), &err);
    assert_int_equal(count, 1);
    unit_ok(leaves_count_live(session, "ca1", 2, FIXTURE_END, &count, &err), &err);
    assert_int_equal(count, 0);
    unit_ok(leaves_count_live(session, "ca1", 0, FIXTURE_END + 1, &count, &err), &err);
    assert_int_equal(count, 0);
    session_free(session);
}

/* ---- enrolments ---- */

struct enrolling {
    struct enrolment enrolment;
    time_t now;
};

static bool run_enrolling(struct session *session, void *context, struct error *err)
{
    const struct enrolling *enrolling = context;
    return enrolments_insert(session, &enrolling->enrolment, enrolling->now, err);
}

static bool find_enrolment(struct fixture *fixture, time_t now, struct enrolment *out)
{
    struct error err = { .code = ERR_NONE };
    bool found;
    struct session *session = reader(fixture);
    unit_ok(
        enrolments_find(session, "ca1", 19, BYTES_OF(some), now, fixture->arena, out, &found, &err),
        &err);
    session_free(session);
    return found;
}

STORE_TEST(a_dead_enrolment_may_be_replaced_a_live_one_not)
{
    struct error err = { .code = ERR_NONE };
    struct enrolment out;
    struct enrolling enrolling = { fixture_enrolment("first", BYTES_OF(some)), FIXTURE_NOW };
    assert_false(find_enrolment(fixture, FIXTURE_NOW, &out));
    unit_ok(store_write(fixture->store, run_enrolling, &enrolling, &err), &err);
    assert_true(find_enrolment(fixture, FIXTURE_END, &out));
    assert_false(find_enrolment(fixture, FIXTURE_END + 1, &out));
    enrolling = (struct enrolling){ fixture_enrolment("second", BYTES_OF(some)), FIXTURE_END };
    enrolling.enrolment.expires_at = FIXTURE_END + 100;
    assert_false(store_write(fixture->store, run_enrolling, &enrolling, &err));
    assert_int_equal(err.code, ERR_CONFLICT);
    error_clear(&err);
    enrolling.now = FIXTURE_END + 1;
    unit_ok(store_write(fixture->store, run_enrolling, &enrolling, &err), &err);
    assert_true(find_enrolment(fixture, FIXTURE_END + 1, &out));
    assert_string_equal(out.id, "second");
}

static bool run_decision(struct session *session, void *context, struct error *err)
{
    return enrolments_decide(session, context, "first", ENROLMENT_ISSUED, "certificate",
                             FIXTURE_END, err);
}

STORE_TEST(a_pending_enrolment_is_decided_once)
{
    struct error err = { .code = ERR_NONE };
    char tenant[] = "t1";
    char other[] = "t2";
    struct enrolling enrolling = { fixture_enrolment("first", BYTES_OF(some)), FIXTURE_NOW };
    enrolling.enrolment.status = ENROLMENT_PENDING;
    enrolling.enrolment.csr = BYTES_OF(some);
    unit_ok(store_write(fixture->store, run_enrolling, &enrolling, &err), &err);
    assert_false(store_write(fixture->store, run_decision, other, &err));
    error_clear(&err);
    unit_ok(store_write(fixture->store, run_decision, tenant, &err), &err);
    assert_false(store_write(fixture->store, run_decision, tenant, &err));
    assert_int_equal(err.code, ERR_CONFLICT);
    struct enrolment out;
    assert_true(find_enrolment(fixture, FIXTURE_NOW, &out));
    assert_int_equal(out.status, ENROLMENT_ISSUED);
    assert_string_equal(out.certificate_id, "certificate");
    assert_int_equal(out.csr.len, 0);
}

static bool run_purges(struct session *session, void *context, struct error *err)
{
    time_t now = *(const time_t *)context;
    return enrolments_purge(session, now, err) && challenges_purge(session, now, err);
}

STORE_TEST(what_has_ended_is_purged)
{
    struct error err = { .code = ERR_NONE };
    struct enrolment out;
    fixture_add_ca(fixture);
    struct enrolling enrolling = { fixture_enrolment("first", BYTES_OF(some)), FIXTURE_NOW };
    struct challenge challenge = fixture_challenge("c", BYTES_OF(some));
    fixture_insert(fixture, &challenge_entity, &challenge);
    unit_ok(store_write(fixture->store, run_enrolling, &enrolling, &err), &err);
    time_t now = FIXTURE_END;
    fixture_write(fixture, run_purges, &now);
    assert_true(find_enrolment(fixture, FIXTURE_NOW, &out));
    now++;
    fixture_write(fixture, run_purges, &now);
    assert_false(find_enrolment(fixture, FIXTURE_NOW, &out));
    struct challenge gone;
    struct session *session = reader(fixture);
    assert_false(challenges_find(session, "ca1", BYTES_OF(some), fixture->arena, &gone, &err));
    session_free(session);
}

/* ---- CAs ---- */

static bool count_version(const struct ca_version *version, void *context, struct error *err)
{
    (void)err;
    assert_true(version->certificate.len > 0);
    (*(int *)context)++;
    return true;
}

STORE_TEST(every_version_that_may_publish_is_visited)
{
    enum { MANY = 600 }; /* more than two pages */
    struct error err = { .code = ERR_NONE };
    fixture_add_ca(fixture);
    for (int i = 0; i < MANY; i++) {
        struct ca_version version = {
            .id = arena_format(fixture->arena, "ca1_%d", i + 2),
            .tenant_id = i % 2 ? "t1" : "t2",
            .ca_id = "ca1",
            .number = i + 2,
            .status = VERSION_RETIRED,
            .key_id = "key",
            .certificate = i == 0 ? BYTES_NONE : BYTES_OF(some), /* the first is not signed yet */
        };
        fixture_insert(fixture, &ca_version_entity, &version);
    }
    int count = 0;
    struct session *session = reader(fixture);
    unit_ok(ca_versions_each(session, fixture->arena, count_version, &count, &err), &err);
    assert_int_equal(count, MANY);
    struct ca_version version;
    unit_ok(ca_versions_get(session, "ca1", 1, FIXTURE_NOW, fixture->arena, &version, &err), &err);
    assert_string_equal(version.id, "ca1_1");
    assert_false(
        ca_versions_get(session, "ca1", 9999, FIXTURE_NOW, fixture->arena, &version, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    session_free(session);
}

STORE_TEST(cas_are_counted_without_the_hidden)
{
    struct error err = { .code = ERR_NONE };
    int64_t count;
    fixture_add_ca(fixture);
    struct ca deleted = fixture_ca("deleted");
    struct ca internal = fixture_ca("internal");
    deleted.deleted_at = FIXTURE_NOW;
    internal.is_internal = true;
    fixture_insert(fixture, &ca_entity, &deleted);
    fixture_insert(fixture, &ca_entity, &internal);
    struct session *session = reader(fixture);
    unit_ok(cas_count(session, "t1", &count, &err), &err);
    assert_int_equal(count, 1);
    unit_ok(cas_count_children(session, "root", &count, &err), &err);
    assert_int_equal(count, 2);
    session_free(session);
}
