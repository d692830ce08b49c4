#include "unit/unit.h"

#include "base/arena.h"
#include "base/times.h"
#include "store/entity.h"
#include "trust/certificates_test.h"
#include "trust/trust.h"
#include "trust/world_test.h"

#include <stdio.h>
#include <string.h>

enum { NOW = CERTIFICATES_NOW };

static struct bytes root(void)
{
    static struct bytes der;
    if (der.len == 0)
        der = certificate_make(&(struct certificate_wish){ .name = "Contoso" });
    return der;
}

static struct bytes intermediate(void)
{
    static struct bytes der;
    if (der.len == 0)
        der = certificate_make(
            &(struct certificate_wish){ .name = "Contoso CA1", .issuer = "Contoso" });
    return der;
}

static struct trusted_ca add(struct trust *trust, struct fixture *fixture, const char *pki_id,
                             struct bytes der)
{
    struct trusted_ca out;
    struct trusted_ca wish = world_wish(fixture, der);
    struct error err = { .code = ERR_NONE };
    unit_ok(trusted_ca_add(trust, &world_actor, pki_id, &wish, NOW + 5, fixture->arena, &out, &err),
            &err);
    return out;
}

static struct error refusal(struct trust *trust, struct fixture *fixture, const char *pki_id,
                            const struct trusted_ca *wish)
{
    struct trusted_ca out;
    struct error err = { .code = ERR_NONE };
    assert_false(
        trusted_ca_add(trust, &world_actor, pki_id, wish, NOW, fixture->arena, &out, &err));
    return err;
}

