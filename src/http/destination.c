#include "http/destination.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

enum { PORT_PRIVILEGED_END = 1024, PORT_HTTP = 80, PORT_HTTPS = 443 };

DEFINE_SCOPED(CURLU *, curl_url_cleanup)

/* ---- addresses: IPv4 as ::ffff:a.b.c.d, so that there is one kind ---- */

struct block {
    const char *prefix;
    unsigned bits;
};

/* What IANA's special-purpose registries (RFC 6890) do not call globally reachable. */
static const struct block forbidden[] = {
    // clang-format off
    { "::ffff:0.0.0.0",       104 }, /* "this network": Linux connects to itself */
    { "::ffff:10.0.0.0",      104 },
    { "::ffff:100.64.0.0",    106 },
    { "::ffff:127.0.0.0",     104 },
    { "::ffff:169.254.0.0",   112 },
    { "::ffff:172.16.0.0",    108 },
    { "::ffff:192.0.0.0",     120 },
    { "::ffff:192.0.2.0",     120 },
    { "::ffff:192.88.99.0",   120 },
    { "::ffff:192.168.0.0",   112 },
    { "::ffff:198.18.0.0",    111 },
    { "::ffff:198.51.100.0",  120 },
    { "::ffff:203.0.113.0",   120 },
    { "::ffff:224.0.0.0",     100 },
    { "::ffff:240.0.0.0",     100 },
    { "2001::",                23 }, /* Teredo and other protocols */
    { "2001:db8::",            32 },
    { "2002::",                16 }, /* 6to4, which hides an IPv4 address */
    { "3fff::",                20 },
    // clang-format on
};
static const struct block loopbacks[] = { { "::ffff:127.0.0.0", 104 }, { "::1", 128 } };
static const struct block mapped = { "::ffff:0.0.0.0", 96 };
static const struct block translated = { "64:ff9b::", 96 }; /* NAT64, RFC 6052 */
static const struct block global = { "2000::", 3 };

static bool is_within(const struct in6_addr *address, const struct block *block)
{
    struct in6_addr prefix;
    if (inet_pton(AF_INET6, block->prefix, &prefix) != 1)
        return false;
    unsigned whole = block->bits / 8, left = block->bits % 8;
    uint8_t mask = (uint8_t)(0xff00 >> left);
    return memcmp(address, &prefix, whole) == 0 &&
           (left == 0 || ((address->s6_addr[whole] ^ prefix.s6_addr[whole]) & mask) == 0);
}

static bool is_within_any(const struct in6_addr *address, const struct block *blocks, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_within(address, &blocks[i]))
            return true;
    return false;
}

static struct in6_addr map(const struct in_addr *address)
{
    struct in6_addr out = { .s6_addr = { [10] = 0xff, [11] = 0xff } };
    memcpy(out.s6_addr + 12, address, sizeof *address);
    return out;
}

static bool read_sockaddr(const struct sockaddr *address, struct in6_addr *out)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in ip4;
        memcpy(&ip4, address, sizeof ip4);
        *out = map(&ip4.sin_addr);
        return true;
    }
    if (address->sa_family != AF_INET6)
        return false;
    struct sockaddr_in6 ip6;
    memcpy(&ip6, address, sizeof ip6);
    *out = ip6.sin6_addr;
    if (is_within(out, &translated)) {
        struct in_addr inner;
        memcpy(&inner, out->s6_addr + 12, sizeof inner);
        *out = map(&inner);
    }
    return true;
}

/* "192.0.2.1", "2001:db8::1", or the latter in brackets, as a URL has it. */
static bool read_literal(const char *text, struct in6_addr *out)
{
    char inner[INET6_ADDRSTRLEN];
    struct in_addr ip4;
    if (inet_pton(AF_INET, text, &ip4) == 1) {
        *out = map(&ip4);
        return true;
    }
    size_t len = strlen(text);
    bool has_brackets = len > 2 && text[0] == '[' && text[len - 1] == ']';
    len -= has_brackets ? 2 : 0;
    if (len >= sizeof inner)
        return false;
    memcpy(inner, text + has_brackets, len);
    inner[len] = '\0';
    return inet_pton(AF_INET6, inner, out) == 1;
}

static bool is_public(const struct in6_addr *address)
{
    return (is_within(address, &mapped) || is_within(address, &global)) &&
           !is_within_any(address, forbidden, ARRAY_LEN(forbidden));
}

static bool lists(const char *const *hosts, const char *name)
{
    for (; *hosts; hosts++)
        if (strcasecmp(*hosts, name) == 0)
            return true;
    return false;
}

