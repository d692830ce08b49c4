#include "auth/applications.h"

#include "auth/auth_internal.h"
#include "auth/claims.h"
#include "auth/client.h"
#include "auth/jose.h"
#include "auth/token.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/random.h"
#include "base/text.h"
#include "base/times.h"
#include "model/application.h"
#include "model/audit.h"
#include "store/callers.h"
#include "store/entity.h"
#include "store/rows.h"
#include "store/store.h"
#include "x509/algorithm.h"
#include "x509/certificate.h"

#include <string.h>

enum {
    SECRET_OCTETS = 32,
    HINT_OCTETS = 3,
    LIFETIME_DEFAULT_S = 2 * 365 * DAY,
    KEY_OCTETS_MAX = 8192,
    ATTEMPTS_MAX = 5,
};

static const char assigns_all[] = "AppRoleAssignment.ReadWrite.All";

DEFINE_SCOPED(EVP_PKEY *, EVP_PKEY_free)

/* ---- what may be given ---- */

static bool may_give(const struct application_actor *actor, const char *role, struct error *err)
{
    return actor->may(actor->caller, role) || caller_has_scope(actor->caller, assigns_all) ||
           fail(err, ERR_FORBIDDEN,
                "grantedAppRoles: %s can be given by who may do all that it allows, or with %s",
                role, assigns_all);
}

/* Whoever gets hold of its credentials can do what it may do. */
static bool covers(const struct application_actor *actor, const struct application *application,
                   struct error *err)
{
    for (size_t i = 0; i < application->app_roles.count; i++)
        if (!may_give(actor, application->app_roles.items[i], err))
            return false;
    return true;
}

static bool has_word(const struct strings *words, const char *word)
{
    for (size_t i = 0; i < words->count; i++)
        if (text_equal(words->items[i], word))
            return true;
    return false;
}

static bool check_roles(const struct application_actor *actor, const struct strings *wanted,
                        const struct strings *stored, struct error *err)
{
    if (wanted->count > APPLICATION_ROLES_MAX)
        return fail(err, ERR_INVALID, "grantedAppRoles: at most %d", APPLICATION_ROLES_MAX);
    for (size_t i = 0; i < wanted->count; i++) {
        const char *role = wanted->items[i];
        if (!*role || strchr(role, ' ') || text_has_control(role) ||
            strlen(role) > CLAIMS_TEXT_OCTETS_MAX)
            return fail(err, ERR_INVALID, "grantedAppRoles: a role is one word");
        if (!has_word(stored, role) && !may_give(actor, role, err))
            return false;
    }
    return true;
}

/* ---- keys ---- */

static bool check_key(const struct certificate *certificate, struct error *err)
{
    SCOPED(EVP_PKEY_free) EVP_PKEY *key = NULL;
    if (!spki_check(&certificate->spki, err) || !(key = spki_to_pkey(&certificate->spki, err)))
        return error_context(err, "keyCredentials");
    return jose_algorithms_of(key) != 0 ||
           fail(err, ERR_INVALID, "keyCredentials: the key is not RSA, P-256 or P-384");
}

static const struct key_credential *find_key(const struct application *application, const char *id)
{
    const struct key_credential *keys = application->key_credentials.items;
    for (size_t i = 0; id && i < application->key_credentials.count; i++)
        if (text_equal(keys[i].id, id))
            return &keys[i];
    return NULL;
}

static bool read_key(struct key_credential *key, time_t now, struct arena *arena, struct error *err)
{
    struct certificate certificate;
    if (key->key.len == 0 || key->key.len > KEY_OCTETS_MAX)
        return fail(err, ERR_INVALID, "keyCredentials: key must be a certificate in base64");
    if (!certificate_parse(key->key, arena, &certificate, err))
        return error_context(err, "keyCredentials: key");
    if (!check_key(&certificate, err))
        return false;
    uint8_t digest[DIGEST_OCTETS_MAX];
    char *id = arena_take(arena, UUID_TEXT_OCTETS);
    random_uuid(id);
    digest_of(DIGEST_SHA1, key->key, digest);
    key->id = id;
    key->type = "AsymmetricX509Cert";
    key->usage = "Verify";
    key->thumbprint = arena_bytes(arena, (struct bytes){ digest, digest_octets(DIGEST_SHA1) });
    if (key->begins_at < certificate.not_before)
        key->begins_at = certificate.not_before;
    if (key->ends_at == 0 || key->ends_at > certificate.not_after)
        key->ends_at = certificate.not_after;
    return key->ends_at > now || fail(err, ERR_INVALID, "keyCredentials: it has ended");
}

/* The list replaces the stored one: members that come back with their keyId stay as they are,
 * others are new. Graph clients do not get the key back, so a member may come without it. */
