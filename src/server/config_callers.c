#include "server/config_callers.h"

#include "auth/jose.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

enum { WORDS_MAX = 256 };

enum caller_setting_type { CALLER_TEXT, CALLER_URL, CALLER_LIST, CALLER_ALGORITHMS, CALLER_BOOL };

struct caller_setting {
    const char *name;
    enum caller_setting_type type;
    size_t offset;
    const char *by_default; /* "": none */
    const char *meaning;
};

#define OF(member) offsetof(struct provider_settings, member)

static const struct caller_setting provider_rows[] = {
    // clang-format off
    { "issuer",                CALLER_LIST,       OF(issuers),               "",          "iss of its tokens, one or more; {tenant} in it stands for the tenant's claim" },
    { "audience",              CALLER_LIST,       OF(audiences),             "",          "aud that means us, one or more; none: token.audience" },
    { "metadata_url",          CALLER_URL,        OF(metadata_url),          "",          "its metadata; none: the first issuer's /.well-known/openid-configuration" },
    { "jwks_url",              CALLER_URL,        OF(jwks_url),              "",          "its keys; none: as its metadata say" },
    { "hosts",                 CALLER_LIST,       OF(hosts),                 "",          "other hosts it sends us to, and its addresses when they are private" },
    { "ca_file",               CALLER_TEXT,       OF(ca_file),               "",          "PEM of roots for its HTTPS, beside the system's" },
    { "algorithms",            CALLER_ALGORITHMS, OF(algorithms),            "",          "of RS256 RS384 RS512 PS256 ES256 ES384 EdDSA; none: all of them" },
    { "untyped",               CALLER_BOOL,       OF(allows_untyped),        "",          "yes: its tokens have no typ" },
    { "tenants",               CALLER_LIST,       OF(tenants),               "",          "its tenants that are ours: theirs=ours, or theirs for the one tenant there is" },
    { "tenant_claim",          CALLER_TEXT,       OF(tenant_claim),          "tid",       "names the tenant" },
    { "subject_claim",         CALLER_TEXT,       OF(subject_claim),         "sub",       "names the caller" },
    { "scope_claims",          CALLER_LIST,       OF(scope_claims),          "scp scope", "delegated scopes; a dot leads into an object: a.b" },
    { "role_claims",           CALLER_LIST,       OF(role_claims),           "roles",     "app roles, in tokens without scopes" },
    { "directory_role_claims", CALLER_LIST,       OF(directory_role_claims), "wids",      "directory roles of who a delegated token acts for" },
    { 0 },
    // clang-format on
};

static const char provider_prefix[] = "provider.";
static const char role_prefix[] = "role.";
static const char role_setting[] = "scope_tags";

/* ---- one setting ---- */

static void *member_of(struct provider_settings *provider, const struct caller_setting *row)
{
    return (char *)provider + row->offset;
}

static bool add_words(const char *text, struct arena *arena, struct strings *out, struct error *err)
{
    static const char blanks[] = " \t";
    if (!out->items)
        out->items = arena_take(arena, WORDS_MAX * sizeof *out->items);
    for (text += strspn(text, blanks); *text; text += strspn(text, blanks)) {
        size_t len = strcspn(text, blanks);
        if (out->count == WORDS_MAX)
            return fail(err, ERR_INVALID, "at most %d words", WORDS_MAX);
        out->items[out->count++] =
            arena_text_of(arena, (struct bytes){ (const uint8_t *)text, len });
        text += len;
    }
    return true;
}

static bool add_algorithms(const char *text, struct arena *arena, unsigned *out, struct error *err)
{
    struct strings words = { NULL, 0 };
    if (!add_words(text, arena, &words, err))
        return false;
    for (size_t i = 0; i < words.count; i++) {
        enum jose_algorithm algorithm = jose_from_text(words.items[i]);
        if (!algorithm)
            return fail(err, ERR_INVALID, "%s is not an algorithm that we take", words.items[i]);
        *out |= JOSE_BIT(algorithm);
    }
    return true;
}

