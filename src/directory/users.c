#include "directory/users.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/random.h"
#include "base/text.h"
#include "directory/certificate_user_id.h"
#include "store/directory.h"
#include "store/entity.h"
#include "store/record.h"

enum { FOLDED_OCTETS_MAX = 8192 };

#define TYPE "User"

/* What goes along with the row. */
struct change {
    const struct user *user;
    struct strings folded; /* its certificateUserIds */
};

const char *user_name_folded(const char *name, struct arena *arena)
{
    SCOPED(buf_free) struct buf *out = buf_new(FOLDED_OCTETS_MAX);
    text_fold(name, out);
    return arena_text(arena, buf_text(out));
}

static bool has(const struct strings *texts, const char *text)
{
    for (size_t i = 0; i < texts->count; i++)
        if (text_equal(texts->items[i], text))
            return true;
    return false;
}

/* Folded, so that nobody else's certificate finds the user by another spelling. */
static bool take_ids(const struct strings *ids, struct arena *arena, struct strings *out,
                     struct error *err)
{
    out->items = arena_take(arena, (ids->count + 1) * sizeof *out->items);
    if (ids->count > CERTIFICATE_USER_IDS_MAX)
        return fail(err, ERR_INVALID, "authorizationInfo.certificateUserIds: at most %d",
                    CERTIFICATE_USER_IDS_MAX);
    for (size_t i = 0; i < ids->count; i++) {
        const char *id = user_name_folded(ids->items[i], arena);
        if (!certificate_user_id_check(ids->items[i], err))
            return error_context(err, "authorizationInfo.certificateUserIds[%zu]", i);
        if (has(out, id))
            return fail(err, ERR_INVALID,
                        "authorizationInfo.certificateUserIds[%zu]: it is there twice", i);
        out->items[out->count++] = id;
    }
    return true;
}

/* The index of the row says the same, but not which member it was. */
static bool check_name(struct session *session, const struct user *user, struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct user other;
    struct error none = { .code = ERR_NONE };
    const struct query query = {
        .entity = &user_entity,
        .tenant_id = user->tenant_id,
        .fixed = { { "principal_name_folded", V_TEXT(user->principal_name_folded) } },
        .fixed_count = 1,
    };
    if (entity_find(session, &query, arena, &other, &none))
        return text_equal(other.id, user->id) ||
               fail(err, ERR_CONFLICT, "userPrincipalName: another user has it");
    return none.code == ERR_NOT_FOUND || fail(err, none.code, "%s", none.message);
}

static bool put_names(struct session *session, void *context, struct error *err)
{
    const struct change *change = context;
    const struct user *user = change->user;
    return check_name(session, user, err) &&
           certificate_user_ids_put(session, user->tenant_id, user->id, &change->folded, err);
}

static bool drop_names(struct session *session, void *context, struct error *err)
{
    const struct user *user = context;
    const struct strings none = { NULL, 0 };
    return certificate_user_ids_put(session, user->tenant_id, user->id, &none, err) &&
           group_members_drop_user(session, user->tenant_id, user->id, err);
}

bool user_create(struct store *store, const struct actor *actor, const struct user *wish,
                 time_t now, struct arena *arena, struct user *out, struct error *err)
{
    char *id = arena_take(arena, UUID_TEXT_OCTETS);
    struct change change = { out, { NULL, 0 } };
    random_uuid(id);
    *out = *wish;
    out->id = id;
    out->tenant_id = actor->tenant_id;
    out->principal_name_folded = user_name_folded(wish->principal_name, arena);
    out->revision = 1;
    out->created_at = now;
    if (!take_ids(&out->authorization.certificate_user_ids, arena, &change.folded, err))
        return false;
    const struct audit_event event = audit_event_of(actor, "Create User", TYPE, id, now);
    const struct record record = { &user_entity, out, &event, put_names, &change };
    return record_insert(store, &record, err);
}

bool user_change(struct store *store, const struct actor *actor, const struct user *wish,
                 time_t now, struct arena *arena, struct user *out, struct error *err)
{
    struct change change = { out, { NULL, 0 } };
    *out = *wish;
    out->principal_name_folded = user_name_folded(wish->principal_name, arena);
    if (!take_ids(&out->authorization.certificate_user_ids, arena, &change.folded, err))
        return false;
    const struct audit_event event = audit_event_of(actor, "Patch User", TYPE, out->id, now);
    const struct record record = { &user_entity, out, &event, put_names, &change };
    if (!record_update(store, &record, err))
        return false;
    out->revision++;
    return true;
}

bool user_delete(struct store *store, const struct actor *actor, const struct user *stored,
                 time_t now, struct error *err)
{
    struct user user = *stored;
    const struct audit_event event = audit_event_of(actor, "Delete User", TYPE, user.id, now);
    const struct record record = { &user_entity, &user, &event, drop_names, &user };
    return record_delete(store, &record, err);
}
