/*
 * The order is that of pki-rules §4: outer signature, message type, envelope, content. Whatever
 * goes wrong once the transaction is known is answered by a signed CertRep; busy and internal
 * errors are HTTP's.
 */
#include "scep/exchange.h"

#include "base/arena.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/text.h"
#include "ca/issuer.h"
#include "ca/ra.h"
#include "http/server.h"
#include "scep/enrol.h"
#include "scep/fetch.h"
#include "scep/scep_inside.h"

enum {
    FAIL_TEXT_OCTETS_MAX = 1024,
    ROW_NONE = 0,
    ROW_PKCS_REQ,
    ROW_RENEWAL_REQ,
    ROW_CERT_POLL,
    ROW_GET_CERT,
    ROW_GET_CRL,
    ROW_COUNT
};

/* clang-format off */
const struct message_row message_rows[ROW_COUNT] = {
    [ROW_NONE]        = { "none",       NULL },
    [ROW_PKCS_REQ]    = { "PKCSReq",    enrol_new },
    [ROW_RENEWAL_REQ] = { "RenewalReq", enrol_renewal },
    [ROW_CERT_POLL]   = { "CertPoll",   enrol_poll },
    [ROW_GET_CERT]    = { "GetCert",    fetch_certificate },
    [ROW_GET_CRL]     = { "GetCRL",     fetch_crl },
};
const size_t message_row_count = ROW_COUNT;

/* Every type of 0 to 255 has a row: the first unless it is named here. */
static const uint8_t rows_by_type[SCEP_TYPE_COUNT] = {
    [SCEP_PKCS_REQ]    = ROW_PKCS_REQ,
    [SCEP_RENEWAL_REQ] = ROW_RENEWAL_REQ,
    [SCEP_CERT_POLL]   = ROW_CERT_POLL,
    [SCEP_GET_CERT]    = ROW_GET_CERT,
    [SCEP_GET_CRL]     = ROW_GET_CRL,
};

const char *const scep_result_texts[SCEP_RESULT_COUNT] = {
    [SCEP_RESULT_SUCCESS] = "success",
    [SCEP_RESULT_PENDING] = "pending",
    [SCEP_RESULT_FAILURE] = "failure",
    [SCEP_RESULT_ERROR]   = "error",
};
/* clang-format on */

_Static_assert((int)ROW_COUNT <= (int)SCEP_KINDS_MAX, "a counter for each row");

static const struct message_row *row_of(int message_type)
{
    return &message_rows[message_type == SCEP_TYPE_NONE ? ROW_NONE : rows_by_type[message_type]];
}

/* ---- answering ---- */

static void note(const struct exchange *exchange, enum scep_result result, const struct error *err)
{
    enum log_level level = result <= SCEP_RESULT_PENDING ? LOG_INFO : LOG_WARNING;
    metric_add(exchange->scep->counters[exchange->row - message_rows][result], 1);
    if (!log_is_on(level))
        return;
    log_event(level, "scep.answered", { "request", http_job_id(exchange->job) },
              { "ca", exchange->ca_id }, { "peer", http_job_peer(exchange->job) },
              { "message", exchange->row->name },
              { "transaction", arena_text_of(exchange->arena, exchange->request.transaction) },
              { "result", scep_result_texts[result] },
              { "code", err ? error_code_text(err->code) : NULL },
              { "reason", err ? err->message : NULL });
}

/* Before the reply is handed over: the arena goes with it. */
static void release(struct exchange *exchange)
{
    officer_release(TAKE(exchange->ra));
    spki_release(&exchange->request.signer.spki);
}

/* No CertRep: busy and internal errors are not the transaction's fault. http/ logs these. */
static void answer_http(struct exchange *exchange, const struct error *err)
{
    struct http_job *job = exchange->job;
    metric_add(exchange->scep->counters[exchange->row - message_rows][SCEP_RESULT_ERROR], 1);
    release(exchange);
    http_reply_error(job, err);
}