/* What is fetched decides who may call: over HTTPS, or from this machine. */
static bool check_url(const char *url, struct error *err)
{
    static const char *const near[] = { "http://localhost", "http://127.0.0.1", "http://[::1]" };
    if (strpbrk(url, " \"<>#{}"))
        return fail(err, ERR_INVALID, "%s is no URL that can be fetched", url);
    if (text_starts_with(url, "https://"))
        return true;
    for (size_t i = 0; i < ARRAY_LEN(near); i++)
        if (text_starts_with(url, near[i]) && strchr(":/", url[strlen(near[i])]))
            return true;
    return fail(err, ERR_INVALID, "%s must begin with https://", url);
}

static bool set_bool(const char *value, bool *out, struct error *err)
{
    *out = text_equal(value, "yes");
    return *out || text_equal(value, "no") || fail(err, ERR_INVALID, "must be yes or no");
}

static bool set_member(struct provider_settings *provider, const struct caller_setting *row,
                       const char *value, struct arena *arena, struct error *err)
{
    void *member = member_of(provider, row);
    if (row->type == CALLER_LIST)
        return add_words(value, arena, member, err);
    if (row->type == CALLER_ALGORITHMS)
        return add_algorithms(value, arena, member, err);
    if (row->type == CALLER_BOOL)
        return set_bool(value, member, err);
    if (row->type == CALLER_URL && !check_url(value, err))
        return false;
    *(const char **)member = arena_text(arena, value);
    return true;
}

/* ---- sections ---- */

static bool is_plain(const char *name)
{
    return *name && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "0123456789-_") == strlen(name);
}

static struct provider_settings *get_provider(struct config_callers *callers, const char *name,
                                              struct arena *arena, struct error *err)
{
    for (size_t i = 0; i < callers->provider_count; i++)
        if (text_equal(callers->providers[i].name, name))
            return &callers->providers[i];
    if (!is_plain(name))
        return fail_null(err, ERR_INVALID, "a provider's name has letters, digits, - and _ only");
    if (callers->provider_count == PROVIDERS_MAX)
        return fail_null(err, ERR_INVALID, "at most %d providers", PROVIDERS_MAX);
    if (!callers->providers)
        callers->providers = arena_take(arena, PROVIDERS_MAX * sizeof *callers->providers);
    struct provider_settings *added = &callers->providers[callers->provider_count++];
    *added = (struct provider_settings){ .name = arena_text(arena, name) };
    return added;
}

static struct role_settings *get_role(struct config_callers *callers, const char *name,
                                      struct arena *arena, struct error *err)
{
    for (size_t i = 0; i < callers->role_count; i++)
        if (text_equal(callers->roles[i].name, name))
            return &callers->roles[i];
    if (callers->role_count == ROLES_MAX)
        return fail_null(err, ERR_INVALID, "at most %d roles", ROLES_MAX);
    if (!callers->roles)
        callers->roles = arena_take(arena, ROLES_MAX * sizeof *callers->roles);
    struct role_settings *added = &callers->roles[callers->role_count++];
    *added = (struct role_settings){ .name = arena_text(arena, name) };
    return added;
}

static bool set_provider(struct config_callers *callers, const char *name, const char *setting,
                         const char *value, struct arena *arena, struct error *err)
{
    struct provider_settings *provider = get_provider(callers, name, arena, err);
    if (!provider)
        return false;
    for (const struct caller_setting *row = provider_rows; row->name; row++)
        if (text_equal(row->name, setting))
            return set_member(provider, row, value, arena, err);
    return fail(err, ERR_INVALID, "there is no setting %s of a provider", setting);
}

static bool set_role(struct config_callers *callers, const char *name, const char *setting,
                     const char *value, struct arena *arena, struct error *err)
{
    struct role_settings *role = get_role(callers, name, arena, err);
    if (!role)
        return false;
    if (!text_equal(setting, role_setting))
        return fail(err, ERR_INVALID, "there is no setting %s of a role", setting);
    return add_words(value, arena, &role->scope_tags, err);
}

/* ---- all together ---- */

