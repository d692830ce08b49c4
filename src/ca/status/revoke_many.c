#include "ca/status/revoke_many.h"

#include "base/arena.h"
#include "base/error.h"
#include "ca/authority_inside.h"
#include "ca/status/publish.h"
#include "ca/status/revocation.h"
#include "model/audit.h"
#include "model/query.h"
#include "store/entity.h"
#include "store/rows.h"
#include "store/store.h"

#include <inttypes.h>

enum { TRIES_MAX = 5 };

/* ---- what the filter finds, and may be changed so ---- */

struct selection {
    struct filter of_age, active, held_reason, held_time, held, either, known, both;
    struct query query;
};

static struct filter compare(enum filter_operator operator, const char * column, int64_t value)
{
    return (struct filter){ .operator= operator,
                            .property = property_of_column(&leaf_entity, column),
                            .value = V_INT(value) };
}

static struct filter join(enum filter_operator operator, const struct filter * left,
                          const struct filter *right)
{
    return (struct filter){ .operator= operator, .left = left, .right = right };
}

static const struct filter *changeable(const struct selection *selection, enum reason reason)
{
    if (reason == REASON_REMOVE_FROM_CRL)
        return &selection->held;
    return reason == REASON_CERTIFICATE_HOLD ? &selection->active : &selection->either;
}

/* What is issued meanwhile is not meant, so this ends. */
static void select_leaves(const struct revoke_many *wanted, const char *tenant_id, time_t now,
                          struct selection *out)
{
    out->of_age = compare(FILTER_LE, "created_at", now);
    out->active = (struct filter){ .operator= FILTER_EQ,
                                   .property = property_find(&leaf_entity, "certificateStatus"),
                                   .value = V_INT(LEAF_ACTIVE) };
    out->held_reason = compare(FILTER_EQ, "revocation_reason", REASON_CERTIFICATE_HOLD);
    out->held_time = compare(FILTER_GE, "not_after", now);
    out->held = join(FILTER_AND, &out->held_reason, &out->held_time);
    out->either = join(FILTER_OR, &out->active, &out->held);
    out->known = join(FILTER_AND, &out->of_age, changeable(out, wanted->reason));
    out->both = join(FILTER_AND, &out->known, wanted->filter);
    out->query = (struct query){
        .entity = &leaf_entity,
        .tenant_id = tenant_id,
        .now = now,
        .fixed = { { "ca_id", V_TEXT(wanted->ca_id) }, { "kind", V_INT(LEAF_DEVICE) } },
        .fixed_count = 2,
        .filter = wanted->filter ? &out->both : &out->known,
        .top = REVOKE_BATCH_MAX,
    };
}

static bool count_matches(struct authority *authority, const struct actor *actor,
                          const struct selection *selection, const char *ca_id, time_t now,
                          int64_t *out, struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(session_free) struct session *session = store_read(authority->store, err);
    return session && revocation_check_ca(session, actor, ca_id, now, arena, err) &&
           entity_count(session, &selection->query, out, err);
}

/* ---- one batch ---- */

struct batch {
    const struct revoke_many *wanted;
    const struct actor *actor;
    time_t now;
    struct leaf *leaves;
    size_t count;
    const char *detail;
};

static bool add_leaf(const void *object, void *context, struct error *err)
{
    (void)err;
    struct batch *batch = context;
    batch->leaves[batch->count++] = *(const struct leaf *)object;
    return true;
}

static bool read_batch(struct authority *authority, const struct selection *selection,
                       struct arena *arena, struct batch *out, struct error *err)
{
    bool more;
    SCOPED(session_free) struct session *session = store_read(authority->store, err);
    out->leaves = arena_take(arena, REVOKE_BATCH_MAX * sizeof *out->leaves);
    out->count = 0;
    if (!session || !entity_list(session, &selection->query, arena, add_leaf, out, &more, err))
        return false;
    out->detail =
        arena_format(arena, "%zu certificates, %s", out->count, reason_text(out->wanted->reason));
    return true;
}

static bool write_batch(struct session *session, void *context, struct error *err)
{
    const struct batch *batch = context;
    const struct audit_event event = {
        .tenant_id = batch->actor->tenant_id,
        .actor = batch->actor->name,
        .activity = "RevokeLeafCerts CloudCertificationAuthority",
        .object_type = "CloudCertificationAuthority",
        .object_id = batch->wanted->ca_id,
        .request_id = batch->actor->request_id,
        .detail = batch->detail,
        .is_success = true,
        .at = batch->now,
    };
    for (size_t i = 0; i < batch->count; i++) {
        const struct revocation_write write = { &batch->leaves[i], batch->wanted->reason,
                                                batch->now, batch->actor };
        if (!revocation_write(session, &write, err))
            return false;
    }
    return audit_insert(session, &event, err);
}

/* Somebody else may have changed one of them since it was read: then all are read again. */
static bool change_batch(struct authority *authority, const struct selection *selection,
                         struct batch *batch, struct error *err)
{
    for (int tries = 1;; tries++) {
        SCOPED(arena_free) struct arena *arena = arena_new();
        if (!read_batch(authority, selection, arena, batch, err))
            return false;
        if (batch->count == 0)
            return true;
        bool is_done = store_write(authority->store, write_batch, batch, err);
        if (is_done || err->code == ERR_OUTCOME_UNKNOWN)
            publish_soon(authority, batch->wanted->ca_id);
        if (is_done || err->code != ERR_CONFLICT || tries == TRIES_MAX)
            return is_done;
        error_clear(err);
    }
}

bool ca_revoke_many(struct authority *authority, const struct actor *actor,
                    const struct revoke_many *wanted, time_t now, struct many_revoked *out,
                    struct error *err)
{
    struct selection selection;
    struct batch batch = { .wanted = wanted, .actor = actor, .now = now };
    *out = (struct many_revoked){ 0 };
    select_leaves(wanted, actor->tenant_id, now, &selection);
    if (!count_matches(authority, actor, &selection, wanted->ca_id, now, &out->matched, err))
        return false;
    if (wanted->is_dry_run)
        return true;
    do {
        if (!change_batch(authority, &selection, &batch, err))
            return error_context(err, "%" PRId64 " of %" PRId64 " certificates were changed",
                                 out->revoked, out->matched);
        out->revoked += (int64_t)batch.count;
    } while (batch.count);
    return true;
}
