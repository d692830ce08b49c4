/* ca_create: pki-rules §2, the CA row. The rows are drafted, signed, and written at once. */
#include "ca/lifecycle/lifecycle.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/random.h"
#include "ca/authority_inside.h"
#include "ca/change.h"
#include "ca/lifecycle/certify.h"
#include "ca/lifecycle/wish.h"
#include "ca/usages.h"
#include "keys/keys.h"
#include "model/audit.h"
#include "store/entity.h"
#include "store/rows.h"
#include "store/store.h"
#include "x509/name.h"

#include <inttypes.h>

struct draft {
    struct authority *authority;
    const struct wish *wish;
    const struct key_record *record;
    struct ca ca;
    struct ca_version version;
    struct leaf leaf; /* the parent's row of our certificate; ca_id NULL: there is no parent */
    struct audit_event event;
};

static bool check_again(struct session *session, const struct draft *draft, struct error *err)
{
    int64_t count;
    if (draft->ca.is_internal)
        return true;
    if (!cas_count(session, draft->ca.tenant_id, &count, err))
        return false;
    return count < draft->authority->settings.cas_max ||
           fail(err, ERR_QUOTA, "there are %" PRId64 " CAs, and no more may be made", count);
}

/* The root may have been deleted or paused since it was looked at. */
static bool check_parent(struct session *session, const struct draft *draft, struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct ca parent;
    if (!draft->leaf.ca_id)
        return true;
    if (!entity_get(session, &ca_entity, draft->ca.tenant_id, draft->leaf.ca_id,
                    draft->leaf.created_at, arena, &parent, err))
        return false;
    return (parent.status == CA_ACTIVE && !parent.deleted_at) ||
           fail(err, ERR_CONFLICT, "certificationAuthorityIssuerId: the root is no longer active");
}

static bool write_draft(struct session *session, void *context, struct error *err)
{
    const struct draft *draft = context;
    return check_again(session, draft, err) && check_parent(session, draft, err) &&
           mint_insert_key(session, draft->record, draft->ca.tenant_id, draft->ca.created_at,
                           err) &&
           entity_insert(session, &ca_entity, &draft->ca, err) &&
           entity_insert(session, &ca_version_entity, &draft->version, err) &&
           (!draft->leaf.ca_id || mint_insert(session, &draft->leaf, err)) &&
           audit_insert(session, &draft->event, err);
}

static const char *text_of(struct bytes name, struct arena *arena)
{
    SCOPED(buf_free) struct buf *text = buf_new((size_t)4 * NAME_OCTETS_MAX);
    return name_text(name, text) ? arena_text(arena, buf_text(text)) : "";
}

static struct ca draft_ca(const struct wish *wish, const struct actor *actor, time_t now,
                          struct arena *arena)
{
    static const char *default_tags[] = { "0" };
    char *id = arena_take(arena, UUID_TEXT_OCTETS);
    struct ca ca = *wish->wanted;
    random_uuid(id);
    ca.id = id;
    ca.tenant_id = actor->tenant_id;
    ca.status = CA_SIGNING_PENDING;
    ca.issuer_id = wish->parent ? wish->parent->ca_id : "";
    ca.issuer_common_name = wish->parent_common_name;
    ca.root_common_name = ca.type == CA_ROOT ? ca.common_name : wish->root_common_name;
    ca.common_name_folded = wish->common_name_folded;
    ca.subject_name = text_of(wish->subject, arena);
    ca.hash = hash_of_digest(wish->digest);
    ca.ekus = usages_to_list(&wish->ekus, &wish->wanted->ekus, arena);
    ca.key_platform = KEY_PLATFORM_SOFTWARE;
    ca.region = NULL;
    ca.version_number = ca.last_version = 1;
    ca.revision = 1;
    ca.created_at = ca.modified_at = now;
    if (ca.role_scope_tag_ids.count == 0)
        ca.role_scope_tag_ids = (struct strings){ default_tags, 1 };
    if (ca.type == CA_ISSUING_EXTERNAL_ROOT)
        ca.validity_years = 0; /* the external issuer decides */
    return ca;
}

/* What only a signed CA has; a round trip may have brought another's. */
static void forget_certificate(struct ca *ca)
{
    ca->not_before = ca->not_after = 0;
    ca->thumbprint = NULL;
    ca->serial = ca->csr = BYTES_NONE;
    ca->external_issuer_url = NULL;
    ca->active_version = 0;
    ca->deleted_at = 0;
    ca->allow_sha1 = ca->allow_des = false;
}

static struct ca_version draft_version(const struct draft *draft, struct arena *arena)
{
    const struct wish *wish = draft->wish;
    return (struct ca_version){
        .id = arena_format(arena, "%s_1", draft->ca.id),
        .tenant_id = draft->ca.tenant_id,
        .ca_id = draft->ca.id,
        .number = 1,
        .status = VERSION_SIGNING_PENDING,
        .key_id = draft->record->id,
        .subject = wish->subject,
        .subject_name = draft->ca.subject_name,
        .ekus = draft->ca.ekus,
        .parent_id = "",
        .created_at = draft->ca.created_at,
        .modified_at = draft->ca.created_at,
    };
}