static bool read_keys(struct application *wish, const struct application *stored, time_t now,
                      struct arena *arena, bool *has_new, struct error *err)
{
    size_t count = wish->key_credentials.count;
    const struct key_credential *wanted = wish->key_credentials.items;
    if (count > APPLICATION_CREDENTIALS_MAX)
        return fail(err, ERR_INVALID, "keyCredentials: at most %d", APPLICATION_CREDENTIALS_MAX);
    struct key_credential *keys = arena_take(arena, (count + 1) * sizeof *keys);
    *has_new = false;
    for (size_t i = 0; i < count; i++) {
        const struct key_credential *old = stored ? find_key(stored, wanted[i].id) : NULL;
        keys[i] = old ? *old : wanted[i];
        *has_new |= !old;
        if (!old && !read_key(&keys[i], now, arena, err))
            return false;
    }
    wish->key_credentials = (struct list){ keys, count };
    return true;
}

/* ---- writing ---- */

struct work {
    struct application application;
    const struct application_secret *added;
    const char *removed; /* a secret's id */
    struct audit_event audit;
};

static struct audit_event event_of(const struct application_actor *actor, const char *activity,
                                   const char *id, const char *detail, time_t now)
{
    return (struct audit_event){ .tenant_id = actor->caller->tenant_id,
                                 .actor = actor->caller->subject,
                                 .activity = activity,
                                 .object_type = "application",
                                 .object_id = id,
                                 .request_id = actor->request_id,
                                 .detail = detail,
                                 .is_success = true,
                                 .at = now };
}

static bool write_new(struct session *session, void *context, struct error *err)
{
    const struct work *work = context;
    return entity_insert(session, &application_entity, &work->application, err) &&
           audit_insert(session, &work->audit, err);
}

static bool write_change(struct session *session, void *context, struct error *err)
{
    const struct work *work = context;
    return entity_update(session, &application_entity, &work->application, err) &&
           (!work->added || application_secrets_insert(session, work->added, err)) &&
           (!work->removed ||
            application_secrets_delete(session, work->application.tenant_id, work->removed, err)) &&
           audit_insert(session, &work->audit, err);
}

static bool write_end(struct session *session, void *context, struct error *err)
{
    const struct work *work = context;
    return applications_delete(session, work->application.tenant_id, work->application.id, err) &&
           audit_insert(session, &work->audit, err);
}

static bool read_stored(struct auth *auth, const struct application_actor *actor, const char *id,
                        time_t now, struct arena *arena, struct application *out, struct error *err)
{
    SCOPED(session_free) struct session *session = store_read(auth->store, err);
    return session && entity_get(session, &application_entity, actor->caller->tenant_id, id, now,
                                 arena, out, err);
}

/* ---- passwords ---- */

static const char *draw_secret(struct arena *arena)
{
    uint8_t octets[SECRET_OCTETS];
    SCOPED(buf_free) struct buf *text = buf_new(2 * SECRET_OCTETS);
    random_fill(octets, sizeof octets);
    base64url_encode(BYTES_OF(octets), text);
    bytes_wipe(octets, sizeof octets);
    return arena_text(arena, buf_text(text));
}

static bool fill_password(const struct password_credential *wish, time_t now, struct arena *arena,
                          struct password_credential *out, struct error *err)
{
    char *id = arena_take(arena, UUID_TEXT_OCTETS);
    random_uuid(id);
    *out = (struct password_credential){ .id = id,
                                         .display_name = wish->display_name,
                                         .secret_text = draw_secret(arena),
                                         .begins_at = wish->begins_at ? wish->begins_at : now,
                                         .ends_at = wish->ends_at };
    if (out->ends_at == 0)
        out->ends_at = out->begins_at + LIFETIME_DEFAULT_S;
    out->hint =
        arena_text_of(arena, (struct bytes){ (const uint8_t *)out->secret_text, HINT_OCTETS });
    return (out->ends_at > out->begins_at && out->ends_at > now) ||
           fail(err, ERR_INVALID, "passwordCredential: endDateTime must be later than its start");
}

static bool list_password(struct application *application, const struct password_credential *added,
                          struct arena *arena, struct error *err)
{
    struct list *list = &application->password_credentials;
    if (list->count >= APPLICATION_CREDENTIALS_MAX)
        return fail(err, ERR_QUOTA, "an application has at most %d passwords: remove one first",
                    APPLICATION_CREDENTIALS_MAX);
    struct password_credential *items = arena_take(arena, (list->count + 1) * sizeof *items);
    if (list->count > 0)
        memcpy(items, list->items, list->count * sizeof *items);
    items[list->count] = *added;
    items[list->count].secret_text = NULL;
    *list = (struct list){ items, list->count + 1 };
    return true;
}

/* Its id as it is stored: what is listed and the secret's own row must go together. */
static const char *unlist_password(struct application *application, const char *id,
                                   struct error *err)
{
    struct list *list = &application->password_credentials;
    struct password_credential *items = list->items;
    const char *found = NULL;
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (text_equal_caseless(items[i].id, id))
            found = items[i].id;
        else
            items[kept++] = items[i];
    }
    list->count = kept;
    return found ? found : fail_null(err, ERR_NOT_FOUND, "there is no passwordCredential %s", id);
}