static bool lists_address(const char *const *hosts, const struct in6_addr *address)
{
    struct in6_addr listed;
    for (; *hosts; hosts++)
        if (read_literal(*hosts, &listed) && memcmp(&listed, address, sizeof listed) == 0)
            return true;
    return false;
}

bool destination_admits(const struct sockaddr *address, const char *host, const char *const *hosts)
{
    struct in6_addr ip;
    if (!read_sockaddr(address, &ip))
        return false;
    bool is_local = strcasecmp(host, "localhost") == 0 && lists(hosts, host);
    return is_public(&ip) || lists_address(hosts, &ip) ||
           (is_local && is_within_any(&ip, loopbacks, ARRAY_LEN(loopbacks)));
}

/* ---- hosts ---- */

/* "*.example.com" is any name below example.com, not itself. */
static bool fits_wildcard(const char *pattern, const char *host)
{
    size_t tail = strlen(pattern) - 1, len = strlen(host);
    return text_starts_with(pattern, "*.") && len > tail &&
           strcasecmp(host + len - tail, pattern + 1) == 0;
}

static bool is_listed(const char *host, const char *const *hosts)
{
    /* ::ffff:a.b.c.d is not how an IPv4 address is written. */
    struct in6_addr ip;
    if (read_literal(host, &ip))
        return (host[0] == '[') != is_within(&ip, &mapped) && lists_address(hosts, &ip);
    for (; *hosts; hosts++)
        if (strcasecmp(*hosts, host) == 0 || fits_wildcard(*hosts, host))
            return true;
    return false;
}

static const char *part_of(CURLU *parsed, CURLUPart part, unsigned flags, struct arena *arena)
{
    char *text = NULL;
    if (curl_url_get(parsed, part, &text, flags) != CURLUE_OK)
        return NULL;
    const char *copy = arena_text(arena, text);
    curl_free(text);
    return copy;
}

/* Octal, hexadecimal, %-encoded and zoned hosts come out of the parser otherwise than they went
 * in: what is compared with the list must be what the client wrote. */
static bool is_written_plainly(const char *url, const char *host)
{
    const char *authority = strstr(url, "://") + 3;
    size_t len = strlen(host);
    return strncasecmp(authority, host, len) == 0 && strchr(":/?#", authority[len]);
}

static bool check_text(const char *url, struct error *err)
{
    size_t len = strlen(url);
    if (len > DESTINATION_URL_OCTETS_MAX)
        return fail(err, ERR_INVALID, "a URL may have %d characters", DESTINATION_URL_OCTETS_MAX);
    for (size_t i = 0; i < len; i++)
        if (url[i] <= 0x20 || url[i] > 0x7e || url[i] == '\\')
            return fail(err, ERR_INVALID, "a URL has no blanks, backslashes or control characters");
    if (strncasecmp(url, "http://", 7) != 0 && strncasecmp(url, "https://", 8) != 0)
        return fail(err, ERR_INVALID, "the URL must be one of http or https");
    return true;
}

static bool check_port(const char *port, struct error *err)
{
    int64_t number = 0;
    if (!port || !text_int(port, 1, UINT16_MAX, &number) ||
        (number < PORT_PRIVILEGED_END && number != PORT_HTTP && number != PORT_HTTPS))
        return fail(err, ERR_INVALID, "the URL's port must be 80, 443 or from 1024 up");
    return true;
}

bool destination_parse(const char *url, const char *const *hosts, struct arena *arena,
                       struct destination *out, struct error *err)
{
    if (!check_text(url, err))
        return false;
    SCOPED(curl_url_cleanup) CURLU *parsed = curl_url();
    CURLUcode code = curl_url_set(parsed, CURLUPART_URL, url, CURLU_DISALLOW_USER);
    if (code == CURLUE_USER_NOT_ALLOWED)
        return fail(err, ERR_INVALID, "the URL must not hold credentials");
    if (code != CURLUE_OK)
        return fail(err, ERR_INVALID, "the URL cannot be read: %s", curl_url_strerror(code));
    *out = (struct destination){
        .url = part_of(parsed, CURLUPART_URL, 0, arena),
        .host = part_of(parsed, CURLUPART_HOST, 0, arena),
        .is_tls = strncasecmp(url, "https:", 6) == 0,
    };
    if (!out->url || !out->host || !is_written_plainly(url, out->host))
        return fail(err, ERR_INVALID, "the URL's host must be a plain name or address");
    if (!is_listed(out->host, hosts))
        return fail(err, ERR_INVALID, "the host of the URL is not on the list of allowed hosts");
    return check_port(part_of(parsed, CURLUPART_PORT, CURLU_DEFAULT_PORT, arena), err);
}
