/*
 * pool - a fixed number of threads that run tasks from a bounded queue, oldest first.
 *
 * Two pools exist: the workers, which never wait for a commit, a key or the network, and the
 * desk, whose few threads may wait: administrative changes and timers run there, so a slow
 * change holds up no enrolment.
 */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>
#include <stddef.h>

struct pool;

typedef void pool_run_fn(void *context);

struct pool *pool_new(const char *name, unsigned threads, size_t queue_max);

/* false when the queue is full or the pool is stopping; the task was not taken. */
bool pool_submit(struct pool *pool, pool_run_fn *run, void *context) MUST_CHECK;

/* Never refuses: for the second half of work already begun (a commit's answer). */
void pool_continue(struct pool *pool, pool_run_fn *run, void *context);

size_t pool_queued(const struct pool *pool);
unsigned pool_threads(const struct pool *pool);

/* Runs what is queued, then joins the threads; from here on pool_submit refuses. NULL is fine. */
void pool_stop(struct pool *pool);

/* Stops it, and runs what was continued since. */
void pool_free(struct pool *pool);
DEFINE_SCOPED(struct pool *, pool_free)
