/*
 * sqlite - what the files of the SQLite engine share: a session, its errors, its checkpointer.
 */
#pragma once

#include "store/engine.h"
#include "store/pointer_map.h"

#include <sqlite3.h>
#include <stdbool.h>

struct sqlite_session {
    struct session session; /* first */
    sqlite3 *db;
    struct pointer_map prepared;       /* struct statement → struct sqlite_prepared */
    struct checkpointer *checkpointer; /* the writer's */
};

struct sqlite_session *sqlite_of(struct session *session);

/* What the last call on this connection failed with; always false. */
bool sqlite_fail(sqlite3 *db, const char *what, struct error *err);

sqlite3 *sqlite_connect(const char *path, struct error *err) MUST_CHECK;
bool sqlite_exec(sqlite3 *db, const char *sql, struct error *err) MUST_CHECK;

bool sqlite_prepare(struct session *session, const struct statement *statement, struct error *err);
bool sqlite_query(struct session *session, const struct call *call, row_fn *each, void *context,
                  struct error *err);
bool sqlite_expect(struct session *session, const struct call *call,
                   const struct expectation *expectation, struct error *err);
void sqlite_forget_prepared(struct sqlite_session *session);

int64_t sqlite_row_int(const struct row *row, int column);
const char *sqlite_row_text(const struct row *row, int column);
struct bytes sqlite_row_bytes(const struct row *row, int column);
bool sqlite_row_is_null(const struct row *row, int column);

void sqlite_commit(struct session *session, struct item *const *items, size_t count);

/* Moves what was committed from the log into the database, on a thread of its own, so that no
 * commit waits for it. Watches the log of `writer` from then on. */
struct checkpointer *checkpointer_start(sqlite3 *writer, const char *path,
                                        struct error *err) MUST_CHECK;
void checkpointer_stop(
    struct checkpointer *checkpointer); /* before the writer's connection closes */

/* On the writer's thread, between two batches: shortens a log that has become too long. */
void checkpointer_shorten(struct checkpointer *checkpointer);
