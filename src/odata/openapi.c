#include "odata/openapi.h"

#include "base/arena.h"
#include "base/text.h"
#include "odata/openapi_types.h"
#include "odata/options.h"
#include "odata/schema.h"

#include <string.h>

#define JSON_MEDIA_TYPE "application/json"
#define ERROR_SCHEMA    "#/components/schemas/error"

struct writing {
    struct json_writer *writer;
    const struct schema *schema;
    const struct schema_route *route;
};

typedef void option_fn(const struct writing *writing);

static void open_member(const struct writing *writing, const char *key)
{
    json_key(writing->writer, key);
    json_open_object(writing->writer);
}

static void write_reference(const struct writing *writing, const char *text)
{
    json_open_object(writing->writer);
    json_member(writing->writer, "$ref", text);
    json_close_object(writing->writer);
}

/* ---- what is asked ---- */

static void write_text_option(const struct writing *writing)
{
    json_member(writing->writer, "type", "string");
}

static void write_bool_option(const struct writing *writing)
{
    json_member(writing->writer, "type", "boolean");
}

static void write_range(const struct writing *writing, int64_t least, int64_t most)
{
    json_member(writing->writer, "type", "integer");
    json_member_int(writing->writer, "minimum", least);
    json_member_int(writing->writer, "maximum", most);
}

static void write_top(const struct writing *writing)
{
    write_range(writing, 1, QUERY_TOP_MAX);
}

static void write_skip(const struct writing *writing)
{
    write_range(writing, 0, OPTIONS_SKIP_MAX);
}

static void open_choices(const struct writing *writing)
{
    json_member(writing->writer, "type", "array");
    open_member(writing, "items");
    json_member(writing->writer, "type", "string");
    json_key(writing->writer, "enum");
    json_open_array(writing->writer);
}

static void close_choices(const struct writing *writing)
{
    json_close_array(writing->writer);
    json_close_object(writing->writer);
}

static void write_select(const struct writing *writing)
{
    open_choices(writing);
    const struct property *row = writing->route->type->properties;
    for (; !property_is_last(row); row++)
        if (row->name && !(row->flags & WRITE_ONLY))
            json_text(writing->writer, row->name);
    close_choices(writing);
}

static void write_order(const struct writing *writing)
{
    open_choices(writing);
    const struct property *row = writing->route->type->properties;
    for (; !property_is_last(row); row++)
        if (row->name && row->flags & SORT) {
            json_text(writing->writer, row->name);
            json_text(writing->writer, arena_format(writing->schema->arena, "%s desc", row->name));
        }
    close_choices(writing);
}

static bool can_expand(const struct entity *entity)
{
    for (const struct link *link = entity->links; link && link->name; link++)
        if (!(link->flags & LINK_PATH_ONLY))
            return true;
    return false;
}

static void write_expand(const struct writing *writing)
{
    open_choices(writing);
    for (const struct link *link = writing->route->type->links; link && link->name; link++)
        if (!(link->flags & LINK_PATH_ONLY))
            json_text(writing->writer, link->name);
    close_choices(writing);
}

static void write_format(const struct writing *writing)
{
    json_key(writing->writer, "enum");
    json_open_array(writing->writer);
    json_text(writing->writer, "json");
    json_text(writing->writer, "xml");
    json_close_array(writing->writer);
}

static const struct {
    enum option option;
    const char *name;
    option_fn *write;
} options[] = {
    // clang-format off
    { OPTION_SELECT,     "$select",    write_select },
    { OPTION_FILTER,     "$filter",    write_text_option },
    { OPTION_ORDER_BY,   "$orderby",   write_order },
    { OPTION_TOP,        "$top",       write_top },
    { OPTION_SKIP,       "$skip",      write_skip },
    { OPTION_COUNT,      "$count",     write_bool_option },
    { OPTION_SEARCH,     "$search",    write_text_option },
    { OPTION_EXPAND,     "$expand",    write_expand },
    { OPTION_SKIP_TOKEN, "$skiptoken", write_text_option },
    { OPTION_FORMAT,     "$format",    write_format },
    // clang-format on
};

