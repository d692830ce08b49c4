#include "ca/lifecycle/wish.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "base/times.h"
#include "ca/authority_inside.h"
#include "ca/usages.h"
#include "store/entity.h"
#include "store/rows.h"
#include "store/store.h"
#include "x509/name.h"
#include "x509/oid.h"
#include "x509/usage.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    FAULTS_OCTETS_MAX = 8192,
    TEXT_CHARACTERS_MAX = 256,
    DESCRIPTION_CHARACTERS_MAX = 1024,
    TAGS_MAX = 100
};

struct wishing {
    struct authority *authority;
    const struct actor *actor;
    struct session *session;
    time_t now;
    struct arena *arena;
    struct wish *out;
    struct buf *faults;
};

typedef void check_fn(struct wishing *wishing);

PRINTF_LIKE(3, 4)
static void fault(struct buf *faults, const char *member, const char *format, ...)
{
    char why[ERROR_MESSAGE_OCTETS];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why, sizeof why, format, arguments);
    va_end(arguments);
    buf_add_format(faults, "%s%s: %s", buf_len(faults) ? "; " : "", member, why);
}

static void check_text(struct buf *faults, const char *member, const char *text, size_t max)
{
    if (text && (text_characters(text) > max || text_has_control(text)))
        fault(faults, member, "must have at most %zu characters and no control characters", max);
}

static void check_texts(const struct ca *wanted, struct buf *faults)
{
    const struct strings *tags = &wanted->role_scope_tag_ids;
    if (!wanted->display_name || !wanted->display_name[strspn(wanted->display_name, " ")])
        fault(faults, "displayName", "must be given");
    check_text(faults, "displayName", wanted->display_name, TEXT_CHARACTERS_MAX);
    check_text(faults, "description", wanted->description, DESCRIPTION_CHARACTERS_MAX);
    if (tags->count > TAGS_MAX)
        fault(faults, "roleScopeTagIds", "must be at most %d", TAGS_MAX);
    for (size_t i = 0; i < tags->count && i < TAGS_MAX; i++)
        check_text(faults, "roleScopeTagIds", tags->items[i], TEXT_CHARACTERS_MAX);
}

static void check_type(struct wishing *wishing)
{
    int64_t type = wishing->out->wanted->type;
    if (type != CA_ROOT && type != CA_ISSUING && type != CA_ISSUING_EXTERNAL_ROOT)
        fault(wishing->faults, "cloudCertificationAuthorityType", "must be one of the known types");
    check_texts(wishing->out->wanted, wishing->faults);
}

/* pki-rules §1: this is the order in which they are encoded. */
static const struct name_row {
    const char *member;
    enum oid type;
    size_t offset;
} name_rows[] = {
    { "countryName", OID_COUNTRY, AT(ca, country) },
    { "stateName", OID_STATE, AT(ca, state) },
    { "localityName", OID_LOCALITY, AT(ca, locality) },
    { "organizationName", OID_ORGANIZATION, AT(ca, organization) },
    { "organizationUnit", OID_ORGANIZATION_UNIT, AT(ca, organization_unit) },
    { "commonName", OID_COMMON_NAME, AT(ca, common_name) },
};

static bool is_country(const char *text)
{
    return strlen(text) == 2 &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") == 2;
}

static void check_name_value(struct wishing *wishing, const char *member,
                             const struct name_attribute *attribute)
{
    static const char prefix[] = "name: ";
    struct error why = { .code = ERR_NONE };
    SCOPED(buf_free) struct buf *name = buf_new(NAME_OCTETS_MAX);
    if (!attribute->value || !attribute->value[0])
        return;
    if (attribute->type == OID_COUNTRY && !is_country(attribute->value))
        fault(wishing->faults, member, "must be two letters");
    else if (!name_encode(attribute, 1, name, &why))
        fault(wishing->faults, member, "%s",
              why.message + (text_starts_with(why.message, prefix) ? sizeof prefix - 1 : 0));
}

static void check_names(struct wishing *wishing)
{
    const struct ca *wanted = wishing->out->wanted;
    struct name_attribute attributes[ARRAY_LEN(name_rows)];
    struct error why = { .code = ERR_NONE };
    SCOPED(buf_free) struct buf *subject = buf_new(NAME_OCTETS_MAX);
    for (size_t i = 0; i < ARRAY_LEN(name_rows); i++) {
        const char *value;
        memcpy(&value, (const char *)wanted + name_rows[i].offset, sizeof value);
        attributes[i] = (struct name_attribute){ name_rows[i].type, value };
        check_name_value(wishing, name_rows[i].member, &attributes[i]);
    }
    if (!wanted->common_name || !wanted->common_name[0])
        fault(wishing->faults, "commonName", "must be given");
    if (name_encode(attributes, ARRAY_LEN(attributes), subject, &why))
        wishing->out->subject = arena_bytes(wishing->arena, buf_bytes(subject));
}

