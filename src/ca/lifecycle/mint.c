#include "ca/lifecycle/mint.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/random.h"
#include "base/text.h"
#include "base/times.h"
#include "ca/authority_inside.h"
#include "ca/issuer.h"
#include "ca/lifecycle/versions.h"
#include "ca/usages.h"
#include "model/audit.h"
#include "store/rows.h"
#include "store/store.h"
#include "x509/certificate.h"
#include "x509/name.h"
#include "x509/spki.h"
#include "x509/template.h"

#include <string.h>

enum { EXTENSIONS_OCTETS_MAX = 32768 };

static const uint32_t ca_key_usage =
    KEY_USAGE_DIGITAL_SIGNATURE | KEY_USAGE_KEY_CERT_SIGN | KEY_USAGE_CRL_SIGN;

enum { STATUSES_MAX = 6 };

/* The states of a version in which it may issue each kind. A revoked one still answers for what
 * it issued, pki-rules §7. */
static const int64_t issuing_statuses[][STATUSES_MAX] = {
    [LEAF_DEVICE] = { VERSION_ACTIVE },
    [LEAF_RA] = { VERSION_ACTIVE, VERSION_STAGED, VERSION_PAUSED },
    [LEAF_RESPONDER] = { VERSION_ACTIVE, VERSION_STAGED, VERSION_PAUSED, VERSION_RETIRED,
                         VERSION_REVOKED, VERSION_DECOMMISSIONED },
    [LEAF_SUB_CA] = { VERSION_ACTIVE },
    [LEAF_TLS] = { VERSION_ACTIVE },
};

/* The words of the API's keyUsages. */
static const char *const key_usage_texts[] = {
    "DigitalSignature", "NonRepudiation", "KeyEncipherment", "DataEncipherment", "KeyAgreement",
    "KeyCertSign",      "CrlSign",        "EncipherOnly",    "DecipherOnly",
};

static time_t start_of(const struct issuer *issuer, time_t now)
{
    time_t start = now - BACKDATE_S;
    return issuer && start < issuer->not_before ? issuer->not_before : start;
}

static struct strings texts_of_key_usage(uint32_t usage, struct arena *arena)
{
    struct strings texts = { arena_take(arena, sizeof key_usage_texts), 0 };
    for (size_t i = 0; i < ARRAY_LEN(key_usage_texts); i++)
        if (usage & 1u << i)
            texts.items[texts.count++] = key_usage_texts[i];
    return texts;
}

static bool sign(const struct mint *mint, struct bytes tbs, struct buf *signature,
                 struct error *err)
{
    uint8_t octets[DIGEST_OCTETS_MAX];
    if (!digest_of(mint->digest, tbs, octets))
        return fail(err, ERR_INTERNAL, "certificate: the digest failed");
    return key_sign(mint->key, mint->digest, (struct bytes){ octets, digest_octets(mint->digest) },
                    signature, err);
}

static bool encode(const struct mint *mint, struct bytes serial, struct arena *arena,
                   struct bytes *out, struct error *err)
{
    const struct template_fields fields = {
        .serial = serial,
        .not_before = mint->validity.not_before,
        .not_after = mint->validity.not_after,
        .subject = mint->subject,
        .spki = mint->spki,
        .extensions = mint->extensions,
    };
    SCOPED(buf_free) struct buf *tbs = buf_new(TEMPLATE_OCTETS_MAX);
    SCOPED(buf_free) struct buf *signature = buf_new(SIGNATURE_OCTETS_MAX);
    SCOPED(buf_free) struct buf *certificate = buf_new(CERTIFICATE_OCTETS_MAX);
    template_fill(mint->template, &fields, tbs);
    if (!buf_ok(tbs))
        return fail(err, ERR_TOO_LARGE, "certificate: more than %d octets", TEMPLATE_OCTETS_MAX);
    if (!sign(mint, buf_bytes(tbs), signature, err))
        return false;
    template_join(mint->template, buf_bytes(tbs), buf_bytes(signature), certificate);
    if (!buf_ok(certificate))
        return fail(err, ERR_TOO_LARGE, "certificate: more than %d octets", CERTIFICATE_OCTETS_MAX);
    *out = arena_bytes(arena, buf_bytes(certificate));
    return true;
}

