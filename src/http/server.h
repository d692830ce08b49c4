/*
 * server - HTTP/1.x listeners, event loops and the jobs they make; RFC 9110, RFC 9112.
 *
 * A server owns its loops (one thread each, SO_REUSEPORT), its connections and the jobs in
 * flight. It knows nothing of PKI: fronts give it tables of routes. Each request becomes a job;
 * the route says where it runs:
 *   ON_LOOP    answered at once on the event loop: under 100 µs and never waits
 *   ON_WORKER  CPU and reads; may hand the job on to store_submit, but never waits
 *   ON_DESK    may wait for commits, keys and the network
 * A queue that is full answers 503 with Retry-After by itself.
 *
 * Limits are in struct http_limits; a connection that is slow, idle or over a cap is closed
 * by a sweep every second, so that no slow client holds a worker. libevent stays inside.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct arena;
struct metrics;
struct pool;

enum http_method {
    HTTP_GET = 1 << 0,
    HTTP_HEAD = 1 << 1,
    HTTP_POST = 1 << 2,
    HTTP_PUT = 1 << 3,
    HTTP_PATCH = 1 << 4,
    HTTP_DELETE = 1 << 5,
    HTTP_OPTIONS = 1 << 6,
    HTTP_OTHER = 1 << 7,
};

enum http_place { ON_LOOP, ON_WORKER, ON_DESK };

enum http_listener { LISTENER_HTTP = 1, LISTENER_HTTPS = 2 };

struct http_job;

/* Runs once; the job is answered by exactly one http_reply call, now or later, on any thread. */
typedef void http_handle_fn(void *context, struct http_job *job);

/* What the error looks like in the front's own protocol. Fills the job's reply, see below. */
typedef void http_error_fn(void *context, struct http_job *job, const struct error *err);

struct http_route {
    const char *name;    /* label in log and metrics */
    unsigned methods;    /* others get 405 with Allow; GET admits HEAD */
    const char *pattern; /* "/crl/{ca}/v{n}/current.crl": {x} is one segment or the part of one; a
                            last segment of "*" takes all that is left, empty too. Compared without
                            regard to case. */
    unsigned listeners;  /* where it exists: 404 elsewhere */
    enum http_place place;
    size_t body_octets_max;
    http_handle_fn *handle;
};

struct http_front {
    const struct http_route *routes; /* ends with a NULL name */
    http_error_fn *error;            /* NULL: text/plain with the message */
    void *context;
};

enum { HTTP_MEMORY_OCTETS_MAX = 64 * 1024 * 1024 };

struct http_limits {
    size_t header_octets_max;             /* request line and headers, 24 KiB */
    size_t body_octets_max;               /* the highest any route may ask, 2 MiB */
    size_t memory_octets_max;             /* of all requests that are being read or out, 64 MiB */
    unsigned connections_max;             /* 20,000 */
    unsigned connections_per_address_max; /* 0: no cap */
    unsigned handshakes_max;              /* TLS handshakes under way, 1,000 */
    int header_timeout_s;  /* from the first octet (or accept) to the end of the headers, 10 */
    int body_timeout_s;    /* from there to the end of the body, 30 */
    int idle_timeout_s;    /* between requests, 120 */
    int request_timeout_s; /* deadline of the job, 60 */
};

extern const struct http_limits http_limits_default;

struct http_server_options {
    const char *http_address;  /* "127.0.0.1:8080", NULL: none; port 0: any */
    const char *https_address; /* likewise */
    unsigned loops;            /* 0: one per core */
    struct http_limits limits;
    struct pool *workers;
    struct pool *desk;
    struct metrics *metrics;
    const struct http_front *const *fronts; /* NULL-terminated; first match wins */
};

struct http_server;

/* Binds (probing each port once without SO_REUSEPORT, so that two processes never share it) and
 * starts the loops. Errors: ERR_CONFLICT when an address is taken. */
struct http_server *http_server_new(const struct http_server_options *options,
                                    struct error *err) MUST_CHECK;

/* A PEM file with certificate, chain and key for new connections; also to replace it later. */
bool http_server_set_certificate(struct http_server *server, const char *pem_path,
                                 struct error *err) MUST_CHECK;

/* The port in use, for port 0. */
unsigned http_server_port(const struct http_server *server, enum http_listener listener);

/* Stops accepting, lets jobs in flight finish (at most drain_s seconds), closes the rest. */
void http_server_stop(struct http_server *server, int drain_s);
void http_server_free(struct http_server *server);
DEFINE_SCOPED(struct http_server *, http_server_free)

/* ---- the request, valid until the reply ---- */

enum http_method http_job_method(const struct http_job *job);
const char *http_job_target(const struct http_job *job); /* raw, as received */
const char *http_job_path(const struct http_job *job);   /* raw, before '?' */
const char *http_job_query(const struct http_job *job);  /* raw, after '?'; NULL without */
const char *http_job_header(const struct http_job *job, const char *name); /* NULL if absent */
struct bytes http_job_body(const struct http_job *job);
const char *http_job_peer(const struct http_job *job); /* numeric address, without port */
bool http_job_is_tls(const struct http_job *job);
const char *http_job_id(const struct http_job *job);      /* our request-id, a UUID */
int64_t http_job_deadline_ms(const struct http_job *job); /* times_monotonic_ms scale */

/* The text of {name}, percent-decoded and valid UTF-8; "*" is named "*" and stays raw. */
const char *http_job_parameter(const struct http_job *job, const char *name);

/* The first value of a query parameter, percent-decoded with '+' kept; NULL if absent. */
const char *http_job_query_parameter(struct http_job *job, const char *name);

struct arena *http_job_arena(struct http_job *job); /* lives as long as the job */

/* The front's own state for a job that crosses threads; lives in the arena. */
void http_job_set_state(struct http_job *job, void *state);
void *http_job_state(const struct http_job *job);

/* Goes on elsewhere, with the same job. false: the queue is full; the caller answers ERR_BUSY. */
bool http_job_move(struct http_job *job, enum http_place place, http_handle_fn *handle,
                   void *context) MUST_CHECK;

/* ---- the reply: headers first, then exactly one of the http_reply calls ---- */

/* Text is copied; CR and LF are refused by an assertion: nothing of a peer's goes here raw. */
void http_job_add_header(struct http_job *job, const char *name, const char *value);

/* Body is copied. HEAD sends the length only. */
void http_reply(struct http_job *job, int status, const char *content_type, struct bytes body);

/* Body is kept without copying until it is sent; release runs then, on any thread. */
void http_reply_shared(struct http_job *job, int status, const char *content_type,
                       struct bytes body, void (*release)(void *context), void *context);

/* A long body made piece by piece: next() is called on a worker whenever the last piece has
 * left, appends to out, and says by *more whether it wants to be called again. false ends the
 * connection. total is the Content-Length. */
typedef bool http_next_fn(void *context, struct buf *out, bool *more);
void http_reply_stream(struct http_job *job, int status, const char *content_type, uint64_t total,
                       http_next_fn *next, void (*release)(void *context), void *context);

/* What http_reply_error logs, for a failure that is answered within another reply. */
void http_log_error(const struct http_job *job, const struct error *err);

/* Through the front's error function, or text/plain. Logs once: this is the edge. */
void http_reply_error(struct http_job *job, const struct error *err);

/* If-None-Match and If-Modified-Since against what we have; answers 304 by itself when it may.
 * etag with its quotes. Adds ETag and Last-Modified either way. RFC 9110 §13. */
bool http_reply_not_modified(struct http_job *job, const char *etag, time_t last_modified);
