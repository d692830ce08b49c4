/* Certificates of a CA's own offices: RA, OCSP responder, HTTPS listener; pki-rules §2. */
#include "ca/lifecycle/mint.h"

#include "base/arena.h"
#include "base/error.h"
#include "ca/authority_inside.h"
#include "ca/issuer.h"
#include "model/audit.h"
#include "store/rows.h"
#include "store/store.h"
#include "x509/name.h"

#include <string.h>

enum { EXTENSIONS_OCTETS_MAX = 32768, CN_CHARACTERS_MAX = 64 };

struct profile {
    enum key_purpose purpose; /* of the key, where it is ours */
    uint32_t key_usage;
    enum oid usage;
    const char *suffix; /* behind the CA's common name */
    const char *activity;
    int lifetime_days; /* 0: one calendar year */
    bool has_urls;     /* CDP, freshestCRL, AIA */
    bool has_ocsp_nocheck;
};

static const struct profile profiles[] = {
    [LEAF_RA] = { .purpose = KEY_RA,
                  .key_usage = KEY_USAGE_DIGITAL_SIGNATURE | KEY_USAGE_KEY_ENCIPHERMENT,
                  .usage = OID_CMC_RA,
                  .suffix = " RA",
                  .activity = "IssueRACertificate CloudCertificationAuthority",
                  .has_urls = true },
    [LEAF_RESPONDER] = { .purpose = KEY_RESPONDER,
                         .key_usage = KEY_USAGE_DIGITAL_SIGNATURE,
                         .usage = OID_OCSP_SIGNING,
                         .suffix = " OCSP",
                         .activity = "IssueResponderCertificate CloudCertificationAuthority",
                         .lifetime_days = 30,
                         .has_ocsp_nocheck = true },
    [LEAF_TLS] = { .purpose = KEY_TLS,
                   .key_usage = KEY_USAGE_DIGITAL_SIGNATURE,
                   .usage = OID_SERVER_AUTH,
                   .suffix = " TLS",
                   .activity = "IssueTLSCertificate CloudCertificationAuthority",
                   .lifetime_days = 90 },
};

static void put_office_extensions(const struct profile *profile, const struct oids *ekus,
                                  const struct office *office, const struct issuer *issuer,
                                  struct bytes spki, struct buf *out)
{
    extension_put_basic_constraints(out, false, -1);
    extension_put_key_usage(out, profile->key_usage);
    extension_put_ekus(out, ekus);
    mint_put_identifiers(spki, issuer->key_identifier, out);
    if (office->sans && office->sans->count) {
        SCOPED(buf_free) struct buf *names = buf_new(EXTENSIONS_OCTETS_MAX);
        sans_encode(office->sans, names);
        extension_put(out, OID_SUBJECT_ALT_NAME, name_is_empty(office->subject), buf_bytes(names));
    }
    if (profile->has_ocsp_nocheck)
        extension_put(out, OID_OCSP_NOCHECK, false, BYTES_OF(((uint8_t[]){ DER_NULL, 0 })));
    if (profile->has_urls)
        buf_add(out, issuer->urls);
}

/* Cuts on a character's first octet, so that the suffix still fits into the upper bound. */
static char *with_suffix(const char *common_name, const char *suffix, struct arena *arena)
{
    size_t room = CN_CHARACTERS_MAX - strlen(suffix);
    size_t len = 0;
    for (size_t characters = 0; common_name[len]; len++)
        if ((common_name[len] & 0xc0) != 0x80 && ++characters > room)
            break;
    return arena_format(arena, "%.*s%s", (int)len, common_name, suffix);
}

static const char *value_of(struct bytes name, enum oid type, struct arena *arena)
{
    SCOPED(buf_free) struct buf *value = buf_new(NAME_OCTETS_MAX);
    return name_find(name, type, value) ? arena_text(arena, buf_text(value)) : NULL;
}

/* Stays inside directoryName constraints that the CA's own name is inside of. */
static bool office_subject(const struct issuer *issuer, const char *suffix, struct arena *arena,
                           struct bytes *out, struct error *err)
{
    const char *common_name = value_of(issuer->subject, OID_COMMON_NAME, arena);
    const struct name_attribute attributes[] = {
        { OID_COUNTRY, value_of(issuer->subject, OID_COUNTRY, arena) },
        { OID_STATE, value_of(issuer->subject, OID_STATE, arena) },
        { OID_LOCALITY, value_of(issuer->subject, OID_LOCALITY, arena) },
        { OID_ORGANIZATION, value_of(issuer->subject, OID_ORGANIZATION, arena) },
        { OID_ORGANIZATION_UNIT, value_of(issuer->subject, OID_ORGANIZATION_UNIT, arena) },
        { OID_COMMON_NAME, with_suffix(common_name ? common_name : "CA", suffix, arena) },
    };
    SCOPED(buf_free) struct buf *name = buf_new(NAME_OCTETS_MAX);
    if (!name_encode(attributes, ARRAY_LEN(attributes), name, err))
        return false;
    *out = arena_bytes(arena, buf_bytes(name));
    return true;
}

