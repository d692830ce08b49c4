#include "graph/describe.h"

#include "base/arena.h"
#include "base/text.h"
#include "model/base_types.h"
#include "odata/schema.h"

#include <string.h>

#define OBJECT(object)                                                                  \
    static const struct entity object##_entity = { .name = #object,                     \
                                                   .base = &identified_entity,          \
                                                   .properties = identified_properties, \
                                                   .size = sizeof(const char *) }

OBJECT(deviceManagement);
OBJECT(deviceManagementReports);
OBJECT(directory);
OBJECT(publicKeyInfrastructureRoot);
OBJECT(policyRoot);
OBJECT(authenticationMethodsPolicy);

/* What a path leads to. */
struct place {
    const struct entity *type; /* NULL: nothing that is known */
    bool is_collection;
};

static const struct {
    const char *path;
    struct place place;
} places[] = {
    // clang-format off
    { "deviceManagement",                     { &deviceManagement_entity,            false } },
    { "deviceManagement/reports",             { &deviceManagementReports_entity,     false } },
    { "directory",                            { &directory_entity,                   false } },
    { "directory/publicKeyInfrastructure",    { &publicKeyInfrastructureRoot_entity, false } },
    { "directory/deletedItems",               { &directory_object_entity,            true } },
    { "policies",                             { &policyRoot_entity,                  false } },
    { "policies/authenticationMethodsPolicy", { &authenticationMethodsPolicy_entity, false } },
    // clang-format on
};

static const struct {
    int status;
    enum schema_content content;
} kinds[REPLY_KIND_COUNT] = {
    // clang-format off
    [REPLY_ENTITY]     = { 200, CONTENT_ENTITY },
    [REPLY_CREATED]    = { 201, CONTENT_ENTITY },
    [REPLY_COLLECTION] = { 200, CONTENT_COLLECTION },
    [REPLY_COUNT]      = { 200, CONTENT_COUNT },
    [REPLY_NOTHING]    = { 204, CONTENT_NOTHING },
    [REPLY_DOCUMENT]   = { 200, CONTENT_DOCUMENT },
    // clang-format on
};

static const struct {
    enum http_method method;
    const char *text;
} methods[] = {
    { HTTP_GET, "get" },     { HTTP_POST, "post" },     { HTTP_PUT, "put" },
    { HTTP_PATCH, "patch" }, { HTTP_DELETE, "delete" },
};

static const struct schema_refusal refusals[] = {
    // clang-format off
    { 400, false, "A parameter, an option or a member cannot be as it is." },
    { 401, false, "There is no token, or none that is accepted." },
    { 403, false, "The token's scopes or roles do not suffice." },
    { 404, false, "No such object is there for this caller." },
    { 406, false, "Accept admits nothing that could be sent." },
    { 409, true,  "The present state forbids it, or the name is taken." },
    { 412, true,  "The object is not the one that If-Match names." },
    { 413, true,  "The body is too long." },
    { 414, false, "The address is too long." },
    { 415, true,  "The body is not JSON." },
    { 429, false, "The caller asks too often; see Retry-After." },
    { 431, false, "The headers are too long." },
    { 503, false, "The server is busy; see Retry-After." },
    { 507, true,  "A limit of the product is reached." },
    { 0 },
    // clang-format on
};

/* The rows of one version. */
struct rows {
    const struct route *const *tables;
    unsigned version;
};

/* Walks a path: what the part up to `end` leads to. */
struct walk {
    const struct rows *rows;
    const struct route *route;
    struct place place;
    const char *end;
};

static bool is_path(const char *path, const char *text, size_t len)
{
    return strlen(path) == len && memcmp(path, text, len) == 0;
}

static bool has_namespace(const char *segment, size_t len)
{
    return memchr(segment, '.', len) != NULL;
}

/* One object of a collection that no row lists: a key that is a word stands for a type of its own,
 * derived from what the collection holds. */
static struct place place_of_member(const struct route *row, const char *key)
{
    const struct entity *base = entity_base(row->entity);
    bool is_derived = *key != '{' && base && base->is_abstract && base != &identified_entity;
    return (struct place){ is_derived ? base : row->entity, true };
}

/* What is read there, or one of what is there. */
static bool place_by_row(const struct route *row, const char *path, size_t len, struct place *out)
{
    bool is_read = row->reply == REPLY_ENTITY || row->reply == REPLY_COLLECTION;
    if (row->method != HTTP_GET || !is_read || strncmp(row->path, path, len) != 0)
        return false;
    const char *rest = row->path + len;
    if (*rest == '\0')
        *out = (struct place){ row->entity, row->reply == REPLY_COLLECTION };
    else if (*rest == '/' && !strpbrk(rest + 1, "/.$"))
        *out = place_of_member(row, rest + 1);
    else
        return false;
    return true;
}

static struct place find_place(const struct rows *rows, const char *path, size_t len)
{
    struct place place = { NULL, false };
    for (size_t i = 0; i < ARRAY_LEN(places); i++)
        if (is_path(places[i].path, path, len))
            return places[i].place;
    for (const struct route *const *table = rows->tables; *table; table++)
        for (const struct route *row = *table; row->name; row++)
            if (row->versions & rows->version && place_by_row(row, path, len, &place))
                return place;
    return place;
}

static bool is_operation(const struct route *route, const char *segment, size_t len)
{
    static const char main_space[] = SCHEMA_MAIN_SPACE ".";
    bool is_last = segment[len] == '\0';
    bool is_cast = strncmp(segment, main_space, sizeof main_space - 1) == 0;
    if (!is_last || is_cast)
        return false;
    return has_namespace(segment, len) ||
           (route->method == HTTP_POST && route->reply != REPLY_CREATED);
}

