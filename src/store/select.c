/*
 * Lists page by keyset: the rows after the last one seen, never a count of rows to skip. Every
 * order ends with the id, in the direction of the key before it, so that one index serves both
 * directions.
 */
#include "store/select.h"

#include "base/arena.h"
#include "base/error.h"
#include "store/condition.h"
#include "store/draft.h"
#include "store/engine.h"
#include "store/entity_row.h"
#include "store/entity_sql.h"
#include "store/inside.h"
#include "store/keep.h"
#include "store/sql_texts.h"

#include <assert.h>
#include <string.h>

/* ---- order and keyset ---- */

static const struct property *key_of(const struct entity *entity)
{
    const struct property *row = entity->properties;
    while (!(row->flags & KEY))
        row++;
    return row;
}

static void find_keys(struct draft *draft)
{
    const struct query *query = draft->query;
    bool is_descending = false;
    for (size_t i = 0; i < query->order_count; i++) {
        is_descending = query->order[i].is_descending;
        draft->keys[draft->key_count++] =
            (struct draft_key){ query->order[i].property, is_descending };
    }
    draft->keys[draft->key_count++] = (struct draft_key){ key_of(query->entity), is_descending };
}

static bool has_one_direction(const struct draft *draft)
{
    for (size_t i = 1; i < draft->key_count; i++) {
        if (draft->keys[i].is_descending != draft->keys[0].is_descending)
            return false;
    }
    return true;
}

static const char *after_sign(const struct draft_key *key)
{
    return key->is_descending ? " < " : " > ";
}

/* (a, b) > ($1, $2), which both databases read from an index. */
static void add_after_as_row(struct draft *draft)
{
    for (size_t i = 0; i < draft->key_count; i++) {
        buf_add_text(draft->sql, i ? ", " : "(");
        draft_add_column(draft, draft->keys[i].property);
    }
    buf_add_format(draft->sql, ")%s", after_sign(&draft->keys[0]));
    for (size_t i = 0; i < draft->key_count; i++) {
        buf_add_text(draft->sql, i ? ", " : "(");
        draft_add_parameter(draft, draft->query->after[i], column_type(draft->keys[i].property));
    }
    buf_add_text(draft->sql, ")");
}

/* a > $1 OR (a = $1 AND (b < $2 OR (b = $2 AND …))) */
static void add_after_as_terms(struct draft *draft)
{
    buf_add_text(draft->sql, "(");
    for (size_t i = 0; i < draft->key_count; i++) {
        const struct draft_key *key = &draft->keys[i];
        size_t number = draft_take(draft, draft->query->after[i], column_type(key->property));
        draft_add_column(draft, key->property);
        buf_add_format(draft->sql, "%s$%zu", after_sign(key), number);
        if (i + 1 == draft->key_count)
            break;
        buf_add_text(draft->sql, " OR (");
        draft_add_column(draft, key->property);
        buf_add_format(draft->sql, " = $%zu AND (", number);
    }
    for (size_t i = 0; i + 1 < draft->key_count; i++)
        buf_add_text(draft->sql, "))");
    buf_add_text(draft->sql, ")");
}

static void add_after(struct draft *draft)
{
    if (!draft->query->has_after)
        return;
    draft_begin_condition(draft);
    if (has_one_direction(draft))
        add_after_as_row(draft);
    else
        add_after_as_terms(draft);
}

static void add_order(struct draft *draft)
{
    for (size_t i = 0; i < draft->key_count; i++) {
        buf_add_text(draft->sql, i ? ", " : " ORDER BY ");
        draft_add_column(draft, draft->keys[i].property);
        buf_add_text(draft->sql, draft->keys[i].is_descending ? " DESC" : " ASC");
    }
}

/* ---- whole statements ---- */

