#include "unit/unit.h"

#include "base/arena.h"
#include "base/times.h"
#include "ca/issuer.h"
#include "ca/lifecycle/retire.h"
#include "ca/ra.h"
#include "ca/responder.h"
#include "ca/status/publish.h"
#include "ca/status/revoke.h"
#include "ca/world_test.h"
#include "store/entity.h"
#include "store/rows.h"
#include "store/statement.h"
#include "x509/reason.h"

#define DESTROY_KEY "DestroyKey CloudCertificationAuthority"
#define FORGET      "Forget CloudCertificationAuthority"
#define PURGE       "PurgeRevocations CloudCertificationAuthority"

/* ---- days ---- */

static void run_timers(struct world *world)
{
    struct error err = { .code = ERR_NONE };
    unit_ok(publish_due(world->authority, world->now, &err), &err);
    unit_ok(ra_renew_due(world->authority, world->now, &err), &err);
    unit_ok(responder_renew_due(world->authority, world->now, &err), &err);
    unit_ok(retire_due(world->authority, world->now, &err), &err);
}

/* The timers once a day: the first time after a jump the clock is not believed. */
static void live(struct world *world, int days)
{
    while (days-- > 0) {
        world->now += DAY;
        run_timers(world);
    }
}

static void jump_to(struct world *world, time_t then)
{
    world->now = then;
    run_timers(world);
}

/* ---- looking ---- */

static bool has_key(struct world *world, const char *key_id)
{
    struct error err = { .code = ERR_NONE };
    struct key_row key;
    struct session *session = store_read(world->fixture->store, &err);
    bool found = keys_find(session, key_id, world->arena, &key, &err);
    assert_true(found || err.code == ERR_NOT_FOUND);
    session_free(session);
    return found;
}

static bool is_remembered(struct world *world, const char *ca_id)
{
    struct error err = { .code = ERR_NONE };
    struct ca ca;
    struct session *session = store_read(world->fixture->store, &err);
    bool found =
        entity_get(session, &ca_entity, WORLD_TENANT, ca_id, world->now, world->arena, &ca, &err);
    session_free(session);
    return found;
}

static struct leaf newest(struct world *world, const char *ca_id, int64_t kind)
{
    struct leaf leaf;
    struct session *session = store_read(world->fixture->store, &world->err);
    unit_ok(leaves_newest(session, ca_id, 1, kind, world->now, world->arena, &leaf, &world->err),
            &world->err);
    session_free(session);
    return leaf;
}

static int64_t count_revocations(struct world *world, const char *ca_id)
{
    int64_t count;
    struct session *session = store_read(world->fixture->store, &world->err);
    unit_ok(revocations_count(session, ca_id, 0, 0, &count, &world->err), &world->err);
    session_free(session);
    return count;
}

static struct crl_row current_list(struct world *world, const char *ca_id)
{
    struct crl_row row;
    struct session *session = store_read(world->fixture->store, &world->err);
    unit_ok(crls_current(session, ca_id, 1, CRL_COMPLETE, world->arena, &row, &world->err),
            &world->err);
    session_free(session);
    return row;
}

static bool keep_int(const struct row *row, void *context, struct error *err)
{
    (void)err;
    *(int64_t *)context = row_int(row, 0);
    return true;
}

/* Everywhere that a CA's id stands, but in the audit rows. */
static int64_t count_rows(struct world *world, const char *ca_id)
{
    static const struct statement count = {
        "SELECT (SELECT count(*) FROM cas WHERE id = $1)"
        " + (SELECT count(*) FROM ca_versions WHERE ca_id = $1)"
        " + (SELECT count(*) FROM certificates WHERE ca_id = $1)"
        " + (SELECT count(*) FROM revocations WHERE ca_id = $1)"
        " + (SELECT count(*) FROM challenges WHERE ca_id = $1)"
        " + (SELECT count(*) FROM enrolments WHERE ca_id = $1)"
        " + (SELECT count(*) FROM crls WHERE ca_id = $1)"
        " + (SELECT count(*) FROM crl_numbers WHERE ca_id = $1)",
        "t"
    };
    int64_t rows = -1;
    struct session *session = store_read(world->fixture->store, &world->err);
    unit_ok(session_query(session, &count, VALUES(V_TEXT(ca_id)), keep_int, &rows, &world->err),
            &world->err);
    session_free(session);
    return rows;
}

