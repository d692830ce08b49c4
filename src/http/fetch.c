/*
 * Each hop is a request and a handle of its own: a redirect is judged like the URL it came from,
 * and no connection, cookie or credential is carried over. The judge of addresses is the function
 * that opens the socket, so there is no time between check and use in which a name can change.
 */
#include "http/fetch.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "base/times.h"
#include "http/destination.h"

#include <curl/curl.h>
#include <string.h>
#include <sys/socket.h>

enum { HOPS_MAX = 4, HEADER_OCTETS_MAX = 64 * 1024 };

DEFINE_SCOPED(CURL *, curl_easy_cleanup)

struct transfer {
    const struct fetch_limits *limits;
    const struct destination *destination;
    struct buf *body;
    size_t header_octets;
    bool is_too_large;
    bool is_refused; /* an address */
};

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct transfer *transfer = context;
    if (purpose != CURLSOCKTYPE_IPCXN ||
        !destination_admits(&address->addr, transfer->destination->host, transfer->limits->hosts)) {
        transfer->is_refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t take_body(char *data, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    size_t len = size * count;
    transfer->is_too_large = buf_len(transfer->body) + len > transfer->limits->octets_max;
    if (transfer->is_too_large)
        return 0;
    buf_add(transfer->body, (struct bytes){ (const uint8_t *)data, len });
    return len;
}

/* libcurl keeps every header; this bounds how many. */
static size_t take_header(char *data, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    (void)data;
    transfer->header_octets += size * count;
    transfer->is_too_large = transfer->header_octets > HEADER_OCTETS_MAX;
    return transfer->is_too_large ? 0 : size * count;
}

static int ask_stop(void *context, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                    curl_off_t up)
{
    (void)down_total, (void)down, (void)up_total, (void)up;
    const struct transfer *transfer = context;
    return transfer->limits->stop && atomic_load(transfer->limits->stop);
}

static bool is_set_up(CURL *curl, struct transfer *transfer, int64_t left_ms)
{
    const struct fetch_limits *limits = transfer->limits;
    CURLcode codes[] = {
        curl_easy_setopt(curl, CURLOPT_URL, transfer->destination->url),
        curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https"),
        curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L),
        /* A proxy of the environment would connect for us, unchecked. */
        curl_easy_setopt(curl, CURLOPT_PROXY, ""),
        curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket),
        curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, transfer),
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body),
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer),
        curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header),
        curl_easy_setopt(curl, CURLOPT_HEADERDATA, transfer),
        curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)limits->octets_max),
        curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)left_ms),
        curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L),
        curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L),
        curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, ask_stop),
        curl_easy_setopt(curl, CURLOPT_XFERINFODATA, transfer),
        curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1),
        curl_easy_setopt(curl, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2),
        curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L),
        curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L),
        curl_easy_setopt(curl, CURLOPT_USERAGENT, "cloudpki/" CLOUDPKI_VERSION),
        /* The system's roots are found in CURLOPT_CAPATH beside these. */
        limits->ca_file ? curl_easy_setopt(curl, CURLOPT_CAINFO, limits->ca_file) : CURLE_OK,
    };
    for (size_t i = 0; i < ARRAY_LEN(codes); i++)
        if (codes[i] != CURLE_OK)
            return false;
    return true;
}

static bool tell_failure(const struct transfer *transfer, CURLcode code, struct error *err)
{
    if (transfer->is_too_large || code == CURLE_FILESIZE_EXCEEDED)
        return fail(err, ERR_TOO_LARGE, "the answer is larger than %zu octets",
                    transfer->limits->octets_max);
    if (transfer->is_refused)
        return fail(err, ERR_INVALID, "the host has an address that is not public");
    return fail(err, ERR_BUSY, "the answer could not be fetched: %s", curl_easy_strerror(code));
}

static const char *header_of(CURL *curl, const char *name)
{
    struct curl_header *header = NULL;
    return curl_easy_header(curl, name, 0, CURLH_HEADER, -1, &header) == CURLHE_OK ? header->value
                                                                                   : NULL;
}

static bool has_directive(const char *value, const char *name)
{
    return value && strcasestr(value, name);
}

/* RFC 9111 §5.2.2. */
static int max_age_of(CURL *curl)
{
    const char *value = header_of(curl, "Cache-Control");
    const char *age = value ? strcasestr(value, "max-age=") : NULL;
    if (!age || has_directive(value, "no-store") || has_directive(value, "no-cache"))
        return 0;
    char digits[10] = { 0 };
    size_t len = strspn(age + strlen("max-age="), "0123456789");
    memcpy(digits, age + strlen("max-age="), len < sizeof digits - 1 ? len : sizeof digits - 1);
    int64_t seconds = 0;
    return text_int(digits, 0, INT32_MAX, &seconds) ? (int)seconds : 0;
}

/* The absolute URL that the answer sends us to; NULL if it is an answer. */
static const char *redirect_of(CURL *curl, struct arena *arena)
{
    char *url = NULL;
    curl_easy_getinfo(curl, CURLINFO_REDIRECT_URL, &url);
    return arena_text(arena, url);
}

struct fetch {
    const struct fetch_limits *limits;
    int64_t deadline_ms;
    struct arena *arena;
    const char *url; /* of the next hop; NULL when there is an answer */
};

static bool run_hop(struct fetch *fetch, const struct destination *destination,
                    struct fetch_answer *out, struct error *err)
{
    SCOPED(buf_free) struct buf *body = buf_new(fetch->limits->octets_max);
    struct transfer transfer = { fetch->limits, destination, body, 0, false, false };
    SCOPED(curl_easy_cleanup) CURL *curl = curl_easy_init();
    int64_t left_ms = fetch->deadline_ms - times_monotonic_ms();
    if (left_ms <= 0)
        return fail(err, ERR_BUSY, "the answer did not come in time");
    if (!curl || !is_set_up(curl, &transfer, left_ms))
        return fail(err, ERR_INTERNAL, "libcurl could not be set up");
    CURLcode code = curl_easy_perform(curl);
    if (code != CURLE_OK)
        return tell_failure(&transfer, code, err);
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    fetch->url = redirect_of(curl, fetch->arena);
    if (!fetch->url)
        *out = (struct fetch_answer){ (int)status, max_age_of(curl), TAKE(body) };
    return true;
}

static bool follow(struct fetch *fetch, struct fetch_answer *out, struct error *err)
{
    bool was_tls = false;
    for (int hop = 0; hop < HOPS_MAX; hop++) {
        struct destination destination;
        if (!destination_parse(fetch->url, fetch->limits->hosts, fetch->arena, &destination, err))
            return hop == 0 ? false : error_context(err, "redirected");
        if (was_tls && !destination.is_tls)
            return fail(err, ERR_INVALID, "redirected from https to http");
        was_tls = destination.is_tls;
        if (!run_hop(fetch, &destination, out, err))
            return false;
        if (!fetch->url)
            return true;
    }
    return fail(err, ERR_INVALID, "redirected more than %d times", HOPS_MAX - 1);
}

bool fetch_get(const char *url, const struct fetch_limits *limits, struct fetch_answer *out,
               struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct fetch fetch = { limits, times_monotonic_ms() + limits->timeout_ms, arena, url };
    return follow(&fetch, out, err);
}

bool fetch_check_url(const char *url, const char *const *hosts, struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct destination destination;
    return destination_parse(url, hosts, arena, &destination, err);
}

void fetch_answer_clear(struct fetch_answer *answer)
{
    buf_free(answer->body);
    *answer = (struct fetch_answer){ 0 };
}
