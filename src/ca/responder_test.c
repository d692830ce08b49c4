#include "unit/unit.h"

#include "base/arena.h"
#include "base/times.h"
#include "ca/issuer.h"
#include "ca/responder.h"
#include "ca/status/revoke.h"
#include "ca/status/status.h"
#include "ca/world_test.h"
#include "store/rows.h"
#include "x509/certificate.h"
#include "x509/oid.h"
#include "x509/reason.h"

#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

DEFINE_SCOPED(X509 *, X509_free)

static struct officer *get(struct world *world, const char *ca_id)
{
    struct error err = { .code = ERR_NONE };
    SCOPED(issuer_release) struct issuer *issuer = world_issuer(world, ca_id);
    struct officer *responder = responder_get(world->authority, issuer, world->now, &err);
    unit_ok(responder != NULL, &err);
    return responder;
}

static void renew(struct world *world)
{
    struct error err = { .code = ERR_NONE };
    unit_ok(responder_renew_due(world->authority, world->now, &err), &err);
}

static struct leaf newest(struct world *world, const char *ca_id)
{
    struct error err = { .code = ERR_NONE };
    struct leaf leaf;
    SCOPED(session_free) struct session *session = store_read(world->fixture->store, &err);
    unit_ok(leaves_newest(session, ca_id, 1, LEAF_RESPONDER, world->now, world->arena, &leaf, &err),
            &err);
    return leaf;
}

WORLD_TEST(pki_rules_2_a_responder_certificate_says_ocsp_signing_and_no_more)
{
    struct ca ca = world_issuing(world);
    const char *const ids[] = { ca.id, ca.issuer_id };
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        SCOPED(officer_release) struct officer *responder = get(world, ids[i]);
        struct certificate certificate = world_parse(world, responder->certificate);
        struct ca_version version = world_version(world, ids[i]);
        assert_int_equal(certificate.spki.type, KEY_P256);
        assert_false(certificate.is_ca);
        assert_int_equal(certificate.key_usage, KEY_USAGE_DIGITAL_SIGNATURE);
        assert_int_equal(certificate.ekus.count, 1);
        assert_true(oids_contain(&certificate.ekus, oid_bytes(OID_OCSP_SIGNING)));
        assert_true(certificate.has_ocsp_nocheck);
        assert_null(certificate.crl_url);
        assert_null(certificate.ocsp_url);
        assert_null(certificate.issuers_url);
        assert_true(bytes_equal(certificate.issuer, version.subject));
        assert_int_equal(certificate.not_before, world->now - 10 * MINUTE);
        assert_int_equal(certificate.not_after - certificate.not_before, 30 * DAY - 1);
        SCOPED(X509_free) X509 *theirs = world_x509(certificate.der);
        SCOPED(X509_free) X509 *issuer = world_x509(version.certificate);
        assert_int_equal(X509_verify(theirs, X509_get0_pubkey(issuer)), 1);
        assert_int_equal(X509_check_purpose(theirs, X509_PURPOSE_OCSP_HELPER, 0), 1);
    }
}

WORLD_TEST(pki_rules_2_responders_are_renewed_at_half_their_life)
{
    struct ca ca = world_issuing(world);
    struct leaf first = newest(world, ca.id);
    world->now += 14 * DAY;
    renew(world);
    assert_string_equal(newest(world, ca.id).id, first.id);
    world->now += 2 * DAY;
    renew(world);
    struct leaf second = newest(world, ca.id);
    assert_string_not_equal(second.id, first.id);
    SCOPED(officer_release) struct officer *responder = get(world, ca.id);
    assert_int_equal(responder->not_after, second.not_after);
    renew(world);
    assert_string_equal(newest(world, ca.id).id, second.id);
}

WORLD_TEST(pki_rules_6_no_responder_outlives_its_ca)
{
    struct ca ca = world_issuing(world);
    world->now = ca.not_after - 10 * DAY;
    renew(world);
    struct leaf last = newest(world, ca.id);
    assert_int_equal(last.not_after, ca.not_after);
    world->now = ca.not_after - 2 * DAY;
    renew(world);
    assert_string_equal(newest(world, ca.id).id, last.id);
}

