/*
 * What has ended leaves the database: keys, revocations, CAs that were deleted, old audit rows.
 * A batch is one statement that says how many rows it took, so that its audit row can tell, and
 * every condition is asked again where the rows go: what was read before does not count.
 */
#include "base/arena.h"
#include "base/error.h"
#include "store/keep.h"
#include "store/rows.h"
#include "store/statement.h"
#include "store/statements.h"

enum { CHUNKS_MAX = 32 }; /* of a CRL, at once: 8 MB */

static const struct statement ended_offices = {
    "SELECT id, tenant_id, ca_id, key_id, subject_name FROM certificates"
    " WHERE key_id <> '' AND not_after < $1 ORDER BY not_after LIMIT $2",
    "ii"
};
static const struct statement clear_office = {
    "UPDATE certificates SET key_id = '' WHERE id = $1 AND tenant_id = $2 AND key_id = $3"
    " AND not_after < $4",
    "ttti"
};
static const struct statement clear_version = {
    "UPDATE ca_versions SET key_id = '' WHERE id = $1 AND tenant_id = $2 AND key_id = $3", "ttt"
};
/* It may be gone already: then its row only says so from now on. */
static const struct statement destroy_key = { "DELETE FROM keys WHERE id = $1", "t" };

static const struct statement purge_revocations = {
    "DELETE FROM revocations WHERE ca_id = $1 AND serial IN (SELECT serial FROM revocations"
    " WHERE ca_id = $1 AND not_after < $2 ORDER BY not_after LIMIT $3) RETURNING 1",
    "tii"
};
static const struct statement tenant_with_audit = {
    "SELECT t.id FROM tenants t WHERE EXISTS (SELECT 1 FROM audit_events a"
    " WHERE a.tenant_id = t.id AND a.at < $1) LIMIT 1",
    "i"
};
static const struct statement purge_audit = {
    "DELETE FROM audit_events WHERE id IN (SELECT id FROM audit_events WHERE tenant_id = $1"
    " AND at < $2 ORDER BY at, id LIMIT $3) RETURNING 1",
    "tii"
};

/* Kinds are enum leaf_kind: the index has them before the end. */
static const struct statement ended_cas = {
    "SELECT c.id, c.tenant_id, c.subject_name FROM cas c WHERE c.deleted_at <> 0"
    " AND NOT EXISTS (SELECT 1 FROM cas below WHERE below.issuer_id = c.id)"
    " AND NOT EXISTS (SELECT 1 FROM ca_versions v WHERE v.ca_id = c.id AND (v.not_after >= $1"
    " OR EXISTS (SELECT 1 FROM keys k WHERE k.id = v.key_id)))"
    " AND NOT EXISTS (SELECT 1 FROM certificates l WHERE l.ca_id = c.id"
    " AND l.kind IN (1, 2, 3, 4, 5) AND l.not_after >= $1)"
    " AND NOT EXISTS (SELECT 1 FROM certificates o WHERE o.key_id <> '' AND o.ca_id = c.id)"
    " ORDER BY c.id LIMIT $2",
    "ii"
};
_Static_assert(LEAF_DEVICE == 1 && LEAF_TLS == 5, "ended_cas names every kind");

static const struct statement empty_certificates = {
    "DELETE FROM certificates WHERE id IN (SELECT id FROM certificates WHERE ca_id = $1 LIMIT $2)"
    " RETURNING 1",
    "ti"
};
static const struct statement empty_revocations = {
    "DELETE FROM revocations WHERE ca_id = $1 AND serial IN"
    " (SELECT serial FROM revocations WHERE ca_id = $1 LIMIT $2) RETURNING 1",
    "ti"
};
static const struct statement empty_chunks = {
    "DELETE FROM crl_chunks WHERE (crl_id, position) IN (SELECT c.crl_id, c.position"
    " FROM crls l JOIN crl_chunks c ON c.crl_id = l.id WHERE l.ca_id = $1 LIMIT $2) RETURNING 1",
    "ti"
};
static const struct statement forget_enrolments = { "DELETE FROM enrolments WHERE ca_id = $1",
                                                    "t" };
static const struct statement forget_challenges = { "DELETE FROM challenges WHERE ca_id = $1",
                                                    "t" };
static const struct statement forget_crls = { "DELETE FROM crls WHERE ca_id = $1", "t" };
static const struct statement forget_numbers = { "DELETE FROM crl_numbers WHERE ca_id = $1", "t" };
static const struct statement forget_versions = { "DELETE FROM ca_versions WHERE ca_id = $1", "t" };
static const struct statement forget_ca = {
    "DELETE FROM cas WHERE id = $1 AND tenant_id = $2 AND deleted_at <> 0", "tt"
};

const struct statement *const retirement_statements[] = {
    &ended_offices,     &clear_office,      &clear_version,
    &destroy_key,       &purge_revocations, &tenant_with_audit,
    &purge_audit,       &ended_cas,         &empty_certificates,
    &empty_revocations, &empty_chunks,      &forget_enrolments,
    &forget_challenges, &forget_crls,       &forget_numbers,
    &forget_versions,   &forget_ca,         NULL,
};

struct offices {
    struct arena *arena;
    struct ended_office *rows;
    size_t count;
};

