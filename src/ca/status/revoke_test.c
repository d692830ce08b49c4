#include "unit/unit.h"

#include "base/arena.h"
#include "ca/issuer.h"
#include "ca/status/revoke.h"
#include "ca/status/revoke_many.h"
#include "ca/status/status.h"
#include "ca/world_test.h"
#include "model/leaf.h"
#include "model/query.h"
#include "store/rows.h"

#include <string.h>

#define assert_fault(world, text) assert_non_null(strstr((world)->err.message, text))

static enum error_code change(struct world *world, const struct leaf *leaf, enum reason reason,
                              struct leaf *out)
{
    error_clear(&world->err);
    return ca_revoke_leaf(world->authority, &world->actor, leaf->ca_id, leaf->id, reason,
                          world->now, world->arena, out, &world->err)
               ? ERR_NONE
               : world->err.code;
}

static struct certificate_status ask(struct world *world, const struct leaf *leaf)
{
    struct certificate_status status;
    struct error err = { .code = ERR_NONE };
    struct issuer *issuer = world_issuer(world, leaf->ca_id);
    struct session *session = store_read(world->fixture->store, &err);
    unit_ok(status_get(session, issuer, leaf->serial, &status, &err), &err);
    session_free(session);
    issuer_release(issuer);
    return status;
}

/* ---- holds, RFC 5280 §5.3.1 ---- */

WORLD_TEST(s5_3_1_a_hold_is_told_and_may_be_undone)
{
    struct ca ca = world_issuing(world);
    struct leaf leaf = world_leaf(world, ca.id, "device");
    struct leaf out;
    assert_int_equal(change(world, &leaf, REASON_CERTIFICATE_HOLD, &out), ERR_NONE);
    assert_int_equal(out.status, LEAF_REVOKED);
    assert_int_equal(ask(world, &leaf).state, STATE_REVOKED);
    assert_int_equal(ask(world, &leaf).reason, REASON_CERTIFICATE_HOLD);
    world->now += 60;
    assert_int_equal(change(world, &leaf, REASON_CERTIFICATE_HOLD, &out), ERR_CONFLICT);
    assert_fault(world, "on hold since");
    assert_int_equal(change(world, &leaf, REASON_REMOVE_FROM_CRL, &out), ERR_NONE);
    assert_int_equal(out.status, LEAF_ACTIVE);
    assert_int_equal(out.revoked_at, 0);
    assert_int_equal(world_stored(world, leaf.id).status, LEAF_ACTIVE);
    assert_int_equal(ask(world, &leaf).state, STATE_GOOD);
    assert_int_equal(
        world_audits(world, "ReleaseLeafCert CloudCertificationAuthorityLeafCertificate"), 1);
    world->now += 60;
    assert_int_equal(change(world, &leaf, REASON_CERTIFICATE_HOLD, &out), ERR_NONE);
    assert_int_equal(out.revoked_at, world->now);
}

WORLD_TEST(s5_3_1_a_hold_becomes_final_at_its_own_date)
{
    struct ca ca = world_issuing(world);
    struct leaf leaf = world_leaf(world, ca.id, "device");
    struct leaf out;
    time_t held_at = world->now;
    assert_int_equal(change(world, &leaf, REASON_CERTIFICATE_HOLD, &out), ERR_NONE);
    world->now += 3600;
    assert_int_equal(change(world, &leaf, REASON_KEY_COMPROMISE, &out), ERR_NONE);
    assert_int_equal(out.revoked_at, held_at);
    struct leaf stored = world_stored(world, leaf.id);
    assert_int_equal(stored.revoked_at, held_at);
    assert_int_equal(stored.revocation_reason, REASON_KEY_COMPROMISE);
    assert_int_equal(ask(world, &leaf).reason, REASON_KEY_COMPROMISE);
    assert_int_equal(change(world, &leaf, REASON_REMOVE_FROM_CRL, &out), ERR_CONFLICT);
    assert_int_equal(change(world, &leaf, REASON_CERTIFICATE_HOLD, &out), ERR_CONFLICT);
    assert_int_equal(change(world, &leaf, REASON_SUPERSEDED, &out), ERR_CONFLICT);
}

WORLD_TEST(s5_3_1_only_a_hold_is_undone)
{
    struct ca ca = world_issuing(world);
    struct leaf leaf = world_leaf(world, ca.id, "device");
    struct leaf out;
    assert_int_equal(change(world, &leaf, REASON_REMOVE_FROM_CRL, &out), ERR_CONFLICT);
    assert_fault(world, "not on hold");
    assert_int_equal(change(world, &leaf, REASON_CERTIFICATE_HOLD, &out), ERR_NONE);
    world->now = leaf.not_after + 1;
    assert_int_equal(change(world, &leaf, REASON_REMOVE_FROM_CRL, &out), ERR_CONFLICT);
    assert_fault(world, "expired");
}

WORLD_TEST(s5_3_1_nothing_is_released_under_a_revoked_ca)
{
    struct ca ca = world_issuing(world);
    struct leaf leaf = world_leaf(world, ca.id, "device");
    struct leaf out;
    struct ca revoked;
    assert_int_equal(change(world, &leaf, REASON_CERTIFICATE_HOLD, &out), ERR_NONE);
    unit_ok(ca_revoke(world->authority, &world->actor, ca.id, 0, 0, REASON_KEY_COMPROMISE,
                      world->now, world->arena, &revoked, &world->err),
            &world->err);
    assert_int_equal(change(world, &leaf, REASON_REMOVE_FROM_CRL, &out), ERR_CONFLICT);
    assert_fault(world, "its CA is revoked");
}

/* ---- many ---- */

