#include "ca/issuer.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "ca/authority_inside.h"
#include "ca/cache.h"
#include "ca/usages.h"
#include "store/entity.h"
#include "store/rows.h"
#include "store/store.h"
#include "x509/certificate.h"
#include "x509/name.h"
#include "x509/template.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { ISSUERS_MAX = 4096, ISSUER_KEY_OCTETS = 64, URLS_OCTETS_MAX = 8192 };

/* Everything an issuer points to lives in its arena. */
struct counted {
    struct issuer issuer; /* first: a pointer to one is a pointer to the other */
    struct arena *arena;
    struct template *leaf_template;
    struct template *bare_template;
    atomic_uint references;
};

struct loading {
    const struct authority *authority;
    struct session *session;
    struct ca ca;
    struct ca_version version;
    int64_t staged_version;
    struct certificate certificate;
    time_t now;
};

static void hold(void *issuer)
{
    issuer_hold(issuer);
}

static void release(void *issuer)
{
    issuer_release(issuer);
}

static const struct cache_options cache_options = { ISSUERS_MAX, ISSUER_FRESH_S, hold, release };

static void hash(enum digest digest, struct bytes data, uint8_t *out)
{
    uint8_t octets[DIGEST_OCTETS_MAX];
    digest_of(digest, data, octets);
    memcpy(out, octets, digest_octets(digest));
}

/* RFC 6960 §4.1.1: the key's hash is over the BIT STRING's content. */
static void fill_hashes(struct issuer *issuer, const struct certificate *certificate)
{
    hash(DIGEST_SHA1, issuer->subject, issuer->name_hash_sha1);
    hash(DIGEST_SHA256, issuer->subject, issuer->name_hash_sha256);
    hash(DIGEST_SHA1, certificate->spki.key, issuer->key_hash_sha1);
    hash(DIGEST_SHA256, certificate->spki.key, issuer->key_hash_sha256);
}

/* An external root's certificate may lack the extension that our CSR asked for. */
static struct bytes key_identifier_of(const struct certificate *certificate, struct arena *arena)
{
    if (certificate->subject_key_identifier.len)
        return certificate->subject_key_identifier;
    uint8_t *identifier = arena_take(arena, KEY_IDENTIFIER_OCTETS);
    spki_key_identifier(&certificate->spki, identifier);
    return (struct bytes){ identifier, KEY_IDENTIFIER_OCTETS };
}

/* CDP, freshestCRL (pki-rules §5) and AIA of what this version issues. */
static void put_urls(const struct urls *urls, const struct issuer *issuer, struct buf *out)
{
    SCOPED(buf_free) struct buf *crl = buf_new(URLS_OCTETS_MAX);
    SCOPED(buf_free) struct buf *delta = buf_new(URLS_OCTETS_MAX);
    SCOPED(buf_free) struct buf *certificate = buf_new(URLS_OCTETS_MAX);
    SCOPED(buf_free) struct buf *ocsp = buf_new(URLS_OCTETS_MAX);
    urls_crl(urls, issuer->ca_id, issuer->number, crl);
    urls_delta_crl(urls, issuer->ca_id, issuer->number, delta);
    urls_ca_certificate(urls, issuer->ca_id, issuer->number, certificate);
    urls_ocsp(urls, issuer->ca_id, ocsp);
    extension_put_crl_url(out, OID_CRL_DISTRIBUTION_POINTS, buf_text(crl));
    extension_put_crl_url(out, OID_FRESHEST_CRL, buf_text(delta));
    extension_put_authority_info(out, buf_text(certificate), buf_text(ocsp));
}

static void fill_templates(struct counted *counted, const struct loading *loading)
{
    struct issuer *issuer = &counted->issuer;
    SCOPED(buf_free) struct buf *urls = buf_new(URLS_OCTETS_MAX);
    SCOPED(buf_free) struct buf *fixed = buf_new(2 * URLS_OCTETS_MAX);
    put_urls(&loading->authority->settings.urls, issuer, urls);
    issuer->urls = arena_bytes(counted->arena, buf_bytes(urls));
    extension_put_basic_constraints(fixed, false, -1);
    extension_put_authority_key_identifier(fixed, issuer->key_identifier);
    buf_add(fixed, buf_bytes(urls));
    struct template_fixed bare = { .key_type = loading->certificate.spki.type,
                                   .digest = issuer->digest,
                                   .issuer = issuer->subject };
    struct template_fixed leaf = bare;
    leaf.extensions = buf_bytes(fixed);
    issuer->bare_template = counted->bare_template = template_new(&bare);
    issuer->leaf_template = counted->leaf_template = template_new(&leaf);
}

