#include "auth/claims.h"

#include "auth/auth.h"
#include "auth/jose.h"
#include "auth/roles.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"

#include <string.h>

enum { ISSUER_OCTETS_MAX = 1024 };

/* Year 9999; no double below it has lost its seconds. */
#define TIME_LATEST 253402300800.0

static const char tenant_mark[] = "{tenant}";

static bool refuse(struct error *err, const char *why)
{
    return fail(err, ERR_UNAUTHENTICATED, "token: %s", why);
}

/* By its name, or, as in "realm_access.roles", by the names on the way to it. */
static const json_t *find_claim(const json_t *claims, const char *name)
{
    const json_t *value = json_object_get(claims, name);
    const char *dot = strchr(name, '.');
    if (value || !dot)
        return value;
    const json_t *inside = json_object_getn(claims, name, (size_t)(dot - name));
    return inside ? find_claim(inside, dot + 1) : NULL;
}

/* A short text member; NULL when absent, of another type or too long. */
static const char *text_of(const json_t *claims, const char *name)
{
    const char *text = json_string_value(find_claim(claims, name));
    return text && strlen(text) <= CLAIMS_TEXT_OCTETS_MAX ? text : NULL;
}

/* NumericDate, RFC 7519 §2: others may write fractions, our authority never does. */
static bool time_of(const json_t *claims, const char *name, time_t *out)
{
    const json_t *value = json_object_get(claims, name);
    double number = json_number_value(value);
    if (!json_is_number(value) || !(number >= 0 && number < TIME_LATEST))
        return false;
    *out = (time_t)number;
    return true;
}

