#include "graph/handle.h"

#include "auth/token.h"
#include "base/arena.h"
#include "base/buckets.h"
#include "base/error.h"
#include "base/json.h"
#include "base/metrics.h"
#include "base/text.h"
#include "base/times.h"
#include "graph/exchange.h"
#include "graph/headers.h"
#include "graph/prefer.h"
#include "graph/reply.h"
#include "graph/request.h"

#include <inttypes.h>

enum { US_PER_MS = 1000, US_PER_S = 1000000 };

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

static bool read_token(struct request *request, struct error *err)
{
    const char *token = headers_bearer(request->exchange, err);
    return token && token_verify(request->graph->auth, token, request->now, request->arena,
                                 &request->caller, err);
}

/* Counted before anything is done for the caller, refused or not; an item of a batch by itself. */
static bool take_from_budget(struct request *request, struct error *err)
{
    const struct caller *caller = &request->caller;
    struct buckets *budget = request->graph->budget;
    int64_t wait_us = budget ? buckets_take(budget, caller->tenant_id, caller->subject,
                                            times_monotonic_ms() * US_PER_MS)
                             : 0;
    if (wait_us == 0)
        return true;
    int64_t wait_s = (wait_us + US_PER_S - 1) / US_PER_S;
    exchange_add_header(request->exchange, "Retry-After",
                        arena_format(request->arena, "%" PRId64, wait_s));
    return fail(err, ERR_THROTTLED,
                "the caller has made too many requests: try again in %" PRId64 " s", wait_s);
}

/* The caller of a batch is that of its items. */
static bool find_caller(struct request *request, struct error *err)
{
    enum access access = request->target.route->access;
    if (access == ACCESS_OPEN)
        return true;
    return (request->caller.tenant_id || read_token(request, err)) &&
           take_from_budget(request, err) && access_check(access, &request->caller, err);
}

/* A list is as long as $top says at most; without one the preference may also make it longer. */
static void take_page_size(struct request *request)
{
    struct options *options = &request->options;
    unsigned wanted = request->preferences.page_size;
    bool has_top = *options_text(options, "$top") != '\0';
    unsigned most = has_top ? options->top : QUERY_TOP_MAX;
    if (wanted > 0)
        options->top = wanted < most ? wanted : most;
}

static bool read_options(struct request *request, struct error *err)
{
    const struct route *route = request->target.route;
    request->preferences = preferences_read(exchange_header(request->exchange, "Prefer"));
    request->reveal_enum_members = request->preferences.enum_members;
    if (!options_read(request->exchange->query, route->entity, route->options, request->arena,
                      &request->options, err))
        return false;
    take_page_size(request);
    return reply_check_accept(request, err);
}

/* An action whose parameters may all be left out may leave out the body too. */
static bool read_no_body(struct request *request, struct error *err)
{
    const struct route *route = request->target.route;
    bool is_entity = route->method & (HTTP_PATCH | HTTP_PUT) || route->reply == REPLY_CREATED;
    if (route->body && is_entity)
        return fail(err, ERR_MALFORMED, "a body in JSON is needed");
    request->body = json_object();
    return true;
}

static bool read_body(struct request *request, struct error *err)
{
    const struct route *route = request->target.route;
    struct bytes body = request->exchange->body;
    if (!(route->method & (HTTP_POST | HTTP_PATCH | HTTP_PUT)))
        return true;
    if (body.len == 0 && !request->exchange->json)
        return read_no_body(request, err);
    if (!headers_check_json(request->exchange, err))
        return false;
    request->body =
        request->exchange->json ? json_incref(request->exchange->json) : json_read(body, err);
    if (!request->body)
        return false;
    if (route->entity && !route->body &&
        (!json_is_object(request->body) || json_object_size(request->body) > 0))
        return fail(err, ERR_INVALID, "this action takes no parameters");
    return true;
}

/* RFC 9110 §13.1.2: "If-None-Match: *" creates only what is not there. Always false. */
static bool blame_condition(const struct request *request, struct error *err)
{
    const char *none_match = exchange_header(request->exchange, "If-None-Match");
    if (err->code == ERR_CONFLICT && request->target.route->reply == REPLY_CREATED &&
        text_equal(none_match, "*"))
        err->code = ERR_PRECONDITION;
    return false;
}

/* When it comes later, the request may be gone by the time that the handler is back. */
static bool run(struct request *request, bool *is_later, struct error *err)
{
    struct result result = { .items = { NULL, 0 } };
    *is_later = false;
    if (!request->target.route->run(request, &result, err))
        return blame_condition(request, err);
    *is_later = result.is_later;
    bool is_good = result.is_later || reply_give(request, &result, err);
    buf_free(result.document);
    return is_good;
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
    bool is_later;
    request->finish = NULL;
    return run(request, &is_later, err);
}

bool handle_start(struct request *request, request_finish_fn *finish, void *context, bool *is_later,
                  struct error *err)
{
    request->finish = finish;
    request->finish_context = context;
    return run(request, is_later, err);
}
