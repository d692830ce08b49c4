#include "http/connection.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/times.h"
#include "http/job.h"
#include "http/loop.h"
#include "http/tls.h"

#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>

/* The slowest reader that is served to the end, beyond the request's own time. */
enum { SENDING_OCTETS_PER_SECOND_MIN = 4096, SOCKETS_FIRST = 64, VECTORS_MAX = 8 };

/* Beyond the largest body, which evhttp leaves unread until it is whole: what one read may add. */
enum { WAITING_OCTETS_BEYOND = 64 * 1024 };

/* Not counted, so that a flood of long bodies leaves room for what devices send: an enrolment
 * over SCEP has 3 to 6 KB. */
enum { REQUEST_OCTETS_UNCOUNTED = 8 * 1024 };

static const char length_name[] = "content-length:";

static const char busy_reply[] = "HTTP/1.1 503 Service Unavailable\r\n"
                                 "Content-Type: text/plain\r\n"
                                 "Content-Length: 19\r\n"
                                 "Retry-After: 2\r\n"
                                 "Connection: close\r\n\r\n"
                                 "the server is busy\n";

static void enter(struct connection *connection, enum connection_phase phase, int64_t seconds)
{
    connection->phase = phase;
    connection->deadline_ms = times_monotonic_ms() + seconds * 1000;
    connection->line_octets = 0;
}

static const struct http_limits *limits_of(const struct connection *connection)
{
    return &connection->loop->shared->limits;
}

/* close_notify, best effort: OpenSSL 3 clients take a bare FIN for truncation. */
static void end_tls(struct connection *connection)
{
    SSL *ssl = bufferevent_openssl_get_ssl(connection->stream);
    if (!ssl)
        return;
    SSL_set_app_data(ssl, NULL);
    if (SSL_is_init_finished(ssl))
        SSL_shutdown(ssl);
    ERR_clear_error();
}

/* ---- what arrives ---- */

/* What the body will have, for the budget only: whether the field is in order, evhttp and framing
 * say. The data continues the line under way. */
static void see_length(struct connection *connection, const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        size_t position = connection->line_octets + i;
        if (position == 0)
            connection->name_octets = 0;
        if (connection->name_octets < sizeof length_name - 1) {
            if (connection->name_octets != position || (data[i] | 0x20) != length_name[position])
                return;
            connection->name_octets++;
            connection->body_octets = 0;
        } else if (data[i] >= '0' && data[i] <= '9' && connection->body_octets < SIZE_MAX / 100) {
            connection->body_octets = connection->body_octets * 10 + (data[i] - (size_t)'0');
        }
    }
}

/* True when an empty line ends in these octets: evhttp says nothing between the first octet of
 * a request and its last. A lone CR counts as an octet of its line, hence <= 1. */
static bool ends_headers(struct connection *connection, const uint8_t *data, size_t len)
{
    while (len > 0) {
        const uint8_t *newline = memchr(data, '\n', len);
        size_t line = newline ? (size_t)(newline - data) : len;
        see_length(connection, data, line);
        connection->line_octets += line;
        if (!newline)
            return false;
        if (connection->line_octets <= 1)
            return true;
        connection->line_octets = 0;
        data += line + 1;
        len -= line + 1;
    }
    return false;
}

static void see_input(struct connection *connection, struct evbuffer *input, size_t from)
{
    if (connection->phase == PHASE_IDLE)
        enter(connection, PHASE_HEADERS, limits_of(connection)->header_timeout_s);
    if (connection->phase != PHASE_HEADERS)
        return;
    struct evbuffer_ptr start;
    struct evbuffer_iovec vectors[VECTORS_MAX];
    if (evbuffer_ptr_set(input, &start, from, EVBUFFER_PTR_SET) != 0)
        return;
    int count = evbuffer_peek(input, -1, &start, vectors, VECTORS_MAX);
    for (int i = 0; i < count && i < VECTORS_MAX; i++) {
        if (ends_headers(connection, vectors[i].iov_base, vectors[i].iov_len)) {
            enter(connection, PHASE_BODY, limits_of(connection)->body_timeout_s);
            return;
        }
    }
}

/* evhttp has no cap for the line before a chunk: it keeps what has come, and searches all of it
 * again for an end of line at each read. The sweep closes, for in here evhttp is reading. */
static void see_waiting(struct connection *connection, size_t octets)
{
    struct loop *loop = connection->loop;
    size_t most = loop->shared->limits.body_octets_max + BODY_OCTETS_BEYOND + WAITING_OCTETS_BEYOND;
    if (octets <= most || connection->phase == PHASE_JOB)
        return;
    connection->deadline_ms = 0;
    event_active(loop->sweep, 0, 0);
}

