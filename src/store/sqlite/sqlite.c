/*
 * One connection per session, without SQLite's own mutexes: a session is one thread's. Readers
 * may not write. The writer's connection watches the log for the checkpointer.
 */
#include "store/sqlite/sqlite.h"

#include "base/memory.h"
#include "base/text.h"
#include "base/times.h"

#include <errno.h>
#include <string.h>

enum { WAIT_MS = 5000 };

struct sqlite_session *sqlite_of(struct session *session)
{
    return (struct sqlite_session *)(void *)session;
}

static bool is_disk_full(sqlite3 *db, int code)
{
    return (code & 0xFF) == SQLITE_FULL ||
           ((code & 0xFF) == SQLITE_IOERR && sqlite3_system_errno(db) == ENOSPC);
}

bool sqlite_fail(sqlite3 *db, const char *what, struct error *err)
{
    int code = sqlite3_extended_errcode(db);
    if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY)
        return fail(err, ERR_CONFLICT, "it is taken already: %s", sqlite3_errmsg(db));
    if (is_disk_full(db, code))
        return fail(err, ERR_BUSY, "database: the disk is full");
    if ((code & 0xFF) == SQLITE_BUSY || (code & 0xFF) == SQLITE_LOCKED)
        return fail(err, ERR_BUSY, "database: it is locked");
    return fail(err, ERR_INTERNAL, "database: %s: %s (%d)", what, sqlite3_errmsg(db), code);
}

bool sqlite_exec(sqlite3 *db, const char *sql, struct error *err)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK || sqlite_fail(db, sql, err);
}

sqlite3 *sqlite_connect(const char *path, struct error *err)
{
    sqlite3 *db = NULL;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    bool is_open = sqlite3_open_v2(path, &db, flags, NULL) == SQLITE_OK &&
                   sqlite3_extended_result_codes(db, 1) == SQLITE_OK &&
                   sqlite3_busy_timeout(db, WAIT_MS) == SQLITE_OK &&
                   sqlite3_exec(db, "PRAGMA journal_mode=WAL", NULL, NULL, NULL) == SQLITE_OK &&
                   sqlite3_exec(db, "PRAGMA synchronous=FULL", NULL, NULL, NULL) == SQLITE_OK &&
                   sqlite3_exec(db, "PRAGMA wal_autocheckpoint=0", NULL, NULL, NULL) == SQLITE_OK;
    if (is_open)
        return db;
    fail(err, ERR_INTERNAL, "database: %s: %s", path, db ? sqlite3_errmsg(db) : "no memory");
    sqlite3_close_v2(db);
    return NULL;
}

/* The pages that readers share lie in the kernel's cache; theirs are small, for many sessions.
 * What savepoints keep to undo an item stays in memory: as temporary files it costs as much as the
 * writing itself. */
static const char *const role_settings[] = {
    [SESSION_READER] = "PRAGMA query_only=1; PRAGMA cache_size=-1024; PRAGMA temp_store=MEMORY",
    [SESSION_WRITER] = "PRAGMA foreign_keys=1; PRAGMA cache_size=-16384; PRAGMA temp_store=MEMORY;"
                       "PRAGMA trusted_schema=0",
};

static void close_session(struct session *base)
{
    struct sqlite_session *session = sqlite_of(base);
    sqlite_forget_prepared(session);
    checkpointer_stop(session->checkpointer);
    sqlite3_close_v2(session->db);
    memory_free(session);
}

static bool start_checkpointer(struct sqlite_session *session, const char *path, struct error *err)
{
    session->checkpointer = checkpointer_start(session->db, path, err);
    return session->checkpointer != NULL;
}

static struct session *open_session(struct store *store, const char *url, enum session_role role,
                                    struct error *err)
{
    const char *path = url + strlen("sqlite:");
    sqlite3 *db = sqlite_connect(path, err);
    if (!db)
        return NULL;
    struct sqlite_session *session = memory_new(sizeof *session);
    session->session = (struct session){ .engine = &sqlite_engine, .store = store, .role = role };
    session->db = db;
    if (!sqlite_exec(db, role_settings[role], err) ||
        (role == SESSION_WRITER && !start_checkpointer(session, path, err))) {
        close_session(&session->session);
        return NULL;
    }
    return &session->session;
}

static bool run_script(struct session *session, const char *sql, struct error *err)
{
    return sqlite_exec(sqlite_of(session)->db, sql, err);
}

/* The state is the one of the first read that follows. */
static bool begin_snapshot(struct session *session, struct error *err)
{
    return sqlite_exec(sqlite_of(session)->db, "BEGIN", err);
}

static void end_snapshot(struct session *session)
{
    sqlite3_exec(sqlite_of(session)->db, "ROLLBACK", NULL, NULL, NULL);
}

static bool is_usable(struct session *session)
{
    return sqlite3_get_autocommit(sqlite_of(session)->db);
}

static const char *const schemes[] = { "sqlite:", NULL };

const struct engine sqlite_engine = {
    // clang-format off
    .name           = "SQLite",
    .schemes        = schemes,
    .words          = { { "{int}", "INTEGER" }, { "{blob}", "BLOB" },
                        { "{text}", "TEXT" },   { "{strict}", "STRICT" } },
    .begin_locked   = "BEGIN IMMEDIATE",
    .open           = open_session,
    .close          = close_session,
    .prepare        = sqlite_prepare,
    .script         = run_script,
    .query          = sqlite_query,
    .expect         = sqlite_expect,
    .begin_snapshot = begin_snapshot,
    .end_snapshot   = end_snapshot,
    .is_usable      = is_usable,
    .commit         = sqlite_commit,
    .row_int        = sqlite_row_int,
    .row_text       = sqlite_row_text,
    .row_bytes      = sqlite_row_bytes,
    .row_is_null    = sqlite_row_is_null,
    // clang-format on
};
