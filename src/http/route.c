#include "http/route.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/metrics.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

enum { PIECES_MAX = 8, LABELS_OCTETS_MAX = 128 };

struct piece {
    bool is_parameter;
    const char *text; /* the literal, or the parameter's name */
    size_t len;
};

struct route_segment {
    size_t count;
    struct piece pieces[PIECES_MAX];
};

struct router {
    struct arena *arena; /* of patterns and entries */
    struct metrics *metrics;
    size_t count;
    struct route_entry *entries;
};

/* ---- compiling ---- */

static bool add_piece(struct arena *arena, struct route_segment *segment, bool is_parameter,
                      struct bytes text)
{
    const struct piece *last = segment->count ? &segment->pieces[segment->count - 1] : NULL;
    if (text.len == 0 || segment->count == PIECES_MAX ||
        (last && last->is_parameter && is_parameter))
        return false;
    segment->pieces[segment->count++] =
        (struct piece){ is_parameter, arena_text_of(arena, text), text.len };
    return true;
}

/* "v{n}.crl" is the literal "v", the parameter "n" and the literal ".crl". */
static bool compile_segment(struct arena *arena, struct bytes text, struct route_segment *out)
{
    const char *p = (const char *)text.data;
    const char *end = p + text.len;
    while (p < end) {
        bool is_parameter = *p == '{';
        const char *start = is_parameter ? p + 1 : p;
        const char *stop = memchr(start, is_parameter ? '}' : '{', (size_t)(end - start));
        if (!stop && is_parameter)
            return false;
        if (!stop)
            stop = end;
        struct bytes piece = { (const uint8_t *)start, (size_t)(stop - start) };
        if (!add_piece(arena, out, is_parameter, piece))
            return false;
        p = is_parameter ? stop + 1 : stop;
    }
    return true;
}

static size_t parameters_in(const struct route_entry *entry)
{
    size_t count = entry->takes_rest;
    for (size_t i = 0; i < entry->segment_count; i++)
        for (size_t k = 0; k < entry->segments[i].count; k++)
            count += entry->segments[i].pieces[k].is_parameter;
    return count;
}

static size_t count_slashes(const char *pattern)
{
    size_t count = 0;
    for (; *pattern; pattern++)
        count += *pattern == '/';
    return count;
}

static bool compile_pattern(struct arena *arena, const char *pattern, struct route_entry *entry)
{
    struct route_segment *segments = arena_take(arena, count_slashes(pattern) * sizeof *segments);
    entry->segments = segments;
    while (*pattern == '/') {
        size_t len = strcspn(++pattern, "/");
        if (len == 1 && *pattern == '*' && pattern[1] == '\0') {
            entry->takes_rest = true;
        } else if (!compile_segment(arena, (struct bytes){ (const uint8_t *)pattern, len },
                                    &segments[entry->segment_count++])) {
            return false;
        }
        pattern += len;
    }
    return *pattern == '\0' && entry->segment_count + entry->takes_rest > 0 &&
           parameters_in(entry) <= ROUTE_PARAMETERS_MAX;
}

static struct metric *duration_of(struct router *router, const char *name)
{
    char labels[LABELS_OCTETS_MAX];
    snprintf(labels, sizeof labels, "route=\"%s\"", name);
    return metrics_histogram(router->metrics, "cloudpki_http_request_seconds",
                             "Time from the end of a request to its reply.", labels);
}

static bool compile_route(struct router *router, const struct http_front *front,
                          const struct http_route *route, struct route_entry *entry,
                          struct error *err)
{
    entry->route = route;
    entry->front = front;
    entry->front_name = arena_text_of(
        router->arena, (struct bytes){ (const uint8_t *)route->name, strcspn(route->name, ".") });
    if (router->metrics)
        entry->duration = duration_of(router, route->name);
    if (!compile_pattern(router->arena, route->pattern, entry))
        return fail(err, ERR_INVALID, "route %s: pattern %s cannot be", route->name,
                    route->pattern);
    return true;
}