static int64_t count_chunks_and_keys(struct world *world)
{
    static const struct statement count = {
        "SELECT (SELECT count(*) FROM crl_chunks) + (SELECT count(*) FROM keys)", ""
    };
    int64_t rows = -1;
    struct session *session = store_read(world->fixture->store, &world->err);
    unit_ok(session_query(session, &count, NULL, 0, keep_int, &rows, &world->err), &world->err);
    session_free(session);
    return rows;
}

static void revoke_ca(struct world *world, const char *ca_id)
{
    struct ca out;
    unit_ok(ca_revoke(world->authority, &world->actor, ca_id, 0, 0, REASON_KEY_COMPROMISE,
                      world->now, world->arena, &out, &world->err),
            &world->err);
}

static void delete_ca(struct world *world, const char *ca_id)
{
    unit_ok(ca_delete(world->authority, &world->actor, ca_id, 0, world->now, &world->err),
            &world->err);
}

static void revoke_leaf(struct world *world, const struct leaf *leaf)
{
    struct leaf out;
    unit_ok(ca_revoke_leaf(world->authority, &world->actor, leaf->ca_id, leaf->id,
                           REASON_SUPERSEDED, world->now, world->arena, &out, &world->err),
            &world->err);
}

/* ---- keys, §7 ---- */

WORLD_TEST(s7_the_key_of_a_revoked_ca_ends_with_its_last_certificate)
{
    struct ca ca = world_issuing(world);
    struct leaf leaf = world_leaf(world, ca.id, "device");
    struct leaf ra = newest(world, ca.id, LEAF_RA);
    const char *key_id = world_version(world, ca.id).key_id;
    revoke_ca(world, ca.id);
    jump_to(world, leaf.not_after - 2 * DAY);
    live(world, 1);
    struct leaf responder = newest(world, ca.id, LEAF_RESPONDER);
    assert_true(responder.not_after > world->now);
    live(world, 3);
    assert_true(has_key(world, key_id));
    assert_false(has_key(world, ra.key_id));
    assert_true(has_key(world, responder.key_id));
    jump_to(world, responder.not_after - DAY);
    live(world, 1);
    /* It is not renewed: nobody is left to ask about. */
    assert_string_equal(newest(world, ca.id, LEAF_RESPONDER).id, responder.id);
    assert_true(has_key(world, key_id));
    live(world, 6);
    assert_false(has_key(world, responder.key_id));
    assert_false(has_key(world, key_id));
    struct crl_row last = current_list(world, ca.id);
    assert_true(last.is_scheduled && last.this_update > responder.not_after);
    assert_string_equal(world_version(world, ca.id).key_id, "");
    assert_int_equal(world_get(world, ca.id).status, CA_REVOKED);
    assert_true(has_key(world, world_version(world, ca.issuer_id).key_id));
    /* And its lists rest. */
    double age;
    live(world, 8);
    assert_int_equal(current_list(world, ca.id).number, last.number);
    unit_ok(publish_oldest_age(world->authority, world->now, &age, &world->err), &world->err);
    assert_true(age < 4 * DAY);
}

WORLD_TEST(s7_the_key_of_a_root_lives_as_long_as_its_own_certificate)
{
    struct ca root = world_root(world);
    struct ca_version version = world_version(world, root.id);
    delete_ca(world, root.id);
    jump_to(world, version.not_after - 2 * DAY);
    live(world, 2);
    assert_true(has_key(world, version.key_id));
    live(world, 5);
    assert_false(has_key(world, version.key_id));
    assert_true(world_audits(world, DESTROY_KEY) >= 2);
}

WORLD_TEST(s7_superseded_keys_of_a_live_ca_end_with_their_certificates)
{
    struct ca ca = world_issuing(world);
    struct leaf ra = newest(world, ca.id, LEAF_RA);
    struct leaf responder = newest(world, ca.id, LEAF_RESPONDER);
    jump_to(world, ra.not_after - 100 * DAY);
    live(world, 1);
    struct leaf next = newest(world, ca.id, LEAF_RA);
    assert_string_not_equal(next.id, ra.id);
    assert_false(has_key(world, responder.key_id));
    assert_true(has_key(world, ra.key_id));
    jump_to(world, ra.not_after);
    live(world, 1);
    assert_false(has_key(world, ra.key_id));
    assert_true(has_key(world, next.key_id));
    assert_true(has_key(world, newest(world, ca.id, LEAF_RESPONDER).key_id));
    assert_true(has_key(world, world_version(world, ca.id).key_id));
    SCOPED(officer_release)
    struct officer *officer = ra_get(world->authority, ca.id, 0, world->now, &world->err);
    unit_ok(officer != NULL, &world->err);
}

