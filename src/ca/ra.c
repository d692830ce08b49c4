#include "ca/ra.h"

#include "base/arena.h"
#include "base/error.h"
#include "ca/issuer.h"
#include "ca/mint.h"
#include "model/ca.h"
#include "x509/der.h"

static bool has_ra(const struct ca_version *version)
{
    return version->ca_type != CA_ROOT &&
           (version->status == VERSION_ACTIVE || version->status == VERSION_PAUSED);
}

struct officer *ra_get(struct authority *authority, const char *ca_id, time_t now,
                       struct error *err)
{
    return officer_get(authority, ca_id, 0, LEAF_RA, now, err);
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

bool ra_chain(struct authority *authority, const char *ca_id, time_t now, struct arena *arena,
              struct bytes *out, size_t max, size_t *count, struct error *err)
{
    SCOPED(officer_release) struct officer *ra = ra_get(authority, ca_id, now, err);
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