static const char *subject_text(struct bytes subject, struct arena *arena)
{
    SCOPED(buf_free) struct buf *text = buf_new((size_t)4 * NAME_OCTETS_MAX);
    return name_text(subject, text) ? arena_text(arena, buf_text(text)) : "";
}

static void put_ca_extensions(const struct oids *ekus, int path_len, struct buf *out)
{
    extension_put_basic_constraints(out, true, path_len);
    extension_put_key_usage(out, ca_key_usage);
    extension_put_ekus(out, ekus);
}

void serial_draw(uint8_t out[SERIAL_OCTETS])
{
    random_fill(out, SERIAL_OCTETS);
    /* 0x40-0x7F: the INTEGER is always 16 octets, never negative (RFC 5280 §4.1.2.2). */
    out[0] = (uint8_t)(0x40 | (out[0] & 0x3f));
}

bool serial_collided(const struct error *err)
{
    return err->code == ERR_CONFLICT && strstr(err->message, "serial collision");
}

bool issuer_can_sign(const struct issuer *issuer, time_t now, struct error *err)
{
    if (!issuer->key)
        return fail(err, ERR_CONFLICT, "the key of CA %s is destroyed", issuer->ca_id);
    if (now > issuer->not_after)
        return fail(err, ERR_CONFLICT, "CA %s has expired", issuer->ca_id);
    if (issuer->not_after - now < DAY)
        return fail(err, ERR_CONFLICT, "CA %s has less than a day left and issues nothing",
                    issuer->ca_id);
    return true;
}

/* notAfter is inclusive, hence the second less (RFC 5280 §4.1.2.5). */
struct validity validity_years(const struct issuer *issuer, time_t now, int years)
{
    time_t start = start_of(issuer, now);
    return (struct validity){ start, times_add_years(start, years) - 1 };
}

struct validity validity_days(const struct issuer *issuer, time_t now, int64_t days)
{
    time_t start = start_of(issuer, now);
    return (struct validity){ start, start + days * DAY - 1 };
}

struct validity validity_cut(struct validity validity, const struct issuer *issuer)
{
    if (validity.not_after > issuer->not_after)
        validity.not_after = issuer->not_after;
    return validity;
}

bool mint_certificate(const struct mint *mint, struct arena *arena, struct leaf *out,
                      struct error *err)
{
    char *id = arena_take(arena, UUID_TEXT_OCTETS);
    uint8_t *serial = arena_take(arena, SERIAL_OCTETS);
    char *thumbprint = arena_take(arena, 41);
    random_uuid(id);
    serial_draw(serial);
    *out = (struct leaf){
        .id = id,
        .kind = mint->kind,
        .serial = { serial, SERIAL_OCTETS },
        .subject_name = subject_text(mint->subject, arena),
        .thumbprint = thumbprint,
        .not_before = mint->validity.not_before,
        .not_after = mint->validity.not_after,
        .status = LEAF_ACTIVE,
        .key_id = "",
        .key_usages = texts_of_key_usage(mint->key_usage, arena),
        .ekus = usages_texts(mint->ekus, arena),
        .challenge_id = "",
    };
    if (!encode(mint, out->serial, arena, &out->certificate, err))
        return false;
    certificate_thumbprint(out->certificate, thumbprint);
    return true;
}

void mint_belongs(struct leaf *leaf, const struct issuer *issuer, time_t now)
{
    leaf->tenant_id = issuer->tenant_id;
    leaf->ca_id = issuer->ca_id;
    leaf->version = issuer->number;
    leaf->issuer_name = issuer->issuer_name;
    leaf->created_at = now;
}

void mint_put_identifiers(struct bytes spki_der, struct bytes authority, struct buf *out)
{
    struct spki spki;
    struct error err = { .code = ERR_NONE };
    uint8_t identifier[KEY_IDENTIFIER_OCTETS];
    if (!spki_parse(spki_der, &spki, &err)) {
        buf_fail(out); /* keys of our own making always parse */
        return;
    }
    spki_key_identifier(&spki, identifier);
    extension_put_subject_key_identifier(out, BYTES_OF(identifier));
    extension_put_authority_key_identifier(out, authority.len ? authority : BYTES_OF(identifier));
}