/* An empty battery, a wrong server: nothing that cannot be undone follows from one look. */
WORLD_TEST(s7_a_clock_that_jumps_is_not_believed)
{
    struct ca ca = world_issuing(world);
    struct ca_version version = world_version(world, ca.id);
    time_t true_now = world->now;
    live(world, 2);
    world->now = version.not_after + 40 * DAY;
    for (int hour = 0; hour < 12; hour++, world->now += HOUR)
        run_timers(world);
    assert_true(has_key(world, version.key_id));
    world->now = true_now + 3 * DAY;
    unit_ok(retire_due(world->authority, world->now, &world->err), &world->err);
    assert_int_equal(world_audits(world, DESTROY_KEY), 0);
    jump_to(world, version.not_after + 40 * DAY);
    world->now += 12 * HOUR;
    run_timers(world);
    assert_false(has_key(world, version.key_id));
}

/* ---- forgetting, §7 and §1 ---- */

static enum error_code make_issuing(struct world *world, const char *root_id)
{
    struct ca out;
    struct ca wish = world_wish(CA_ISSUING, "Test Issuing", root_id);
    return world_create(world, &wish, &out);
}

WORLD_TEST(s7_a_deleted_ca_is_forgotten_when_all_has_ended)
{
    struct ca ca = world_issuing(world);
    struct ca wish = world_wish(CA_ROOT, "Other Root", "");
    struct ca other;
    wish.validity_years = 50;
    world->authority->settings.audit_days = 0;
    unit_ok(world_create(world, &wish, &other) == ERR_NONE, &world->err);
    struct leaf leaf = world_leaf(world, ca.id, "device");
    struct ca_version version = world_version(world, ca.id);
    revoke_leaf(world, &leaf);
    revoke_ca(world, ca.id);
    delete_ca(world, ca.id);
    delete_ca(world, ca.issuer_id);
    jump_to(world, version.not_after - 40 * DAY);
    live(world, 3);
    assert_false(has_key(world, version.key_id));
    live(world, 2);
    assert_true(is_remembered(world, ca.id));
    assert_int_equal(make_issuing(world, other.id), ERR_CONFLICT);
    error_clear(&world->err);
    jump_to(world, version.not_after - DAY);
    live(world, 1);
    assert_true(is_remembered(world, ca.id));
    assert_int_equal(count_revocations(world, ca.issuer_id), 1);
    live(world, 1);
    assert_false(is_remembered(world, ca.id));
    assert_int_equal(count_rows(world, ca.id), 0);
    unit_ok(make_issuing(world, other.id) == ERR_NONE, &world->err);
    /* The parent lists it once more and remembers the serial. */
    struct serial_status status;
    struct session *session = store_read(world->fixture->store, &world->err);
    unit_ok(leaves_status(session, ca.issuer_id, version.serial, &status, &world->err),
            &world->err);
    session_free(session);
    assert_true(status.is_known && status.revoked_at);
    live(world, 8);
    assert_int_equal(count_revocations(world, ca.issuer_id), 0);
    jump_to(world, world_version(world, ca.issuer_id).not_after);
    live(world, 6);
    assert_false(is_remembered(world, ca.issuer_id));
    assert_int_equal(count_rows(world, ca.issuer_id), 0);
    assert_int_equal(world_audits(world, FORGET), 2);
}

