#include "unit/unit.h"

#include "auth/auth.h"
#include "auth/challenge.h"
#include "auth/failures.h"
#include "auth/setting_test.h"
#include "base/arena.h"
#include "base/text.h"
#include "base/times.h"
#include "model/ca.h"
#include "model/grant.h"
#include "store/entity.h"
#include "store/rows.h"

#include <string.h>

static const char *sans[] = { "dns:d.example.org" };
static const char *client_auth[] = { "1.3.6.1.5.5.7.3.2" };

static struct challenge_wish good_wish(void)
{
    return (struct challenge_wish){ .tenant_id = "t1",
                                    .ca_id = "ca1",
                                    .subject = "CN=device, O=Acme",
                                    .sans = { sans, 1 },
                                    .device_name = "Laptop",
                                    .uses = 2,
                                    .created_by = "admin" };
}

static enum error_code create(struct setting *setting, const struct challenge_wish *wish,
                              char secret[CHALLENGE_TEXT_OCTETS])
{
    struct challenge challenge;
    error_clear(&setting->err);
    if (challenge_create(setting->auth, wish, FIXTURE_NOW, setting->arena, &challenge, secret,
                         &setting->err))
        return ERR_NONE;
    return setting->err.code;
}

static enum error_code check(struct setting *setting, const char *ca_id, const char *secret,
                             time_t now, struct grant *out)
{
    error_clear(&setting->err);
    if (challenge_check(setting->auth, ca_id, secret, "192.0.2.1", now, setting->arena, out,
                        &setting->err))
        return ERR_NONE;
    return setting->err.code;
}

SETTING_TEST(s3_a_secret_is_128_random_bits_and_kept_as_a_mac)
{
    char first[CHALLENGE_TEXT_OCTETS];
    char second[CHALLENGE_TEXT_OCTETS];
    struct challenge challenge;
    struct challenge_wish wish = good_wish();
    struct error err = { .code = ERR_NONE };
    unit_ok(challenge_create(setting->auth, &wish, FIXTURE_NOW, setting->arena, &challenge, first,
                             &err),
            &err);
    assert_int_equal(create(setting, &wish, second), ERR_NONE);
    assert_int_equal(strlen(first), 32);
    assert_string_not_equal(first, second);
    assert_int_equal(challenge.secret_mac.len, 32);
    struct session *session = store_read(setting->fixture->store, &err);
    struct challenge stored;
    unit_ok(entity_get(session, &challenge_entity, "t1", challenge.id, FIXTURE_NOW, setting->arena,
                       &stored, &err),
            &err);
    session_free(session);
    assert_false(bytes_equal(stored.secret_mac, bytes_of_text(first)));
    assert_int_equal(stored.expires_at, FIXTURE_NOW + HOUR);
}

SETTING_TEST(s3_the_secret_gives_what_was_bound)
{
    char secret[CHALLENGE_TEXT_OCTETS];
    struct challenge_wish wish = good_wish();
    struct grant grant;
    unit_ok(create(setting, &wish, secret) == ERR_NONE, &setting->err);
    unit_ok(check(setting, "ca1", secret, FIXTURE_NOW, &grant) == ERR_NONE, &setting->err);
    assert_string_equal(grant.tenant_id, "t1");
    assert_string_equal(grant.ca_id, "ca1");
    assert_string_equal(grant.sans.items[0], sans[0]);
    assert_string_equal(grant.device_name, "Laptop");
    assert_true(grant.subject.len > 0);
    assert_false(grant.is_spent || grant.allow_any_name);
    assert_int_equal(grant.expires_at, FIXTURE_NOW + HOUR);
}

/* A repeated request must still find its certificate: ca_issue refuses what is spent. */
SETTING_TEST(s3_an_expired_or_used_up_secret_gives_a_spent_grant)
{
    char secret[CHALLENGE_TEXT_OCTETS];
    struct challenge_wish wish = good_wish();
    struct grant grant;
    unit_ok(create(setting, &wish, secret) == ERR_NONE, &setting->err);
    unit_ok(check(setting, "ca1", secret, FIXTURE_NOW + HOUR, &grant) == ERR_NONE, &setting->err);
    assert_true(grant.is_spent);
    unit_ok(check(setting, "ca1", secret, FIXTURE_NOW + HOUR - 1, &grant) == ERR_NONE,
            &setting->err);
    assert_false(grant.is_spent);
}

