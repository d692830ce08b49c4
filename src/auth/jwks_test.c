#include "unit/unit.h"

#include "auth/jwk.h"
#include "auth/jwks.h"
#include "base/text.h"
#include "http/fetch.h"

#include <string.h>

enum { NOW = 1700000000 };

#define KEY(id)                                          \
    "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"" id \
    "\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}"

/* What the other side says now; one test at a time. */
static struct {
    int calls;
    bool is_away;
    int status;
    int max_age_s;
    const char *metadata;
    const char *keys;
    size_t octets_max;
} side;

static bool fake_fetch(const char *url, const struct fetch_limits *limits, struct fetch_answer *out,
                       struct error *err)
{
    side.calls++;
    side.octets_max = limits->octets_max;
    assert_string_equal(limits->hosts[0], "idp.example");
    if (side.is_away)
        return fail(err, ERR_BUSY, "%s: connection refused", url);
    const char *text = strstr(url, "openid-configuration") ? side.metadata : side.keys;
    if (strlen(text) > limits->octets_max)
        return fail(err, ERR_TOO_LARGE, "%s: too large", url);
    *out = (struct fetch_answer){ side.status ? side.status : 200, side.max_age_s,
                                  buf_copy(bytes_of_text(text)) };
    return true;
}

static const char *issuer = "https://idp.example";
static struct provider_settings provider;

static struct jwks *begin(const char *jwks_url)
{
    memset(&side, 0, sizeof side);
    side.keys = "{\"keys\":[" KEY("one") "]}";
    side.metadata = "{\"issuer\":\"https://idp.example\","
                    "\"jwks_uri\":\"https://idp.example/keys\"}";
    provider = (struct provider_settings){ .name = "idp",
                                           .issuers = { &issuer, 1 },
                                           .jwks_url = jwks_url };
    return jwks_new(&provider, 1, fake_fetch);
}

static enum error_code find(struct jwks *jwks, const char *id, time_t now, struct error *err)
{
    unsigned algorithms = 0;
    *err = (struct error){ 0 };
    EVP_PKEY *key = jwks_find(jwks, 0, id, JOSE_EDDSA, now, &algorithms, err);
    assert_true(!key || algorithms == JOSE_BIT(JOSE_EDDSA));
    EVP_PKEY_free(key);
    return err->code;
}

TEST(jwks_are_found_by_discovery_or_by_setting)
{
    struct error err;
    static const char *const urls[] = { NULL, "https://idp.example/keys" };
    for (size_t i = 0; i < 2; i++) {
        struct jwks *jwks = begin(urls[i]);
        jwks_refresh(jwks, NOW);
        assert_int_equal(side.calls, i == 0 ? 2 : 1);
        assert_int_equal(side.octets_max, JWK_SET_OCTETS_MAX);
        assert_int_equal(find(jwks, "one", NOW, &err), ERR_NONE);
        assert_int_equal(find(jwks, NULL, NOW, &err), ERR_NONE);
        jwks_free(jwks);
    }
}

TEST(jwks_are_fetched_again_when_their_age_has_passed)
{
    struct jwks *jwks = begin("https://idp.example/keys");
    side.max_age_s = 600;
    jwks_refresh(jwks, NOW);
    jwks_refresh(jwks, NOW + 599);
    assert_int_equal(side.calls, 1);
    jwks_refresh(jwks, NOW + 600);
    assert_int_equal(side.calls, 2);
    jwks_free(jwks);
}

/* The key was changed: the first who asks makes us look, and is told to come again. */
TEST(jwks_are_fetched_again_for_an_unknown_key)
{
    struct error err;
    struct jwks *jwks = begin("https://idp.example/keys");
    jwks_refresh(jwks, NOW);
    side.keys = "{\"keys\":[" KEY("two") "]}";
    assert_int_equal(find(jwks, "two", NOW + 10, &err), ERR_BUSY);
    jwks_refresh(jwks, NOW + 10);
    assert_int_equal(find(jwks, "two", NOW + 10, &err), ERR_NONE);
    assert_int_equal(find(jwks, "one", NOW + 10, &err), ERR_UNAUTHENTICATED);
    jwks_free(jwks);
}

/* A flood of made-up names: five fetches, then one a minute. */
TEST(jwks_take_only_so_many_wishes)
{
    struct error err;
    struct jwks *jwks = begin("https://idp.example/keys");
    jwks_refresh(jwks, NOW);
    for (int i = 1; i <= 40; i++) {
        (void)find(jwks, "made-up", NOW + i, &err);
        jwks_refresh(jwks, NOW + i);
    }
    assert_int_equal(side.calls, 1 + 5);
    assert_int_equal(find(jwks, "made-up", NOW + 50, &err), ERR_UNAUTHENTICATED);
    assert_int_equal(find(jwks, "one", NOW + 50, &err), ERR_NONE);
    assert_int_equal(find(jwks, "made-up", NOW + 70, &err), ERR_BUSY);
    jwks_free(jwks);
}

/* Whoever waited for a fetch that failed is refused, and says why, in that same second. */
TEST(jwks_that_cannot_be_had_refuse)
{
    static char huge[JWK_SET_OCTETS_MAX + 2];
    struct error err;
    memset(huge, ' ', sizeof huge - 1);
    static const struct {
        bool is_away;
        int status;
        const char *keys;
        const char *why;
    } rows[] = {
        { true, 0, "", "connection refused" },   { false, 500, "{}", "status 500" },
        { false, 0, huge, "too large" },         { false, 0, "<html>", "json" },
        { false, 0, "{\"keys\":[]}", "no key" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct jwks *jwks = begin("https://idp.example/keys");
        side.is_away = rows[i].is_away;
        side.status = rows[i].status;
        side.keys = rows[i].keys;
        jwks_refresh(jwks, NOW);
        assert_int_equal(find(jwks, "one", NOW, &err), ERR_UNAUTHENTICATED);
        if (!strstr(err.message, rows[i].why))
            unit_fail("'%s' does not say '%s'", err.message, rows[i].why);
        jwks_free(jwks);
    }
}

TEST(jwks_outlive_a_provider_that_is_away_by_a_day)
{
    struct error err;
    struct jwks *jwks = begin("https://idp.example/keys");
    jwks_refresh(jwks, NOW);
    side.is_away = true;
    jwks_refresh(jwks, NOW + 3600);
    assert_int_equal(find(jwks, "one", NOW + 3600, &err), ERR_NONE);
    assert_int_equal(find(jwks, "one", NOW + 3600 + 24 * 3600 - 1, &err), ERR_NONE);
    assert_int_not_equal(find(jwks, "one", NOW + 3600 + 24 * 3600, &err), ERR_NONE);
    jwks_free(jwks);
}

TEST(jwks_refuse_the_metadata_of_another_issuer)
{
    struct error err;
    static const char *const texts[] = {
        "{\"issuer\":\"https://evil.example\",\"jwks_uri\":\"https://idp.example/keys\"}",
        "{\"jwks_uri\":\"https://idp.example/keys\"}",
        "{\"issuer\":\"https://idp.example\"}",
        "[]",
        "",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct jwks *jwks = begin(NULL);
        side.metadata = texts[i];
        jwks_refresh(jwks, NOW);
        assert_int_equal(side.calls, 1);
        assert_int_equal(find(jwks, "one", NOW, &err), ERR_UNAUTHENTICATED);
        jwks_free(jwks);
    }
}