static struct many_revoked change_many(struct world *world, const char *ca_id,
                                       const struct filter *filter, enum reason reason,
                                       bool is_dry_run)
{
    const struct revoke_many wanted = { ca_id, filter, reason, is_dry_run };
    struct many_revoked out;
    error_clear(&world->err);
    unit_ok(ca_revoke_many(world->authority, &world->actor, &wanted, world->now, &out, &world->err),
            &world->err);
    return out;
}

static struct filter starts_with(const char *subject)
{
    return (struct filter){ .operator= FILTER_STARTS_WITH,
                            .property = property_find(&leaf_entity, "subjectName"),
                            .value = V_TEXT(subject) };
}

WORLD_TEST(revoke_many_changes_what_the_filter_finds)
{
    struct ca ca = world_issuing(world);
    struct leaf one = world_leaf(world, ca.id, "east-1");
    struct leaf two = world_leaf(world, ca.id, "east-2");
    struct leaf west = world_leaf(world, ca.id, "west-1");
    struct filter east = starts_with("CN=east");
    struct many_revoked out = change_many(world, ca.id, &east, REASON_SUPERSEDED, true);
    assert_int_equal(out.matched, 2);
    assert_int_equal(out.revoked, 0);
    assert_int_equal(ask(world, &one).state, STATE_GOOD);
    out = change_many(world, ca.id, &east, REASON_SUPERSEDED, false);
    assert_int_equal(out.matched, 2);
    assert_int_equal(out.revoked, 2);
    assert_int_equal(ask(world, &one).state, STATE_REVOKED);
    assert_int_equal(ask(world, &two).state, STATE_REVOKED);
    assert_int_equal(ask(world, &west).state, STATE_GOOD);
    assert_int_equal(world_audits(world, "RevokeLeafCerts CloudCertificationAuthority"), 1);
    assert_int_equal(
        world_audits(world, "RevokeLeafCertAsync CloudCertificationAuthorityLeafCertificate"), 2);
    out = change_many(world, ca.id, &east, REASON_SUPERSEDED, false);
    assert_int_equal(out.matched, 0);
    assert_int_equal(world_audits(world, "RevokeLeafCerts CloudCertificationAuthority"), 1);
}

WORLD_TEST(revoke_many_holds_and_releases)
{
    struct ca ca = world_issuing(world);
    struct leaf one = world_leaf(world, ca.id, "one");
    struct leaf two = world_leaf(world, ca.id, "two");
    struct leaf out;
    assert_int_equal(change(world, &two, REASON_SUPERSEDED, &out), ERR_NONE);
    assert_int_equal(change_many(world, ca.id, NULL, REASON_CERTIFICATE_HOLD, false).revoked, 1);
    assert_int_equal(ask(world, &one).reason, REASON_CERTIFICATE_HOLD);
    assert_int_equal(change_many(world, ca.id, NULL, REASON_CERTIFICATE_HOLD, false).matched, 0);
    assert_int_equal(change_many(world, ca.id, NULL, REASON_REMOVE_FROM_CRL, false).revoked, 1);
    assert_int_equal(ask(world, &one).state, STATE_GOOD);
    assert_int_equal(ask(world, &two).reason, REASON_SUPERSEDED);
    assert_int_equal(change_many(world, ca.id, NULL, REASON_CERTIFICATE_HOLD, false).revoked, 1);
    assert_int_equal(change_many(world, ca.id, NULL, REASON_KEY_COMPROMISE, false).revoked, 1);
    assert_int_equal(ask(world, &one).reason, REASON_KEY_COMPROMISE);
}

WORLD_TEST(revoke_many_leaves_ra_and_other_cas_alone)
{
    struct ca ca = world_issuing(world);
    struct ca wish = world_wish(CA_ISSUING, "Other Issuing", ca.issuer_id);
    struct ca other;
    unit_ok(world_create(world, &wish, &other) == ERR_NONE, &world->err);
    struct leaf leaf = world_leaf(world, other.id, "device");
    assert_int_equal(change_many(world, ca.id, NULL, REASON_SUPERSEDED, false).matched, 0);
    assert_int_equal(ask(world, &leaf).state, STATE_GOOD);
    const struct revoke_many wanted = { ca.id, NULL, REASON_SUPERSEDED, false };
    const struct actor stranger = { "99999999-2222-4333-8444-555555555555", "test", NULL };
    struct many_revoked out;
    assert_false(
        ca_revoke_many(world->authority, &stranger, &wanted, world->now, &out, &world->err));
    assert_int_equal(world->err.code, ERR_NOT_FOUND);
}

enum { MANY = REVOKE_BATCH_MAX + 3 };

WORLD_TEST(revoke_many_goes_on_batch_by_batch)
{
    struct ca ca = world_issuing(world);
    struct leaf like = world_leaf(world, ca.id, "device");
    for (int i = 1; i < MANY; i++) {
        struct leaf leaf = like;
        uint8_t serial[] = { 0x41, (uint8_t)(i >> 8), (uint8_t)i };
        leaf.id = arena_format(world->arena, "00000000-0000-4000-8000-%012d", i);
        leaf.serial = arena_bytes(world->arena, BYTES_OF(serial));
        fixture_insert(world->fixture, &leaf_entity, &leaf);
    }
    struct many_revoked out = change_many(world, ca.id, NULL, REASON_SUPERSEDED, false);
    assert_int_equal(out.matched, MANY);
    assert_int_equal(out.revoked, MANY);
    assert_int_equal(world_audits(world, "RevokeLeafCerts CloudCertificationAuthority"), 2);
    int64_t listed;
    struct session *session = store_read(world->fixture->store, &world->err);
    unit_ok(revocations_count(session, ca.id, 0, 0, &listed, &world->err), &world->err);
    session_free(session);
    assert_int_equal(listed, MANY);
}
