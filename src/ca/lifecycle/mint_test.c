#include "unit/unit.h"

#include "base/arena.h"
#include "base/text.h"
#include "base/times.h"
#include "ca/issuer.h"
#include "ca/lifecycle/mint.h"
#include "ca/ra.h"
#include "ca/world_test.h"
#include "keys/keys.h"
#include "model/grant.h"
#include "store/rows.h"
#include "x509/certificate.h"
#include "x509/name.h"

#include <openssl/x509v3.h>
#include <string.h>

static struct bytes chain_of(struct world *world, const struct issuer *issuer)
{
    struct buf *chain = buf_new(CERTIFICATE_OCTETS_MAX);
    buf_add(chain, issuer->certificate);
    buf_add(chain, issuer->chain);
    struct bytes octets = arena_bytes(world->arena, buf_bytes(chain));
    buf_free(chain);
    return octets;
}

static time_t at(const char *text)
{
    time_t t = 0;
    assert_true(times_parse(text, &t));
    return t;
}

static struct issuer plain_issuer(time_t not_before, time_t not_after)
{
    return (struct issuer){ .ca_id = "ca", .not_before = not_before, .not_after = not_after };
}

/* ---- §1 ---- */

TEST(s1_serial_is_16_octets_and_begins_with_40_to_7f)
{
    uint8_t first[SERIAL_OCTETS];
    uint8_t second[SERIAL_OCTETS];
    for (int i = 0; i < 1000; i++) {
        serial_draw(first);
        assert_in_range(first[0], 0x40, 0x7f);
    }
    serial_draw(second);
    assert_memory_not_equal(first, second, sizeof first);
}

TEST(s1_not_before_is_ten_minutes_ago)
{
    struct issuer issuer = plain_issuer(0, WORLD_NOW * 2l);
    assert_int_equal(validity_years(&issuer, WORLD_NOW, 1).not_before, WORLD_NOW - 600);
    assert_int_equal(validity_years(NULL, WORLD_NOW, 1).not_before, WORLD_NOW - 600);
}

TEST(s1_not_before_is_never_before_the_issuers)
{
    struct issuer issuer = plain_issuer(WORLD_NOW - 60, WORLD_NOW * 2l);
    assert_int_equal(validity_days(&issuer, WORLD_NOW, 1).not_before, WORLD_NOW - 60);
}

TEST(s1_not_after_is_one_second_before_the_anniversary)
{
    struct validity validity = validity_years(NULL, at("2025-03-01T12:10:00Z"), 2);
    assert_int_equal(validity.not_before, at("2025-03-01T12:00:00Z"));
    assert_int_equal(validity.not_after, at("2027-03-01T11:59:59Z"));
    validity = validity_days(NULL, at("2025-03-01T12:10:00Z"), 30);
    assert_int_equal(validity.not_after, at("2025-03-31T11:59:59Z"));
}

TEST(s1_29_february_ends_on_the_28th)
{
    struct validity validity = validity_years(NULL, at("2028-02-29T12:10:00Z"), 1);
    assert_int_equal(validity.not_after, at("2029-02-28T11:59:59Z"));
    validity = validity_years(NULL, at("2028-02-29T12:10:00Z"), 4);
    assert_int_equal(validity.not_after, at("2032-02-29T11:59:59Z"));
}

TEST(s1_a_leaf_is_cut_to_its_issuers_end)
{
    struct issuer issuer = plain_issuer(0, WORLD_NOW + 5 * DAY);
    struct validity validity = validity_cut(validity_years(&issuer, WORLD_NOW, 1), &issuer);
    assert_int_equal(validity.not_after, WORLD_NOW + 5 * DAY);
    validity = validity_cut(validity_days(&issuer, WORLD_NOW, 2), &issuer);
    assert_int_equal(validity.not_after, WORLD_NOW - 600 + 2 * DAY - 1);
}

TEST(s1_an_issuer_with_under_a_day_left_issues_nothing)
{
    struct error err = { .code = ERR_NONE };
    struct issuer issuer = plain_issuer(0, WORLD_NOW + DAY);
    issuer.key = (struct key *)&issuer; /* only its presence counts here */
    unit_ok(issuer_can_sign(&issuer, WORLD_NOW, &err), &err);
    assert_false(issuer_can_sign(&issuer, WORLD_NOW + 1, &err));
    assert_int_equal(err.code, ERR_CONFLICT);
    error_clear(&err);
    assert_false(issuer_can_sign(&issuer, WORLD_NOW + DAY + 1, &err));
    assert_non_null(strstr(err.message, "expired"));
    error_clear(&err);
    issuer.key = NULL;
    assert_false(issuer_can_sign(&issuer, WORLD_NOW, &err));
}

