#include "graph/graph.h"

#include "auth/auth.h"
#include "auth/token.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/metrics.h"
#include "base/times.h"
#include "graph/errors.h"
#include "graph/headers.h"
#include "graph/reply.h"
#include "graph/request.h"

/* The life of a request: answer() runs on a worker. It finds the route, the caller and the rights,
 * reads the query options and the body; what changes something moves to the desk. run() lets the
 * route's handler make a result and writes it. A failure anywhere is one error, answered once. */

enum { REQUEST_OCTETS_MAX = 1024 * 1024, LABELS_OCTETS_MAX = 128 };

static const enum http_method all_methods = HTTP_GET | HTTP_HEAD | HTTP_POST | HTTP_PUT |
                                            HTTP_PATCH | HTTP_DELETE | HTTP_OPTIONS | HTTP_OTHER;

static bool find_route(struct request *request, struct error *err)
{
    struct http_job *job = request->job;
    if (route_find(graph_tables, http_job_method(job), http_job_path(job), request->arena,
                   &request->target, err))
        return true;
    if (err->code == ERR_METHOD_NOT_ALLOWED)
        headers_add_allow(job, request->target.allowed);
    return false;
}

static bool find_caller(struct request *request, struct error *err)
{
    const char *token = headers_bearer(request->job, err);
    return token &&
           token_verify(request->graph->auth, token, request->now, request->arena, &request->caller,
                        err) &&
           access_check(request->target.route->access, &request->caller, err);
}

static bool read_options(struct request *request, struct error *err)
{
    const struct route *route = request->target.route;
    request->reveal_enum_members = headers_prefer(request->job, "include-unknown-enum-members");
    return options_read(http_job_query(request->job), route->entity, route->options, request->arena,
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
    struct bytes body = http_job_body(request->job);
    if (!(route->method & (HTTP_POST | HTTP_PATCH)))
        return true;
    if (body.len == 0)
        return read_no_body(request, err);
    if (!headers_check_json(request->job, err))
        return false;
    request->body = json_read(body, err);
    if (!request->body)
        return false;
    if (!route->body && (!json_is_object(request->body) || json_object_size(request->body) > 0))
        return fail(err, ERR_INVALID, "this action takes no parameters");
    return true;
}

static bool open_request(struct request *request, struct error *err)
{
    return find_route(request, err) && find_caller(request, err) && read_options(request, err) &&
           read_body(request, err);
}

static void refuse(struct request *request, const struct error *err)
{
    struct http_job *job = request->job;
    request_close(request);
    http_reply_error(job, err);
}

static void run(void *context, struct http_job *job)
{
    (void)context;
    struct error err = { 0 };
    struct result result = { .items = { NULL, 0 } };
    struct request *request = http_job_state(job);
    if (!request->target.route->run(request, &result, &err) || !reply_give(request, &result, &err))
        refuse(request, &err);
}

static void count_request(const struct request *request)
{
    metric_add(request->graph->requests[request->target.number], 1);
}

static void answer(void *context, struct http_job *job)
{
    struct error err = { 0 };
    struct request *request = arena_take(http_job_arena(job), sizeof *request);
    *request = (struct request){
        .graph = context, .job = job, .arena = http_job_arena(job), .now = times_now()
    };
    if (!open_request(request, &err)) {
        refuse(request, &err);
        return;
    }
    count_request(request);
    http_job_set_state(job, request);
    if (request->target.route->place == ON_WORKER) {
        run(context, job);
        return;
    }
    if (!http_job_move(job, ON_DESK, run, context)) {
        (void)fail(&err, ERR_BUSY, "too many changes are under way: try again");
        refuse(request, &err);
    }
}

static const struct http_route http_routes[] = {
    // clang-format off
    { "graph.beta", all_methods, "/beta/*", LISTENER_HTTPS, ON_WORKER, REQUEST_OCTETS_MAX, answer },
    { "graph.v1",   all_methods, "/v1.0/*", LISTENER_HTTPS, ON_WORKER, REQUEST_OCTETS_MAX, answer },
    { .name = NULL },
    // clang-format on
};

static void make_skip_mac(void *context, struct bytes data, uint8_t out[32])
{
    auth_mac(context, "graph.skiptoken", data, out);
}

static struct metric *make_counter(struct metrics *metrics, const char *name)
{
    SCOPED(buf_free) struct buf *labels = buf_new(LABELS_OCTETS_MAX);
    buf_add_format(labels, "operation=\"%s\"", name);
    return metrics_counter(metrics, "cloudpki_graph_operations_total",
                           "Operations of the admin API that were let in.", buf_text(labels));
}

static struct metric **make_counters(struct metrics *metrics)
{
    size_t number = 0;
    struct metric **counters = memory_new_array(route_number(graph_tables, NULL), sizeof *counters);
    for (const struct route *const *table = graph_tables; *table; table++)
        for (const struct route *row = *table; row->name; row++)
            counters[number++] = make_counter(metrics, row->name);
    return counters;
}

struct graph *graph_new(struct authority *authority, struct auth *auth, struct store *store,
                        const struct urls *urls, struct metrics *metrics)
{
    struct graph *graph = memory_new(sizeof *graph);
    graph->authority = authority;
    graph->auth = auth;
    graph->store = store;
    graph->urls = *urls;
    graph->skip_token_key = (struct skip_token_key){ make_skip_mac, auth };
    graph->requests = make_counters(metrics);
    return graph;
}

struct http_front graph_front(struct graph *graph)
{
    return (struct http_front){ http_routes, graph_reply_error, graph };
}

void graph_free(struct graph *graph)
{
    if (!graph)
        return;
    memory_free(graph->requests);
    memory_free(graph);
}
