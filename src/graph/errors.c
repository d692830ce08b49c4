#include "graph/errors.h"

#include "base/json.h"
#include "base/text.h"
#include "base/times.h"
#include "graph/headers.h"
#include "http/server.h"

#include <string.h>

enum { BODY_OCTETS_MAX = 16384, DATE_OCTETS = 20 };

const struct graph_error_row graph_error_rows[ERR_COUNT] = {
    // clang-format off
    [ERR_NONE]               = { "None" },
    [ERR_MALFORMED]          = { "BadRequest" },
    [ERR_INVALID]            = { "BadRequest" },
    [ERR_BAD_CSR]            = { "BadRequest" },
    [ERR_BAD_SIGNATURE]      = { "BadRequest" },
    [ERR_WEAK_ALGORITHM]     = { "BadRequest" },
    [ERR_BAD_CHALLENGE]      = { "Forbidden" },
    [ERR_UNAUTHENTICATED]    = { "InvalidAuthenticationToken" },
    [ERR_FORBIDDEN]          = { "Forbidden" },
    [ERR_NOT_FOUND]          = { "ResourceNotFound" },
    [ERR_METHOD_NOT_ALLOWED] = { "MethodNotAllowed" },
    [ERR_NOT_ACCEPTABLE]     = { "NotAcceptable" },
    [ERR_TIMEOUT]            = { "RequestTimeout" },
    [ERR_CONFLICT]           = { "Conflict" },
    [ERR_PRECONDITION]       = { "PreconditionFailed" },
    [ERR_TOO_LARGE]          = { "RequestEntityTooLarge" },
    [ERR_TARGET_TOO_LONG]    = { "UriTooLong" },
    [ERR_UNSUPPORTED_MEDIA]  = { "UnsupportedMediaType" },
    [ERR_HEADERS_TOO_LARGE]  = { "RequestHeaderFieldsTooLarge" },
    [ERR_THROTTLED]          = { "TooManyRequests" },
    [ERR_INTERNAL]           = { "InternalServerError" },
    [ERR_NOT_SUPPORTED]      = { "NotSupported" },
    [ERR_BUSY]               = { "ServiceUnavailable" },
    [ERR_OUTCOME_UNKNOWN]    = { "ServiceUnavailable" },
    [ERR_QUOTA]              = { "QuotaLimitReached" },
    // clang-format on
};

/* A message quotes the peer and is cut at a length: what is left must be UTF-8 again. */
static const char *as_utf8(const char *message, char out[ERROR_MESSAGE_OCTETS])
{
    size_t len = strlen(message);
    memcpy(out, message, len + 1);
    for (int cut = 0; cut < 4 && len > 0; cut++) {
        if (text_is_utf8(bytes_of_text(out)))
            return out;
        out[--len] = '\0';
    }
    for (char *p = out; *p; p++)
        if ((unsigned char)*p >= 0x80)
            *p = '?';
    return out;
}

/* innerError.date has no zone designator (api.md, errors). */
static void write_date(struct json_writer *writer)
{
    char text[TIMES_TEXT_OCTETS];
    times_text(times_now(), text);
    text[DATE_OCTETS - 1] = '\0';
    json_member(writer, "date", text);
}

static void write_error(struct buf *out, const struct http_job *job, const struct error *err)
{
    char message[ERROR_MESSAGE_OCTETS];
    struct json_writer writer = json_writer_to(out);
    json_open_object(&writer);
    json_key(&writer, "error");
    json_open_object(&writer);
    json_member(&writer, "code", graph_error_rows[err->code].intune);
    json_member(&writer, "message", as_utf8(err->message, message));
    json_key(&writer, "innerError");
    json_open_object(&writer);
    write_date(&writer);
    json_member(&writer, "request-id", http_job_id(job));
    json_member(&writer, "client-request-id", headers_client_request_id(job));
    json_close_object(&writer);
    json_close_object(&writer);
    json_close_object(&writer);
}

void graph_reply_error(void *context, struct http_job *job, const struct error *err)
{
    (void)context;
    SCOPED(buf_free) struct buf *body = buf_new(BODY_OCTETS_MAX);
    write_error(body, job, err);
    headers_add(job);
    headers_add_for_error(job, err);
    http_reply(job, error_http_status(err->code), HEADERS_JSON, buf_bytes(body));
}