static void write_option(const struct writing *writing, const char *name, option_fn *write)
{
    bool is_list = write == write_select || write == write_order || write == write_expand;
    json_open_object(writing->writer);
    json_member(writing->writer, "name", name);
    json_member(writing->writer, "in", "query");
    if (is_list) {
        json_key(writing->writer, "explode");
        json_bool(writing->writer, false);
    }
    open_member(writing, "schema");
    write(writing);
    json_close_object(writing->writer);
    json_close_object(writing->writer);
}

static void write_parameter(const struct writing *writing, const char *name, const char *in,
                            bool is_required)
{
    json_open_object(writing->writer);
    json_member(writing->writer, "name", name);
    json_member(writing->writer, "in", in);
    json_key(writing->writer, "required");
    json_bool(writing->writer, is_required);
    open_member(writing, "schema");
    json_member(writing->writer, "type", "string");
    json_close_object(writing->writer);
    json_close_object(writing->writer);
}

static void write_path_parameters(const struct writing *writing)
{
    const char *p = writing->route->path;
    while ((p = strchr(p, '{'))) {
        size_t len = strcspn(++p, "}");
        write_parameter(
            writing,
            arena_text_of(writing->schema->arena, (struct bytes){ (const uint8_t *)p, len }),
            "path", true);
    }
}

static void write_parameters(const struct writing *writing)
{
    const struct schema_route *route = writing->route;
    json_key(writing->writer, "parameters");
    json_open_array(writing->writer);
    write_path_parameters(writing);
    for (size_t i = 0; i < ARRAY_LEN(options); i++)
        if (route->options & options[i].option &&
            (options[i].option != OPTION_EXPAND || can_expand(route->type)))
            write_option(writing, options[i].name, options[i].write);
    if (text_equal(route->method, "patch") || text_equal(route->method, "delete"))
        write_parameter(writing, "If-Match", "header", false);
    json_close_array(writing->writer);
}

/* The parameters of an action stand nowhere else; a type has schemas of its own. */
static void write_body(const struct writing *writing)
{
    const struct schema_route *route = writing->route;
    enum shape shape = route->body_is_change ? SHAPE_CHANGE : SHAPE_CREATE;
    open_member(writing, "requestBody");
    json_key(writing->writer, "required");
    json_bool(writing->writer, !route->body_is_parameters);
    open_member(writing, "content");
    open_member(writing, JSON_MEDIA_TYPE);
    json_key(writing->writer, "schema");
    if (route->body_is_parameters)
        openapi_write_object(writing->writer, writing->schema, route->body, shape);
    else
        openapi_write_reference(writing->writer, writing->schema, route->body, shape);
    json_close_object(writing->writer);
    json_close_object(writing->writer);
    json_close_object(writing->writer);
}

/* ---- what is answered ---- */

static void write_member_type(const struct writing *writing, const char *name, const char *type)
{
    open_member(writing, name);
    json_member(writing->writer, "type", type);
    json_close_object(writing->writer);
}

static void write_required(const struct writing *writing, const char *const *names)
{
    json_key(writing->writer, "required");
    json_open_array(writing->writer);
    for (; *names; names++)
        json_text(writing->writer, *names);
    json_close_array(writing->writer);
}

static void write_collection(const struct writing *writing)
{
    static const char *const required[] = { "value", NULL };
    json_open_object(writing->writer);
    json_member(writing->writer, "type", "object");
    open_member(writing, "properties");
    write_member_type(writing, "@odata.context", "string");
    write_member_type(writing, "@odata.count", "integer");
    write_member_type(writing, "@odata.nextLink", "string");
    open_member(writing, "value");
    json_member(writing->writer, "type", "array");
    json_key(writing->writer, "items");
    openapi_write_reference(writing->writer, writing->schema, writing->route->type, SHAPE_SHOWN);
    json_close_object(writing->writer);
    json_close_object(writing->writer);
    write_required(writing, required);
    json_key(writing->writer, "additionalProperties");
    json_bool(writing->writer, false);
    json_close_object(writing->writer);
}

