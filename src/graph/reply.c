#include "graph/reply.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "graph/exchange.h"
#include "graph/headers.h"
#include "graph/list.h"
#include "graph/request.h"
#include "odata/entity_write.h"

#include <inttypes.h>

enum {
    BODY_OCTETS_MAX = 64 * 1024 * 1024,
    URL_OCTETS_MAX = 64 * 1024,
    HTTP_OK = 200,
    HTTP_CREATED = 201,
    HTTP_NO_CONTENT = 204
};

typedef bool write_fn(struct request *request, const struct result *result, struct buf *body,
                      struct error *err);

static struct view view_of(struct request *request)
{
    return (struct view){
        .urls = &request->graph->urls,
        .reveal_enum_members = request->reveal_enum_members,
        .options = &request->options,
        .load = list_load_link,
        .context = request,
    };
}

static const char *version_text(const struct request *request)
{
    return request->target.version == API_BETA ? "beta" : "v1.0";
}

/* What an action or one of our functions answers belongs to no set: its type is the context
 * (OData JSON §10). */
static bool is_of_a_set(const struct route *route)
{
    return (route->method != HTTP_POST || route->reply == REPLY_CREATED) &&
           text_equal(entity_namespace(route->entity), "microsoft.graph");
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
    SCOPED(buf_free) struct buf *url = buf_new(URL_OCTETS_MAX);
    buf_add_format(url, "%s/%s/$metadata#", request->graph->urls.api_url, version_text(request));
    add_context(request, is_collection, url);
    json_member(writer, "@odata.context", buf_text(url));
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
    const struct view view = view_of(request);
    struct json_writer writer = json_writer_to(body);
    json_open_object(&writer);
    write_context(&writer, request, false);
    if (result->notice)
        json_member(&writer, "@cloudpki.notice", result->notice);
    if (!entity_write(&writer, request->target.route->entity, result->items.first, &view, err))
        return false;
    json_close_object(&writer);
    return true;
}

static bool write_collection(struct request *request, const struct result *result, struct buf *body,
                             struct error *err)
{
    const struct entity *entity = request->target.route->entity;
    const struct view view = view_of(request);
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

static bool write_nothing(struct request *request, const struct result *result, struct buf *body,
                          struct error *err)
{
    (void)request;
    (void)result;
    (void)body;
    (void)err;
    return true;
}

static const struct {
    int status;
    const char *content_type;
    write_fn *write;
} kinds[REPLY_KIND_COUNT] = {
    // clang-format off
    [REPLY_ENTITY]     = { HTTP_OK,         HEADERS_JSON,               write_one },
    [REPLY_CREATED]    = { HTTP_CREATED,    HEADERS_JSON,               write_one },
    [REPLY_COLLECTION] = { HTTP_OK,         HEADERS_JSON,               write_collection },
    [REPLY_COUNT]      = { HTTP_OK,         "text/plain;charset=utf-8", write_count },
    [REPLY_NOTHING]    = { HTTP_NO_CONTENT, NULL,                       write_nothing },
    // clang-format on
};

static void add_location(struct request *request, const struct result *result)
{
    SCOPED(buf_free) struct buf *url = buf_new(URL_OCTETS_MAX);
    if (!result->location_id)
        return;
    buf_add_text(url, request->graph->urls.api_url);
    route_path(&request->target, url);
    buf_add_format(url, "/%s", result->location_id);
    exchange_add_header(request->exchange, "Location", arena_text(request->arena, buf_text(url)));
}

bool reply_give(struct request *request, const struct result *result, struct error *err)
{
    enum reply_kind kind = request->target.route->reply;
    SCOPED(buf_free) struct buf *body = buf_new(BODY_OCTETS_MAX);
    if (!kinds[kind].write(request, result, body, err))
        return false;
    if (!buf_ok(body))
        return fail(err, ERR_INTERNAL, "the reply is longer than %d octets", BODY_OCTETS_MAX);
    headers_add(request->exchange);
    add_location(request, result);
    exchange_answer(request->exchange, kinds[kind].status, kinds[kind].content_type, TAKE(body));
    return true;
}
