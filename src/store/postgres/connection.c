#include "base/memory.h"
#include "base/times.h"
#include "store/postgres/postgres.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

enum { RETRY_MS_MIN = 100, RETRY_MS_MAX = 5000, SQLSTATE_OCTETS = 5 };

struct postgres_session *postgres_of(struct session *session)
{
    return (struct postgres_session *)(void *)session;
}

bool postgres_is_lost(const struct postgres_session *session)
{
    return PQstatus(session->connection) != CONNECTION_OK;
}

/* By prefix of the SQLSTATE, the longer first. */
static const struct {
    const char *state;
    enum error_code code;
    const char *what;
} failures[] = {
    // clang-format off
    { "23505", ERR_CONFLICT, "it is taken already" },
    { "53100", ERR_BUSY,     "database: the disk is full" },
    { "40",    ERR_BUSY,     "database: the transaction was rolled back" },
    { "53",    ERR_BUSY,     "database: out of resources" },
    { "55P03", ERR_BUSY,     "database: it is locked" },
    { "57014", ERR_BUSY,     "database: it took too long" },
    { "57P",   ERR_BUSY,     "database: it is shutting down" },
    { "08",    ERR_BUSY,     "database: the connection was lost" },
    { "25006", ERR_BUSY,     "database: it is read-only" },
    // clang-format on
};

static bool fail_by_state(const char *state, const char *message, const char *sql,
                          struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(failures); i++) {
        if (strncmp(state, failures[i].state, strlen(failures[i].state)) == 0)
            return fail(err, failures[i].code, "%s: %s", failures[i].what, message);
    }
    return fail(err, ERR_INTERNAL, "database: %.200s: %s (%s)", sql, message, state);
}

bool postgres_fail(const struct postgres_session *session, const PGresult *result, const char *sql,
                   struct error *err)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    if (state && strlen(state) == SQLSTATE_OCTETS)
        return fail_by_state(state, message ? message : "", sql, err);
    if (postgres_is_lost(session))
        return fail(err, ERR_BUSY, "database: the connection was lost");
    if (PQresultStatus(result) == PGRES_PIPELINE_ABORTED)
        return fail(err, ERR_INTERNAL, "database: an earlier command failed");
    return fail(err, ERR_INTERNAL, "database: %.200s: unexpected result", sql);
}