static void write_entity(const struct writing *writing)
{
    openapi_write_reference(writing->writer, writing->schema, writing->route->type, SHAPE_SHOWN);
}

static void write_count(const struct writing *writing)
{
    json_open_object(writing->writer);
    json_member(writing->writer, "type", "integer");
    json_close_object(writing->writer);
}

static void write_any(const struct writing *writing)
{
    json_open_object(writing->writer);
    json_close_object(writing->writer);
}

static const struct {
    const char *media_type;
    void (*write)(const struct writing *writing);
} contents[] = {
    // clang-format off
    [CONTENT_ENTITY]     = { JSON_MEDIA_TYPE, write_entity },
    [CONTENT_COLLECTION] = { JSON_MEDIA_TYPE, write_collection },
    [CONTENT_COUNT]      = { "text/plain",    write_count },
    [CONTENT_DOCUMENT]   = { JSON_MEDIA_TYPE, write_any },
    // clang-format on
};

static void write_content(const struct writing *writing, const char *media_type)
{
    open_member(writing, media_type);
    json_key(writing->writer, "schema");
    contents[writing->route->content].write(writing);
    json_close_object(writing->writer);
}

static void write_success(const struct writing *writing)
{
    const struct schema_route *route = writing->route;
    open_member(writing, arena_format(writing->schema->arena, "%d", route->status));
    json_member(writing->writer, "description", "Done.");
    if (route->content != CONTENT_NOTHING) {
        open_member(writing, "content");
        write_content(writing, contents[route->content].media_type);
        if (route->options & OPTION_FORMAT)
            write_content(writing, "application/xml");
        json_close_object(writing->writer);
    }
    json_close_object(writing->writer);
}

static void write_responses(const struct writing *writing)
{
    const struct schema *schema = writing->schema;
    open_member(writing, "responses");
    write_success(writing);
    for (const struct schema_refusal *row = schema->refusals; row->status; row++) {
        if (row->is_of_changes && writing->route->is_read)
            continue;
        json_key(writing->writer, arena_format(schema->arena, "%d", row->status));
        write_reference(writing,
                        arena_format(schema->arena, "#/components/responses/%d", row->status));
    }
    json_close_object(writing->writer);
}

static void write_requirement(const struct writing *writing, const char *scope, size_t len)
{
    json_open_object(writing->writer);
    json_key(writing->writer, "bearer");
    json_open_array(writing->writer);
    if (len > 0)
        json_text(writing->writer, arena_text_of(writing->schema->arena,
                                                 (struct bytes){ (const uint8_t *)scope, len }));
    json_close_array(writing->writer);
    json_close_object(writing->writer);
}

/* One requirement per scope: any of them will do. */
static void write_security(const struct writing *writing)
{
    const char *p = writing->route->scopes ? writing->route->scopes : "";
    json_key(writing->writer, "security");
    json_open_array(writing->writer);
    while (!writing->route->is_open) {
        size_t len = strcspn(p, " ");
        write_requirement(writing, p, len);
        p += len + strspn(p + len, " ");
        if (!*p)
            break;
    }
    json_close_array(writing->writer);
}

static void write_operation(const struct writing *writing)
{
    const struct schema_route *route = writing->route;
    open_member(writing, route->method);
    json_member(writing->writer, "operationId", route->name);
    if (route->roles)
        json_member(writing->writer, "description",
                    arena_format(writing->schema->arena,
                                 "Who acts for somebody needs one of these roles: %s.",
                                 route->roles));
    write_security(writing);
    write_parameters(writing);
    if (route->body)
        write_body(writing);
    write_responses(writing);
    json_close_object(writing->writer);
}

