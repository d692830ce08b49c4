#include "graph/cors.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "graph/exchange.h"

#include <string.h>

static const char blanks[] = " \t";

/* How long a browser need not ask again. */
static const char preflight_age_s[] = "600";

static const char methods[] = "GET, HEAD, POST, PUT, PATCH, DELETE";
static const char headers_in[] = "Authorization, Content-Type, Accept, ConsistencyLevel, Prefer, "
                                 "If-Match, If-None-Match, client-request-id, SdkVersion";
static const char headers_out[] = "request-id, client-request-id, Location, ETag, OData-EntityId, "
                                  "OData-Version, Preference-Applied, Retry-After, Allow, "
                                  "WWW-Authenticate, x-ms-ags-diagnostic";

static bool next_origin(const char **rest, struct bytes *out)
{
    const char *p = *rest + strspn(*rest, blanks);
    size_t len = strcspn(p, blanks);
    *out = (struct bytes){ (const uint8_t *)p, len };
    *rest = p + len;
    return len > 0;
}

/* RFC 6454 §6.2: scheme, host and perhaps a port; in lower case, as browsers send it. */
static bool is_origin(struct bytes origin)
{
    static const char *const schemes[] = { "https://", "http://" };
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789.-:[]";
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        size_t len = strlen(schemes[i]);
        const char *host = (const char *)origin.data + len;
        if (origin.len > len && memcmp(origin.data, schemes[i], len) == 0 &&
            strspn(host, letters) >= origin.len - len)
            return true;
    }
    return false;
}

bool cors_check_origins(const char *origins, struct error *err)
{
    struct bytes origin;
    while (next_origin(&origins, &origin))
        if (!is_origin(origin))
            return fail(err, ERR_INVALID,
                        "origins are like https://console.example, in lower case, without a path");
    return true;
}

/* The configured text, so that nothing of the peer's is echoed. */
static const char *find_origin(const char *origins, const struct exchange *exchange)
{
    struct bytes origin;
    struct bytes given = bytes_of_text(exchange_header(exchange, "Origin"));
    while (given.len > 0 && next_origin(&origins, &origin))
        if (bytes_equal(origin, given))
            return arena_text_of(exchange->arena, origin);
    return NULL;
}

static bool is_preflight(const struct exchange *exchange)
{
    return exchange->method == HTTP_OPTIONS &&
           exchange_header(exchange, "Access-Control-Request-Method");
}

void cors_add(const char *origins, struct exchange *exchange)
{
    if (!*origins)
        return;
    exchange_add_header(exchange, "Vary", "Origin");
    const char *origin = find_origin(origins, exchange);
    if (!origin)
        return;
    exchange_add_header(exchange, "Access-Control-Allow-Origin", origin);
    if (!is_preflight(exchange)) {
        exchange_add_header(exchange, "Access-Control-Expose-Headers", headers_out);
        return;
    }
    exchange_add_header(exchange, "Access-Control-Allow-Methods", methods);
    exchange_add_header(exchange, "Access-Control-Allow-Headers", headers_in);
    exchange_add_header(exchange, "Access-Control-Max-Age", preflight_age_s);
}
