/*
 * The list of the revoked is read a page at a time, in serial order, each page by a statement of
 * its own: nothing is held open while the caller works, however long the list is.
 */
#include "base/error.h"
#include "base/memory.h"
#include "store/keep.h"
#include "store/rows.h"
#include "store/statement.h"
#include "store/statements.h"

#include <string.h>

enum { PAGE_ROWS = 2048, SERIAL_OCTETS_MAX = 20, REMOVE_FROM_CRL = 8 };

static const struct statement mark = {
    "UPDATE certificates SET revoked_at = $3, revocation_reason = $4"
    " WHERE id = $1 AND tenant_id = $2 AND revoked_at = 0",
    "ttii"
};
/* Only a hold is ever changed: released, or made final at its own date. */
static const struct statement mark_held = {
    "UPDATE certificates SET revoked_at = $4, revocation_reason = $3"
    " WHERE id = $1 AND tenant_id = $2 AND revoked_at <> 0 AND revocation_reason = 6",
    "ttii"
};
/* A row is there already when the certificate was on hold before. */
static const struct statement insert = {
    "INSERT INTO revocations (ca_id, serial, tenant_id, version, certificate_id, reason,"
    " revoked_at, changed_at, not_after) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    " ON CONFLICT (ca_id, serial) DO UPDATE SET reason = excluded.reason,"
    " revoked_at = excluded.revoked_at, changed_at = excluded.changed_at",
    "tbtitiiii"
};
/* Complete: 8 is removeFromCRL, which only deltas say. */
static const struct statement page = {
    "SELECT serial, reason, revoked_at FROM revocations WHERE ca_id = $1 AND serial > $2"
    " AND not_after >= $3 AND reason <> 8 ORDER BY serial LIMIT $4",
    "tbii"
};
/* A delta: few of many, found by their time first. Without the WITH, SQLite walks every serial. */
static const struct statement page_since = {
    "WITH recent AS MATERIALIZED (SELECT serial, reason, revoked_at, not_after FROM revocations"
    " WHERE ca_id = $1 AND changed_at >= $4)"
    " SELECT serial, reason, revoked_at FROM recent WHERE serial > $2 AND not_after >= $3"
    " ORDER BY serial LIMIT $5",
    "tbiii"
};
static const struct statement count_listed = {
    "SELECT count(*) FROM revocations WHERE ca_id = $1 AND not_after >= $2 AND changed_at >= $3"
    " AND ($3 > 0 OR reason <> 8)",
    "tii"
};

const struct statement *const revocation_statements[] = {
    &mark, &mark_held, &insert, &page, &page_since, &count_listed, NULL,
};

static bool put(struct session *session, const struct leaf *leaf, int64_t reason, time_t revoked_at,
                time_t changed_at, struct error *err)
{
    return session_execute(session, &insert,
                           VALUES(V_TEXT(leaf->ca_id), V_BLOB(leaf->serial),
                                  V_TEXT(leaf->tenant_id), V_INT(leaf->version), V_TEXT(leaf->id),
                                  V_INT(reason), V_INT(revoked_at), V_INT(changed_at),
                                  V_INT(leaf->not_after)),
                           err);
}

bool leaves_revoke(struct session *session, const struct leaf *leaf, int64_t reason,
                   time_t revoked_at, struct error *err)
{
    static const struct expectation marked = { 1, ERR_CONFLICT,
                                               "the certificate is revoked already" };
    return session_expect(
               session, &mark,
               VALUES(V_TEXT(leaf->id), V_TEXT(leaf->tenant_id), V_INT(revoked_at), V_INT(reason)),
               &marked, err) &&
           put(session, leaf, reason, revoked_at, revoked_at, err);
}