/* The next segment that leads to something of its own: not a key, not a cast, not $count. */
static bool next_segment(struct walk *walk, const char **segment, size_t *len)
{
    const char *p = walk->end;
    for (; *p; p += *len) {
        p += *p == '/';
        *len = strcspn(p, "/");
        bool is_key = *p == '{' || (walk->place.is_collection && *p != '$' &&
                                    !has_namespace(p, *len) && !is_operation(walk->route, p, *len));
        if (is_key)
            walk->place.is_collection = false;
        else if (*p != '$' && (!has_namespace(p, *len) || is_operation(walk->route, p, *len)))
            break;
    }
    *segment = p;
    walk->end = p + *len;
    return *p != '\0';
}

static const char *returned_type(const struct schema *schema, const struct route *route)
{
    enum schema_content content = kinds[route->reply].content;
    if (content == CONTENT_NOTHING)
        return NULL;
    if (content == CONTENT_COUNT)
        return "Edm.Int64";
    return content == CONTENT_DOCUMENT ? "Edm.Stream" : schema_name(schema, route->entity);
}

static void add_operation(struct schema *schema, const struct walk *walk, const char *segment)
{
    const char *dot = strrchr(segment, '.');
    const struct route *route = walk->route;
    const struct schema_operation operation = {
        .name = dot ? dot + 1 : segment,
        .space = dot ? arena_text_of(schema->arena, (struct bytes){ (const uint8_t *)segment,
                                                                    (size_t)(dot - segment) })
                     : SCHEMA_MAIN_SPACE,
        .bound_to = walk->place.type,
        .is_bound_to_collection = walk->place.is_collection,
        .is_function = route->method == HTTP_GET,
        .parameters = route->body,
        .returns = returned_type(schema, route),
        .returns_collection = kinds[route->reply].content == CONTENT_COLLECTION,
    };
    schema_add_operation(schema, &operation);
    if (route->body)
        schema_add_members(schema, route->body, operation.space);
}

static void add_step(struct schema *schema, const struct place *from, const char *name,
                     const struct place *to)
{
    struct schema_root root = { .name = name, .type = to->type, .is_set = to->is_collection };
    struct schema_link link = {
        .owner = from->type, .name = name, .target = to->type, .is_collection = to->is_collection
    };
    (void)schema_add_type(schema, to->type);
    if (from->type)
        schema_add_link(schema, &link);
    else
        schema_add_root(schema, &root);
}

/* Goes along the path and adds what it shows; schema: NULL only looks. */
static bool walk_path(const struct rows *rows, const struct route *route, struct schema *schema)
{
    struct walk walk = { rows, route, { NULL, false }, route->path };
    const char *segment;
    size_t len;
    while (next_segment(&walk, &segment, &len)) {
        if (walk.place.type && is_operation(route, segment, len)) {
            if (schema)
                add_operation(schema, &walk, segment);
            return true;
        }
        struct place to = find_place(rows, route->path, (size_t)(walk.end - route->path));
        if (!to.type)
            return !route->entity; /* a document of its own is no part of the schema */
        if (schema)
            add_step(schema, &walk.place,
                     arena_text_of(schema->arena, (struct bytes){ (const uint8_t *)segment, len }),
                     &to);
        walk.place = to;
    }
    return true;
}

static const char *method_text(enum http_method method)
{
    for (size_t i = 0; i < ARRAY_LEN(methods); i++)
        if (methods[i].method == method)
            return methods[i].text;
    return "get";
}

/* The body of any other POST holds an action's parameters. */
static bool takes_entity(const struct route *route)
{
    return route->body && (route->reply == REPLY_CREATED || route->method != HTTP_POST);
}

static void add_types(struct schema *schema, const struct route *route)
{
    bool is_listed = route->method == HTTP_GET && route->reply == REPLY_COLLECTION;
    if (route->entity && kinds[route->reply].content != CONTENT_NOTHING) {
        struct schema_type *type = schema_add_type(schema, route->entity);
        type->is_listed |= is_listed;
        type->options |= is_listed ? route->options : 0;
    }
    if (takes_entity(route))
        (void)schema_add_type(schema, route->body);
}

static void add_route(struct schema *schema, const struct route *route)
{
    const struct schema_route added = {
        .name = route->name,
        .method = method_text(route->method),
        .path = arena_format(schema->arena, "/%s", route->path),
        .status = kinds[route->reply].status,
        .content = kinds[route->reply].content,
        .type = route->entity,
        .body = route->body,
        .body_is_change = route->method == HTTP_PATCH,
        .body_is_parameters = !takes_entity(route),
        .is_read = route->method == HTTP_GET,
        .options = route->options,
        .is_open = route->access == ACCESS_OPEN,
        .scopes = access_scopes(route->access),
        .roles = access_roles(route->access),
    };
    schema_add_route(schema, &added);
}

static const char *version_text(enum api_version version)
{
    return version == API_BETA ? "beta" : "v1.0";
}

void describe(const struct route *const *tables, enum api_version version, const char *url,
              struct arena *arena, struct schema *out)
{
    const struct rows rows = { tables, version };
    schema_init(out, arena);
    out->url = arena_format(arena, "%s/%s", url, version_text(version));
    out->refusals = refusals;
    for (const struct route *const *table = tables; *table; table++)
        for (const struct route *row = *table; row->name; row++) {
            if (!(row->versions & version))
                continue;
            add_types(out, row);
            (void)walk_path(&rows, row, out);
            add_route(out, row);
        }
}

bool describe_can_place(const struct route *const *tables, const struct route *route)
{
    const struct rows rows = { tables, route->versions };
    return walk_path(&rows, route, NULL);
}
