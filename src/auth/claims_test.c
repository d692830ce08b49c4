#include "unit/unit.h"

#include "auth/auth.h"
#include "auth/claims.h"
#include "base/arena.h"
#include "base/json.h"

#include <string.h>

enum { NOW = 1700000000 };

#define TENANT "6f9619ff-8b86-4011-b42d-00c04fc964ff"
#define OTHER  "11111111-2222-4333-8444-555555555555"

static const struct auth_settings settings = { .issuer = "https://pki.example/{tenant}/v2.0",
                                               .audience = "cloudpki" };

static const char good[] =
    "{\"iss\":\"https://pki.example/" TENANT "/v2.0\",\"aud\":\"cloudpki\",\"sub\":\"admin\","
    "\"tid\":\"" TENANT "\",\"iat\":1700000000,\"nbf\":1700000000,\"exp\":1700003600,"
    "\"scp\":\"A.Read B.Write\"}";

/* The good claims with members replaced; a null takes one away. */
static json_t *claims_with(const char *changes)
{
    struct error err = { 0 };
    json_t *claims = json_read(bytes_of_text(good), &err);
    json_t *patch = json_read(bytes_of_text(changes), &err);
    assert_non_null(claims);
    assert_non_null(patch);
    const char *name;
    json_t *value;
    json_object_foreach(patch, name, value)
    {
        if (json_is_null(value))
            json_object_del(claims, name);
        else
            json_object_set(claims, name, value);
    }
    json_decref(patch);
    return claims;
}

static bool check(const char *changes, time_t now, struct arena *arena, struct caller *caller,
                  struct error *err)
{
    json_t *claims = claims_with(changes);
    const struct provider_settings rules = claims_rules(&settings, arena);
    bool is_good = claims_check(claims, &rules, now, arena, caller, err);
    json_decref(claims);
    return is_good;
}

TEST(claims_make_a_caller)
{
    struct error err = { 0 };
    struct caller caller;
    SCOPED(arena_free) struct arena *arena = arena_new();
    unit_ok(check("{\"wids\":[\"Auditor\"]}", NOW, arena, &caller, &err), &err);
    assert_string_equal(caller.tenant_id, TENANT);
    assert_string_equal(caller.subject, "admin");
    assert_int_equal(caller.expires_at, NOW + 3600);
    assert_int_equal(caller.scopes.count, 2);
    assert_true(caller_has_scope(&caller, "A.Read"));
    assert_true(caller_has_scope(&caller, "B.Write"));
    assert_false(caller_has_scope(&caller, "A"));
    assert_string_equal(caller.roles.items[0], "Auditor");
}

TEST(claims_take_the_roles_of_an_application)
{
    struct error err = { 0 };
    struct caller caller;
    SCOPED(arena_free) struct arena *arena = arena_new();
    unit_ok(check("{\"scp\":null,\"roles\":[\"A.Read\"]}", NOW, arena, &caller, &err), &err);
    assert_true(caller_has_scope(&caller, "A.Read"));
}

TEST(claims_take_one_audience_of_several)
{
    struct error err = { 0 };
    struct caller caller;
    SCOPED(arena_free) struct arena *arena = arena_new();
    unit_ok(check("{\"aud\":[\"x\",\"cloudpki\"]}", NOW, arena, &caller, &err), &err);
}

/* RFC 7519 §4.1.4, §4.1.5: a minute of leeway, not a second more. */
TEST(claims_hold_within_their_times)
{
    struct caller caller;
    SCOPED(arena_free) struct arena *arena = arena_new();
    static const struct {
        time_t now;
        bool is_good;
    } rows[] = {
        { NOW - 61, false },       { NOW - 60, true },         { NOW + 3600, true },
        { NOW + 3600 + 59, true }, { NOW + 3600 + 60, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct error err = { 0 };
        assert_int_equal(check("{}", rows[i].now, arena, &caller, &err), rows[i].is_good);
    }
}

TEST(claims_that_cannot_be_are_refused)
{
    static const struct {
        const char *changes;
        const char *why;
    } rows[] = {
        { "{\"iss\":\"https://pki.example/" OTHER "/v2.0\"}", "iss" },
        { "{\"iss\":\"https://other.example/" TENANT "/v2.0\"}", "iss" },
        { "{\"iss\":null}", "iss" },
        { "{\"iss\":7}", "iss" },
        { "{\"tid\":\"" OTHER "\"}", "iss" },
        { "{\"tid\":\"x\"}", "tid" },
        { "{\"tid\":null}", "tid" },
        { "{\"tid\":[\"" TENANT "\"]}", "tid" },
        { "{\"sub\":null}", "sub" },
        { "{\"sub\":\"\"}", "sub" },
        { "{\"sub\":\"a\\nb\"}", "sub" },
        { "{\"aud\":\"other\"}", "aud" },
        { "{\"aud\":[]}", "aud" },
        { "{\"aud\":{\"cloudpki\":1}}", "aud" },
        { "{\"aud\":null}", "aud" },
        { "{\"exp\":null}", "exp" },
        { "{\"exp\":\"1700003600\"}", "exp" },
        { "{\"exp\":1700003600.5}", "exp" },
        { "{\"exp\":-1}", "exp" },
        { "{\"exp\":1}", "expired" },
        { "{\"nbf\":null}", "nbf" },
        { "{\"nbf\":1700000061}", "nbf" },
        { "{\"iat\":1700000061}", "iat" },
        { "{\"iat\":9223372036854775807}", "iat" },
        { "{\"scp\":null}", "scp" },
        { "{\"scp\":[\"A\"]}", "scp" },
        { "{\"roles\":[\"A\"]}", "together" },
        { "{\"scp\":null,\"roles\":\"A\"}", "roles" },
        { "{\"scp\":null,\"roles\":[1]}", "roles" },
        { "{\"wids\":\"A\"}", "wids" },
    };
    SCOPED(arena_free) struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct error err = { 0 };
        struct caller caller;
        if (check(rows[i].changes, NOW, arena, &caller, &err))
            unit_fail("%s is accepted", rows[i].changes);
        assert_int_equal(err.code, ERR_UNAUTHENTICATED);
        if (!strstr(err.message, rows[i].why))
            unit_fail("%s: '%s'", rows[i].changes, err.message);
    }
}

TEST(claims_admit_only_so_many_scopes)
{
    struct error err = { 0 };
    struct caller caller;
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(buf_free) struct buf *changes = buf_new(65536);
    buf_add_text(changes, "{\"scp\":\"");
    for (int i = 0; i < 100000 / 16; i++)
        buf_add_text(changes, "a ");
    buf_add_text(changes, "\"}");
    assert_false(check(buf_text(changes), NOW, arena, &caller, &err));
    assert_int_equal(err.code, ERR_UNAUTHENTICATED);
}
