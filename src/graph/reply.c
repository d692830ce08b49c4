#include "graph/reply.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "graph/exchange.h"
#include "graph/headers.h"
#include "graph/list.h"
#include "graph/prefer.h"
#include "graph/request.h"
#include "odata/entity_write.h"
#include "odata/etag.h"

#include <inttypes.h>

enum {
    BODY_OCTETS_MAX = 64 * 1024 * 1024,
    URL_OCTETS_MAX = 64 * 1024,
    ETAG_OCTETS_MAX = 32,
    HTTP_OK = 200,
    HTTP_CREATED = 201,
    HTTP_NO_CONTENT = 204,
    HTTP_NOT_MODIFIED = 304
};

typedef bool write_fn(struct request *request, const struct result *result, struct buf *body,
                      struct error *err);

static const struct entity *entity_of(const struct request *request, const struct result *result)
{
    return result->entity ? result->entity : request->target.route->entity;
}

static struct view view_of(struct request *request, const struct result *result)
{
    return (struct view){
        .urls = &request->graph->urls,
        .reveal_enum_members = request->reveal_enum_members,
        .without_annotations = request->metadata == METADATA_NONE,
        .tells_type = result->tells_type,
        .options = &request->options,
        .load = list_load_link,
        .context = request,
    };
}

/* What an action or one of our functions answers belongs to no set: its type is the context
 * (OData JSON §10). */
static bool is_of_a_set(const struct route *route)
{
    return (route->method != HTTP_POST || route->reply == REPLY_CREATED) &&
           !text_equal(entity_namespace(route->entity), "cloudpki");
}

static void add_context(const struct request *request, bool is_collection, struct buf *out)
{
    const struct route *route = request->target.route;
    if (is_of_a_set(route))
        route_context(&request->target, out);
    else
        buf_add_format(out, is_collection ? "Collection(%s.%s)" : "%s.%s",
                       entity_namespace(route->entity), route->entity->name);
    if (request->options.select_text)
        buf_add_format(out, "(%s)", request->options.select_text);
    if (!is_collection && is_of_a_set(route))
        buf_add_text(out, "/$entity");
}

static void write_context(struct json_writer *writer, const struct request *request,
                          bool is_collection)
{
    SCOPED(buf_free) struct buf *of = buf_new(URL_OCTETS_MAX);
    add_context(request, is_collection, of);
    reply_write_context(writer, request, buf_text(of));
}

/* Absolute and opaque; repeats what the caller asked for. */
static void write_next_link(struct json_writer *writer, const struct request *request,
                            const char *skip_token)
{
    SCOPED(buf_free) struct buf *url = buf_new(URL_OCTETS_MAX);
    if (!skip_token)
        return;
    buf_add_text(url, request->graph->urls.api_url);
    route_path(&request->target, url);
    options_next(&request->options, skip_token, url);
    json_member(writer, "@odata.nextLink", buf_text(url));
}

static bool write_one(struct request *request, const struct result *result, struct buf *body,
                      struct error *err)
{
    const struct view view = view_of(request, result);
    struct json_writer writer = json_writer_to(body);
    json_open_object(&writer);
    write_context(&writer, request, false);
    if (result->notice)
        json_member(&writer, "@cloudpki.notice", result->notice);
    if (!entity_write(&writer, entity_of(request, result), result->items.first, &view, err))
        return false;
    json_close_object(&writer);
    return true;
}

static bool write_collection(struct request *request, const struct result *result, struct buf *body,
                             struct error *err)
{
    const struct entity *entity = entity_of(request, result);
    const struct view view = view_of(request, result);
    struct json_writer writer = json_writer_to(body);
    json_open_object(&writer);
    write_context(&writer, request, true);
    if (result->has_total)
        json_member_int(&writer, "@odata.count", result->total);
    write_next_link(&writer, request, result->skip_token);
    json_key(&writer, "value");
    json_open_array(&writer);
    for (size_t i = 0; i < result->items.count; i++) {
        json_open_object(&writer);
        if (!entity_write(&writer, entity, (const char *)result->items.first + i * entity->size,
                          &view, err))
            return false;
        json_close_object(&writer);
    }
    json_close_array(&writer);
    json_close_object(&writer);
    return true;
}

