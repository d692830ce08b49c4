/*
 * live_test - a server on 127.0.0.1 with a table of routes, and a client of raw octets.
 *
 * Texts of an answer live until live_stop. Reads give up after five seconds.
 */
#pragma once

#include "unit/unit.h"

#include "http/server.h"

#include <stdbool.h>
#include <stddef.h>

struct answer {
    int status; /* 0: closed without an answer */
    const char *head;
    struct bytes body;
};

/* NULL: the defaults. Always one loop, two workers, one thread at a desk with a queue of one. */
void live_start(const struct http_limits *limits);
void live_start_tls(const struct http_limits *limits, const char *pem_path);
void live_stop(void);

/* A self-signed P-256 certificate for localhost with its key, as one PEM file. */
void live_write_certificate(const char *path, long serial);

struct http_server *live_server(void);
unsigned live_port(enum http_listener listener);

int live_connect(void);
void live_send(int fd, const char *text);
struct answer live_read(int fd);          /* one answer, by its Content-Length */
struct answer live_read_head(int fd);     /* of a HEAD */
struct answer live_ask(const char *text); /* on a connection of its own */
bool live_is_closed(int fd);              /* waits for the end of the connection */
const char *live_header(struct answer answer, const char *name); /* NULL if absent */
const char *live_body(struct answer answer);
const char *live_metrics(void);

/* "/later": waits for the request that was put aside, to be answered on this thread. */
struct http_job *live_take_job(void);

/* "/block": holds the only desk thread between these two. */
void live_wait_blocked(void);
void live_unblock(void);
unsigned live_runs(void);            /* how often a handler of /block has begun */
void live_wait_queued(size_t count); /* at the desk */

unsigned live_releases(void); /* bodies and streams given back */
unsigned live_pieces(void);   /* made for /stream */
