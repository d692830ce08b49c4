#include "store/pkis.h"

#include "base/arena.h"
#include "base/error.h"
#include "store/statement.h"
#include "store/statements.h"

static const struct statement touch = {
    "UPDATE pkis SET modified_at = $3 WHERE id = $1 AND tenant_id = $2 AND is_deleted = 0", "tti"
};
static const struct statement rename_one = {
    "UPDATE pkis SET display_name = $3, modified_at = $4 WHERE id = $1 AND tenant_id = $2"
    " AND is_deleted = 0",
    "ttti"
};
static const struct statement set_status = {
    "UPDATE pkis SET status = $3, status_details = $4, modified_at = $5 WHERE id = $1"
    " AND tenant_id = $2",
    "tttti"
};
static const struct statement mark = {
    "UPDATE pkis SET is_deleted = 1, deleted_at = $3, modified_at = $3 WHERE id = $1"
    " AND tenant_id = $2 AND is_deleted = 0",
    "tti"
};
static const struct statement mark_members = {
    "UPDATE trusted_cas SET is_deleted = 1, is_deleted_with_pki = 1, deleted_at = $3,"
    " revision = revision + 1 WHERE pki_id = $1 AND tenant_id = $2 AND is_deleted = 0",
    "tti"
};
static const struct statement unmark = {
    "UPDATE pkis SET is_deleted = 0, deleted_at = 0, modified_at = $3 WHERE id = $1"
    " AND tenant_id = $2 AND is_deleted = 1",
    "tti"
};
static const struct statement unmark_members = {
    "UPDATE trusted_cas SET is_deleted = 0, is_deleted_with_pki = 0, deleted_at = 0,"
    " revision = revision + 1 WHERE pki_id = $1 AND tenant_id = $2 AND is_deleted_with_pki = 1",
    "tt"
};
static const struct statement drop_members = {
    "DELETE FROM trusted_cas WHERE pki_id IN (SELECT id FROM pkis WHERE id = $1 AND tenant_id = $2"
    " AND is_deleted = 1)",
    "tt"
};
static const struct statement drop_upload = {
    "DELETE FROM pki_uploads WHERE pki_id IN (SELECT id FROM pkis WHERE id = $1 AND tenant_id = $2"
    " AND is_deleted = 1)",
    "tt"
};
static const struct statement drop = {
    "DELETE FROM pkis WHERE id = $1 AND tenant_id = $2 AND is_deleted = 1", "tt"
};

static const struct statement mark_one = {
    "UPDATE trusted_cas SET is_deleted = 1, deleted_at = $4, revision = revision + 1 WHERE id = $1"
    " AND tenant_id = $2 AND pki_id = $3 AND is_deleted = 0",
    "ttti"
};
/* One that went with its PKI comes back with it only. */
static const struct statement unmark_one = {
    "UPDATE trusted_cas SET is_deleted = 0, deleted_at = 0, revision = revision + 1 WHERE id = $1"
    " AND tenant_id = $2 AND is_deleted = 1 AND is_deleted_with_pki = 0",
    "tt"
};
static const struct statement drop_one = {
    "DELETE FROM trusted_cas WHERE id = $1 AND tenant_id = $2 AND is_deleted = 1", "tt"
};
static const struct statement find_certificate = {
    "SELECT CASE WHEN upload_id = $3 THEN 1 ELSE 0 END FROM trusted_cas WHERE pki_id = $1 AND "
    "thumbprint = $2"
    " AND is_deleted = 0",
    "ttt"
};

static const struct statement ended_pkis = {
    "SELECT tenant_id, id FROM pkis WHERE is_deleted = 1 AND deleted_at < $1 ORDER BY deleted_at"
    " LIMIT $2",
    "ii"
};
static const struct statement ended_cas = {
    "SELECT tenant_id, id FROM trusted_cas WHERE is_deleted = 1 AND deleted_at < $1"
    " ORDER BY deleted_at LIMIT $2",
    "ii"
};

static const struct statement insert_upload = {
    "INSERT INTO pki_uploads (id, tenant_id, pki_id, url, sha256, actor, request_id, created_at,"
    " holder, held_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', 0)"
    " ON CONFLICT (pki_id) DO NOTHING",
    "ttttbtti"
};
/* Asked twice: two nodes may find the same row, and the second waits for the first. */
static const struct statement take_upload = {
    "UPDATE pki_uploads SET holder = $1, held_until = $2 WHERE held_until < $3 AND id ="
    " (SELECT id FROM pki_uploads WHERE held_until < $3 ORDER BY created_at, id LIMIT 1)"
    " RETURNING id, tenant_id, pki_id, url, sha256, actor, request_id, created_at",
    "tii"
};
static const struct statement hold_upload = {
    "UPDATE pki_uploads SET held_until = $3 WHERE id = $1 AND holder = $2", "tti"
};
static const struct statement end_upload = {
    "DELETE FROM pki_uploads WHERE id = $1 AND holder = $2", "tt"
};
static const struct statement free_uploads = { "UPDATE pki_uploads SET held_until = 0", "" };

