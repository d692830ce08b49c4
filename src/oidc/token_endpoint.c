#include "auth/client.h"
#include "auth/token.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "base/times.h"
#include "model/application.h"
#include "oidc/form.h"
#include "oidc/oidc_inside.h"

#include <string.h>
#include <strings.h>

/* A worker reads the request and judges the client; only an assertion, which must be remembered
 * before it counts, moves on to the desk. So a flood of wrong clients holds up no change. */

enum { AUDIENCES_MAX = 4, BASIC_OCTETS_MAX = 1024 };

static const char assertion_type[] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
static const char basic[] = "Basic ";
static const char every_right[] = "/.default";

struct token_job {
    const struct oidc *oidc;
    const char *tenant_id;
    time_t now;
    struct form form;
    struct client_proof proof;
    const char *audiences[AUDIENCES_MAX + 1];
    struct client_use use;
    struct application application;
};

static bool read_form(struct http_job *job, struct form *out, struct error *err)
{
    static const char wanted[] = "application/x-www-form-urlencoded";
    const char *type = http_job_header(job, "Content-Type");
    size_t len = type ? strcspn(type, "; \t") : 0;
    if (len != strlen(wanted) || strncasecmp(type, wanted, len) != 0)
        return fail(err, ERR_UNSUPPORTED_MEDIA, "the body must be %s", wanted);
    return form_parse(http_job_body(job), http_job_arena(job), out, err);
}

/* RFC 6749 §2.3.1: name and secret are encoded as in a form before they are joined. */
static bool read_basic(const char *text, struct arena *arena, struct client_proof *out,
                       struct error *err)
{
    SCOPED(buf_free) struct buf *pair = buf_new(BASIC_OCTETS_MAX);
    struct error ignored = { 0 };
    if (!base64_decode(bytes_of_text(text), pair, &ignored))
        return fail(err, ERR_MALFORMED, "Authorization: not Basic with base64");
    struct bytes octets = buf_bytes(pair);
    const uint8_t *colon = octets.len ? memchr(octets.data, ':', octets.len) : NULL;
    if (!colon)
        return fail(err, ERR_MALFORMED, "Authorization: no colon behind the client_id");
    size_t len = (size_t)(colon - octets.data);
    out->client_id = form_decode((struct bytes){ octets.data, len }, arena);
    out->secret = form_decode((struct bytes){ colon + 1, octets.len - len - 1 }, arena);
    return (out->client_id && out->secret) ||
           fail(err, ERR_MALFORMED, "Authorization: client_id or secret is not UTF-8");
}

/* The subject of an assertion is its client_id, RFC 7523 §3 (2): naming it again is free. */
static bool read_assertion(const struct form *form, struct client_proof *out, struct error *err)
{
    if (!text_equal(form_find(form, "client_assertion_type"), assertion_type))
        return fail(err, ERR_MALFORMED, "client_assertion_type must be %s", assertion_type);
    return out->client_id || fail(err, ERR_MALFORMED, "client_id is missing");
}

/* RFC 6749 §2.3: one way to prove it, not two. */
static bool read_proof(struct http_job *job, const struct form *form, struct client_proof *out,
                       struct error *err)
{
    const char *authorization = http_job_header(job, "Authorization");
    out->client_id = form_find(form, "client_id");
    out->secret = form_find(form, "client_secret");
    out->assertion = form_find(form, "client_assertion");
    if (!!authorization + !!out->secret + !!out->assertion != 1)
        return fail(err, out->secret || out->assertion ? ERR_MALFORMED : ERR_UNAUTHENTICATED,
                    "one of client_secret, client_assertion and Authorization is needed");
    if (out->assertion)
        return read_assertion(form, out, err);
    if (out->secret)
        return out->client_id || fail(err, ERR_MALFORMED, "client_id is missing");
    if (strncasecmp(authorization, basic, strlen(basic)) != 0)
        return fail(err, ERR_UNAUTHENTICATED, "Authorization: only Basic is offered");
    const char *named = out->client_id;
    if (!read_basic(authorization + strlen(basic), http_job_arena(job), out, err))
        return false;
    return !named || text_equal(named, out->client_id) ||
           fail(err, ERR_MALFORMED, "client_id is not that of Authorization");
}

