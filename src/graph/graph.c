#include "graph/graph.h"

#include "auth/auth.h"
#include "auth/token.h"
#include "base/arena.h"
#include "base/buckets.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/metrics.h"
#include "base/times.h"
#include "graph/compress.h"
#include "graph/cors.h"
#include "graph/documents.h"
#include "graph/errors.h"
#include "graph/exchange.h"
#include "graph/handle.h"
#include "graph/headers.h"
#include "graph/reply.h"
#include "graph/request.h"

/* The life of a request: answer() runs on a worker and opens it; what changes something moves to
 * the desk; run() lets the route's handler make a result. A failure anywhere is one error,
 * answered once. */

enum { REQUEST_OCTETS_MAX = 1024 * 1024, TEXT_OCTETS_MAX = 512, HTTP_NO_CONTENT = 204 };
enum { US_PER_MINUTE = 60 * 1000 * 1000 };

static const enum http_method all_methods = HTTP_GET | HTTP_HEAD | HTTP_POST | HTTP_PUT |
                                            HTTP_PATCH | HTTP_DELETE | HTTP_OPTIONS | HTTP_OTHER;

static void send(const struct graph *graph, struct exchange *exchange, struct http_job *job)
{
    exchange_add_header(exchange, "x-ms-ags-diagnostic", graph->diagnostic);
    cors_add(graph->cors_origins, exchange);
    compress_reply(exchange);
    exchange_send(exchange, job);
}

/* What the HTTP server refuses by itself comes here too. */
static void reply_error(void *context, struct http_job *job, const struct error *err)
{
    struct exchange exchange = exchange_of_job(job);
    errors_answer(&exchange, err);
    send(context, &exchange, job);
}

static void refuse(struct http_job *job, struct exchange *exchange, const struct error *err)
{
    for (size_t i = 0; i < exchange->header_count; i++)
        http_job_add_header(job, exchange->headers[i].name, exchange->headers[i].value);
    http_reply_error(job, err);
}

static void end(struct request *request, struct http_job *job, bool is_good,
                const struct error *err)
{
    request_close(request);
    if (is_good)
        send(request->graph, request->exchange, job);
    else
        refuse(job, request->exchange, err);
}

/* What came later: no thread waited for it. */
static void finish(struct request *request, const struct result *result, const struct error *cause)
{
    struct error err = *cause;
    bool is_good = err.code == ERR_NONE && reply_give(request, result, &err);
    end(request, request->finish_context, is_good, &err);
}

static void run(void *context, struct http_job *job)
{
    (void)context;
    struct error err = { 0 };
    bool is_later;
    struct request *request = http_job_state(job);
    bool is_good = handle_start(request, finish, job, &is_later, &err);
    if (!is_later)
        end(request, job, is_good, &err);
}

/* RFC 9110 §9.3.7: needs no token, as it tells nothing that a 405 would not. */
static bool answer_options(struct request *request, struct http_job *job, struct error *err)
{
    struct exchange *exchange = request->exchange;
    struct target *target = &request->target;
    if (!route_find(graph_tables, HTTP_OPTIONS, exchange->path, exchange->arena, target, err) &&
        err->code != ERR_METHOD_NOT_ALLOWED)
        return false;
    error_clear(err);
    headers_add(exchange);
    headers_add_allow(exchange, target->allowed);
    exchange_answer(exchange, HTTP_NO_CONTENT, NULL, NULL);
    send(request->graph, exchange, job);
    return true;
}

static bool begin(struct request *request, struct http_job *job, struct error *err)
{
    if (request->exchange->method == HTTP_OPTIONS)
        return answer_options(request, job, err);
    if (!handle_open(request, err))
        return false;
    if (request->target.route->place == ON_WORKER)
        run(NULL, job);
    else if (!http_job_move(job, ON_DESK, run, NULL))
        return fail(err, ERR_BUSY, "too many changes are under way: try again");
    return true;
}