static bool is_first_of_path(const struct schema *schema, const struct schema_route *route)
{
    const struct schema_route *known;
    STAILQ_FOREACH (known, &schema->routes, next)
        if (text_equal(known->path, route->path))
            return known == route;
    return false;
}

static void write_path(struct json_writer *writer, const struct schema *schema, const char *path)
{
    const struct schema_route *route;
    json_key(writer, path);
    json_open_object(writer);
    STAILQ_FOREACH (route, &schema->routes, next)
        if (text_equal(route->path, path))
            write_operation(&(struct writing){ writer, schema, route });
    json_close_object(writer);
}

static void write_paths(struct json_writer *writer, const struct schema *schema)
{
    const struct schema_route *route;
    json_key(writer, "paths");
    json_open_object(writer);
    STAILQ_FOREACH (route, &schema->routes, next)
        if (is_first_of_path(schema, route))
            write_path(writer, schema, route->path);
    json_close_object(writer);
}

/* ---- what all share ---- */

static void write_refusal(const struct writing *writing, const struct schema_refusal *refusal)
{
    open_member(writing, arena_format(writing->schema->arena, "%d", refusal->status));
    json_member(writing->writer, "description", refusal->meaning);
    open_member(writing, "content");
    open_member(writing, JSON_MEDIA_TYPE);
    json_key(writing->writer, "schema");
    write_reference(writing, ERROR_SCHEMA);
    json_close_object(writing->writer);
    json_close_object(writing->writer);
    json_close_object(writing->writer);
}

static const char error_schema[] =
    "{\"type\":\"object\",\"properties\":{\"error\":{\"type\":\"object\",\"properties\":{"
    "\"code\":{\"type\":\"string\"},\"message\":{\"type\":\"string\"},"
    "\"innerError\":{\"type\":\"object\",\"properties\":{\"date\":{\"type\":\"string\"},"
    "\"request-id\":{\"type\":\"string\",\"format\":\"uuid\"},"
    "\"client-request-id\":{\"type\":\"string\",\"format\":\"uuid\"}},"
    "\"required\":[\"date\",\"request-id\",\"client-request-id\"]}},"
    "\"required\":[\"code\",\"message\",\"innerError\"]}},\"required\":[\"error\"],"
    "\"additionalProperties\":false}";

static void write_components(struct json_writer *writer, const struct schema *schema)
{
    const struct writing writing = { writer, schema, NULL };
    open_member(&writing, "components");
    open_member(&writing, "securitySchemes");
    open_member(&writing, "bearer");
    json_member(writer, "type", "http");
    json_member(writer, "scheme", "bearer");
    json_member(writer, "bearerFormat", "JWT");
    json_close_object(writer);
    json_close_object(writer);
    open_member(&writing, "responses");
    for (const struct schema_refusal *row = schema->refusals; row->status; row++)
        write_refusal(&writing, row);
    json_close_object(writer);
    open_member(&writing, "schemas");
    json_key(writer, "error");
    json_raw(writer, bytes_of_text(error_schema));
    openapi_write_types(writer, schema);
    json_close_object(writer);
    json_close_object(writer);
}

static void write_head(struct json_writer *writer, const struct schema *schema)
{
    const struct writing writing = { writer, schema, NULL };
    json_member(writer, "openapi", "3.1.0");
    open_member(&writing, "info");
    json_member(writer, "title", "cloudpki");
    json_member(writer, "version", CLOUDPKI_VERSION);
    json_close_object(writer);
    json_key(writer, "servers");
    json_open_array(writer);
    json_open_object(writer);
    json_member(writer, "url", schema->url);
    json_close_object(writer);
    json_close_array(writer);
}

void openapi_write(const struct schema *schema, struct buf *out)
{
    struct json_writer writer = json_writer_to(out);
    json_open_object(&writer);
    write_head(&writer, schema);
    write_paths(&writer, schema);
    write_components(&writer, schema);
    json_close_object(&writer);
}