static bool write_count(struct request *request, const struct result *result, struct buf *body,
                        struct error *err)
{
    (void)request;
    (void)err;
    buf_add_format(body, "%" PRId64, result->total);
    return true;
}

static bool write_document(struct request *request, const struct result *result, struct buf *body,
                           struct error *err)
{
    (void)request;
    (void)err;
    buf_add(body, buf_bytes(result->document));
    if (!buf_ok(result->document))
        buf_fail(body);
    return true;
}

static const char *const json_types[METADATA_COUNT] = {
    [METADATA_MINIMAL] = HEADERS_JSON,
    [METADATA_NONE] = HEADERS_JSON_OF("none"),
};

static const struct {
    int status;
    const char *content_type; /* NULL: JSON, if anything */
    write_fn *write;
} kinds[REPLY_KIND_COUNT] = {
    // clang-format off
    [REPLY_ENTITY]     = { HTTP_OK,         NULL,                       write_one },
    [REPLY_CREATED]    = { HTTP_CREATED,    NULL,                       write_one },
    [REPLY_COLLECTION] = { HTTP_OK,         NULL,                       write_collection },
    [REPLY_COUNT]      = { HTTP_OK,         "text/plain;charset=utf-8", write_count },
    [REPLY_DOCUMENT]   = { HTTP_OK,         NULL,                       write_document },
    [REPLY_NOTHING]    = { HTTP_NO_CONTENT, NULL,                       NULL },
    // clang-format on
};

/* What is told of an entity whether it is in the reply or not. */
static bool is_of_one(enum reply_kind kind)
{
    return kind == REPLY_ENTITY || kind == REPLY_CREATED;
}

/* OData §8.2.8.7: who changes something may do without its new state. */
static bool is_minimal(const struct request *request)
{
    const struct route *route = request->target.route;
    return request->preferences.minimal &&
           (route->reply == REPLY_CREATED ||
            (route->reply == REPLY_ENTITY && route->method & (HTTP_PATCH | HTTP_PUT)));
}

/* A revision counts what was changed, not what time changes by itself, such as a status: after
 * any time that the entity names and that has come since, the revision says too little. */
static bool time_has_told(const struct entity *entity, const void *object, time_t now)
{
    const struct property *created = property_of_column(entity, "created_at");
    const struct property *modified = property_of_column(entity, "modified_at");
    int64_t from = created ? property_int(created, object) : now;
    if (modified && property_int(modified, object) > from)
        from = property_int(modified, object);
    for (const struct property *row = entity->properties; !property_is_last(row); row++) {
        int64_t t = row->type == PROPERTY_TIME ? property_int(row, object) : 0;
        if (t > from && t <= now)
            return true;
    }
    return !created;
}

static bool has_expanded(const struct options *options)
{
    for (size_t i = 0; i < ENTITY_LINKS_MAX; i++)
        if (options->expanded[i])
            return true;
    return false;
}

/* RFC 9110 §13.1.2, of a GET. */
static bool is_known(const struct request *request, const struct result *result)
{
    const struct route *route = request->target.route;
    const char *header = exchange_header(request->exchange, "If-None-Match");
    const void *object = result->items.first;
    if (header && result->revision)
        return etag_is_listed(header, result->revision);
    if (!header || !object || route->method != HTTP_GET || route->reply != REPLY_ENTITY)
        return false;
    const struct entity *entity = entity_of(request, result);
    const struct property *revision = property_of_column(entity, "revision");
    return revision && etag_is_listed(header, property_int(revision, object)) &&
           !has_expanded(&request->options) && !time_has_told(entity, object, request->now);
}

static int64_t revision_of(const struct request *request, const struct result *result)
{
    if (!is_of_one(request->target.route->reply) || !result->items.first)
        return result->revision;
    const struct property *row = property_of_column(entity_of(request, result), "revision");
    return row ? property_int(row, result->items.first) : 0;
}

