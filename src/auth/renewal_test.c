#include "unit/unit.h"

#include "auth/renewal.h"
#include "auth/setting_test.h"
#include "base/arena.h"
#include "base/times.h"
#include "model/leaf.h"
#include "store/entity.h"
#include "store/rows.h"
#include "x509/certificate.h"

#include <string.h>

static const char *client_auth[] = { "1.3.6.1.5.5.7.3.2" };

/* test/data's leaf.cer as a row of ca1; its ends are the row's. */
struct signing {
    struct leaf leaf;
    struct certificate certificate;
    time_t middle; /* of its life */
};

static struct signing signing(struct setting *setting)
{
    struct signing signing;
    struct error err = { .code = ERR_NONE };
    unit_ok(
        certificate_parse(unit_file("x509/leaf.cer"), setting->arena, &signing.certificate, &err),
        &err);
    signing.leaf = fixture_leaf(setting->fixture, "leaf");
    signing.leaf.certificate = signing.certificate.der;
    signing.leaf.serial = signing.certificate.serial;
    signing.leaf.not_before = FIXTURE_NOW;
    signing.leaf.not_after = FIXTURE_NOW + 10 * DAY - 1;
    signing.leaf.ekus = (struct strings){ client_auth, 1 };
    signing.leaf.device_name = "Laptop";
    signing.leaf.sid = "S-1-5-21-1-2-3-500";
    signing.middle = FIXTURE_NOW + 5 * DAY;
    return signing;
}

static enum error_code renew(struct setting *setting, const struct signing *signing, time_t now,
                             bool allow_early, struct grant *out)
{
    error_clear(&setting->err);
    if (renewal_check(setting->auth, "ca1", &signing->certificate, allow_early, now, setting->arena,
                      out, &setting->err))
        return ERR_NONE;
    return setting->err.code;
}

static enum error_code request(struct setting *setting, const struct signing *signing, time_t now)
{
    error_clear(&setting->err);
    if (requester_check(setting->auth, "ca1", &signing->certificate, now, setting->arena,
                        &setting->err))
        return ERR_NONE;
    return setting->err.code;
}

SETTING_TEST(s4_renewal_grants_exactly_what_stands_there)
{
    struct signing leaf = signing(setting);
    struct grant grant;
    fixture_insert(setting->fixture, &leaf_entity, &leaf.leaf);
    unit_ok(renew(setting, &leaf, leaf.middle, false, &grant) == ERR_NONE, &setting->err);
    assert_string_equal(grant.renewal_of, "leaf");
    assert_true(bytes_equal(grant.subject, leaf.certificate.subject));
    assert_int_equal(grant.sans.count, leaf.certificate.sans.count);
    assert_string_equal(grant.sans.items[0], "dns:d.example.org");
    assert_string_equal(grant.ekus.items[0], client_auth[0]);
    assert_string_equal(grant.device_name, "Laptop");
    assert_string_equal(grant.sid, "S-1-5-21-1-2-3-500");
    assert_int_equal(grant.validity_days, 10); /* what was made short stays so */
    assert_null(grant.challenge_id);
    assert_false(grant.allow_any_name || grant.requires_approval || grant.is_spent);
}

SETTING_TEST(s4_a_certificate_that_its_issuer_cut_short_gets_the_profiles_life)
{
    struct signing leaf = signing(setting);
    struct grant grant;
    leaf.leaf.not_after = FIXTURE_END;
    fixture_insert(setting->fixture, &leaf_entity, &leaf.leaf);
    unit_ok(renew(setting, &leaf, FIXTURE_END - 1, false, &grant) == ERR_NONE, &setting->err);
    assert_int_equal(grant.validity_days, 0);
}

SETTING_TEST(s4_renewal_is_for_the_last_half_of_a_life)
{
    struct signing leaf = signing(setting);
    struct grant grant;
    fixture_insert(setting->fixture, &leaf_entity, &leaf.leaf);
    assert_int_equal(renew(setting, &leaf, leaf.middle - 2, false, &grant), ERR_CONFLICT);
    assert_int_equal(renew(setting, &leaf, leaf.middle - 2, true, &grant), ERR_NONE);
    assert_int_equal(renew(setting, &leaf, leaf.leaf.not_after, false, &grant), ERR_NONE);
    assert_int_equal(renew(setting, &leaf, leaf.leaf.not_after + 1, true, &grant), ERR_FORBIDDEN);
    assert_int_equal(renew(setting, &leaf, FIXTURE_NOW - 1, true, &grant), ERR_FORBIDDEN);
}

SETTING_TEST(s4_only_device_leaves_renew_and_any_certificate_may_ask)
{
    static const int64_t others[] = { LEAF_RA, LEAF_RESPONDER, LEAF_SUB_CA, LEAF_TLS };
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        struct signing leaf = signing(setting);
        struct grant grant;
        leaf.leaf.kind = others[i];
        leaf.leaf.ca_id = "ca1";
        if (i == 0)
            fixture_insert(setting->fixture, &leaf_entity, &leaf.leaf);
        else
            setting_change_kind(setting, "leaf", others[i]);
        assert_int_equal(renew(setting, &leaf, leaf.middle, false, &grant), ERR_FORBIDDEN);
        assert_int_equal(request(setting, &leaf, leaf.middle), ERR_NONE);
    }
}

static bool revoke(struct session *session, void *context, struct error *err)
{
    return leaves_revoke(session, context, 1, FIXTURE_NOW + 1, err);
}

SETTING_TEST(s4_a_revoked_signer_is_refused)
{
    struct signing leaf = signing(setting);
    struct grant grant;
    fixture_insert(setting->fixture, &leaf_entity, &leaf.leaf);
    assert_int_equal(request(setting, &leaf, leaf.middle), ERR_NONE);
    fixture_write(setting->fixture, revoke, &leaf.leaf);
    assert_int_equal(renew(setting, &leaf, leaf.middle, false, &grant), ERR_FORBIDDEN);
    assert_int_equal(request(setting, &leaf, leaf.middle), ERR_FORBIDDEN);
}

/* The same serial is not enough: a forger chooses his. */
SETTING_TEST(s4_a_signer_is_ours_to_the_last_octet)
{
    struct signing leaf = signing(setting);
    struct grant grant;
    assert_int_equal(renew(setting, &leaf, leaf.middle, false, &grant), ERR_FORBIDDEN);
    assert_int_equal(request(setting, &leaf, leaf.middle), ERR_FORBIDDEN);
    leaf.leaf.certificate = unit_file("x509/p256.cer");
    fixture_insert(setting->fixture, &leaf_entity, &leaf.leaf);
    assert_int_equal(renew(setting, &leaf, leaf.middle, false, &grant), ERR_FORBIDDEN);
    assert_int_equal(request(setting, &leaf, leaf.middle), ERR_FORBIDDEN);
}
