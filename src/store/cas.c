#include "base/arena.h"
#include "base/error.h"
#include "store/rows.h"
#include "store/select.h"
#include "store/statement.h"
#include "store/statements.h"

enum { VERSIONS_PAGE = 256 };

static const struct statement count_cas = {
    "SELECT count(*) FROM cas WHERE tenant_id = $1 AND deleted_at = 0 AND is_internal = 0", "t"
};
static const struct statement count_children = {
    "SELECT count(*) FROM cas WHERE issuer_id = $1 AND deleted_at = 0", "t"
};

const struct statement *const ca_statements[] = { &count_cas, &count_children, NULL };

/* A list of what was read, so that nothing is open while the caller works. */
struct gathered {
    struct arena *arena;
    struct gathered_version {
        struct ca_version version;
        struct gathered_version *next;
    } * first, *newest;
};

static bool gather(const void *object, void *context, struct error *err)
{
    (void)err;
    struct gathered *gathered = context;
    struct gathered_version *entry = arena_take(gathered->arena, sizeof *entry);
    entry->version = *(const struct ca_version *)object;
    if (gathered->newest)
        gathered->newest->next = entry;
    else
        gathered->first = entry;
    gathered->newest = entry;
    return true;
}

static bool gather_page(struct session *session, struct query *query, struct gathered *gathered,
                        bool *more, struct error *err)
{
    if (!select_list(session, query, gathered->arena, gather, gathered, more, err))
        return false;
    if (*more) {
        query->has_after = true;
        query->after[0] = V_TEXT(gathered->newest->version.tenant_id);
        query->after[1] = V_TEXT(gathered->newest->version.id);
    }
    return true;
}

/* With now 0 a status is what is stored: who publishes looks at the validity himself. */
bool ca_versions_each(struct session *session, struct arena *arena, ca_version_fn *each,
                      void *context, struct error *err)
{
    struct query query = {
        .entity = &ca_version_entity,
        .order = { { property_of_column(&ca_version_entity, "tenant_id"), false } },
        .order_count = 1,
        .top = VERSIONS_PAGE,
    };
    struct gathered gathered = { .arena = arena };
    bool more = true;
    while (more) {
        if (!gather_page(session, &query, &gathered, &more, err))
            return false;
    }
    for (const struct gathered_version *entry = gathered.first; entry; entry = entry->next) {
        if (entry->version.certificate.len > 0 && !each(&entry->version, context, err))
            return err->code == ERR_NONE;
    }
    return true;
}

bool ca_versions_get(struct session *session, const char *ca_id, int64_t number, time_t now,
                     struct arena *arena, struct ca_version *out, struct error *err)
{
    const struct query query = {
        .entity = &ca_version_entity,
        .now = now,
        .fixed = { { "ca_id", V_TEXT(ca_id) }, { "number", V_INT(number) } },
        .fixed_count = 2,
    };
    bool found = false;
    return select_first(session, &query, arena, out, &found, err) &&
           (found || fail(err, ERR_NOT_FOUND, "the CA has no such version"));
}

static bool keep_int(const struct row *row, void *context, struct error *err)
{
    (void)err;
    *(int64_t *)context = row_int(row, 0);
    return true;
}

bool cas_count(struct session *session, const char *tenant_id, int64_t *out, struct error *err)
{
    return session_query(session, &count_cas, VALUES(V_TEXT(tenant_id)), keep_int, out, err);
}

bool cas_count_children(struct session *session, const char *ca_id, int64_t *out, struct error *err)
{
    return session_query(session, &count_children, VALUES(V_TEXT(ca_id)), keep_int, out, err);
}
