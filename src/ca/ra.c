#include "ca/ra.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/times.h"
#include "ca/authority_inside.h"
#include "ca/cache.h"
#include "ca/issuer.h"
#include "ca/mint.h"
#include "store/entity.h"
#include "store/rows.h"
#include "store/store.h"
#include "x509/certificate.h"

#include <stdatomic.h>
#include <stdio.h>

enum { RAS_MAX = 4096, RA_KEY_OCTETS = 96 };

struct ra {
    struct arena *arena;
    struct leaf leaf; /* in the arena */
    struct bytes issuer;
    struct key *key;
    atomic_uint references;
};

struct ras {
    struct cache *cache; /* "caId/" the current one, "caId/SERIAL" any */
};

static void hold(void *ra)
{
    atomic_fetch_add(&((struct ra *)ra)->references, 1);
}

static void release(void *ra)
{
    ra_release(ra);
}

static const struct cache_options cache_options = { RAS_MAX, ISSUER_FRESH_S, hold, release };

static bool is_usable(const struct leaf *leaf, time_t now)
{
    return leaf->kind == LEAF_RA && !leaf->revoked_at && now >= leaf->not_before &&
           now <= leaf->not_after;
}

/* serial empty: the newest of the active version. */
static bool read_leaf(struct session *session, const char *ca_id, struct bytes serial, time_t now,
                      struct arena *arena, struct leaf *out, struct error *err)
{
    struct ca ca;
    if (serial.len)
        return leaves_find_by_serial(session, ca_id, serial, now, arena, out, err);
    return entity_get(session, &ca_entity, NULL, ca_id, now, arena, &ca, err) &&
           leaves_newest(session, ca_id, ca.active_version, LEAF_RA, now, arena, out, err);
}

static bool fill(struct ra *ra, struct authority *authority, const char *ca_id, struct bytes serial,
                 time_t now, struct error *err)
{
    struct certificate certificate;
    SCOPED(session_free) struct session *session = store_read(authority->store, err);
    if (!session || !read_leaf(session, ca_id, serial, now, ra->arena, &ra->leaf, err))
        return false;
    if (!is_usable(&ra->leaf, now))
        return fail(err, ERR_NOT_FOUND, "CA %s has no RA certificate in date", ca_id);
    if (!certificate_parse(ra->leaf.certificate, ra->arena, &certificate, err))
        return false;
    ra->issuer = certificate.issuer;
    ra->key = keys_get(authority->keys, ra->leaf.key_id, KEY_RA, err);
    return ra->key != NULL;
}

static struct ra *load(struct authority *authority, const char *ca_id, struct bytes serial,
                       time_t now, struct error *err)
{
    SCOPED(ra_release) struct ra *ra = memory_new(sizeof *ra);
    atomic_init(&ra->references, 1);
    ra->arena = arena_new();
    if (!fill(ra, authority, ca_id, serial, now, err))
        return NULL;
    return TAKE(ra);
}

static struct ra *get(struct authority *authority, const char *ca_id, struct bytes serial,
                      time_t now, struct error *err)
{
    char key[RA_KEY_OCTETS];
    uint64_t ticket;
    SCOPED(buf_free) struct buf *hex = buf_new(2 * SERIAL_OCTETS_MAX);
    hex_encode(serial, hex);
    snprintf(key, sizeof key, "%.36s/%s", ca_id, buf_text(hex));
    struct ra *ra = cache_find(authority->ras->cache, key, now, &ticket);
    if (ra)
        return ra;
    ra = load(authority, ca_id, serial, now, err);
    if (ra)
        cache_put(authority->ras->cache, key, ra, now, ticket);
    return ra;
}

static bool has_half_its_life(const struct leaf *leaf, time_t now)
{
    return is_usable(leaf, now) &&
           now < leaf->not_before + (leaf->not_after - leaf->not_before) / 2;
}

/* A certificate cut to the CA's own end cannot be bettered by another. */
static bool is_needed(struct authority *authority, const struct issuer *issuer, time_t now,
                      bool *out, struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(session_free) struct session *session = store_read(authority->store, err);
    struct leaf leaf;
    *out = true;
    if (!session)
        return false;
    if (!leaves_newest(session, issuer->ca_id, issuer->number, LEAF_RA, now, arena, &leaf, err)) {
        bool is_absent = err->code == ERR_NOT_FOUND;
        if (is_absent)
            error_clear(err);
        return is_absent;
    }
    bool is_last = is_usable(&leaf, now) && leaf.not_after >= issuer->not_after;
    *out = !is_last && !has_half_its_life(&leaf, now);
    return true;
}

