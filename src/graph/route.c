#include "graph/route.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

static const char *const id_names[ID_COUNT] = {
    // clang-format off
    [ID_CA]      = "{ca}",
    [ID_VERSION] = "{version}",
    [ID_LEAF]    = "{leaf}",
    [ID_APPLICATION] = "{application}",
    [ID_PKI]         = "{pki}",
    [ID_TRUSTED_CA]  = "{certificateAuthority}",
    [ID_ITEM]        = "{item}",
    [ID_SUBSCRIPTION] = "{subscription}",
    [ID_INSPECTION_CA] = "{externalCertificateAuthorityCertificate}",
    [ID_TLS_POLICY] = "{tlsInspectionPolicy}",
    [ID_TLS_RULE] = "{policyRule}",
    [ID_ORGANIZATION] = "{organization}",
    [ID_CONFIGURATION] = "{configuration}",
    [ID_USER] = "{user}",
    [ID_GROUP] = "{group}",
    [ID_EVENT] = "{event}",
    // clang-format on
};

static const struct {
    const char *text;
    enum api_version version;
} versions[] = { { "beta", API_BETA }, { "v1.0", API_V1 } };

static const char action_namespace[] = "microsoft.graph.";

struct path {
    const char *segments[PATH_SEGMENTS_MAX];
    size_t count;
};

static bool add_segment(struct path *path, const char *segment, struct error *err)
{
    if (path->count == PATH_SEGMENTS_MAX)
        return fail(err, ERR_NOT_FOUND, "no resource has a path of so many segments");
    path->segments[path->count++] = segment;
    return true;
}

/* OData URL conventions §4.3: name('id') is name/id. Only what can be an id of ours is one, so
 * that a path written again is read as it was. */
static bool add_keyed(struct path *path, char *segment, struct error *err)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    char *key = strstr(segment, "('");
    size_t len = key ? strspn(key + 2, letters) : 0;
    if (!key || key == segment || len == 0 || !text_equal(key + 2 + len, "')"))
        return add_segment(path, segment, err);
    *key = key[2 + len] = '\0';
    return add_segment(path, segment, err) && add_segment(path, key + 2, err);
}

/* One slash at the end is forgiven; an empty segment elsewhere is no resource. */
static bool split(const char *raw, struct arena *arena, struct path *out, struct error *err)
{
    if (strnlen(raw, PATH_OCTETS_MAX + 1) > PATH_OCTETS_MAX)
        return fail(err, ERR_NOT_FOUND, "no resource has so long a path");
    for (const char *p = raw + (*raw == '/'); *p;) {
        size_t len = strcspn(p, "/");
        SCOPED(buf_free) struct buf *text = buf_new(PATH_OCTETS_MAX);
        if (!percent_decode((struct bytes){ (const uint8_t *)p, len }, text, err))
            return error_context(err, "path");
        if (!text_is_utf8(buf_bytes(text)))
            return fail(err, ERR_MALFORMED, "path: not UTF-8");
        if (!add_keyed(out, arena_text_of(arena, buf_bytes(text)), err))
            return false;
        p += len + (p[len] == '/');
    }
    return true;
}

static bool find_version(const struct path *path, enum api_version *out)
{
    for (size_t i = 0; path->count > 0 && i < ARRAY_LEN(versions); i++)
        if (text_equal_caseless(path->segments[0], versions[i].text)) {
            *out = versions[i].version;
            return true;
        }
    return false;
}

static bool segment_is(const char *segment, const char *word, size_t len)
{
    return strlen(segment) == len && strncasecmp(segment, word, len) == 0;
}

/* Only actions have a namespace, and no action's name is that of a resource. */
static const char *without_namespace(const char *segment)
{
    size_t len = sizeof action_namespace - 1;
    return strncasecmp(segment, action_namespace, len) == 0 ? segment + len : segment;
}

static int id_of_word(const char *word, size_t len)
{
    for (int i = 0; i < ID_COUNT; i++)
        if (strlen(id_names[i]) == len && memcmp(id_names[i], word, len) == 0)
            return i;
    return -1;
}

static bool match_segment(const char *segment, const char *word, size_t len, const char **ids)
{
    int id = id_of_word(word, len);
    if (id < 0)
        return segment_is(segment, word, len) || segment_is(without_namespace(segment), word, len);
    if (!*segment || *segment == '$')
        return false;
    ids[id] = segment;
    return true;
}