const struct statement *const pki_statements[] = {
    &touch,          &rename_one,
    &set_status,     &mark,
    &mark_members,   &unmark,
    &unmark_members, &drop,
    &drop_upload,    &drop_members,
    &mark_one,       &unmark_one,
    &drop_one,       &find_certificate,
    &ended_pkis,     &ended_cas,
    &insert_upload,  &take_upload,
    &hold_upload,    &end_upload,
    &free_uploads,   NULL,
};

static const struct expectation one_pki = { 1, ERR_NOT_FOUND,
                                            "there is no certificateBasedAuthPki with this id" };
static const struct expectation one_ca = { 1, ERR_NOT_FOUND,
                                           "there is no certificateAuthorityDetail with this id" };
static const struct expectation one_deleted = { 1, ERR_NOT_FOUND,
                                                "there is no deleted item with this id" };
static const struct expectation own_upload = { 1, ERR_CONFLICT, "the upload is another's by now" };

/* ---- PKIs ---- */

bool pkis_touch(struct session *session, const char *tenant_id, const char *id, time_t now,
                struct error *err)
{
    return session_expect(session, &touch, VALUES(V_TEXT(id), V_TEXT(tenant_id), V_INT(now)),
                          &one_pki, err);
}

bool pkis_rename(struct session *session, const char *tenant_id, const char *id, const char *name,
                 time_t now, struct error *err)
{
    return session_expect(
        session, &rename_one,
        VALUES(V_TEXT(id), V_TEXT(tenant_id), V_TEXT(name ? name : ""), V_INT(now)), &one_pki, err);
}

bool pkis_set_status(struct session *session, const char *tenant_id, const char *id,
                     const char *status, const char *details, time_t now, struct error *err)
{
    return session_expect(
        session, &set_status,
        VALUES(V_TEXT(id), V_TEXT(tenant_id), V_TEXT(status), V_TEXT(details), V_INT(now)),
        &one_pki, err);
}

bool pkis_delete(struct session *session, const char *tenant_id, const char *id, time_t now,
                 struct error *err)
{
    const struct value values[] = { V_TEXT(id), V_TEXT(tenant_id), V_INT(now) };
    return session_expect(session, &mark, values, ARRAY_LEN(values), &one_pki, err) &&
           session_execute(session, &mark_members, values, ARRAY_LEN(values), err);
}

bool pkis_restore(struct session *session, const char *tenant_id, const char *id, time_t now,
                  struct error *err)
{
    const struct value values[] = { V_TEXT(id), V_TEXT(tenant_id), V_INT(now) };
    return session_expect(session, &unmark, values, ARRAY_LEN(values), &one_deleted, err) &&
           session_execute(session, &unmark_members, values, 2, err);
}

bool pkis_purge(struct session *session, const char *tenant_id, const char *id, struct error *err)
{
    const struct value values[] = { V_TEXT(id), V_TEXT(tenant_id) };
    return session_execute(session, &drop_members, values, ARRAY_LEN(values), err) &&
           session_execute(session, &drop_upload, values, ARRAY_LEN(values), err) &&
           session_expect(session, &drop, values, ARRAY_LEN(values), &one_deleted, err);
}

/* ---- CAs ---- */

bool trusted_cas_delete(struct session *session, const char *tenant_id, const char *pki_id,
                        const char *id, time_t now, struct error *err)
{
    return session_expect(session, &mark_one,
                          VALUES(V_TEXT(id), V_TEXT(tenant_id), V_TEXT(pki_id), V_INT(now)),
                          &one_ca, err);
}

bool trusted_cas_restore(struct session *session, const char *tenant_id, const char *id,
                         struct error *err)
{
    return session_expect(session, &unmark_one, VALUES(V_TEXT(id), V_TEXT(tenant_id)), &one_deleted,
                          err);
}

bool trusted_cas_purge(struct session *session, const char *tenant_id, const char *id,
                       struct error *err)
{
    return session_expect(session, &drop_one, VALUES(V_TEXT(id), V_TEXT(tenant_id)), &one_deleted,
                          err);
}

struct finding {
    bool *has;
    bool *by_upload;
};