/* All at once, after a server has rested for long: roots after what stood under them. */
WORLD_TEST(s7_a_family_of_deleted_cas_is_forgotten_with_all_its_rows)
{
    struct ca ca = world_issuing(world);
    struct leaf leaf = world_leaf(world, ca.id, "device");
    time_t end = world_version(world, ca.issuer_id).not_after;
    revoke_leaf(world, &leaf);
    revoke_ca(world, ca.id);
    delete_ca(world, ca.id);
    delete_ca(world, ca.issuer_id);
    jump_to(world, end + 1);
    live(world, 1);
    assert_int_equal(world_audits(world, FORGET), 2);
    assert_int_equal(count_rows(world, ca.id), 0);
    assert_int_equal(count_rows(world, ca.issuer_id), 0);
    assert_int_equal(count_chunks_and_keys(world), 0);
    int64_t audits = world_audits(world, DESTROY_KEY);
    live(world, 1);
    assert_int_equal(world_audits(world, DESTROY_KEY), audits);
}

WORLD_TEST(s7_a_ca_that_was_never_signed_is_forgotten_the_next_day)
{
    struct ca ca;
    struct ca wish = world_wish(CA_ISSUING_EXTERNAL_ROOT, "Never Signed", "");
    unit_ok(world_create(world, &wish, &ca) == ERR_NONE, &world->err);
    live(world, 2);
    assert_true(is_remembered(world, ca.id));
    delete_ca(world, ca.id);
    assert_int_equal(world_create(world, &wish, &ca), ERR_CONFLICT);
    live(world, 1);
    unit_ok(world_create(world, &wish, &ca) == ERR_NONE, &world->err);
}

/* Killed in the middle: what is left is found again. */
static bool empty_a_bit(struct session *session, void *context, struct error *err)
{
    int64_t count;
    return cas_empty(session, context, 1, &count, err);
}

WORLD_TEST(s7_forgetting_goes_on_where_it_stopped)
{
    struct ca ca = world_issuing(world);
    time_t end = world_version(world, ca.id).not_after;
    world_leaf(world, ca.id, "device");
    revoke_ca(world, ca.id);
    delete_ca(world, ca.id);
    for (int i = 0; i < 2; i++)
        fixture_write(world->fixture, empty_a_bit, (void *)(uintptr_t)ca.id);
    assert_true(is_remembered(world, ca.id));
    jump_to(world, end + 1);
    live(world, 1);
    assert_int_equal(count_rows(world, ca.id), 0);
}

/* ---- purging ---- */

static struct leaf short_leaf(struct world *world, const char *ca_id, int64_t days)
{
    struct challenge challenge = world_challenge(world, ca_id, "CN=short");
    const struct csr_wish wish = { .subject = "CN=short" };
    challenge.validity_days = days;
    const struct issue_request request =
        world_request(world, world_grant(world, &challenge), world_csr(world, &wish));
    struct issued issued = world_issue(world, &request);
    unit_ok(issued.outcome == ISSUE_ISSUED, &world->err);
    return world_stored(world, issued.certificate_id);
}

/* RFC 5280 §3.3: on one scheduled list after its end first. */
WORLD_TEST(s5_a_revocation_is_purged_when_no_list_will_name_it_again)
{
    struct ca ca = world_issuing(world);
    struct leaf brief = short_leaf(world, ca.id, 2);
    struct leaf lasting = world_leaf(world, ca.id, "device");
    revoke_leaf(world, &brief);
    revoke_leaf(world, &lasting);
    live(world, 3);
    assert_true(world->now > brief.not_after);
    assert_int_equal(count_revocations(world, ca.id), 2);
    live(world, 5);
    assert_int_equal(count_revocations(world, ca.id), 1);
    assert_int_equal(world_audits(world, PURGE), 1);
    live(world, 5);
    assert_int_equal(current_list(world, ca.id).entries, 1);
    assert_int_equal(world_audits(world, PURGE), 1);
}

WORLD_TEST(audit_rows_are_kept_as_long_as_the_setting_says)
{
    world_issuing(world);
    int64_t made = world_audits(world, "Create CloudCertificationAuthority");
    assert_int_equal(made, 2);
    world->authority->settings.audit_days = 0;
    live(world, 12);
    assert_int_equal(world_audits(world, "Create CloudCertificationAuthority"), made);
    world->authority->settings.audit_days = 14;
    live(world, 2);
    assert_int_equal(world_audits(world, "Create CloudCertificationAuthority"), made);
    live(world, 1);
    assert_int_equal(world_audits(world, "Create CloudCertificationAuthority"), 0);
    assert_int_equal(world_audits(world, "PurgeAuditEvents Tenant"), 1);
}