/* The path behind its version. */
static bool match(const char *pattern, const struct path *path, const char *ids[ID_COUNT])
{
    memset(ids, 0, ID_COUNT * sizeof *ids);
    size_t i = 1;
    for (const char *p = pattern; *p; i++) {
        size_t len = strcspn(p, "/");
        if (i >= path->count || !match_segment(path->segments[i], p, len, ids))
            return false;
        p += len + (p[len] == '/');
    }
    return i == path->count;
}

/* UUIDs compare without case, RFC 9562 §4; they are stored in lower case. */
static const char *lower(struct arena *arena, const char *text)
{
    char *copy = arena_text(arena, text);
    for (char *p = copy; p && *p; p++)
        *p = (char)tolower((unsigned char)*p);
    return copy;
}

static void take_row(const struct route *row, const char *const ids[ID_COUNT], struct arena *arena,
                     struct target *out)
{
    out->route = row;
    for (int i = 0; i < ID_COUNT; i++)
        out->ids[i] = lower(arena, ids[i]);
}

/* The first row that fits wins; all that fit say which methods the path has. */
static void search(const struct route *table, enum http_method method, const struct path *path,
                   struct arena *arena, struct target *out)
{
    const char *ids[ID_COUNT];
    for (const struct route *row = table; row->name; row++) {
        if (!(row->versions & out->version) || !match(row->path, path, ids))
            continue;
        out->allowed |= row->method | HTTP_OPTIONS | (row->method == HTTP_GET ? HTTP_HEAD : 0u);
        if (row->method == method && !out->route)
            take_row(row, ids, arena, out);
    }
}

bool route_find(const struct route *const *tables, enum http_method method, const char *path,
                struct arena *arena, struct target *out, struct error *err)
{
    struct path segments = { .count = 0 };
    *out = (struct target){ 0 };
    if (!split(path, arena, &segments, err))
        return false;
    if (!find_version(&segments, &out->version))
        return fail(err, ERR_NOT_FOUND, "the API has no such version");
    if (method == HTTP_HEAD)
        method = HTTP_GET;
    for (size_t i = 0; tables[i]; i++)
        search(tables[i], method, &segments, arena, out);
    if (out->route) {
        out->number = route_number(tables, out->route);
        return true;
    }
    if (out->allowed)
        return fail(err, ERR_METHOD_NOT_ALLOWED, "this resource does not know that method");
    return fail(err, ERR_NOT_FOUND, "no resource has this path");
}

const struct route *route_named(const struct route *const *tables, const char *name)
{
    for (; *tables; tables++)
        for (const struct route *row = *tables; row->name; row++)
            if (text_equal(row->name, name))
                return row;
    assert(false && "a route of this name");
    return NULL;
}

const char *route_version_text(enum api_version version)
{
    for (size_t i = 0; i < ARRAY_LEN(versions); i++)
        if (versions[i].version == version)
            return versions[i].text;
    return "";
}

size_t route_number(const struct route *const *tables, const struct route *route)
{
    size_t number = 0;
    for (; *tables; tables++)
        for (const struct route *row = *tables; row->name; row++, number++)
            if (row == route)
                return number;
    return number;
}

void route_context(const struct target *target, struct buf *out)
{
    const char *path = target->route->path;
    for (const char *p = path; *p;) {
        size_t len = strcspn(p, "/");
        int id = id_of_word(p, len);
        if (id < 0)
            buf_add_format(out, "%s%.*s", p > path ? "/" : "", (int)len, p);
        else if (p[len])
            buf_add_format(out, "('%s')", target->ids[id]);
        p += len + (p[len] == '/');
    }
}

void route_path(const struct target *target, struct buf *out)
{
    buf_add_format(out, "/%s", route_version_text(target->version));
    for (const char *p = target->route->path; *p;) {
        size_t len = strcspn(p, "/");
        int id = id_of_word(p, len);
        buf_add_octet(out, '/');
        if (id >= 0)
            percent_encode(target->ids[id], out);
        else
            buf_add(out, (struct bytes){ (const uint8_t *)p, len });
        p += len + (p[len] == '/');
    }
}
