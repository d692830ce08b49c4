/*
 * postgres - what the files of the PostgreSQL engine share: a session, its connection, results.
 *
 * Parameters and results are binary; the types of parameters are those the statement declares.
 * A writer's batch is pipelined: what it expects is noted in `pending` and looked at when the
 * results come in.
 */
#pragma once

#include "store/engine.h"
#include "store/pointer_map.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As in libpq-fe.h, which stands outside the usual include path. */
typedef struct pg_conn PGconn;
typedef struct pg_result PGresult;

enum { POSTGRES_NAME_OCTETS = 24 };

struct postgres_prepared {
    char name[POSTGRES_NAME_OCTETS];
    bool is_ready; /* the server said so */
    bool is_sent;  /* in this pipeline */
};

/* A command whose result has not been read. */
struct pending {
    const char *sql;
    struct expectation expectation;
    struct postgres_prepared *prepared; /* of a PREPARE; NULL otherwise */
};

struct postgres_session {
    struct session session; /* first */
    char *url;
    PGconn *connection;
    struct pointer_map prepared; /* struct statement → struct postgres_prepared */
    unsigned names;
    int64_t retry_at_ms; /* when away: not before this */
    int64_t retry_after_ms;

    bool is_pipelined;
    bool is_failed; /* something of this batch: the rest need not be sent */
    struct pending *pending;
    size_t pending_count;
    size_t pending_room;
};

struct postgres_session *postgres_of(struct session *session);

/* connection.c */
bool postgres_is_lost(const struct postgres_session *session);
void postgres_hang_up(struct postgres_session *session);
bool postgres_reconnect(struct postgres_session *session, struct error *err) MUST_CHECK;
bool postgres_exec(struct postgres_session *session, const char *sql, struct error *err) MUST_CHECK;

bool postgres_is_good(const PGresult *result);
bool postgres_check(const struct postgres_session *session, PGresult *result, const char *sql,
                    const struct expectation *expectation, struct error *err);

/* Why a result is not what it should be; NULL is a lost connection. Always false. */
bool postgres_fail(const struct postgres_session *session, const PGresult *result, const char *sql,
                   struct error *err);

/* query.c */
bool postgres_prepare(struct session *session, const struct statement *statement,
                      struct error *err);
bool postgres_query(struct session *session, const struct call *call, row_fn *each, void *context,
                    struct error *err);
bool postgres_expect(struct session *session, const struct call *call,
                     const struct expectation *expectation, struct error *err);

int64_t postgres_row_int(const struct row *row, int column);
const char *postgres_row_text(const struct row *row, int column);
struct bytes postgres_row_bytes(const struct row *row, int column);
bool postgres_row_is_null(const struct row *row, int column);

/* pipeline.c */
bool pipeline_begin(struct postgres_session *session, struct error *err) MUST_CHECK;
void pipeline_note(struct postgres_session *session, const struct pending *pending);

/* Sends a sync and reads the results of all that is pending; *last, when asked for, is that of a
 * command sent after them. false when any is not as expected. */
bool pipeline_settle(struct postgres_session *session, const char *last_sql, PGresult **last,
                     struct error *err) MUST_CHECK;
void pipeline_end(struct postgres_session *session);

/* commit.c */
void postgres_commit(struct session *session, struct item *const *items, size_t count);
