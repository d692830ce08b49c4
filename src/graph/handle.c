#include "graph/handle.h"

#include "auth/token.h"
#include "base/error.h"
#include "base/json.h"
#include "base/metrics.h"
#include "graph/exchange.h"
#include "graph/headers.h"
#include "graph/reply.h"
#include "graph/request.h"

static bool find_route(struct request *request, struct error *err)
{
    struct exchange *exchange = request->exchange;
    if (route_find(graph_tables, exchange->method, exchange->path, request->arena, &request->target,
                   err))
        return true;
    if (err->code == ERR_METHOD_NOT_ALLOWED)
        headers_add_allow(exchange, request->target.allowed);
    return false;
}

static bool find_caller(struct request *request, struct error *err)
{
    const char *token = headers_bearer(request->exchange, err);
    return token &&
           token_verify(request->graph->auth, token, request->now, request->arena, &request->caller,
                        err) &&
           access_check(request->target.route->access, &request->caller, err);
}

static bool read_options(struct request *request, struct error *err)
{
    const struct route *route = request->target.route;
    request->reveal_enum_members =
        headers_prefer(request->exchange, "include-unknown-enum-members");
    return options_read(request->exchange->query, route->entity, route->options, request->arena,
                        &request->options, err);
}

/* An action whose parameters may all be left out may leave out the body too. */
static bool read_no_body(struct request *request, struct error *err)
{
    const struct route *route = request->target.route;
    if (route->body && (route->method == HTTP_PATCH || route->reply == REPLY_CREATED))
        return fail(err, ERR_MALFORMED, "a body in JSON is needed");
    request->body = json_object();
    return true;
}

static bool read_body(struct request *request, struct error *err)
{
    const struct route *route = request->target.route;
    struct bytes body = request->exchange->body;
    if (!(route->method & (HTTP_POST | HTTP_PATCH)))
        return true;
    if (body.len == 0)
        return read_no_body(request, err);
    if (!headers_check_json(request->exchange, err))
        return false;
    request->body = json_read(body, err);
    if (!request->body)
        return false;
    if (!route->body && (!json_is_object(request->body) || json_object_size(request->body) > 0))
        return fail(err, ERR_INVALID, "this action takes no parameters");
    return true;
}

bool handle_open(struct request *request, struct error *err)
{
    if (!find_route(request, err) || !find_caller(request, err) || !read_options(request, err) ||
        !read_body(request, err))
        return false;
    metric_add(request->graph->requests[request->target.number], 1);
    return true;
}

bool handle_run(struct request *request, struct error *err)
{
    struct result result = { .items = { NULL, 0 } };
    return request->target.route->run(request, &result, err) && reply_give(request, &result, err);
}
