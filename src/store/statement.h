/*
 * statement - one SQL text, prepared once per connection.
 *
 * Parameters are $1 … $n, and the statement says their types, so that both databases read them
 * alike. Statements are static const structs in the file that uses them and are listed in that
 * file's table, which store_open prepares: a text that does not parse, or whose parameters are
 * not exactly those declared, stops start-up. Between run() and commit on PostgreSQL,
 * session_expect is pipelined: its row count is looked at when the batch ends, and a wrong one
 * fails this item (the batch then runs again item by item). session_query waits for its rows.
 */
#pragma once

#include "base/attributes.h"
#include "base/error.h"
#include "model/value.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct row;
struct session;

struct statement {
    const char *sql;
    const char *types; /* a letter for each parameter: i integer, t text, b octets */
};

/* A NULL-terminated table a file exports: extern const struct statement *const ca_statements[]; */

/* Each row of a SELECT (or RETURNING), in order; return false to stop (with or without err). */
typedef bool row_fn(const struct row *row, void *context, struct error *err);

bool session_query(struct session *session, const struct statement *statement,
                   const struct value *values, size_t count, row_fn *each, void *context,
                   struct error *err) MUST_CHECK;

/* INSERT, UPDATE or DELETE that must touch exactly `rows` rows; otherwise this item fails with
 * code and message. rows < 0: any number. Write sessions only. */
struct expectation {
    int64_t rows;
    enum error_code code;
    const char *message;
};
bool session_expect(struct session *session, const struct statement *statement,
                    const struct value *values, size_t count, const struct expectation *expectation,
                    struct error *err) MUST_CHECK;

/* Any number of rows is fine. */
bool session_execute(struct session *session, const struct statement *statement,
                     const struct value *values, size_t count, struct error *err) MUST_CHECK;

/* ---- the row, valid inside row_fn only; columns from 0; a NULL gives 0, NULL, none ---- */

int64_t row_int(const struct row *row, int column);
const char *row_text(const struct row *row, int column);
struct bytes row_bytes(const struct row *row, int column);
bool row_is_null(const struct row *row, int column);

/* session_query(s, &statement, VALUES(V_TEXT(id), V_INT(now)), each, context, err) */
#define VALUES(...)                        \
    (const struct value[]){ __VA_ARGS__ }, \
        sizeof((const struct value[]){ __VA_ARGS__ }) / sizeof(struct value)
