#include "store/inspection.h"

#include "base/error.h"
#include "model/inspection_ca.h"
#include "store/keep.h"
#include "store/statement.h"
#include "store/statements.h"

static const struct statement take_name = {
    "INSERT INTO inspection_names (tenant_id, name_folded, taken_at) VALUES ($1, $2, $3)"
    " ON CONFLICT (tenant_id, name_folded) DO NOTHING",
    "tti"
};
static const struct statement release = {
    "UPDATE inspection_cas SET status = 8 WHERE tenant_id = $1 AND status IN (5, 7)"
    " AND (not_after < $2 OR EXISTS (SELECT 1 FROM certificates"
    " WHERE certificates.id = inspection_cas.issued_id AND certificates.revoked_at <> 0))",
    "ti"
};
static const struct statement find_enabled = {
    "SELECT name FROM inspection_cas WHERE tenant_id = $1 AND id <> $2 AND status IN (5, 7)", "tt"
};
_Static_assert(INSPECTION_EXPIRING == 5 && INSPECTION_ENABLED == 7 && INSPECTION_DISABLED == 8,
               "the statements name them");

static const struct statement count_policies = {
    "SELECT count(*) FROM tls_policies WHERE tenant_id = $1", "t"
};
static const struct statement touch_policy = {
    "UPDATE tls_policies SET revision = revision + 1, modified_at = $3 WHERE id = $1"
    " AND tenant_id = $2",
    "tti"
};
static const struct statement count_rules = {
    "SELECT count(*), CAST(COALESCE(sum(destination_count), 0) AS bigint) FROM tls_rules"
    " WHERE tenant_id = $1 AND id <> $2",
    "tt"
};
static const struct statement find_priority = {
    "SELECT name FROM tls_rules WHERE policy_id = $1 AND priority = $2 AND id <> $3", "tit"
};
static const struct statement delete_rules = {
    "DELETE FROM tls_rules WHERE policy_id = $1 AND tenant_id = $2", "tt"
};

const struct statement *const inspection_statements[] = {
    &take_name,     &release,      &find_enabled, &count_policies, &touch_policy, &count_rules,
    &find_priority, &delete_rules, NULL,
};

struct counts {
    int64_t *rules;
    int64_t *destinations;
};

static bool keep_counts(const struct row *row, void *context, struct error *err)
{
    (void)err;
    const struct counts *counts = context;
    *counts->rules = row_int(row, 0);
    *counts->destinations = row_int(row, 1);
    return true;
}

bool inspection_names_take(struct session *session, const char *tenant_id, const char *name_folded,
                           time_t now, struct error *err)
{
    static const struct expectation taken = {
        1, ERR_CONFLICT, "name: another certificate has or had it, and a name is never free again"
    };
    return session_expect(session, &take_name,
                          VALUES(V_TEXT(tenant_id), V_TEXT(name_folded), V_INT(now)), &taken, err);
}

bool inspection_cas_release(struct session *session, const char *tenant_id, time_t now,
                            struct error *err)
{
    return session_execute(session, &release, VALUES(V_TEXT(tenant_id), V_INT(now)), err);
}

bool inspection_cas_enabled(struct session *session, const char *tenant_id, const char *id,
                            struct arena *arena, const char **name, struct error *err)
{
    struct kept_text kept = { arena, NULL };
    bool is_read = session_query(session, &find_enabled, VALUES(V_TEXT(tenant_id), V_TEXT(id)),
                                 keep_text, &kept, err);
    *name = kept.text;
    return is_read;
}

bool tls_policies_count(struct session *session, const char *tenant_id, int64_t *out,
                        struct error *err)
{
    return session_query(session, &count_policies, VALUES(V_TEXT(tenant_id)), keep_int, out, err);
}

bool tls_policies_touch(struct session *session, const char *tenant_id, const char *id, time_t now,
                        struct error *err)
{
    static const struct expectation one = { 1, ERR_NOT_FOUND,
                                            "there is no tlsInspectionPolicy with this id" };
    return session_expect(session, &touch_policy, VALUES(V_TEXT(id), V_TEXT(tenant_id), V_INT(now)),
                          &one, err);
}

bool tls_rules_count(struct session *session, const char *tenant_id, const char *id, int64_t *rules,
                     int64_t *destinations, struct error *err)
{
    struct counts counts = { rules, destinations };
    return session_query(session, &count_rules, VALUES(V_TEXT(tenant_id), V_TEXT(id)), keep_counts,
                         &counts, err);
}

bool tls_rules_find_priority(struct session *session, const char *policy_id, int64_t priority,
                             const char *id, struct arena *arena, const char **name,
                             struct error *err)
{
    struct kept_text kept = { arena, NULL };
    bool is_read = session_query(session, &find_priority,
                                 VALUES(V_TEXT(policy_id), V_INT(priority), V_TEXT(id)), keep_text,
                                 &kept, err);
    *name = kept.text;
    return is_read;
}

bool tls_rules_delete_all(struct session *session, const char *tenant_id, const char *policy_id,
                          struct error *err)
{
    return session_execute(session, &delete_rules, VALUES(V_TEXT(policy_id), V_TEXT(tenant_id)),
                           err);
}
