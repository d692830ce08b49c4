/*
 * One batch is one transaction and one pipeline, then COMMIT once every result is as expected. If
 * anything fails the transaction is rolled back and each item runs again alone, without pipeline,
 * so that its failure is its own and can be explained on the spot. A connection that breaks before
 * COMMIT was sent leaves nothing behind; during COMMIT nobody knows.
 */
#include "store/postgres/postgres.h"

#include <libpq-fe.h>
#include <string.h>

static void fail_all(struct item *const *items, size_t count, const struct error *err)
{
    for (size_t i = 0; i < count; i++)
        items[i]->err = *err;
}

static bool ensure_connected(struct postgres_session *session, struct error *err)
{
    return !postgres_is_lost(session) || postgres_reconnect(session, err);
}

static void roll_back(struct postgres_session *session)
{
    if (!postgres_is_lost(session) && PQtransactionStatus(session->connection) != PQTRANS_IDLE)
        PQclear(PQexec(session->connection, "ROLLBACK"));
}

/* A transaction that had failed answers COMMIT with ROLLBACK. */
static bool commit(struct postgres_session *session, struct error *err)
{
    PGresult *result = PQexec(session->connection, "COMMIT");
    bool is_done =
        PQresultStatus(result) == PGRES_COMMAND_OK && strcmp(PQcmdStatus(result), "COMMIT") == 0;
    if (!is_done && postgres_is_lost(session))
        fail(err, ERR_OUTCOME_UNKNOWN, "database: the connection was lost during COMMIT");
    else if (!is_done)
        postgres_fail(session, result, "COMMIT", err);
    PQclear(result);
    return is_done;
}

static bool run(struct session *session, struct item *item)
{
    error_clear(&item->err);
    return item->write.run(session, item->write.context, &item->err) ||
           fail(&item->err, ERR_INTERNAL, "database: a write failed without saying why");
}

static bool run_pipelined(struct postgres_session *session, struct item *const *items, size_t count)
{
    struct error ignored = { .code = ERR_NONE }; /* each item finds its own again, alone */
    bool is_good = pipeline_begin(session, &ignored);
    for (size_t i = 0; is_good && i < count; i++)
        is_good = run(&session->session, items[i]) && !session->is_failed;
    if (session->is_pipelined && !postgres_is_lost(session))
        is_good = pipeline_settle(session, NULL, NULL, &ignored) && is_good;
    pipeline_end(session);
    return is_good;
}

/* false: nothing of it stands, each item must run alone. */
static bool commit_together(struct postgres_session *session, struct item *const *items,
                            size_t count)
{
    if (!run_pipelined(session, items, count)) {
        roll_back(session);
        return false;
    }
    struct error err = { .code = ERR_NONE };
    if (commit(session, &err))
        return true;
    if (err.code != ERR_OUTCOME_UNKNOWN)
        return false;
    fail_all(items, count, &err);
    return true;
}

static void commit_alone(struct postgres_session *session, struct item *item)
{
    error_clear(&item->err);
    if (!ensure_connected(session, &item->err) || !postgres_exec(session, "BEGIN", &item->err))
        return;
    if (!run(&session->session, item))
        roll_back(session);
    else
        (void)commit(session, &item->err);
}

void postgres_commit(struct session *base, struct item *const *items, size_t count)
{
    struct postgres_session *session = postgres_of(base);
    struct error err = { .code = ERR_NONE };
    if (!ensure_connected(session, &err)) {
        fail_all(items, count, &err);
        return;
    }
    if (commit_together(session, items, count))
        return;
    for (size_t i = 0; i < count; i++)
        commit_alone(session, items[i]);
}