static void become_active(struct draft *draft)
{
    draft->version.status = VERSION_ACTIVE;
    certify_show(&draft->ca, &draft->version);
}

typedef bool sign_fn(struct draft *draft, struct key *key, time_t now, struct arena *arena,
                     struct error *err);

static struct sub_ca subject_of(const struct draft *draft)
{
    const struct wish *wish = draft->wish;
    return (struct sub_ca){ wish->subject, buf_bytes(draft->record->spki), &wish->ekus,
                            wish->validity };
}

static bool sign_root(struct draft *draft, struct key *key, time_t now, struct arena *arena,
                      struct error *err)
{
    (void)now;
    const struct sub_ca root = subject_of(draft);
    if (!mint_root(key, draft->wish->digest, &root, arena, &draft->leaf, err))
        return false;
    certify_take(&draft->version, &draft->leaf);
    become_active(draft);
    return true;
}

static bool sign_issuing(struct draft *draft, struct key *key, time_t now, struct arena *arena,
                         struct error *err)
{
    (void)key;
    const struct sub_ca issuing = subject_of(draft);
    if (!certify_under(draft->wish->parent, &issuing, now, arena, &draft->version, &draft->leaf,
                       err))
        return false;
    become_active(draft);
    return true;
}

static bool sign_request(struct draft *draft, struct key *key, time_t now, struct arena *arena,
                         struct error *err)
{
    (void)now;
    const struct wish *wish = draft->wish;
    if (!certify_request(key, wish->digest, wish->subject, &wish->ekus,
                         buf_bytes(draft->record->spki), arena, &draft->version.csr, err))
        return false;
    draft->ca.csr = draft->version.csr;
    return true;
}

static sign_fn *const sign_fns[] = {
    [CA_ROOT] = sign_root,
    [CA_ISSUING] = sign_issuing,
    [CA_ISSUING_EXTERNAL_ROOT] = sign_request,
};

static struct audit_event event_of(const struct draft *draft, const struct actor *actor)
{
    return (struct audit_event){
        .tenant_id = draft->ca.tenant_id,
        .actor = actor->name,
        .activity = "Create CloudCertificationAuthority",
        .object_type = "CloudCertificationAuthority",
        .object_id = draft->ca.id,
        .request_id = actor->request_id,
        .detail = draft->ca.subject_name,
        .is_success = true,
        .at = draft->ca.created_at,
    };
}

/* Signs and writes, again when the parent has given that serial out before. */
static bool sign_and_write(struct draft *draft, struct key *key, time_t now, struct arena *arena,
                           struct error *err)
{
    for (int draw = 1;; draw++) {
        if (!sign_fns[draft->ca.type](draft, key, now, arena, err))
            return false;
        if (store_write(draft->authority->store, write_draft, draft, err))
            return true;
        if (draw == SERIAL_DRAWS_MAX || !serial_collided(err))
            return false;
        error_clear(err);
    }
}

static bool create(struct authority *authority, const struct actor *actor, const struct wish *wish,
                   const struct key_record *record, time_t now, struct arena *arena,
                   const char **id, struct error *err)
{
    struct draft draft = { .authority = authority, .wish = wish, .record = record };
    SCOPED(key_free) struct key *key = keys_open(authority->keys, record, err);
    if (!key)
        return false;
    draft.ca = draft_ca(wish, actor, now, arena);
    forget_certificate(&draft.ca);
    draft.version = draft_version(&draft, arena);
    draft.event = event_of(&draft, actor);
    *id = draft.ca.id;
    return sign_and_write(&draft, key, now, arena, err);
}

static bool create_with_key(struct authority *authority, const struct actor *actor,
                            const struct wish *wish, time_t now, struct arena *arena,
                            const char **id, struct error *err)
{
    struct key_record record = { .type = KEY_TYPE_NONE };
    if (!keys_generate(authority->keys, wish->key_type, KEY_CA, &record, err))
        return false;
    bool is_created = create(authority, actor, wish, &record, now, arena, id, err);
    key_record_clear(&record);
    return is_created;
}

bool ca_create(struct authority *authority, const struct actor *actor, const struct ca *wanted,
               time_t now, struct arena *arena, struct ca *out, struct error *err)
{
    struct wish wish = { .wanted = wanted };
    const char *id = NULL;
    bool is_created = wish_check(authority, actor, wanted, now, arena, &wish, err) &&
                      create_with_key(authority, actor, &wish, now, arena, &id, err);
    wish_clear(&wish);
    if (!is_created)
        return false;
    if (wanted->type != CA_ISSUING_EXTERNAL_ROOT && !wanted->is_internal)
        change_start(authority, actor->tenant_id, id, 1, now);
    SCOPED(session_free) struct session *session = store_read(authority->store, err);
    return session && entity_get(session, &ca_entity, actor->tenant_id, id, now, arena, out, err);
}
