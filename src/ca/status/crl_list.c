#include "ca/status/crl_list.h"

#include "base/bytes.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/text.h"
#include "ca/issuer.h"
#include "keys/keys.h"
#include "model/urls.h"
#include "store/rows.h"
#include "store/store.h"
#include "x509/algorithm.h"
#include "x509/crl.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>

enum {
    FRAME_OCTETS_MAX = 128 * 1024, /* what stands around the entries */
    ENTRY_ROOM = 256,              /* more than any entry takes */
    URL_OCTETS_MAX = 4096,
    ETAG_OCTETS = 65,
    CHUNKS_UNDER_WAY_MAX = 8, /* so that reading goes on while commits run, several in one */
};

struct crl_list {
    struct store *store;
    const struct issuer *issuer;
    struct crl_row row;
    char id[UUID_TEXT_OCTETS];
    char etag[ETAG_OCTETS];
    time_t ends_from;
    time_t since;
    struct buf *url;       /* of the deltas */
    struct buf *algorithm; /* AlgorithmIdentifier */
    struct buf *piece;     /* entries not stored yet */
    struct buf *first;     /* chunk 0 */
    int64_t pieces;        /* handed to the store so far, at positions 1 … pieces */
    uint64_t entries_octets;

    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t stored;
    size_t under_way;                        /* chunks that the store has not answered for */
    struct buf *spare[CHUNKS_UNDER_WAY_MAX]; /* used again; those from under_way on */
    struct error failure;                    /* the first */
};

/* One chunk on its way into the database. */
struct chunk {
    struct crl_list *list;
    int64_t position;
    struct buf *octets;
};

static bool put_chunk(struct session *session, void *context, struct error *err)
{
    const struct chunk *chunk = context;
    return crls_put_chunk(session, chunk->list->id, chunk->position, buf_bytes(chunk->octets), err);
}

/* Signalled under the lock: whoever waits may free the list as soon as it is given up. */
static void end_chunk(void *context, const struct error *err)
{
    struct chunk *chunk = context;
    struct crl_list *list = chunk->list;
    pthread_mutex_lock(&list->lock);
    if (err->code != ERR_NONE && list->failure.code == ERR_NONE)
        list->failure = *err;
    buf_truncate(chunk->octets, 0);
    list->spare[--list->under_way] = chunk->octets;
    pthread_cond_signal(&list->stored);
    pthread_mutex_unlock(&list->lock);
    memory_free(chunk);
}

/* Waits until at most so many chunks are under way; true unless one failed. */
static bool wait_for(struct crl_list *list, size_t under_way, struct error *err)
{
    pthread_mutex_lock(&list->lock);
    while (list->under_way > under_way)
        pthread_cond_wait(&list->stored, &list->lock);
    struct error failure = list->failure;
    pthread_mutex_unlock(&list->lock);
    return failure.code == ERR_NONE || fail(err, failure.code, "%s", failure.message);
}

/* Takes the octets and leaves an empty buf in their place. */
static bool store_chunk(struct crl_list *list, int64_t position, struct buf **octets,
                        struct error *err)
{
    if (!wait_for(list, CHUNKS_UNDER_WAY_MAX - 1, err))
        return false;
    struct chunk *chunk = memory_new(sizeof *chunk);
    *chunk = (struct chunk){ list, position, *octets };
    pthread_mutex_lock(&list->lock);
    struct buf *spare = list->spare[list->under_way];
    list->spare[list->under_way++] = NULL;
    pthread_mutex_unlock(&list->lock);
    *octets = spare ? spare : buf_new(CRL_CHUNK_OCTETS);
    const struct write write = { put_chunk, end_chunk, chunk };
    if (store_submit(list->store, &write, err))
        return true;
    end_chunk(chunk, err);
    return false;
}

static bool store_piece(struct crl_list *list, struct error *err)
{
    if (!store_chunk(list, list->pieces + 1, &list->piece, err))
        return false;
    list->pieces++;
    return true;
}

