/*
 * A CRL is chunks, written in transactions of their own, and a header row, written last, which
 * makes it visible. Chunks without a header are a CRL being written or one left behind by a
 * crash: they go only after they have been seen so for ORPHAN_S.
 */
#include "base/arena.h"
#include "base/error.h"
#include "base/times.h"
#include "store/rows.h"
#include "store/statement.h"
#include "store/statements.h"

enum { REPLACED_S = HOUR, ORPHAN_S = DAY };

#define COLUMNS                                                                                  \
    "id, tenant_id, ca_id, version, kind, shard, number, base_number, this_update, next_update," \
    " entries, size, etag, is_scheduled, is_current"

/* Two CRLs of a CA never share a number, and neither goes back: pki-rules, CRLs. */
static const struct statement reserve = {
    "INSERT INTO crl_numbers (ca_id, number, this_update) VALUES ($1, $2, $2)"
    " ON CONFLICT (ca_id) DO UPDATE SET"
    " number = CASE WHEN crl_numbers.number >= excluded.number THEN crl_numbers.number + 1"
    " ELSE excluded.number END,"
    " this_update = CASE WHEN crl_numbers.this_update > excluded.this_update"
    " THEN crl_numbers.this_update ELSE excluded.this_update END"
    " RETURNING number, this_update",
    "ti"
};
static const struct statement put_chunk = {
    "INSERT INTO crl_chunks (crl_id, position, octets) VALUES ($1, $2, $3)", "tib"
};
static const struct statement publish = {
    "INSERT INTO crls (" COLUMNS ")"
    " SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,"
    " CASE WHEN EXISTS (SELECT 1 FROM crls c WHERE c.ca_id = $3 AND c.version = $4"
    " AND c.kind = $5 AND c.shard = $6 AND c.is_current = 1 AND c.number > $7) THEN 0 ELSE 1 END"
    " WHERE 1 = 1",
    "tttiiiiiiiiiti"
};
static const struct statement replace = {
    "UPDATE crls SET is_current = 0 WHERE ca_id = $1 AND version = $2 AND kind = $3 AND shard = $4"
    " AND is_current = 1 AND number < $5",
    "tiiii"
};
static const struct statement current = {
    "SELECT " COLUMNS " FROM crls WHERE ca_id = $1 AND version = $2 AND kind = $3 AND shard = 0"
    " AND is_current = 1 ORDER BY number DESC LIMIT 1",
    "tii"
};
static const struct statement oldest_valid = {
    "SELECT " COLUMNS " FROM crls WHERE ca_id = $1 AND version = $2 AND kind = $3 AND shard = 0"
    " AND next_update > $4 ORDER BY number LIMIT 1",
    "tiii"
};
static const struct statement last_scheduled = {
    "SELECT this_update FROM crls WHERE ca_id = $1 AND version = $2 AND kind = $3"
    " AND is_scheduled = 1 ORDER BY number DESC LIMIT 1",
    "tii"
};
static const struct statement read_chunk = {
    "SELECT octets FROM crl_chunks WHERE crl_id = $1 AND position = $2", "ti"
};
/* Replaced this long ago, a list is on its way to nobody. Its row stays while it is valid: it may
 * be the base of a delta. */
static const struct statement purge_chunks = {
    "DELETE FROM crl_chunks WHERE crl_id IN"
    " (SELECT old.id FROM crls old WHERE old.is_current = 0 AND EXISTS (SELECT 1 FROM crls newer"
    " WHERE newer.ca_id = old.ca_id AND newer.version = old.version AND newer.kind = old.kind"
    " AND newer.shard = old.shard AND newer.number > old.number AND newer.this_update < $1))",
    "i"
};
static const struct statement purge_rows = {
    "DELETE FROM crls WHERE is_current = 0 AND next_update < $1"
    " AND NOT EXISTS (SELECT 1 FROM crl_chunks WHERE crl_chunks.crl_id = crls.id)",
    "i"
};
static const struct statement purge_orphans = {
    "DELETE FROM crl_chunks WHERE crl_id IN (SELECT crl_id FROM crl_orphans WHERE seen_at < $1)"
    " AND NOT EXISTS (SELECT 1 FROM crls WHERE crls.id = crl_chunks.crl_id)",
    "i"
};
static const struct statement forget_orphans = {
    "DELETE FROM crl_orphans WHERE seen_at < $1"
    " OR EXISTS (SELECT 1 FROM crls WHERE crls.id = crl_orphans.crl_id)",
    "i"
};
static const struct statement note_orphans = {
    "INSERT INTO crl_orphans (crl_id, seen_at)"
    " SELECT DISTINCT c.crl_id, $1 FROM crl_chunks c"
    " WHERE NOT EXISTS (SELECT 1 FROM crls WHERE crls.id = c.crl_id)"
    " ON CONFLICT (crl_id) DO NOTHING",
    "i"
};

const struct statement *const crl_statements[] = {
    &reserve,       &put_chunk,      &publish,      &replace,      &current,
    &oldest_valid,  &last_scheduled, &read_chunk,   &purge_chunks, &purge_rows,
    &purge_orphans, &forget_orphans, &note_orphans, NULL,
};

struct reserved {
    int64_t *number;
    time_t *this_update;
};

static bool keep_reserved(const struct row *row, void *context, struct error *err)
{
    (void)err;
    const struct reserved *reserved = context;
    *reserved->number = row_int(row, 0);
    *reserved->this_update = row_int(row, 1);
    return true;
}

