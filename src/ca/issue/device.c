#include "ca/issue/device.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/times.h"
#include "ca/authority_inside.h"
#include "ca/issue/policy.h"
#include "ca/issuer.h"
#include "ca/lifecycle/mint.h"
#include "model/grant.h"
#include "x509/csr.h"
#include "x509/name.h"
#include "x509/sid.h"

enum { EXTENSIONS_OCTETS_MAX = 32768 };

static struct validity validity_of(const struct authority *authority, const struct issuer *issuer,
                                   const struct grant *grant, time_t now)
{
    int64_t days = grant->validity_days ? grant->validity_days : authority->settings.leaf_days;
    struct validity validity =
        days ? validity_days(issuer, now, days) : validity_years(issuer, now, 1);
    return validity_cut(validity, issuer);
}

static void put_sans(const struct approved *approved, struct buf *out)
{
    if (approved->sans.count == 0)
        return;
    SCOPED(buf_free) struct buf *names = buf_new(EXTENSIONS_OCTETS_MAX);
    sans_encode(&approved->sans, names);
    if (!buf_ok(names))
        buf_fail(out);
    /* RFC 5280 §4.2.1.6: critical when the subject is empty. */
    extension_put(out, OID_SUBJECT_ALT_NAME, name_is_empty(approved->subject), buf_bytes(names));
}

/* What the issuer's template does not have. */
static void put_extensions(const struct approved *approved, const struct spki *spki,
                           struct buf *out)
{
    uint8_t identifier[KEY_IDENTIFIER_OCTETS];
    spki_key_identifier(spki, identifier);
    extension_put_key_usage(out, approved->key_usage);
    extension_put_ekus(out, &approved->ekus);
    extension_put_subject_key_identifier(out, BYTES_OF(identifier));
    put_sans(approved, out);
    if (approved->sid)
        extension_put_sid(out, approved->sid);
}

static void fill_device(const struct grant *grant, const struct approved *approved,
                        struct leaf *out)
{
    out->device_name = grant->device_name;
    out->device_id = grant->device_id;
    out->device_platform = grant->device_platform;
    out->user_principal_name = grant->user_principal_name;
    out->user_id = grant->user_id;
    out->sid = approved->sid;
    out->challenge_id = grant->challenge_id ? grant->challenge_id : "";
}

static const char *detail_of(const struct grant *grant, const struct approved *approved,
                             const struct leaf *leaf, struct arena *arena)
{
    return arena_format(arena, "%s%s%s%s", leaf->subject_name, grant->renewal_of ? "; renewal" : "",
                        grant->allow_any_name ? "; any name was allowed" : "",
                        approved->sid_removed ? "; a SID was removed" : "");
}

static bool mint(const struct authority *authority, const struct issuer *issuer,
                 const struct grant *grant, const struct csr *csr, const struct approved *approved,
                 time_t now, struct arena *arena, struct leaf *out, struct error *err)
{
    SCOPED(buf_free) struct buf *extensions = buf_new(EXTENSIONS_OCTETS_MAX);
    put_extensions(approved, &csr->spki, extensions);
    if (!buf_ok(extensions))
        return fail(err, ERR_BAD_CSR, "csr: more than %d octets of extensions",
                    EXTENSIONS_OCTETS_MAX);
    const struct mint mint = {
        .kind = LEAF_DEVICE,
        .template = issuer->leaf_template,
        .key = issuer->key,
        .digest = issuer->digest,
        .validity = validity_of(authority, issuer, grant, now),
        .subject = approved->subject,
        .spki = csr->spki.der,
        .extensions = buf_bytes(extensions),
        .key_usage = approved->key_usage,
        .ekus = &approved->ekus,
    };
    if (!mint_certificate(&mint, arena, out, err))
        return false;
    mint_belongs(out, issuer, now);
    fill_device(grant, approved, out);
    return policy_check_constraints(issuer, out->certificate, arena, err);
}

bool device_may_issue(const struct issuer *issuer, time_t now, struct error *err)
{
    if (issuer->ca_type == CA_ROOT || issuer->is_internal)
        return fail(err, ERR_CONFLICT, "CA %s issues no leaf certificates", issuer->ca_id);
    bool is_active = issuer->status == VERSION_ACTIVE && issuer->is_active_version;
    if ((!is_active && issuer->status != VERSION_STAGED) || issuer->is_deleted)
        return fail(err, ERR_CONFLICT, "CA %s does not issue now", issuer->ca_id);
    return issuer_can_sign(issuer, now, err);
}

bool device_insert(struct session *session, const struct issuer *issuer, const struct leaf *leaf,
                   struct error *err)
{
    return issuer->status == VERSION_STAGED ? mint_insert_staged(session, leaf, err)
                                            : mint_insert(session, leaf, err);
}

bool device_mint(const struct authority *authority, const struct issuer *issuer,
                 const struct grant *grant, const struct csr *csr, time_t now, struct arena *arena,
                 struct leaf *out, const char **detail, struct error *err)
{
    struct approved approved;
    if (!policy_check(issuer, grant, csr, arena, &approved, err) ||
        !mint(authority, issuer, grant, csr, &approved, now, arena, out, err))
        return false;
    *detail = detail_of(grant, &approved, out, arena);
    return true;
}

/* Back by a calendar year, unless that is a day short, as around a 29 February. */
time_t device_last_start(const struct authority *authority, time_t end)
{
    int64_t days = authority->settings.leaf_days;
    time_t start = days ? end + 1 - days * DAY : times_add_years(end + 1, -1);
    if (!days && times_add_years(start, 1) > end + 1)
        start -= DAY;
    return start + BACKDATE_S;
}