WORLD_TEST(s1_utc_time_through_2049_and_generalized_time_from_2050)
{
    struct ca root;
    struct ca wish = world_wish(CA_ROOT, "Old Root", "");
    world->now = at("2048-06-01T00:10:00Z");
    wish.validity_years = 1;
    unit_ok(world_create(world, &wish, &root) == ERR_NONE, &world->err);
    X509 *x509 = world_x509(world_version(world, root.id).certificate);
    assert_int_equal(X509_get0_notAfter(x509)->type, V_ASN1_UTCTIME);
    X509_free(x509);
    wish.common_name = "Young Root";
    wish.validity_years = 2;
    unit_ok(world_create(world, &wish, &root) == ERR_NONE, &world->err);
    x509 = world_x509(world_version(world, root.id).certificate);
    assert_int_equal(X509_get0_notBefore(x509)->type, V_ASN1_UTCTIME);
    assert_int_equal(X509_get0_notAfter(x509)->type, V_ASN1_GENERALIZEDTIME);
    X509_free(x509);
}

static bool insert_twice(struct session *session, void *context, struct error *err)
{
    return mint_insert(session, context, err) && mint_insert(session, context, err);
}

/* The second insert meets the first's serial, which is what a collision looks like. */
WORLD_TEST(s1_a_serial_collision_is_told_from_other_conflicts)
{
    struct ca ca = world_issuing(world);
    struct leaf leaf = world_leaf(world, ca.id, "first");
    uint8_t id[] = "00000000-0000-4000-8000-000000000000";
    leaf.id = (const char *)id;
    struct error err = { .code = ERR_NONE };
    assert_false(store_write(world->fixture->store, insert_twice, &leaf, &err));
    assert_true(serial_collided(&err));
    error_clear(&err);
    fail(&err, ERR_CONFLICT, "the CA does not issue now");
    assert_false(serial_collided(&err));
}

WORLD_TEST(s1_serials_are_unique_over_roles_and_versions)
{
    struct ca ca = world_issuing(world);
    struct ca root = world_root(world);
    struct error err = { .code = ERR_NONE };
    struct session *session = store_read(world->fixture->store, &err);
    struct leaf sub_ca;
    struct leaf ra;
    unit_ok(
        leaves_find_by_serial(session, root.id, ca.serial, world->now, world->arena, &sub_ca, &err),
        &err);
    assert_int_equal(sub_ca.kind, LEAF_SUB_CA);
    unit_ok(leaves_newest(session, ca.id, 1, LEAF_RA, world->now, world->arena, &ra, &err), &err);
    assert_int_equal(ra.serial.len, SERIAL_OCTETS);
    session_free(session);
}

/* ---- §2: what each kind of certificate looks like ---- */

WORLD_TEST(s2_a_root_signs_itself_with_path_len_1)
{
    struct ca root = world_root(world);
    struct bytes der = world_version(world, root.id).certificate;
    struct certificate certificate = world_parse(world, der);
    assert_true(certificate.is_ca && certificate.is_basic_constraints_critical);
    assert_int_equal(certificate.path_len, 1);
    assert_int_equal(certificate.key_usage,
                     KEY_USAGE_DIGITAL_SIGNATURE | KEY_USAGE_KEY_CERT_SIGN | KEY_USAGE_CRL_SIGN);
    assert_true(
        bytes_equal(certificate.subject_key_identifier, certificate.authority_key_identifier));
    assert_null(certificate.crl_url);
    assert_null(certificate.ocsp_url);
    assert_int_equal(certificate.ekus.count, 2);
    assert_int_equal(world_verify(der, der, world->now), X509_V_OK);
    assert_string_equal(root.subject_name, "C=CH,O=Acme,CN=Test Root");
}

WORLD_TEST(s2_an_issuing_ca_chains_to_its_root_with_path_len_0)
{
    struct ca ca = world_issuing(world);
    struct issuer *issuer = world_issuer(world, ca.id);
    struct certificate certificate = world_parse(world, issuer->certificate);
    assert_int_equal(certificate.path_len, 0);
    assert_true(certificate.is_basic_constraints_critical);
    assert_non_null(certificate.crl_url);
    assert_non_null(strstr(certificate.issuers_url, ca.issuer_id));
    assert_non_null(strstr(certificate.ocsp_url, ca.issuer_id));
    assert_int_equal(world_verify(issuer->certificate, issuer->chain, world->now), X509_V_OK);
    assert_int_equal(world_verify(issuer->certificate, issuer->chain, ca.not_after + 1),
                     X509_V_ERR_CERT_HAS_EXPIRED);
    issuer_release(issuer);
}

