#include "base/memory.h"
#include "store/postgres/postgres.h"

#include <endian.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

enum { PARAMETERS_MAX = 64, BINARY = 1 };
enum { INT8_OID = 20, TEXT_OID = 25, BYTEA_OID = 17 }; /* pg_type.dat; fixed for ever */

/* ---- parameters ---- */

struct parameters {
    int count;
    Oid types[PARAMETERS_MAX];
    const char *values[PARAMETERS_MAX]; /* NULL for a null */
    int lengths[PARAMETERS_MAX];
    int formats[PARAMETERS_MAX];
    uint64_t integers[PARAMETERS_MAX]; /* in network order */
};

static void declare(struct parameters *parameters, const char *types)
{
    parameters->count = (int)strlen(types);
    for (int i = 0; i < parameters->count; i++)
        parameters->types[i] = types[i] == 'i' ? INT8_OID : types[i] == 't' ? TEXT_OID : BYTEA_OID;
}

static void set(struct parameters *parameters, int i, const struct value *value)
{
    parameters->formats[i] = BINARY;
    parameters->values[i] = NULL;
    parameters->lengths[i] = 0;
    if (value->type == VALUE_INT) {
        parameters->integers[i] = htobe64((uint64_t)value->integer);
        parameters->values[i] = (const char *)&parameters->integers[i];
        parameters->lengths[i] = sizeof parameters->integers[i];
    } else if (value->type == VALUE_TEXT && value->text) {
        parameters->values[i] = value->text;
        parameters->lengths[i] = (int)strlen(value->text);
    } else if (value->type == VALUE_BLOB) { /* no octets are not NULL */
        parameters->values[i] = value->blob.len ? (const char *)value->blob.data : "";
        parameters->lengths[i] = (int)value->blob.len;
    }
}

static bool fill(struct parameters *parameters, const struct call *call, struct error *err)
{
    if (call->count > PARAMETERS_MAX)
        return fail(err, ERR_INTERNAL, "database: more than %d parameters", PARAMETERS_MAX);
    declare(parameters, call->statement->types);
    for (int i = 0; i < parameters->count; i++)
        set(parameters, i, &call->values[i]);
    return true;
}

/* ---- preparing ---- */

static struct postgres_prepared *prepared_of(struct postgres_session *session,
                                             const struct statement *statement)
{
    struct postgres_prepared *prepared = pointer_map_find(&session->prepared, statement);
    if (prepared)
        return prepared;
    prepared = memory_new(sizeof *prepared);
    snprintf(prepared->name, sizeof prepared->name, "s%u", ++session->names);
    pointer_map_put(&session->prepared, statement, prepared);
    return prepared;
}

static bool prepare_now(struct postgres_session *session, struct postgres_prepared *prepared,
                        const struct statement *statement, const struct parameters *parameters,
                        struct error *err)
{
    PGresult *result = PQprepare(session->connection, prepared->name, statement->sql,
                                 parameters->count, parameters->types);
    prepared->is_ready = PQresultStatus(result) == PGRES_COMMAND_OK ||
                         postgres_fail(session, result, statement->sql, err);
    PQclear(result);
    return prepared->is_ready;
}

static bool send_prepare(struct postgres_session *session, struct postgres_prepared *prepared,
                         const struct statement *statement, const struct parameters *parameters,
                         struct error *err)
{
    if (!PQsendPrepare(session->connection, prepared->name, statement->sql, parameters->count,
                       parameters->types))
        return postgres_fail(session, NULL, statement->sql, err);
    prepared->is_sent = true;
    pipeline_note(session, &(struct pending){ .sql = statement->sql,
                                              .expectation = { .rows = -1 },
                                              .prepared = prepared });
    return true;
}

static struct postgres_prepared *ensure_prepared(struct postgres_session *session,
                                                 const struct statement *statement,
                                                 const struct parameters *parameters,
                                                 struct error *err)
{
    struct postgres_prepared *prepared = prepared_of(session, statement);
    if (prepared->is_ready || prepared->is_sent)
        return prepared;
    bool is_on_its_way = session->is_pipelined
                             ? send_prepare(session, prepared, statement, parameters, err)
                             : prepare_now(session, prepared, statement, parameters, err);
    return is_on_its_way ? prepared : NULL;
}

bool postgres_prepare(struct session *base, const struct statement *statement, struct error *err)
{
    struct parameters parameters;
    declare(&parameters, statement->types);
    return ensure_prepared(postgres_of(base), statement, &parameters, err) != NULL;
}

/* ---- running ---- */

static PGresult *run_now(struct postgres_session *session, const struct call *call,
                         const struct parameters *parameters, struct error *err)
{
    PGconn *connection = session->connection;
    if (call->is_once)
        return PQexecParams(connection, call->statement->sql, parameters->count, parameters->types,
                            parameters->values, parameters->lengths, parameters->formats, BINARY);
    const struct postgres_prepared *prepared =
        ensure_prepared(session, call->statement, parameters, err);
    return prepared
               ? PQexecPrepared(connection, prepared->name, parameters->count, parameters->values,
                                parameters->lengths, parameters->formats, BINARY)
               : NULL;
}

