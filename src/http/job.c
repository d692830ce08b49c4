#include "http/job.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/pool.h"
#include "base/text.h"
#include "base/times.h"
#include "http/connection.h"
#include "http/framing.h"
#include "http/loop.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <stdio.h>
#include <string.h>

enum { NANOSECONDS_PER_MS = 1000000 };

/* ---- from evhttp's request to a job ---- */

static enum http_method method_of(const struct evhttp_request *request)
{
    static const struct {
        enum evhttp_cmd_type theirs;
        enum http_method ours;
    } rows[] = {
        { EVHTTP_REQ_GET, HTTP_GET },         { EVHTTP_REQ_POST, HTTP_POST },
        { EVHTTP_REQ_HEAD, HTTP_HEAD },       { EVHTTP_REQ_PATCH, HTTP_PATCH },
        { EVHTTP_REQ_DELETE, HTTP_DELETE },   { EVHTTP_REQ_PUT, HTTP_PUT },
        { EVHTTP_REQ_OPTIONS, HTTP_OPTIONS },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (rows[i].theirs == request->type)
            return rows[i].ours;
    return HTTP_OTHER;
}

static struct bytes body_of(const struct evhttp_request *request)
{
    size_t len = evbuffer_get_length(request->input_buffer);
    return len ? (struct bytes){ evbuffer_pullup(request->input_buffer, -1), len } : BYTES_NONE;
}

static struct http_job *job_of(struct evhttp_request *request, const struct acceptor *acceptor)
{
    struct loop *loop = acceptor->loop;
    struct http_job *job = loop_take_job(loop);
    job->request = request;
    job->connection = connection_begin_job(loop, request, job);
    job->is_old = request->minor == 0;
    job->is_tls = acceptor->listener == LISTENER_HTTPS;
    job->method = method_of(request);
    job->target = request->uri;
    job->path = "";
    job->peer = request->remote_host;
    job->headers = request->input_headers;
    job->body = body_of(request);
    job->started_ns = loop_clock_ns();
    job->deadline_ms =
        job->started_ns / NANOSECONDS_PER_MS + loop->shared->limits.request_timeout_s * 1000;
    return job;
}

/* evhttp parses targets for itself, takes what follows "//" for a host and '+' for a blank:
 * what counts here is the raw text. */
static bool split_target(struct http_job *job, struct error *err)
{
    const char *path = framing_path(job->target);
    if (!path)
        return fail(err, ERR_MALFORMED, "RFC 9112 §3.2: the target is neither a path nor a URL");
    const char *query = strchr(path, '?');
    if (query) {
        struct bytes text = { (const uint8_t *)path, (size_t)(query - path) };
        path = arena_text_of(http_job_arena(job), text);
        job->query = query + 1;
    }
    job->path = *path ? path : "/";
    return true;
}

static void allow(struct http_job *job)
{
    static const struct {
        enum http_method method;
        const char *text;
    } rows[] = {
        { HTTP_GET, "GET" },         { HTTP_HEAD, "HEAD" },   { HTTP_POST, "POST" },
        { HTTP_PUT, "PUT" },         { HTTP_PATCH, "PATCH" }, { HTTP_DELETE, "DELETE" },
        { HTTP_OPTIONS, "OPTIONS" },
    };
    char text[64] = "";
    size_t len = 0;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (job->match.allowed & (unsigned)rows[i].method)
            len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", len ? ", " : "",
                                    rows[i].text);
    http_job_add_header(job, "Allow", text);
}

static bool check_sizes(const struct http_job *job, struct error *err)
{
    size_t body_max = job->match.entry->route->body_octets_max;
    if (job->body.len > body_max)
        return fail(err, ERR_TOO_LARGE, "the body has %zu octets; %zu are admitted here",
                    job->body.len, body_max);
    return true;
}

