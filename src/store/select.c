/*
 * Lists page by keyset: the rows after the last one seen, never a count of rows to skip. Every
 * order ends with the id, in the direction of the key before it, so that one index serves both
 * directions.
 */
#include "store/select.h"

#include "base/arena.h"
#include "base/error.h"
#include "store/engine.h"
#include "store/entity_row.h"
#include "store/entity_sql.h"
#include "store/inside.h"
#include "store/sql_texts.h"

#include <assert.h>
#include <string.h>

enum { PARAMETERS_MAX = 48, SQL_OCTETS_MAX = 32 * 1024, FILTER_DEPTH_MAX = 32 };

struct key {
    const struct property *property;
    bool is_descending;
};

struct draft {
    const struct query *query;
    const struct entity_sql *entity_sql;
    struct buf *sql;
    struct value values[PARAMETERS_MAX];
    char types[PARAMETERS_MAX + 1];
    size_t count;
    size_t now_number;  /* 0: not used so far */
    const char *joiner; /* " WHERE ", then " AND " */
    struct key keys[QUERY_ORDER_MAX + 1];
    size_t key_count;
    bool is_too_long;
};

static size_t take_parameter(struct draft *draft, struct value value, char type)
{
    if (draft->count == PARAMETERS_MAX) {
        draft->is_too_long = true;
        return draft->count;
    }
    draft->values[draft->count] = value;
    draft->types[draft->count] = type;
    return ++draft->count;
}

static void add_parameter(struct draft *draft, struct value value, char type)
{
    buf_add_format(draft->sql, "$%zu", take_parameter(draft, value, type));
}

static void add_column(struct draft *draft, const struct property *property)
{
    if (column_uses_now(property) && draft->now_number == 0)
        draft->now_number = take_parameter(draft, V_INT(draft->query->now), 'i');
    column_add(draft->sql, property, draft->now_number);
}

static void begin_condition(struct draft *draft)
{
    buf_add_text(draft->sql, draft->joiner);
    draft->joiner = " AND ";
}

/* Absence has no NULL in columns that are NOT NULL. */
static void add_absence(struct draft *draft, const struct property *property)
{
    if (property->type == PROPERTY_TIME)
        buf_add_text(draft->sql, " = 0");
    else if (!(property->flags & NULL_AS_EMPTY))
        buf_add_text(draft->sql, " IS NULL");
    else
        buf_add_text(draft->sql, " = ''"); /* an empty literal fits text and octets in both */
}

static void add_comparison(struct draft *draft, const struct filter *filter)
{
    begin_condition(draft);
    add_column(draft, filter->property);
    if (filter->value.type == VALUE_NULL) {
        add_absence(draft, filter->property);
        return;
    }
    buf_add_text(draft->sql, " = ");
    add_parameter(draft, filter->value, column_type(filter->property));
}

static void add_filter(struct draft *draft, const struct filter *filter, unsigned depth)
{
    if (!filter)
        return;
    if (depth == FILTER_DEPTH_MAX) {
        draft->is_too_long = true;
        return;
    }
    if (filter->operator== FILTER_EQ) {
        add_comparison(draft, filter);
        return;
    }
    add_filter(draft, filter->left, depth + 1);
    add_filter(draft, filter->right, depth + 1);
}

static void add_fixed(struct draft *draft, const struct fixed *fixed)
{
    static const char letters[] = { [VALUE_INT] = 'i', [VALUE_TEXT] = 't', [VALUE_BLOB] = 'b' };
    begin_condition(draft);
    buf_add_text(draft->sql, fixed->column);
    if (fixed->value.type == VALUE_NULL) {
        buf_add_text(draft->sql, " IS NULL");
        return;
    }
    buf_add_text(draft->sql, " = ");
    add_parameter(draft, fixed->value, letters[fixed->value.type]);
}

static void add_tenant(struct draft *draft)
{
    if (!draft->query->tenant_id)
        return;
    begin_condition(draft);
    buf_add_text(draft->sql, "tenant_id = ");
    add_parameter(draft, V_TEXT(draft->query->tenant_id), 't');
}

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
        draft->keys[draft->key_count++] = (struct key){ query->order[i].property, is_descending };
    }
    draft->keys[draft->key_count++] = (struct key){ key_of(query->entity), is_descending };
}