/* ---- the server's memory for requests ---- */

/* What evhttp drops because it passes all caps is in memory for a moment only. */
static size_t counted(const struct connection *connection, size_t octets)
{
    size_t most = limits_of(connection)->body_octets_max + BODY_OCTETS_BEYOND;
    if (octets > most)
        octets = most;
    return octets > REQUEST_OCTETS_UNCOUNTED ? octets - REQUEST_OCTETS_UNCOUNTED : 0;
}

/* What is announced is not reserved, or a few headers could reserve everything. */
static bool hold(struct connection *connection, size_t octets)
{
    struct admission *admission = connection->loop->shared->admission;
    if (connection->phase == PHASE_BODY && connection->body_octets > 0) {
        size_t announced = counted(connection, connection->body_octets);
        connection->body_octets = 0;
        if (announced > 0 && !admission_has_room(admission, announced))
            return false;
    }
    size_t before = counted(connection, connection->request_octets);
    size_t after = counted(connection, connection->request_octets + octets);
    if (!admission_hold(admission, after - before))
        return false;
    connection->request_octets += octets;
    return true;
}

static void give_back(struct connection *connection, size_t octets)
{
    size_t before = counted(connection, connection->request_octets);
    connection->request_octets -=
        octets < connection->request_octets ? octets : connection->request_octets;
    admission_give_back(connection->loop->shared->admission,
                        before - counted(connection, connection->request_octets));
}

static void log_busy(const struct connection *connection)
{
    struct loop_shared *shared = connection->loop->shared;
    unsigned left_out;
    if (!log_gate_opens(&shared->busy_gate, times_monotonic_ms(), &left_out))
        return;
    char count[16];
    char *peer = NULL;
    ev_uint16_t port;
    snprintf(count, sizeof count, "%u", left_out);
    evhttp_connection_get_peer(connection->http, &peer, &port);
    log_event(LOG_WARNING, "http.refused", { "code", error_code_text(ERR_BUSY) },
              { "message", "there is no memory left for another long request" }, { "peer", peer },
              { "left_out", left_out ? count : NULL });
}

/* RFC 9112 §9.6: our side closes first; the rest of the request is still read, for a reset could
 * take the answer away from who is still sending. */
static void on_refusal_sent(struct bufferevent *stream, void *context)
{
    struct connection *connection = context;
    end_tls(connection);
    shutdown(bufferevent_getfd(stream), SHUT_WR);
}

static void on_refused_event(struct bufferevent *stream, short what, void *context)
{
    (void)stream;
    (void)what;
    connection_close(context);
}

/* evhttp knows of no request yet, and is out of it from here on. */
static void refuse(struct connection *connection, struct evbuffer *input)
{
    struct bufferevent *stream = connection->stream;
    log_busy(connection);
    job_count_refused(connection->loop->shared, 503);
    bufferevent_setcb(stream, NULL, on_refusal_sent, on_refused_event, connection);
    evbuffer_add(bufferevent_get_output(stream), busy_reply, sizeof busy_reply - 1);
    bufferevent_enable(stream, EV_WRITE);
    enter(connection, PHASE_REFUSED, limits_of(connection)->header_timeout_s);
    give_back(connection, evbuffer_get_length(input));
    evbuffer_drain(input, evbuffer_get_length(input));
}

static void on_input(struct evbuffer *input, const struct evbuffer_cb_info *info, void *context)
{
    struct connection *connection = context;
    if (info->n_added == 0)
        return;
    if (connection->phase == PHASE_REFUSED) {
        evbuffer_drain(input, evbuffer_get_length(input));
        return;
    }
    see_input(connection, input, info->orig_size);
    if (hold(connection, info->n_added))
        see_waiting(connection, info->orig_size + info->n_added);
    else
        refuse(connection, input);
}

/* ---- opening ---- */

static struct bufferevent *plain_stream(struct event_base *base)
{
    return bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
}

static struct bufferevent *tls_stream(struct event_base *base, struct connection *connection)
{
    struct loop_shared *shared = connection->loop->shared;
    if (!admission_start_handshake(shared->admission))
        return NULL;
    SSL *ssl = tls_accept(shared->tls);
    struct bufferevent *stream =
        ssl ? bufferevent_openssl_socket_new(base, -1, ssl, BUFFEREVENT_SSL_ACCEPTING,
                                             BEV_OPT_CLOSE_ON_FREE)
            : NULL;
    if (!stream) {
        admission_end_handshake(shared->admission);
        return NULL;
    }
    SSL_set_app_data(ssl, connection);
    bufferevent_openssl_set_allow_dirty_shutdown(stream, 1);
    connection->is_handshaking = true;
    return stream;
}

