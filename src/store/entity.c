#include "store/entity.h"

#include "base/arena.h"
#include "base/error.h"
#include "store/engine.h"
#include "store/entity_row.h"
#include "store/entity_sql.h"
#include "store/select.h"

static bool check_tenant(const struct query *query, struct error *err)
{
    return query->tenant_id ||
           fail(err, ERR_INTERNAL, "%s: a query names its tenant", query->entity->name);
}

bool entity_insert(struct session *session, const struct entity *entity, const void *object,
                   struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    const struct entity_sql *sql = entity_sql_of(session->store, entity);
    struct value values[ENTITY_COLUMNS_MAX];
    size_t count = 0;
    return entity_values(entity, object, column_is_written, arena, values, &count, err) &&
           (session_execute(session, &sql->insert, values, count, err) ||
            error_context(err, "%s", entity->name));
}

/* The row of this object: id, tenant and, where there is one, revision. */
static size_t name_row(const struct entity_sql *sql, const void *object, struct value *values)
{
    size_t count = 0;
    const struct property *id = property_of_column(sql->entity, "id");
    const struct property *tenant = property_of_column(sql->entity, "tenant_id");
    values[count++] = V_TEXT(*property_string(id, object));
    values[count++] = V_TEXT(*property_string(tenant, object));
    if (sql->revision)
        values[count++] = V_INT(property_int(sql->revision, object));
    return count;
}

static bool expect_one(struct session *session, const struct entity_sql *sql,
                       const struct statement *statement, const struct value *values, size_t count,
                       struct error *err)
{
    static const struct expectation current = { 1, ERR_PRECONDITION,
                                                "it has been changed meanwhile, or is gone" };
    static const struct expectation present = { 1, ERR_NOT_FOUND, "there is none with this id" };
    return session_expect(session, statement, values, count, sql->revision ? &current : &present,
                          err) ||
           error_context(err, "%s", sql->entity->name);
}

bool entity_update(struct session *session, const struct entity *entity, const void *object,
                   struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    const struct entity_sql *sql = entity_sql_of(session->store, entity);
    struct value values[ENTITY_COLUMNS_MAX + 3];
    size_t count = 0;
    if (!entity_values(entity, object, column_is_changed, arena, values, &count, err))
        return false;
    count += name_row(sql, object, values + count);
    return expect_one(session, sql, &sql->update, values, count, err);
}

bool entity_delete(struct session *session, const struct entity *entity, const void *object,
                   struct error *err)
{
    const struct entity_sql *sql = entity_sql_of(session->store, entity);
    struct value values[3];
    size_t count = name_row(sql, object, values);
    return expect_one(session, sql, &sql->remove, values, count, err);
}

struct target {
    const struct entity *entity;
    struct arena *arena;
    void *object;
    bool is_found;
};

static bool load_target(const struct row *row, void *context, struct error *err)
{
    struct target *target = context;
    target->is_found = true;
    return entity_load(target->entity, row, target->arena, target->object, err);
}

bool entity_get(struct session *session, const struct entity *entity, const char *tenant_id,
                const char *id, time_t now, struct arena *arena, void *out, struct error *err)
{
    const struct entity_sql *sql = entity_sql_of(session->store, entity);
    struct value values[3];
    size_t count = 0;
    if (sql->uses_now)
        values[count++] = V_INT(now);
    values[count++] = V_TEXT(id);
    if (tenant_id)
        values[count++] = V_TEXT(tenant_id);
    struct target target = { entity, arena, out, false };
    return session_query(session, tenant_id ? &sql->get : &sql->get_of_any_tenant, values, count,
                         load_target, &target, err) &&
           (target.is_found ||
            fail(err, ERR_NOT_FOUND, "%s: there is none with this id", entity->name));
}

bool entity_list(struct session *session, const struct query *query, struct arena *arena,
                 entity_fn *each, void *context, bool *more, struct error *err)
{
    return check_tenant(query, err) && select_list(session, query, arena, each, context, more, err);
}

bool entity_find(struct session *session, const struct query *query, struct arena *arena, void *out,
                 struct error *err)
{
    bool found = false;
    return check_tenant(query, err) && select_first(session, query, arena, out, &found, err) &&
           (found || fail(err, ERR_NOT_FOUND, "%s: there is none", query->entity->name));
}

bool entity_count(struct session *session, const struct query *query, int64_t *out,
                  struct error *err)
{
    return check_tenant(query, err) && select_count(session, query, out, err);
}
