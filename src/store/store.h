/*
 * store - transactions and queries on SQLite or PostgreSQL, one SQL text for both; design §6.
 *
 * A store owns the connections, the writer's thread, SQLite's checkpointer and the prepared
 * statements. Readers borrow a session; writers submit a write and never wait for its commit:
 * the writer's thread takes all that queued while the last commit ran, runs each item inside
 * the batch, commits once, and each item's done() runs on a worker.
 * Errors: ERR_BUSY when the queue is full or the database is away, ERR_OUTCOME_UNKNOWN when the
 * connection broke during COMMIT, ERR_INTERNAL for what should not happen.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/error.h"
#include "model/value.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct metrics;
struct pool;
struct session;
struct store;

struct store_options {
    const char *url;      /* "sqlite:/path/cloudpki.db" or "postgresql://…" */
    struct pool *workers; /* where done() runs; NULL: on the writer's thread (tools, tests) */
    unsigned readers_max; /* sessions open at once, 16 */
    int read_ms_max;      /* of one read or snapshot: SQLite's log cannot shrink meanwhile; 5,000 */
    size_t queue_max;     /* writes waiting, 4,096 */
    struct metrics *metrics;
};

/* Opens, migrates under a lock, prepares every registered statement, starts the writer. */
struct store *store_open(const struct store_options *options, struct error *err) MUST_CHECK;

/* Commits what is queued; from here on writes are refused with ERR_BUSY, while reads go on. One
 * thread stops a store, before it closes it. */
void store_stop(struct store *store);
void store_close(struct store *store); /* stops it first */
DEFINE_SCOPED(struct store *, store_close)

bool store_is_sqlite(const struct store *store);

/* SELECT 1 through a reader, and the writer's thread answers: for /readyz. */
bool store_ping(struct store *store, struct error *err) MUST_CHECK;

/* ---- reading ---- */

/* A session for this thread; waits up to 5 s for a free one, then ERR_BUSY. A read that must see
 * one state begins with session_snapshot. */
struct session *store_read(struct store *store, struct error *err) MUST_CHECK;
bool session_snapshot(struct session *session, struct error *err) MUST_CHECK;
void session_free(struct session *session);
DEFINE_SCOPED(struct session *, session_free)

/* ---- writing ---- */

struct write {
    /* Runs on the writer inside the batch's transaction: SQL only, no signing, no network, no
     * arena that others use. May run more than once. false undoes this item only. */
    bool (*run)(struct session *session, void *context, struct error *err);
    /* Runs once, after the commit that holds it or the failure. */
    void (*done)(void *context, const struct error *err); /* err->code ERR_NONE: durable */
    void *context;
};

/* Copies *write; done() is called exactly once unless this returns false. */
bool store_submit(struct store *store, const struct write *write, struct error *err) MUST_CHECK;

/* The same and waits: for the desk, timers and tools, never for a worker. */
bool store_write(struct store *store, bool (*run)(struct session *, void *, struct error *),
                 void *context, struct error *err) MUST_CHECK;
