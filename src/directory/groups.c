#include "directory/groups.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/random.h"
#include "model/user.h"
#include "store/directory.h"
#include "store/entity.h"
#include "store/record.h"
#include "store/rows.h"
#include "store/store.h"

#define TYPE "Group"

bool group_create(struct store *store, const struct actor *actor, const struct group *wish,
                  time_t now, struct arena *arena, struct group *out, struct error *err)
{
    char *id = arena_take(arena, UUID_TEXT_OCTETS);
    random_uuid(id);
    *out = *wish;
    out->id = id;
    out->tenant_id = actor->tenant_id;
    out->revision = 1;
    out->created_at = now;
    const struct audit_event event = audit_event_of(actor, "Create Group", TYPE, id, now);
    const struct record record = { &group_entity, out, &event, NULL, NULL };
    return record_insert(store, &record, err);
}

bool group_change(struct store *store, const struct actor *actor, const struct group *wish,
                  time_t now, struct group *out, struct error *err)
{
    *out = *wish;
    const struct audit_event event = audit_event_of(actor, "Patch Group", TYPE, out->id, now);
    const struct record record = { &group_entity, out, &event, NULL, NULL };
    if (!record_update(store, &record, err))
        return false;
    out->revision++;
    return true;
}

static bool drop_members(struct session *session, void *context, struct error *err)
{
    const struct group *group = context;
    return group_members_drop_group(session, group->tenant_id, group->id, err);
}

bool group_delete(struct store *store, const struct actor *actor, const struct group *stored,
                  time_t now, struct error *err)
{
    struct group group = *stored;
    const struct audit_event event = audit_event_of(actor, "Delete Group", TYPE, group.id, now);
    const struct record record = { &group_entity, &group, &event, drop_members, &group };
    return record_delete(store, &record, err);
}

/* ---- members ---- */

struct membership {
    const char *group_id;
    const char *user_id;
    struct audit_event event; /* its detail is the user's id */
};

static struct membership membership_of(const struct actor *actor, const char *activity,
                                       const char *group_id, const char *user_id, time_t now)
{
    struct audit_event event = audit_event_of(actor, activity, TYPE, group_id, now);
    event.detail = user_id;
    return (struct membership){ group_id, user_id, event };
}

static bool check_user(struct session *session, const struct membership *membership,
                       struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    const struct audit_event *event = &membership->event;
    struct user user;
    return entity_get(session, &user_entity, event->tenant_id, membership->user_id, event->at,
                      arena, &user, err);
}

static bool add(struct session *session, void *context, struct error *err)
{
    const struct membership *membership = context;
    const struct audit_event *event = &membership->event;
    return check_user(session, membership, err) &&
           group_members_add(session, event->tenant_id, membership->group_id, membership->user_id,
                             event->at, err) &&
           audit_insert(session, event, err);
}

static bool take_out(struct session *session, void *context, struct error *err)
{
    const struct membership *membership = context;
    const struct audit_event *event = &membership->event;
    return group_members_remove(session, event->tenant_id, membership->group_id,
                                membership->user_id, err) &&
           audit_insert(session, event, err);
}

bool group_add_member(struct store *store, const struct actor *actor, const char *group_id,
                      const char *user_id, time_t now, struct error *err)
{
    struct membership membership =
        membership_of(actor, "Add member to Group", group_id, user_id, now);
    return store_write(store, add, &membership, err);
}

bool group_remove_member(struct store *store, const struct actor *actor, const char *group_id,
                         const char *user_id, time_t now, struct error *err)
{
    struct membership membership =
        membership_of(actor, "Remove member from Group", group_id, user_id, now);
    return store_write(store, take_out, &membership, err);
}
