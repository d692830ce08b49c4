#include "ca/lifecycle/sub_ca.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/times.h"
#include "ca/authority_inside.h"
#include "ca/issuer.h"
#include "ca/lifecycle/certify.h"
#include "ca/lifecycle/mint.h"
#include "ca/lifecycle/path.h"
#include "ca/status/publish.h"
#include "model/audit.h"
#include "store/entity.h"
#include "store/rows.h"
#include "store/store.h"
#include "x509/csr.h"
#include "x509/der.h"
#include "x509/oid.h"
#include "x509/reason.h"

enum { DEFAULT_YEARS = 2 };

static const char member[] = "certificationAuthorityId";
static const struct path_members members = { member, member };

static bool check_ca(struct authority *authority, const struct sub_ca_order *order, time_t now,
                     struct arena *arena, struct error *err)
{
    struct ca ca;
    SCOPED(session_free) struct session *session = store_read(authority->store, err);
    if (!session)
        return false;
    if (!entity_get(session, &ca_entity, order->actor->tenant_id, order->ca_id, now, arena, &ca,
                    err))
        return error_context(err, member);
    if (ca.deleted_at || ca.is_internal)
        return fail(err, ERR_NOT_FOUND, "%s: there is no such CA", member);
    return ca.status == CA_ACTIVE ||
           fail(err, ERR_CONFLICT, "%s: '%s' is %s and signs nothing", member, ca.display_name,
                enum_text(&ca_status_texts, ca.status));
}

static bool check_usages(const struct issuer *issuer, const struct oids *ekus, struct error *err)
{
    for (size_t i = 0; issuer->ekus.count && i < ekus->count; i++)
        if (!oids_contain(&issuer->ekus, ekus->items[i]))
            return fail(err, ERR_CONFLICT, "%s: its extended key usages lack one that is asked for",
                        member);
    return true;
}

static bool take_validity(const struct issuer *issuer, const struct sub_ca_order *order, time_t now,
                          struct validity *out, struct error *err)
{
    char end[TIMES_TEXT_OCTETS];
    if (order->validity_days == 0) {
        *out = validity_cut(validity_years(issuer, now, DEFAULT_YEARS), issuer);
        return true;
    }
    *out = validity_days(issuer, now, order->validity_days);
    times_text(issuer->not_after, end);
    return out->not_after <= issuer->not_after ||
           fail(err, ERR_INVALID, "validityInDays: the CA ends before, on %s", end);
}

/* What a relying party will do: names, dates, pathLen, constraints. */
static bool check_path(const struct signed_sub_ca *sub_ca, time_t now, struct arena *arena,
                       struct error *err)
{
    struct path *path = arena_take(arena, sizeof *path);
    struct bytes chain[PATH_LINKS_MAX];
    size_t count = 0;
    struct der rest = der_of(sub_ca->chain);
    path->members = &members;
    while (count < PATH_LINKS_MAX && der_take_whole(&rest, DER_SEQUENCE, &chain[count]))
        count++;
    if (path_read(sub_ca->leaf.certificate, chain, count, arena, path, err) &&
        path_check(path, now, err))
        return true;
    err->code = ERR_CONFLICT;
    return false;
}

struct signing {
    struct authority *authority;
    const struct sub_ca_order *order;
    const struct issuer *issuer;
    struct csr csr;
    struct validity validity;
    struct signed_sub_ca *out;
    struct audit_event event;
};

static struct audit_event event_of(const struct actor *actor, const char *activity,
                                   const struct leaf *leaf, time_t now)
{
    return (struct audit_event){ .tenant_id = actor->tenant_id,
                                 .actor = actor->name,
                                 .activity = activity,
                                 .object_type = "CloudCertificationAuthority",
                                 .object_id = leaf->ca_id,
                                 .request_id = actor->request_id,
                                 .detail = leaf->subject_name,
                                 .is_success = true,
                                 .at = now };
}

static bool sign(struct signing *signing, time_t now, struct arena *arena, struct error *err)
{
    struct ca_version unused = { .number = 0 };
    const struct sub_ca sub_ca = { signing->csr.subject, signing->csr.spki.der,
                                   signing->order->ekus, signing->validity };
    if (!certify_under(signing->issuer, &sub_ca, now, arena, &unused, &signing->out->leaf, err))
        return false;
    signing->out->chain = unused.chain;
    return check_path(signing->out, now, arena, err) &&
           signing->order->take(signing->out, signing->order->context, err);
}

static bool write_signed(struct session *session, void *context, struct error *err)
{
    const struct signing *signing = context;
    return mint_insert(session, &signing->out->leaf, err) &&
           signing->order->also(session, signing->order->context, err) &&
           audit_insert(session, &signing->event, err);
}

/* Again when the CA has given that serial out before. */
static bool sign_and_write(struct signing *signing, time_t now, struct arena *arena,
                           struct error *err)
{
    for (int draw = 1;; draw++) {
        if (!sign(signing, now, arena, err))
            return false;
        signing->event =
            event_of(signing->order->actor, "IssueSubCACertificate CloudCertificationAuthority",
                     &signing->out->leaf, now);
        if (store_write(signing->authority->store, write_signed, signing, err))
            return true;
        if (draw == SERIAL_DRAWS_MAX || !serial_collided(err))
            return false;
        error_clear(err);
    }
}

bool sub_ca_sign(struct authority *authority, const struct sub_ca_order *order, time_t now,
                 struct arena *arena, struct signed_sub_ca *out, struct error *err)
{
    struct signing signing = { .authority = authority, .order = order, .out = out };
    if (!check_ca(authority, order, now, arena, err) ||
        !csr_parse(order->csr, arena, &signing.csr, err) || !csr_verify(&signing.csr, err))
        return false;
    SCOPED(issuer_release)
    struct issuer *issuer =
        issuer_get(authority, order->actor->tenant_id, order->ca_id, 0, now, err);
    signing.issuer = issuer;
    if (!issuer || !issuer_can_sign(issuer, now, err))
        return error_context(err, member);
    return check_usages(issuer, order->ekus, err) &&
           take_validity(issuer, order, now, &signing.validity, err) &&
           sign_and_write(&signing, now, arena, err);
}

bool sub_ca_revoke(struct session *session, const struct actor *actor, const char *leaf_id,
                   int64_t reason, time_t now, struct error *err)
{
    struct leaf leaf;
    struct error why = { .code = ERR_NONE };
    SCOPED(arena_free) struct arena *arena = arena_new();
    if (!entity_get(session, &leaf_entity, actor->tenant_id, leaf_id, now, arena, &leaf, &why)) {
        if (why.code != ERR_NOT_FOUND)
            *err = why;
        return why.code == ERR_NOT_FOUND;
    }
    const struct audit_event event =
        event_of(actor, "RevokeSubCACertificate CloudCertificationAuthority", &leaf, now);
    return leaf.revoked_at || leaf.not_after < now ||
           (leaves_revoke(session, &leaf, reason, now, err) && audit_insert(session, &event, err));
}

void sub_ca_revoke_tell(struct authority *authority, const char *ca_id)
{
    publish_soon(authority, ca_id);
}
