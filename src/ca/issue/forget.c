#include "ca/issue/forget.h"

#include "base/error.h"
#include "ca/authority_inside.h"
#include "model/audit.h"
#include "model/leaf.h"
#include "store/rows.h"
#include "store/store.h"

struct forgetting {
    const struct leaf *leaf;
    time_t now;
    struct audit_event audit;
};

static bool write_deletion(struct session *session, void *context, struct error *err)
{
    const struct forgetting *forgetting = context;
    return leaves_delete_expired(session, forgetting->leaf, forgetting->now, err) &&
           audit_insert(session, &forgetting->audit, err);
}

bool ca_forget_leaf(struct authority *authority, const struct actor *actor, const struct leaf *leaf,
                    time_t now, struct error *err)
{
    struct forgetting forgetting = {
        .leaf = leaf,
        .now = now,
        .audit = { .tenant_id = leaf->tenant_id,
                   .actor = actor->name,
                   .activity = "Delete CloudCertificationAuthorityLeafCertificate",
                   .object_type = "cloudCertificationAuthorityLeafCertificate",
                   .object_id = leaf->id,
                   .request_id = actor->request_id,
                   .is_success = true,
                   .at = now },
    };
    if (leaf->not_after >= now)
        return fail(err, ERR_CONFLICT,
                    "certificate %s has not expired: revoke it instead of deleting it", leaf->id);
    return store_write(authority->store, write_deletion, &forgetting, err);
}