static bool sign(void *context, enum digest digest, struct bytes digest_octets, struct buf *out,
                 struct error *err)
{
    return officer_sign(context, digest, digest_octets, out, err);
}

/* Takes ra over: it opens what is encrypted to it and signs the reply. */
static bool use_ra(struct exchange *exchange, struct officer *ra, struct error *err)
{
    if (!ra)
        return false;
    officer_release(exchange->ra);
    exchange->ra = ra;
    return certificate_parse(ra->certificate, exchange->arena, &exchange->ra_certificate, err);
}

static bool use_current_ra(struct exchange *exchange, struct error *err)
{
    struct officer *ra =
        ra_get(exchange->scep->authority, exchange->ca_id, exchange->version, exchange->now, err);
    return use_ra(exchange, ra, err);
}

/* Signed by the RA that the request was encrypted to; before that is known, by the current one. */
static bool encode(struct exchange *exchange, struct scep_reply *reply, struct buf *out,
                   struct error *err)
{
    if (!exchange->ra && !use_current_ra(exchange, err))
        return false;
    reply->signer = &exchange->ra_certificate;
    reply->sign = sign;
    reply->context = exchange->ra;
    return scep_reply_encode(&exchange->request, reply, out, err);
}

static void release_body(void *body)
{
    buf_free(body);
}

static void send_reply(struct exchange *exchange, struct scep_reply *reply, enum scep_result result,
                       const struct error *cause)
{
    struct error err = { .code = ERR_NONE };
    SCOPED(buf_free) struct buf *body = buf_new(SCEP_REPLY_OCTETS_MAX);
    if (!encode(exchange, reply, body, &err)) {
        answer_http(exchange, &err);
        return;
    }
    note(exchange, result, cause);
    struct http_job *job = exchange->job;
    release(exchange);
    struct bytes octets = buf_bytes(body);
    http_reply_shared(job, 200, "application/x-pki-message", octets, release_body, TAKE(body));
}

static void send_content(struct exchange *exchange, struct bytes content)
{
    struct error err = { .code = ERR_NONE };
    SCOPED(buf_free) struct buf *enveloped = buf_new(SCEP_REPLY_OCTETS_MAX);
    if (!cms_encrypt(&exchange->request.signer, exchange->envelope.cipher, content, enveloped,
                     &err)) {
        answer_http(exchange, &err);
        return;
    }
    struct scep_reply reply = { .status = SCEP_SUCCESS, .content = buf_bytes(enveloped) };
    send_reply(exchange, &reply, SCEP_RESULT_SUCCESS, NULL);
}

/* ---- opening ---- */

/* Clients encrypt to each certificate of GetCACert: ours is picked by name, not by place. */
static const struct cms_recipient *find_current(const struct exchange *exchange)
{
    for (size_t i = 0; i < exchange->envelope.recipient_count; i++)
        if (cms_identifies(&exchange->envelope.recipients[i].identifier, &exchange->ra_certificate))
            return &exchange->envelope.recipients[i];
    return NULL;
}

/* A superseded RA certificate still opens what was encrypted to it, pki-rules §2. */
static bool find_superseded(struct exchange *exchange, const struct cms_recipient **out,
                            struct error *err)
{
    for (size_t i = 0; i < exchange->envelope.recipient_count && !*out; i++) {
        const struct cms_recipient *recipient = &exchange->envelope.recipients[i];
        struct error cause = { .code = ERR_NONE };
        struct officer *ra =
            ra_find(exchange->scep->authority, exchange->ca_id, recipient->identifier.issuer,
                    recipient->identifier.serial, exchange->now, &cause);
        if (ra && !use_ra(exchange, ra, err))
            return false;
        if (!ra && cause.code != ERR_NOT_FOUND)
            return fail(err, cause.code, "%s", cause.message);
        *out = ra ? recipient : NULL;
    }
    return true;
}

static bool find_recipient(struct exchange *exchange, const struct cms_recipient **out,
                           struct error *err)
{
    if (!use_current_ra(exchange, err))
        return false;
    *out = find_current(exchange);
    if (!find_superseded(exchange, out, err))
        return false;
    return *out ||
           fail(err, ERR_BAD_SIGNATURE, "envelope: no recipient is an RA certificate of this CA");
}