static bool send_call(struct postgres_session *session, const struct call *call,
                      const struct parameters *parameters, struct error *err)
{
    PGconn *connection = session->connection;
    if (call->is_once)
        return PQsendQueryParams(connection, call->statement->sql, parameters->count,
                                 parameters->types, parameters->values, parameters->lengths,
                                 parameters->formats, BINARY) ||
               postgres_fail(session, NULL, call->statement->sql, err);
    const struct postgres_prepared *prepared =
        ensure_prepared(session, call->statement, parameters, err);
    return prepared &&
           (PQsendQueryPrepared(connection, prepared->name, parameters->count, parameters->values,
                                parameters->lengths, parameters->formats, BINARY) ||
            postgres_fail(session, NULL, call->statement->sql, err));
}

static bool walk(PGresult *result, row_fn *each, void *context, struct error *err)
{
    struct row row = { .engine = &postgres_engine, .result = result };
    int count = PQntuples(result);
    for (row.number = 0; each && row.number < count; row.number++) {
        if (!each(&row, context, err))
            return err->code == ERR_NONE;
    }
    return true;
}

/* What ran before in this batch is looked at too: when it failed, these rows mean nothing. */
static PGresult *query_in_pipeline(struct postgres_session *session, const struct call *call,
                                   const struct parameters *parameters, struct error *err)
{
    PGresult *result = NULL;
    if (session->is_failed)
        return fail_null(err, ERR_INTERNAL, "database: the batch has failed");
    if (send_call(session, call, parameters, err) &&
        pipeline_settle(session, call->statement->sql, &result, err))
        return result;
    session->is_failed = true;
    PQclear(result);
    return NULL;
}

/* A reader may find that its connection has died since its last use; nothing is lost by asking
 * again on a new one. */
static PGresult *query_now(struct postgres_session *session, const struct call *call,
                           const struct parameters *parameters, struct error *err)
{
    PGresult *result = run_now(session, call, parameters, err);
    if (postgres_is_lost(session) && session->session.role == SESSION_READER &&
        !session->session.has_snapshot) {
        PQclear(result);
        error_clear(err);
        if (!postgres_reconnect(session, err))
            return NULL;
        result = run_now(session, call, parameters, err);
    }
    if (postgres_is_good(result))
        return result;
    postgres_fail(session, result, call->statement->sql, err);
    PQclear(result);
    return NULL;
}

bool postgres_query(struct session *base, const struct call *call, row_fn *each, void *context,
                    struct error *err)
{
    struct postgres_session *session = postgres_of(base);
    struct parameters parameters;
    if (!fill(&parameters, call, err))
        return false;
    PGresult *result = session->is_pipelined ? query_in_pipeline(session, call, &parameters, err)
                                             : query_now(session, call, &parameters, err);
    bool is_done = result && walk(result, each, context, err);
    PQclear(result);
    return is_done;
}

static bool expect_in_pipeline(struct postgres_session *session, const struct call *call,
                               const struct parameters *parameters,
                               const struct expectation *expectation, struct error *err)
{
    if (session->is_failed)
        return fail(err, ERR_INTERNAL, "database: the batch has failed");
    if (!send_call(session, call, parameters, err)) {
        session->is_failed = true;
        return false;
    }
    pipeline_note(session,
                  &(struct pending){ .sql = call->statement->sql, .expectation = *expectation });
    return true;
}

static bool expect_now(struct postgres_session *session, const struct call *call,
                       const struct parameters *parameters, const struct expectation *expectation,
                       struct error *err)
{
    PGresult *result = run_now(session, call, parameters, err);
    bool is_good = postgres_check(session, result, call->statement->sql, expectation, err);
    PQclear(result);
    return is_good;
}

bool postgres_expect(struct session *base, const struct call *call,
                     const struct expectation *expectation, struct error *err)
{
    struct postgres_session *session = postgres_of(base);
    struct parameters parameters;
    if (!fill(&parameters, call, err))
        return false;
    return session->is_pipelined ? expect_in_pipeline(session, call, &parameters, expectation, err)
                                 : expect_now(session, call, &parameters, expectation, err);
}

/* ---- rows ---- */

static PGresult *result_of(const struct row *row)
{
    return row->result;
}

/* int4 and bool come from constants and comparisons, int8 from everything else. */
int64_t postgres_row_int(const struct row *row, int column)
{
    struct bytes octets = postgres_row_bytes(row, column);
    uint64_t value = octets.len && octets.data[0] & 0x80 ? UINT64_MAX : 0;
    for (size_t i = 0; i < octets.len; i++)
        value = value << 8 | octets.data[i];
    return (int64_t)value;
}

const char *postgres_row_text(const struct row *row, int column)
{
    return PQgetisnull(result_of(row), row->number, column)
               ? NULL
               : PQgetvalue(result_of(row), row->number, column);
}

struct bytes postgres_row_bytes(const struct row *row, int column)
{
    return (struct bytes){
        (const uint8_t *)PQgetvalue(result_of(row), row->number, column),
        (size_t)PQgetlength(result_of(row), row->number, column),
    };
}

bool postgres_row_is_null(const struct row *row, int column)
{
    return PQgetisnull(result_of(row), row->number, column) != 0;
}
