/*
 * A pipeline sends commands without waiting for their results. The server answers in order; after
 * an error it skips everything up to the next sync. libpq reads while it waits to write, so a
 * batch of any length cannot block both sides.
 */
#include "base/memory.h"
#include "store/postgres/postgres.h"

#include <libpq-fe.h>

enum { PENDING_FIRST = 64 };

void pipeline_note(struct postgres_session *session, const struct pending *pending)
{
    if (session->pending_count == session->pending_room) {
        session->pending_room = session->pending_room ? 2 * session->pending_room : PENDING_FIRST;
        session->pending =
            memory_resize(session->pending, session->pending_room * sizeof *session->pending);
    }
    session->pending[session->pending_count++] = *pending;
}

bool pipeline_begin(struct postgres_session *session, struct error *err)
{
    static const char begin[] = "BEGIN";
    session->is_failed = false;
    if (!PQenterPipelineMode(session->connection) ||
        !PQsendQueryParams(session->connection, begin, 0, NULL, NULL, NULL, NULL, 0))
        return postgres_fail(session, NULL, begin, err);
    session->is_pipelined = true;
    pipeline_note(session, &(struct pending){ .sql = begin, .expectation = { .rows = -1 } });
    return true;
}

/* The result of one command and the NULL that ends it. */
static PGresult *next_result(struct postgres_session *session)
{
    PGresult *result = PQgetResult(session->connection);
    if (!result)
        return NULL;
    for (PGresult *more = PQgetResult(session->connection); more;
         more = PQgetResult(session->connection))
        PQclear(more);
    return result;
}

static bool read_pending(struct postgres_session *session, struct error *err)
{
    bool is_as_expected = true;
    for (size_t i = 0; i < session->pending_count; i++) {
        struct pending *pending = &session->pending[i];
        PGresult *result = next_result(session);
        is_as_expected &= postgres_check(session, result, pending->sql, &pending->expectation, err);
        if (pending->prepared) {
            pending->prepared->is_ready = postgres_is_good(result);
            pending->prepared->is_sent = false;
        }
        PQclear(result);
    }
    session->pending_count = 0;
    return is_as_expected;
}

bool pipeline_settle(struct postgres_session *session, const char *last_sql, PGresult **last,
                     struct error *err)
{
    if (!PQpipelineSync(session->connection))
        return postgres_fail(session, NULL, "sync", err);
    bool is_as_expected = read_pending(session, err);
    if (last) {
        *last = next_result(session);
        if (!postgres_is_good(*last))
            is_as_expected = postgres_fail(session, *last, last_sql, err);
    }
    PGresult *sync = PQgetResult(session->connection);
    if (PQresultStatus(sync) != PGRES_PIPELINE_SYNC)
        is_as_expected = postgres_fail(session, sync, "sync", err);
    PQclear(sync);
    return is_as_expected;
}

void pipeline_end(struct postgres_session *session)
{
    session->is_pipelined = false;
    session->pending_count = 0;
    if (!postgres_is_lost(session) && !PQexitPipelineMode(session->connection))
        postgres_hang_up(session); /* results were left unread: start anew */
}
