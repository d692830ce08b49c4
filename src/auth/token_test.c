#include "unit/unit.h"

#include "auth/auth.h"
#include "auth/jwt.h"
#include "auth/token.h"
#include "base/arena.h"
#include "base/text.h"
#include "keys/keys.h"
#include "store/fixture.h"
#include "store/rows.h"

#include <stdio.h>
#include <string.h>

enum { NOW = 1700000000, LIFETIME = 3600 };

#define TENANT "6f9619ff-8b86-4011-b42d-00c04fc964ff"

struct setting {
    struct keys *keys;
    struct auth *auth;
    struct arena *arena;
};

static bool load_key(void *context, const char *id, struct key_record *out, struct error *err)
{
    struct store *store = context;
    struct key_row row;
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(session_free) struct session *session = store_read(store, err);
    if (!session || !keys_find(session, id, arena, &row, err))
        return false;
    snprintf(out->id, sizeof out->id, "%s", row.id);
    out->type = key_type_from_text(row.type);
    out->purpose = key_purpose_from_text(row.purpose);
    out->spki = buf_copy(row.spki);
    out->sealed = buf_copy(row.private_sealed);
    return true;
}

static struct setting begin(struct fixture *fixture)
{
    static const uint8_t master[MASTER_KEY_OCTETS] = { 1 };
    struct error err = { 0 };
    struct setting setting = { .arena = arena_new() };
    setting.keys = keys_new(&(struct keys_options){ .master_key = BYTES_OF(master),
                                                    .load = load_key,
                                                    .context = fixture->store,
                                                    .generator_queue_max = 8,
                                                    .generator_wait_s = 60 },
                            &err);
    unit_ok(setting.keys != NULL, &err);
    setting.auth = auth_new(
        &(struct auth_options){
            .store = fixture->store,
            .keys = setting.keys,
            .settings = { .issuer = "https://pki.example/{tenant}/v2.0", .audience = "cloudpki" } },
        &err);
    unit_ok(setting.auth != NULL, &err);
    return setting;
}

static void end(struct setting *setting)
{
    auth_free(setting->auth);
    keys_free(setting->keys);
    arena_free(setting->arena);
}

static const char *issue(struct setting *setting)
{
    static const char *scopes[] = { "A.Read", "B.Write" };
    struct error err = { 0 };
    SCOPED(buf_free) struct buf *token = buf_new(TOKEN_OCTETS_MAX);
    const struct token_request request = {
        .tenant_id = TENANT, .subject = "admin", .scopes = { scopes, 2 }, .lifetime_s = LIFETIME
    };
    unit_ok(token_issue(setting->auth, &request, NOW, token, &err), &err);
    return arena_text(setting->arena, buf_text(token));
}

STORE_TEST(token_issued_is_verified)
{
    struct error err = { 0 };
    struct caller caller;
    struct setting setting = begin(fixture);
    const char *token = issue(&setting);
    for (int i = 0; i < 2; i++) { /* by its signature, then from memory */
        unit_ok(token_verify(setting.auth, token, NOW, setting.arena, &caller, &err), &err);
        assert_string_equal(caller.tenant_id, TENANT);
        assert_true(caller_has_scope(&caller, "B.Write"));
    }
    end(&setting);
}

STORE_TEST(token_seen_before_still_ends)
{
    struct error err = { 0 };
    struct caller caller;
    struct setting setting = begin(fixture);
    const char *token = issue(&setting);
    unit_ok(token_verify(setting.auth, token, NOW, setting.arena, &caller, &err), &err);
    assert_false(
        token_verify(setting.auth, token, NOW + LIFETIME + 60, setting.arena, &caller, &err));
    assert_int_equal(err.code, ERR_UNAUTHENTICATED);
    end(&setting);
}

/* As `cloudpki token` makes one while the server runs. */
STORE_TEST(token_of_another_process_is_verified)
{
    struct error err = { 0 };
    struct caller caller;
    struct setting server = begin(fixture);
    struct setting tool = begin(fixture);
    const char *token = issue(&tool);
    unit_ok(token_verify(server.auth, token, NOW, server.arena, &caller, &err), &err);
    token = issue(&server);
    unit_ok(token_verify(tool.auth, token, NOW, tool.arena, &caller, &err), &err);
    end(&tool);
    end(&server);
}

STORE_TEST(token_with_unknown_key_is_refused)
{
    struct caller caller;
    struct setting setting = begin(fixture);
    const char *token = issue(&setting);
    static const char *const kids[] = { "11111111-2222-4333-8444-555555555555", "../../etc/passwd",
                                        "' OR 1=1 --", "" };
    for (size_t i = 0; i < sizeof kids / sizeof kids[0]; i++) {
        struct error err = { 0 };
        SCOPED(buf_free) struct buf *forged = buf_new(TOKEN_OCTETS_MAX);
        jwt_begin(kids[i], bytes_of_text("{}"), forged);
        buf_add_text(forged, strrchr(token, '.'));
        assert_false(
            token_verify(setting.auth, buf_text(forged), NOW, setting.arena, &caller, &err));
        assert_int_equal(err.code, ERR_UNAUTHENTICATED);
    }
    end(&setting);
}