static bool check_headers(struct http_job *job, struct error *err)
{
    if (!framing_check(job->request, &job->closes, err))
        return false;
    if (job->request->headers_size <= job->loop->shared->limits.header_octets_max)
        return true;
    job->closes = true;
    return fail(err, ERR_HEADERS_TOO_LARGE, "the headers have more than %zu octets",
                job->loop->shared->limits.header_octets_max);
}

static bool find_route(struct http_job *job, struct error *err)
{
    enum http_listener listener = job->is_tls ? LISTENER_HTTPS : LISTENER_HTTP;
    if (router_match(job->loop->shared->router, listener, job->method, job->path, &job->match, err))
        return true;
    if (err->code == ERR_METHOD_NOT_ALLOWED)
        allow(job);
    return false;
}

/* ---- running ---- */

/* Work that nobody may be waiting for any more is not begun. */
static void run_on_pool(void *context)
{
    struct http_job *job = context;
    if (times_monotonic_ms() < job->deadline_ms) {
        job->handle(job->handle_context, job);
        return;
    }
    struct error err = { .code = ERR_NONE };
    fail(&err, ERR_BUSY, "the request waited too long for a free worker");
    http_reply_error(job, &err);
}

bool job_dispatch(struct http_job *job, enum http_place place, http_handle_fn *handle,
                  void *context)
{
    const struct loop_shared *shared = job->loop->shared;
    job->handle = handle;
    job->handle_context = context;
    if (place == ON_LOOP && loop_is_here(job->loop)) {
        handle(context, job);
        return true;
    }
    if (place == ON_LOOP) {
        job->step = STEP_RUN;
        loop_post(job);
        return true;
    }
    struct pool *pool = place == ON_WORKER ? shared->workers : shared->desk;
    return pool && pool_submit(pool, run_on_pool, job);
}

void job_accept(struct evhttp_request *request, void *acceptor)
{
    struct http_job *job = job_of(request, acceptor);
    struct error err = { .code = ERR_NONE };
    if (!check_headers(job, &err) || !split_target(job, &err) || !find_route(job, &err) ||
        !check_sizes(job, &err)) {
        http_reply_error(job, &err);
        return;
    }
    const struct route_entry *entry = job->match.entry;
    if (job_dispatch(job, entry->route->place, entry->route->handle, entry->front->context))
        return;
    fail(&err, ERR_BUSY, "the queue is full");
    http_reply_error(job, &err);
}

void job_do_step(struct http_job *job)
{
    switch (job->step) {
    case STEP_RUN:
        job->handle(job->handle_context, job);
        break;
    case STEP_REPLY:
        reply_send(job);
        break;
    case STEP_STREAM:
        stream_begin(job);
        break;
    case STEP_PIECE:
        stream_take_piece(job);
        break;
    }
}

/* ---- the end ---- */

static struct metric *requests_metric(const struct loop_shared *shared,
                                      const struct route_entry *entry, int status)
{
    struct metric *_Atomic *place = (entry ? entry->requests : shared->requests) + status;
    struct metric *metric = atomic_load_explicit(place, memory_order_acquire);
    if (metric)
        return metric;
    char labels[128];
    snprintf(labels, sizeof labels, "front=\"%s\",code=\"%d\"", entry ? entry->front_name : "none",
             status);
    metric = metrics_counter(shared->metrics, "cloudpki_http_requests_total", "Requests answered.",
                             labels);
    atomic_store_explicit(place, metric, memory_order_release);
    return metric;
}

static void count(const struct http_job *job)
{
    if (!job->loop->shared->metrics || job->reply.status == 0)
        return;
    metric_add(requests_metric(job->loop->shared, job->match.entry, job->reply.status), 1);
    if (job->match.entry)
        metric_observe(job->match.entry->duration,
                       (double)(loop_clock_ns() - job->started_ns) * 1e-9);
}