bool mint_sub_ca(const struct issuer *issuer, const struct sub_ca *sub_ca, time_t now,
                 struct arena *arena, struct leaf *out, struct error *err)
{
    SCOPED(buf_free) struct buf *extensions = buf_new(EXTENSIONS_OCTETS_MAX);
    put_ca_extensions(sub_ca->ekus, 0, extensions);
    mint_put_identifiers(sub_ca->spki, issuer->key_identifier, extensions);
    buf_add(extensions, issuer->urls);
    const struct mint mint = {
        .kind = LEAF_SUB_CA,
        .template = issuer->bare_template,
        .key = issuer->key,
        .digest = issuer->digest,
        .validity = sub_ca->validity,
        .subject = sub_ca->subject,
        .spki = sub_ca->spki,
        .extensions = buf_bytes(extensions),
        .key_usage = ca_key_usage,
        .ekus = sub_ca->ekus,
    };
    if (!issuer_can_sign(issuer, now, err) || !mint_certificate(&mint, arena, out, err))
        return false;
    mint_belongs(out, issuer, now);
    return true;
}

bool mint_root(struct key *key, enum digest digest, const struct sub_ca *root, struct arena *arena,
               struct leaf *out, struct error *err)
{
    SCOPED(buf_free) struct buf *extensions = buf_new(EXTENSIONS_OCTETS_MAX);
    const struct template_fixed fixed = { .key_type = key_type(key),
                                          .digest = digest,
                                          .issuer = root->subject };
    SCOPED(template_free) struct template *template = template_new(&fixed);
    put_ca_extensions(root->ekus, 1, extensions);
    mint_put_identifiers(root->spki, BYTES_NONE, extensions);
    const struct mint mint = {
        .kind = LEAF_KIND_NONE,
        .template = template,
        .key = key,
        .digest = digest,
        .validity = root->validity,
        .subject = root->subject,
        .spki = root->spki,
        .extensions = buf_bytes(extensions),
        .key_usage = ca_key_usage,
        .ekus = root->ekus,
    };
    return mint_certificate(&mint, arena, out, err);
}

void mint_put_requested_extensions(const struct oids *ekus, struct bytes spki_der, struct buf *out)
{
    struct spki spki;
    struct error err = { .code = ERR_NONE };
    uint8_t identifier[KEY_IDENTIFIER_OCTETS];
    put_ca_extensions(ekus, 0, out);
    if (!spki_parse(spki_der, &spki, &err)) {
        buf_fail(out);
        return;
    }
    spki_key_identifier(&spki, identifier);
    extension_put_subject_key_identifier(out, BYTES_OF(identifier));
}

bool mint_insert(struct session *session, const struct leaf *leaf, struct error *err)
{
    const int64_t *statuses = issuing_statuses[leaf->kind];
    size_t count = 0;
    while (count < STATUSES_MAX && statuses[count])
        count++;
    return leaves_insert_guarded(session, leaf, statuses, count, err);
}

bool mint_insert_staged(struct session *session, const struct leaf *leaf, struct error *err)
{
    static const int64_t staged[] = { VERSION_STAGED };
    return ca_versions_count_staged(session, leaf->ca_id, leaf->version, STAGED_LEAVES_MAX, err) &&
           leaves_insert_guarded(session, leaf, staged, ARRAY_LEN(staged), err);
}

bool mint_insert_key(struct session *session, const struct key_record *record,
                     const char *tenant_id, time_t now, struct error *err)
{
    const struct key_row row = {
        .id = record->id,
        .tenant_id = tenant_id,
        .purpose = key_purpose_text(record->purpose),
        .type = key_type_text(record->type),
        .spki = buf_bytes(record->spki),
        .private_sealed = buf_bytes(record->sealed),
        .created_at = now,
    };
    return keys_insert(session, &row, err);
}