static bool has_whole_times(const json_t *claims)
{
    static const char *const names[] = { "exp", "nbf", "iat" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (!json_is_integer(json_object_get(claims, names[i])))
            return false;
    return true;
}

static bool is_issuer(const char *pattern, const char *tenant, const char *issuer)
{
    if (strstr(pattern, tenant_mark) && !tenant)
        return false;
    SCOPED(buf_free) struct buf *expected = buf_new(ISSUER_OCTETS_MAX);
    claims_issuer(pattern, tenant, expected);
    return buf_ok(expected) && text_equal(issuer, buf_text(expected));
}

/* "theirs=ours", or "theirs" alone for the installation's own tenant. */
static const char *map_tenant(const struct provider_settings *rules, const char *theirs)
{
    if (!rules->name)
        return text_is_uuid(theirs) ? theirs : NULL;
    if (rules->tenants.count == 0)
        return rules->tenant_id;
    for (size_t i = 0; theirs && i < rules->tenants.count; i++) {
        const char *pair = rules->tenants.items[i];
        size_t len = strcspn(pair, "=");
        if (strlen(theirs) == len && memcmp(theirs, pair, len) == 0)
            return pair[len] ? pair + len + 1 : rules->tenant_id;
    }
    return NULL;
}

static bool names_audience(const json_t *claims, const struct strings *audiences)
{
    for (size_t i = 0; i < audiences->count; i++)
        if (claims_name_audience(claims, audiences->items[i]))
            return true;
    return false;
}

static bool check_parties(const json_t *claims, const struct provider_settings *rules,
                          struct arena *arena, struct caller *out, struct error *err)
{
    const char *tenant = map_tenant(rules, text_of(claims, rules->tenant_claim));
    const char *subject = text_of(claims, rules->subject_claim);
    if (!tenant)
        return fail(err, ERR_UNAUTHENTICATED, "token: %s is not a tenant that we know",
                    rules->tenant_claim);
    if (!subject || !*subject || text_has_control(subject))
        return fail(err, ERR_UNAUTHENTICATED, "token: %s must name the caller",
                    rules->subject_claim);
    if (!claims_are_of(claims, rules))
        return refuse(err, "iss is not an issuer that we trust for this tenant");
    if (!names_audience(claims, &rules->audiences))
        return refuse(err, "aud is not this service");
    out->tenant_id = arena_text(arena, tenant);
    out->subject = rules->name ? arena_format(arena, "%s:%s", rules->name, subject)
                               : arena_text(arena, subject);
    return true;
}

static bool add_word(struct strings *out, const char *word)
{
    if (!word || out->count == CLAIMS_SCOPES_MAX)
        return false;
    out->items[out->count++] = word;
    return true;
}

/* RFC 8693 §4.2: words with one blank between. */
static bool split_words(const char *text, struct arena *arena, struct strings *out)
{
    while (*text) {
        size_t len = strcspn(text, " ");
        if (len > 0 &&
            !add_word(out, arena_text_of(arena, (struct bytes){ (const uint8_t *)text, len })))
            return false;
        text += len + strspn(text + len, " ");
    }
    return true;
}

static bool add_words(const json_t *value, struct arena *arena, struct strings *out)
{
    size_t i;
    json_t *item;
    if (json_is_string(value))
        return split_words(json_string_value(value), arena, out);
    if (!json_is_array(value))
        return false;
    json_array_foreach(value, i, item)
    {
        if (!add_word(out, arena_text(arena, json_string_value(item))))
            return false;
    }
    return true;
}

/* The words of all these claims; *is_there when one of them is in the token. */
static bool gather(const json_t *claims, const struct strings *names, struct arena *arena,
                   struct strings *out, bool *is_there, struct error *err)
{
    *is_there = false;
    *out = (struct strings){ arena_take(arena, CLAIMS_SCOPES_MAX * sizeof *out->items), 0 };
    for (size_t i = 0; i < names->count; i++) {
        const json_t *value = find_claim(claims, names->items[i]);
        *is_there |= value != NULL;
        if (value && !add_words(value, arena, out))
            return fail(err, ERR_UNAUTHENTICATED, "token: %s must be at most %d words",
                        names->items[i], CLAIMS_SCOPES_MAX);
    }
    return true;
}

/* What our own authority writes: scp as one text, or roles as a list, never both. */
static bool check_own_form(const json_t *claims, struct error *err)
{
    const json_t *scopes = json_object_get(claims, "scp");
    const json_t *application_roles = json_object_get(claims, "roles");
    const json_t *directory_roles = json_object_get(claims, "wids");
    if (scopes && application_roles)
        return refuse(err, "scp and roles may not stand together");
    if (scopes && !json_is_string(scopes))
        return refuse(err, "scp must be a text");
    if (application_roles && !json_is_array(application_roles))
        return refuse(err, "roles must be a list of texts");
    if (directory_roles && !json_is_array(directory_roles))
        return refuse(err, "wids must be a list of texts");
    return has_whole_times(claims) || refuse(err, "exp, nbf and iat must be there, in seconds");
}

/* A token with delegated scopes acts for somebody, whose roles then count; one without acts for
 * the application itself. */
static bool read_rights(const json_t *claims, const struct provider_settings *rules,
                        struct arena *arena, struct caller *out, struct error *err)
{
    bool has_scopes, has_roles = false, has_directory_roles;
    if (!gather(claims, &rules->scope_claims, arena, &out->scopes, &has_scopes, err) ||
        (!has_scopes &&
         !gather(claims, &rules->role_claims, arena, &out->scopes, &has_roles, err)) ||
        !gather(claims, &rules->directory_role_claims, arena, &out->roles, &has_directory_roles,
                err))
        return false;
    if (!has_scopes && !has_roles)
        return refuse(err, "scp or roles must say what it allows");
    for (size_t i = 0; i < out->roles.count; i++)
        out->roles.items[i] = role_name(out->roles.items[i]);
    out->is_application = !has_scopes;
    return true;
}

static void write_scopes(struct json_writer *writer, const struct strings *scopes)
{
    SCOPED(buf_free) struct buf *text = buf_new(TOKEN_OCTETS_MAX);
    for (size_t i = 0; i < scopes->count; i++) {
        buf_add_text(text, i > 0 ? " " : "");
        buf_add_text(text, scopes->items[i]);
    }
    json_member(writer, "scp", buf_text(text));
}

static void write_list(struct json_writer *writer, const char *name, const struct strings *words)
{
    json_key(writer, name);
    json_open_array(writer);
    for (size_t i = 0; i < words->count; i++)
        json_text(writer, words->items[i]);
    json_close_array(writer);
}

static struct strings one_text(const char *text, struct arena *arena)
{
    struct strings strings = { arena_take(arena, sizeof *strings.items), 1 };
    strings.items[0] = arena_text(arena, text);
    return strings;
}

struct provider_settings claims_rules(const struct auth_settings *settings, struct arena *arena)
{
    return (struct provider_settings){
        .issuers = one_text(settings->issuer, arena),
        .audiences = one_text(settings->audience, arena),
        .algorithms = JOSE_BIT(JOSE_ES256),
        .tenant_claim = "tid",
        .subject_claim = "sub",
        .scope_claims = one_text("scp", arena),
        .role_claims = one_text("roles", arena),
        .directory_role_claims = one_text("wids", arena),
    };
}

void claims_issuer(const char *issuer, const char *tenant_id, struct buf *out)
{
    const char *mark = strstr(issuer, tenant_mark);
    if (!mark) {
        buf_add_text(out, issuer);
        return;
    }
    buf_add(out, (struct bytes){ (const uint8_t *)issuer, (size_t)(mark - issuer) });
    buf_add_text(out, tenant_id);
    buf_add_text(out, mark + strlen(tenant_mark));
}

bool claims_are_of(const json_t *claims, const struct provider_settings *rules)
{
    const char *issuer = text_of(claims, "iss");
    const char *tenant = text_of(claims, rules->tenant_claim);
    for (size_t i = 0; issuer && i < rules->issuers.count; i++)
        if (is_issuer(rules->issuers.items[i], tenant, issuer))
            return true;
    return false;
}

bool claims_name_audience(const json_t *claims, const char *audience)
{
    const json_t *names = json_object_get(claims, "aud");
    if (json_is_string(names))
        return text_equal(json_string_value(names), audience);
    size_t i;
    json_t *item;
    json_array_foreach(names, i,
                       item) if (text_equal(json_string_value(item), audience)) return true;
    return false;
}

bool claims_check_times(const json_t *claims, time_t now, time_t *expires_at, struct error *err)
{
    time_t not_before = 0, issued_at = 0;
    if (!time_of(claims, "exp", expires_at))
        return refuse(err, "exp must be there, in seconds");
    if ((json_object_get(claims, "nbf") && !time_of(claims, "nbf", &not_before)) ||
        (json_object_get(claims, "iat") && !time_of(claims, "iat", &issued_at)))
        return refuse(err, "nbf and iat must be seconds");
    if (*expires_at <= now - CLAIMS_LEEWAY_S)
        return refuse(err, "it has expired");
    if (not_before > now + CLAIMS_LEEWAY_S)
        return refuse(err, "it is not valid yet (nbf)");
    if (issued_at > now + CLAIMS_LEEWAY_S)
        return refuse(err, "it was issued in the future (iat)");
    return true;
}

bool claims_check(const json_t *claims, const struct provider_settings *rules, time_t now,
                  struct arena *arena, struct caller *out, struct error *err)
{
    *out = (struct caller){ 0 };
    return check_parties(claims, rules, arena, out, err) &&
           (rules->name || check_own_form(claims, err)) &&
           claims_check_times(claims, now, &out->expires_at, err) &&
           read_rights(claims, rules, arena, out, err);
}

void claims_write(const struct token_request *request, const struct auth_settings *settings,
                  const char *id, time_t now, struct buf *out)
{
    SCOPED(buf_free) struct buf *issuer = buf_new(ISSUER_OCTETS_MAX);
    claims_issuer(settings->issuer, request->tenant_id, issuer);
    struct json_writer writer = json_writer_to(out);
    json_open_object(&writer);
    json_member(&writer, "iss", buf_text(issuer));
    json_member(&writer, "aud", settings->audience);
    json_member(&writer, "sub", request->subject);
    json_member(&writer, "tid", request->tenant_id);
    json_member(&writer, "jti", id);
    json_member_int(&writer, "iat", now);
    json_member_int(&writer, "nbf", now);
    json_member_int(&writer, "exp", now + request->lifetime_s);
    if (request->is_application) {
        json_member(&writer, "azp", request->subject);
        write_list(&writer, "roles", &request->scopes);
    } else {
        write_scopes(&writer, &request->scopes);
        if (request->roles.count > 0)
            write_list(&writer, "wids", &request->roles);
    }
    json_close_object(&writer);
}