bool leaves_end_hold(struct session *session, const struct leaf *leaf, int64_t reason, time_t now,
                     struct error *err)
{
    static const struct expectation marked = { 1, ERR_CONFLICT, "the certificate is not on hold" };
    bool is_release = reason == REMOVE_FROM_CRL;
    time_t revoked_at = is_release ? 0 : leaf->revoked_at;
    int64_t mark_reason = is_release ? 0 : reason;
    return session_expect(session, &mark_held,
                          VALUES(V_TEXT(leaf->id), V_TEXT(leaf->tenant_id), V_INT(mark_reason),
                                 V_INT(revoked_at)),
                          &marked, err) &&
           put(session, leaf, reason, is_release ? now : revoked_at, now, err);
}

struct listed {
    uint8_t serial[SERIAL_OCTETS_MAX];
    uint8_t serial_len;
    int64_t reason;
    time_t revoked_at;
};

struct listed_page {
    size_t count;
    struct listed rows[PAGE_ROWS];
};

static bool keep(const struct row *row, void *context, struct error *err)
{
    struct listed_page *listed = context;
    struct bytes serial = row_bytes(row, 0);
    if (serial.len == 0 || serial.len > SERIAL_OCTETS_MAX)
        return fail(err, ERR_INTERNAL, "revocations: a serial of %zu octets", serial.len);
    struct listed *out = &listed->rows[listed->count++];
    memcpy(out->serial, serial.data, serial.len);
    out->serial_len = (uint8_t)serial.len;
    out->reason = row_int(row, 1);
    out->revoked_at = row_int(row, 2);
    return true;
}

static struct bytes serial_of(const struct listed *listed)
{
    return (struct bytes){ listed->serial, listed->serial_len };
}

static bool hand_out(const struct listed_page *listed, revocation_fn *each, void *context,
                     bool *is_stopped, struct error *err)
{
    for (size_t i = 0; i < listed->count; i++) {
        const struct listed *row = &listed->rows[i];
        const struct revocation revocation = { serial_of(row), row->reason, row->revoked_at };
        if (!each(&revocation, context, err)) {
            *is_stopped = true;
            return err->code == ERR_NONE;
        }
    }
    return true;
}

static bool read_page(struct session *session, const char *ca_id, struct bytes after,
                      time_t ends_from, time_t since, struct listed_page *listed, struct error *err)
{
    if (since > 0)
        return session_query(
            session, &page_since,
            VALUES(V_TEXT(ca_id), V_BLOB(after), V_INT(ends_from), V_INT(since), V_INT(PAGE_ROWS)),
            keep, listed, err);
    return session_query(session, &page,
                         VALUES(V_TEXT(ca_id), V_BLOB(after), V_INT(ends_from), V_INT(PAGE_ROWS)),
                         keep, listed, err);
}

static bool each_page(struct session *session, const char *ca_id, time_t ends_from, time_t since,
                      revocation_fn *each, void *context, struct listed_page *listed,
                      struct error *err)
{
    uint8_t last[SERIAL_OCTETS_MAX];
    struct bytes after = BYTES_NONE;
    bool is_stopped = false;
    do {
        listed->count = 0;
        if (!read_page(session, ca_id, after, ends_from, since, listed, err) ||
            !hand_out(listed, each, context, &is_stopped, err))
            return false;
        if (listed->count > 0) {
            after = serial_of(&listed->rows[listed->count - 1]);
            memcpy(last, after.data, after.len);
            after.data = last;
        }
    } while (listed->count == PAGE_ROWS && !is_stopped);
    return true;
}

bool revocations_each(struct session *session, const char *ca_id, time_t ends_from, time_t since,
                      revocation_fn *each, void *context, struct error *err)
{
    struct listed_page *listed = memory_new(sizeof *listed);
    bool is_done = each_page(session, ca_id, ends_from, since, each, context, listed, err);
    memory_free(listed);
    return is_done;
}

bool revocations_count(struct session *session, const char *ca_id, time_t ends_from, time_t since,
                       int64_t *out, struct error *err)
{
    return session_query(session, &count_listed,
                         VALUES(V_TEXT(ca_id), V_INT(ends_from), V_INT(since)), keep_int, out, err);
}
