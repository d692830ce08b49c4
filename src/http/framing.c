#include "http/framing.h"

#include "base/error.h"
#include "base/text.h"

#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <string.h>
#include <strings.h>

/* What one pass over the header fields finds. */
struct fields {
    unsigned hosts;
    const char *content_length;
    bool lengths_differ;
    bool has_coding;
    bool is_chunked;
    bool says_close;
    bool says_keep_alive;
    bool has_bad_name;
};

/* tchar, RFC 9110 §5.6.2 */
static bool is_token(const char *name)
{
    static const char others[] = "!#$%&'*+-.^_`|~";
    for (const char *p = name; *p; p++) {
        char lower = (char)(*p | 0x20);
        if ((lower < 'a' || lower > 'z') && *p != '-' && (*p < '0' || *p > '9') &&
            !strchr(others, *p))
            return false;
    }
    return *name != '\0';
}

/* A member of a comma-separated list, RFC 9110 §5.6.1. */
static bool lists(const char *value, const char *token)
{
    size_t len = strlen(token);
    while (*value) {
        value += strspn(value, ", \t");
        size_t member = strcspn(value, ", \t");
        if (member == len && strncasecmp(value, token, len) == 0)
            return true;
        value += member;
    }
    return false;
}

static void see_content_length(struct fields *fields, const char *value)
{
    if (fields->content_length && strcmp(fields->content_length, value) != 0)
        fields->lengths_differ = true;
    fields->content_length = value;
}

static void see_connection(struct fields *fields, const char *value)
{
    fields->says_close = fields->says_close || lists(value, "close");
    fields->says_keep_alive = fields->says_keep_alive || lists(value, "keep-alive");
}

static void see_coding(struct fields *fields, const char *value)
{
    fields->is_chunked = !fields->has_coding && strcasecmp(value, "chunked") == 0;
    fields->has_coding = true;
}

static void see_field(struct fields *fields, const char *name, const char *value)
{
    if (!is_token(name))
        fields->has_bad_name = true;
    switch (*name | 0x20) {
    case 'h':
        fields->hosts += strcasecmp(name, "Host") == 0;
        break;
    case 'c':
        if (strcasecmp(name, "Content-Length") == 0)
            see_content_length(fields, value);
        else if (strcasecmp(name, "Connection") == 0)
            see_connection(fields, value);
        break;
    case 't':
        if (strcasecmp(name, "Transfer-Encoding") == 0)
            see_coding(fields, value);
        break;
    default:
        break;
    }
}

static struct fields see_fields(const struct evkeyvalq *headers)
{
    struct fields fields = { .hosts = 0 };
    const struct evkeyval *field;
    for (field = headers->tqh_first; field; field = field->next.tqe_next)
        see_field(&fields, field->key, field->value);
    return fields;
}

static bool is_decimal(const char *text)
{
    return *text != '\0' && text[strspn(text, "0123456789")] == '\0';
}

static bool check_length(const struct fields *fields, struct error *err)
{
    if (fields->lengths_differ)
        return fail(err, ERR_MALFORMED, "RFC 9112 §6.3: Content-Length fields differ");
    if (fields->content_length && !is_decimal(fields->content_length))
        return fail(err, ERR_MALFORMED, "RFC 9112 §6.3: Content-Length is not a number");
    if (fields->content_length && fields->has_coding)
        return fail(err, ERR_MALFORMED,
                    "RFC 9112 §6.1: Transfer-Encoding together with Content-Length");
    if (fields->has_coding && !fields->is_chunked)
        return fail(err, ERR_NOT_SUPPORTED, "Transfer-Encoding: only chunked is understood");
    return true;
}

static bool check(const struct evhttp_request *request, const struct fields *fields,
                  struct error *err)
{
    if (request->major != 1)
        return fail(err, ERR_MALFORMED, "the HTTP version is not 1.x");
    if (fields->has_bad_name)
        return fail(err, ERR_MALFORMED, "RFC 9112 §5.1: a field name is not a token");
    if (request->minor >= 1 && fields->hosts == 0)
        return fail(err, ERR_MALFORMED, "RFC 9112 §3.2: HTTP/1.1 needs a Host field");
    if (fields->hosts > 1)
        return fail(err, ERR_MALFORMED, "RFC 9112 §3.2: more than one Host field");
    if (request->minor == 0 && fields->has_coding)
        return fail(err, ERR_MALFORMED, "RFC 9112 §6.1: Transfer-Encoding in HTTP/1.0");
    return check_length(fields, err);
}

/* evhttp reads no body for these methods, so octets that follow would be the next request. */
static bool body_was_not_read(const struct evhttp_request *request, const struct fields *fields)
{
    const unsigned with_body = EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_PUT |
                               EVHTTP_REQ_PATCH | EVHTTP_REQ_DELETE | EVHTTP_REQ_OPTIONS |
                               EVHTTP_REQ_CONNECT;
    return !((unsigned)request->type & with_body) &&
           (fields->has_coding ||
            (fields->content_length && strcmp(fields->content_length, "0") != 0));
}

bool framing_check(struct evhttp_request *request, bool *closes, struct error *err)
{
    struct fields fields = see_fields(request->input_headers);
    *closes = true;
    if (!check(request, &fields, err))
        return false;
    /* evhttp ends a connection after a target with an authority, as if it were a proxy. */
    *closes = fields.says_close || (request->minor == 0 && !fields.says_keep_alive) ||
              request->flags & EVHTTP_PROXY_REQUEST || body_was_not_read(request, &fields);
    return true;
}

const char *framing_path(const char *target)
{
    if (*target == '/')
        return target;
    static const char *const schemes[] = { "http://", "https://" };
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        size_t len = strlen(schemes[i]);
        if (strncasecmp(target, schemes[i], len) == 0)
            return target + len + strcspn(target + len, "/?");
    }
    return NULL;
}
