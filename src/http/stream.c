/* A reply in pieces. The worker that makes a piece and the loop that sends it hold the job in
 * turn, and the next piece is asked for when the last has left: never more than one is in
 * memory, however slow the reader is. */
#include "base/bytes.h"
#include "base/pool.h"
#include "http/connection.h"
#include "http/job.h"
#include "http/loop.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>

enum { PIECE_OCTETS_MAX = 4 * 1024 * 1024 };

static void make_piece(void *context)
{
    struct http_job *job = context;
    struct reply *reply = &job->reply;
    reply->has_more = false;
    reply->piece = buf_new(PIECE_OCTETS_MAX);
    reply->has_failed = !reply->next(reply->release_context, reply->piece, &reply->has_more) ||
                        !buf_ok(reply->piece);
    job->step = STEP_PIECE;
    loop_post(job);
}

static void pull(struct http_job *job)
{
    job->reply.is_pulling = true;
    pool_continue(job->loop->shared->workers, make_piece, job);
}

/* The head has promised an end that will not come: only closing tells the client. */
static void break_off(struct http_job *job)
{
    struct connection *connection = job->connection;
    if (connection)
        connection_close(connection); /* ends the job by way of job_lose_connection */
    else
        stream_end(job);
}

static void on_drained(struct evhttp_connection *http, void *context)
{
    (void)http;
    struct http_job *job = context;
    if (!job->reply.is_pulling)
        pull(job);
}

static void free_piece(const void *data, size_t len, void *context)
{
    (void)data;
    (void)len;
    buf_free(context);
}

/* The output owns the piece from here on. */
static void add_piece(struct http_job *job, struct evbuffer *out)
{
    struct bytes octets = buf_bytes(job->reply.piece);
    struct buf *piece = job->reply.piece;
    job->reply.piece = NULL;
    job->reply.sent += octets.len;
    evbuffer_add_reference(out, octets.data, octets.len, free_piece, piece);
}

/* evhttp calls on_drained when all of it has left. It starts to read then, which would gather
 * what the client sends ahead: off again. */
static void send_piece(struct http_job *job)
{
    struct connection *connection = job->connection;
    struct evbuffer *out = evbuffer_new();
    if (connection->phase != PHASE_SENDING) {
        connection_begin_sending(connection, job->reply.total);
        reply_add_head(job, out, true, job->reply.total);
    }
    add_piece(job, out);
    job->request->chunked = 0;
    evhttp_send_reply_chunk_with_cb(job->request, out, on_drained, job);
    bufferevent_disable(connection->stream, EV_READ);
    evbuffer_free(out);
}

/* Exactly total octets, or the client waits for ever or takes our octets for the next reply. */
static bool is_in_order(const struct reply *reply)
{
    uint64_t after = reply->sent + buf_len(reply->piece);
    return !reply->has_failed && (reply->has_more ? after <= reply->total : after == reply->total);
}

void stream_take_piece(struct http_job *job)
{
    struct reply *reply = &job->reply;
    reply->is_pulling = false;
    if (!job->connection || !is_in_order(reply)) {
        break_off(job);
        return;
    }
    bool is_empty = buf_len(reply->piece) == 0;
    bool has_more = reply->has_more;
    if (is_empty && has_more) {
        buf_free(reply->piece);
        reply->piece = NULL;
        pull(job);
        return;
    }
    send_piece(job);
    if (!has_more)
        stream_end(job);
}

void stream_begin(struct http_job *job)
{
    if (job->connection && job->method != HTTP_HEAD && job->loop->shared->workers) {
        pull(job);
        return;
    }
    if (job->connection)
        reply_add_head(job, bufferevent_get_output(job->connection->stream), true,
                       job->reply.total);
    stream_end(job);
}

void stream_end(struct http_job *job)
{
    reply_release(job);
    buf_free(job->reply.piece);
    job->reply.piece = NULL;
    job_end(job);
}
