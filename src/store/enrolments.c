#include "base/error.h"
#include "store/rows.h"
#include "store/select.h"
#include "store/statement.h"
#include "store/statements.h"

static const struct statement insert = {
    "INSERT INTO enrolments (id, tenant_id, ca_id, message_type, transaction_hash, request_hash,"
    " public_key_hash, status, certificate_id, challenge_id, csr, expires_at, created_at, version)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
    " ON CONFLICT (ca_id, message_type, transaction_hash) DO UPDATE SET id = excluded.id,"
    " tenant_id = excluded.tenant_id, request_hash = excluded.request_hash,"
    " public_key_hash = excluded.public_key_hash, status = excluded.status,"
    " certificate_id = excluded.certificate_id, challenge_id = excluded.challenge_id,"
    " csr = excluded.csr, expires_at = excluded.expires_at, created_at = excluded.created_at,"
    " version = excluded.version WHERE enrolments.expires_at < $15",
    "tttibbbittbiiii"
};
static const struct statement decide = {
    "UPDATE enrolments SET status = $3, certificate_id = $4, expires_at = $5, csr = NULL"
    " WHERE id = $1 AND tenant_id = $2 AND status = $6",
    "ttitii"
};
static const struct statement purge = { "DELETE FROM enrolments WHERE expires_at < $1", "i" };

const struct statement *const enrolment_statements[] = { &insert, &decide, &purge, NULL };

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

bool enrolments_find(struct session *session, const char *ca_id, int64_t message_type,
                     struct bytes transaction, time_t now, struct arena *arena,
                     struct enrolment *out, bool *found, struct error *err)
{
    const struct query query = {
        .entity = &enrolment_entity,
        .now = now,
        .fixed = { { "ca_id", V_TEXT(ca_id) },
                   { "message_type", V_INT(message_type) },
                   { "transaction_hash", V_BLOB(transaction) } },
        .fixed_count = 3,
    };
    if (!select_first(session, &query, arena, out, found, err))
        return false;
    *found = *found && out->expires_at >= now;
    return true;
}

bool enrolments_insert(struct session *session, const struct enrolment *enrolment, time_t now,
                       struct error *err)
{
    static const struct expectation inserted = { 1, ERR_CONFLICT,
                                                 "the transaction has been answered already" };
    struct value csr = enrolment->csr.len ? V_BLOB(enrolment->csr) : V_NULL;
    return session_expect(
        session, &insert,
        VALUES(V_TEXT(enrolment->id), V_TEXT(enrolment->tenant_id), V_TEXT(enrolment->ca_id),
               V_INT(enrolment->message_type), V_BLOB(enrolment->transaction),
               V_BLOB(enrolment->request), V_BLOB(enrolment->public_key), V_INT(enrolment->status),
               V_TEXT(or_empty(enrolment->certificate_id)),
               V_TEXT(or_empty(enrolment->challenge_id)), csr, V_INT(enrolment->expires_at),
               V_INT(enrolment->created_at), V_INT(enrolment->version), V_INT(now)),
        &inserted, err);
}

bool enrolments_decide(struct session *session, const char *tenant_id, const char *id,
                       int64_t status, const char *certificate_id, time_t expires_at,
                       struct error *err)
{
    static const struct expectation decided = { 1, ERR_CONFLICT,
                                                "no enrolment with this id waits for a decision" };
    return session_expect(session, &decide,
                          VALUES(V_TEXT(id), V_TEXT(tenant_id), V_INT(status),
                                 V_TEXT(or_empty(certificate_id)), V_INT(expires_at),
                                 V_INT(ENROLMENT_PENDING)),
                          &decided, err);
}

bool enrolments_purge(struct session *session, time_t now, struct error *err)
{
    return session_execute(session, &purge, VALUES(V_INT(now)), err);
}
