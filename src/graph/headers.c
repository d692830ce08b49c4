#include "graph/headers.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "graph/exchange.h"

#include <string.h>
#include <strings.h>

enum { ALLOW_OCTETS_MAX = 128 };

static const char retry_after_s[] = "5";

static const struct {
    enum http_method method;
    const char *text;
} methods_shown[] = {
    // clang-format off
    { HTTP_GET,     "GET" },
    { HTTP_HEAD,    "HEAD" },
    { HTTP_POST,    "POST" },
    { HTTP_PUT,     "PUT" },
    { HTTP_PATCH,   "PATCH" },
    { HTTP_DELETE,  "DELETE" },
    { HTTP_OPTIONS, "OPTIONS" },
    // clang-format on
};

/* The word at p, up to a separator, compared without case. */
static bool word_is(const char *p, size_t len, const char *word)
{
    while (len > 0 && (p[len - 1] == ' ' || p[len - 1] == '\t'))
        len--;
    return strlen(word) == len && strncasecmp(p, word, len) == 0;
}

static bool is_json(const char *media_type)
{
    return word_is(media_type, strcspn(media_type, ";"), "application/json");
}

/* RFC 8259 §8.1: JSON is UTF-8, whatever else a parameter may say. */
static bool charset_is_utf8(const char *media_type)
{
    const char *charset = strcasestr(media_type, "charset=");
    if (!charset)
        return true;
    charset += strlen("charset=");
    charset += *charset == '"';
    return word_is(charset, strcspn(charset, "\";"), "utf-8");
}

static void add(struct exchange *exchange, const char *cache_control)
{
    exchange_add_header(exchange, "request-id", exchange->id);
    exchange_add_header(exchange, "client-request-id", headers_client_request_id(exchange));
    exchange_add_header(exchange, "OData-Version", "4.0");
    exchange_add_header(exchange, "Cache-Control", cache_control);
}

void headers_add(struct exchange *exchange)
{
    add(exchange, "no-store");
}

void headers_add_public(struct exchange *exchange)
{
    add(exchange, "no-cache");
}

/* RFC 6750 §3. */
void headers_add_for_error(struct exchange *exchange, const struct error *err)
{
    bool has_token = exchange_header(exchange, "Authorization") != NULL;
    if (err->code == ERR_UNAUTHENTICATED)
        exchange_add_header(exchange, "WWW-Authenticate",
                            has_token ? "Bearer realm=\"cloudpki\", error=\"invalid_token\""
                                      : "Bearer realm=\"cloudpki\"");
    else if (err->code == ERR_FORBIDDEN)
        exchange_add_header(exchange, "WWW-Authenticate",
                            "Bearer realm=\"cloudpki\", error=\"insufficient_scope\"");
    else if (err->code == ERR_BUSY)
        exchange_add_header(exchange, "Retry-After", retry_after_s);
}

void headers_add_allow(struct exchange *exchange, unsigned methods)
{
    SCOPED(buf_free) struct buf *allow = buf_new(ALLOW_OCTETS_MAX);
    for (size_t i = 0; i < ARRAY_LEN(methods_shown); i++)
        if (methods & methods_shown[i].method)
            buf_add_format(allow, "%s%s", buf_len(allow) > 0 ? ", " : "", methods_shown[i].text);
    exchange_add_header(exchange, "Allow", arena_text(exchange->arena, buf_text(allow)));
}

const char *headers_client_request_id(const struct exchange *exchange)
{
    const char *given = exchange_header(exchange, "client-request-id");
    return text_is_uuid(given) ? given : exchange->id;
}

const char *headers_bearer(const struct exchange *exchange, struct error *err)
{
    static const char scheme[] = "Bearer ";
    const char *value = exchange_header(exchange, "Authorization");
    if (!value)
        return fail_null(err, ERR_UNAUTHENTICATED,
                         "an access token is needed: Authorization: Bearer");
    if (strncasecmp(value, scheme, sizeof scheme - 1) != 0)
        return fail_null(err, ERR_UNAUTHENTICATED, "Authorization: the scheme must be Bearer");
    value += sizeof scheme - 1;
    return value + strspn(value, " ");
}

bool headers_check_json(const struct exchange *exchange, struct error *err)
{
    const char *media_type = exchange_header(exchange, "Content-Type");
    const char *coding = exchange_header(exchange, "Content-Encoding");
    if (!media_type || !is_json(media_type) || !charset_is_utf8(media_type))
        return fail(err, ERR_UNSUPPORTED_MEDIA, "Content-Type: must be application/json in UTF-8");
    if (coding && !text_equal_caseless(coding, "identity"))
        return fail(err, ERR_UNSUPPORTED_MEDIA, "Content-Encoding: none is supported");
    return true;
}