static void add_limit(struct draft *draft)
{
    int64_t limit = (int64_t)draft->query->top + 1;
    buf_add_text(draft->sql, " LIMIT ");
    if (draft->query->top == QUERY_TOP_USUAL)
        buf_add_int(draft->sql, limit);
    else
        draft_add_parameter(draft, V_INT(limit), 'i');
}

static void make_list(struct draft *draft)
{
    const struct query *query = draft->query;
    if (draft->entity_sql->uses_now)
        draft->now_number = draft_take(draft, V_INT(query->now), 'i');
    const struct entity_sql *sql = draft->entity_sql;
    buf_add_format(draft->sql, "SELECT %s FROM %s",
                   query->without_bulky ? sql->columns_listed : sql->columns, query->entity->table);
    find_keys(draft);
    condition_add_all(draft);
    add_after(draft);
    add_order(draft);
    add_limit(draft);
    if (query->skip > 0) {
        buf_add_text(draft->sql, " OFFSET ");
        draft_add_parameter(draft, V_INT(query->skip), 'i');
    }
}

static void make_count(struct draft *draft)
{
    buf_add_format(draft->sql, "SELECT count(*) FROM %s", draft->query->entity->table);
    condition_add_all(draft);
}

static bool run(struct session *session, struct draft *draft, row_fn *each, void *context,
                struct error *err)
{
    if (draft->is_too_long || !buf_ok(draft->sql))
        return fail(err, ERR_INVALID, "$filter: too many comparisons");
    const char *sql = buf_text(draft->sql);
    const struct statement *kept = sql_texts_keep(session->store->texts, sql, draft->types);
    const struct statement own = { sql, draft->types };
    const struct call call = { kept ? kept : &own, draft->values, draft->count, !kept };
    return session_query_call(session, &call, each, context, err);
}

struct listing {
    const struct query *query;
    struct arena *arena;
    entity_fn *each;
    void *context;
    void *object;
    unsigned rows;
};

static bool list_row(const struct row *row, void *context, struct error *err)
{
    struct listing *listing = context;
    if (listing->rows++ == listing->query->top)
        return false;
    return entity_load(listing->query->entity, row, listing->arena, listing->object, err) &&
           listing->each(listing->object, listing->context, err);
}

bool select_list(struct session *session, const struct query *query, struct arena *arena,
                 entity_fn *each, void *context, bool *more, struct error *err)
{
    SCOPED(buf_free) struct buf *sql = buf_new(DRAFT_SQL_OCTETS_MAX);
    struct draft draft = { .query = query,
                           .arena = arena,
                           .sql = sql,
                           .joiner = " WHERE ",
                           .entity_sql = entity_sql_of(session->store, query->entity) };
    make_list(&draft);
    struct listing listing = { query, arena, each, context, arena_take(arena, query->entity->size),
                               0 };
    if (!run(session, &draft, list_row, &listing, err))
        return false;
    *more = listing.rows > query->top;
    return true;
}

bool select_count(struct session *session, const struct query *query, int64_t *out,
                  struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(buf_free) struct buf *sql = buf_new(DRAFT_SQL_OCTETS_MAX);
    struct draft draft = { .query = query,
                           .arena = arena,
                           .sql = sql,
                           .joiner = " WHERE ",
                           .entity_sql = entity_sql_of(session->store, query->entity) };
    make_count(&draft);
    return run(session, &draft, keep_int, out, err);
}

struct first {
    void *out;
    size_t size;
    bool is_found;
};

static bool keep_first(const void *object, void *context, struct error *err)
{
    (void)err;
    struct first *first = context;
    memcpy(first->out, object, first->size);
    first->is_found = true;
    return true;
}

bool select_first(struct session *session, const struct query *query, struct arena *arena,
                  void *out, bool *found, struct error *err)
{
    struct query one = *query;
    one.top = 1;
    struct first first = { out, query->entity->size, false };
    bool more;
    if (!select_list(session, &one, arena, keep_first, &first, &more, err))
        return false;
    *found = first.is_found;
    return true;
}
