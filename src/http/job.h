/*
 * job - inside of struct http_job: a request on its way to its reply.
 *
 * A slot of its loop's slab, at one address for the server's life. One thread at a time holds
 * it: the loop, then whoever it was handed to, then the loop again through loop_post. While it
 * is out it owns the evhttp request, which therefore outlives its connection; the members marked
 * loop are touched by the loop's thread only.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/random.h"
#include "http/route.h"
#include "http/server.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct buf;
struct connection;
struct evbuffer;
struct evhttp_request;
struct evkeyvalq;
struct loop;
struct loop_shared;

enum { JOB_HEADERS_OCTETS = 512 };

/* What the loop is to do with a job that was posted to it. */
enum job_step { STEP_RUN, STEP_REPLY, STEP_STREAM, STEP_PIECE };

struct reply {
    int status;
    struct bytes body;
    void (*release)(void *context);
    void *release_context;
    bool has_retry_after;

    http_next_fn *next; /* NULL: not a stream */
    uint64_t total;
    uint64_t sent;     /* loop */
    struct buf *piece; /* of a worker, then of the loop */
    bool has_more;
    bool has_failed;
    bool is_pulling; /* loop: a worker holds the job */
};

struct http_job {
    struct loop *loop;
    struct http_job *next;         /* in the free list or the list of posted jobs */
    struct connection *connection; /* loop; NULL once it is gone */
    struct evhttp_request *request;
    enum job_step step;
    bool is_answered;
    bool closes; /* the connection, after the reply */
    bool is_old; /* HTTP/1.0 */
    bool is_tls;

    enum http_method method;
    const char *target;
    const char *path;
    const char *query;
    const char *peer;
    const struct evkeyvalq *headers;
    struct bytes body;
    size_t held_octets; /* loop: of the server's memory for requests */
    int64_t started_ns;
    int64_t deadline_ms;
    char *id; /* id_text, made when first asked for */

    http_handle_fn *handle;
    void *handle_context;
    struct arena *arena; /* NULL until asked for */
    void *state;

    struct reply reply;
    size_t reply_headers_len;
    struct buf *reply_headers_more; /* when they have outgrown reply_headers */
    char reply_headers[JOB_HEADERS_OCTETS];
    char id_text[UUID_TEXT_OCTETS];
    struct route_match match;
};

/* The complete request becomes a job and runs: evhttp's callback, context is the acceptor. */
void job_accept(struct evhttp_request *request, void *acceptor);

/* The loop's side of loop_post. */
void job_do_step(struct http_job *job);

/* The connection is gone: whatever the reply will be, nobody reads it. */
void job_lose_connection(struct http_job *job);

/* Counts, logs and forgets the job; the request too if it is still ours. */
void job_end(struct http_job *job);

/* A request that was refused before it was one. */
void job_count_refused(const struct loop_shared *shared, int status);

/* Calls the handler where place says; false when that queue is full. */
bool job_dispatch(struct http_job *job, enum http_place place, http_handle_fn *handle,
                  void *context) MUST_CHECK;

/* ---- reply.c ---- */

/* "Name: value" lines so far. */
struct bytes reply_header_lines(const struct http_job *job);
void reply_add_head(struct http_job *job, struct evbuffer *out, bool has_length, uint64_t length);
void reply_send(struct http_job *job);
void reply_release(struct http_job *job);

/* ---- stream.c ---- */

void stream_begin(struct http_job *job);
void stream_take_piece(struct http_job *job);
void stream_end(struct http_job *job);
