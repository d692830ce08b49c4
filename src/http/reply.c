#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/times.h"
#include "http/connection.h"
#include "http/job.h"
#include "http/loop.h"

#include <assert.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { REPLY_HEADERS_OCTETS_MAX = 64 * 1024, HEAD_FIXED_OCTETS = 320 };

static const char hsts[] = "Strict-Transport-Security: max-age=31536000\r\n";

/* ---- the head ---- */

static const struct {
    int status;
    const char *line;
} status_rows[] = {
    // clang-format off
    { 200, "HTTP/1.1 200 OK\r\n" },
    { 201, "HTTP/1.1 201 Created\r\n" },
    { 202, "HTTP/1.1 202 Accepted\r\n" },
    { 204, "HTTP/1.1 204 No Content\r\n" },
    { 301, "HTTP/1.1 301 Moved Permanently\r\n" },
    { 302, "HTTP/1.1 302 Found\r\n" },
    { 303, "HTTP/1.1 303 See Other\r\n" },
    { 304, "HTTP/1.1 304 Not Modified\r\n" },
    { 307, "HTTP/1.1 307 Temporary Redirect\r\n" },
    { 308, "HTTP/1.1 308 Permanent Redirect\r\n" },
    { 400, "HTTP/1.1 400 Bad Request\r\n" },
    { 401, "HTTP/1.1 401 Unauthorized\r\n" },
    { 403, "HTTP/1.1 403 Forbidden\r\n" },
    { 404, "HTTP/1.1 404 Not Found\r\n" },
    { 405, "HTTP/1.1 405 Method Not Allowed\r\n" },
    { 406, "HTTP/1.1 406 Not Acceptable\r\n" },
    { 408, "HTTP/1.1 408 Request Timeout\r\n" },
    { 409, "HTTP/1.1 409 Conflict\r\n" },
    { 410, "HTTP/1.1 410 Gone\r\n" },
    { 412, "HTTP/1.1 412 Precondition Failed\r\n" },
    { 413, "HTTP/1.1 413 Content Too Large\r\n" },
    { 414, "HTTP/1.1 414 URI Too Long\r\n" },
    { 415, "HTTP/1.1 415 Unsupported Media Type\r\n" },
    { 422, "HTTP/1.1 422 Unprocessable Content\r\n" },
    { 429, "HTTP/1.1 429 Too Many Requests\r\n" },
    { 431, "HTTP/1.1 431 Request Header Fields Too Large\r\n" },
    { 500, "HTTP/1.1 500 Internal Server Error\r\n" },
    { 501, "HTTP/1.1 501 Not Implemented\r\n" },
    { 503, "HTTP/1.1 503 Service Unavailable\r\n" },
    { 507, "HTTP/1.1 507 Insufficient Storage\r\n" },
    // clang-format on
};

/* Writes into room that was measured before; out points behind the last octet. */
static void put(char **out, const char *text)
{
    size_t len = strlen(text);
    memcpy(*out, text, len);
    *out += len;
}

static void put_number(char **out, uint64_t number)
{
    char digits[20];
    size_t count = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    while (count)
        *(*out)++ = digits[--count];
}

/* RFC 9112 §4: the reason may be empty. */
static void put_status(char **out, int status)
{
    for (size_t i = 0; i < ARRAY_LEN(status_rows); i++) {
        if (status_rows[i].status == status) {
            put(out, status_rows[i].line);
            return;
        }
    }
    put(out, "HTTP/1.1 ");
    put_number(out, (uint64_t)status);
    put(out, " \r\n");
}

/* RFC 9112 §9.3: HTTP/1.0 needs to be told that the connection stays. */
static const char *connection_line(const struct http_job *job)
{
    if (job->closes || job->loop->is_draining)
        return "Connection: close\r\n";
    return job->is_old ? "Connection: keep-alive\r\n" : "";
}

/* Text that evhttp reads when the reply has left, to know whether to close. */
static void mark_close(struct http_job *job)
{
    if (job->closes || job->loop->is_draining)
        evhttp_add_header(job->request->output_headers, "Connection", "close");
}

