#include "cdp/load.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "ca/issuer.h"
#include "model/crl_row.h"
#include "store/rows.h"
#include "store/store.h"
#include "x509/algorithm.h"
#include "x509/cms.h"
#include "x509/der.h"

#include <stdio.h>
#include <string.h>

enum { CHAIN_OCTETS_MAX = 1024 * 1024, CHAIN_MAX = 12 };

static void set_etag(struct document *document, const char *hex)
{
    snprintf(document->etag, sizeof document->etag, "\"%s\"", hex);
}

static bool read_body(struct session *session, struct document *document, struct error *err)
{
    document->body = buf_new(CRL_CHUNK_OCTETS);
    return crls_read(session, document->crl_id, 0, document->body, err);
}

static struct document *load_list(struct store *store, const struct document_key *key,
                                  struct document *known, struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(session_free) struct session *session = store_read(store, err);
    int64_t kind = key->kind == DOCUMENT_DELTA ? CRL_DELTA : CRL_COMPLETE;
    struct crl_row row;
    if (!session || !session_snapshot(session, err) ||
        !crls_current(session, key->ca_id, key->version, kind, arena, &row, err))
        return NULL;
    if (known && strcmp(known->crl_id, row.id) == 0)
        return document_hold(known);
    SCOPED(document_release) struct document *document = document_new(key);
    snprintf(document->crl_id, sizeof document->crl_id, "%s", row.id);
    set_etag(document, row.etag);
    document->last_modified = row.this_update;
    document->expires_at = row.next_update;
    document->size = (uint64_t)row.size;
    if (row.size <= CRL_CHUNK_OCTETS && !read_body(session, document, err))
        return NULL;
    return TAKE(document);
}

/* The chain is kept as certificates end to end. */
static bool add_chain(const struct issuer *issuer, struct buf *out, struct error *err)
{
    struct bytes certificates[CHAIN_MAX] = { issuer->certificate };
    size_t count = 1;
    struct der chain = der_of(issuer->chain);
    while (count < CHAIN_MAX && der_take_whole(&chain, DER_SEQUENCE, &certificates[count]))
        count++;
    if (!der_at_end(&chain))
        return fail(err, ERR_INTERNAL, "the stored chain of %s cannot be read", issuer->ca_id);
    cms_put_certificates(certificates, count, out);
    return buf_ok(out) || fail(err, ERR_TOO_LARGE, "the chain is too long");
}

static struct document *load_certificate(struct authority *authority,
                                         const struct document_key *key, struct document *known,
                                         time_t now, struct error *err)
{
    /* A version's certificate never changes once it is there. */
    if (known)
        return document_hold(known);
    SCOPED(issuer_release)
    struct issuer *issuer = issuer_get(authority, NULL, key->ca_id, key->version, now, err);
    if (!issuer)
        return NULL;
    if (issuer->certificate.len == 0)
        return fail_null(err, ERR_NOT_FOUND, "the CA has no certificate yet");
    SCOPED(document_release) struct document *document = document_new(key);
    document->body = buf_new(CHAIN_OCTETS_MAX);
    if (key->kind == DOCUMENT_CERTIFICATE)
        buf_add(document->body, issuer->certificate);
    else if (!add_chain(issuer, document->body, err))
        return NULL;
    uint8_t digest[DIGEST_OCTETS_MAX];
    SCOPED(buf_free) struct buf *hex = buf_new(2 * sizeof digest);
    if (!digest_of(DIGEST_SHA256, buf_bytes(document->body), digest))
        return fail_null(err, ERR_INTERNAL, "no digest");
    hex_encode_lower((struct bytes){ digest, digest_octets(DIGEST_SHA256) }, hex);
    set_etag(document, buf_text(hex));
    document->last_modified = issuer->not_before;
    document->size = buf_len(document->body);
    return TAKE(document);
}

struct document *document_load(struct store *store, struct authority *authority,
                               const struct document_key *key, struct document *known, time_t now,
                               struct error *err)
{
    if (key->kind == DOCUMENT_CRL || key->kind == DOCUMENT_DELTA)
        return load_list(store, key, known, err);
    return load_certificate(authority, key, known, now, err);
}