/* Without the query: callers put into it what no log should keep. */
static void log_access(const struct http_job *job)
{
    char status[16], duration[32];
    snprintf(status, sizeof status, "%d", job->reply.status);
    snprintf(duration, sizeof duration, "%lld",
             (long long)(loop_clock_ns() - job->started_ns) / 1000);
    log_event(LOG_DEBUG, "http.request", { "request", http_job_id(job) },
              { "route", job->match.entry ? job->match.entry->route->name : NULL },
              { "peer", job->peer }, { "path", job->path }, { "status", status },
              { "duration_us", duration });
}

void job_end(struct http_job *job)
{
    count(job);
    if (log_is_on(LOG_DEBUG))
        log_access(job);
    if (job->connection && job->request) {
        struct connection *connection = job->connection;
        struct evhttp_request *request = job->request;
        connection_end_job(connection, request, job->reply.total);
    } else if (job->request) {
        evhttp_request_free(job->request);
    }
    admission_give_back(job->loop->shared->admission, job->held_octets);
    arena_free(job->arena);
    buf_free(job->reply_headers_more);
    loop_give_back(job);
}

void job_count_refused(const struct loop_shared *shared, int status)
{
    if (shared->metrics)
        metric_add(requests_metric(shared, NULL, status), 1);
}

/* A request that evhttp has not let go of yet is freed by evhttp, after this. */
void job_lose_connection(struct http_job *job)
{
    job->connection = NULL;
    if (!job->reply.next || job->reply.is_pulling)
        return;
    if (job->request->evcon) {
        job->request->flags &= ~EVHTTP_USER_OWNED;
        job->request = NULL;
    }
    stream_end(job);
}

/* ---- public: the request ---- */

enum http_method http_job_method(const struct http_job *job)
{
    return job->method;
}

const char *http_job_target(const struct http_job *job)
{
    return job->target;
}

const char *http_job_path(const struct http_job *job)
{
    return job->path;
}

const char *http_job_query(const struct http_job *job)
{
    return job->query;
}

const char *http_job_header(const struct http_job *job, const char *name)
{
    return evhttp_find_header(job->headers, name);
}

struct bytes http_job_body(const struct http_job *job)
{
    return job->body;
}

const char *http_job_peer(const struct http_job *job)
{
    return job->peer;
}

bool http_job_is_tls(const struct http_job *job)
{
    return job->is_tls;
}

const char *http_job_id(const struct http_job *job)
{
    if (job->id[0] == '\0')
        random_uuid(job->id);
    return job->id;
}

int64_t http_job_deadline_ms(const struct http_job *job)
{
    return job->deadline_ms;
}

const char *http_job_parameter(const struct http_job *job, const char *name)
{
    return route_match_find(&job->match, name);
}

static const char *decode(struct http_job *job, const char *text, size_t len)
{
    struct error err = { .code = ERR_NONE };
    SCOPED(buf_free) struct buf *out = buf_new(len);
    if (!percent_decode((struct bytes){ (const uint8_t *)text, len }, out, &err) ||
        !text_is_utf8(buf_bytes(out)))
        return NULL;
    return arena_text_of(http_job_arena(job), buf_bytes(out));
}

const char *http_job_query_parameter(struct http_job *job, const char *name)
{
    const char *p = job->query;
    while (p && *p) {
        size_t len = strcspn(p, "&");
        const char *equals = memchr(p, '=', len);
        size_t key_len = equals ? (size_t)(equals - p) : len;
        const char *key = decode(job, p, key_len);
        if (key && strcmp(key, name) == 0)
            return equals ? decode(job, equals + 1, len - key_len - 1) : "";
        p += len + (p[len] == '&');
    }
    return NULL;
}

struct arena *http_job_arena(struct http_job *job)
{
    if (!job->arena)
        job->arena = arena_new();
    return job->arena;
}

void http_job_set_state(struct http_job *job, void *state)
{
    job->state = state;
}

void *http_job_state(const struct http_job *job)
{
    return job->state;
}

bool http_job_move(struct http_job *job, enum http_place place, http_handle_fn *handle,
                   void *context)
{
    return job_dispatch(job, place, handle, context);
}