bool crls_reserve(struct session *session, const char *ca_id, time_t now, int64_t *number,
                  time_t *this_update, struct error *err)
{
    struct reserved reserved = { number, this_update };
    return session_query(session, &reserve, VALUES(V_TEXT(ca_id), V_INT(now)), keep_reserved,
                         &reserved, err);
}

bool crls_put_chunk(struct session *session, const char *crl_id, int64_t position,
                    struct bytes octets, struct error *err)
{
    return session_execute(session, &put_chunk,
                           VALUES(V_TEXT(crl_id), V_INT(position), V_BLOB(octets)), err);
}

bool crls_publish(struct session *session, const struct crl_row *crl, struct error *err)
{
    static const struct expectation inserted = { 1, ERR_INTERNAL, "the CRL was not stored" };
    return session_expect(session, &publish,
                          VALUES(V_TEXT(crl->id), V_TEXT(crl->tenant_id), V_TEXT(crl->ca_id),
                                 V_INT(crl->version), V_INT(crl->kind), V_INT(crl->shard),
                                 V_INT(crl->number), V_INT(crl->base_number),
                                 V_INT(crl->this_update), V_INT(crl->next_update),
                                 V_INT(crl->entries), V_INT(crl->size), V_TEXT(crl->etag),
                                 V_INT(crl->is_scheduled)),
                          &inserted, err) &&
           session_execute(session, &replace,
                           VALUES(V_TEXT(crl->ca_id), V_INT(crl->version), V_INT(crl->kind),
                                  V_INT(crl->shard), V_INT(crl->number)),
                           err);
}

struct found {
    struct arena *arena;
    struct crl_row *out;
    bool is_found;
};

static bool keep_crl(const struct row *row, void *context, struct error *err)
{
    (void)err;
    struct found *found = context;
    struct arena *arena = found->arena;
    *found->out = (struct crl_row){
        .id = arena_text(arena, row_text(row, 0)),
        .tenant_id = arena_text(arena, row_text(row, 1)),
        .ca_id = arena_text(arena, row_text(row, 2)),
        .version = row_int(row, 3),
        .kind = row_int(row, 4),
        .shard = row_int(row, 5),
        .number = row_int(row, 6),
        .base_number = row_int(row, 7),
        .this_update = row_int(row, 8),
        .next_update = row_int(row, 9),
        .entries = row_int(row, 10),
        .size = row_int(row, 11),
        .etag = arena_text(arena, row_text(row, 12)),
        .is_scheduled = row_int(row, 13) != 0,
        .is_current = row_int(row, 14) != 0,
    };
    found->is_found = true;
    return true;
}

static bool find_crl(struct session *session, const struct statement *statement,
                     const struct value *values, size_t count, struct arena *arena,
                     struct crl_row *out, struct error *err)
{
    struct found found = { arena, out, false };
    return session_query(session, statement, values, count, keep_crl, &found, err) &&
           (found.is_found || fail(err, ERR_NOT_FOUND, "the CA has no such CRL"));
}

bool crls_current(struct session *session, const char *ca_id, int64_t version, int64_t kind,
                  struct arena *arena, struct crl_row *out, struct error *err)
{
    return find_crl(session, &current, VALUES(V_TEXT(ca_id), V_INT(version), V_INT(kind)), arena,
                    out, err);
}

bool crls_oldest_valid(struct session *session, const char *ca_id, int64_t version, time_t now,
                       struct arena *arena, struct crl_row *out, struct error *err)
{
    return find_crl(session, &oldest_valid,
                    VALUES(V_TEXT(ca_id), V_INT(version), V_INT(CRL_COMPLETE), V_INT(now)), arena,
                    out, err);
}

static bool keep_time(const struct row *row, void *context, struct error *err)
{
    (void)err;
    *(time_t *)context = row_int(row, 0);
    return true;
}

bool crls_last_scheduled(struct session *session, const char *ca_id, int64_t version,
                         time_t *this_update, struct error *err)
{
    *this_update = 0;
    return session_query(session, &last_scheduled,
                         VALUES(V_TEXT(ca_id), V_INT(version), V_INT(CRL_COMPLETE)), keep_time,
                         this_update, err);
}

struct chunk {
    struct buf *out;
    bool is_found;
};

static bool add_chunk(const struct row *row, void *context, struct error *err)
{
    (void)err;
    struct chunk *chunk = context;
    buf_add(chunk->out, row_bytes(row, 0));
    chunk->is_found = true;
    return true;
}

bool crls_read(struct session *session, const char *crl_id, int64_t position, struct buf *out,
               struct error *err)
{
    struct chunk chunk = { out, false };
    return session_query(session, &read_chunk, VALUES(V_TEXT(crl_id), V_INT(position)), add_chunk,
                         &chunk, err) &&
           (chunk.is_found || fail(err, ERR_NOT_FOUND, "the CRL has no such chunk"));
}

bool crls_purge(struct session *session, time_t now, struct error *err)
{
    time_t orphaned_before = now - ORPHAN_S;
    return session_execute(session, &purge_chunks, VALUES(V_INT(now - REPLACED_S)), err) &&
           session_execute(session, &purge_rows, VALUES(V_INT(now)), err) &&
           session_execute(session, &purge_orphans, VALUES(V_INT(orphaned_before)), err) &&
           session_execute(session, &forget_orphans, VALUES(V_INT(orphaned_before)), err) &&
           session_execute(session, &note_orphans, VALUES(V_INT(now)), err);
}
