/*
 * loop - one thread, its event base, its listeners, its connections and its jobs.
 *
 * Only the loop's thread touches libevent, connections and the free list of jobs. Other threads
 * reach it through loop_post (a lock-free list and an eventfd) and loop_drain. A loop lives until
 * its last job has been answered, however late; a connection never waits for that.
 */
#pragma once

#include "base/attributes.h"
#include "base/log.h"
#include "http/server.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <time.h>

struct admission;
struct connection;
struct error;
struct event;
struct event_base;
struct evhttp;
struct evhttp_bound_socket;
struct job_chunk;
struct metric;
struct router;
struct tls;

/* evhttp answers past its own caps with pages of its own; past ours our router answers. */
enum { BODY_OCTETS_BEYOND = 64 * 1024 };

/* What all loops of a server share; the server owns it. */
struct loop_shared {
    struct http_limits limits;
    struct pool *workers;
    struct pool *desk;
    struct metrics *metrics;
    struct router *router;
    struct admission *admission;
    struct tls *tls;
    struct log_gate busy_gate;        /* for what is refused with 503 */
    struct metric *_Atomic *requests; /* by status, of requests that no route takes */
};

struct acceptor {
    struct loop *loop;
    enum http_listener listener;
    struct evhttp *http; /* NULL: this listener does not exist */
    struct evhttp_bound_socket *bound;
};

LIST_HEAD(connections, connection);

struct loop {
    struct loop_shared *shared;
    pthread_t thread; /* to join it */
    pthread_t self;   /* set by the thread itself */
    struct event_base *base;
    struct acceptor acceptors[2];

    int wake_fd;
    struct event *wake;
    struct http_job *_Atomic posted; /* newest first */
    atomic_uint posting;             /* threads inside loop_post, which touch the loop to its end */
    _Atomic int64_t drain_until_ms;  /* 0: not asked to stop */

    struct event *sweep;
    struct event *newborn; /* becomes active when a connection was accepted */
    struct connections newborns;
    struct connections connections;
    struct connection **by_socket;
    size_t by_socket_count;
    bool is_draining;

    struct http_job *free_jobs;
    struct job_chunk *chunks;
    size_t jobs_out;

    time_t date_second;
    char date[48]; /* "Date: …\r\n" */

    pthread_mutex_t lock; /* guards is_quiet, has_ended */
    pthread_cond_t changed;
    bool is_quiet; /* no connection left */
    bool has_ended;
};

/* sockets: plain, TLS; -1 for none; the loop owns them from here on. */
struct loop *loop_new(struct loop_shared *shared, const int sockets[2],
                      struct error *err) MUST_CHECK;

/* Any thread: has job->step done on the loop's thread. */
void loop_post(struct http_job *job);

bool loop_is_here(const struct loop *loop);

/* On the loop's thread. */
struct http_job *loop_take_job(struct loop *loop);
void loop_give_back(struct http_job *job);
const char *loop_date(struct loop *loop);

/* Another thread: no new connections, jobs in flight may end until then, the rest is closed. */
void loop_drain(struct loop *loop, int64_t until_ms);
void loop_wait_quiet(struct loop *loop);

/* Waits until the jobs still out have been answered; when that takes too long, the loop is left
 * running and leaked, since freeing it would pull the ground from under them: false. */
bool loop_free(struct loop *loop);

static inline int64_t loop_clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
