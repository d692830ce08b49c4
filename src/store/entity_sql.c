#include "store/entity_sql.h"

#include "base/memory.h"
#include "base/text.h"
#include "store/inside.h"

#include <assert.h>
#include <string.h>

static const char now_word[] = "$now";

/* A statement under construction: its text, and a letter for each parameter. */
struct draft {
    struct buf *sql;
    char types[ENTITY_COLUMNS_MAX + 4];
    size_t count;
};

char column_type(const struct property *property)
{
    // clang-format off
    static const char letters[] = {
        [PROPERTY_STRING]  = 't', [PROPERTY_INT]     = 'i', [PROPERTY_BOOL]      = 'i',
        [PROPERTY_TIME]    = 'i', [PROPERTY_ENUM]    = 'i', [PROPERTY_BINARY]    = 'b',
        [PROPERTY_HEX]     = 'b', [PROPERTY_STRINGS] = 't', [PROPERTY_COMPLEX]   = 't',
        [PROPERTY_DERIVED] = 0,   [PROPERTY_COMPLEXES] = 't',
    };
    // clang-format on
    return letters[property->type];
}

bool column_is_written(const struct property *property)
{
    return property->column && !(property->flags & COMPUTED);
}

bool column_is_read(const struct property *property)
{
    return property->column && !(property->flags & WRITTEN_ONLY);
}

bool expression_uses_now(const char *expression)
{
    return strstr(expression, now_word);
}

bool column_uses_now(const struct property *property)
{
    return (property->flags & COMPUTED) && expression_uses_now(property->column);
}

void expression_add(struct buf *sql, const char *expression, size_t now_number)
{
    const char *rest = expression;
    for (const char *now = strstr(rest, now_word); now; now = strstr(rest, now_word)) {
        buf_add(sql, (struct bytes){ (const uint8_t *)rest, (size_t)(now - rest) });
        buf_add_format(sql, "$%zu", now_number);
        rest = now + strlen(now_word);
    }
    buf_add_text(sql, rest);
}

void column_add(struct buf *sql, const struct property *property, size_t now_number)
{
    expression_add(sql, property->column, now_number);
}

static void begin(struct draft *draft)
{
    *draft = (struct draft){ .sql = buf_new(ENTITY_SQL_OCTETS_MAX) };
}

static void add_parameter(struct draft *draft, char type)
{
    assert(draft->count + 1 < sizeof draft->types);
    draft->types[draft->count++] = type;
    buf_add_format(draft->sql, "$%zu", draft->count);
}

static struct statement end(struct draft *draft)
{
    assert(buf_ok(draft->sql));
    struct statement statement = { memory_text(buf_text(draft->sql)), memory_text(draft->types) };
    buf_free(draft->sql);
    return statement;
}

static struct statement make_insert(const struct entity *entity)
{
    struct draft draft;
    begin(&draft);
    buf_add_format(draft.sql, "INSERT INTO %s (", entity->table);
    const char *comma = "";
    for (const struct property *row = entity->properties; !property_is_last(row); row++) {
        if (!column_is_written(row))
            continue;
        buf_add_format(draft.sql, "%s%s", comma, row->column);
        comma = ", ";
    }
    buf_add_text(draft.sql, ") VALUES (");
    comma = "";
    for (const struct property *row = entity->properties; !property_is_last(row); row++) {
        if (!column_is_written(row))
            continue;
        buf_add_text(draft.sql, comma);
        add_parameter(&draft, column_type(row));
        comma = ", ";
    }
    buf_add_text(draft.sql, ")");
    return end(&draft);
}

bool column_is_changed(const struct property *property)
{
    return column_is_written(property) && !(property->flags & KEY) &&
           strcmp(property->column, "tenant_id") != 0 && strcmp(property->column, "revision") != 0;
}

static void add_this_row(struct draft *draft, const struct entity_sql *sql)
{
    buf_add_text(draft->sql, " WHERE id = ");
    add_parameter(draft, 't');
    buf_add_text(draft->sql, " AND tenant_id = ");
    add_parameter(draft, 't');
    if (sql->revision) {
        buf_add_text(draft->sql, " AND revision = ");
        add_parameter(draft, 'i');
    }
}

