#include "base/arena.h"
#include "base/error.h"
#include "store/keep.h"
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

/* 4 is retired; one that is past its end is read as expired all the same. */
static const struct statement retire_version = {
    "UPDATE ca_versions SET status = 4, modified_at = $3 WHERE ca_id = $1 AND number = $2"
    " AND status IN (1, 3, 5)",
    "tii"
};
static const struct statement count_staged = {
    "UPDATE ca_versions SET staged_count = staged_count + 1 WHERE ca_id = $1 AND number = $2"
    " AND status = 2 AND staged_count < $3",
    "tii"
};
_Static_assert(VERSION_ACTIVE == 1 && VERSION_STAGED == 2 && VERSION_PAUSED == 3 &&
                   VERSION_RETIRED == 4 && VERSION_EXPIRED == 5 && VERSION_DECOMMISSIONED == 7,
               "the statements name them");
static const struct statement forget_key = { "DELETE FROM keys WHERE id = $1", "t" };
static const struct statement forget_chunks = { "DELETE FROM crl_chunks WHERE crl_id IN (SELECT id "
                                                "FROM crls WHERE ca_id = $1 AND version = $2)",
                                                "ti" };
static const struct statement forget_lists = { "DELETE FROM crls WHERE ca_id = $1 AND version = $2",
                                               "ti" };
static const struct statement forget_version = {
    "DELETE FROM ca_versions WHERE id = $1 AND tenant_id = $2 AND status = 7", "tt"
};

const struct statement *const ca_statements[] = {
    &count_cas,     &count_children, &retire_version, &count_staged, &forget_key,
    &forget_chunks, &forget_lists,   &forget_version, NULL,
};

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

bool cas_count(struct session *session, const char *tenant_id, int64_t *out, struct error *err)
{
    return session_query(session, &count_cas, VALUES(V_TEXT(tenant_id)), keep_int, out, err);
}

bool cas_count_children(struct session *session, const char *ca_id, int64_t *out, struct error *err)
{
    return session_query(session, &count_children, VALUES(V_TEXT(ca_id)), keep_int, out, err);
}

bool ca_versions_retire(struct session *session, const char *ca_id, int64_t number, time_t now,
                        struct error *err)
{
    static const struct expectation retired = { 1, ERR_CONFLICT,
                                                "the version is active no longer" };
    return session_expect(session, &retire_version,
                          VALUES(V_TEXT(ca_id), V_INT(number), V_INT(now)), &retired, err);
}

bool ca_versions_count_staged(struct session *session, const char *ca_id, int64_t number,
                              int64_t max, struct error *err)
{
    static const struct expectation counted = {
        1, ERR_CONFLICT, "the version is staged no longer, or has given out all its certificates"
    };
    return session_expect(session, &count_staged, VALUES(V_TEXT(ca_id), V_INT(number), V_INT(max)),
                          &counted, err);
}

bool ca_versions_forget(struct session *session, const struct ca_version *version,
                        struct error *err)
{
    static const struct expectation forgotten = { 1, ERR_CONFLICT,
                                                  "the version is not decommissioned" };
    const struct value lists[] = { V_TEXT(version->ca_id), V_INT(version->number) };
    return session_expect(session, &forget_version,
                          VALUES(V_TEXT(version->id), V_TEXT(version->tenant_id)), &forgotten,
                          err) &&
           session_execute(session, &forget_key, VALUES(V_TEXT(version->key_id)), err) &&
           session_execute(session, &forget_chunks, lists, 2, err) &&
           session_execute(session, &forget_lists, lists, 2, err);
}