static bool try(struct graph *graph, struct http_job *job, struct error *err)
{
    struct exchange *exchange = arena_take(http_job_arena(job), sizeof *exchange);
    *exchange = exchange_of_job(job);
    struct request *request = request_new(graph, exchange, times_now());
    http_job_set_state(job, request);
    if (begin(request, job, err))
        return true;
    request_close(request);
    return false;
}

static void refuse_job(struct http_job *job, const struct error *err)
{
    const struct request *request = http_job_state(job);
    refuse(job, request->exchange, err);
}

static void answer_late(void *context, struct http_job *job)
{
    struct graph *graph = context;
    struct error err = { 0 };
    (void)token_wait(graph->auth); /* without it the question is only asked once more */
    if (!try(graph, job, &err))
        refuse_job(job, &err);
}

/* The token's signer may be one whose keys are just being fetched: the desk can wait for them. */
static void answer(void *context, struct http_job *job)
{
    struct error err = { 0 };
    if (try(context, job, &err))
        return;
    const struct request *request = http_job_state(job);
    bool has_no_caller = request->target.route && !request->caller.tenant_id;
    if (err.code != ERR_BUSY || !has_no_caller ||
        !http_job_move(job, ON_DESK, answer_late, context))
        refuse_job(job, &err);
}

static const struct http_route http_routes[] = {
    // clang-format off
    { "graph.beta", all_methods, "/beta/*", LISTENER_HTTPS, ON_WORKER, REQUEST_OCTETS_MAX, answer },
    { "graph.v1",   all_methods, "/v1.0/*", LISTENER_HTTPS, ON_WORKER, REQUEST_OCTETS_MAX, answer },
    { "graph.none", all_methods, "/v{number}/*", LISTENER_HTTPS, ON_WORKER, REQUEST_OCTETS_MAX, answer }, /* 404 as the API says it */
    { .name = NULL },
    // clang-format on
};

static void make_skip_mac(void *context, struct bytes data, uint8_t out[32])
{
    auth_mac(context, "graph.skiptoken", data, out);
}

static struct metric *make_counter(struct metrics *metrics, const char *name)
{
    SCOPED(buf_free) struct buf *labels = buf_new(TEXT_OCTETS_MAX);
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

/* Graph names the data centre and the machine here; its clients quote it in their reports. */
static char *make_diagnostic(const char *node)
{
    SCOPED(buf_free) struct buf *text = buf_new(TEXT_OCTETS_MAX);
    struct json_writer writer = json_writer_to(text);
    json_open_object(&writer);
    json_key(&writer, "ServerInfo");
    json_open_object(&writer);
    json_member(&writer, "RoleInstance", node);
    json_close_object(&writer);
    json_close_object(&writer);
    return memory_text(buf_text(text));
}

struct graph *graph_new(const struct graph_options *options)
{
    struct graph *graph = memory_new(sizeof *graph);
    graph->authority = options->authority;
    graph->trust = options->trust;
    graph->auth = options->auth;
    graph->provider = options->provider;
    graph->inspection = options->inspection;
    graph->store = options->store;
    graph->urls = *options->urls;
    graph->skip_token_key = (struct skip_token_key){ make_skip_mac, options->auth };
    graph->documents = documents_new(graph_tables, options->urls->api_url);
    graph->requests = make_counters(options->metrics);
    graph->diagnostic = make_diagnostic(options->node);
    graph->cors_origins = options->cors_origins;
    if (options->requests_per_minute > 0)
        graph->budget =
            buckets_new(options->requests_per_minute, US_PER_MINUTE / options->requests_per_minute);
    return graph;
}

struct http_front graph_front(struct graph *graph)
{
    return (struct http_front){ http_routes, reply_error, graph };
}

void graph_free(struct graph *graph)
{
    if (!graph)
        return;
    documents_free(graph->documents);
    memory_free(graph->requests);
    memory_free(graph->diagnostic);
    buckets_free(graph->budget);
    memory_free(graph);
}
