#include "graph/request.h"

#include "base/arena.h"
#include "base/error.h"
#include "graph/exchange.h"
#include "odata/entity_read.h"
#include "odata/etag.h"
#include "store/store.h"

struct request *request_new(struct graph *graph, struct exchange *exchange, time_t now)
{
    struct request *request = arena_take(exchange->arena, sizeof *request);
    *request = (struct request){
        .graph = graph, .exchange = exchange, .arena = exchange->arena, .now = now
    };
    return request;
}

struct session *request_session(struct request *request, struct error *err)
{
    if (!request->session)
        request->session = store_read(request->graph->store, err);
    return request->session;
}

void request_end_session(struct request *request)
{
    session_free(request->session);
    request->session = NULL;
}

struct actor request_actor(const struct request *request)
{
    return (struct actor){
        .tenant_id = request->caller.tenant_id,
        .name = request->caller.subject,
        .request_id = request->exchange->id,
    };
}

bool request_read_body(struct request *request, void *object, struct error *err)
{
    return entity_read(request->target.route->body, request->body, request->arena, object, err);
}

bool request_check_match(const struct request *request, int64_t revision, struct error *err)
{
    const char *header = exchange_header(request->exchange, "If-Match");
    return !header || etag_check_match(header, revision, err);
}

bool request_has_match(const struct request *request)
{
    return exchange_header(request->exchange, "If-Match") != NULL;
}

int64_t request_revision(const struct request *request, int64_t revision)
{
    return request_has_match(request) ? revision : 0;
}

void request_close(struct request *request)
{
    request_end_session(request);
    json_decref(request->body);
    request->body = NULL;
}
