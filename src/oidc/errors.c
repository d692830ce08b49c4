#include "oidc/errors.h"

#include "base/json.h"
#include "http/server.h"

#include <strings.h>

enum { REPLY_OCTETS_MAX = 8192 };

/* What has no word of its own in RFC 6749 §5.2 gets one of §4.1.2.1. */
const struct oidc_error_row oidc_error_rows[ERR_COUNT] = {
    // clang-format off
    [ERR_NONE]               = { "server_error",            500 },
    [ERR_MALFORMED]          = { "invalid_request",         400 },
    [ERR_INVALID]            = { "invalid_request",         400 },
    [ERR_BAD_CSR]            = { "invalid_request",         400 },
    [ERR_BAD_SIGNATURE]      = { "invalid_client",          401 },
    [ERR_WEAK_ALGORITHM]     = { "invalid_client",          401 },
    [ERR_BAD_CHALLENGE]      = { "invalid_client",          401 },
    [ERR_UNAUTHENTICATED]    = { "invalid_client",          401 },
    [ERR_FORBIDDEN]          = { "unauthorized_client",     400 },
    [ERR_NOT_FOUND]          = { "invalid_request",         404 },
    [ERR_METHOD_NOT_ALLOWED] = { "invalid_request",         405 },
    [ERR_NOT_ACCEPTABLE]     = { "invalid_scope",           400 },
    [ERR_TIMEOUT]            = { "invalid_request",         408 },
    [ERR_CONFLICT]           = { "invalid_request",         409 },
    [ERR_PRECONDITION]       = { "invalid_request",         412 },
    [ERR_TOO_LARGE]          = { "invalid_request",         413 },
    [ERR_TARGET_TOO_LONG]    = { "invalid_request",         414 },
    [ERR_UNSUPPORTED_MEDIA]  = { "invalid_request",         415 },
    [ERR_HEADERS_TOO_LARGE]  = { "invalid_request",         431 },
    [ERR_THROTTLED]          = { "temporarily_unavailable", 429 },
    [ERR_INTERNAL]           = { "server_error",            500 },
    [ERR_NOT_SUPPORTED]      = { "unsupported_grant_type",  400 },
    [ERR_BUSY]               = { "temporarily_unavailable", 503 },
    [ERR_OUTCOME_UNKNOWN]    = { "temporarily_unavailable", 503 },
    [ERR_QUOTA]              = { "temporarily_unavailable", 503 },
    // clang-format on
};

/* §5.2: who tried the Authorization header is told which scheme to use. */
static void add_headers(struct http_job *job, const struct error *err)
{
    const char *authorization = http_job_header(job, "Authorization");
    http_job_add_header(job, "Cache-Control", "no-store");
    http_job_add_header(job, "Pragma", "no-cache");
    if (oidc_error_rows[err->code].http_status == 401 && authorization &&
        strncasecmp(authorization, "Basic", 5) == 0)
        http_job_add_header(job, "WWW-Authenticate", "Basic realm=\"cloudpki\"");
    if (err->code == ERR_THROTTLED)
        http_job_add_header(job, "Retry-After", "6");
}

void oidc_reply_error(void *context, struct http_job *job, const struct error *err)
{
    (void)context;
    const struct oidc_error_row *row = &oidc_error_rows[err->code];
    SCOPED(buf_free) struct buf *body = buf_new(REPLY_OCTETS_MAX);
    struct json_writer writer = json_writer_to(body);
    json_open_object(&writer);
    json_member(&writer, "error", row->error);
    json_member(&writer, "error_description",
                row->http_status == 500 ? "the request could not be completed" : err->message);
    json_member(&writer, "trace_id", http_job_id(job));
    json_close_object(&writer);
    add_headers(job, err);
    http_reply(job, row->http_status, "application/json", buf_bytes(body));
}