struct bytes reply_header_lines(const struct http_job *job)
{
    if (job->reply_headers_more)
        return buf_bytes(job->reply_headers_more);
    return (struct bytes){ (const uint8_t *)job->reply_headers, job->reply_headers_len };
}

void reply_add_head(struct http_job *job, struct evbuffer *out, bool has_length, uint64_t length)
{
    struct bytes lines = reply_header_lines(job);
    struct evbuffer_iovec room;
    if (evbuffer_reserve_space(out, (ssize_t)(HEAD_FIXED_OCTETS + lines.len), &room, 1) != 1)
        return;
    char *end = room.iov_base;
    put_status(&end, job->reply.status);
    put(&end, loop_date(job->loop));
    if (has_length) {
        put(&end, "Content-Length: ");
        put_number(&end, length);
        put(&end, "\r\n");
    }
    put(&end, connection_line(job));
    if (job->is_tls)
        put(&end, hsts);
    if (lines.len)
        memcpy(end, lines.data, lines.len);
    end += lines.len;
    put(&end, "\r\n");
    room.iov_len = (size_t)(end - (char *)room.iov_base);
    evbuffer_commit_space(out, &room, 1);
    mark_close(job);
}

/* ---- sending, on the loop ---- */

struct release {
    void (*run)(void *context);
    void *context;
};

static void run_release(const void *data, size_t len, void *context)
{
    (void)data;
    (void)len;
    struct release *release = context;
    release->run(release->context);
    memory_free(release);
}

void reply_release(struct http_job *job)
{
    void (*release)(void *) = job->reply.release;
    job->reply.release = NULL;
    if (release)
        release(job->reply.release_context);
}

/* The output keeps the body and releases it, sent or not. */
static void add_body(struct http_job *job, struct evbuffer *out)
{
    struct reply *reply = &job->reply;
    struct release *release = NULL;
    if (reply->release) {
        release = memory_new(sizeof *release);
        *release = (struct release){ reply->release, reply->release_context };
        reply->release = NULL;
    }
    evbuffer_add_reference(out, reply->body.data, reply->body.len, release ? run_release : NULL,
                           release);
}

/* RFC 9110 §15.3.5, §15.4.5: neither has content; §9.3.2: HEAD says how much there would be. */
static bool has_length(const struct http_job *job)
{
    return job->reply.status != 204 && job->reply.status != 304;
}

void reply_send(struct http_job *job)
{
    struct reply *reply = &job->reply;
    reply->total = reply->body.len;
    if (job->connection) {
        struct evbuffer *out = bufferevent_get_output(job->connection->stream);
        reply_add_head(job, out, has_length(job), reply->total);
        if (reply->body.len > 0 && has_length(job) && job->method != HTTP_HEAD)
            add_body(job, out);
    }
    reply_release(job);
    job_end(job);
}

/* A worker's own copy goes out as it is; on the loop a copy into the output is cheaper. */
static void send_copy(struct http_job *job, struct bytes body)
{
    struct reply *reply = &job->reply;
    reply->total = body.len;
    if (job->connection) {
        struct evbuffer *out = bufferevent_get_output(job->connection->stream);
        reply_add_head(job, out, has_length(job), body.len);
        if (has_length(job) && job->method != HTTP_HEAD)
            evbuffer_add(out, body.data, body.len);
    }
    job_end(job);
}

/* ---- public ---- */

static bool is_field_text(const char *text)
{
    return text[strcspn(text, "\r\n")] == '\0';
}

static void add_line_text(struct http_job *job, const char *text)
{
    size_t len = strlen(text);
    if (!job->reply_headers_more && len <= sizeof job->reply_headers - job->reply_headers_len) {
        memcpy(job->reply_headers + job->reply_headers_len, text, len);
        job->reply_headers_len += len;
        return;
    }
    if (!job->reply_headers_more) {
        struct bytes before = reply_header_lines(job);
        job->reply_headers_more = buf_new(REPLY_HEADERS_OCTETS_MAX);
        buf_add(job->reply_headers_more, before);
    }
    buf_add_text(job->reply_headers_more, text);
}