/* The hash property is the digest that this CA signs everything with; under an external root it
 * follows from the key (pki-rules §2). */
static void check_key(struct wishing *wishing)
{
    const struct ca *wanted = wishing->out->wanted;
    bool has_key = wanted->key_size > KEY_TYPE_NONE && wanted->key_size < KEY_TYPE_COUNT;
    if (has_key)
        wishing->out->key_type = (enum key_type)wanted->key_size;
    else
        fault(wishing->faults, "certificateKeySize", "must be one of the known sizes");
    if (wanted->type == CA_ISSUING_EXTERNAL_ROOT)
        wishing->out->digest = has_key ? key_type_digest(wishing->out->key_type) : DIGEST_NONE;
    else
        wishing->out->digest = digest_of_hash(wanted->hash);
    if (wishing->out->digest == DIGEST_NONE && wanted->type != CA_ISSUING_EXTERNAL_ROOT)
        fault(wishing->faults, "cloudCertificationAuthorityHashingAlgorithm",
              "must be sha256, sha384 or sha512");
}

static struct bytes read_usage(struct wishing *wishing, const struct extended_key_usage *usage)
{
    static const char member[] = "extendedKeyUsages.objectIdentifier";
    struct error why = { .code = ERR_NONE };
    SCOPED(buf_free) struct buf *oid = buf_new(OID_OCTETS_MAX);
    if (!usage->oid || !oid_from_text(usage->oid, oid, &why))
        fault(wishing->faults, member, "'%.64s' is not an object identifier",
              usage->oid ? usage->oid : "");
    else if (usage_is_forbidden(buf_bytes(oid)))
        fault(wishing->faults, member, "%s is not given to a CA", usage->oid);
    else if (oids_contain(&wishing->out->ekus, buf_bytes(oid)))
        fault(wishing->faults, member, "%s stands there twice", usage->oid);
    else
        return arena_bytes(wishing->arena, buf_bytes(oid));
    return BYTES_NONE;
}

static void check_usages(struct wishing *wishing)
{
    const struct list *list = &wishing->out->wanted->ekus;
    const struct extended_key_usage *usages = list->items;
    struct oids *ekus = &wishing->out->ekus;
    if (list->count > EKUS_MAX) {
        fault(wishing->faults, "extendedKeyUsages", "must be at most %d", EKUS_MAX);
        return;
    }
    ekus->items = arena_take(wishing->arena, (list->count + 1) * sizeof *ekus->items);
    for (size_t i = 0; i < list->count; i++) {
        check_text(wishing->faults, "extendedKeyUsages.name", usages[i].name, TEXT_CHARACTERS_MAX);
        struct bytes oid = read_usage(wishing, &usages[i]);
        if (oid.len)
            ekus->items[ekus->count++] = oid;
    }
}

/* NULL: it may be the issuer. */
static const char *why_no_parent(const struct ca *parent)
{
    if (parent->deleted_at || parent->is_internal)
        return "there is no such CA";
    if (parent->type != CA_ROOT)
        return "must be a root";
    return parent->status == CA_ACTIVE ? NULL : "must be an active root";
}

static void check_parent(struct wishing *wishing)
{
    static const char member[] = "certificationAuthorityIssuerId";
    const struct ca *wanted = wishing->out->wanted;
    bool has_id = wanted->issuer_id && wanted->issuer_id[0];
    struct error why = { .code = ERR_NONE };
    struct ca parent;
    if (wanted->type != CA_ISSUING) {
        if (has_id)
            fault(wishing->faults, member, "must be empty unless one of our roots is the issuer");
        return;
    }
    if (!has_id || !entity_get(wishing->session, &ca_entity, wishing->actor->tenant_id,
                               wanted->issuer_id, wishing->now, wishing->arena, &parent, &why)) {
        fault(wishing->faults, member, has_id ? "there is no such CA" : "must be given");
        return;
    }
    const char *refusal = why_no_parent(&parent);
    if (!refusal)
        wishing->out->parent = issuer_get(wishing->authority, wishing->actor->tenant_id, parent.id,
                                          0, wishing->now, &why);
    if (refusal || !wishing->out->parent ||
        !issuer_can_sign(wishing->out->parent, wishing->now, &why))
        fault(wishing->faults, member, "%s", refusal ? refusal : why.message);
    wishing->out->parent_common_name = wishing->out->root_common_name = parent.common_name;
}

