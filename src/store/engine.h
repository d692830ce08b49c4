/*
 * engine - what differs between the databases: one table of functions for each.
 *
 * A session is a connection, used by one thread at a time; each engine's own struct begins with
 * struct session. Everything else in store/ is written once, over this table.
 */
#pragma once

#include "base/attributes.h"
#include "base/error.h"
#include "store/statement.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum session_role { SESSION_READER, SESSION_WRITER };

struct session {
    const struct engine *engine;
    struct store *store;
    enum session_role role;
    bool has_snapshot;
    int64_t snapshot_until_ms;
    struct session *next; /* while it waits for its next reader */
};

struct call {
    const struct statement *statement;
    const struct value *values;
    size_t count;
    bool is_once; /* prepared for this call only */
};

struct row {
    const struct engine *engine;
    void *result;
    int number;
};

/* A write on its way; owned by the writer until done() was called. */
struct item {
    struct write write;
    struct error err;
    struct item *next;
};

/* The four words of our SQL that differ. */
struct dialect_word {
    const char *word; /* "{int}" */
    const char *text;
};
enum { DIALECT_WORDS = 4 };

struct engine {
    const char *name;
    const char *const *schemes; /* of URLs, NULL-terminated */
    struct dialect_word words[DIALECT_WORDS];
    const char *begin_locked; /* a transaction that migrates alone */

    struct session *(*open)(struct store *store, const char *url, enum session_role role,
                            struct error *err);
    void (*close)(struct session *session);

    bool (*prepare)(struct session *session, const struct statement *statement, struct error *err);
    bool (*script)(struct session *session, const char *sql, struct error *err);
    bool (*query)(struct session *session, const struct call *call, row_fn *each, void *context,
                  struct error *err);
    bool (*expect)(struct session *session, const struct call *call,
                   const struct expectation *expectation, struct error *err);

    bool (*begin_snapshot)(struct session *session, struct error *err);
    void (*end_snapshot)(struct session *session);
    bool (*is_usable)(struct session *session); /* after an error: keep the connection? */

    /* Runs each item and commits; fills each item's err. */
    void (*commit)(struct session *session, struct item *const *items, size_t count);

    int64_t (*row_int)(const struct row *row, int column);
    const char *(*row_text)(const struct row *row, int column);
    struct bytes (*row_bytes)(const struct row *row, int column);
    bool (*row_is_null)(const struct row *row, int column);
};

extern const struct engine sqlite_engine;
extern const struct engine postgres_engine;

/* session_query with a call that the caller made. */
bool session_query_call(struct session *session, const struct call *call, row_fn *each,
                        void *context, struct error *err) MUST_CHECK;

/* For engines that hand out rows: false once a read took longer than the store's read_ms_max. */
bool read_in_time(const struct session *session, int64_t since_ms, struct error *err);
