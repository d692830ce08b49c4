#include "auth/renewal.h"

#include "auth/auth_internal.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/times.h"
#include "model/leaf.h"
#include "store/rows.h"
#include "store/store.h"
#include "x509/certificate.h"
#include "x509/san.h"

enum { SAN_TEXT_OCTETS_MAX = 16384 };

/* The row behind a certificate that a requester signed with: ours to the last octet. */
static bool find_row(struct auth *auth, const char *ca_id, const struct certificate *signer,
                     time_t now, struct arena *arena, struct leaf *out, struct error *err)
{
    SCOPED(session_free) struct session *session = store_read(auth->store, err);
    if (!session)
        return false;
    struct error why = { .code = ERR_NONE };
    if (!leaves_find_by_serial(session, ca_id, signer->serial, now, arena, out, &why)) {
        if (why.code != ERR_NOT_FOUND)
            return fail(err, why.code, "%s", why.message);
        return fail(err, ERR_FORBIDDEN, "the signer is no certificate of this CA");
    }
    if (!bytes_equal(out->certificate, signer->der))
        return fail(err, ERR_FORBIDDEN, "the signer is no certificate of this CA");
    if (out->revoked_at)
        return fail(err, ERR_FORBIDDEN, "the signer's certificate is revoked");
    if (now < out->not_before || now > out->not_after)
        return fail(err, ERR_FORBIDDEN, "the signer's certificate is not in date");
    return true;
}

static struct strings sans_as_texts(const struct sans *sans, struct arena *arena)
{
    struct strings texts = { arena_take(arena, (sans->count + 1) * sizeof(char *)), 0 };
    for (size_t i = 0; i < sans->count; i++) {
        SCOPED(buf_free) struct buf *text = buf_new(SAN_TEXT_OCTETS_MAX);
        san_text(&sans->items[i], text);
        texts.items[texts.count++] = arena_text(arena, buf_text(text));
    }
    return texts;
}

/* A certificate that was made to be short stays so; one that only its issuer's end cut short does
 * not, and a year is the profile's to count (0). */
static bool days_of(struct auth *auth, const struct leaf *leaf, time_t now, struct arena *arena,
                    int64_t *out, struct error *err)
{
    SCOPED(session_free) struct session *session = store_read(auth->store, err);
    struct ca_version version;
    if (!session ||
        !ca_versions_get(session, leaf->ca_id, leaf->version, now, arena, &version, err))
        return false;
    int64_t days = (leaf->not_after - leaf->not_before + 1) / DAY;
    bool is_cut = leaf->not_after == version.not_after;
    *out = is_cut || days == 365 || days == 366 || days < 1 ? 0 : days;
    return true;
}

bool renewal_check(struct auth *auth, const char *ca_id, const struct certificate *signer,
                   bool allow_early, time_t now, struct arena *arena, struct grant *out,
                   struct error *err)
{
    struct leaf *leaf = arena_take(arena, sizeof *leaf);
    if (!find_row(auth, ca_id, signer, now, arena, leaf, err))
        return false;
    /* RFC 8894 §3.3.1.2: an existing certificate of the same requester; never RA, CA, responder. */
    if (leaf->kind != LEAF_DEVICE)
        return fail(err, ERR_FORBIDDEN, "the signer's certificate is not a device's");
    if (!allow_early && now - leaf->not_before < (leaf->not_after - leaf->not_before) / 2)
        return fail(err, ERR_CONFLICT,
                    "the certificate is in the first half of its life: renew it later");
    int64_t validity_days;
    if (!days_of(auth, leaf, now, arena, &validity_days, err))
        return false;
    *out = (struct grant){ .tenant_id = leaf->tenant_id,
                           .ca_id = leaf->ca_id,
                           .renewal_of = leaf->id,
                           .subject = signer->subject,
                           .sans = sans_as_texts(&signer->sans, arena),
                           .ekus = leaf->ekus,
                           .validity_days = validity_days,
                           .sid = leaf->sid,
                           .device_name = leaf->device_name,
                           .device_id = leaf->device_id,
                           .device_platform = leaf->device_platform,
                           .user_principal_name = leaf->user_principal_name,
                           .user_id = leaf->user_id };
    return true;
}

bool requester_check(struct auth *auth, const char *ca_id, const struct certificate *signer,
                     time_t now, struct arena *arena, struct error *err)
{
    struct leaf *leaf = arena_take(arena, sizeof *leaf);
    return find_row(auth, ca_id, signer, now, arena, leaf, err);
}
