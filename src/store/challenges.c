#include "base/error.h"
#include "store/rows.h"
#include "store/select.h"
#include "store/statement.h"
#include "store/statements.h"

/* Static ones have no number of uses; 0 is no end. This UPDATE decides: the row is locked. */
static const struct statement use = {
    "UPDATE challenges SET uses = uses + 1 WHERE id = $1 AND (is_static = 1 OR uses < uses_max)"
    " AND (expires_at = 0 OR expires_at > $2)",
    "ti"
};
static const struct statement purge = {
    "DELETE FROM challenges WHERE expires_at > 0 AND expires_at < $1", "i"
};
static const struct statement delete_static = {
    "DELETE FROM challenges WHERE tenant_id = $1 AND ca_id = $2 AND is_static = 1", "tt"
};

const struct statement *const challenge_statements[] = { &use, &purge, &delete_static, NULL };

bool challenges_find(struct session *session, const char *ca_id, struct bytes secret_mac,
                     struct arena *arena, struct challenge *out, struct error *err)
{
    const struct query query = {
        .entity = &challenge_entity,
        .fixed = { { "ca_id", V_TEXT(ca_id) }, { "secret_mac", V_BLOB(secret_mac) } },
        .fixed_count = 2,
    };
    bool found = false;
    return select_first(session, &query, arena, out, &found, err) &&
           (found || fail(err, ERR_BAD_CHALLENGE, "the challenge is unknown"));
}

bool challenges_use(struct session *session, const char *id, time_t now, struct error *err)
{
    static const struct expectation used = { 1, ERR_BAD_CHALLENGE,
                                             "the challenge is used up or has expired" };
    return session_expect(session, &use, VALUES(V_TEXT(id), V_INT(now)), &used, err);
}

bool challenges_purge(struct session *session, time_t before, struct error *err)
{
    return session_execute(session, &purge, VALUES(V_INT(before)), err);
}

bool challenges_delete_static(struct session *session, const char *tenant_id, const char *ca_id,
                              struct error *err)
{
    return session_execute(session, &delete_static, VALUES(V_TEXT(tenant_id), V_TEXT(ca_id)), err);
}