struct renewing {
    struct authority *authority;
    time_t now;
    struct error first; /* one CA's trouble keeps no other waiting */
};

static bool has_ra(const struct ca_version *version)
{
    return version->ca_type != CA_ROOT &&
           (version->status == VERSION_ACTIVE || version->status == VERSION_PAUSED);
}

static bool renew_one(const struct ca_version *version, void *context, struct error *err)
{
    (void)err;
    struct renewing *renewing = context;
    struct error own = { .code = ERR_NONE };
    if (!has_ra(version) || version->not_after - renewing->now < DAY)
        return true;
    SCOPED(issuer_release)
    struct issuer *issuer = issuer_get(renewing->authority, version->tenant_id, version->ca_id,
                                       version->number, renewing->now, &own);
    if ((!issuer || !ra_ensure(renewing->authority, issuer, renewing->now, &own)) &&
        renewing->first.code == ERR_NONE)
        renewing->first = own;
    return true;
}

struct ras *ras_new(void)
{
    struct ras *ras = memory_new(sizeof *ras);
    ras->cache = cache_new(&cache_options);
    return ras;
}

void ras_free(struct ras *ras)
{
    if (!ras)
        return;
    cache_free(ras->cache);
    memory_free(ras);
}

struct ra *ra_get(struct authority *authority, const char *ca_id, time_t now, struct error *err)
{
    return get(authority, ca_id, BYTES_NONE, now, err);
}

struct ra *ra_find(struct authority *authority, const char *ca_id, struct bytes issuer,
                   struct bytes serial, time_t now, struct error *err)
{
    if (serial.len == 0 || serial.len > SERIAL_OCTETS_MAX)
        return fail_null(err, ERR_NOT_FOUND, "no RA certificate has such a serial");
    SCOPED(ra_release) struct ra *ra = get(authority, ca_id, serial, now, err);
    if (!ra)
        return NULL;
    if (!bytes_equal(ra->issuer, issuer))
        return fail_null(err, ERR_NOT_FOUND, "the RA certificate has another issuer");
    return TAKE(ra);
}

void ra_release(struct ra *ra)
{
    if (!ra || atomic_fetch_sub(&ra->references, 1) != 1)
        return;
    key_free(ra->key);
    arena_free(ra->arena);
    memory_free(ra);
}

void ra_forget(struct authority *authority, const char *ca_id)
{
    cache_forget(authority->ras->cache, ca_id);
}

struct bytes ra_certificate(const struct ra *ra)
{
    return ra->leaf.certificate;
}

bool ra_decrypt(struct ra *ra, bool is_oaep, struct bytes block, uint8_t *out, size_t out_len,
                struct error *err)
{
    return key_decrypt(ra->key, is_oaep, block, out, out_len, err);
}

bool ra_sign(struct ra *ra, enum digest digest, struct bytes digest_octets, struct buf *out,
             struct error *err)
{
    return key_sign(ra->key, digest, digest_octets, out, err);
}

bool ra_chain(struct authority *authority, const char *ca_id, time_t now, struct arena *arena,
              struct bytes *out, size_t max, size_t *count, struct error *err)
{
    SCOPED(ra_release) struct ra *ra = ra_get(authority, ca_id, now, err);
    if (!ra)
        return false;
    SCOPED(issuer_release)
    struct issuer *issuer =
        issuer_get(authority, ra->leaf.tenant_id, ca_id, ra->leaf.version, now, err);
    if (!issuer || max < 2)
        return false;
    struct der chain = der_of(arena_bytes(arena, issuer->chain));
    out[0] = arena_bytes(arena, ra->leaf.certificate);
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
    const struct actor actor = { issuer->tenant_id, "timer", NULL };
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct leaf leaf;
    bool needed;
    if (!is_needed(authority, issuer, now, &needed, err))
        return false;
    if (!needed)
        return true;
    if (!mint_office(authority, issuer, &office, &actor, now, arena, &leaf, err))
        return error_context(err, "RA of CA %s", issuer->ca_id);
    ra_forget(authority, issuer->ca_id);
    return true;
}

bool ra_renew_due(void *context, time_t now, struct error *err)
{
    struct renewing renewing = { .authority = context, .now = now };
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(session_free) struct session *session = store_read(renewing.authority->store, err);
    if (!session || !ca_versions_each(session, arena, renew_one, &renewing, err))
        return false;
    if (renewing.first.code != ERR_NONE)
        *err = renewing.first;
    return err->code == ERR_NONE;
}