static bool keep_office(const struct row *row, void *context, struct error *err)
{
    (void)err;
    struct offices *offices = context;
    struct arena *arena = offices->arena;
    offices->rows[offices->count++] = (struct ended_office){
        .certificate_id = arena_text(arena, row_text(row, 0)),
        .tenant_id = arena_text(arena, row_text(row, 1)),
        .ca_id = arena_text(arena, row_text(row, 2)),
        .key_id = arena_text(arena, row_text(row, 3)),
        .subject_name = arena_text(arena, row_text(row, 4)),
    };
    return true;
}

bool offices_ended(struct session *session, time_t now, struct arena *arena,
                   struct ended_office *out, size_t max, size_t *count, struct error *err)
{
    struct offices offices = { arena, out, 0 };
    if (!session_query(session, &ended_offices, VALUES(V_INT(now), V_INT((int64_t)max)),
                       keep_office, &offices, err))
        return false;
    *count = offices.count;
    return true;
}

bool offices_destroy_key(struct session *session, const struct ended_office *office, time_t now,
                         struct error *err)
{
    static const struct expectation cleared = { 1, ERR_CONFLICT, "the certificate is in date" };
    return session_expect(session, &clear_office,
                          VALUES(V_TEXT(office->certificate_id), V_TEXT(office->tenant_id),
                                 V_TEXT(office->key_id), V_INT(now)),
                          &cleared, err) &&
           session_execute(session, &destroy_key, VALUES(V_TEXT(office->key_id)), err);
}

bool ca_versions_destroy_key(struct session *session, const struct ca_version *version,
                             struct error *err)
{
    static const struct expectation cleared = { 1, ERR_CONFLICT, "the version has another key" };
    return session_expect(
               session, &clear_version,
               VALUES(V_TEXT(version->id), V_TEXT(version->tenant_id), V_TEXT(version->key_id)),
               &cleared, err) &&
           session_execute(session, &destroy_key, VALUES(V_TEXT(version->key_id)), err);
}

bool revocations_purge(struct session *session, const char *ca_id, time_t ended_before, size_t max,
                       int64_t *count, struct error *err)
{
    *count = 0;
    return session_query(session, &purge_revocations,
                         VALUES(V_TEXT(ca_id), V_INT(ended_before), V_INT((int64_t)max)), count_row,
                         count, err);
}

bool audit_find_old(struct session *session, time_t before, struct arena *arena,
                    const char **tenant_id, struct error *err)
{
    struct kept_text kept = { arena, NULL };
    if (!session_query(session, &tenant_with_audit, VALUES(V_INT(before)), keep_text, &kept, err))
        return false;
    *tenant_id = kept.text;
    return true;
}

bool audit_purge(struct session *session, const char *tenant_id, time_t before, size_t max,
                 int64_t *count, struct error *err)
{
    *count = 0;
    return session_query(session, &purge_audit,
                         VALUES(V_TEXT(tenant_id), V_INT(before), V_INT((int64_t)max)), count_row,
                         count, err);
}

struct ended_list {
    struct arena *arena;
    struct ended_ca *rows;
    size_t count;
};

static bool keep_ca(const struct row *row, void *context, struct error *err)
{
    (void)err;
    struct ended_list *list = context;
    list->rows[list->count++] = (struct ended_ca){
        .id = arena_text(list->arena, row_text(row, 0)),
        .tenant_id = arena_text(list->arena, row_text(row, 1)),
        .subject_name = arena_text(list->arena, row_text(row, 2)),
    };
    return true;
}

bool cas_ended(struct session *session, time_t now, struct arena *arena, struct ended_ca *out,
               size_t max, size_t *count, struct error *err)
{
    struct ended_list list = { arena, out, 0 };
    if (!session_query(session, &ended_cas, VALUES(V_INT(now), V_INT((int64_t)max)), keep_ca, &list,
                       err))
        return false;
    *count = list.count;
    return true;
}

bool cas_empty(struct session *session, const char *ca_id, size_t max, int64_t *count,
               struct error *err)
{
    const struct {
        const struct statement *statement;
        size_t max;
    } tables[] = { { &empty_certificates, max },
                   { &empty_revocations, max },
                   { &empty_chunks, CHUNKS_MAX } };
    *count = 0;
    for (size_t i = 0; i < ARRAY_LEN(tables) && *count == 0; i++)
        if (!session_query(session, tables[i].statement,
                           VALUES(V_TEXT(ca_id), V_INT((int64_t)tables[i].max)), count_row, count,
                           err))
            return false;
    return true;
}

bool cas_forget(struct session *session, const struct ended_ca *ca, struct error *err)
{
    static const struct statement *const small[] = { &forget_enrolments, &forget_challenges,
                                                     &forget_crls, &forget_numbers,
                                                     &forget_versions };
    static const struct expectation forgotten = { 1, ERR_CONFLICT, "the CA is not deleted" };
    for (size_t i = 0; i < ARRAY_LEN(small); i++)
        if (!session_execute(session, small[i], VALUES(V_TEXT(ca->id)), err))
            return false;
    return session_expect(session, &forget_ca, VALUES(V_TEXT(ca->id), V_TEXT(ca->tenant_id)),
                          &forgotten, err);
}