static void check_parent_usages(struct wishing *wishing)
{
    const struct wish *wish = wishing->out;
    if (!wish->parent || wish->parent->ekus.count == 0)
        return;
    if (wish->wanted->ekus.count == 0)
        fault(wishing->faults, "extendedKeyUsages", "must be given, for the issuer has some");
    for (size_t i = 0; i < wish->ekus.count; i++) {
        char text[OID_TEXT_OCTETS_MAX];
        if (!oids_contain(&wish->parent->ekus, wish->ekus.items[i]) &&
            oid_text(wish->ekus.items[i], text))
            fault(wishing->faults, "extendedKeyUsages.objectIdentifier",
                  "%s is not among the issuer's", text);
    }
}

static void check_years(struct wishing *wishing)
{
    static const char member[] = "validityPeriodInYears";
    struct wish *wish = wishing->out;
    int64_t years = wish->wanted->validity_years;
    char end[TIMES_TEXT_OCTETS];
    if (wish->wanted->type == CA_ISSUING_EXTERNAL_ROOT)
        return; /* the external issuer decides */
    if (years < 1 || years > CA_YEARS_MAX) {
        fault(wishing->faults, member, "must be from 1 to %d", CA_YEARS_MAX);
        return;
    }
    wish->validity = validity_years(wish->parent, wishing->now, (int)years);
    if (!wish->parent || wish->validity.not_after <= wish->parent->not_after)
        return;
    times_text(wish->parent->not_after, end);
    fault(wishing->faults, member, "the issuer ends before, on %s", end);
}

static check_fn *const checks[] = {
    check_type,   check_names,         check_key,   check_usages,
    check_parent, check_parent_usages, check_years,
};

static bool check_name_is_free(struct wishing *wishing, struct error *err)
{
    SCOPED(buf_free) struct buf *folded = buf_new(NAME_OCTETS_MAX);
    struct error why = { .code = ERR_NONE };
    struct ca other;
    text_fold(wishing->out->wanted->common_name, folded);
    wishing->out->common_name_folded = arena_text(wishing->arena, buf_text(folded));
    const struct query query = {
        .entity = &ca_entity,
        .tenant_id = wishing->actor->tenant_id,
        .now = wishing->now,
        .fixed = { { "common_name_folded", V_TEXT(wishing->out->common_name_folded) } },
        .fixed_count = 1,
        .top = 1,
    };
    if (entity_find(wishing->session, &query, wishing->arena, &other, &why))
        return fail(err, ERR_CONFLICT, "commonName: another CA is or was called '%s'",
                    other.common_name);
    return why.code == ERR_NOT_FOUND || fail(err, why.code, "%s", why.message);
}

static bool check_quota(struct wishing *wishing, struct error *err)
{
    int64_t count;
    int64_t max = wishing->authority->settings.cas_max;
    if (wishing->out->wanted->is_internal)
        return true;
    if (!cas_count(wishing->session, wishing->actor->tenant_id, &count, err))
        return false;
    return count < max ||
           fail(err, ERR_QUOTA, "there are %lld CAs, and no more may be made", (long long)count);
}

bool wish_check_texts(const struct ca *wanted, struct error *err)
{
    SCOPED(buf_free) struct buf *faults = buf_new(FAULTS_OCTETS_MAX);
    check_texts(wanted, faults);
    return buf_len(faults) == 0 || fail(err, ERR_INVALID, "%s", buf_text(faults));
}

bool wish_check(struct authority *authority, const struct actor *actor, const struct ca *wanted,
                time_t now, struct arena *arena, struct wish *out, struct error *err)
{
    SCOPED(buf_free) struct buf *faults = buf_new(FAULTS_OCTETS_MAX);
    SCOPED(session_free) struct session *session = store_read(authority->store, err);
    if (!session)
        return false;
    *out = (struct wish){ .wanted = wanted };
    struct wishing wishing = { authority, actor, session, now, arena, out, faults };
    for (size_t i = 0; i < ARRAY_LEN(checks); i++)
        checks[i](&wishing);
    if (buf_len(faults))
        return fail(err, ERR_INVALID, "%s", buf_text(faults));
    return check_name_is_free(&wishing, err) && check_quota(&wishing, err);
}

void wish_clear(struct wish *wish)
{
    issuer_release(TAKE(wish->parent));
}
