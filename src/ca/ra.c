#include "ca/ra.h"

#include "base/arena.h"
#include "base/error.h"
#include "ca/issuer.h"
#include "ca/lifecycle/mint.h"
#include "model/ca.h"
#include "x509/certificate.h"
#include "x509/cms.h"
#include "x509/der.h"

enum { CHAIN_MAX = 16 };

static bool has_ra(const struct ca_version *version)
{
    return version->ca_type != CA_ROOT &&
           (version->status == VERSION_ACTIVE || version->status == VERSION_STAGED ||
            version->status == VERSION_PAUSED);
}

struct officer *ra_get(struct authority *authority, const char *ca_id, int64_t version, time_t now,
                       struct error *err)
{
    return officer_get(authority, ca_id, version, LEAF_RA, now, err);
}

struct officer *ra_find(struct authority *authority, const char *ca_id, struct bytes issuer,
                        struct bytes serial, time_t now, struct error *err)
{
    SCOPED(officer_release)
    struct officer *ra = officer_get_by_serial(authority, ca_id, serial, LEAF_RA, now, err);
    if (!ra)
        return NULL;
    if (!bytes_equal(ra->issuer, issuer))
        return fail_null(err, ERR_NOT_FOUND, "the RA certificate has another issuer");
    return TAKE(ra);
}

bool ra_chain(struct authority *authority, const char *ca_id, int64_t version, time_t now,
              struct arena *arena, struct bytes *out, size_t max, size_t *count, struct error *err)
{
    SCOPED(officer_release) struct officer *ra = ra_get(authority, ca_id, version, now, err);
    if (!ra)
        return false;
    SCOPED(issuer_release)
    struct issuer *issuer = issuer_get(authority, ra->tenant_id, ca_id, ra->version, now, err);
    if (!issuer || max < 2)
        return false;
    struct der chain = der_of(arena_bytes(arena, issuer->chain));
    out[0] = arena_bytes(arena, ra->certificate);
    out[1] = arena_bytes(arena, issuer->certificate);
    *count = 2;
    while (*count < max && der_take_whole(&chain, DER_SEQUENCE, &out[*count]))
        (*count)++;
    return der_at_end(&chain) || fail(err, ERR_INTERNAL, "the chain of CA %s is too long", ca_id);
}

static bool sign(void *context, enum digest digest, struct bytes digest_octets, struct buf *out,
                 struct error *err)
{
    return key_sign(context, digest, digest_octets, out, err);
}

bool ra_next_chain(struct authority *authority, const struct issuer *current, time_t now,
                   struct arena *arena, struct buf *out, struct error *err)
{
    struct bytes chain[CHAIN_MAX];
    size_t count;
    struct certificate signer;
    SCOPED(buf_free) struct buf *content = buf_new(CHAIN_MAX * CERTIFICATE_OCTETS_MAX);
    if (!current->staged_version || !current->key)
        return fail(err, ERR_NOT_FOUND, "CA %s has no next certificate yet", current->ca_id);
    if (!ra_chain(authority, current->ca_id, current->staged_version, now, arena, chain, CHAIN_MAX,
                  &count, err) ||
        !certificate_parse(current->certificate, arena, &signer, err))
        return false;
    cms_put_certificates(chain, count, content);
    const struct cms_signing signing = {
        .content = buf_bytes(content),
        .signer = &signer,
        .digest = current->digest,
        .sign = sign,
        .context = current->key,
    };
    return cms_sign(&signing, out, err);
}

bool ra_ensure(struct authority *authority, const struct issuer *issuer, time_t now,
               struct error *err)
{
    static const struct office office = { .kind = LEAF_RA, .key_type = KEY_RSA_2048 };
    return officer_ensure(authority, issuer, &office, now, err);
}

bool ra_renew_due(void *authority, time_t now, struct error *err)
{
    return officers_renew(authority, has_ra, ra_ensure, now, err);
}
