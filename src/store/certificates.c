#include "base/arena.h"
#include "base/error.h"
#include "store/engine.h"
#include "store/entity_row.h"
#include "store/entity_sql.h"
#include "store/keep.h"
#include "store/rows.h"
#include "store/select.h"
#include "store/statements.h"

#include <assert.h>

enum { GUARD_STATUSES = 6 };

/* One statement checked by its row count, so that it can be pipelined. The columns are those of
 * entity_sql's INSERT, in the same order; a test holds both against each other. */
static const struct statement insert_guarded = {
    "INSERT INTO certificates (id, tenant_id, subject_name, ca_id, issuer_name, not_before,"
    " not_after, thumbprint, serial, revoked_at, revocation_reason, device_name,"
    " user_principal_name, device_id, user_id, device_platform, key_usages, ekus, version, kind,"
    " certificate, key_id, sid, challenge_id, created_at)"
    " SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,"
    " $20, $21, $22, $23, $24, $25"
    " WHERE EXISTS (SELECT 1 FROM ca_versions WHERE ca_id = $4 AND number = $19"
    " AND status IN ($26, $27, $28, $29, $30, $31))"
    " ON CONFLICT (ca_id, serial) DO NOTHING",
    "tttttiitbiitttttttiibtttiiiiiii"
};
static const struct statement has_serial = {
    "SELECT 1 FROM certificates WHERE ca_id = $1 AND serial = $2", "tb"
};
static const struct statement find_status = {
    "SELECT kind, version, not_after, revoked_at, revocation_reason FROM certificates"
    " WHERE ca_id = $1 AND serial = $2",
    "tb"
};
static const struct statement count_live = {
    "SELECT count(*) FROM certificates WHERE ca_id = $1 AND kind = $2 AND not_after >= $3"
    " AND revoked_at = 0 AND ($4 = 0 OR version = $4)",
    "tiii"
};
/* The end of each kind is read from the index; kinds are enum leaf_kind. */
#define END_OF(kind)                                                                          \
    "SELECT " #kind " AS kind, max(not_after) AS last FROM certificates WHERE ca_id = $1 AND" \
    " kind = " #kind " AND ($2 = 0 OR version = $2)"
static const struct statement latest_end = {
    "SELECT max(k.last) FROM (" END_OF(1) " UNION ALL " END_OF(2) " UNION ALL " END_OF(
        3) " UNION ALL " END_OF(4) " UNION ALL " END_OF(5) ") AS k WHERE k.kind <> $3",
    "tii"
};
_Static_assert(LEAF_DEVICE == 1 && LEAF_TLS == 5, "latest_end names every kind");
static const struct statement delete_expired = {
    "DELETE FROM certificates WHERE tenant_id = $1 AND ca_id = $2 AND id = $3 AND kind = $4"
    " AND not_after < $5",
    "tttii"
};

const struct statement *const certificate_statements[] = {
    &insert_guarded, &has_serial, &find_status, &count_live, &latest_end, &delete_expired, NULL,
};

/* Nothing was inserted: either the guard or the serial. Asked only after failing. */
static bool explain_refusal(struct session *session, const struct leaf *leaf, struct error *err)
{
    struct error why = { .code = ERR_NONE };
    bool is_taken = false;
    if (err->code != ERR_CONFLICT ||
        !session_query(session, &has_serial, VALUES(V_TEXT(leaf->ca_id), V_BLOB(leaf->serial)),
                       note_row, &is_taken, &why) ||
        !is_taken)
        return false;
    error_clear(err);
    return fail(err, ERR_CONFLICT, "serial collision: the CA has given it out before");
}

bool leaves_insert_guarded(struct session *session, const struct leaf *leaf,
                           const int64_t *statuses, size_t count, struct error *err)
{
    static const struct expectation inserted = { 1, ERR_CONFLICT, "the CA does not issue now" };
    assert(count > 0 && count <= GUARD_STATUSES);
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct value values[ENTITY_COLUMNS_MAX + GUARD_STATUSES];
    size_t used = 0;
    if (!entity_values(&leaf_entity, leaf, column_is_written, arena, values, &used, err))
        return false;
    for (size_t i = 0; i < GUARD_STATUSES; i++)
        values[used++] = V_INT(statuses[i < count ? i : 0]);
    return session_expect(session, &insert_guarded, values, used, &inserted, err) ||
           explain_refusal(session, leaf, err);
}

bool leaves_find_by_serial(struct session *session, const char *ca_id, struct bytes serial,
                           time_t now, struct arena *arena, struct leaf *out, struct error *err)
{
    const struct query query = {
        .entity = &leaf_entity,
        .now = now,
        .fixed = { { "ca_id", V_TEXT(ca_id) }, { "serial", V_BLOB(serial) } },
        .fixed_count = 2,
    };
    bool found = false;
    return select_first(session, &query, arena, out, &found, err) &&
           (found || fail(err, ERR_NOT_FOUND, "the CA has no certificate with this serial"));
}

static bool keep_status(const struct row *row, void *context, struct error *err)
{
    (void)err;
    *(struct serial_status *)context = (struct serial_status){
        .is_known = true,
        .kind = row_int(row, 0),
        .version = row_int(row, 1),
        .not_after = row_int(row, 2),
        .revoked_at = row_int(row, 3),
        .reason = row_int(row, 4),
    };
    return true;
}

bool leaves_status(struct session *session, const char *ca_id, struct bytes serial,
                   struct serial_status *out, struct error *err)
{
    *out = (struct serial_status){ 0 };
    return session_query(session, &find_status, VALUES(V_TEXT(ca_id), V_BLOB(serial)), keep_status,
                         out, err);
}

bool leaves_count_live(struct session *session, const char *ca_id, int64_t version, time_t now,
                       int64_t *out, struct error *err)
{
    return session_query(session, &count_live,
                         VALUES(V_TEXT(ca_id), V_INT(LEAF_DEVICE), V_INT(now), V_INT(version)),
                         keep_int, out, err);
}

bool leaves_newest(struct session *session, const char *ca_id, int64_t version, int64_t kind,
                   time_t now, struct arena *arena, struct leaf *out, struct error *err)
{
    const struct query query = {
        .entity = &leaf_entity,
        .now = now,
        .fixed = { { "ca_id", V_TEXT(ca_id) },
                   { "kind", V_INT(kind) },
                   { "version", V_INT(version) } },
        .fixed_count = version ? 3 : 2,
        .order = { { property_of_column(&leaf_entity, "created_at"), true } },
        .order_count = 1,
    };
    bool found = false;
    return select_first(session, &query, arena, out, &found, err) &&
           (found || fail(err, ERR_NOT_FOUND, "the CA has no certificate of this kind"));
}

bool leaves_latest_end(struct session *session, const char *ca_id, int64_t version, int64_t without,
                       time_t *out, struct error *err)
{
    int64_t end = 0;
    if (!session_query(session, &latest_end, VALUES(V_TEXT(ca_id), V_INT(version), V_INT(without)),
                       keep_int, &end, err))
        return false;
    *out = end;
    return true;
}

bool leaves_delete_expired(struct session *session, const struct leaf *leaf, time_t now,
                           struct error *err)
{
    static const struct expectation deleted = {
        1, ERR_CONFLICT, "a certificate that has not expired is not deleted: revoke it"
    };
    return session_expect(session, &delete_expired,
                          VALUES(V_TEXT(leaf->tenant_id), V_TEXT(leaf->ca_id), V_TEXT(leaf->id),
                                 V_INT(LEAF_DEVICE), V_INT(now)),
                          &deleted, err);
}