static bool compile_front(struct router *router, const struct http_front *front, struct error *err)
{
    struct metric *_Atomic *requests =
        arena_take(router->arena, (HTTP_STATUS_MAX + 1) * sizeof *requests);
    for (const struct http_route *route = front->routes; route->name; route++) {
        struct route_entry *entry = &router->entries[router->count++];
        entry->requests = requests;
        if (!compile_route(router, front, route, entry, err))
            return false;
    }
    return true;
}

static size_t count_routes(const struct http_front *const *fronts)
{
    size_t count = 0;
    for (; *fronts; fronts++)
        for (const struct http_route *route = (*fronts)->routes; route->name; route++)
            count++;
    return count;
}

/* ---- the path by itself ---- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* -1 when what stands at p is not an escape of another octet than 0. */
static int escaped_octet(const char *p)
{
    int high = hex_digit(p[1]);
    int low = high < 0 ? -1 : hex_digit(p[2]);
    int octet = low < 0 ? -1 : high << 4 | low;
    return octet > 0 ? octet : -1;
}

static bool escapes_are_good(const char *path)
{
    for (const char *p = strchr(path, '%'); p; p = strchr(p + 3, '%'))
        if (escaped_octet(p) < 0)
            return false;
    return true;
}

/* "." or "..", in any spelling: RFC 3986 §6.2.2.3 would remove them, we never follow them. */
static bool is_dots(const char *p, const char *end)
{
    size_t dots = 0;
    while (p < end && dots <= 2) {
        bool is_escaped = end - p >= 3 && p[0] == '%' && escaped_octet(p) == '.';
        if (!is_escaped && *p != '.')
            return false;
        p += is_escaped ? 3 : 1;
        dots++;
    }
    return p == end && dots > 0 && dots <= 2;
}

static bool has_dot_segment(const char *path)
{
    while (*path == '/') {
        const char *end = strchrnul(++path, '/');
        if (is_dots(path, end))
            return true;
        path = end;
    }
    return false;
}

/* ---- matching ---- */

/* raw itself when nothing in it is escaped, else decoded into room; too long never fits. */
static bool decode_segment(struct bytes raw, uint8_t room[ROUTE_TEXT_OCTETS_MAX], struct bytes *out)
{
    *out = raw;
    if (raw.len == 0 || !memchr(raw.data, '%', raw.len))
        return true;
    size_t len = 0;
    for (size_t i = 0; i < raw.len; i++) {
        if (len == ROUTE_TEXT_OCTETS_MAX)
            return false;
        bool is_escaped = raw.data[i] == '%';
        room[len++] = is_escaped ? (uint8_t)escaped_octet((const char *)raw.data + i) : raw.data[i];
        i += is_escaped ? 2 : 0;
    }
    *out = (struct bytes){ room, len };
    return true;
}

static bool starts_with(struct bytes text, const struct piece *literal)
{
    return text.len >= literal->len &&
           strncasecmp((const char *)text.data, literal->text, literal->len) == 0;
}

static bool add_parameter(struct route_match *match, const char *name, struct bytes text)
{
    if (text.len >= ROUTE_TEXT_OCTETS_MAX - match->text_len || !text_is_utf8(text))
        return false;
    char *copy = match->text + match->text_len;
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    match->text_len += text.len + 1;
    match->parameters[match->count++] = (struct route_parameter){ name, copy };
    return true;
}

/* How much of text the parameter before literal takes: as little as fits, but at least one
 * octet; all that is left when the literal ends the segment. 0 when it does not fit. */
static size_t parameter_len(struct bytes text, const struct piece *literal, bool is_last)
{
    if (!literal)
        return text.len;
    if (text.len <= literal->len)
        return 0;
    size_t most = text.len - literal->len;
    for (size_t len = is_last ? most : 1; len <= most; len++)
        if (starts_with((struct bytes){ text.data + len, text.len - len }, literal))
            return len;
    return 0;
}

static bool match_segment(const struct route_segment *segment, struct bytes text,
                          struct route_match *match)
{
    for (size_t i = 0; i < segment->count; i++) {
        const struct piece *piece = &segment->pieces[i];
        size_t len = piece->len;
        if (piece->is_parameter) {
            const struct piece *next = i + 1 < segment->count ? piece + 1 : NULL;
            len = parameter_len(text, next, i + 2 == segment->count);
            if (len == 0 || !add_parameter(match, piece->text, (struct bytes){ text.data, len }))
                return false;
        } else if (!starts_with(text, piece)) {
            return false;
        }
        text = (struct bytes){ text.data + len, text.len - len };
    }
    return text.len == 0;
}