static bool keep_finding(const struct row *row, void *context, struct error *err)
{
    (void)err;
    const struct finding *finding = context;
    *finding->has = true;
    *finding->by_upload = row_int(row, 0) != 0;
    return true;
}

bool trusted_cas_has(struct session *session, const char *pki_id, const char *thumbprint,
                     const char *upload_id, bool *has, bool *by_upload, struct error *err)
{
    struct finding finding = { has, by_upload };
    *has = *by_upload = false;
    return session_query(session, &find_certificate,
                         VALUES(V_TEXT(pki_id), V_TEXT(thumbprint), V_TEXT(upload_id)),
                         keep_finding, &finding, err);
}

/* ---- what is deleted for good ---- */

struct ended {
    struct arena *arena;
    struct deleted_item *out;
    size_t count;
};

static bool keep_ended(const struct row *row, void *context, struct error *err)
{
    (void)err;
    struct ended *ended = context;
    ended->out[ended->count++] =
        (struct deleted_item){ arena_text(ended->arena, row_text(row, 0)),
                               arena_text(ended->arena, row_text(row, 1)) };
    return true;
}

static bool list_ended(struct session *session, const struct statement *statement, time_t before,
                       size_t most, struct ended *ended, struct error *err)
{
    return session_query(session, statement, VALUES(V_INT(before), V_INT((int64_t)most)),
                         keep_ended, ended, err);
}

bool pkis_ended(struct session *session, time_t before, size_t most, struct arena *arena,
                struct deleted_item *out, size_t *count, struct error *err)
{
    struct ended ended = { arena, out, 0 };
    bool is_good = list_ended(session, &ended_pkis, before, most, &ended, err);
    *count = ended.count;
    return is_good;
}

bool trusted_cas_ended(struct session *session, time_t before, size_t most, struct arena *arena,
                       struct deleted_item *out, size_t *count, struct error *err)
{
    struct ended ended = { arena, out, 0 };
    bool is_good = list_ended(session, &ended_cas, before, most, &ended, err);
    *count = ended.count;
    return is_good;
}

/* ---- uploads ---- */

bool uploads_insert(struct session *session, const struct upload_row *upload, struct error *err)
{
    static const struct expectation alone = { 1, ERR_CONFLICT,
                                              "an upload to this PKI is running already" };
    return session_expect(
        session, &insert_upload,
        VALUES(V_TEXT(upload->id), V_TEXT(upload->tenant_id), V_TEXT(upload->pki_id),
               V_TEXT(upload->url), V_BLOB(upload->sha256), V_TEXT(upload->actor),
               upload->request_id ? V_TEXT(upload->request_id) : V_NULL, V_INT(upload->created_at)),
        &alone, err);
}

struct taking {
    struct arena *arena;
    struct upload_row *out;
    bool *found;
};

static bool keep_upload(const struct row *row, void *context, struct error *err)
{
    (void)err;
    const struct taking *taking = context;
    struct arena *arena = taking->arena;
    *taking->out = (struct upload_row){ .id = arena_text(arena, row_text(row, 0)),
                                        .tenant_id = arena_text(arena, row_text(row, 1)),
                                        .pki_id = arena_text(arena, row_text(row, 2)),
                                        .url = arena_text(arena, row_text(row, 3)),
                                        .sha256 = arena_bytes(arena, row_bytes(row, 4)),
                                        .actor = arena_text(arena, row_text(row, 5)),
                                        .request_id = arena_text(arena, row_text(row, 6)),
                                        .created_at = row_int(row, 7) };
    *taking->found = true;
    return true;
}

bool uploads_take(struct session *session, const char *holder, time_t now, time_t until,
                  struct arena *arena, struct upload_row *out, bool *found, struct error *err)
{
    struct taking taking = { arena, out, found };
    *found = false;
    return session_query(session, &take_upload, VALUES(V_TEXT(holder), V_INT(until), V_INT(now)),
                         keep_upload, &taking, err);
}

bool uploads_hold(struct session *session, const char *id, const char *holder, time_t until,
                  struct error *err)
{
    return session_expect(session, &hold_upload, VALUES(V_TEXT(id), V_TEXT(holder), V_INT(until)),
                          &own_upload, err);
}

bool uploads_end(struct session *session, const char *id, const char *holder, struct error *err)
{
    return session_expect(session, &end_upload, VALUES(V_TEXT(id), V_TEXT(holder)), &own_upload,
                          err);
}

bool uploads_free_all(struct session *session, struct error *err)
{
    return session_execute(session, &free_uploads, NULL, 0, err);
}
