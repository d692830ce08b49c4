#include "unit/unit.h"

#include "auth/applications.h"
#include "auth/client.h"
#include "auth/setting_test.h"
#include "auth/token.h"
#include "base/arena.h"
#include "base/text.h"
#include "model/application.h"
#include "store/entity.h"

#include <string.h>

enum { NOW = 1700000000 };

static const char *held[] = { "Application.ReadWrite.All", "A.Read" };
static const struct caller caller = { .tenant_id = "t1",
                                      .subject = "admin",
                                      .scopes = { held, 2 } };
static const struct application_actor actor = { &caller, NULL, caller_has_scope };

static struct application make(struct setting *setting, const char *role)
{
    struct application application;
    const struct application wish = { .display_name = "robot",
                                      .app_roles = { &role, role ? 1 : 0 } };
    unit_ok(application_create(setting->auth, &actor, &wish, NOW, setting->arena, &application,
                               &setting->err),
            &setting->err);
    return application;
}

static const char *add_password(struct setting *setting, const struct application *application)
{
    struct password_credential made;
    const struct password_credential wish = { .display_name = "first" };
    unit_ok(application_add_password(setting->auth, &actor, application->id, &wish, NOW,
                                     setting->arena, &made, &setting->err),
            &setting->err);
    return made.secret_text;
}

static bool is_proven(struct setting *setting, const char *client_id, const char *secret,
                      const char *peer, time_t now, struct error *err)
{
    struct client_use use;
    struct application application;
    static const char *const audiences[] = { NULL };
    const struct client_proof proof = { .tenant_id = "t1",
                                        .client_id = client_id,
                                        .secret = secret,
                                        .audiences = audiences,
                                        .peer = peer };
    *err = (struct error){ 0 };
    return client_check(setting->auth, &proof, now, setting->arena, &application, &use, err);
}

static struct application read_back(struct setting *setting, const char *id)
{
    struct application application;
    SCOPED(session_free)
    struct session *session = store_read(setting->fixture->store, &setting->err);
    unit_ok(entity_get(session, &application_entity, "t1", id, NOW, setting->arena, &application,
                       &setting->err),
            &setting->err);
    return application;
}

SETTING_TEST(applications_prove_themselves_by_their_secret)
{
    struct error err;
    struct application application = make(setting, "A.Read");
    const char *secret = add_password(setting, &application);
    assert_true(is_proven(setting, application.app_id, secret, "10.0.0.1", NOW, &err));
    assert_false(is_proven(setting, application.app_id, "wrong", "10.0.0.1", NOW, &err));
    assert_int_equal(err.code, ERR_UNAUTHENTICATED);
    assert_false(
        is_proven(setting, "11111111-2222-4333-8444-555555555555", secret, "10.0.0.1", NOW, &err));
    assert_int_equal(err.code, ERR_UNAUTHENTICATED);
    assert_false(is_proven(setting, "' OR 1=1 --", secret, "10.0.0.1", NOW, &err));
    assert_false(
        is_proven(setting, application.app_id, secret, "10.0.0.1", NOW + 2 * 365 * 86400, &err));
}

SETTING_TEST(applications_show_a_secret_once)
{
    struct application application = make(setting, NULL);
    const char *secret = add_password(setting, &application);
    application = read_back(setting, application.id);
    const struct password_credential *stored = application.password_credentials.items;
    assert_int_equal(application.password_credentials.count, 1);
    assert_null(stored->secret_text);
    assert_int_equal(strlen(stored->hint), 3);
    assert_true(text_starts_with(secret, stored->hint));
    assert_int_equal(application.revision, 2);
}