struct office_write {
    const struct key_record *record;
    const struct leaf *leaf;
    struct audit_event event;
};

static bool write_office(struct session *session, void *context, struct error *err)
{
    const struct office_write *write = context;
    return mint_insert_key(session, write->record, write->leaf->tenant_id, write->leaf->created_at,
                           err) &&
           mint_insert(session, write->leaf, err) && audit_insert(session, &write->event, err);
}

static struct audit_event office_event(const struct profile *profile, const struct actor *actor,
                                       const struct leaf *leaf, time_t now)
{
    return (struct audit_event){
        .tenant_id = leaf->tenant_id,
        .actor = actor->name,
        .activity = profile->activity,
        .object_type = "CloudCertificationAuthority",
        .object_id = leaf->ca_id,
        .request_id = actor->request_id,
        .detail = leaf->subject_name,
        .is_success = true,
        .at = now,
    };
}

static struct validity office_validity(const struct profile *profile, const struct issuer *issuer,
                                       time_t now)
{
    struct validity validity = profile->lifetime_days
                                   ? validity_days(issuer, now, profile->lifetime_days)
                                   : validity_years(issuer, now, 1);
    return validity_cut(validity, issuer);
}

/* Signs and stores until the serial is one of its own. */
static bool mint_and_store(struct authority *authority, const struct issuer *issuer,
                           const struct mint *mint, const struct key_record *record,
                           const struct actor *actor, time_t now, struct arena *arena,
                           struct leaf *out, struct error *err)
{
    for (int draw = 1;; draw++) {
        if (!mint_certificate(mint, arena, out, err))
            return false;
        mint_belongs(out, issuer, now);
        out->key_id = arena_text(arena, record->id);
        struct office_write write = { record, out,
                                      office_event(&profiles[mint->kind], actor, out, now) };
        if (store_write(authority->store, write_office, &write, err))
            return true;
        if (draw == SERIAL_DRAWS_MAX || !serial_collided(err))
            return false;
        error_clear(err);
    }
}

static bool mint_with_key(struct authority *authority, const struct issuer *issuer,
                          const struct office *office, const struct key_record *record,
                          const struct actor *actor, time_t now, struct arena *arena,
                          struct leaf *out, struct error *err)
{
    const struct profile *profile = &profiles[office->kind];
    struct office named = *office;
    struct bytes usage = oid_bytes(profile->usage);
    const struct oids ekus = { &usage, 1 };
    SCOPED(buf_free) struct buf *extensions = buf_new(EXTENSIONS_OCTETS_MAX);
    if (!named.subject.len && !office_subject(issuer, profile->suffix, arena, &named.subject, err))
        return false;
    put_office_extensions(profile, &ekus, &named, issuer, buf_bytes(record->spki), extensions);
    const struct mint mint = {
        .kind = office->kind,
        .template = issuer->bare_template,
        .key = issuer->key,
        .digest = issuer->digest,
        .validity = office_validity(profile, issuer, now),
        .subject = named.subject,
        .spki = buf_bytes(record->spki),
        .extensions = buf_bytes(extensions),
        .key_usage = profile->key_usage,
        .ekus = &ekus,
    };
    if (!buf_ok(extensions))
        return fail(err, ERR_TOO_LARGE, "certificate: extensions over %d octets",
                    EXTENSIONS_OCTETS_MAX);
    return mint_and_store(authority, issuer, &mint, record, actor, now, arena, out, err);
}

bool mint_office(struct authority *authority, const struct issuer *issuer,
                 const struct office *office, const struct actor *actor, time_t now,
                 struct arena *arena, struct leaf *out, struct error *err)
{
    struct key_record record = { .type = KEY_TYPE_NONE };
    if (!issuer_can_sign(issuer, now, err) ||
        !keys_generate(authority->keys, office->key_type, profiles[office->kind].purpose, &record,
                       err))
        return false;
    bool is_minted = mint_with_key(authority, issuer, office, &record, actor, now, arena, out, err);
    key_record_clear(&record);
    return is_minted;
}