void http_job_add_header(struct http_job *job, const char *name, const char *value)
{
    assert(is_field_text(name) && is_field_text(value));
    if (strcasecmp(name, "Retry-After") == 0)
        job->reply.has_retry_after = true;
    add_line_text(job, name);
    add_line_text(job, ": ");
    add_line_text(job, value);
    add_line_text(job, "\r\n");
}

/* Whoever is told to try later is told when: RFC 9110 §15.6.4, RFC 6585 §4. */
static void begin_reply(struct http_job *job, int status, const char *content_type)
{
    assert(!job->is_answered && status >= 200 && status <= HTTP_STATUS_MAX);
    job->is_answered = true;
    job->reply.status = status;
    if (content_type)
        http_job_add_header(job, "Content-Type", content_type);
    if ((status == 429 || status == 503) && !job->reply.has_retry_after)
        http_job_add_header(job, "Retry-After", "2");
}

void http_reply(struct http_job *job, int status, const char *content_type, struct bytes body)
{
    begin_reply(job, status, content_type);
    if (loop_is_here(job->loop)) {
        send_copy(job, body);
        return;
    }
    if (body.len > 0) {
        void *copy = memory_new(body.len);
        memcpy(copy, body.data, body.len);
        job->reply.body = (struct bytes){ copy, body.len };
        job->reply.release = memory_free;
        job->reply.release_context = copy;
    }
    job->step = STEP_REPLY;
    loop_post(job);
}

void http_reply_shared(struct http_job *job, int status, const char *content_type,
                       struct bytes body, void (*release)(void *context), void *context)
{
    begin_reply(job, status, content_type);
    job->reply.body = body;
    job->reply.release = release;
    job->reply.release_context = context;
    job->step = STEP_REPLY;
    if (loop_is_here(job->loop))
        reply_send(job);
    else
        loop_post(job);
}

void http_reply_stream(struct http_job *job, int status, const char *content_type, uint64_t total,
                       http_next_fn *next, void (*release)(void *context), void *context)
{
    begin_reply(job, status, content_type);
    job->reply.next = next;
    job->reply.total = total;
    job->reply.release = release;
    job->reply.release_context = context;
    job->step = STEP_STREAM;
    if (loop_is_here(job->loop))
        stream_begin(job);
    else
        loop_post(job);
}

/* Those that someone must act on; all others are the peer's affair or pass by themselves. */
static bool is_failure(enum error_code code)
{
    return code == ERR_INTERNAL || code == ERR_OUTCOME_UNKNOWN;
}

void http_log_error(const struct http_job *job, const struct error *err)
{
    const struct route_entry *entry = job->match.entry;
    bool failed = is_failure(err->code);
    unsigned left_out = 0;
    if (err->code == ERR_BUSY &&
        !log_gate_opens(&job->loop->shared->busy_gate, times_monotonic_ms(), &left_out))
        return;
    char line[16], count[16];
    snprintf(count, sizeof count, "%u", left_out);
    snprintf(line, sizeof line, "%d", err->line);
    log_event(failed ? LOG_ERROR : LOG_WARNING, failed ? "http.failed" : "http.refused",
              { "request", http_job_id(job) }, { "route", entry ? entry->route->name : NULL },
              { "code", error_code_text(err->code) }, { "message", err->message },
              { "peer", job->peer }, { "file", failed ? err->file : NULL },
              { "line", failed ? line : NULL }, { "left_out", left_out ? count : NULL });
}

void http_reply_error(struct http_job *job, const struct error *err)
{
    const struct route_entry *entry = job->match.entry;
    http_log_error(job, err);
    if (entry && entry->front->error) {
        entry->front->error(entry->front->context, job, err);
        return;
    }
    char text[ERROR_MESSAGE_OCTETS + 2];
    int len = snprintf(text, sizeof text, "%s\n",
                       is_failure(err->code) ? "the request could not be completed" : err->message);
    http_reply(job, error_http_status(err->code), "text/plain",
               (struct bytes){ (const uint8_t *)text, (size_t)len });
}