SETTING_TEST(s3_unknown_secrets_and_those_of_another_ca_look_the_same)
{
    char secret[CHALLENGE_TEXT_OCTETS];
    char texts[2][ERROR_MESSAGE_OCTETS];
    struct challenge_wish wish = good_wish();
    struct grant grant;
    setting_add_ca(setting, "ca2", CA_ISSUING, CA_ACTIVE);
    unit_ok(create(setting, &wish, secret) == ERR_NONE, &setting->err);
    assert_int_equal(check(setting, "ca2", secret, FIXTURE_NOW, &grant), ERR_BAD_CHALLENGE);
    memcpy(texts[0], setting->err.message, sizeof texts[0]);
    secret[0] = secret[0] == '0' ? '1' : '0';
    assert_int_equal(check(setting, "ca1", secret, FIXTURE_NOW, &grant), ERR_BAD_CHALLENGE);
    memcpy(texts[1], setting->err.message, sizeof texts[1]);
    assert_string_equal(texts[0], texts[1]);
    assert_int_equal(check(setting, "ca1", "", FIXTURE_NOW, &grant), ERR_BAD_CHALLENGE);
}

SETTING_TEST(s3_failures_are_limited_per_address_and_ca)
{
    char secret[CHALLENGE_TEXT_OCTETS];
    struct challenge_wish wish = good_wish();
    struct grant grant;
    unit_ok(create(setting, &wish, secret) == ERR_NONE, &setting->err);
    for (int i = 0; i < FAILURES_MAX; i++)
        assert_int_equal(check(setting, "ca1", "wrong", FIXTURE_NOW, &grant), ERR_BAD_CHALLENGE);
    assert_int_equal(check(setting, "ca1", "wrong", FIXTURE_NOW, &grant), ERR_THROTTLED);
    assert_int_equal(check(setting, "ca1", secret, FIXTURE_NOW, &grant), ERR_THROTTLED);
    assert_int_equal(check(setting, "ca2", "wrong", FIXTURE_NOW, &grant), ERR_BAD_CHALLENGE);
    error_clear(&setting->err);
    unit_ok(challenge_check(setting->auth, "ca1", secret, "192.0.2.2", FIXTURE_NOW, setting->arena,
                            &grant, &setting->err),
            &setting->err);
    assert_int_equal(check(setting, "ca1", secret, FIXTURE_NOW + FAILURES_REFILL_S, &grant),
                     ERR_NONE);
}

SETTING_TEST(s3_a_static_secret_replaces_the_former_and_ends_by_hand)
{
    char first[CHALLENGE_TEXT_OCTETS];
    char second[CHALLENGE_TEXT_OCTETS];
    struct challenge_wish wish = good_wish();
    struct grant grant;
    wish.is_static = true;
    unit_ok(create(setting, &wish, first) == ERR_NONE, &setting->err);
    unit_ok(create(setting, &wish, second) == ERR_NONE, &setting->err);
    assert_int_equal(check(setting, "ca1", first, FIXTURE_NOW, &grant), ERR_BAD_CHALLENGE);
    unit_ok(check(setting, "ca1", second, FIXTURE_NOW + 1000L * DAY, &grant) == ERR_NONE,
            &setting->err);
    assert_false(grant.is_spent);
    assert_int_equal(grant.expires_at, 0);
    for (int i = 0; i < 2; i++)
        unit_ok(challenge_end_static(setting->auth, "t1", "ca1", "admin", NULL, FIXTURE_NOW,
                                     &setting->err),
                &setting->err);
    assert_int_equal(check(setting, "ca1", second, FIXTURE_NOW, &grant), ERR_BAD_CHALLENGE);
}

/* ---- what cannot be wished for ---- */

static void no_names(struct challenge_wish *wish)
{
    wish->subject = NULL;
    wish->sans.count = 0;
}

static void bad_subject(struct challenge_wish *wish)
{
    wish->subject = "device";
}

static void any_name_and_bound_ones(struct challenge_wish *wish)
{
    wish->allow_any_name = true;
}

static const char *bad_sans[] = { "dns:not a host" };
static const char *sid_sans[] = { "uri:tag:microsoft.com,2022-09-14:sid:S-1-5-21-1-2-3-500" };
static const char *no_oid[] = { "clientAuth" };
static const char *ocsp_signing[] = { "1.3.6.1.5.5.7.3.9" };
static const char *any_usage[] = { "2.5.29.37.0" };

static void bad_san(struct challenge_wish *wish)
{
    wish->sans.items = bad_sans;
}

static void sid_in_a_uri(struct challenge_wish *wish)
{
    wish->sans.items = sid_sans;
}

static void bad_sid(struct challenge_wish *wish)
{
    wish->sid = "S-1-5-";
}

static void usage_that_is_no_oid(struct challenge_wish *wish)
{
    wish->ekus = (struct strings){ no_oid, 1 };
}

static void usage_ocsp_signing(struct challenge_wish *wish)
{
    wish->ekus = (struct strings){ ocsp_signing, 1 };
}

