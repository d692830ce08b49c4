/*
 * Lists page by keyset: the rows after the last one seen, never a count of rows to skip. Every
 * order ends with the id, in the direction of the key before it, so that one index serves both
 * directions.
 */
#include "store/select.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "store/engine.h"
#include "store/entity_row.h"
#include "store/entity_sql.h"
#include "store/inside.h"
#include "store/sql_texts.h"

#include <assert.h>
#include <string.h>

enum { PARAMETERS_MAX = 256, SQL_OCTETS_MAX = 128 * 1024, FILTER_DEPTH_MAX = 128 };

struct key {
    const struct property *property;
    bool is_descending;
};

struct draft {
    const struct query *query;
    struct arena *arena;
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

static size_t now_number(struct draft *draft)
{
    if (draft->now_number == 0)
        draft->now_number = take_parameter(draft, V_INT(draft->query->now), 'i');
    return draft->now_number;
}

static void add_column(struct draft *draft, const struct property *property)
{
    column_add(draft->sql, property, column_uses_now(property) ? now_number(draft) : 0);
}

static void add_expression(struct draft *draft, const char *expression)
{
    expression_add(draft->sql, expression, expression_uses_now(expression) ? now_number(draft) : 0);
}

static void begin_condition(struct draft *draft)
{
    buf_add_text(draft->sql, draft->joiner);
    draft->joiner = " AND ";
}

/* ---- filters ---- */

/* Absence has no NULL in columns that are NOT NULL. */
static const char *absent_text(const struct property *property)
{
    if (property->type == PROPERTY_TIME)
        return " = 0";
    return property->flags & NULL_AS_EMPTY ? " = ''" : " IS NULL"; /* '' fits text and octets */
}

static const char *present_text(const struct property *property)
{
    if (property->type == PROPERTY_TIME)
        return " <> 0";
    return property->flags & NULL_AS_EMPTY ? " <> ''" : " IS NOT NULL";
}

/* '' is a value of its own where it is not read as null. */
static bool may_be_absent(const struct property *property)
{
    bool empty_is_value = (property->flags & ABSENT_AS_EMPTY) == NULL_AS_EMPTY;
    return (property->flags & NULLABLE) && !empty_is_value;
}

static const char *sign_of(enum filter_operator operator)
{
    switch (operator) {
    case FILTER_NE:
        return " <> ";
    case FILTER_GT:
        return " > ";
    case FILTER_GE:
        return " >= ";
    case FILTER_LT:
        return " < ";
    case FILTER_LE:
        return " <= ";
    case FILTER_EQ:
    case FILTER_AND:
    case FILTER_OR:
    case FILTER_NOT:
    case FILTER_IN:
    case FILTER_STARTS_WITH:
    case FILTER_ENDS_WITH:
    case FILTER_CONTAINS:
    case FILTER_ANY:
    default:
        return " = ";
    }
}

static void add_absence(struct draft *draft, const struct filter *filter)
{
    add_column(draft, filter->property);
    buf_add_text(draft->sql, filter->operator== FILTER_NE ? present_text(filter->property)
                                                          : absent_text(filter->property));
}

static bool add_condition(struct draft *draft, const struct filter *filter)
{
    if (filter->operator!= FILTER_EQ || filter->value.type != VALUE_INT)
        return false;
    const struct condition *condition =
        entity_condition(draft->query->entity, filter->property, filter->value.integer);
    if (!condition)
        return false;
    buf_add_text(draft->sql, "(");
    add_expression(draft, condition->sql);
    buf_add_text(draft->sql, ")");
    return true;
}

/* What is absent differs from every value, and compares with none. */
static void add_comparison(struct draft *draft, const struct filter *filter)
{
    const struct property *property = filter->property;
    if (filter->value.type == VALUE_NULL) {
        add_absence(draft, filter);
        return;
    }
    if (add_condition(draft, filter))
        return;
    buf_add_text(draft->sql, "(");
    add_column(draft, property);
    buf_add_text(draft->sql, sign_of(filter->operator));
    add_parameter(draft, filter->value, column_type(property));
    if (may_be_absent(property)) {
        bool is_ne = filter->operator== FILTER_NE;
        buf_add_text(draft->sql, is_ne ? " OR " : " AND ");
        add_column(draft, property);
        buf_add_text(draft->sql, is_ne ? absent_text(property) : present_text(property));
    }
    buf_add_text(draft->sql, ")");
}

static void add_list(struct draft *draft, const struct filter *filter)
{
    buf_add_text(draft->sql, "(");
    add_column(draft, filter->property);
    for (size_t i = 0; i < filter->value_count; i++) {
        buf_add_text(draft->sql, i ? ", " : " IN (");
        add_parameter(draft, filter->values[i], column_type(filter->property));
    }
    buf_add_text(draft->sql, ") AND ");
    add_column(draft, filter->property);
    buf_add_format(draft->sql, "%s)",
                   may_be_absent(filter->property) ? present_text(filter->property)
                                                   : " IS NOT NULL");
}

/* A range, which an index serves; no text has U+10FFFF. */
static void add_prefix(struct draft *draft, const struct filter *filter)
{
    const char *prefix = filter->value.text;
    buf_add_text(draft->sql, "(");
    add_column(draft, filter->property);
    buf_add_text(draft->sql, " >= ");
    add_parameter(draft, V_TEXT(prefix), 't');
    buf_add_text(draft->sql, " AND ");
    add_column(draft, filter->property);
    buf_add_text(draft->sql, " < ");
    add_parameter(draft, V_TEXT(arena_format(draft->arena, "%s\xF4\x8F\xBF\xBF", prefix)), 't');
    buf_add_text(draft->sql, " AND ");
    add_column(draft, filter->property);
    buf_add_format(draft->sql, "%s)", present_text(filter->property));
}

static void add_suffix(struct draft *draft, const struct filter *filter)
{
    size_t number = take_parameter(draft, filter->value, 't');
    buf_add_text(draft->sql, "(");
    add_column(draft, filter->property);
    buf_add_format(draft->sql, "%s AND length(", present_text(filter->property));
    add_column(draft, filter->property);
    buf_add_format(draft->sql, ") >= length($%zu) AND substr(", number);
    add_column(draft, filter->property);
    buf_add_text(draft->sql, ", length(");
    add_column(draft, filter->property);
    buf_add_format(draft->sql, ") - length($%zu) + 1) = $%zu)", number, number);
}

/* LIKE ignores case in one database and not in the other; taking the text out tells both alike. */
static void add_inside(struct draft *draft, const struct property *property, const char *text)
{
    buf_add_text(draft->sql, "replace(");
    add_column(draft, property);
    buf_add_text(draft->sql, ", ");
    add_parameter(draft, V_TEXT(text), 't');
    buf_add_text(draft->sql, ", '') <> ");
    add_column(draft, property);
}

static void add_contains(struct draft *draft, const struct filter *filter)
{
    buf_add_text(draft->sql, "(");
    if (*filter->value.text) {
        add_inside(draft, filter->property, filter->value.text);
        buf_add_text(draft->sql, " AND ");
    }
    add_column(draft, filter->property);
    buf_add_format(draft->sql, "%s)", present_text(filter->property));
}

static const char *as_json(struct draft *draft, const char *text)
{
    SCOPED(buf_free) struct buf *json = buf_new(SQL_OCTETS_MAX);
    struct json_writer writer = json_writer_to(json);
    json_text(&writer, text);
    return arena_text(draft->arena, buf_text(json));
}

/* Collections are JSON without blanks. Quotes within texts are escaped there, so that a text with
 * its own quotes and what stands before it is an item, and nothing else is. */
static void add_item(struct draft *draft, const struct filter *filter)
{
    buf_add_text(draft->sql, "(");
    if (filter->value.type == VALUE_NULL) {
        add_column(draft, filter->property);
        buf_add_text(draft->sql, " <> '[]')");
        return;
    }
    const char *item = as_json(draft, filter->value.text);
    if (filter->member) {
        add_inside(draft, filter->property,
                   arena_format(draft->arena, "\"%s\":%s", filter->member->name, item));
    } else {
        add_inside(draft, filter->property, arena_format(draft->arena, "[%s", item));
        buf_add_text(draft->sql, " OR ");
        add_inside(draft, filter->property, arena_format(draft->arena, ",%s", item));
    }
    buf_add_text(draft->sql, ")");
}

static void add_filter(struct draft *draft, const struct filter *filter, unsigned depth);

static void add_joined(struct draft *draft, const struct filter *filter, const char *word,
                       unsigned depth)
{
    buf_add_text(draft->sql, "(");
    add_filter(draft, filter->left, depth + 1);
    buf_add_text(draft->sql, word);
    add_filter(draft, filter->right, depth + 1);
    buf_add_text(draft->sql, ")");
}

static void add_filter(struct draft *draft, const struct filter *filter, unsigned depth)
{
    if (depth == FILTER_DEPTH_MAX) {
        draft->is_too_long = true;
        return;
    }
    switch (filter->operator) {
    case FILTER_AND:
        add_joined(draft, filter, " AND ", depth);
        return;
    case FILTER_OR:
        add_joined(draft, filter, " OR ", depth);
        return;
    case FILTER_NOT:
        buf_add_text(draft->sql, "NOT ");
        add_filter(draft, filter->left, depth + 1);
        return;
    case FILTER_IN:
        add_list(draft, filter);
        return;
    case FILTER_STARTS_WITH:
        add_prefix(draft, filter);
        return;
    case FILTER_ENDS_WITH:
        add_suffix(draft, filter);
        return;
    case FILTER_CONTAINS:
        add_contains(draft, filter);
        return;
    case FILTER_ANY:
        add_item(draft, filter);
        return;
    case FILTER_EQ:
    case FILTER_NE:
    case FILTER_GT:
    case FILTER_GE:
    case FILTER_LT:
    case FILTER_LE:
    default:
        add_comparison(draft, filter);
    }
}

/* ---- search ---- */

static bool is_searched(const struct property *row, const struct search *search)
{
    return search->property ? row == search->property : row->flags & SEARCH;
}

/* lower() knows ASCII only in both databases: collation "C" there. */
static void add_search(struct draft *draft, const struct search *search)
{
    size_t number = take_parameter(draft, V_TEXT(search->text), 't');
    const char *joiner = "(";
    begin_condition(draft);
    for (const struct property *row = draft->query->entity->properties; !property_is_last(row);
         row++) {
        if (!is_searched(row, search))
            continue;
        buf_add_format(draft->sql, "%sreplace(lower(", joiner);
        add_column(draft, row);
        buf_add_format(draft->sql, "), $%zu, '') <> lower(", number);
        add_column(draft, row);
        buf_add_text(draft->sql, ")");
        joiner = " OR ";
    }
    buf_add_text(draft->sql, ")");
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

/* ---- scope tags ---- */

/* As in add_item: an item with what stands before it is nothing else. */
static void add_tag(struct draft *draft, const char *column, const char *tag)
{
    static const char before[] = "[,";
    const char *item = as_json(draft, tag);
    for (size_t i = 0; before[i]; i++) {
        buf_add_format(draft->sql, "%sreplace(%s, ", i > 0 ? " OR " : "", column);
        add_parameter(draft, V_TEXT(arena_format(draft->arena, "%c%s", before[i], item)), 't');
        buf_add_format(draft->sql, ", '') <> %s", column);
    }
}

static void add_tags(struct draft *draft, const char *column)
{
    const struct strings *tags = &draft->query->scope_tags;
    buf_add_text(draft->sql, "(");
    for (size_t i = 0; i < tags->count; i++) {
        buf_add_text(draft->sql, i > 0 ? " OR " : "");
        add_tag(draft, column, tags->items[i]);
    }
    buf_add_text(draft->sql, ")");
}

/* An event about a CA, or about a certificate of one. */
static void add_tags_of_object(struct draft *draft)
{
    const char *table = draft->query->entity->table;
    buf_add_text(draft->sql, "(EXISTS (SELECT 1 FROM cas WHERE ");
    buf_add_format(draft->sql, "cas.id = %s.object_id AND ", table);
    add_tags(draft, "cas.role_scope_tag_ids");
    buf_add_text(draft->sql, ") OR EXISTS (SELECT 1 FROM certificates JOIN cas ON cas.id = "
                             "certificates.ca_id WHERE ");
    buf_add_format(draft->sql, "certificates.id = %s.object_id AND ", table);
    add_tags(draft, "cas.role_scope_tag_ids");
    buf_add_text(draft->sql, "))");
}

static void add_scope(struct draft *draft)
{
    const struct query *query = draft->query;
    if (query->scope_tags.count == 0)
        return;
    if (property_of_column(query->entity, "role_scope_tag_ids")) {
        begin_condition(draft);
        add_tags(draft, "role_scope_tag_ids");
    } else if (property_of_column(query->entity, "ca_id")) {
        begin_condition(draft);
        buf_add_text(draft->sql, "ca_id IN (SELECT cas.id FROM cas WHERE ");
        add_tags(draft, "cas.role_scope_tag_ids");
        buf_add_text(draft->sql, ")");
    } else if (property_of_column(query->entity, "object_id")) {
        begin_condition(draft);
        add_tags_of_object(draft);
    }
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
    add_scope(draft);
    if (draft->query->filter) {
        begin_condition(draft);
        add_filter(draft, draft->query->filter, 0);
    }
    for (size_t i = 0; i < draft->query->search_count; i++)
        add_search(draft, &draft->query->search[i]);
}

/* PostgreSQL plans anew each time for a limit that it does not know. */
static void add_limit(struct draft *draft)
{
    int64_t limit = (int64_t)draft->query->top + 1;
    buf_add_text(draft->sql, " LIMIT ");
    if (draft->query->top == QUERY_TOP_USUAL)
        buf_add_int(draft->sql, limit);
    else
        add_parameter(draft, V_INT(limit), 'i');
}

static void make_list(struct draft *draft)
{
    const struct query *query = draft->query;
    if (draft->entity_sql->uses_now)
        draft->now_number = take_parameter(draft, V_INT(query->now), 'i');
    const struct entity_sql *sql = draft->entity_sql;
    buf_add_format(draft->sql, "SELECT %s FROM %s",
                   query->without_bulky ? sql->columns_listed : sql->columns, query->entity->table);
    find_keys(draft);
    add_conditions(draft);
    add_after(draft);
    add_order(draft);
    add_limit(draft);
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

static bool keep_count(const struct row *row, void *context, struct error *err)
{
    (void)err;
    *(int64_t *)context = row_int(row, 0);
    return true;
}

bool select_count(struct session *session, const struct query *query, int64_t *out,
                  struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(buf_free) struct buf *sql = buf_new(SQL_OCTETS_MAX);
    struct draft draft = { .query = query,
                           .arena = arena,
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
