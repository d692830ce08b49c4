#include "auth/claims.h"

#include "auth/auth.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"

#include <string.h>

enum { ISSUER_OCTETS_MAX = 1024 };

static const char tenant_mark[] = "{tenant}";

static bool refuse(struct error *err, const char *why)
{
    return fail(err, ERR_UNAUTHENTICATED, "token: %s", why);
}

/* A short text member; NULL when absent, of another type or too long. */
static const char *text_of(const json_t *claims, const char *name)
{
    const char *text = json_string_value(json_object_get(claims, name));
    return text && strlen(text) <= CLAIMS_TEXT_OCTETS_MAX ? text : NULL;
}

/* NumericDate, RFC 7519 §2; our authority writes whole seconds only. */
static bool time_of(const json_t *claims, const char *name, time_t *out)
{
    const json_t *value = json_object_get(claims, name);
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return false;
    *out = (time_t)json_integer_value(value);
    return true;
}

static bool check_times(const json_t *claims, time_t now, struct caller *out, struct error *err)
{
    time_t not_before, issued_at;
    if (!time_of(claims, "exp", &out->expires_at) || !time_of(claims, "nbf", &not_before) ||
        !time_of(claims, "iat", &issued_at))
        return refuse(err, "exp, nbf and iat must be there, in seconds");
    if (out->expires_at <= now - CLAIMS_LEEWAY_S)
        return refuse(err, "it has expired");
    if (not_before > now + CLAIMS_LEEWAY_S)
        return refuse(err, "it is not valid yet (nbf)");
    if (issued_at > now + CLAIMS_LEEWAY_S)
        return refuse(err, "it was issued in the future (iat)");
    return true;
}

static bool names_audience(const json_t *audience, const char *ours)
{
    if (json_is_string(audience))
        return text_equal(json_string_value(audience), ours);
    size_t i;
    json_t *item;
    json_array_foreach(audience, i,
                       item) if (text_equal(json_string_value(item), ours)) return true;
    return false;
}

static bool check_parties(const json_t *claims, const struct auth_settings *settings,
                          struct arena *arena, struct caller *out, struct error *err)
{
    const char *tenant = text_of(claims, "tid");
    const char *subject = text_of(claims, "sub");
    if (!text_is_uuid(tenant))
        return refuse(err, "tid must be the tenant's id");
    if (!subject || !*subject || text_has_control(subject))
        return refuse(err, "sub must name the caller");
    SCOPED(buf_free) struct buf *issuer = buf_new(ISSUER_OCTETS_MAX);
    claims_issuer(settings, tenant, issuer);
    if (!text_equal(text_of(claims, "iss"), buf_text(issuer)))
        return refuse(err, "iss is not an issuer that we trust for this tenant");
    if (!names_audience(json_object_get(claims, "aud"), settings->audience))
        return refuse(err, "aud is not this service");
    out->tenant_id = arena_text(arena, tenant);
    out->subject = arena_text(arena, subject);
    return true;
}

/* RFC 8693 §4.2: words with one blank between. */
static bool split_scopes(const char *text, struct arena *arena, struct strings *out)
{
    out->items = arena_take(arena, CLAIMS_SCOPES_MAX * sizeof *out->items);
    while (*text) {
        size_t len = strcspn(text, " ");
        if (len > 0 && out->count == CLAIMS_SCOPES_MAX)
            return false;
        if (len > 0)
            out->items[out->count++] =
                arena_text_of(arena, (struct bytes){ (const uint8_t *)text, len });
        text += len + strspn(text + len, " ");
    }
    return true;
}

static bool copy_words(const json_t *words, struct arena *arena, struct strings *out)
{
    size_t count = json_array_size(words);
    if (!json_is_array(words) || count > CLAIMS_SCOPES_MAX)
        return false;
    out->items = arena_take(arena, (count + 1) * sizeof *out->items);
    for (; out->count < count; out->count++) {
        const char *word = json_string_value(json_array_get(words, out->count));
        if (!word)
            return false;
        out->items[out->count] = arena_text(arena, word);
    }
    return true;
}

static bool read_rights(const json_t *claims, struct arena *arena, struct caller *out,
                        struct error *err)
{
    const json_t *scopes = json_object_get(claims, "scp");
    const json_t *application_roles = json_object_get(claims, "roles");
    const json_t *directory_roles = json_object_get(claims, "wids");
    if (!scopes && !application_roles)
        return refuse(err, "scp or roles must say what it allows");
    if (scopes && application_roles)
        return refuse(err, "scp and roles may not stand together");
    if (scopes && !json_is_string(scopes))
        return refuse(err, "scp must be a text");
    if (scopes ? !split_scopes(json_string_value(scopes), arena, &out->scopes)
               : !copy_words(application_roles, arena, &out->scopes))
        return refuse(err, "scp or roles cannot be read");
    if (directory_roles && !copy_words(directory_roles, arena, &out->roles))
        return refuse(err, "wids must be a list of texts");
    out->is_application = application_roles != NULL;
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

static void write_roles(struct json_writer *writer, const struct strings *roles)
{
    if (roles->count == 0)
        return;
    json_key(writer, "wids");
    json_open_array(writer);
    for (size_t i = 0; i < roles->count; i++)
        json_text(writer, roles->items[i]);
    json_close_array(writer);
}

void claims_issuer(const struct auth_settings *settings, const char *tenant_id, struct buf *out)
{
    const char *mark = strstr(settings->issuer, tenant_mark);
    if (!mark) {
        buf_add_text(out, settings->issuer);
        return;
    }
    buf_add(out,
            (struct bytes){ (const uint8_t *)settings->issuer, (size_t)(mark - settings->issuer) });
    buf_add_text(out, tenant_id);
    buf_add_text(out, mark + strlen(tenant_mark));
}

bool claims_check(const json_t *claims, const struct auth_settings *settings, time_t now,
                  struct arena *arena, struct caller *out, struct error *err)
{
    *out = (struct caller){ 0 };
    return check_parties(claims, settings, arena, out, err) && check_times(claims, now, out, err) &&
           read_rights(claims, arena, out, err);
}

void claims_write(const struct token_request *request, const struct auth_settings *settings,
                  const char *id, time_t now, struct buf *out)
{
    SCOPED(buf_free) struct buf *issuer = buf_new(ISSUER_OCTETS_MAX);
    claims_issuer(settings, request->tenant_id, issuer);
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
    write_scopes(&writer, &request->scopes);
    write_roles(&writer, &request->roles);
    json_close_object(&writer);
}
