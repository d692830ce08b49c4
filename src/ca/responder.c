#include "ca/responder.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/times.h"
#include "ca/authority_inside.h"
#include "ca/cache.h"
#include "ca/issuer.h"
#include "ca/mint.h"
#include "store/rows.h"
#include "store/store.h"
#include "x509/certificate.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>

/* Renewed at half of 30 days, so one that is looked up again each minute is never the last. */
enum { RESPONDERS_MAX = 4096, RESPONDER_FRESH_S = MINUTE, RESPONDER_KEY_OCTETS = 64 };

struct responder {
    struct arena *arena;
    struct leaf leaf; /* in the arena */
    struct key *key;
    uint8_t key_hash[KEY_IDENTIFIER_OCTETS];
    atomic_uint references;
};

struct responders {
    struct cache *cache; /* "caId/version" */
};

static void hold(void *responder)
{
    atomic_fetch_add(&((struct responder *)responder)->references, 1);
}

static void release(void *responder)
{
    responder_release(responder);
}

static const struct cache_options cache_options = { RESPONDERS_MAX, RESPONDER_FRESH_S, hold,
                                                    release };

static bool is_usable(const struct leaf *leaf, time_t now)
{
    return !leaf->revoked_at && now >= leaf->not_before && now <= leaf->not_after;
}

static bool fill(struct responder *responder, struct authority *authority, const char *ca_id,
                 int64_t version, time_t now, struct error *err)
{
    struct certificate certificate;
    SCOPED(session_free) struct session *session = store_read(authority->store, err);
    if (!session || !leaves_newest(session, ca_id, version, LEAF_RESPONDER, now, responder->arena,
                                   &responder->leaf, err))
        return false;
    if (!is_usable(&responder->leaf, now))
        return fail(err, ERR_NOT_FOUND, "CA %s has no OCSP responder in date", ca_id);
    if (!certificate_parse(responder->leaf.certificate, responder->arena, &certificate, err))
        return false;
    spki_key_identifier(&certificate.spki, responder->key_hash);
    responder->key = keys_get(authority->keys, responder->leaf.key_id, KEY_RESPONDER, err);
    return responder->key != NULL;
}

static struct responder *load(struct authority *authority, const char *ca_id, int64_t version,
                              time_t now, struct error *err)
{
    SCOPED(responder_release) struct responder *responder = memory_new(sizeof *responder);
    atomic_init(&responder->references, 1);
    responder->arena = arena_new();
    if (!fill(responder, authority, ca_id, version, now, err))
        return NULL;
    return TAKE(responder);
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
    struct error missing = { .code = ERR_NONE };
    struct leaf leaf;
    *out = true;
    if (!session)
        return false;
    if (!leaves_newest(session, issuer->ca_id, issuer->number, LEAF_RESPONDER, now, arena, &leaf,
                       &missing))
        return missing.code == ERR_NOT_FOUND || fail(err, missing.code, "%s", missing.message);
    bool is_last = is_usable(&leaf, now) && leaf.not_after >= issuer->not_after;
    *out = !is_last && !has_half_its_life(&leaf, now);
    return true;
}

struct renewing {
    struct authority *authority;
    time_t now;
    struct error first; /* one CA's trouble keeps no other waiting */
};

static bool renew_one(const struct ca_version *version, void *context, struct error *err)
{
    (void)err;
    struct renewing *renewing = context;
    struct error own = { .code = ERR_NONE };
    if (version->not_after - renewing->now < DAY)
        return true;
    SCOPED(issuer_release)
    struct issuer *issuer = issuer_get(renewing->authority, version->tenant_id, version->ca_id,
                                       version->number, renewing->now, &own);
    bool is_done = issuer && (!issuer->key ||
                              responder_ensure(renewing->authority, issuer, renewing->now, &own));
    if (!is_done && renewing->first.code == ERR_NONE)
        renewing->first = own;
    return true;
}

struct responders *responders_new(void)
{
    struct responders *responders = memory_new(sizeof *responders);
    responders->cache = cache_new(&cache_options);
    return responders;
}

void responders_free(struct responders *responders)
{
    if (!responders)
        return;
    cache_free(responders->cache);
    memory_free(responders);
}

struct responder *responder_get(struct authority *authority, const char *ca_id, int64_t version,
                                time_t now, struct error *err)
{
    char key[RESPONDER_KEY_OCTETS];
    uint64_t ticket;
    snprintf(key, sizeof key, "%.36s/%" PRId64, ca_id, version);
    struct responder *responder = cache_find(authority->responders->cache, key, now, &ticket);
    if (responder)
        return responder;
    responder = load(authority, ca_id, version, now, err);
    if (responder)
        cache_put(authority->responders->cache, key, responder, now, ticket);
    return responder;
}

void responder_release(struct responder *responder)
{
    if (!responder || atomic_fetch_sub(&responder->references, 1) != 1)
        return;
    key_free(responder->key);
    arena_free(responder->arena);
    memory_free(responder);
}

struct bytes responder_certificate(const struct responder *responder)
{
    return responder->leaf.certificate;
}

time_t responder_not_after(const struct responder *responder)
{
    return responder->leaf.not_after;
}

enum key_type responder_key_type(const struct responder *responder)
{
    return key_type(responder->key);
}

enum digest responder_digest(const struct responder *responder)
{
    return key_type_digest(key_type(responder->key));
}

const uint8_t *responder_key_hash(const struct responder *responder)
{
    return responder->key_hash;
}

bool responder_sign(struct responder *responder, struct bytes digest_octets, struct buf *out,
                    struct error *err)
{
    return key_sign(responder->key, responder_digest(responder), digest_octets, out, err);
}

bool responder_ensure(struct authority *authority, const struct issuer *issuer, time_t now,
                      struct error *err)
{
    static const struct office office = { .kind = LEAF_RESPONDER, .key_type = KEY_P256 };
    const struct actor actor = { issuer->tenant_id, "timer", NULL };
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct leaf leaf;
    bool needed;
    if (!is_needed(authority, issuer, now, &needed, err))
        return false;
    if (!needed)
        return true;
    if (!mint_office(authority, issuer, &office, &actor, now, arena, &leaf, err))
        return error_context(err, "OCSP responder of CA %s", issuer->ca_id);
    cache_forget(authority->responders->cache, issuer->ca_id);
    return true;
}

bool responder_renew_due(void *context, time_t now, struct error *err)
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