STORE_TEST(token_that_is_huge_is_refused)
{
    static char huge[100000];
    struct error err = { 0 };
    struct caller caller;
    struct setting setting = begin(fixture);
    memset(huge, 'A', sizeof huge - 1);
    assert_false(token_verify(setting.auth, huge, NOW, setting.arena, &caller, &err));
    assert_int_equal(err.code, ERR_UNAUTHENTICATED);
    end(&setting);
}

STORE_TEST(token_requests_are_checked)
{
    static const char *spaced[] = { "A.Read B.Write" };
    static const struct {
        struct token_request request;
    } rows[] = {
        { { .tenant_id = "x", .subject = "s", .lifetime_s = 60 } },
        { { .tenant_id = TENANT, .subject = "", .lifetime_s = 60 } },
        { { .tenant_id = TENANT, .subject = "s", .lifetime_s = 59 } },
        { { .tenant_id = TENANT, .subject = "s", .lifetime_s = 24 * 3600 + 1 } },
        { { .tenant_id = TENANT, .subject = "s", .lifetime_s = 60, .scopes = { spaced, 1 } } },
    };
    struct setting setting = begin(fixture);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct error err = { 0 };
        SCOPED(buf_free) struct buf *token = buf_new(TOKEN_OCTETS_MAX);
        assert_false(token_issue(setting.auth, &rows[i].request, NOW, token, &err));
        assert_int_equal(err.code, ERR_INVALID);
    }
    end(&setting);
}

static size_t published(struct setting *setting, time_t now)
{
    struct error err = { 0 };
    SCOPED(buf_free) struct buf *set = buf_new(65536);
    unit_ok(token_keys_publish(setting->auth, now, set, &err), &err);
    size_t count = 0;
    for (const char *p = buf_text(set); (p = strstr(p, "\"kid\"")); p++)
        count++;
    return count;
}

static bool add_tenant(struct session *session, void *context, struct error *err)
{
    (void)context;
    return tenants_insert(session, TENANT, "default", NOW, err);
}

static void rotate(struct setting *setting, time_t now)
{
    struct error err = { 0 };
    for (const struct timer_row *row = auth_timers; row->name; row++)
        unit_ok(row->run(setting->auth, now, &err), &err);
}

/* 90 days for a key; a day and a little for the tokens that it signed. */
STORE_TEST(token_keys_rotate)
{
    enum { DAYS = 86400 };
    struct error err = { 0 };
    struct caller caller;
    struct setting setting = begin(fixture);
    fixture_write(fixture, add_tenant, NULL);
    const char *token = issue(&setting);
    rotate(&setting, NOW + 90 * DAYS - 1);
    assert_int_equal(published(&setting, NOW), 1);
    rotate(&setting, NOW + 90 * DAYS);
    assert_int_equal(published(&setting, NOW + 90 * DAYS), 2);
    const char *newer = issue(&setting);
    assert_int_not_equal(memcmp(token, newer, strcspn(token, ".")), 0); /* another kid */
    unit_ok(token_verify(setting.auth, token, NOW, setting.arena, &caller, &err), &err);
    unit_ok(token_verify(setting.auth, newer, NOW, setting.arena, &caller, &err), &err);
    rotate(&setting, NOW + 92 * DAYS);
    assert_int_equal(published(&setting, NOW + 92 * DAYS), 1);
    struct setting other = begin(fixture);
    assert_false(token_verify(other.auth, token, NOW + 92 * DAYS, other.arena, &caller, &err));
    assert_int_equal(err.code, ERR_UNAUTHENTICATED);
    end(&other);
    end(&setting);
}

STORE_TEST(token_of_an_application_has_its_roles)
{
    static const char *roles[] = { "A.Read" };
    struct error err = { 0 };
    struct caller caller;
    struct setting setting = begin(fixture);
    SCOPED(buf_free) struct buf *token = buf_new(TOKEN_OCTETS_MAX);
    const struct token_request request = { .tenant_id = TENANT,
                                           .subject = "app",
                                           .scopes = { roles, 1 },
                                           .is_application = true,
                                           .lifetime_s = LIFETIME };
    unit_ok(token_issue(setting.auth, &request, NOW, token, &err), &err);
    for (int i = 0; i < 2; i++) {
        unit_ok(token_verify(setting.auth, buf_text(token), NOW, setting.arena, &caller, &err),
                &err);
        assert_true(caller.is_application);
        assert_true(caller_has_scope(&caller, "A.Read"));
    }
    end(&setting);
}