/* "https://…/.default" or our audience with the same end: all that was granted, of us. */
static bool check_scope(const struct oidc *oidc, const char *scope, struct error *err)
{
    size_t len = scope ? strlen(scope) : 0;
    size_t end = strlen(every_right);
    size_t audience = strlen(oidc->options.audience);
    if (!scope)
        return true;
    bool is_default =
        len > end && text_equal(scope + len - end, every_right) && !strchr(scope, ' ');
    bool is_ours = text_starts_with(scope, "https://") ||
                   (len == audience + end && text_starts_with(scope, oidc->options.audience));
    return (is_default && is_ours) ||
           fail(err, ERR_NOT_ACCEPTABLE, "scope must be %s/.default or https://…/.default",
                oidc->options.audience);
}

static bool read_request(struct http_job *job, struct token_job *out, struct error *err)
{
    if (!(out->tenant_id = oidc_tenant(out->oidc, job, err)) || !read_form(job, &out->form, err))
        return false;
    const char *grant = form_find(&out->form, "grant_type");
    if (!grant)
        return fail(err, ERR_MALFORMED, "grant_type is missing");
    if (!text_equal(grant, "client_credentials"))
        return fail(err, ERR_NOT_SUPPORTED, "grant_type must be client_credentials");
    return read_proof(job, &out->form, &out->proof, err) &&
           check_scope(out->oidc, form_find(&out->form, "scope"), err);
}

/* RFC 7523 §3 (3): the token endpoint's address or the issuer's name. */
static void name_audiences(struct token_job *token_job, struct arena *arena)
{
    const char *url = token_job->oidc->options.api_url;
    const char *tenant = token_job->tenant_id;
    token_job->audiences[0] = arena_format(arena, "%s/%s/oauth2/v2.0/token", url, tenant);
    token_job->audiences[1] = arena_format(arena, "%s/%s/v2.0", url, tenant);
}

static bool sign_token(const struct token_job *token_job, struct buf *out, struct error *err)
{
    const struct token_request request = { .tenant_id = token_job->tenant_id,
                                           .subject = token_job->application.app_id,
                                           .scopes = token_job->application.app_roles,
                                           .is_application = true,
                                           .lifetime_s = token_job->oidc->options.lifetime_s };
    return token_issue(token_job->oidc->options.auth, &request, token_job->now, out, err);
}

static void reply_token(struct http_job *job, const struct token_job *token_job)
{
    struct error err = { .code = ERR_NONE };
    SCOPED(buf_free) struct buf *token = buf_new(TOKEN_OCTETS_MAX);
    SCOPED(buf_free) struct buf *body = buf_new(2 * TOKEN_OCTETS_MAX);
    if (!sign_token(token_job, token, &err)) {
        http_reply_error(job, &err);
        return;
    }
    struct json_writer writer = json_writer_to(body);
    json_open_object(&writer);
    json_member(&writer, "token_type", "Bearer");
    json_member_int(&writer, "expires_in", token_job->oidc->options.lifetime_s);
    json_member_int(&writer, "ext_expires_in", token_job->oidc->options.lifetime_s);
    json_member(&writer, "access_token", buf_text(token));
    json_close_object(&writer);
    http_job_add_header(job, "Cache-Control", "no-store");
    http_job_add_header(job, "Pragma", "no-cache");
    http_reply(job, 200, "application/json", buf_bytes(body));
}

static void remember(void *context, struct http_job *job)
{
    (void)context;
    struct error err = { .code = ERR_NONE };
    const struct token_job *token_job = http_job_state(job);
    if (client_remember(token_job->oidc->options.auth, &token_job->use, &err))
        reply_token(job, token_job);
    else
        http_reply_error(job, &err);
}

void oidc_token(void *context, struct http_job *job)
{
    struct error err = { .code = ERR_NONE };
    struct arena *arena = http_job_arena(job);
    struct token_job *token_job = arena_take(arena, sizeof *token_job);
    token_job->oidc = context;
    token_job->now = times_now();
    bool is_good = read_request(job, token_job, &err);
    if (is_good) {
        name_audiences(token_job, arena);
        token_job->proof.tenant_id = token_job->tenant_id;
        token_job->proof.audiences = token_job->audiences;
        token_job->proof.peer = http_job_peer(job);
        is_good = client_check(token_job->oidc->options.auth, &token_job->proof, token_job->now,
                               arena, &token_job->application, &token_job->use, &err);
    }
    http_job_set_state(job, token_job);
    if (is_good && token_job->use.ends_at == 0)
        reply_token(job, token_job);
    else if (!is_good || (!http_job_move(job, ON_DESK, remember, context) &&
                          !fail(&err, ERR_BUSY, "too many requests are under way: try again")))
        http_reply_error(job, &err);
}