static bool add_entry(const struct revocation *revocation, void *context, struct error *err)
{
    struct crl_list *list = context;
    if (buf_len(list->piece) > CRL_CHUNK_OCTETS - ENTRY_ROOM && !store_piece(list, err))
        return false;
    const struct crl_entry entry = { revocation->serial, revocation->revoked_at,
                                     revocation->reason };
    size_t before = buf_len(list->piece);
    crl_put_entry(list->piece, &entry);
    if (!buf_ok(list->piece))
        return fail(err, ERR_INTERNAL, "CRL: a revocation of CA %s that cannot be written",
                    list->issuer->ca_id);
    list->entries_octets += buf_len(list->piece) - before;
    list->row.entries++;
    return true;
}

/* Shards would carry an issuingDistributionPoint; a list that is whole needs none (pki-rules §5).
 */
static struct crl_head head_of(struct crl_list *list)
{
    bool is_delta = list->row.kind == CRL_DELTA;
    return (struct crl_head){
        .algorithm = buf_bytes(list->algorithm),
        .issuer = list->issuer->subject,
        .key_identifier = list->issuer->key_identifier,
        .this_update = list->row.this_update,
        .next_update = list->row.next_update,
        .number = list->row.number,
        .is_delta = is_delta,
        .base_number = list->row.base_number,
        .freshest_url = is_delta ? NULL : buf_text(list->url),
    };
}

static bool update(EVP_MD_CTX *digest, const struct buf *buf, struct error *err)
{
    struct bytes octets = buf_bytes(buf);
    return EVP_DigestUpdate(digest, octets.data, octets.len) == 1 ||
           fail(err, ERR_INTERNAL, "CRL: the digest cannot be computed");
}

static bool digest_pieces(const struct crl_list *list, EVP_MD_CTX *digest, struct error *err)
{
    if (list->pieces == 0)
        return update(digest, list->piece, err);
    SCOPED(session_free) struct session *session = store_read(list->store, err);
    SCOPED(buf_free) struct buf *piece = buf_new(CRL_CHUNK_OCTETS);
    for (int64_t i = 1; session && i <= list->pieces; i++) {
        buf_truncate(piece, 0);
        if (!crls_read(session, list->id, i, piece, err) || !update(digest, piece, err))
            return false;
    }
    return session != NULL;
}

static bool digest_list(const struct crl_list *list, const struct buf *begin, const struct buf *end,
                        uint8_t out[DIGEST_OCTETS_MAX], struct error *err)
{
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    bool is_done = digest &&
                   EVP_DigestInit_ex(digest, digest_md(list->issuer->digest), NULL) == 1 &&
                   update(digest, begin, err) && digest_pieces(list, digest, err) &&
                   update(digest, end, err) && EVP_DigestFinal_ex(digest, out, NULL) == 1;
    EVP_MD_CTX_free(digest);
    return is_done || fail(err, ERR_INTERNAL, "CRL: the digest cannot be computed");
}

/* A digest of what the signature makes unique; the whole is not read again for it. */
static bool make_etag(struct crl_list *list, struct bytes digest, struct bytes signature,
                      struct error *err)
{
    uint8_t octets[DIGEST_OCTETS_MAX];
    SCOPED(buf_free) struct buf *both = buf_new(DIGEST_OCTETS_MAX + SIGNATURE_OCTETS_MAX);
    SCOPED(buf_free) struct buf *hex = buf_new(sizeof list->etag);
    buf_add(both, digest);
    buf_add(both, signature);
    if (!digest_of(DIGEST_SHA256, buf_bytes(both), octets))
        return fail(err, ERR_INTERNAL, "CRL: the digest cannot be computed");
    hex_encode_lower((struct bytes){ octets, digest_octets(DIGEST_SHA256) }, hex);
    snprintf(list->etag, sizeof list->etag, "%s", buf_text(hex));
    return true;
}

