#include "store/condition.h"

#include "base/arena.h"
#include "base/json.h"
#include "store/draft.h"
#include "store/entity_sql.h"

enum { JSON_OCTETS_MAX = 128 * 1024, FILTER_DEPTH_MAX = 128 };

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
    draft_add_column(draft, filter->property);
    buf_add_text(draft->sql, filter->operator== FILTER_NE ? present_text(filter->property)
                                                          : absent_text(filter->property));
}

static bool add_written_condition(struct draft *draft, const struct filter *filter)
{
    if (filter->operator!= FILTER_EQ || filter->value.type != VALUE_INT)
        return false;
    const struct condition *condition =
        entity_condition(draft->query->entity, filter->property, filter->value.integer);
    if (!condition)
        return false;
    buf_add_text(draft->sql, "(");
    draft_add_expression(draft, condition->sql);
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
    if (add_written_condition(draft, filter))
        return;
    buf_add_text(draft->sql, "(");
    draft_add_column(draft, property);
    buf_add_text(draft->sql, sign_of(filter->operator));
    draft_add_parameter(draft, filter->value, column_type(property));
    if (may_be_absent(property)) {
        bool is_ne = filter->operator== FILTER_NE;
        buf_add_text(draft->sql, is_ne ? " OR " : " AND ");
        draft_add_column(draft, property);
        buf_add_text(draft->sql, is_ne ? absent_text(property) : present_text(property));
    }
    buf_add_text(draft->sql, ")");
}

static void add_list(struct draft *draft, const struct filter *filter)
{
    buf_add_text(draft->sql, "(");
    draft_add_column(draft, filter->property);
    for (size_t i = 0; i < filter->value_count; i++) {
        buf_add_text(draft->sql, i ? ", " : " IN (");
        draft_add_parameter(draft, filter->values[i], column_type(filter->property));
    }
    buf_add_text(draft->sql, ") AND ");
    draft_add_column(draft, filter->property);
    buf_add_format(draft->sql, "%s)",
                   may_be_absent(filter->property) ? present_text(filter->property)
                                                   : " IS NOT NULL");
}

/* A range, which an index serves; no text has U+10FFFF. */
static void add_prefix(struct draft *draft, const struct filter *filter)
{
    const char *prefix = filter->value.text;
    buf_add_text(draft->sql, "(");
    draft_add_column(draft, filter->property);
    buf_add_text(draft->sql, " >= ");
    draft_add_parameter(draft, V_TEXT(prefix), 't');
    buf_add_text(draft->sql, " AND ");
    draft_add_column(draft, filter->property);
    buf_add_text(draft->sql, " < ");
    draft_add_parameter(draft, V_TEXT(arena_format(draft->arena, "%s\xF4\x8F\xBF\xBF", prefix)),
                        't');
    buf_add_text(draft->sql, " AND ");
    draft_add_column(draft, filter->property);
    buf_add_format(draft->sql, "%s)", present_text(filter->property));
}

static void add_suffix(struct draft *draft, const struct filter *filter)
{
    size_t number = draft_take(draft, filter->value, 't');
    buf_add_text(draft->sql, "(");
    draft_add_column(draft, filter->property);
    buf_add_format(draft->sql, "%s AND length(", present_text(filter->property));
    draft_add_column(draft, filter->property);
    buf_add_format(draft->sql, ") >= length($%zu) AND substr(", number);
    draft_add_column(draft, filter->property);
    buf_add_text(draft->sql, ", length(");
    draft_add_column(draft, filter->property);
    buf_add_format(draft->sql, ") - length($%zu) + 1) = $%zu)", number, number);
}

/* LIKE ignores case in one database and not in the other; taking the text out tells both alike. */
static void add_inside(struct draft *draft, const struct property *property, const char *text)
{
    buf_add_text(draft->sql, "replace(");
    draft_add_column(draft, property);
    buf_add_text(draft->sql, ", ");
    draft_add_parameter(draft, V_TEXT(text), 't');
    buf_add_text(draft->sql, ", '') <> ");
    draft_add_column(draft, property);
}