static bool has_constraints(struct bytes chain, struct arena *arena)
{
    struct der der = der_of(chain);
    struct bytes whole;
    struct certificate above;
    while (der_take_whole(&der, DER_SEQUENCE, &whole)) {
        struct error ignored = { .code = ERR_NONE };
        if (!certificate_parse(whole, arena, &above, &ignored) || above.name_constraints.len)
            return true; /* what cannot be read is judged by OpenSSL when it matters */
    }
    return false;
}

/* A destroyed key leaves an issuer that can still be asked about, and signs nothing. */
static bool fill_key(struct issuer *issuer, const struct loading *loading, struct error *err)
{
    issuer->key = keys_get(loading->authority->keys, loading->version.key_id, KEY_CA, err);
    if (issuer->key || err->code != ERR_NOT_FOUND)
        return issuer->key != NULL;
    error_clear(err);
    return true;
}

static const char *reversed_text(struct bytes name, struct arena *arena)
{
    SCOPED(buf_free) struct buf *text = buf_new((size_t)4 * NAME_OCTETS_MAX);
    return name_text_reversed(name, text) ? arena_text(arena, buf_text(text)) : "";
}

static void fill_rows(struct issuer *issuer, const struct loading *loading, struct arena *arena)
{
    const struct ca *ca = &loading->ca;
    const struct ca_version *version = &loading->version;
    issuer->tenant_id = ca->tenant_id;
    issuer->ca_id = ca->id;
    issuer->number = version->number;
    issuer->status = version->status;
    issuer->is_active_version = version->number == ca->active_version;
    issuer->staged_version = loading->staged_version;
    issuer->ca_type = ca->type;
    issuer->is_internal = ca->is_internal;
    issuer->is_deleted = ca->deleted_at != 0;
    issuer->allow_sha1 = ca->allow_sha1;
    issuer->allow_des = ca->allow_des;
    issuer->certificate = version->certificate;
    issuer->chain = version->chain;
    issuer->digest = digest_of_hash(ca->hash);
    issuer->not_before = version->not_before;
    issuer->not_after = version->not_after;
    issuer->revoked_at = version->revoked_at;
    issuer->revocation_reason = version->revocation_reason;
    issuer->subject = loading->certificate.subject;
    issuer->issuer_name = reversed_text(issuer->subject, arena);
    issuer->key_identifier = key_identifier_of(&loading->certificate, arena);
}

static bool fill(struct counted *counted, struct loading *loading, struct error *err)
{
    struct issuer *issuer = &counted->issuer;
    if (!certificate_parse(loading->version.certificate, counted->arena, &loading->certificate,
                           err) ||
        !usages_from_list(&loading->version.ekus, counted->arena, &issuer->ekus, err))
        return error_context(err, "version %s", loading->version.id);
    fill_rows(issuer, loading, counted->arena);
    fill_hashes(issuer, &loading->certificate);
    fill_templates(counted, loading);
    issuer->is_constrained =
        loading->certificate.name_constraints.len || has_constraints(issuer->chain, counted->arena);
    return fill_key(issuer, loading, err);
}

/* What waits for its certificate has nothing to show yet. */
static bool read_staged(struct loading *loading, struct arena *arena, struct error *err)
{
    struct ca_version pending;
    const struct ca *ca = &loading->ca;
    if (ca->pending_version == 0)
        return true;
    if (!ca_versions_get(loading->session, ca->id, ca->pending_version, loading->now, arena,
                         &pending, err))
        return false;
    if (pending.status == VERSION_STAGED)
        loading->staged_version = pending.number;
    return true;
}

static bool read_rows(struct loading *loading, const char *tenant_id, const char *ca_id,
                      int64_t number, struct arena *arena, struct error *err)
{
    if (!entity_get(loading->session, &ca_entity, tenant_id, ca_id, loading->now, arena,
                    &loading->ca, err))
        return false;
    if (!read_staged(loading, arena, err))
        return false;
    if (number == 0)
        number = loading->ca.active_version;
    if (number == 0)
        return fail(err, ERR_NOT_FOUND, "CA %s has no certificate yet", ca_id);
    if (!ca_versions_get(loading->session, ca_id, number, loading->now, arena, &loading->version,
                         err))
        return false;
    return loading->version.certificate.len ||
           fail(err, ERR_NOT_FOUND, "version %" PRId64 " of CA %s has no certificate yet", number,
                ca_id);
}