static void add_etag(struct request *request, const struct result *result)
{
    int64_t revision = revision_of(request, result);
    SCOPED(buf_free) struct buf *etag = buf_new(ETAG_OCTETS_MAX);
    if (revision == 0)
        return;
    etag_write(revision, etag);
    exchange_add_header(request->exchange, "ETag", arena_text(request->arena, buf_text(etag)));
}

/* OData §8.3.4: without a body the new entity's URL stands in a second header. */
static void add_location(struct request *request, const struct result *result)
{
    SCOPED(buf_free) struct buf *url = buf_new(URL_OCTETS_MAX);
    if (!result->location_id)
        return;
    buf_add_text(url, request->graph->urls.api_url);
    route_path(&request->target, url);
    buf_add_format(url, "/%s", result->location_id);
    const char *text = arena_text(request->arena, buf_text(url));
    exchange_add_header(request->exchange, "Location", text);
    if (is_minimal(request))
        exchange_add_header(request->exchange, "OData-EntityId", text);
}

static void tell_preferences(struct request *request)
{
    enum reply_kind kind = request->target.route->reply;
    struct preferences met = { .minimal = is_minimal(request) };
    if (kind == REPLY_COLLECTION)
        met.page_size = request->preferences.page_size;
    if (kind == REPLY_COLLECTION || is_of_one(kind))
        met.enum_members = request->preferences.enum_members && !met.minimal;
    preferences_tell(request->exchange, &met);
}

static void add_headers(struct request *request, const struct result *result)
{
    if (result->revision)
        headers_add_public(request->exchange);
    else
        headers_add(request->exchange);
    add_location(request, result);
    add_etag(request, result);
    tell_preferences(request);
}

void reply_write_context(struct json_writer *writer, const struct request *request, const char *of)
{
    SCOPED(buf_free) struct buf *url = buf_new(URL_OCTETS_MAX);
    if (request->metadata == METADATA_NONE)
        return;
    buf_add_format(url, "%s/%s/$metadata%s%s", request->graph->urls.api_url,
                   route_version_text(request->target.version), of ? "#" : "", of ? of : "");
    json_member(writer, "@odata.context", buf_text(url));
}

static bool tells_secret(const struct entity *entity)
{
    if (!entity)
        return false;
    for (const struct property *row = entity->properties; !property_is_last(row); row++)
        if (row->flags & SECRET)
            return true;
    return false;
}

bool reply_check_accept(struct request *request, struct error *err)
{
    enum reply_kind kind = request->target.route->reply;
    const char *header = exchange_header(request->exchange, "Accept");
    if (kind == REPLY_NOTHING || request->target.route->options & OPTION_FORMAT)
        return true;
    return kinds[kind].content_type ? accept_text(header, err)
                                    : accept_json(header, &request->metadata, err);
}

bool reply_give(struct request *request, const struct result *result, struct error *err)
{
    enum reply_kind kind = is_minimal(request) ? REPLY_NOTHING : request->target.route->reply;
    bool is_bare = kind == REPLY_NOTHING || is_known(request, result);
    int status = is_bare && kind != REPLY_NOTHING ? HTTP_NOT_MODIFIED : kinds[kind].status;
    SCOPED(buf_free) struct buf *body = buf_new(BODY_OCTETS_MAX);
    const char *type = result->content_type ? result->content_type : kinds[kind].content_type;
    if (!is_bare && !kinds[kind].write(request, result, body, err))
        return false;
    if (!buf_ok(body))
        return fail(err, ERR_INTERNAL, "the reply is longer than %d octets", BODY_OCTETS_MAX);
    add_headers(request, result);
    if (tells_secret(entity_of(request, result)))
        request->exchange->is_secret = true;
    if (!type)
        type = json_types[request->metadata];
    exchange_answer(request->exchange, status, is_bare ? NULL : type, TAKE(body));
    return true;
}