WORLD_TEST(s2_a_leaf_chains_to_the_root_and_names_its_sources)
{
    struct ca ca = world_issuing(world);
    struct issuer *issuer = world_issuer(world, ca.id);
    struct leaf leaf = world_leaf(world, ca.id, "device");
    struct certificate certificate = world_parse(world, leaf.certificate);
    assert_true(certificate.has_basic_constraints && !certificate.is_ca);
    assert_int_equal(certificate.key_usage, KEY_USAGE_DIGITAL_SIGNATURE);
    assert_int_equal(certificate.ekus.count, 1);
    assert_true(bytes_equal(certificate.ekus.items[0], oid_bytes(OID_CLIENT_AUTH)));
    assert_int_equal(certificate.subject_key_identifier.len, 20);
    assert_true(bytes_equal(certificate.authority_key_identifier, issuer->key_identifier));
    assert_non_null(strstr(certificate.crl_url, ca.id));
    assert_non_null(strstr(certificate.ocsp_url, ca.id));
    assert_true(bytes_equal(certificate.issuer, issuer->subject));
    assert_int_equal(certificate.not_after - certificate.not_before + 1, 365 * DAY);
    assert_int_equal(world_verify(leaf.certificate, chain_of(world, issuer), world->now),
                     X509_V_OK);
    X509 *x509 = world_x509(leaf.certificate);
    assert_true(X509_get_ext_by_NID(x509, NID_freshest_crl, -1) >= 0);
    X509_free(x509);
    assert_string_equal(leaf.issuer_name, "CN=Test Issuing, O=Acme, C=CH");
    assert_string_equal(leaf.key_usages.items[0], "DigitalSignature");
    assert_string_equal(leaf.ekus.items[0], "1.3.6.1.5.5.7.3.2");
    issuer_release(issuer);
}

WORLD_TEST(s2_the_ra_is_rsa_and_named_after_its_ca)
{
    struct ca ca = world_issuing(world);
    struct error err = { .code = ERR_NONE };
    struct issuer *issuer = world_issuer(world, ca.id);
    struct officer *ra = ra_get(world->authority, ca.id, 0, world->now, &err);
    unit_ok(ra != NULL, &err);
    struct certificate certificate = world_parse(world, ra->certificate);
    assert_true(certificate.spki.is_rsa && certificate.spki.bits >= 2048);
    assert_true(certificate.has_basic_constraints && !certificate.is_ca);
    assert_int_equal(certificate.key_usage,
                     KEY_USAGE_DIGITAL_SIGNATURE | KEY_USAGE_KEY_ENCIPHERMENT);
    assert_int_equal(certificate.ekus.count, 1);
    assert_true(bytes_equal(certificate.ekus.items[0], oid_bytes(OID_CMC_RA)));
    assert_int_equal(certificate.sans.count, 0);
    assert_string_equal(world_subject(world, ra->certificate), "C=CH,O=Acme,CN=Test Issuing RA");
    assert_int_equal(world_verify(ra->certificate, chain_of(world, issuer), world->now), X509_V_OK);
    officer_release(ra);
    issuer_release(issuer);
}

