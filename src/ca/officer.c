#include "ca/officer.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/times.h"
#include "ca/authority_inside.h"
#include "ca/cache.h"
#include "ca/issuer.h"
#include "ca/lifecycle/mint.h"
#include "store/entity.h"
#include "store/rows.h"
#include "store/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { OFFICERS_MAX = 8192, OFFICER_KEY_OCTETS = 160 };

/* Which certificate: this serial's, or the newest when it is empty. */
struct choice {
    const char *ca_id;
    int64_t version;
    struct bytes serial;
    enum leaf_kind kind;
};

static const enum key_purpose purposes[] = { [LEAF_RA] = KEY_RA, [LEAF_RESPONDER] = KEY_RESPONDER };

static void hold(void *officer)
{
    atomic_fetch_add(&((struct officer *)officer)->references, 1);
}

static void release(void *officer)
{
    officer_release(officer);
}

static const struct cache_options cache_options = { OFFICERS_MAX, ISSUER_FRESH_S, hold, release };

static bool is_usable(const struct leaf *leaf, enum leaf_kind kind, time_t now)
{
    return leaf->kind == kind && !leaf->revoked_at && now >= leaf->not_before &&
           now <= leaf->not_after;
}

static bool read_leaf(struct session *session, const struct choice *choice, time_t now,
                      struct arena *arena, struct leaf *out, struct error *err)
{
    struct ca ca;
    int64_t version = choice->version;
    if (choice->serial.len)
        return leaves_find_by_serial(session, choice->ca_id, choice->serial, now, arena, out, err);
    if (version == 0) {
        if (!entity_get(session, &ca_entity, NULL, choice->ca_id, now, arena, &ca, err))
            return false;
        version = ca.active_version;
    }
    return leaves_newest(session, choice->ca_id, version, choice->kind, now, arena, out, err);
}

static bool fill(struct officer *officer, struct authority *authority, const struct choice *choice,
                 time_t now, struct error *err)
{
    struct leaf leaf;
    struct certificate certificate;
    SCOPED(session_free) struct session *session = store_read(authority->store, err);
    if (!session || !read_leaf(session, choice, now, officer->arena, &leaf, err))
        return false;
    if (!is_usable(&leaf, choice->kind, now))
        return fail(err, ERR_NOT_FOUND, "CA %s has no %s certificate in date", choice->ca_id,
                    key_purpose_text(purposes[choice->kind]));
    if (!certificate_parse(leaf.certificate, officer->arena, &certificate, err))
        return false;
    officer->tenant_id = leaf.tenant_id;
    officer->version = leaf.version;
    officer->certificate = leaf.certificate;
    officer->issuer = certificate.issuer;
    officer->not_after = leaf.not_after;
    officer->key_type = certificate.spki.type;
    officer->digest = key_type_digest(certificate.spki.type);
    spki_key_identifier(&certificate.spki, officer->key_hash);
    officer->key = keys_get(authority->keys, leaf.key_id, purposes[choice->kind], err);
    return officer->key != NULL;
}

static struct officer *load(struct authority *authority, const struct choice *choice, time_t now,
                            struct error *err)
{
    SCOPED(officer_release) struct officer *officer = memory_new(sizeof *officer);
    atomic_init(&officer->references, 1);
    officer->arena = arena_new();
    if (!fill(officer, authority, choice, now, err))
        return NULL;
    return TAKE(officer);
}

static struct officer *get(struct authority *authority, const struct choice *choice, time_t now,
                           struct error *err)
{
    char key[OFFICER_KEY_OCTETS];
    uint64_t ticket;
    SCOPED(buf_free) struct buf *hex = buf_new(2 * SERIAL_OCTETS_MAX);
    hex_encode(choice->serial, hex);
    snprintf(key, sizeof key, "%.36s/%d/%" PRId64 "/%s", choice->ca_id, (int)choice->kind,
             choice->version, buf_text(hex));
    struct officer *officer = cache_find(authority->officers, key, now, &ticket);
    if (officer)
        return officer;
    officer = load(authority, choice, now, err);
    if (officer)
        cache_put(authority->officers, key, officer, now, ticket);
    return officer;
}

/* A certificate cut to the CA's own end cannot be bettered by another. */
static bool is_enough(const struct leaf *leaf, const struct issuer *issuer, enum leaf_kind kind,
                      time_t now)
{
    bool has_half_its_life = now < leaf->not_before + (leaf->not_after - leaf->not_before) / 2;
    return is_usable(leaf, kind, now) &&
           (has_half_its_life || leaf->not_after >= issuer->not_after);
}

static bool has_key_type(const struct leaf *leaf, enum key_type type, struct arena *arena)
{
    struct certificate certificate;
    struct error ignored = { .code = ERR_NONE };
    return certificate_parse(leaf->certificate, arena, &certificate, &ignored) &&
           certificate.spki.type == type;
}