/* Runs inside evhttp's accept, before the socket is known: the rest waits for settle(), which
 * the newborn event runs before anything can be read. evhttp makes a plain stream by itself
 * when this returns NULL, so a refused connection gets one too. */
struct bufferevent *connection_open(struct event_base *base, void *context)
{
    const struct acceptor *acceptor = context;
    struct loop *loop = acceptor->loop;
    struct connection *connection = memory_new(sizeof *connection);
    connection->loop = loop;
    connection->acceptor = acceptor;
    connection->socket = -1;
    bool is_tls = acceptor->listener == LISTENER_HTTPS;
    connection->stream = is_tls ? tls_stream(base, connection) : plain_stream(base);
    if (!connection->stream) {
        connection->is_refused = true;
        connection->stream = plain_stream(base);
    }
    enter(connection, connection->is_handshaking ? PHASE_HANDSHAKE : PHASE_IDLE,
          limits_of(connection)->header_timeout_s);
    if (connection->stream)
        bufferevent_incref(connection->stream);
    LIST_INSERT_HEAD(&loop->newborns, connection, link);
    event_active(loop->newborn, 0, 0);
    return connection->stream;
}

static void end_handshake(struct connection *connection)
{
    if (!connection->is_handshaking)
        return;
    connection->is_handshaking = false;
    admission_end_handshake(connection->loop->shared->admission);
}

void connection_handshake_done(void *context)
{
    struct connection *connection = context;
    if (!connection || !connection->is_handshaking)
        return;
    end_handshake(connection);
    enter(connection, PHASE_IDLE, limits_of(connection)->header_timeout_s);
}

static void remember_socket(struct connection *connection)
{
    struct loop *loop = connection->loop;
    size_t index = (size_t)connection->socket;
    if (index >= loop->by_socket_count) {
        size_t count = loop->by_socket_count ? loop->by_socket_count : SOCKETS_FIRST;
        while (count <= index)
            count *= 2;
        loop->by_socket = memory_resize(loop->by_socket, count * sizeof *loop->by_socket);
        memset(loop->by_socket + loop->by_socket_count, 0,
               (count - loop->by_socket_count) * sizeof *loop->by_socket);
        loop->by_socket_count = count;
    }
    loop->by_socket[index] = connection;
}

static void forget(struct connection *connection)
{
    struct loop *loop = connection->loop;
    LIST_REMOVE(connection, link);
    end_handshake(connection);
    give_back(connection, connection->request_octets);
    if (connection->is_admitted)
        admission_leave(loop->shared->admission, connection->address);
    if (connection->socket >= 0 && (size_t)connection->socket < loop->by_socket_count)
        loop->by_socket[connection->socket] = NULL;
    memory_free(connection);
}

/* evhttp is about to free the connection, whoever asked for it. */
static void on_close(struct evhttp_connection *http, void *context)
{
    (void)http;
    struct connection *connection = context;
    end_tls(connection);
    struct http_job *job = connection->job;
    evbuffer_remove_cb(bufferevent_get_input(connection->stream), on_input, connection);
    forget(connection);
    if (job)
        job_lose_connection(job);
}

static bool admit(struct connection *connection)
{
    struct sockaddr_storage peer = { .ss_family = AF_UNSPEC };
    socklen_t len = sizeof peer;
    connection->socket = (int)bufferevent_getfd(connection->stream);
    if (connection->is_refused || connection->loop->is_draining || connection->socket < 0 ||
        getpeername(connection->socket, (struct sockaddr *)&peer, &len) != 0)
        return false;
    connection->is_admitted = admission_enter(connection->loop->shared->admission,
                                              (const struct sockaddr *)&peer, &connection->address);
    return connection->is_admitted;
}