STORE_TEST(a_pki_is_made_renamed_deleted_restored_and_purged)
{
    SCOPED(trust_free) struct trust *trust = world_trust(fixture);
    struct pki pki = world_pki(trust, fixture, "Contoso");
    struct pki out;
    struct error err = { .code = ERR_NONE };
    assert_null(pki.status);
    pki.display_name = "Fabrikam";
    unit_ok(pki_change(trust, &world_actor, &pki, NOW + 1, fixture->arena, &out, &err), &err);
    assert_string_equal(out.display_name, "Fabrikam");
    assert_int_equal(out.modified_at, NOW + 1);
    assert_int_equal(out.created_at, NOW);
    unit_ok(pki_delete(trust, &world_actor, pki.id, NOW + 2, &err), &err);
    assert_true(world_find_pki(fixture, pki.id, &out));
    assert_true(out.is_deleted);
    assert_int_equal(out.deleted_at, NOW + 2);
    assert_false(pki_delete(trust, &world_actor, pki.id, NOW, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    error_clear(&err);
    assert_false(pki_change(trust, &world_actor, &pki, NOW, fixture->arena, &out, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    error_clear(&err);
    unit_ok(pki_restore(trust, &world_actor, pki.id, NOW + 3, fixture->arena, &out, &err), &err);
    assert_false(out.is_deleted);
    assert_int_equal(out.deleted_at, 0);
    assert_false(pki_purge(trust, &world_actor, pki.id, NOW, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    error_clear(&err);
    unit_ok(pki_delete(trust, &world_actor, pki.id, NOW + 4, &err), &err);
    unit_ok(pki_purge(trust, &world_actor, pki.id, NOW + 5, &err), &err);
    assert_false(world_find_pki(fixture, pki.id, &out));
    assert_int_equal(world_count_audits(fixture, "Create CertificateBasedAuthPki"), 1);
    assert_int_equal(world_count_audits(fixture, "Patch CertificateBasedAuthPki"), 1);
    assert_int_equal(world_count_audits(fixture, "Delete CertificateBasedAuthPki"), 2);
    assert_int_equal(world_count_audits(fixture, "Restore CertificateBasedAuthPki"), 1);
    assert_int_equal(world_count_audits(fixture, "Purge CertificateBasedAuthPki"), 1);
}

STORE_TEST(another_tenants_pki_is_not_found)
{
    SCOPED(trust_free) struct trust *trust = world_trust(fixture);
    struct pki pki = world_pki(trust, fixture, "Contoso");
    struct trusted_ca ca = add(trust, fixture, pki.id, root());
    struct trusted_ca wish = world_wish(fixture, intermediate());
    struct error errs[8] = { 0 };
    assert_false(pki_change(trust, &world_other, &pki, NOW, fixture->arena, &pki, &errs[0]));
    assert_false(pki_delete(trust, &world_other, pki.id, NOW, &errs[1]));
    assert_false(
        trusted_ca_add(trust, &world_other, pki.id, &wish, NOW, fixture->arena, &ca, &errs[2]));
    ca = add(trust, fixture, pki.id, intermediate());
    assert_false(trusted_ca_delete(trust, &world_other, pki.id, ca.id, NOW, &errs[3]));
    struct error err = { .code = ERR_NONE };
    unit_ok(trusted_ca_delete(trust, &world_actor, pki.id, ca.id, NOW, &err), &err);
    assert_false(
        trusted_ca_restore(trust, &world_other, ca.id, NOW, fixture->arena, &ca, &errs[4]));
    assert_false(trusted_ca_purge(trust, &world_other, ca.id, NOW, &errs[5]));
    unit_ok(pki_delete(trust, &world_actor, pki.id, NOW, &err), &err);
    assert_false(pki_restore(trust, &world_other, pki.id, NOW, fixture->arena, &pki, &errs[6]));
    assert_false(pki_purge(trust, &world_other, pki.id, NOW, &errs[7]));
    for (size_t i = 0; i < ARRAY_LEN(errs); i++)
        assert_int_equal(errs[i].code, ERR_NOT_FOUND);
}

STORE_TEST(a_ca_is_what_its_certificate_says)
{
    SCOPED(trust_free) struct trust *trust = world_trust(fixture);
    struct pki pki = world_pki(trust, fixture, NULL);
    struct trusted_ca ca = add(trust, fixture, pki.id, intermediate());
    struct pki after;
    assert_int_equal(ca.type, TRUSTED_CA_INTERMEDIATE);
    assert_string_equal(ca.display_name, "Contoso CA1");
    assert_string_equal(ca.issuer, "Contoso");
    assert_int_equal(strlen(ca.key_identifier), 40);
    assert_null(ca.crl_url);
    assert_false(ca.is_issuer_hint);
    assert_int_equal(add(trust, fixture, pki.id, root()).type, TRUSTED_CA_ROOT);
    assert_true(world_find_pki(fixture, pki.id, &after));
    assert_int_equal(after.modified_at, NOW + 5);
    assert_null(after.display_name);
}

STORE_TEST(what_a_client_sends_beside_it_must_agree)
{
    SCOPED(trust_free) struct trust *trust = world_trust(fixture);
    struct pki pki = world_pki(trust, fixture, NULL);
    const struct trusted_ca good = world_wish(fixture, intermediate());
    struct trusted_ca bad[6];
    static const char *const members[] = {
        "thumbprint", "expirationDateTime",         "expirationDateTime",
        "issuer",     "issuerSubjectKeyIdentifier", "certificateAuthorityType"
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        bad[i] = good;
    bad[0].thumbprint = "C6FA";
    bad[1].expires_at++;
    bad[2].expires_at--;
    bad[3].issuer = "Fabrikam";
    bad[4].key_identifier = "00";
    bad[5].type = TRUSTED_CA_ROOT;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct error err = refusal(trust, fixture, pki.id, &bad[i]);
        assert_int_equal(err.code, ERR_INVALID);
        assert_memory_equal(err.message, members[i], strlen(members[i]));
    }
    struct trusted_ca junk = good;
    junk.certificate = certificates_join(intermediate(), BYTES_OF("x"));
    struct error err = refusal(trust, fixture, pki.id, &junk);
    assert_int_equal(err.code, ERR_INVALID);
    assert_memory_equal(err.message, "certificate: ", 13);
    assert_int_equal(world_count_cas(fixture, pki.id), 0);
}

STORE_TEST(a_pki_holds_a_certificate_once)
{
    SCOPED(trust_free) struct trust *trust = world_trust(fixture);
    struct pki pki = world_pki(trust, fixture, NULL), other = world_pki(trust, fixture, NULL);
    struct trusted_ca ca = add(trust, fixture, pki.id, root());
    struct trusted_ca wish = world_wish(fixture, root()), out;
    struct error err = refusal(trust, fixture, pki.id, &wish);
    assert_int_equal(err.code, ERR_CONFLICT);
    assert_memory_equal(err.message, "duplicate certificate exists", 28);
    add(trust, fixture, other.id, root());
    /* A deleted one does not count, but cannot come back beside another. */
    error_clear(&err);
    unit_ok(trusted_ca_delete(trust, &world_actor, pki.id, ca.id, NOW, &err), &err);
    add(trust, fixture, pki.id, root());
    assert_false(trusted_ca_restore(trust, &world_actor, ca.id, NOW, fixture->arena, &out, &err));
    assert_int_equal(err.code, ERR_CONFLICT);
}

STORE_TEST(a_ca_is_changed_unless_another_was_faster)
{
    SCOPED(trust_free) struct trust *trust = world_trust(fixture);
    struct pki pki = world_pki(trust, fixture, NULL);
    struct trusted_ca ca = add(trust, fixture, pki.id, intermediate()), out;
    struct error err = { .code = ERR_NONE };
    ca.crl_url = "http://a/b.crl";
    ca.delta_crl_url = "http://a/d.crl";
    ca.is_issuer_hint = true;
    ca.display_name = "Other";
    ca.type = TRUSTED_CA_NONE;
    unit_ok(trusted_ca_change(trust, &world_actor, &ca, NOW, fixture->arena, &out, &err), &err);
    assert_string_equal(out.crl_url, "http://a/b.crl");
    assert_string_equal(out.delta_crl_url, "http://a/d.crl");
    assert_true(out.is_issuer_hint);
    assert_string_equal(out.display_name, "Other");
    assert_int_equal(out.type, TRUSTED_CA_INTERMEDIATE);
    assert_false(trusted_ca_change(trust, &world_actor, &ca, NOW, fixture->arena, &out, &err));
    assert_int_equal(err.code, ERR_PRECONDITION);
    error_clear(&err);
    out.type = TRUSTED_CA_ROOT;
    ca = out;
    assert_false(trusted_ca_change(trust, &world_actor, &ca, NOW, fixture->arena, &out, &err));
    assert_int_equal(err.code, ERR_INVALID);
    assert_memory_equal(err.message, "certificateAuthorityType", 24);
}

STORE_TEST(cas_go_and_come_back_with_their_pki)
{
    SCOPED(trust_free) struct trust *trust = world_trust(fixture);
    struct pki pki = world_pki(trust, fixture, NULL), out;
    struct trusted_ca kept = add(trust, fixture, pki.id, root()), ca;
    struct trusted_ca gone = add(trust, fixture, pki.id, intermediate());
    struct error err = { .code = ERR_NONE };
    unit_ok(trusted_ca_delete(trust, &world_actor, pki.id, gone.id, NOW, &err), &err);
    assert_int_equal(world_count_cas(fixture, pki.id), 1);
    unit_ok(pki_delete(trust, &world_actor, pki.id, NOW, &err), &err);
    assert_int_equal(world_count_cas(fixture, pki.id), 0);
    /* Neither comes back without its PKI. */
    assert_false(trusted_ca_restore(trust, &world_actor, kept.id, NOW, fixture->arena, &ca, &err));
    assert_int_equal(err.code, ERR_CONFLICT);
    error_clear(&err);
    assert_false(trusted_ca_restore(trust, &world_actor, gone.id, NOW, fixture->arena, &ca, &err));
    assert_int_equal(err.code, ERR_CONFLICT);
    error_clear(&err);
    unit_ok(pki_restore(trust, &world_actor, pki.id, NOW, fixture->arena, &out, &err), &err);
    assert_int_equal(world_count_cas(fixture, pki.id), 1);
    unit_ok(trusted_ca_restore(trust, &world_actor, gone.id, NOW, fixture->arena, &ca, &err), &err);
    assert_int_equal(world_count_cas(fixture, pki.id), 2);
    assert_false(trusted_ca_restore(trust, &world_actor, gone.id, NOW, fixture->arena, &ca, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
}

STORE_TEST(a_ca_of_another_pki_is_not_found)
{
    SCOPED(trust_free) struct trust *trust = world_trust(fixture);
    struct pki pki = world_pki(trust, fixture, NULL), other = world_pki(trust, fixture, NULL);
    struct trusted_ca ca = add(trust, fixture, pki.id, root()), wish = world_wish(fixture, root());
    struct error err = { .code = ERR_NONE };
    assert_false(trusted_ca_delete(trust, &world_actor, other.id, ca.id, NOW, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    err = refusal(trust, fixture, "no-such-pki", &wish);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    error_clear(&err);
    unit_ok(pki_delete(trust, &world_actor, other.id, NOW, &err), &err);
    err = refusal(trust, fixture, other.id, &wish);
    assert_int_equal(err.code, ERR_NOT_FOUND);
}

static struct bytes number(int i)
{
    char name[16];
    snprintf(name, sizeof name, "CA %d", i);
    return certificate_make(&(struct certificate_wish){ .name = name });
}

STORE_TEST(a_pki_holds_250_cas)
{
    SCOPED(trust_free) struct trust *trust = world_trust(fixture);
    struct pki pki = world_pki(trust, fixture, NULL);
    struct trusted_ca ca, first = add(trust, fixture, pki.id, number(0)), out;
    struct error err = { .code = ERR_NONE };
    for (int i = 1; i < PKI_CAS_MAX; i++)
        add(trust, fixture, pki.id, number(i));
    ca = world_wish(fixture, root());
    assert_int_equal(refusal(trust, fixture, pki.id, &ca).code, ERR_QUOTA);
    unit_ok(trusted_ca_delete(trust, &world_actor, pki.id, first.id, NOW, &err), &err);
    add(trust, fixture, pki.id, root());
    assert_false(
        trusted_ca_restore(trust, &world_actor, first.id, NOW, fixture->arena, &out, &err));
    assert_int_equal(err.code, ERR_QUOTA);
}

STORE_TEST(what_is_deleted_goes_for_good_after_30_days)
{
    enum { LAST = NOW + PKI_DELETED_DAYS * DAY };
    SCOPED(trust_free) struct trust *trust = world_trust(fixture);
    struct pki pki = world_pki(trust, fixture, NULL), kept = world_pki(trust, fixture, NULL), out;
    struct trusted_ca ca, gone = add(trust, fixture, kept.id, root());
    struct error err = { .code = ERR_NONE };
    add(trust, fixture, pki.id, root());
    unit_ok(pki_delete(trust, &world_actor, pki.id, NOW, &err), &err);
    unit_ok(trusted_ca_delete(trust, &world_actor, kept.id, gone.id, NOW, &err), &err);
    unit_ok(pkis_purge_due(trust, LAST, &err), &err);
    unit_ok(pki_restore(trust, &world_actor, pki.id, NOW, fixture->arena, &out, &err), &err);
    unit_ok(pki_delete(trust, &world_actor, pki.id, NOW, &err), &err);
    unit_ok(pkis_purge_due(trust, LAST + 1, &err), &err);
    assert_false(world_find_pki(fixture, pki.id, &out));
    assert_true(world_find_pki(fixture, kept.id, &out));
    assert_false(trusted_ca_restore(trust, &world_actor, gone.id, NOW, fixture->arena, &ca, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_int_equal(world_count_audits(fixture, "Purge CertificateBasedAuthPki"), 1);
    assert_int_equal(world_count_audits(fixture, "Purge CertificateAuthorityDetail"), 1);
}