static struct issuer *load(struct authority *authority, const char *tenant_id, const char *ca_id,
                           int64_t number, time_t now, struct error *err)
{
    SCOPED(session_free) struct session *session = store_read(authority->store, err);
    if (!session)
        return NULL;
    struct loading loading = { .authority = authority, .session = session, .now = now };
    struct counted *counted = memory_new(sizeof *counted);
    SCOPED(issuer_release) struct issuer *issuer = &counted->issuer;
    atomic_init(&counted->references, 1);
    counted->arena = arena_new();
    if (!read_rows(&loading, tenant_id, ca_id, number, counted->arena, err) ||
        !fill(counted, &loading, err))
        return NULL;
    return TAKE(issuer);
}

struct cache *issuers_new(void)
{
    return cache_new(&cache_options);
}

struct issuer *issuer_get(struct authority *authority, const char *tenant_id, const char *ca_id,
                          int64_t number, time_t now, struct error *err)
{
    char key[ISSUER_KEY_OCTETS];
    uint64_t ticket;
    snprintf(key, sizeof key, "%.36s/%" PRId64, ca_id, number);
    SCOPED(issuer_release)
    struct issuer *issuer = cache_find(authority->issuers, key, now, &ticket);
    if (!issuer) {
        issuer = load(authority, tenant_id, ca_id, number, now, err);
        if (!issuer)
            return NULL;
        cache_put(authority->issuers, key, issuer, now, ticket);
    }
    if ((tenant_id && !text_equal(tenant_id, issuer->tenant_id)) ||
        !text_equal(ca_id, issuer->ca_id))
        return fail_null(err, ERR_NOT_FOUND, "there is no CA %.64s", ca_id);
    return TAKE(issuer);
}

struct collecting {
    int64_t *numbers;
    int count;
    int max;
};

static bool collect_number(const void *object, void *context, struct error *err)
{
    (void)err;
    const struct ca_version *version = object;
    struct collecting *collecting = context;
    if (version->certificate.len && collecting->count < collecting->max)
        collecting->numbers[collecting->count++] = version->number;
    return true;
}

static bool list_numbers(struct authority *authority, const char *ca_id, time_t now,
                         struct collecting *out, struct error *err)
{
    SCOPED(session_free) struct session *session = store_read(authority->store, err);
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct ca ca;
    bool more;
    if (!session || !entity_get(session, &ca_entity, NULL, ca_id, now, arena, &ca, err))
        return false;
    struct query query = {
        .entity = &ca_version_entity,
        .tenant_id = ca.tenant_id,
        .now = now,
        .fixed = { { "ca_id", V_TEXT(ca_id) } },
        .fixed_count = 1,
        .order = { { property_find(&ca_version_entity, "versionNumber"), true } },
        .order_count = 1,
        .top = QUERY_TOP_MAX,
    };
    return entity_list(session, &query, arena, collect_number, out, &more, err);
}

int issuer_versions(struct authority *authority, const char *ca_id, time_t now, struct issuer **out,
                    int max, struct error *err)
{
    int64_t numbers[QUERY_TOP_MAX];
    struct collecting collecting = { numbers, 0, max < QUERY_TOP_MAX ? max : QUERY_TOP_MAX };
    if (!list_numbers(authority, ca_id, now, &collecting, err))
        return -1;
    for (int i = 0; i < collecting.count; i++) {
        out[i] = issuer_get(authority, NULL, ca_id, numbers[i], now, err);
        if (out[i])
            continue;
        while (i > 0)
            issuer_release(out[--i]);
        return -1;
    }
    return collecting.count;
}

struct issuer *issuer_hold(struct issuer *issuer)
{
    atomic_fetch_add(&((struct counted *)issuer)->references, 1);
    return issuer;
}

void issuer_release(struct issuer *issuer)
{
    struct counted *counted = (struct counted *)issuer;
    if (!counted || atomic_fetch_sub(&counted->references, 1) != 1)
        return;
    key_free(issuer->key);
    template_free(counted->leaf_template);
    template_free(counted->bare_template);
    arena_free(counted->arena);
    memory_free(counted);
}

void issuer_forget(struct authority *authority, const char *ca_id)
{
    char prefix[ISSUER_KEY_OCTETS];
    snprintf(prefix, sizeof prefix, "%.36s/", ca_id);
    cache_forget(authority->issuers, prefix);
}
