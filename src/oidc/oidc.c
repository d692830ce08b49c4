#include "oidc/oidc.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "oidc/errors.h"
#include "oidc/oidc_inside.h"

#include <ctype.h>

const char *oidc_tenant(const struct oidc *oidc, struct http_job *job, struct error *err)
{
    const char *given = http_job_parameter(job, "tenant");
    if (!given)
        return oidc->options.tenant_id;
    if (!text_is_uuid(given))
        return fail_null(err, ERR_NOT_FOUND, "the path must name a tenant by its id");
    char *tenant = arena_text(http_job_arena(job), given);
    for (char *p = tenant; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    return tenant;
}

static const struct http_route routes[] = {
    // clang-format off
    { "oidc.token",         HTTP_POST,           "/{tenant}/oauth2/v2.0/token",                    LISTENER_HTTPS, ON_WORKER, TOKEN_REQUEST_OCTETS_MAX, oidc_token },
    { "oidc.authorize",     HTTP_GET | HTTP_POST, "/{tenant}/oauth2/v2.0/authorize",                LISTENER_HTTPS, ON_WORKER, TOKEN_REQUEST_OCTETS_MAX, oidc_authorize },
    { "oidc.keys",          HTTP_GET,            "/{tenant}/discovery/v2.0/keys",                  LISTENER_HTTPS, ON_WORKER, 0, oidc_keys },
    { "oidc.metadata",      HTTP_GET,            "/{tenant}/v2.0/.well-known/openid-configuration", LISTENER_HTTPS, ON_WORKER, 0, oidc_metadata },
    { "oidc.metadata.root", HTTP_GET,            "/.well-known/openid-configuration",              LISTENER_HTTPS, ON_WORKER, 0, oidc_metadata },
    { 0 },
    // clang-format on
};

struct oidc *oidc_new(const struct oidc_options *options)
{
    struct oidc *oidc = memory_new(sizeof *oidc);
    oidc->arena = arena_new();
    oidc->options = *options;
    oidc->options.api_url = arena_text(oidc->arena, options->api_url);
    oidc->options.tenant_id = arena_text(oidc->arena, options->tenant_id);
    oidc->options.audience = arena_text(oidc->arena, options->audience);
    return oidc;
}

struct http_front oidc_front(struct oidc *oidc)
{
    return (struct http_front){ routes, oidc_reply_error, oidc };
}

void oidc_free(struct oidc *oidc)
{
    if (!oidc)
        return;
    arena_free(oidc->arena);
    memory_free(oidc);
}
