#include "graph/routes/audits.h"

#include "base/arena.h"
#include "graph/list.h"
#include "graph/request.h"
#include "model/audit.h"

/* One resource per event; its columns are the event's own. */
static void show(struct request *request, struct result *result)
{
    const struct audit_row *rows = result->items.first;
    size_t count = result->items.count;
    struct audit_row *shown = arena_take(request->arena, (count + 1) * sizeof *shown);
    struct audit_resource *resources = arena_take(request->arena, (count + 1) * sizeof *resources);
    for (size_t i = 0; i < count; i++) {
        resources[i] = (struct audit_resource){ rows[i].object_type, rows[i].object_id };
        shown[i] = rows[i];
        shown[i].resources = (struct list){ &resources[i], 1 };
    }
    result->items.first = shown;
}

bool audits_list(struct request *request, struct result *result, struct error *err)
{
    struct query query = { .entity = &audit_event_entity };
    if (!list_read(request, &query, result, err))
        return false;
    show(request, result);
    return true;
}

bool audits_count(struct request *request, struct result *result, struct error *err)
{
    struct query query = { .entity = &audit_event_entity };
    return list_count(request, &query, result, err);
}

bool audit_get(struct request *request, struct result *result, struct error *err)
{
    struct query query = { .entity = &audit_event_entity };
    struct audit_row *row = arena_take(request->arena, sizeof *row);
    query_fix(&query, "id", V_TEXT(request->target.ids[ID_EVENT]));
    if (!list_find(request, &query, row, err))
        return false;
    result->items = (struct items){ row, 1 };
    show(request, result);
    return true;
}
