#include "auth/auth.h"

#include "auth/auth_internal.h"
#include "auth/claims.h"
#include "auth/jwks.h"
#include "auth/token_cache.h"
#include "auth/token_keys.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/times.h"
#include "http/fetch.h"
#include "keys/keys.h"
#include "store/callers.h"
#include "store/rows.h"
#include "store/store.h"

enum { TOKEN_CACHE_PLACES = 1024, TOKEN_KEY_DAYS = 90 };

static struct auth_settings copy_settings(const struct auth_settings *from, struct arena *arena)
{
    struct provider_settings *providers =
        arena_take(arena, (from->provider_count + 1) * sizeof *providers);
    struct role_settings *roles = arena_take(arena, (from->role_count + 1) * sizeof *roles);
    for (size_t i = 0; i < from->provider_count; i++)
        providers[i] = provider_settings_copy(&from->providers[i], arena);
    for (size_t i = 0; i < from->role_count; i++)
        roles[i] = (struct role_settings){ arena_text(arena, from->roles[i].name),
                                           strings_copy(&from->roles[i].scope_tags, arena) };
    return (struct auth_settings){
        .issuer = arena_text(arena, from->issuer),
        .audience = arena_text(arena, from->audience),
        .providers = providers,
        .provider_count = from->provider_count,
        .roles = roles,
        .role_count = from->role_count,
        .token_key_days = from->token_key_days ? from->token_key_days : TOKEN_KEY_DAYS,
    };
}

static bool read_tenant(struct auth *auth, struct arena *arena, const char **out, struct error *err)
{
    SCOPED(session_free) struct session *session = store_read(auth->store, err);
    return session && tenants_first(session, arena, out, err);
}

static bool rotate_token_keys(void *context, time_t now, struct error *err)
{
    struct auth *auth = context;
    const char *tenant_id;
    SCOPED(arena_free) struct arena *arena = arena_new();
    return read_tenant(auth, arena, &tenant_id, err) &&
           token_keys_rotate(auth->token_keys, tenant_id, auth->settings.token_key_days * DAY, now,
                             err);
}

struct purge {
    time_t now;
};

static bool delete_assertions(struct session *session, void *context, struct error *err)
{
    const struct purge *purge = context;
    return client_assertions_purge(session, purge->now, err);
}

static bool purge_assertions(void *context, time_t now, struct error *err)
{
    struct auth *auth = context;
    struct purge purge = { now };
    return store_write(auth->store, delete_assertions, &purge, err);
}

const struct timer_row auth_timers[] = {
    { "token.rotate", HOUR, rotate_token_keys },
    { "assertion.purge", HOUR, purge_assertions },
    { 0 },
};

struct auth *auth_new(const struct auth_options *options, struct error *err)
{
    (void)err; /* nothing here fails; the parts read what they need when they need it */
    struct auth *auth = memory_new(sizeof *auth);
    auth->store = options->store;
    auth->keys = options->keys;
    auth->arena = arena_new();
    auth->settings = copy_settings(&options->settings, auth->arena);
    auth->own = claims_rules(&auth->settings, auth->arena);
    auth->token_keys = token_keys_new(auth->store, auth->keys);
    auth->token_cache = token_cache_new(TOKEN_CACHE_PLACES);
    auth->jwks = jwks_new(auth->settings.providers, auth->settings.provider_count,
                          options->fetch ? options->fetch : fetch_get);
    auth->clients = clients_new();
    auth->challenges = challenges_new();
    return auth;
}

void auth_start(struct auth *auth)
{
    jwks_start(auth->jwks);
}

void auth_refresh(struct auth *auth, time_t now)
{
    jwks_refresh(auth->jwks, now);
}

void auth_mac(struct auth *auth, const char *context, struct bytes data, uint8_t out[32])
{
    keys_mac(auth->keys, context, data, out);
}

void auth_free(struct auth *auth)
{
    if (!auth)
        return;
    jwks_free(auth->jwks);
    token_keys_free(auth->token_keys);
    token_cache_free(auth->token_cache);
    clients_free(auth->clients);
    challenges_free(auth->challenges);
    arena_free(auth->arena);
    memory_free(auth);
}
