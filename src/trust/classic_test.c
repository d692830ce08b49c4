#include "unit/unit.h"

#include "base/arena.h"
#include "store/entity.h"
#include "trust/certificates_test.h"
#include "trust/classic.h"
#include "trust/trust.h"
#include "trust/world_test.h"

#include <string.h>

enum { NOW = CERTIFICATES_NOW };

static struct classic_store store_of(struct classic_ca *cas, size_t count)
{
    return (struct classic_store){ .cas = { cas, count } };
}

static struct error refusal(struct trust *trust, struct fixture *fixture, struct classic_ca ca)
{
    struct classic_store out;
    struct classic_store wish = store_of(&ca, 1);
    struct error err = { .code = ERR_NONE };
    assert_false(classic_create(trust, &world_actor, &wish, NOW, fixture->arena, &out, &err));
    return err;
}

STORE_TEST(a_store_is_made_once_and_deleted)
{
    SCOPED(trust_free) struct trust *trust = world_trust(fixture);
    struct classic_ca ca = { .certificate = certificate_make(&(struct certificate_wish){ 0 }),
                             .is_root = true,
                             .crl_url = "http://pki.example.org/root.crl" };
    struct classic_store wish = store_of(&ca, 1);
    struct classic_store out;
    struct error err = { .code = ERR_NONE };
    unit_ok(classic_create(trust, &world_actor, &wish, NOW, fixture->arena, &out, &err), &err);
    const struct classic_ca *made = out.cas.items;
    assert_string_equal(out.id, CLASSIC_STORE_ID);
    assert_string_equal(made->issuer, "O=Acme,CN=Root");
    assert_int_equal(strlen(made->key_identifier), 40);
    assert_string_equal(made->crl_url, ca.crl_url);
    assert_false(classic_create(trust, &world_actor, &wish, NOW, fixture->arena, &out, &err));
    assert_int_equal(err.code, ERR_CONFLICT);
    error_clear(&err);
    unit_ok(classic_create(trust, &world_other, &wish, NOW, fixture->arena, &out, &err), &err);
    out.tenant_id = "t1";
    unit_ok(classic_delete(trust, &world_actor, &out, NOW, &err), &err);
    assert_false(classic_delete(trust, &world_actor, &out, NOW, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_int_equal(world_count_audits(fixture, "Create CertificateBasedAuthConfiguration"), 2);
    assert_int_equal(world_count_audits(fixture, "Delete CertificateBasedAuthConfiguration"), 1);
}

/* An expired CA is told before the store that is there: deleting it is what helps. */
STORE_TEST(nothing_comes_while_a_stored_ca_has_expired)
{
    SCOPED(trust_free) struct trust *trust = world_trust(fixture);
    const long day = 86400;
    struct classic_ca ca = { .certificate =
                                 certificate_make(&(struct certificate_wish){ .days = 1 }),
                             .is_root = true };
    struct classic_ca next = { .certificate = certificate_make(
                                   &(struct certificate_wish){ .name = "Next", .days = 9 }),
                               .is_root = true };
    struct classic_store wish = store_of(&ca, 1);
    struct classic_store later = store_of(&next, 1);
    struct classic_store out;
    struct error err = { .code = ERR_NONE };
    unit_ok(classic_create(trust, &world_actor, &wish, NOW, fixture->arena, &out, &err), &err);
    assert_false(
        classic_create(trust, &world_actor, &later, NOW + day, fixture->arena, &out, &err));
    assert_int_equal(err.code, ERR_CONFLICT);
    error_clear(&err);
    assert_false(
        classic_create(trust, &world_actor, &later, NOW + day + 1, fixture->arena, &out, &err));
    assert_int_equal(err.code, ERR_INVALID);
    assert_non_null(strstr(err.message, "has expired"));
}

STORE_TEST(a_ca_without_key_identifier_gets_that_of_its_key)
{
    SCOPED(trust_free) struct trust *trust = world_trust(fixture);
    struct classic_ca ca = { .certificate = certificate_make(
                                 &(struct certificate_wish){ .has_no_key_identifier = true }),
                             .is_root = true };
    struct classic_store wish = store_of(&ca, 1);
    struct classic_store out;
    struct error err = { .code = ERR_NONE };
    unit_ok(classic_create(trust, &world_actor, &wish, NOW, fixture->arena, &out, &err), &err);
    assert_int_equal(strlen(((const struct classic_ca *)out.cas.items)->key_identifier), 40);
}

STORE_TEST(what_is_no_ca_to_trust_is_refused)
{
    SCOPED(trust_free) struct trust *trust = world_trust(fixture);
    static const struct {
        struct certificate_wish wish;
        bool is_root;
        const char *word;
    } cases[] = {
        { { .is_leaf = true }, true, "no CA" },
        { { .digest = "SHA1" }, true, "" },
        { { .rsa_bits = 1024 }, true, "" },
        { { .usage = "cRLSign" }, true, "keyCertSign" },
        { { .has_own_extension = true }, true, "critical" },
        { { .name = "CA1", .issuer = "Root" }, true, "isRootAuthority" },
        { { .name = "Root" }, false, "isRootAuthority" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err =
            refusal(trust, fixture,
                    (struct classic_ca){ .certificate = certificate_make(&cases[i].wish),
                                         .is_root = cases[i].is_root });
        assert_int_equal(err.code, ERR_INVALID);
        assert_non_null(strstr(err.message, "certificateAuthorities[0]"));
        assert_non_null(strstr(err.message, cases[i].word));
    }
}
