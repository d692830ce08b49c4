#include "store/directory.h"

#include "base/error.h"
#include "model/property.h"
#include "store/statement.h"
#include "store/statements.h"

static const struct statement drop_ids = {
    "DELETE FROM certificate_user_ids WHERE tenant_id = $1 AND user_id = $2", "tt"
};
static const struct statement insert_id = {
    "INSERT INTO certificate_user_ids (tenant_id, value_folded, user_id) VALUES ($1, $2, $3)"
    " ON CONFLICT (tenant_id, value_folded) DO NOTHING",
    "ttt"
};

static const struct statement insert_member = {
    "INSERT INTO group_members (group_id, id, tenant_id, created_at) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (group_id, id) DO NOTHING",
    "ttti"
};
static const struct statement drop_member = {
    "DELETE FROM group_members WHERE group_id = $1 AND id = $2 AND tenant_id = $3", "ttt"
};
static const struct statement drop_members_of_user = {
    "DELETE FROM group_members WHERE id = $1 AND tenant_id = $2", "tt"
};
static const struct statement drop_members_of_group = {
    "DELETE FROM group_members WHERE group_id = $1 AND tenant_id = $2", "tt"
};

const struct statement *const directory_statements[] = {
    &drop_ids,
    &insert_id,
    &insert_member,
    &drop_member,
    &drop_members_of_user,
    &drop_members_of_group,
    NULL,
};

bool certificate_user_ids_put(struct session *session, const char *tenant_id, const char *user_id,
                              const struct strings *folded, struct error *err)
{
    static const struct expectation free_one = {
        1, ERR_CONFLICT, "authorizationInfo.certificateUserIds: one of them is another user's"
    };
    if (!session_execute(session, &drop_ids, VALUES(V_TEXT(tenant_id), V_TEXT(user_id)), err))
        return false;
    for (size_t i = 0; i < folded->count; i++)
        if (!session_expect(session, &insert_id,
                            VALUES(V_TEXT(tenant_id), V_TEXT(folded->items[i]), V_TEXT(user_id)),
                            &free_one, err))
            return false;
    return true;
}

bool group_members_add(struct session *session, const char *tenant_id, const char *group_id,
                       const char *user_id, time_t now, struct error *err)
{
    static const struct expectation new_one = { 1, ERR_INVALID,
                                                "@odata.id: the user is a member already" };
    return session_expect(session, &insert_member,
                          VALUES(V_TEXT(group_id), V_TEXT(user_id), V_TEXT(tenant_id), V_INT(now)),
                          &new_one, err);
}

bool group_members_remove(struct session *session, const char *tenant_id, const char *group_id,
                          const char *user_id, struct error *err)
{
    static const struct expectation member = { 1, ERR_NOT_FOUND, "the group has no such member" };
    return session_expect(session, &drop_member,
                          VALUES(V_TEXT(group_id), V_TEXT(user_id), V_TEXT(tenant_id)), &member,
                          err);
}

bool group_members_drop_user(struct session *session, const char *tenant_id, const char *user_id,
                             struct error *err)
{
    return session_execute(session, &drop_members_of_user,
                           VALUES(V_TEXT(user_id), V_TEXT(tenant_id)), err);
}

bool group_members_drop_group(struct session *session, const char *tenant_id, const char *group_id,
                              struct error *err)
{
    return session_execute(session, &drop_members_of_group,
                           VALUES(V_TEXT(group_id), V_TEXT(tenant_id)), err);
}