static bool is_needed(struct authority *authority, const struct issuer *issuer,
                      const struct office *office, time_t now, bool *out, struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(session_free) struct session *session = store_read(authority->store, err);
    struct error missing = { .code = ERR_NONE };
    struct leaf leaf;
    *out = true;
    if (!session)
        return false;
    if (!leaves_newest(session, issuer->ca_id, issuer->number, office->kind, now, arena, &leaf,
                       &missing))
        return missing.code == ERR_NOT_FOUND || fail(err, missing.code, "%s", missing.message);
    *out = !is_enough(&leaf, issuer, office->kind, now) ||
           !has_key_type(&leaf, office->key_type, arena);
    return true;
}

struct renewing {
    struct authority *authority;
    bool (*has)(const struct ca_version *version);
    bool (*ensure)(struct authority *authority, const struct issuer *issuer, time_t now,
                   struct error *err);
    time_t now;
    struct error first;
};

static bool renew_one(const struct ca_version *version, void *context, struct error *err)
{
    (void)err;
    struct renewing *renewing = context;
    struct error own = { .code = ERR_NONE };
    if ((renewing->has && !renewing->has(version)) || version->not_after - renewing->now < DAY)
        return true;
    SCOPED(issuer_release)
    struct issuer *issuer = issuer_get(renewing->authority, version->tenant_id, version->ca_id,
                                       version->number, renewing->now, &own);
    bool is_done = issuer && renewing->ensure(renewing->authority, issuer, renewing->now, &own);
    if (!is_done && renewing->first.code == ERR_NONE)
        renewing->first = own;
    return true;
}

struct cache *officers_new(void)
{
    return cache_new(&cache_options);
}

struct officer *officer_get(struct authority *authority, const char *ca_id, int64_t version,
                            enum leaf_kind kind, time_t now, struct error *err)
{
    const struct choice choice = { .ca_id = ca_id, .version = version, .kind = kind };
    return get(authority, &choice, now, err);
}

struct officer *officer_get_by_serial(struct authority *authority, const char *ca_id,
                                      struct bytes serial, enum leaf_kind kind, time_t now,
                                      struct error *err)
{
    const struct choice choice = { .ca_id = ca_id, .serial = serial, .kind = kind };
    if (serial.len == 0 || serial.len > SERIAL_OCTETS_MAX)
        return fail_null(err, ERR_NOT_FOUND, "no certificate has such a serial");
    return get(authority, &choice, now, err);
}

struct officer *officer_of_issuer(struct authority *authority, const struct issuer *issuer,
                                  enum leaf_kind kind, struct error *err)
{
    if (!issuer->key)
        return fail_null(err, ERR_NOT_FOUND, "the key of CA %s is destroyed", issuer->ca_id);
    SCOPED(officer_release) struct officer *officer = memory_new(sizeof *officer);
    atomic_init(&officer->references, 1);
    officer->arena = arena_new();
    officer->tenant_id = arena_text(officer->arena, issuer->tenant_id);
    officer->version = issuer->number;
    officer->issuer = arena_bytes(officer->arena, issuer->subject);
    officer->not_after = issuer->not_after;
    officer->key_type = key_type(issuer->key);
    officer->digest = issuer->digest;
    memcpy(officer->key_hash, issuer->key_hash_sha1, sizeof officer->key_hash);
    officer->key = keys_get(authority->keys, key_id(issuer->key), purposes[kind], err);
    return officer->key ? TAKE(officer) : NULL;
}

void officer_release(struct officer *officer)
{
    if (!officer || atomic_fetch_sub(&officer->references, 1) != 1)
        return;
    key_free(officer->key);
    arena_free(officer->arena);
    memory_free(officer);
}

bool officer_sign(struct officer *officer, enum digest digest, struct bytes digest_octets,
                  struct buf *out, struct error *err)
{
    return key_sign(officer->key, digest, digest_octets, out, err);
}

bool officer_decrypt(struct officer *officer, bool is_oaep, struct bytes block, uint8_t *out,
                     size_t out_len, struct error *err)
{
    return key_decrypt(officer->key, is_oaep, block, out, out_len, err);
}

bool officer_ensure(struct authority *authority, const struct issuer *issuer,
                    const struct office *office, time_t now, struct error *err)
{
    const struct actor actor = { issuer->tenant_id, "timer", NULL };
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct leaf leaf;
    bool needed;
    if (!is_needed(authority, issuer, office, now, &needed, err))
        return false;
    if (!needed)
        return true;
    if (!mint_office(authority, issuer, office, &actor, now, arena, &leaf, err))
        return error_context(err, "%s of CA %s", key_purpose_text(purposes[office->kind]),
                             issuer->ca_id);
    officers_forget(authority, issuer->ca_id);
    return true;
}

bool officers_renew(struct authority *authority, bool (*has)(const struct ca_version *version),
                    bool (*ensure)(struct authority *authority, const struct issuer *issuer,
                                   time_t now, struct error *err),
                    time_t now, struct error *err)
{
    struct renewing renewing = { .authority = authority, .has = has, .ensure = ensure, .now = now };
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(session_free) struct session *session = store_read(authority->store, err);
    if (!session || !ca_versions_each(session, arena, renew_one, &renewing, err))
        return false;
    if (renewing.first.code != ERR_NONE)
        *err = renewing.first;
    return err->code == ERR_NONE;
}

void officers_forget(struct authority *authority, const char *ca_id)
{
    cache_forget(authority->officers, ca_id);
}