static bool decrypt(void *context, bool is_oaep, struct bytes block, uint8_t *out, size_t out_len,
                    struct error *err)
{
    return officer_decrypt(context, is_oaep, block, out, out_len, err);
}

static bool open_message(struct exchange *exchange, const struct issuer *issuer, struct error *err)
{
    const struct cms_recipient *recipient;
    return scep_envelope_parse(&exchange->request, issuer->allow_des, exchange->arena,
                               &exchange->envelope, err) &&
           find_recipient(exchange, &recipient, err) &&
           scep_envelope_open(&exchange->envelope, recipient, decrypt, exchange->ra,
                              exchange->arena, &exchange->opened, err);
}

static bool check_type(const struct exchange *exchange, struct error *err)
{
    if (exchange->row->run)
        return true;
    if (exchange->request.message_type == SCEP_TYPE_NONE)
        return fail(err, ERR_MALFORMED, "RFC 8894 §3.2.1.2: there must be one messageType");
    return fail(err, ERR_NOT_SUPPORTED, "RFC 8894 §3.2.1.2: messageType %d is not for a CA",
                exchange->request.message_type);
}

/* The signer's key verifies the message, most often the CSR too, and encrypts the reply. */
static bool process(struct exchange *exchange, const struct issuer *issuer, struct error *err)
{
    if (exchange->request.has_signer_certificate)
        spki_hold(&exchange->request.signer.spki);
    return scep_request_verify(&exchange->request, issuer->allow_sha1, err) &&
           check_type(exchange, err) && open_message(exchange, issuer, err) &&
           exchange->row->run(exchange, err);
}

bool exchange_run(struct scep *scep, struct http_job *job, const struct issuer *issuer,
                  struct bytes message, time_t now, struct error *err)
{
    struct arena *arena = http_job_arena(job);
    struct exchange *exchange = arena_take(arena, sizeof *exchange);
    struct error refused = { .code = ERR_NONE };
    *exchange = (struct exchange){ .scep = scep,
                                   .job = job,
                                   .arena = arena,
                                   .ca_id = arena_text(arena, issuer->ca_id),
                                   .version = issuer->is_active_version ? 0 : issuer->number,
                                   .now = now };
    if (!scep_request_parse(message, arena, &exchange->request, err))
        return false;
    exchange->row = row_of(exchange->request.message_type);
    if (!process(exchange, issuer, &refused))
        exchange_refuse(exchange, &refused);
    return true;
}

void exchange_succeed(struct exchange *exchange, const struct bytes *certificates, size_t count)
{
    SCOPED(buf_free) struct buf *content = buf_new(SCEP_REPLY_OCTETS_MAX);
    cms_put_certificates(certificates, count, content);
    send_content(exchange, buf_bytes(content));
}

void exchange_succeed_crl(struct exchange *exchange, struct bytes crl)
{
    SCOPED(buf_free) struct buf *content = buf_new(SCEP_REPLY_OCTETS_MAX);
    cms_put_crl(crl, content);
    send_content(exchange, buf_bytes(content));
}

void exchange_pend(struct exchange *exchange)
{
    struct scep_reply reply = { .status = SCEP_PENDING };
    send_reply(exchange, &reply, SCEP_RESULT_PENDING, NULL);
}

void exchange_refuse(struct exchange *exchange, const struct error *err)
{
    const struct scep_error_row *row = &scep_error_rows[err->code];
    if (row->fail_info == SCEP_HTTP_STATUS) {
        answer_http(exchange, err);
        return;
    }
    SCOPED(buf_free) struct buf *text = buf_new(FAIL_TEXT_OCTETS_MAX);
    scep_refusal_text(err, text);
    struct scep_reply reply = { .status = SCEP_FAILURE,
                                .fail_info = row->fail_info,
                                .fail_text = buf_text(text) };
    send_reply(exchange, &reply, SCEP_RESULT_FAILURE, err);
}
