#include "ocsp/sign.h"

#include "base/bytes.h"
#include "base/error.h"
#include "base/times.h"
#include "ca/issuer.h"
#include "ca/responder.h"
#include "ca/status/status.h"
#include "ocsp/index.h"
#include "store/store.h"
#include "x509/algorithm.h"
#include "x509/ocsp.h"
#include "x509/reason.h"

#include <string.h>

/* unknown is kept by nobody for longer than a minute: the certificate may be issued any moment. */
enum { WINDOW_S = 12 * HOUR, UNKNOWN_WINDOW_S = MINUTE };

static bool is_issuer(const struct issuer *issuer, const struct ocsp_cert_id *id)
{
    bool is_sha1 = id->digest == DIGEST_SHA1;
    struct bytes name =
        is_sha1 ? BYTES_OF(issuer->name_hash_sha1) : BYTES_OF(issuer->name_hash_sha256);
    struct bytes key =
        is_sha1 ? BYTES_OF(issuer->key_hash_sha1) : BYTES_OF(issuer->key_hash_sha256);
    return id->digest != DIGEST_NONE && bytes_equal(name, id->name_hash) &&
           bytes_equal(key, id->key_hash);
}

/* NULL without err when the CertID is not ours. */
static struct issuer *find_issuer(const struct signing *signing, const struct ocsp_cert_id *id,
                                  struct error *err)
{
    struct index_row row;
    bool found;
    if (!index_find(signing->index, id, signing->ca_id, signing->now_ms, &row, &found, err) ||
        !found)
        return NULL;
    SCOPED(issuer_release)
    struct issuer *issuer =
        issuer_get(signing->authority, NULL, row.ca_id, row.number, signing->now, err);
    return issuer && is_issuer(issuer, id) ? TAKE(issuer) : NULL;
}

static struct issuer *find_signer(const struct signing *signing, const struct ocsp_request *request,
                                  struct error *err)
{
    for (size_t i = 0; i < request->count && err->code == ERR_NONE; i++) {
        SCOPED(issuer_release)
        struct issuer *issuer = find_issuer(signing, &request->cert_ids[i], err);
        if (issuer && signing->now <= issuer->not_after)
            return TAKE(issuer);
    }
    return fail_null(err, ERR_FORBIDDEN, "ocsp: no certificate asked about is of a CA here");
}

static time_t earliest(time_t a, time_t b)
{
    return a < b ? a : b;
}

static bool fill_single(const struct signing *signing, struct session *session,
                        const struct issuer *issuer, const struct ocsp_cert_id *id,
                        struct ocsp_single *out, struct error *err)
{
    static const enum ocsp_cert_status states[] = {
        [STATE_UNKNOWN] = OCSP_UNKNOWN, [STATE_GOOD] = OCSP_GOOD, [STATE_REVOKED] = OCSP_REVOKED
    };
    struct certificate_status status = { .state = STATE_UNKNOWN };
    if (is_issuer(issuer, id) && !status_get(session, issuer, id->serial, &status, err))
        return false;
    time_t window = status.state == STATE_UNKNOWN ? UNKNOWN_WINDOW_S : WINDOW_S;
    *out = (struct ocsp_single){
        .cert_id = id->der,
        .status = states[status.state],
        .revoked_at = status.revoked_at,
        .reason = status.reason,
        .this_update = signing->now,
        .next_update = signing->now + window,
    };
    return true;
}

/* No window passes the end of the responder or of the CA, §6. */
static bool fill_singles(const struct signing *signing, const struct ocsp_request *request,
                         const struct issuer *issuer, const struct officer *responder,
                         struct ocsp_single *out, struct error *err)
{
    SCOPED(session_free) struct session *session = store_read(signing->store, err);
    time_t end = earliest(issuer->not_after, responder->not_after);
    for (size_t i = 0; session && i < request->count; i++) {
        if (!fill_single(signing, session, issuer, &request->cert_ids[i], &out[i], err))
            return false;
        out[i].next_update = earliest(out[i].next_update, end);
    }
    return session != NULL;
}

static bool sign(struct officer *responder, const struct ocsp_data *data, struct buf *out,
                 struct error *err)
{
    uint8_t octets[DIGEST_OCTETS_MAX];
    enum digest digest = responder->digest;
    SCOPED(buf_free) struct buf *tbs = buf_new(OCSP_RESPONSE_OCTETS_MAX);
    SCOPED(buf_free) struct buf *algorithm = buf_new(64);
    SCOPED(buf_free) struct buf *signature = buf_new(SIGNATURE_OCTETS_MAX);
    ocsp_put_data(data, tbs);
    signature_algorithm_put(responder->key_type, digest, algorithm);
    if (!digest_of(digest, buf_bytes(tbs), octets))
        return fail(err, ERR_INTERNAL, "ocsp: the digest cannot be computed");
    if (!officer_sign(responder, digest, (struct bytes){ octets, digest_octets(digest) }, signature,
                      err))
        return false;
    ocsp_put_response(buf_bytes(tbs), buf_bytes(algorithm), buf_bytes(signature),
                      responder->certificate, out);
    return (buf_ok(tbs) && buf_ok(out)) || fail(err, ERR_TOO_LARGE, "ocsp: the answer is too long");
}

/* Why there is no responder is ours to mend, and the client's to wait for. */
static struct officer *find_responder(const struct signing *signing, const struct issuer *issuer,
                                      struct error *err)
{
    struct error own = { .code = ERR_NONE };
    struct officer *responder = responder_get(signing->authority, issuer, signing->now, &own);
    if (!responder)
        fail(err, own.code == ERR_NOT_FOUND ? ERR_BUSY : own.code, "%s", own.message);
    return responder;
}

static struct answer *make(const struct ocsp_request *request, const struct issuer *issuer,
                           const struct ocsp_single *singles, struct bytes body)
{
    bool is_kept = request->count == 1 && !request->has_nonce && singles[0].status != OCSP_UNKNOWN;
    struct answer *answer = answer_new(body, is_kept ? &request->cert_ids[0] : NULL, issuer->ca_id);
    answer->this_update = singles[0].this_update;
    answer->next_update = singles[0].next_update;
    for (size_t i = 1; i < request->count; i++)
        answer->next_update = earliest(answer->next_update, singles[i].next_update);
    return answer;
}

struct answer *sign_answer(const struct signing *signing, const struct ocsp_request *request,
                           struct error *err)
{
    struct ocsp_single singles[OCSP_CERT_IDS_MAX];
    SCOPED(buf_free) struct buf *body = buf_new(OCSP_RESPONSE_OCTETS_MAX);
    SCOPED(issuer_release) struct issuer *issuer = find_signer(signing, request, err);
    if (!issuer)
        return NULL;
    SCOPED(officer_release) struct officer *responder = find_responder(signing, issuer, err);
    if (!responder || !fill_singles(signing, request, issuer, responder, singles, err))
        return NULL;
    const struct ocsp_data data = {
        .key_hash = responder->key_hash,
        .produced_at = signing->now,
        .singles = singles,
        .count = request->count,
        .has_nonce = request->has_nonce,
        .nonce = request->nonce,
    };
    if (!sign(responder, &data, body, err))
        return NULL;
    return make(request, issuer, singles, buf_bytes(body));
}