/* By now evhttp has put its own callbacks and its connection on the stream. */
static void settle(struct connection *connection)
{
    struct bufferevent *stream = connection->stream;
    void *http = NULL;
    bufferevent_getcb(stream, NULL, &connection->on_written, &connection->on_event, &http);
    connection->http = http;
    LIST_REMOVE(connection, link);
    LIST_INSERT_HEAD(&connection->loop->connections, connection, link);
    if (!http || !connection->on_event) {
        forget(connection);
    } else if (!admit(connection)) {
        connection->socket = -1;
        if (connection->is_handshaking)
            SSL_set_app_data(bufferevent_openssl_get_ssl(stream), NULL);
        forget(connection);
        evhttp_connection_free(http);
    } else {
        remember_socket(connection);
        evhttp_connection_set_closecb(http, on_close, connection);
        evbuffer_add_cb(bufferevent_get_input(stream), on_input, connection);
    }
    bufferevent_decref(stream);
}

void connection_settle_newborns(struct loop *loop)
{
    struct connection *connection;
    while ((connection = LIST_FIRST(&loop->newborns)) != NULL)
        settle(connection);
}

/* ---- the life of a request ---- */

struct connection *connection_begin_job(struct loop *loop, struct evhttp_request *request,
                                        struct http_job *job)
{
    struct bufferevent *stream =
        evhttp_connection_get_bufferevent(evhttp_request_get_connection(request));
    struct connection *connection = loop->by_socket[bufferevent_getfd(stream)];
    connection->phase = PHASE_JOB;
    connection->job = job;
    job->held_octets = counted(connection, connection->request_octets);
    connection->request_octets = 0;
    /* From now on the request survives its connection. */
    evhttp_request_own(request);
    return connection;
}

void connection_begin_sending(struct connection *connection, uint64_t octets)
{
    enter(connection, PHASE_SENDING,
          limits_of(connection)->request_timeout_s +
              (int64_t)(octets / SENDING_OCTETS_PER_SECOND_MIN));
}

static void on_sent(struct evhttp_request *request, void *context)
{
    (void)request;
    struct connection *connection = context;
    enter(connection, PHASE_IDLE, limits_of(connection)->idle_timeout_s);
    struct evbuffer *input = bufferevent_get_input(connection->stream);
    if (evbuffer_get_length(input) > 0)
        see_input(connection, input, 0);
}

/* Most replies fit the socket's buffer: written here, they save arming and disarming EPOLLOUT,
 * half of what a small reply costs. What does not fit, or fails, leaves through the event. */
static void write_now(const struct connection *connection)
{
    if (connection->acceptor->listener == LISTENER_HTTPS)
        return;
    struct evbuffer *output = bufferevent_get_output(connection->stream);
    evbuffer_unfreeze(output, 1);
    evbuffer_write(output, connection->socket);
    evbuffer_freeze(output, 1);
}

/* evhttp would now read again only to notice a close, and keep whatever came; without EV_READ
 * what a client sends ahead waits in the kernel. Its read callback must be off while it writes:
 * in that state it ends the process. */
void connection_end_job(struct connection *connection, struct evhttp_request *request,
                        uint64_t octets)
{
    if (connection->phase != PHASE_SENDING)
        connection_begin_sending(connection, octets);
    connection->job = NULL;
    request->flags &= ~EVHTTP_USER_OWNED;
    evbuffer_drain(request->input_buffer, evbuffer_get_length(request->input_buffer));
    request->chunked = 0; /* of the request's own body; here it would mean the reply's */
    evhttp_request_set_on_complete_cb(request, on_sent, connection);
    bufferevent_setcb(connection->stream, NULL, connection->on_written, connection->on_event,
                      connection->http);
    write_now(connection);
    if (evbuffer_get_length(bufferevent_get_output(connection->stream)) > 0)
        bufferevent_enable(connection->stream, EV_WRITE);
    evhttp_send_reply_end(request); /* may free the connection */
}

/* ---- closing ---- */

void connection_close(struct connection *connection)
{
    evhttp_connection_free(connection->http);
}

void connection_sweep(struct loop *loop, int64_t now_ms)
{
    struct connection *next;
    for (struct connection *c = LIST_FIRST(&loop->connections); c; c = next) {
        next = LIST_NEXT(c, link);
        if (c->phase != PHASE_JOB && c->deadline_ms <= now_ms)
            connection_close(c);
    }
}

bool connection_close_idle(struct loop *loop)
{
    struct connection *next;
    for (struct connection *c = LIST_FIRST(&loop->connections); c; c = next) {
        next = LIST_NEXT(c, link);
        if (c->phase == PHASE_IDLE || c->phase == PHASE_HANDSHAKE)
            connection_close(c);
    }
    return LIST_EMPTY(&loop->connections);
}

void connection_close_all(struct loop *loop)
{
    struct connection *connection;
    while ((connection = LIST_FIRST(&loop->connections)) != NULL)
        connection_close(connection);
}