bool postgres_is_good(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

bool postgres_check(const struct postgres_session *session, PGresult *result, const char *sql,
                    const struct expectation *expectation, struct error *err)
{
    if (!postgres_is_good(result))
        return postgres_fail(session, result, sql, err);
    return expectation->rows < 0 || strtoll(PQcmdTuples(result), NULL, 10) == expectation->rows ||
           fail(err, expectation->code, "%s", expectation->message);
}

bool postgres_exec(struct postgres_session *session, const char *sql, struct error *err)
{
    PGresult *result = PQexec(session->connection, sql);
    bool is_good = postgres_is_good(result) || postgres_fail(session, result, sql, err);
    PQclear(result);
    return is_good;
}

static void ignore_notice(void *context, const char *message)
{
    (void)context;
    (void)message;
}

/* A commit that is not durable must not look like one, whatever the server's default is. */
static const char *const role_settings[] = {
    [SESSION_READER] = "SET default_transaction_read_only = on; SET statement_timeout = 6000",
    [SESSION_WRITER] = "SELECT set_config('synchronous_commit', 'on', false)"
                       " WHERE current_setting('synchronous_commit') = 'off'",
};

/* What the URL says wins over what stands before it; what follows wins over the URL. */
static PGconn *dial(const char *url)
{
    static const char *const names[] = {
        "connect_timeout",  "keepalives_idle",  "keepalives_interval",
        "keepalives_count", "tcp_user_timeout", "application_name",
        "dbname",           "client_encoding",  NULL
    };
    const char *const values[] = { "5", "10", "5", "3", "20000", "cloudpki", url, "UTF8", NULL };
    return PQconnectdbParams(names, values, 1);
}

static bool connect_once(struct postgres_session *session, struct error *err)
{
    session->connection = dial(session->url);
    if (postgres_is_lost(session)) {
        const char *message = PQerrorMessage(session->connection);
        return fail(err, ERR_BUSY, "database: no connection: %.*s", (int)strcspn(message, "\n"),
                    message);
    }
    PQsetNoticeProcessor(session->connection, ignore_notice, NULL);
    return postgres_exec(session, role_settings[session->session.role], err);
}

void postgres_hang_up(struct postgres_session *session)
{
    PQfinish(session->connection);
    session->connection = NULL;
    pointer_map_clear(&session->prepared, memory_free);
    session->pending_count = 0;
}

bool postgres_reconnect(struct postgres_session *session, struct error *err)
{
    int64_t now_ms = times_monotonic_ms();
    if (now_ms < session->retry_at_ms)
        return fail(err, ERR_BUSY, "database: no connection");
    postgres_hang_up(session);
    if (connect_once(session, err)) {
        session->retry_after_ms = 0;
        return true;
    }
    int64_t after_ms = 2 * session->retry_after_ms;
    session->retry_after_ms = after_ms < RETRY_MS_MIN   ? RETRY_MS_MIN
                              : after_ms > RETRY_MS_MAX ? RETRY_MS_MAX
                                                        : after_ms;
    session->retry_at_ms = times_monotonic_ms() + session->retry_after_ms;
    return false;
}

static void close_session(struct session *base)
{
    struct postgres_session *session = postgres_of(base);
    postgres_hang_up(session);
    memory_free(session->pending);
    memory_free(session->url);
    memory_free(session);
}

static struct session *open_session(struct store *store, const char *url, enum session_role role,
                                    struct error *err)
{
    struct postgres_session *session = memory_new(sizeof *session);
    session->session = (struct session){ .engine = &postgres_engine, .store = store, .role = role };
    session->url = memory_text(url);
    if (connect_once(session, err))
        return &session->session;
    close_session(&session->session);
    return NULL;
}

static bool run_script(struct session *session, const char *sql, struct error *err)
{
    return postgres_exec(postgres_of(session), sql, err);
}

static bool begin_snapshot(struct session *session, struct error *err)
{
    return postgres_exec(postgres_of(session), "BEGIN ISOLATION LEVEL REPEATABLE READ", err);
}

static void end_snapshot(struct session *session)
{
    PQclear(PQexec(postgres_of(session)->connection, "ROLLBACK"));
}

static bool is_usable(struct session *session)
{
    PGconn *connection = postgres_of(session)->connection;
    return PQstatus(connection) == CONNECTION_OK && PQtransactionStatus(connection) == PQTRANS_IDLE;
}

static const char *const schemes[] = { "postgresql:", "postgres:", NULL };

const struct engine postgres_engine = {
    // clang-format off
    .name           = "PostgreSQL",
    .schemes        = schemes,
    .words          = { { "{int}", "BIGINT" }, { "{blob}", "BYTEA" },
                        { "{text}", "TEXT COLLATE \"C\"" }, { "{strict}", "" } },
    .begin_locked   = "BEGIN; SELECT pg_advisory_xact_lock(7165382211)", /* a number of our own */
    .open           = open_session,
    .close          = close_session,
    .prepare        = postgres_prepare,
    .script         = run_script,
    .query          = postgres_query,
    .expect         = postgres_expect,
    .begin_snapshot = begin_snapshot,
    .end_snapshot   = end_snapshot,
    .is_usable      = is_usable,
    .commit         = postgres_commit,
    .row_int        = postgres_row_int,
    .row_text       = postgres_row_text,
    .row_bytes      = postgres_row_bytes,
    .row_is_null    = postgres_row_is_null,
    // clang-format on
};