/* end has the signature too: it is the last chunk, or the end of the only one. */
static bool make_frame(struct crl_list *list, const struct buf *begin, struct buf **end,
                       struct error *err)
{
    uint64_t inside = buf_len(begin) + list->entries_octets + buf_len(*end);
    list->first = buf_new(2 * FRAME_OCTETS_MAX + CRL_CHUNK_OCTETS);
    crl_put_header(list->first, inside);
    list->row.size = (int64_t)(buf_len(list->first) + inside);
    buf_add(list->first, buf_bytes(begin));
    if (list->pieces)
        return store_chunk(list, list->pieces + 1, end, err) && wait_for(list, 0, err);
    buf_add(list->first, buf_bytes(list->piece));
    buf_add(list->first, buf_bytes(*end));
    return true;
}

struct crl_list *crl_list_new(struct store *store, const struct crl_plan *plan)
{
    const struct issuer *issuer = plan->issuer;
    struct crl_list *list = memory_new(sizeof *list);
    list->store = store;
    list->issuer = issuer;
    list->ends_from = plan->ends_from;
    list->since = plan->since;
    list->url = buf_new(URL_OCTETS_MAX);
    list->algorithm = buf_new(64);
    list->piece = buf_new(CRL_CHUNK_OCTETS);
    urls_delta_crl(plan->urls, issuer->ca_id, issuer->number, list->url);
    random_uuid(list->id);
    pthread_mutex_init(&list->lock, NULL);
    pthread_cond_init(&list->stored, NULL);
    list->row = (struct crl_row){
        .id = list->id,
        .tenant_id = issuer->tenant_id,
        .ca_id = issuer->ca_id,
        .version = issuer->number,
        .kind = plan->kind,
        .number = plan->number,
        .base_number = plan->kind == CRL_DELTA ? plan->base_number : 0,
        .this_update = plan->this_update,
        .next_update = plan->next_update,
        .etag = list->etag,
        .is_scheduled = plan->is_scheduled,
    };
    return list;
}

bool crl_list_gather(struct crl_list *list, struct session *session, struct error *err)
{
    return revocations_each(session, list->issuer->ca_id, list->ends_from, list->since, add_entry,
                            list, err) &&
           (list->pieces == 0 || buf_len(list->piece) == 0 || store_piece(list, err)) &&
           wait_for(list, 0, err);
}

bool crl_list_sign(struct crl_list *list, struct error *err)
{
    struct key *key = list->issuer->key;
    enum digest kind = list->issuer->digest;
    uint8_t octets[DIGEST_OCTETS_MAX];
    SCOPED(buf_free) struct buf *begin = buf_new(FRAME_OCTETS_MAX);
    SCOPED(buf_free) struct buf *end = buf_new(FRAME_OCTETS_MAX);
    SCOPED(buf_free) struct buf *signature = buf_new(SIGNATURE_OCTETS_MAX);
    signature_algorithm_put(key_type(key), kind, list->algorithm);
    const struct crl_head head = head_of(list);
    crl_put_begin(begin, &head, list->entries_octets);
    crl_put_end(end, &head);
    if (!buf_ok(begin) || !buf_ok(end))
        return fail(err, ERR_INTERNAL, "CRL: name or address of CA %s is too long",
                    list->issuer->ca_id);
    struct bytes digest = { octets, digest_octets(kind) };
    if (!digest_list(list, begin, end, octets, err) || !key_sign(key, kind, digest, signature, err))
        return false;
    crl_put_signature(end, &head, buf_bytes(signature));
    return make_etag(list, digest, buf_bytes(signature), err) && make_frame(list, begin, &end, err);
}

bool crl_list_publish(const struct crl_list *list, struct session *session, struct error *err)
{
    return crls_put_chunk(session, list->id, 0, buf_bytes(list->first), err) &&
           crls_publish(session, &list->row, err);
}

void crl_list_free(struct crl_list *list)
{
    if (!list)
        return;
    struct error ignored = { .code = ERR_NONE };
    if (!wait_for(list, 0, &ignored))
        error_clear(&ignored);
    for (size_t i = 0; i < CHUNKS_UNDER_WAY_MAX; i++)
        buf_free(list->spare[i]);
    pthread_cond_destroy(&list->stored);
    pthread_mutex_destroy(&list->lock);
    buf_free(list->url);
    buf_free(list->algorithm);
    buf_free(list->piece);
    buf_free(list->first);
    memory_free(list);
}