static bool fill_in(struct provider_settings *provider, struct arena *arena, struct error *err)
{
    for (const struct caller_setting *row = provider_rows; row->name; row++) {
        void *member = member_of(provider, row);
        bool is_unset = row->type == CALLER_LIST   ? !((struct strings *)member)->items
                        : row->type == CALLER_TEXT ? !*(const char **)member
                                                   : false;
        if (is_unset && *row->by_default && !set_member(provider, row, row->by_default, arena, err))
            return false;
    }
    if (!provider->algorithms)
        provider->algorithms = JOSE_ALL;
    return true;
}

/* Anybody can have a tenant at a provider whose issuer names one: those that are ours must be
 * said. */
static bool check_issuers(const struct provider_settings *provider, struct error *err)
{
    if (provider->issuers.count == 0)
        return fail(err, ERR_INVALID, "issuer is missing");
    for (size_t i = 0; i < provider->issuers.count; i++)
        if (strstr(provider->issuers.items[i], "{tenant}") && provider->tenants.count == 0)
            return fail(err, ERR_INVALID, "an issuer with {tenant} needs tenants");
    return provider->jwks_url || provider->metadata_url ||
           check_url(provider->issuers.items[0], err) ||
           error_context(err, "set metadata_url or jwks_url, or issuer");
}

static bool check_tenants(const struct provider_settings *provider, struct error *err)
{
    for (size_t i = 0; i < provider->tenants.count; i++) {
        const char *equals = strchr(provider->tenants.items[i], '=');
        if (equals && !text_is_uuid(equals + 1))
            return fail(err, ERR_INVALID, "tenants: %s does not end with a tenant's id",
                        provider->tenants.items[i]);
    }
    return true;
}

static bool complete(struct provider_settings *provider, const char *tenant_id,
                     const char *audience, struct arena *arena, struct error *err)
{
    provider->tenant_id = tenant_id;
    if (provider->audiences.count == 0 && !add_words(audience, arena, &provider->audiences, err))
        return false;
    return (fill_in(provider, arena, err) && check_issuers(provider, err) &&
            check_tenants(provider, err)) ||
           error_context(err, "provider.%s", provider->name);
}

bool config_callers_have(const char *name)
{
    return text_starts_with(name, provider_prefix) || text_starts_with(name, role_prefix);
}

bool config_callers_set(struct config_callers *callers, const char *name, const char *value,
                        struct arena *arena, struct error *err)
{
    bool is_provider = text_starts_with(name, provider_prefix);
    const char *start = name + strlen(is_provider ? provider_prefix : role_prefix);
    const char *dot = strrchr(start, '.');
    if (!dot || dot == start)
        return fail(err, ERR_INVALID, "there is no setting %s", name);
    const char *section =
        arena_text_of(arena, (struct bytes){ (const uint8_t *)start, (size_t)(dot - start) });
    return (is_provider ? set_provider : set_role)(callers, section, dot + 1, value, arena, err) ||
           error_context(err, "%s", name);
}

bool config_callers_complete(struct config_callers *callers, const char *tenant_id,
                             const char *audience, struct arena *arena, struct error *err)
{
    for (size_t i = 0; i < callers->provider_count; i++)
        if (!complete(&callers->providers[i], tenant_id, audience, arena, err))
            return false;
    for (size_t i = 0; i < callers->role_count; i++)
        if (callers->roles[i].scope_tags.count == 0)
            return fail(err, ERR_INVALID, "role.%s has no %s", callers->roles[i].name,
                        role_setting);
    return true;
}

void config_callers_print_template(void)
{
    printf("\n; an outside OpenID provider whose tokens are taken; one section for each;\n"
           "; what takes several words may stand on several lines\n"
           ";[provider.NAME]\n");
    for (const struct caller_setting *row = provider_rows; row->name; row++)
        printf("; %s\n;%s = %s\n", row->meaning, row->name, row->by_default);
    printf("\n; a role, as tokens name it, that reaches only some CAs; one section for each\n"
           ";[role.NAME]\n; roleScopeTagIds of the CAs\n;%s =\n",
           role_setting);
}