WORLD_TEST(responder_get_finds_none_past_its_end)
{
    struct ca ca = world_issuing(world);
    struct error err = { .code = ERR_NONE };
    SCOPED(issuer_release) struct issuer *issuer = world_issuer(world, ca.id);
    struct issuer second = *issuer;
    second.number = 2;
    assert_null(responder_get(world->authority, issuer, world->now + 31 * DAY, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    error_clear(&err);
    assert_null(responder_get(world->authority, &second, world->now, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
}

WORLD_TEST(pki_rules_2_a_responder_of_another_kind_is_replaced)
{
    static const struct {
        enum responder_kind kind;
        enum key_type key_type;
    } rows[] = { { RESPONDER_RSA, KEY_RSA_2048 }, { RESPONDER_P256, KEY_P256 } };
    struct ca ca = world_issuing(world);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct leaf old = newest(world, ca.id);
        SCOPED(officer_release) UNUSED struct officer *before = get(world, ca.id);
        world->authority->settings.responder = rows[i].kind;
        SCOPED(officer_release) struct officer *meanwhile = get(world, ca.id);
        assert_true(bytes_equal(meanwhile->certificate, old.certificate));
        world->now++;
        renew(world);
        SCOPED(officer_release) struct officer *after = get(world, ca.id);
        struct certificate certificate = world_parse(world, after->certificate);
        assert_int_equal(certificate.spki.type, rows[i].key_type);
        assert_int_equal(after->key_type, rows[i].key_type);
        assert_true(certificate.has_ocsp_nocheck);
        struct leaf made = newest(world, ca.id);
        renew(world);
        assert_string_equal(newest(world, ca.id).id, made.id);
    }
}

WORLD_TEST(pki_rules_2_the_ca_itself_is_the_responder_when_asked_to)
{
    struct error err = { .code = ERR_NONE };
    struct leaf leaf;
    world->authority->settings.responder = RESPONDER_CA;
    struct ca ca = world_issuing(world);
    renew(world);
    SCOPED(session_free) struct session *session = store_read(world->fixture->store, &err);
    assert_false(
        leaves_newest(session, ca.id, 1, LEAF_RESPONDER, world->now, world->arena, &leaf, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    error_clear(&err);
    SCOPED(issuer_release) struct issuer *issuer = world_issuer(world, ca.id);
    SCOPED(officer_release) struct officer *responder = get(world, ca.id);
    assert_int_equal(responder->certificate.len, 0);
    assert_int_equal(responder->digest, issuer->digest);
    assert_int_equal(responder->not_after, issuer->not_after);
    assert_memory_equal(responder->key_hash, issuer->key_hash_sha1, sizeof responder->key_hash);
    struct issuer without = *issuer;
    without.key = NULL;
    assert_null(responder_get(world->authority, &without, world->now, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
}

/* ---- status ---- */

static struct certificate_status status_of(struct world *world, const struct issuer *issuer,
                                           struct bytes serial)
{
    struct error err = { .code = ERR_NONE };
    struct certificate_status status;
    SCOPED(session_free) struct session *session = store_read(world->fixture->store, &err);
    unit_ok(status_get(session, issuer, serial, &status, &err), &err);
    return status;
}

WORLD_TEST(pki_rules_6_status_is_good_only_for_what_the_version_issued)
{
    struct ca ca = world_issuing(world);
    struct leaf leaf = world_leaf(world, ca.id, "device");
    SCOPED(issuer_release) struct issuer *issuer = world_issuer(world, ca.id);
    SCOPED(issuer_release) struct issuer *root = world_issuer(world, ca.issuer_id);
    assert_int_equal(status_of(world, issuer, leaf.serial).state, STATE_GOOD);
    assert_int_equal(status_of(world, root, leaf.serial).state, STATE_UNKNOWN);
    assert_int_equal(status_of(world, root, ca.serial).state, STATE_GOOD);
    assert_int_equal(status_of(world, issuer, unit_hex("40")).state, STATE_UNKNOWN);
    struct issuer second = *issuer;
    second.number = 2;
    assert_int_equal(status_of(world, &second, leaf.serial).state, STATE_UNKNOWN);
}

WORLD_TEST(pki_rules_6_a_compromised_ca_has_revoked_all_it_issued)
{
    struct ca ca = world_issuing(world);
    struct leaf leaf = world_leaf(world, ca.id, "device");
    struct leaf early = world_leaf(world, ca.id, "early");
    struct error err = { .code = ERR_NONE };
    struct leaf out;
    unit_ok(ca_revoke_leaf(world->authority, &world->actor, ca.id, early.id, REASON_SUPERSEDED,
                           world->now, world->arena, &out, &err),
            &err);
    SCOPED(issuer_release) struct issuer *issuer = world_issuer(world, ca.id);
    struct issuer revoked = *issuer;
    revoked.revoked_at = world->now + 50;
    revoked.revocation_reason = REASON_CESSATION_OF_OPERATION;
    assert_int_equal(status_of(world, &revoked, leaf.serial).state, STATE_GOOD);
    revoked.revocation_reason = REASON_KEY_COMPROMISE;
    struct certificate_status status = status_of(world, &revoked, leaf.serial);
    assert_int_equal(status.state, STATE_REVOKED);
    assert_int_equal(status.revoked_at, world->now + 50);
    assert_int_equal(status.reason, REASON_CA_COMPROMISE);
    status = status_of(world, &revoked, early.serial);
    assert_int_equal(status.revoked_at, world->now);
    assert_int_equal(status.reason, REASON_SUPERSEDED);
    assert_int_equal(status_of(world, &revoked, unit_hex("40")).state, STATE_UNKNOWN);
}
