#include "graph/errors.h"

#include "base/json.h"
#include "base/text.h"
#include "base/times.h"
#include "graph/exchange.h"
#include "graph/headers.h"

#include <string.h>
#include <strings.h>

enum { BODY_OCTETS_MAX = 16384, DATE_OCTETS = 20, HTTP_FAILED_DEPENDENCY = 424 };

const struct graph_error_row graph_error_rows[ERR_COUNT] = {
    // clang-format off
    /* deviceManagement, directory, the others; status in directory where it differs */
    [ERR_NONE]               = { { "None",                          "None",                                     "none" },                        0 },
    [ERR_MALFORMED]          = { { "BadRequest",                    "Request_BadRequest",                       "invalidRequest" },              0 },
    [ERR_INVALID]            = { { "BadRequest",                    "Request_BadRequest",                       "invalidRequest" },              0 },
    [ERR_BAD_CSR]            = { { "BadRequest",                    "Request_BadRequest",                       "invalidRequest" },              0 },
    [ERR_BAD_SIGNATURE]      = { { "BadRequest",                    "Request_BadRequest",                       "invalidRequest" },              0 },
    [ERR_WEAK_ALGORITHM]     = { { "BadRequest",                    "Request_BadRequest",                       "invalidRequest" },              0 },
    [ERR_BAD_CHALLENGE]      = { { "Forbidden",                     "Authorization_RequestDenied",              "accessDenied" },                0 },
    [ERR_UNAUTHENTICATED]    = { { "InvalidAuthenticationToken",    "InvalidAuthenticationToken",               "unauthenticated" },             0 },
    [ERR_FORBIDDEN]          = { { "Forbidden",                     "Authorization_RequestDenied",              "accessDenied" },                0 },
    [ERR_NOT_FOUND]          = { { "ResourceNotFound",              "Request_ResourceNotFound",                 "itemNotFound" },                0 },
    [ERR_METHOD_NOT_ALLOWED] = { { "MethodNotAllowed",              "Request_BadRequest",                       "notAllowed" },                  0 },
    [ERR_NOT_ACCEPTABLE]     = { { "NotAcceptable",                 "Request_BadRequest",                       "notAcceptable" },               0 },
    [ERR_TIMEOUT]            = { { "RequestTimeout",                "Request_Timeout",                          "requestTimeout" },              0 },
    [ERR_CONFLICT]           = { { "Conflict",                      "Request_MultipleObjectsWithSameKeyValue",  "nameAlreadyExists" },           400 },
    [ERR_PRECONDITION]       = { { "PreconditionFailed",            "Request_PreconditionFailed",               "resourceModified" },            0 },
    [ERR_TOO_LARGE]          = { { "RequestEntityTooLarge",         "Request_BadRequest",                       "requestEntityTooLarge" },       0 },
    [ERR_TARGET_TOO_LONG]    = { { "UriTooLong",                    "Request_BadRequest",                       "uriTooLong" },                  0 },
    [ERR_UNSUPPORTED_MEDIA]  = { { "UnsupportedMediaType",          "Request_BadRequest",                       "unsupportedMediaType" },        0 },
    [ERR_HEADERS_TOO_LARGE]  = { { "RequestHeaderFieldsTooLarge",   "Request_BadRequest",                       "requestHeaderFieldsTooLarge" }, 0 },
    [ERR_THROTTLED]          = { { "TooManyRequests",               "TooManyRequests",                          "activityLimitReached" },        0 },
    [ERR_INTERNAL]           = { { "InternalServerError",           "Service_InternalServerError",              "generalException" },            0 },
    [ERR_NOT_SUPPORTED]      = { { "NotSupported",                  "Request_UnsupportedQuery",                 "notSupported" },                0 },
    [ERR_BUSY]               = { { "ServiceUnavailable",            "Service_ServiceUnavailable",               "serviceNotAvailable" },         0 },
    [ERR_OUTCOME_UNKNOWN]    = { { "ServiceUnavailable",            "Service_ServiceUnavailable",               "serviceNotAvailable" },         0 },
    [ERR_QUOTA]              = { { "QuotaLimitReached",             "Directory_QuotaExceeded",                  "quotaLimitReached" },           0 },
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

/* Which part of Graph a path belongs to; api.md, errors. */
static const struct {
    const char *segment; /* the first behind the version */
    enum workload workload;
} workloads[] = {
    // clang-format off
    { "applications",  WORKLOAD_DIRECTORY },
    { "directory",     WORKLOAD_DIRECTORY },
    { "groups",        WORKLOAD_DIRECTORY },
    { "networkAccess", WORKLOAD_GENERIC },
    { "organization",  WORKLOAD_DIRECTORY },
    { "policies",      WORKLOAD_DIRECTORY },
    { "users",         WORKLOAD_DIRECTORY },
    // clang-format on
};

static enum workload workload_of(const char *path)
{
    const char *p = path + (*path == '/');
    p += strcspn(p, "/");
    p += *p == '/';
    size_t len = strcspn(p, "/('?");
    for (size_t i = 0; i < ARRAY_LEN(workloads); i++)
        if (strlen(workloads[i].segment) == len && strncasecmp(workloads[i].segment, p, len) == 0)
            return workloads[i].workload;
    return WORKLOAD_INTUNE;
}

static void write_error(struct buf *out, const struct exchange *exchange, const char *code,
                        const char *message)
{
    struct json_writer writer = json_writer_to(out);
    json_open_object(&writer);
    json_key(&writer, "error");
    json_open_object(&writer);
    json_member(&writer, "code", code);
    json_member(&writer, "message", message);
    json_key(&writer, "innerError");
    json_open_object(&writer);
    write_date(&writer);
    json_member(&writer, "request-id", exchange->id);
    json_member(&writer, "client-request-id", headers_client_request_id(exchange));
    json_close_object(&writer);
    json_close_object(&writer);
    json_close_object(&writer);
}

void errors_answer(struct exchange *exchange, const struct error *err)
{
    char message[ERROR_MESSAGE_OCTETS];
    struct buf *body = buf_new(BODY_OCTETS_MAX);
    enum workload workload = workload_of(exchange->path);
    int of_directory = graph_error_rows[err->code].directory_status;
    bool is_other = workload == WORKLOAD_DIRECTORY && of_directory != 0;
    write_error(body, exchange, graph_error_rows[err->code].text[workload],
                as_utf8(err->message, message));
    headers_add(exchange);
    headers_add_for_error(exchange, err);
    exchange_answer(exchange, is_other ? of_directory : error_http_status(err->code), HEADERS_JSON,
                    body);
}

void errors_answer_dependency(struct exchange *exchange)
{
    struct buf *body = buf_new(BODY_OCTETS_MAX);
    write_error(body, exchange, "FailedDependency", "dependsOn: a request that this needs failed");
    headers_add(exchange);
    exchange_answer(exchange, HTTP_FAILED_DEPENDENCY, HEADERS_JSON, body);
}