static void add_contains(struct draft *draft, const struct filter *filter)
{
    buf_add_text(draft->sql, "(");
    if (*filter->value.text) {
        add_inside(draft, filter->property, filter->value.text);
        buf_add_text(draft->sql, " AND ");
    }
    draft_add_column(draft, filter->property);
    buf_add_format(draft->sql, "%s)", present_text(filter->property));
}

static const char *as_json(struct draft *draft, const char *text)
{
    SCOPED(buf_free) struct buf *json = buf_new(JSON_OCTETS_MAX);
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
        draft_add_column(draft, filter->property);
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
    size_t number = draft_take(draft, V_TEXT(search->text), 't');
    const char *joiner = "(";
    draft_begin_condition(draft);
    for (const struct property *row = draft->query->entity->properties; !property_is_last(row);
         row++) {
        if (!is_searched(row, search))
            continue;
        buf_add_format(draft->sql, "%sreplace(lower(", joiner);
        draft_add_column(draft, row);
        buf_add_format(draft->sql, "), $%zu, '') <> lower(", number);
        draft_add_column(draft, row);
        buf_add_text(draft->sql, ")");
        joiner = " OR ";
    }
    buf_add_text(draft->sql, ")");
}

static void add_fixed(struct draft *draft, const struct fixed *fixed)
{
    static const char letters[] = { [VALUE_INT] = 'i', [VALUE_TEXT] = 't', [VALUE_BLOB] = 'b' };
    draft_begin_condition(draft);
    buf_add_text(draft->sql, fixed->column);
    if (fixed->value.type == VALUE_NULL) {
        buf_add_text(draft->sql, " IS NULL");
        return;
    }
    buf_add_text(draft->sql, " = ");
    draft_add_parameter(draft, fixed->value, letters[fixed->value.type]);
}

static void add_tenant(struct draft *draft)
{
    if (!draft->query->tenant_id)
        return;
    draft_begin_condition(draft);
    buf_add_text(draft->sql, "tenant_id = ");
    draft_add_parameter(draft, V_TEXT(draft->query->tenant_id), 't');
}

/* ---- scope tags ---- */

/* As in add_item: an item with what stands before it is nothing else. */
static void add_tag(struct draft *draft, const char *column, const char *tag)
{
    static const char before[] = "[,";
    const char *item = as_json(draft, tag);
    for (size_t i = 0; before[i]; i++) {
        buf_add_format(draft->sql, "%sreplace(%s, ", i > 0 ? " OR " : "", column);
        draft_add_parameter(draft, V_TEXT(arena_format(draft->arena, "%c%s", before[i], item)),
                            't');
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
        draft_begin_condition(draft);
        add_tags(draft, "role_scope_tag_ids");
    } else if (property_of_column(query->entity, "ca_id")) {
        draft_begin_condition(draft);
        buf_add_text(draft->sql, "ca_id IN (SELECT cas.id FROM cas WHERE ");
        add_tags(draft, "cas.role_scope_tag_ids");
        buf_add_text(draft->sql, ")");
    } else if (property_of_column(query->entity, "object_id")) {
        draft_begin_condition(draft);
        add_tags_of_object(draft);
    }
}

void condition_add_all(struct draft *draft)
{
    add_tenant(draft);
    for (size_t i = 0; i < draft->query->fixed_count; i++)
        add_fixed(draft, &draft->query->fixed[i]);
    add_scope(draft);
    if (draft->query->filter) {
        draft_begin_condition(draft);
        add_filter(draft, draft->query->filter, 0);
    }
    for (size_t i = 0; i < draft->query->search_count; i++)
        add_search(draft, &draft->query->search[i]);
}

/* PostgreSQL plans anew each time for a limit that it does not know. */