static struct statement make_update(const struct entity_sql *sql)
{
    struct draft draft;
    begin(&draft);
    buf_add_format(draft.sql, "UPDATE %s SET ", sql->entity->table);
    const char *comma = "";
    for (const struct property *row = sql->entity->properties; !property_is_last(row); row++) {
        if (!column_is_changed(row))
            continue;
        buf_add_format(draft.sql, "%s%s = ", comma, row->column);
        add_parameter(&draft, column_type(row));
        comma = ", ";
    }
    if (sql->revision)
        buf_add_text(draft.sql, ", revision = revision + 1");
    add_this_row(&draft, sql);
    return end(&draft);
}

static struct statement make_remove(const struct entity_sql *sql)
{
    struct draft draft;
    begin(&draft);
    buf_add_format(draft.sql, "DELETE FROM %s", sql->entity->table);
    add_this_row(&draft, sql);
    return end(&draft);
}

static struct statement make_get(const struct entity_sql *sql, const char *tenant_condition)
{
    struct draft draft;
    begin(&draft);
    buf_add_format(draft.sql, "SELECT %s FROM %s WHERE id = ", sql->columns, sql->entity->table);
    if (sql->uses_now)
        draft.types[draft.count++] = 'i';
    add_parameter(&draft, 't');
    if (tenant_condition) {
        buf_add_text(draft.sql, tenant_condition);
        add_parameter(&draft, 't');
    }
    return end(&draft);
}

/* Rows whose flags are among `without` are read as NULL. */
static char *make_columns(const struct entity *entity, unsigned without)
{
    SCOPED(buf_free) struct buf *text = buf_new(ENTITY_SQL_OCTETS_MAX);
    const char *comma = "";
    size_t count = 0;
    for (const struct property *row = entity->properties; !property_is_last(row); row++) {
        if (!column_is_read(row))
            continue;
        buf_add_text(text, comma);
        if (row->flags & without)
            buf_add_text(text, "NULL");
        else
            column_add(text, row, 1);
        comma = ", ";
        count++;
    }
    assert(buf_ok(text) && count <= ENTITY_COLUMNS_MAX);
    return memory_text(buf_text(text));
}

static bool any_uses_now(const struct entity *entity)
{
    for (const struct property *row = entity->properties; !property_is_last(row); row++) {
        if (column_uses_now(row))
            return true;
    }
    return false;
}

struct entity_sql *entity_sql_new(const struct entity *const *entities)
{
    size_t count = 0;
    while (entities[count])
        count++;
    struct entity_sql *table = memory_new_array(count + 1, sizeof *table);
    for (size_t i = 0; i < count; i++) {
        struct entity_sql *sql = &table[i];
        sql->entity = entities[i];
        sql->columns = make_columns(sql->entity, 0);
        sql->columns_listed = make_columns(sql->entity, BULKY);
        sql->uses_now = any_uses_now(sql->entity);
        sql->revision = property_of_column(sql->entity, "revision");
        sql->insert = make_insert(sql->entity);
        sql->update = make_update(sql);
        sql->remove = make_remove(sql);
        sql->get = make_get(sql, " AND tenant_id = ");
        sql->get_of_any_tenant = make_get(sql, NULL);
    }
    return table;
}

static void free_statement(struct statement *statement)
{
    union { /* made by memory_text above */
        const char *given;
        char *owned;
    } sql = { statement->sql }, types = { statement->types };
    memory_free(sql.owned);
    memory_free(types.owned);
}

void entity_sql_free(struct entity_sql *table)
{
    for (struct entity_sql *sql = table; sql && sql->entity; sql++) {
        memory_free(sql->columns);
        memory_free(sql->columns_listed);
        free_statement(&sql->insert);
        free_statement(&sql->update);
        free_statement(&sql->remove);
        free_statement(&sql->get);
        free_statement(&sql->get_of_any_tenant);
    }
    memory_free(table);
}

const struct entity_sql *entity_sql_of(const struct store *store, const struct entity *entity)
{
    const struct entity_sql *sql = store->entity_sql;
    while (sql->entity && sql->entity->properties != entity->properties)
        sql++;
    assert(sql->entity && "an entity that is not among stored_entities");
    return sql;
}
