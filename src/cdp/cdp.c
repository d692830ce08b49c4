#include "cdp/cdp.h"

#include "base/arena.h"
#include "base/bytes.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/times.h"
#include "ca/authority.h"
#include "cdp/document.h"
#include "cdp/load.h"
#include "model/crl_row.h"
#include "store/rows.h"
#include "store/store.h"

#include <stdio.h>
#include <string.h>

enum { CHECKED_MS = 1000 }; /* how long we keep a document before we look again */

struct cdp {
    struct authority *authority;
    struct store *store;
    struct document_cache *cache;
};

static const char *const content_types[] = {
    [DOCUMENT_CRL] = "application/pkix-crl",
    [DOCUMENT_DELTA] = "application/pkix-crl",
    [DOCUMENT_CERTIFICATE] = "application/pkix-cert",
    [DOCUMENT_CHAIN] = "application/pkcs7-mime; smime-type=certs-only",
};

/* A list too long for memory, on its way out chunk by chunk. */
struct stream {
    struct store *store;
    struct document *document;
    int64_t position;
    uint64_t sent;
};

static bool next_chunk(void *context, struct buf *out, bool *more)
{
    struct stream *stream = context;
    struct error err = { .code = ERR_NONE };
    SCOPED(session_free) struct session *session = store_read(stream->store, &err);
    size_t before = buf_len(out);
    if (!session || !crls_read(session, stream->document->crl_id, stream->position, out, &err))
        return false;
    stream->position++;
    stream->sent += buf_len(out) - before;
    *more = stream->sent < stream->document->size;
    return true;
}

static void end_stream(void *context)
{
    struct stream *stream = context;
    document_release(stream->document);
    memory_free(stream);
}

static void release_document(void *document)
{
    document_release(document);
}

static void add_cache_headers(const struct cdp *cdp, struct http_job *job,
                              const struct document *document, time_t now)
{
    time_t age = authority_settings(cdp->authority)->max_age_s;
    char text[96];
    if (document->expires_at > 0 && document->expires_at - now < age)
        age = document->expires_at > now ? document->expires_at - now : 0;
    snprintf(text, sizeof text, "public, max-age=%lld", (long long)age);
    http_job_add_header(job, "Cache-Control", text);
    times_http_text(now + age, text);
    http_job_add_header(job, "Expires", text);
}

/* Takes the reference. */
static void answer(struct cdp *cdp, struct http_job *job, struct document *document)
{
    const char *type = content_types[document->key.kind];
    add_cache_headers(cdp, job, document, times_now());
    if (http_reply_not_modified(job, document->etag, document->last_modified)) {
        document_release(document);
    } else if (document->body) {
        http_reply_shared(job, 200, type, buf_bytes(document->body), release_document, document);
    } else {
        struct stream *stream = memory_new(sizeof *stream);
        *stream = (struct stream){ cdp->store, document, 0, 0 };
        http_reply_stream(job, 200, type, document->size, next_chunk, end_stream, stream);
    }
}

static bool read_key(const struct http_job *job, enum document_kind kind, struct document_key *key,
                     struct error *err)
{
    const char *ca_id = http_job_parameter(job, "ca");
    *key = (struct document_key){ .kind = kind };
    if (!ca_id || !text_is_uuid(ca_id) ||
        !text_int(http_job_parameter(job, "n"), 1, INT32_MAX, &key->version))
        return fail(err, ERR_NOT_FOUND, "no such CA");
    /* Ids are kept in lower case; clients may not. */
    for (size_t i = 0; ca_id[i]; i++)
        key->ca_id[i] = (char)(ca_id[i] | (ca_id[i] >= 'A' && ca_id[i] <= 'F' ? 0x20 : 0));
    return true;
}

/* On a worker; serve() has read the key. */
static void load_and_answer(void *context, struct http_job *job)
{
    struct cdp *cdp = context;
    const struct document_key *key = http_job_state(job);
    struct error err = { .code = ERR_NONE };
    int64_t age_ms = 0;
    int64_t now_ms = times_monotonic_ms();
    SCOPED(document_release)
    struct document *known = document_cache_find(cdp->cache, key, now_ms, &age_ms);
    struct document *document =
        document_load(cdp->store, cdp->authority, key, known, times_now(), &err);
    if (!document) {
        http_reply_error(job, &err);
        return;
    }
    document_cache_put(cdp->cache, document, now_ms);
    answer(cdp, job, document);
}

/* On the loop: from memory when it was checked just now, otherwise over to a worker. */
static void serve(struct cdp *cdp, struct http_job *job, enum document_kind kind)
{
    struct error err = { .code = ERR_NONE };
    struct document_key key;
    int64_t age_ms = 0;
    if (!read_key(job, kind, &key, &err)) {
        http_reply_error(job, &err);
        return;
    }
    struct document *document =
        document_cache_find(cdp->cache, &key, times_monotonic_ms(), &age_ms);
    if (document && age_ms <= CHECKED_MS) {
        answer(cdp, job, document);
        return;
    }
    document_release(document);
    struct document_key *kept = arena_take(http_job_arena(job), sizeof *kept);
    *kept = key;
    http_job_set_state(job, kept);
    if (!http_job_move(job, ON_WORKER, load_and_answer, cdp)) {
        fail(&err, ERR_BUSY, "too many requests at once");
        http_reply_error(job, &err);
    }
}

static void serve_crl(void *context, struct http_job *job)
{
    serve(context, job, DOCUMENT_CRL);
}

static void serve_delta(void *context, struct http_job *job)
{
    serve(context, job, DOCUMENT_DELTA);
}

static void serve_certificate(void *context, struct http_job *job)
{
    serve(context, job, DOCUMENT_CERTIFICATE);
}

static void serve_chain(void *context, struct http_job *job)
{
    serve(context, job, DOCUMENT_CHAIN);
}

#define EVERYWHERE (LISTENER_HTTP | LISTENER_HTTPS)

static const struct http_route routes[] = {
    // clang-format off
    { "crl",   HTTP_GET, "/crl/{ca}/v{n}/current.crl", EVERYWHERE, ON_LOOP, 0, serve_crl },
    { "delta", HTTP_GET, "/crl/{ca}/v{n}/delta.crl",   EVERYWHERE, ON_LOOP, 0, serve_delta },
    { "cacer", HTTP_GET, "/ca/{ca}/v{n}/ca.cer",       EVERYWHERE, ON_LOOP, 0, serve_certificate },
    { "chain", HTTP_GET, "/ca/{ca}/v{n}/chain.p7c",    EVERYWHERE, ON_LOOP, 0, serve_chain },
    { 0 },
    // clang-format on
};

struct cdp *cdp_new(struct authority *authority, struct store *store)
{
    struct cdp *cdp = memory_new(sizeof *cdp);
    *cdp = (struct cdp){ authority, store, document_cache_new() };
    return cdp;
}

void cdp_free(struct cdp *cdp)
{
    if (!cdp)
        return;
    document_cache_free(cdp->cache);
    memory_free(cdp);
}

struct http_front cdp_front(struct cdp *cdp)
{
    return (struct http_front){ routes, NULL, cdp };
}