SETTING_TEST(applications_lose_what_is_taken_away)
{
    struct error err;
    struct application application = make(setting, NULL);
    const char *secret = add_password(setting, &application);
    const struct password_credential *stored;
    application = read_back(setting, application.id);
    stored = application.password_credentials.items;
    unit_ok(application_remove_password(setting->auth, &actor, application.id, stored->id, NOW,
                                        &setting->err),
            &setting->err);
    assert_false(is_proven(setting, application.app_id, secret, "10.0.0.1", NOW, &err));
    error_clear(&err);
    assert_false(
        application_remove_password(setting->auth, &actor, application.id, "other", NOW, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    unit_ok(application_delete(setting->auth, &actor, application.id, NOW, &setting->err),
            &setting->err);
}

SETTING_TEST(applications_that_are_disabled_get_nothing)
{
    struct error err;
    struct application application = make(setting, NULL);
    const char *secret = add_password(setting, &application);
    application = read_back(setting, application.id);
    application.is_disabled = true;
    unit_ok(application_change(setting->auth, &actor, &application, NOW, setting->arena,
                               &application, &setting->err),
            &setting->err);
    assert_false(is_proven(setting, application.app_id, secret, "10.0.0.1", NOW, &err));
    assert_int_equal(err.code, ERR_UNAUTHENTICATED);
}

/* Nobody gives, or takes hold of, more than he has. */
SETTING_TEST(applications_get_no_more_than_their_maker_has)
{
    static const char *more = "B.Write";
    static const char *powers[] = { "Application.ReadWrite.All",
                                    "AppRoleAssignment.ReadWrite.All" };
    const struct caller strong = { .tenant_id = "t1", .subject = "root", .scopes = { powers, 2 } };
    const struct application_actor strong_actor = { &strong, NULL, caller_has_scope };
    const struct application wish = { .display_name = "robot", .app_roles = { &more, 1 } };
    const struct password_credential password = { 0 };
    struct password_credential made;
    struct application application;
    assert_false(application_create(setting->auth, &actor, &wish, NOW, setting->arena, &application,
                                    &setting->err));
    assert_int_equal(setting->err.code, ERR_FORBIDDEN);
    error_clear(&setting->err);
    unit_ok(application_create(setting->auth, &strong_actor, &wish, NOW, setting->arena,
                               &application, &setting->err),
            &setting->err);
    assert_false(application_add_password(setting->auth, &actor, application.id, &password, NOW,
                                          setting->arena, &made, &setting->err));
    assert_int_equal(setting->err.code, ERR_FORBIDDEN);
}

SETTING_TEST(applications_refuse_credentials_that_cannot_be)
{
    struct application application = make(setting, NULL);
    struct password_credential made;
    const struct password_credential ended = { .ends_at = NOW };
    struct key_credential junk = { .key = { (const uint8_t *)"junk", 4 } };
    assert_false(application_add_password(setting->auth, &actor, application.id, &ended, NOW,
                                          setting->arena, &made, &setting->err));
    assert_int_equal(setting->err.code, ERR_INVALID);
    error_clear(&setting->err);
    application.key_credentials = (struct list){ &junk, 1 };
    assert_false(application_change(setting->auth, &actor, &application, NOW, setting->arena,
                                    &application, &setting->err));
    assert_true(strstr(setting->err.message, "keyCredentials") != NULL);
}

/* Ten at once from an address, then one every six seconds; others are not held up. */
SETTING_TEST(applications_are_not_guessed)
{
    struct error err;
    struct application application = make(setting, NULL);
    const char *secret = add_password(setting, &application);
    for (int i = 0; i < 10; i++)
        assert_false(is_proven(setting, application.app_id, "wrong", "10.0.0.9", NOW, &err));
    assert_false(is_proven(setting, application.app_id, secret, "10.0.0.9", NOW, &err));
    assert_int_equal(err.code, ERR_THROTTLED);
    assert_true(is_proven(setting, application.app_id, secret, "10.0.0.8", NOW, &err));
    assert_true(is_proven(setting, application.app_id, secret, "10.0.0.9", NOW + 60, &err));
}

SETTING_TEST(assertions_count_once)
{
    struct client_use use = { .tenant_id = "t1", .hash = { 7 }, .ends_at = NOW };
    unit_ok(client_remember(setting->auth, &use, &setting->err), &setting->err);
    assert_false(client_remember(setting->auth, &use, &setting->err));
    assert_int_equal(setting->err.code, ERR_UNAUTHENTICATED);
    error_clear(&setting->err);
    use.hash[0] = 8;
    unit_ok(client_remember(setting->auth, &use, &setting->err), &setting->err);
}
