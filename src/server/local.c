#include "server/local.h"

#include "auth/token.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/times.h"
#include "cli/command.h"
#include "server/config.h"
#include "server/instance.h"

#include <stdlib.h>

/* Who owns the data directory may do everything: the highest scope of each family, and the role
 * that every family takes. */
static const char *const default_scopes[] = {
    "DeviceManagementCloudCA.ReadWrite.All",
    "DeviceManagementConfiguration.ReadWrite.All",
    "PublicKeyInfrastructure.ReadWrite.All",
    "NetworkAccess.ReadWrite.All",
    "Organization.ReadWrite.All",
    "Policy.ReadWrite.AuthenticationMethod",
    "Directory.ReadWrite.All",
    "Application.ReadWrite.All",
};
static const char *const default_roles[] = { "Global Administrator" };

const char *local_data_directory(const char *given)
{
    const char *named = given ? given : getenv("CLOUDPKI_DATA");
    return named && *named ? named : "var";
}

static struct strings strings_of(struct arena *arena, const char *const *items, size_t count)
{
    struct strings strings = { arena_take(arena, (count + 1) * sizeof *items), count };
    for (size_t i = 0; i < count; i++)
        strings.items[i] = items[i];
    return strings;
}

static bool sign_token(struct instance *instance, const struct local_token *wish, time_t now,
                       struct buf *out, struct error *err)
{
    bool is_usual = wish->scope_count == 0 && wish->role_count == 0;
    const char *const *scopes = wish->scope_count ? wish->scopes : default_scopes;
    size_t scope_count = wish->scope_count ? wish->scope_count : ARRAY_LEN(default_scopes);
    const char *const *roles = is_usual ? default_roles : wish->roles;
    size_t role_count = is_usual ? ARRAY_LEN(default_roles) : wish->role_count;
    struct token_request request = {
        .tenant_id = wish->tenant_id ? wish->tenant_id : instance->tenant_id,
        .subject = wish->subject ? wish->subject : "cli",
        .scopes = strings_of(instance->arena, scopes, scope_count),
        .roles = strings_of(instance->arena, roles, role_count),
        .lifetime_s = wish->lifetime_s,
    };
    return token_issue(instance->auth, &request, now, out, err);
}

bool local_token(const struct config *config, const struct local_token *wish, time_t now,
                 struct buf *out, struct error *err)
{
    SCOPED(instance_close)
    struct instance *instance =
        instance_open(&(struct instance_options){ .config = config }, now, err);
    return instance && sign_token(instance, wish, now, out, err);
}

static const char *environment(const char *given, const char *name, struct arena *arena)
{
    const char *value = given ? given : getenv(name);
    return value && *value ? arena_text(arena, value) : NULL;
}

/* The directory's owner needs no secret: a token of five minutes is made on the spot. */
static bool access_directory(const char *data, struct arena *arena, struct access *access,
                             struct error *err)
{
    struct config config = config_default();
    config.data = local_data_directory(data);
    const char *path = arena_format(arena, "%s/cloudpki.ini", config.data);
    if (!config_read(&config, path, false, arena, err))
        return false;
    time_t now = times_now();
    SCOPED(instance_close)
    struct instance *instance =
        instance_open(&(struct instance_options){ .config = &config }, now, err);
    SCOPED(buf_free) struct buf *token = buf_new(TOKEN_OCTETS_MAX);
    if (!instance ||
        !sign_token(instance, &(struct local_token){ .lifetime_s = 5 * MINUTE }, now, token, err))
        return false;
    access->token = arena_text(arena, buf_text(token));
    if (!access->url)
        access->url = arena_text(arena, instance->api_url);
    if (!access->ca_file)
        access->ca_file = instance_path(instance, arena, "tls-root.pem");
    return true;
}

bool local_access(const char *data, struct arena *arena, struct access *access, struct error *err)
{
    access->url = environment(access->url, "CLOUDPKI_URL", arena);
    access->token = environment(access->token, "CLOUDPKI_TOKEN", arena);
    access->ca_file = environment(access->ca_file, "CLOUDPKI_CA_FILE", arena);
    if (access->url && access->token)
        return true;
    if (access_directory(data, arena, access, err))
        return true;
    return error_context(err, "give --url and --token, or a data directory that is yours");
}

bool local_make_token_key(struct instance *instance, time_t now, struct error *err)
{
    SCOPED(buf_free) struct buf *token = buf_new(TOKEN_OCTETS_MAX);
    return sign_token(instance, &(struct local_token){ .lifetime_s = MINUTE }, now, token, err);
}
