#include "unit/unit.h"

#include "ca/issue/forget.h"
#include "ca/status/revoke.h"
#include "ca/world_test.h"
#include "store/rows.h"
#include "x509/reason.h"

static struct serial_status status_of(struct world *world, const struct leaf *leaf)
{
    struct serial_status status;
    struct session *session = store_read(world->fixture->store, &world->err);
    assert_non_null(session);
    unit_ok(leaves_status(session, leaf->ca_id, leaf->serial, &status, &world->err), &world->err);
    session_free(session);
    return status;
}

static int64_t revoked_count(struct world *world, const char *ca_id)
{
    int64_t count;
    struct session *session = store_read(world->fixture->store, &world->err);
    assert_non_null(session);
    unit_ok(revocations_count(session, ca_id, 0, 0, &count, &world->err), &world->err);
    session_free(session);
    return count;
}

/* pki-rules §7: DELETE of an unexpired leaf: 409. */
WORLD_TEST(forget_refuses_a_leaf_in_date)
{
    struct ca ca = world_issuing(world);
    struct leaf leaf = world_leaf(world, ca.id, "device");
    struct error err = { .code = ERR_NONE };
    assert_false(ca_forget_leaf(world->authority, &world->actor, &leaf, leaf.not_after, &err));
    assert_int_equal(err.code, ERR_CONFLICT);
    leaf.not_after = 0; /* what a caller believes does not count: the row decides */
    error_clear(&err);
    assert_false(ca_forget_leaf(world->authority, &world->actor, &leaf, world->now, &err));
    assert_int_equal(err.code, ERR_CONFLICT);
    assert_true(status_of(world, &leaf).is_known);
    assert_int_equal(world_audits(world, "Delete CloudCertificationAuthorityLeafCertificate"), 0);
}

WORLD_TEST(forget_takes_an_expired_leaf_and_keeps_its_revocation)
{
    struct ca ca = world_issuing(world);
    struct leaf leaf = world_leaf(world, ca.id, "device");
    struct leaf revoked;
    unit_ok(ca_revoke_leaf(world->authority, &world->actor, ca.id, leaf.id, REASON_SUPERSEDED,
                           world->now, world->arena, &revoked, &world->err),
            &world->err);
    unit_ok(ca_forget_leaf(world->authority, &world->actor, &leaf, leaf.not_after + 1, &world->err),
            &world->err);
    assert_false(status_of(world, &leaf).is_known);
    assert_int_equal(revoked_count(world, ca.id), 1);
    assert_int_equal(world_audits(world, "Delete CloudCertificationAuthorityLeafCertificate"), 1);
    struct error err = { .code = ERR_NONE };
    assert_false(ca_forget_leaf(world->authority, &world->actor, &leaf, leaf.not_after + 1, &err));
}