static bool has_one_direction(const struct draft *draft)
{
    for (size_t i = 1; i < draft->key_count; i++) {
        if (draft->keys[i].is_descending != draft->keys[0].is_descending)
            return false;
    }
    return true;
}

static const char *after_sign(const struct key *key)
{
    return key->is_descending ? " < " : " > ";
}

/* (a, b) > ($1, $2), which both databases read from an index. */
static void add_after_as_row(struct draft *draft)
{
    for (size_t i = 0; i < draft->key_count; i++) {
        buf_add_text(draft->sql, i ? ", " : "(");
        add_column(draft, draft->keys[i].property);
    }
    buf_add_format(draft->sql, ")%s", after_sign(&draft->keys[0]));
    for (size_t i = 0; i < draft->key_count; i++) {
        buf_add_text(draft->sql, i ? ", " : "(");
        add_parameter(draft, draft->query->after[i], column_type(draft->keys[i].property));
    }
    buf_add_text(draft->sql, ")");
}

/* a > $1 OR (a = $1 AND (b < $2 OR (b = $2 AND …))) */
static void add_after_as_terms(struct draft *draft)
{
    buf_add_text(draft->sql, "(");
    for (size_t i = 0; i < draft->key_count; i++) {
        const struct key *key = &draft->keys[i];
        size_t number = take_parameter(draft, draft->query->after[i], column_type(key->property));
        add_column(draft, key->property);
        buf_add_format(draft->sql, "%s$%zu", after_sign(key), number);
        if (i + 1 == draft->key_count)
            break;
        buf_add_text(draft->sql, " OR (");
        add_column(draft, key->property);
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
    begin_condition(draft);
    if (has_one_direction(draft))
        add_after_as_row(draft);
    else
        add_after_as_terms(draft);
}

static void add_order(struct draft *draft)
{
    for (size_t i = 0; i < draft->key_count; i++) {
        buf_add_text(draft->sql, i ? ", " : " ORDER BY ");
        add_column(draft, draft->keys[i].property);
        buf_add_text(draft->sql, draft->keys[i].is_descending ? " DESC" : " ASC");
    }
}

/* ---- whole statements ---- */

static void add_conditions(struct draft *draft)
{
    add_tenant(draft);
    for (size_t i = 0; i < draft->query->fixed_count; i++)
        add_fixed(draft, &draft->query->fixed[i]);
    add_filter(draft, draft->query->filter, 0);
}

static void make_list(struct draft *draft)
{
    const struct query *query = draft->query;
    if (draft->entity_sql->uses_now)
        draft->now_number = take_parameter(draft, V_INT(query->now), 'i');
    buf_add_format(draft->sql, "SELECT %s FROM %s", draft->entity_sql->columns,
                   query->entity->table);
    find_keys(draft);
    add_conditions(draft);
    add_after(draft);
    add_order(draft);
    buf_add_text(draft->sql, " LIMIT ");
    add_parameter(draft, V_INT((int64_t)query->top + 1), 'i');
    if (query->skip > 0) {
        buf_add_text(draft->sql, " OFFSET ");
        add_parameter(draft, V_INT(query->skip), 'i');
    }
}

static void make_count(struct draft *draft)
{
    buf_add_format(draft->sql, "SELECT count(*) FROM %s", draft->query->entity->table);
    add_conditions(draft);
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
    SCOPED(buf_free) struct buf *sql = buf_new(SQL_OCTETS_MAX);
    struct draft draft = { .query = query,
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

static bool keep_count(const struct row *row, void *context, struct error *err)
{
    (void)err;
    *(int64_t *)context = row_int(row, 0);
    return true;
}

bool select_count(struct session *session, const struct query *query, int64_t *out,
                  struct error *err)
{
    SCOPED(buf_free) struct buf *sql = buf_new(SQL_OCTETS_MAX);
    struct draft draft = { .query = query,
                           .sql = sql,
                           .joiner = " WHERE ",
                           .entity_sql = entity_sql_of(session->store, query->entity) };
    make_count(&draft);
    return run(session, &draft, keep_count, out, err);
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