WORLD_TEST(s2_the_ra_is_found_by_issuer_and_serial_only)
{
    struct ca ca = world_issuing(world);
    struct error err = { .code = ERR_NONE };
    struct officer *ra = ra_get(world->authority, ca.id, 0, world->now, &err);
    unit_ok(ra != NULL, &err);
    struct certificate certificate = world_parse(world, ra->certificate);
    struct officer *found =
        ra_find(world->authority, ca.id, certificate.issuer, certificate.serial, world->now, &err);
    unit_ok(found != NULL, &err);
    officer_release(found);
    struct leaf leaf = world_leaf(world, ca.id, "no RA");
    assert_null(
        ra_find(world->authority, ca.id, certificate.issuer, leaf.serial, world->now, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    error_clear(&err);
    assert_null(ra_find(world->authority, ca.id, certificate.subject, certificate.serial,
                        world->now, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    officer_release(ra);
}

WORLD_TEST(s2_the_ra_is_renewed_at_half_its_life_and_the_old_one_still_found)
{
    struct ca ca = world_issuing(world);
    struct error err = { .code = ERR_NONE };
    struct officer *first = ra_get(world->authority, ca.id, 0, world->now, &err);
    unit_ok(first != NULL, &err);
    struct certificate old = world_parse(world, first->certificate);
    unit_ok(ra_renew_due(world->authority, world->now + 180 * DAY, &err), &err);
    struct officer *same = ra_get(world->authority, ca.id, 0, world->now + 180 * DAY, &err);
    assert_true(bytes_equal(same->certificate, old.der));
    officer_release(same);
    unit_ok(ra_renew_due(world->authority, world->now + 184 * DAY, &err), &err);
    struct officer *second = ra_get(world->authority, ca.id, 0, world->now + 184 * DAY, &err);
    unit_ok(second != NULL, &err);
    assert_false(bytes_equal(second->certificate, old.der));
    struct officer *superseded =
        ra_find(world->authority, ca.id, old.issuer, old.serial, world->now + 184 * DAY, &err);
    unit_ok(superseded != NULL, &err);
    assert_null(ra_find(world->authority, ca.id, old.issuer, old.serial, old.not_after + 1, &err));
    officer_release(superseded);
    officer_release(second);
    officer_release(first);
}

WORLD_TEST(s2_the_chain_of_scep_is_ra_issuing_ca_root)
{
    struct ca ca = world_issuing(world);
    struct error err = { .code = ERR_NONE };
    struct bytes chain[8];
    size_t count;
    unit_ok(ra_chain(world->authority, ca.id, 0, world->now, world->arena, chain, 8, &count, &err),
            &err);
    assert_int_equal(count, 3);
    assert_string_equal(world_subject(world, chain[0]), "C=CH,O=Acme,CN=Test Issuing RA");
    assert_string_equal(world_subject(world, chain[1]), "C=CH,O=Acme,CN=Test Issuing");
    assert_string_equal(world_subject(world, chain[2]), "C=CH,O=Acme,CN=Test Root");
}

WORLD_TEST(s2_a_ca_of_each_curve_and_digest_signs_with_them)
{
    static const enum key_type types[] = { KEY_P256, KEY_P256K, KEY_P384, KEY_P521 };
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        struct ca root;
        struct ca wish = world_wish(CA_ROOT, key_type_text(types[i]), "");
        wish.key_size = types[i];
        wish.hash = 1 + (int64_t)i % 3;
        unit_ok(world_create(world, &wish, &root) == ERR_NONE, &world->err);
        struct bytes der = world_version(world, root.id).certificate;
        assert_int_equal(world_verify(der, der, world->now), X509_V_OK);
        assert_int_equal(world_parse(world, der).spki.type, types[i]);
        struct issuer *issuer = world_issuer(world, root.id);
        assert_int_equal(issuer->digest, DIGEST_SHA256 + i % 3);
        issuer_release(issuer);
    }
}

WORLD_TEST(s2_the_https_certificate_is_of_a_hidden_ca)
{
    static const char *const names[] = { "localhost", "127.0.0.1", "::1" };
    struct error err = { .code = ERR_NONE };
    struct buf *pem = buf_new(65536);
    struct buf *root_pem = buf_new(65536);
    struct buf *der = buf_new(65536);
    struct buf *root = buf_new(65536);
    size_t offset = 0;
    unit_ok(ca_issue_tls(world->authority, WORLD_TENANT, names, 3, world->now, pem, root_pem, &err),
            &err);
    assert_true(pem_next(buf_bytes(pem), &offset, "CERTIFICATE", der));
    offset = 0;
    assert_true(pem_next(buf_bytes(root_pem), &offset, "CERTIFICATE", root));
    assert_int_equal(world_verify(buf_bytes(der), buf_bytes(root), world->now), X509_V_OK);
    struct certificate certificate = world_parse(world, buf_bytes(der));
    assert_int_equal(certificate.sans.count, 3);
    assert_true(bytes_equal(certificate.ekus.items[0], oid_bytes(OID_SERVER_AUTH)));
    assert_non_null(strstr(buf_text(pem), "PRIVATE KEY"));
    assert_null(strstr(buf_text(root_pem), "PRIVATE KEY"));
    int64_t count;
    struct session *session = store_read(world->fixture->store, &err);
    unit_ok(cas_count(session, WORLD_TENANT, &count, &err), &err);
    assert_int_equal(count, 0);
    session_free(session);
    /* A second one comes from the same CA. */
    buf_truncate(pem, 0);
    struct buf *again = buf_new(65536);
    unit_ok(ca_issue_tls(world->authority, WORLD_TENANT, names, 1, world->now, pem, again, &err),
            &err);
    assert_true(bytes_equal(buf_bytes(again), buf_bytes(root_pem)));
    buf_free(again);
    buf_free(pem);
    buf_free(root_pem);
    buf_free(der);
    buf_free(root);
}