static void usage_any(struct challenge_wish *wish)
{
    wish->ekus = (struct strings){ any_usage, 1 };
}

static void too_many_uses(struct challenge_wish *wish)
{
    wish->uses = 1000001;
}

static void negative_uses(struct challenge_wish *wish)
{
    wish->uses = -1;
}

static void too_short(struct challenge_wish *wish)
{
    wish->lifetime_s = 59;
}

static void too_long(struct challenge_wish *wish)
{
    wish->lifetime_s = 30 * DAY + 1;
}

static void control_character(struct challenge_wish *wish)
{
    wish->device_name = "a\nb";
}

SETTING_TEST(s3_each_value_that_cannot_be_is_named)
{
    static const struct {
        const char *member;
        void (*spoil)(struct challenge_wish *wish);
    } rows[] = {
        { "subjectName", no_names },
        { "subjectName", bad_subject },
        { "allowAnyName", any_name_and_bound_ones },
        { "subjectAlternativeNames", bad_san },
        { "subjectAlternativeNames", sid_in_a_uri },
        { "sid", bad_sid },
        { "extendedKeyUsages", usage_that_is_no_oid },
        { "extendedKeyUsages", usage_ocsp_signing },
        { "extendedKeyUsages", usage_any },
        { "uses", too_many_uses },
        { "uses", negative_uses },
        { "lifetimeInSeconds", too_short },
        { "lifetimeInSeconds", too_long },
        { "deviceName", control_character },
    };
    char secret[CHALLENGE_TEXT_OCTETS];
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct challenge_wish wish = good_wish();
        rows[i].spoil(&wish);
        assert_int_equal(create(setting, &wish, secret), ERR_INVALID);
        if (!strstr(setting->err.message, rows[i].member))
            unit_fail("'%s' does not name %s", setting->err.message, rows[i].member);
    }
}

SETTING_TEST(s3_all_bad_values_are_named_at_once)
{
    char secret[CHALLENGE_TEXT_OCTETS];
    struct challenge_wish wish = good_wish();
    bad_subject(&wish);
    too_short(&wish);
    bad_sid(&wish);
    assert_int_equal(create(setting, &wish, secret), ERR_INVALID);
    assert_non_null(strstr(setting->err.message, "subjectName"));
    assert_non_null(strstr(setting->err.message, "lifetimeInSeconds"));
    assert_non_null(strstr(setting->err.message, "sid"));
}

SETTING_TEST(s3_usages_without_one_of_the_cas_are_refused)
{
    static const char *email[] = { "1.3.6.1.5.5.7.3.4" };
    char secret[CHALLENGE_TEXT_OCTETS];
    struct challenge_wish wish = good_wish();
    setting_add_ca(setting, "ca2", CA_ISSUING, CA_ACTIVE); /* it has serverAuth only */
    wish.ca_id = "ca2";
    assert_int_equal(create(setting, &wish, secret), ERR_INVALID);
    wish.ekus = (struct strings){ email, 1 };
    assert_int_equal(create(setting, &wish, secret), ERR_INVALID);
    static const char *server_auth[] = { "1.3.6.1.5.5.7.3.1" };
    wish.ekus = (struct strings){ server_auth, 1 };
    assert_int_equal(create(setting, &wish, secret), ERR_NONE);
    wish = good_wish();
    wish.ekus = (struct strings){ client_auth, 1 };
    assert_int_equal(create(setting, &wish, secret), ERR_NONE);
}

SETTING_TEST(challenges_are_for_issuing_cas_of_the_tenant_that_are_alive)
{
    static const struct {
        const char *id;
        int64_t type;
        int64_t status;
        enum error_code code;
    } rows[] = {
        { "root", CA_ROOT, CA_ACTIVE, ERR_CONFLICT },
        { "revoked", CA_ISSUING, CA_REVOKED, ERR_CONFLICT },
        { "pending", CA_ISSUING_EXTERNAL_ROOT, CA_SIGNING_PENDING, ERR_CONFLICT },
    };
    char secret[CHALLENGE_TEXT_OCTETS];
    struct challenge_wish wish = good_wish();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        setting_add_ca(setting, rows[i].id, rows[i].type, rows[i].status);
        wish.ca_id = rows[i].id;
        assert_int_equal(create(setting, &wish, secret), rows[i].code);
    }
    wish.ca_id = "nobody";
    assert_int_equal(create(setting, &wish, secret), ERR_NOT_FOUND);
    wish.ca_id = "ca1";
    wish.tenant_id = "t2";
    assert_int_equal(create(setting, &wish, secret), ERR_NOT_FOUND);
}
