/* What nobody activated in time ends as if it had been revoked, and is forgotten later. */
#include "base/arena.h"
#include "base/error.h"
#include "base/times.h"
#include "ca/authority_inside.h"
#include "ca/change.h"
#include "ca/issuer.h"
#include "ca/lifecycle/revoke_version.h"
#include "ca/lifecycle/versions.h"
#include "ca/officer.h"
#include "keys/keys.h"
#include "model/audit.h"
#include "store/rows.h"
#include "store/store.h"
#include "x509/reason.h"

#include <inttypes.h>

static bool step_decommission(struct change *change, void *context, struct error *err)
{
    (void)context;
    struct ca_version *version = &change->version;
    if (version->status != VERSION_DECOMMISSIONED)
        return fail(err, ERR_CONFLICT, "version %s is not due any more", version->id);
    version->revoked_at = change->now;
    version->revocation_reason = REASON_CESSATION_OF_OPERATION;
    change->version_is_changed = true;
    change->detail = arena_format(change->arena, "version %" PRId64, version->number);
    return true;
}

static bool also_revoke(struct session *session, const struct change *change, void *context,
                        struct error *err)
{
    (void)context;
    return revoke_version(session, change, REASON_CESSATION_OF_OPERATION, change->version.number,
                          err);
}

/* Cannot issue or validate: its issuer's lists name it from now on. */
static bool decommission(struct authority *authority, const struct ca_version *version, time_t now,
                         struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    const struct actor actor = { version->tenant_id, "timer", NULL };
    const struct change_request request = {
        .actor = &actor,
        .ca_id = version->ca_id,
        .version = version->number,
        .activity = "Decommission CloudCertificationAuthority",
        .step = step_decommission,
        .also = also_revoke,
    };
    bool is_done = change_ca(authority, &request, now, arena, NULL, err);
    if (is_done || err->code == ERR_OUTCOME_UNKNOWN)
        revoke_version_tell(authority, version->tenant_id, version->ca_id, now);
    if (is_done || (err->code != ERR_CONFLICT && err->code != ERR_NOT_FOUND))
        return is_done;
    error_clear(err); /* activated meanwhile, or the CA is deleted */
    return true;
}

struct forgetting {
    const struct ca_version *version;
    struct audit_event event;
};

static bool write_forgetting(struct session *session, void *context, struct error *err)
{
    const struct forgetting *forgetting = context;
    return ca_versions_forget(session, forgetting->version, err) &&
           audit_insert(session, &forgetting->event, err);
}

static bool forget(struct authority *authority, const struct ca_version *version, time_t now,
                   struct error *err)
{
    struct forgetting forgetting = {
        .version = version,
        .event = { .tenant_id = version->tenant_id,
                   .actor = "timer",
                   .activity = "Forget CloudCertificationAuthorityVersion",
                   .object_type = "CloudCertificationAuthority",
                   .object_id = version->ca_id,
                   .detail = version->id,
                   .is_success = true,
                   .at = now },
    };
    bool is_done = store_write(authority->store, write_forgetting, &forgetting, err);
    keys_forget(authority->keys, version->key_id);
    issuer_forget(authority, version->ca_id);
    officers_forget(authority, version->ca_id);
    return is_done;
}

/* Not while a device holds a certificate of it that may still be asked about, pki-rules §7. */
static bool may_forget(struct session *session, const struct ca_version *version, time_t now,
                       bool *out, struct error *err)
{
    int64_t live;
    *out = false;
    if (version->decommission_at + (time_t)DECOMMISSIONED_DAYS * DAY > now)
        return true;
    if (!leaves_count_live(session, version->ca_id, version->number, now, &live, err))
        return false;
    *out = live == 0;
    return true;
}

struct looking {
    struct authority *authority;
    struct session *session;
    time_t now;
    struct error first; /* one CA's trouble keeps no other waiting */
};

static bool look_at(const struct looking *looking, const struct ca_version *version,
                    struct error *err)
{
    bool is_over;
    if (version->status == VERSION_STAGED && version->decommission_at < looking->now)
        return decommission(looking->authority, version, looking->now, err);
    if (version->status != VERSION_DECOMMISSIONED)
        return true;
    return may_forget(looking->session, version, looking->now, &is_over, err) &&
           (!is_over || forget(looking->authority, version, looking->now, err));
}

static bool try_version(const struct ca_version *version, void *context, struct error *err)
{
    (void)err;
    struct looking *looking = context;
    struct error own = { .code = ERR_NONE };
    if (!look_at(looking, version, &own) && looking->first.code == ERR_NONE) {
        error_context(&own, "version %s", version->id);
        looking->first = own;
    }
    return true;
}

bool versions_retire(struct authority *authority, time_t now, struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(session_free) struct session *session = store_read(authority->store, err);
    struct looking looking = { .authority = authority, .session = session, .now = now };
    if (!session || !ca_versions_each(session, arena, try_version, &looking, err))
        return false;
    if (looking.first.code != ERR_NONE)
        *err = looking.first;
    return err->code == ERR_NONE;
}