static bool match_path(const struct route_entry *entry, const char *path, struct route_match *match)
{
    uint8_t room[ROUTE_TEXT_OCTETS_MAX];
    match->count = 0;
    match->text_len = 0;
    for (size_t i = 0; i < entry->segment_count; i++) {
        if (*path != '/')
            return false;
        path++;
        size_t len = strcspn(path, "/");
        struct bytes text;
        if (!decode_segment((struct bytes){ (const uint8_t *)path, len }, room, &text) ||
            !match_segment(&entry->segments[i], text, match))
            return false;
        path += len;
    }
    if (!entry->takes_rest)
        return *path == '\0';
    match->parameters[match->count++] =
        (struct route_parameter){ "*", *path == '/' ? path + 1 : path };
    return true;
}

/* Who refuses a path that cannot be matched: the front that has all below its first segment. */
static const struct route_entry *owner_of(const struct router *router, enum http_listener listener,
                                          const char *path, struct route_match *match)
{
    if (*path != '/')
        return NULL;
    struct bytes first = { (const uint8_t *)path + 1, strcspn(path + 1, "/") };
    for (size_t i = 0; i < router->count; i++) {
        const struct route_entry *entry = &router->entries[i];
        match->text_len = 0;
        if (entry->takes_rest && entry->segment_count == 1 &&
            entry->route->listeners & (unsigned)listener &&
            match_segment(&entry->segments[0], first, match))
            return entry;
    }
    return NULL;
}

/* GET admits HEAD, RFC 9110 §9.3.2. */
static unsigned methods_of(const struct http_route *route)
{
    return route->methods & HTTP_GET ? route->methods | HTTP_HEAD : route->methods;
}

/* ---- public ---- */

struct router *router_new(const struct http_front *const *fronts, struct metrics *metrics,
                          struct error *err)
{
    SCOPED(router_free) struct router *router = memory_new(sizeof *router);
    router->arena = arena_new();
    router->metrics = metrics;
    router->entries = memory_new_array(count_routes(fronts), sizeof *router->entries);
    for (; *fronts; fronts++)
        if (!compile_front(router, *fronts, err))
            return NULL;
    return TAKE(router);
}

bool router_match(const struct router *router, enum http_listener listener, enum http_method method,
                  const char *path, struct route_match *match, struct error *err)
{
    match->entry = NULL;
    match->allowed = 0;
    match->count = 0;
    bool is_path = *path == '/' && escapes_are_good(path);
    if (!is_path || has_dot_segment(path)) {
        match->entry = owner_of(router, listener, path, match);
        match->count = 0;
        return fail(err, ERR_MALFORMED,
                    is_path ? "the path has a \".\" or \"..\" segment"
                            : "the path is not one of RFC 3986 §3.3");
    }
    for (size_t i = 0; i < router->count; i++) {
        const struct route_entry *entry = &router->entries[i];
        if (!(entry->route->listeners & (unsigned)listener) || !match_path(entry, path, match))
            continue;
        if (!match->entry || methods_of(entry->route) & (unsigned)method)
            match->entry = entry;
        match->allowed |= methods_of(entry->route);
        if (methods_of(entry->route) & (unsigned)method)
            return true;
    }
    match->count = 0;
    if (!match->entry)
        return fail(err, ERR_NOT_FOUND, "nothing is served at this path");
    return fail(err, ERR_METHOD_NOT_ALLOWED, "the method is not one for this path");
}

const char *route_match_find(const struct route_match *match, const char *name)
{
    for (size_t i = 0; i < match->count; i++)
        if (strcmp(match->parameters[i].name, name) == 0)
            return match->parameters[i].text;
    return NULL;
}

void router_free(struct router *router)
{
    if (!router)
        return;
    arena_free(router->arena);
    memory_free(router->entries);
    memory_free(router);
}
