#include "store/sqlite/sqlite.h"

#include "base/memory.h"
#include "base/times.h"

#include <stdio.h>
#include <string.h>

enum { ROWS_PER_LOOK_AT_CLOCK = 256, PARAMETER_NAME_OCTETS = 16 };

/* SQLite numbers $1 … $n by first appearance, not by their digits. */
struct sqlite_prepared {
    sqlite3_stmt *stmt;
    int places[];
};

static void free_prepared(void *value)
{
    struct sqlite_prepared *prepared = value;
    if (!prepared)
        return;
    sqlite3_finalize(prepared->stmt);
    memory_free(prepared);
}

static bool find_places(struct sqlite_prepared *prepared, size_t count)
{
    if ((size_t)sqlite3_bind_parameter_count(prepared->stmt) != count)
        return false;
    for (size_t i = 0; i < count; i++) {
        char name[PARAMETER_NAME_OCTETS];
        snprintf(name, sizeof name, "$%zu", i + 1);
        prepared->places[i] = sqlite3_bind_parameter_index(prepared->stmt, name);
        if (prepared->places[i] == 0)
            return false;
    }
    return true;
}

static struct sqlite_prepared *prepare(struct sqlite_session *session,
                                       const struct statement *statement, unsigned flags,
                                       struct error *err)
{
    size_t count = strlen(statement->types);
    struct sqlite_prepared *prepared =
        memory_new(sizeof *prepared + count * sizeof prepared->places[0]);
    const char *tail = "";
    if (sqlite3_prepare_v3(session->db, statement->sql, -1, flags, &prepared->stmt, &tail) !=
            SQLITE_OK ||
        !prepared->stmt)
        sqlite_fail(session->db, statement->sql, err);
    else if (*tail)
        fail(err, ERR_INTERNAL, "database: more than one statement: %.200s", statement->sql);
    else if (!find_places(prepared, count))
        fail(err, ERR_INTERNAL, "database: parameters are not $1 to $%zu: %.200s", count,
             statement->sql);
    else
        return prepared;
    free_prepared(prepared);
    return NULL;
}

bool sqlite_prepare(struct session *base, const struct statement *statement, struct error *err)
{
    struct sqlite_session *session = sqlite_of(base);
    if (pointer_map_find(&session->prepared, statement))
        return true;
    struct sqlite_prepared *prepared = prepare(session, statement, SQLITE_PREPARE_PERSISTENT, err);
    if (prepared)
        pointer_map_put(&session->prepared, statement, prepared);
    return prepared != NULL;
}

void sqlite_forget_prepared(struct sqlite_session *session)
{
    pointer_map_clear(&session->prepared, free_prepared);
}

/* A statement that is being walked further out gets a second copy; *own is freed by the caller. */
static struct sqlite_prepared *prepared_for(struct sqlite_session *session, const struct call *call,
                                            struct sqlite_prepared **own, struct error *err)
{
    *own = NULL;
    if (!call->is_once) {
        if (!sqlite_prepare(&session->session, call->statement, err))
            return NULL;
        struct sqlite_prepared *kept = pointer_map_find(&session->prepared, call->statement);
        if (!sqlite3_stmt_busy(kept->stmt))
            return kept;
    }
    *own = prepare(session, call->statement, 0, err);
    return *own;
}

static int bind(sqlite3_stmt *stmt, int place, const struct value *value)
{
    switch (value->type) {
    case VALUE_INT:
        return sqlite3_bind_int64(stmt, place, value->integer);
    case VALUE_TEXT:
        return sqlite3_bind_text(stmt, place, value->text, -1, SQLITE_STATIC);
    case VALUE_BLOB: /* no octets are not NULL */
        return value->blob.len == 0 ? sqlite3_bind_zeroblob(stmt, place, 0)
                                    : sqlite3_bind_blob64(stmt, place, value->blob.data,
                                                          value->blob.len, SQLITE_STATIC);
    case VALUE_NULL:
    default:
        return sqlite3_bind_null(stmt, place);
    }
}

static bool bind_all(struct sqlite_session *session, const struct sqlite_prepared *prepared,
                     const struct call *call, struct error *err)
{
    for (size_t i = 0; i < call->count; i++) {
        if (bind(prepared->stmt, prepared->places[i], &call->values[i]) != SQLITE_OK)
            return sqlite_fail(session->db, call->statement->sql, err);
    }
    return true;
}

static void finish(struct sqlite_prepared *prepared, struct sqlite_prepared *own)
{
    sqlite3_reset(prepared->stmt);
    sqlite3_clear_bindings(prepared->stmt);
    free_prepared(own);
}

static bool walk(struct sqlite_session *session, sqlite3_stmt *stmt, const struct call *call,
                 row_fn *each, void *context, struct error *err)
{
    struct row row = { .engine = &sqlite_engine, .result = stmt };
    int64_t since_ms = times_monotonic_ms();
    int result;
    while ((result = sqlite3_step(stmt)) == SQLITE_ROW) {
        row.number++;
        if (row.number % ROWS_PER_LOOK_AT_CLOCK == 0 &&
            !read_in_time(&session->session, since_ms, err))
            return false;
        if (each && !each(&row, context, err))
            return err->code == ERR_NONE;
    }
    return result == SQLITE_DONE || sqlite_fail(session->db, call->statement->sql, err);
}

bool sqlite_query(struct session *base, const struct call *call, row_fn *each, void *context,
                  struct error *err)
{
    struct sqlite_session *session = sqlite_of(base);
    struct sqlite_prepared *own;
    struct sqlite_prepared *prepared = prepared_for(session, call, &own, err);
    if (!prepared)
        return false;
    bool is_done = bind_all(session, prepared, call, err) &&
                   walk(session, prepared->stmt, call, each, context, err);
    finish(prepared, own);
    return is_done;
}

static bool step_all(struct sqlite_session *session, sqlite3_stmt *stmt, const struct call *call,
                     struct error *err)
{
    int result;
    do
        result = sqlite3_step(stmt);
    while (result == SQLITE_ROW);
    return result == SQLITE_DONE || sqlite_fail(session->db, call->statement->sql, err);
}

bool sqlite_expect(struct session *base, const struct call *call,
                   const struct expectation *expectation, struct error *err)
{
    struct sqlite_session *session = sqlite_of(base);
    struct sqlite_prepared *own;
    struct sqlite_prepared *prepared = prepared_for(session, call, &own, err);
    if (!prepared)
        return false;
    bool is_done =
        bind_all(session, prepared, call, err) && step_all(session, prepared->stmt, call, err);
    finish(prepared, own);
    if (!is_done || expectation->rows < 0)
        return is_done;
    return sqlite3_changes64(session->db) == expectation->rows ||
           fail(err, expectation->code, "%s", expectation->message);
}

static sqlite3_stmt *stmt_of(const struct row *row)
{
    return row->result;
}

int64_t sqlite_row_int(const struct row *row, int column)
{
    return sqlite3_column_int64(stmt_of(row), column);
}

const char *sqlite_row_text(const struct row *row, int column)
{
    return (const char *)sqlite3_column_text(stmt_of(row), column);
}

struct bytes sqlite_row_bytes(const struct row *row, int column)
{
    const void *data = sqlite3_column_blob(stmt_of(row), column);
    return (struct bytes){ data, (size_t)sqlite3_column_bytes(stmt_of(row), column) };
}

bool sqlite_row_is_null(const struct row *row, int column)
{
    return sqlite3_column_type(stmt_of(row), column) == SQLITE_NULL;
}
