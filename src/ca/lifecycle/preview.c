#include "ca/lifecycle/preview.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/times.h"
#include "ca/authority_inside.h"
#include "ca/issue/device.h"
#include "ca/lifecycle/versions.h"
#include "model/ca.h"
#include "model/leaf.h"
#include "model/query.h"
#include "store/entity.h"
#include "store/store.h"

/* Leaves of the active version, not revoked, that end after some moment. */
struct outliving {
    struct filter is_active, ends_after, both;
    struct query query;
};

static void select_outliving(const struct ca *ca, time_t moment, time_t now, struct outliving *out)
{
    out->is_active = (struct filter){ .operator= FILTER_EQ,
                                      .property = property_find(&leaf_entity, "certificateStatus"),
                                      .value = V_INT(LEAF_ACTIVE) };
    out->ends_after = (struct filter){ .operator= FILTER_GE,
                                       .property = property_of_column(&leaf_entity, "not_after"),
                                       .value = V_INT(moment) };
    out->both = (struct filter){ .operator= FILTER_AND,
                                 .left = &out->is_active,
                                 .right = &out->ends_after };
    out->query = (struct query){
        .entity = &leaf_entity,
        .tenant_id = ca->tenant_id,
        .now = now,
        .fixed = { { "ca_id", V_TEXT(ca->id) },
                   { "kind", V_INT(LEAF_DEVICE) },
                   { "version", V_INT(ca->active_version) } },
        .fixed_count = 3,
        .filter = &out->both,
        .order = { { property_of_column(&leaf_entity, "not_after"), true } },
        .order_count = 1,
        .top = PREVIEW_LEAVES_MAX,
    };
}

static bool add_leaf(const void *object, void *context, struct error *err)
{
    (void)err;
    struct list *list = context;
    ((struct leaf *)list->items)[list->count++] = *(const struct leaf *)object;
    return true;
}

static bool find_outliving(struct session *session, const struct ca *ca, time_t now,
                           struct arena *arena, struct renewal_preview *out, struct error *err)
{
    struct outliving all, cut;
    bool more;
    select_outliving(ca, out->activation, now, &all);
    select_outliving(ca, ca->not_after, now, &cut);
    out->outliving =
        (struct list){ arena_take(arena, PREVIEW_LEAVES_MAX * sizeof(struct leaf)), 0 };
    if (!entity_count(session, &all.query, &out->outliving_count, err) ||
        !entity_count(session, &cut.query, &out->cut_count, err) ||
        !entity_list(session, &all.query, arena, add_leaf, &out->outliving, &more, err))
        return false;
    const struct leaf *first = out->outliving.items;
    out->latest_end = out->outliving.count ? first->not_after : 0;
    return true;
}

static bool read_ca(struct session *session, const struct actor *actor, const char *ca_id,
                    time_t now, struct arena *arena, struct ca *out, struct error *err)
{
    if (!entity_get(session, &ca_entity, actor->tenant_id, ca_id, now, arena, out, err))
        return false;
    if (out->deleted_at || out->is_internal)
        return fail(err, ERR_NOT_FOUND, "there is no CA %s", ca_id);
    if (out->type == CA_ROOT)
        return fail(err, ERR_CONFLICT, "a root is not renewed: make another");
    return out->active_version || fail(err, ERR_CONFLICT, "the CA has no certificate yet");
}

bool ca_preview_renewal(struct authority *authority, const struct actor *actor, const char *ca_id,
                        time_t activation, time_t now, struct arena *arena,
                        struct renewal_preview *out, struct error *err)
{
    SCOPED(session_free) struct session *session = store_read(authority->store, err);
    struct ca ca;
    if (!session || !read_ca(session, actor, ca_id, now, arena, &ca, err))
        return false;
    time_t from = version_renewable_from(ca.not_before, ca.not_after);
    *out = (struct renewal_preview){
        .version = ca.active_version,
        .pending_version = ca.pending_version,
        .renewable_from = from,
        .days_left = from > now ? (from - now + DAY - 1) / DAY : 0,
        .not_after = ca.not_after,
        .last_safe = device_last_start(authority, ca.not_after),
        .activation = activation ? activation : now,
    };
    return find_outliving(session, &ca, now, arena, out, err);
}
