#include "store/statement.h"

#include "base/times.h"
#include "store/inside.h"

#include <string.h>

bool read_in_time(const struct session *session, int64_t since_ms, struct error *err)
{
    int64_t ms_max = session->store->options.read_ms_max;
    return times_monotonic_ms() - since_ms <= ms_max ||
           fail(err, ERR_BUSY, "database: a read took longer than %d s", (int)ms_max / 1000);
}

static bool has_type(const struct value *value, char type)
{
    static const char letters[] = {
        [VALUE_NULL] = 0, [VALUE_INT] = 'i', [VALUE_TEXT] = 't', [VALUE_BLOB] = 'b'
    };
    return value->type == VALUE_NULL || letters[value->type] == type;
}

static bool check_values(const struct call *call, struct error *err)
{
    const char *types = call->statement->types;
    if (strlen(types) != call->count)
        return fail(err, ERR_INTERNAL, "database: %zu values for %zu parameters: %.60s",
                    call->count, strlen(types), call->statement->sql);
    for (size_t i = 0; i < call->count; i++) {
        if (!has_type(&call->values[i], types[i]))
            return fail(err, ERR_INTERNAL, "database: $%zu is not of its type: %.60s", i + 1,
                        call->statement->sql);
    }
    return true;
}

static bool check_snapshot(const struct session *session, struct error *err)
{
    return !session->has_snapshot || times_monotonic_ms() < session->snapshot_until_ms ||
           fail(err, ERR_BUSY, "database: a reader may see one state for %d s only",
                session->store->options.read_ms_max / 1000);
}

bool session_query_call(struct session *session, const struct call *call, row_fn *each,
                        void *context, struct error *err)
{
    return check_values(call, err) && check_snapshot(session, err) &&
           session->engine->query(session, call, each, context, err);
}

bool session_query(struct session *session, const struct statement *statement,
                   const struct value *values, size_t count, row_fn *each, void *context,
                   struct error *err)
{
    const struct call call = { statement, values, count, false };
    return session_query_call(session, &call, each, context, err);
}

bool session_expect(struct session *session, const struct statement *statement,
                    const struct value *values, size_t count, const struct expectation *expectation,
                    struct error *err)
{
    const struct call call = { statement, values, count, false };
    if (session->role != SESSION_WRITER)
        return fail(err, ERR_INTERNAL, "database: a reader may not write: %.60s", statement->sql);
    return check_values(&call, err) && session->engine->expect(session, &call, expectation, err);
}

bool session_execute(struct session *session, const struct statement *statement,
                     const struct value *values, size_t count, struct error *err)
{
    static const struct expectation any = { -1, ERR_NONE, NULL };
    return session_expect(session, statement, values, count, &any, err);
}

int64_t row_int(const struct row *row, int column)
{
    return row->engine->row_int(row, column);
}

const char *row_text(const struct row *row, int column)
{
    return row->engine->row_text(row, column);
}

struct bytes row_bytes(const struct row *row, int column)
{
    return row->engine->row_bytes(row, column);
}

bool row_is_null(const struct row *row, int column)
{
    return row->engine->row_is_null(row, column);
}