static bool try_add(struct auth *auth, const struct application_actor *actor, const char *id,
                    const struct application_secret *secret,
                    const struct password_credential *added, time_t now, struct arena *arena,
                    struct error *err)
{
    struct work work = { .added = secret };
    if (!read_stored(auth, actor, id, now, arena, &work.application, err) ||
        !covers(actor, &work.application, err) ||
        !list_password(&work.application, added, arena, err))
        return false;
    work.application.modified_at = now;
    work.audit = event_of(actor, "Update Application Credentials", id,
                          arena_format(arena, "password %s added", added->id), now);
    return store_write(auth->store, write_change, &work, err);
}

static bool try_remove(struct auth *auth, const struct application_actor *actor, const char *id,
                       const char *key_id, time_t now, struct arena *arena, struct error *err)
{
    struct work work = { .removed = NULL };
    if (!read_stored(auth, actor, id, now, arena, &work.application, err) ||
        !(work.removed = unlist_password(&work.application, key_id, err)))
        return false;
    work.application.modified_at = now;
    work.audit = event_of(actor, "Update Application Credentials", id,
                          arena_format(arena, "password %s removed", work.removed), now);
    return store_write(auth->store, write_change, &work, err);
}

bool application_create(struct auth *auth, const struct application_actor *actor,
                        const struct application *wish, time_t now, struct arena *arena,
                        struct application *out, struct error *err)
{
    bool has_new;
    char *id = arena_take(arena, UUID_TEXT_OCTETS);
    char *app_id = arena_take(arena, UUID_TEXT_OCTETS);
    random_uuid(id);
    random_uuid(app_id);
    *out = *wish;
    out->id = id;
    out->app_id = app_id;
    out->tenant_id = actor->caller->tenant_id;
    out->password_credentials = (struct list){ NULL, 0 };
    out->revision = 1;
    out->created_at = out->modified_at = now;
    if (!check_roles(actor, &out->app_roles, &(struct strings){ NULL, 0 }, err) ||
        !read_keys(out, NULL, now, arena, &has_new, err))
        return false;
    struct work work = { .application = *out,
                         .audit = event_of(actor, "Add application", id, out->display_name, now) };
    return store_write(auth->store, write_new, &work, err);
}

bool application_change(struct auth *auth, const struct application_actor *actor,
                        const struct application *wish, time_t now, struct arena *arena,
                        struct application *out, struct error *err)
{
    bool has_new;
    struct application stored;
    *out = *wish;
    out->modified_at = now;
    if (!read_stored(auth, actor, wish->id, now, arena, &stored, err) ||
        !check_roles(actor, &out->app_roles, &stored.app_roles, err) ||
        !read_keys(out, &stored, now, arena, &has_new, err) ||
        (has_new && !covers(actor, out, err)))
        return false;
    struct work work = { .application = *out,
                         .audit = event_of(actor, "Update application", wish->id, NULL, now) };
    if (!store_write(auth->store, write_change, &work, err))
        return false;
    out->revision++;
    return true;
}

bool application_delete(struct auth *auth, const struct application_actor *actor, const char *id,
                        time_t now, struct error *err)
{
    struct work work = { .application = { .id = id, .tenant_id = actor->caller->tenant_id },
                         .audit = event_of(actor, "Delete application", id, NULL, now) };
    return store_write(auth->store, write_end, &work, err);
}

bool application_add_password(struct auth *auth, const struct application_actor *actor,
                              const char *id, const struct password_credential *wish, time_t now,
                              struct arena *arena, struct password_credential *out,
                              struct error *err)
{
    uint8_t mac[32];
    if (!fill_password(wish, now, arena, out, err))
        return false;
    client_secret_mac(auth, id, out->secret_text, mac);
    const struct application_secret secret = { .id = out->id,
                                               .tenant_id = actor->caller->tenant_id,
                                               .application_id = id,
                                               .mac = BYTES_OF(mac),
                                               .begins_at = out->begins_at,
                                               .ends_at = out->ends_at };
    for (int attempt = 1; !try_add(auth, actor, id, &secret, out, now, arena, err); attempt++) {
        if (err->code != ERR_PRECONDITION || attempt == ATTEMPTS_MAX)
            return false;
        error_clear(err);
    }
    return true;
}

bool application_remove_password(struct auth *auth, const struct application_actor *actor,
                                 const char *id, const char *key_id, time_t now, struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    for (int attempt = 1; !try_remove(auth, actor, id, key_id, now, arena, err); attempt++) {
        if (err->code != ERR_PRECONDITION || attempt == ATTEMPTS_MAX)
            return false;
        error_clear(err);
    }
    return true;
}
