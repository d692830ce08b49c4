#include "scep/scep.h"

#include "base/memory.h"
#include "base/metrics.h"
#include "base/text.h"
#include "base/times.h"
#include "ca/issuer.h"
#include "ca/ra.h"
#include "scep/exchange.h"
#include "scep/query.h"
#include "scep/scep_inside.h"
#include "x509/cms.h"

#include <stdio.h>

enum {
    CHAIN_MAX = 16,
    CHAIN_OCTETS_MAX = CHAIN_MAX * CERTIFICATE_OCTETS_MAX,
    LABELS_OCTETS_MAX = 64,
    CAPABILITIES_OCTETS_MAX = 256,
};

typedef bool operation_fn(struct scep *scep, struct http_job *job, const struct issuer *issuer,
                          struct error *err);

struct operation {
    const char *name;
    operation_fn *run;
};

/* The version that the URL names, which must be staged; 0 is the active one. */
static bool read_version(const char *text, int64_t *out, struct error *err)
{
    *out = 0;
    return !text || text_int(text, 1, INT32_MAX, out) ||
           fail(err, ERR_NOT_FOUND, "there is no such version");
}

/* The CA of the URL: one that devices may see. */
static struct issuer *get_issuer(struct scep *scep, struct http_job *job, struct error *err)
{
    int64_t version;
    if (!read_version(http_job_parameter(job, "n"), &version, err))
        return NULL;
    SCOPED(issuer_release)
    struct issuer *issuer =
        issuer_get(scep->authority, NULL, http_job_parameter(job, "ca"), version, times_now(), err);
    if (!issuer)
        return NULL;
    if (issuer->is_internal || issuer->is_deleted)
        return fail_null(err, ERR_NOT_FOUND, "there is no such CA");
    if (version && issuer->status != VERSION_STAGED)
        return fail_null(err, ERR_NOT_FOUND, "version %d is not staged: the address is the CA's",
                         (int)version);
    return TAKE(issuer);
}

/* RFC 8894 §4.7: who enrols with the active version may ask what comes behind it. */
static bool has_next(const struct issuer *issuer)
{
    return issuer->is_active_version && issuer->staged_version;
}

/* RFC 8894 §3.5.2. Each line ends, the last too: strongSwan 5.9.8 reads lines, and takes no AES
 * from a server that does not list SHA-384. */
static bool get_capabilities(struct scep *scep, struct http_job *job, const struct issuer *issuer,
                             struct error *err)
{
    (void)scep;
    (void)err;
    SCOPED(buf_free) struct buf *text = buf_new(CAPABILITIES_OCTETS_MAX);
    buf_add_text(text, "AES\nDES3\nPOSTPKIOperation\nRenewal\n");
    if (has_next(issuer))
        buf_add_text(text, "GetNextCACert\n");
    if (issuer->allow_sha1)
        buf_add_text(text, "SHA-1\n");
    buf_add_text(text, "SHA-256\nSHA-384\nSHA-512\nSCEPStandard\n");
    http_reply(job, 200, "text/plain", buf_bytes(text));
    return true;
}

/* RFC 8894 §4.2. The root too: certmonger and strongSwan want the chain to end. */
static bool get_certificates(struct scep *scep, struct http_job *job, const struct issuer *issuer,
                             struct error *err)
{
    struct bytes chain[CHAIN_MAX];
    size_t count;
    if (!ra_chain(scep->authority, issuer->ca_id, issuer->number, times_now(), http_job_arena(job),
                  chain, CHAIN_MAX, &count, err))
        return false;
    SCOPED(buf_free) struct buf *body = buf_new(CHAIN_OCTETS_MAX);
    cms_put_certificates(chain, count, body);
    http_reply(job, 200, "application/x-x509-ca-ra-cert", buf_bytes(body));
    return true;
}

/* RFC 8894 §4.7: nothing until a version is staged. */
static bool get_next_certificates(struct scep *scep, struct http_job *job,
                                  const struct issuer *issuer, struct error *err)
{
    SCOPED(buf_free) struct buf *body = buf_new(CHAIN_OCTETS_MAX);
    if (!has_next(issuer))
        return fail(err, ERR_NOT_FOUND, "CA %.36s has no next certificate yet", issuer->ca_id);
    if (!ra_next_chain(scep->authority, issuer, times_now(), http_job_arena(job), body, err))
        return false;
    http_reply(job, 200, "application/x-x509-next-ca-cert", buf_bytes(body));
    return true;
}

static bool read_message(struct http_job *job, struct buf *out, struct error *err)
{
    struct bytes raw;
    if (http_job_method(job) == HTTP_POST)
        return body_message(http_job_body(job), out, err);
    return query_find(http_job_query(job), "message", &raw)
               ? query_message(raw, out, err)
               : fail(err, ERR_MALFORMED, "RFC 8894 §4.3: PKIOperation by GET needs message=");
}

static bool pki_operation(struct scep *scep, struct http_job *job, const struct issuer *issuer,
                          struct error *err)
{
    SCOPED(buf_free) struct buf *message = buf_new(SCEP_MESSAGE_OCTETS_MAX);
    return read_message(job, message, err) &&
           exchange_run(scep, job, issuer, buf_bytes(message), times_now(), err);
}

/* clang-format off */
static const struct operation operations[] = {
    { "PKIOperation",  pki_operation },
    { "GetCACaps",     get_capabilities },
    { "GetCACert",     get_certificates },
    { "GetNextCACert", get_next_certificates },
};
/* clang-format on */

static const struct operation *find_operation(struct http_job *job, struct error *err)
{
    struct bytes raw;
    SCOPED(buf_free) struct buf *text = buf_new(SCEP_OPERATION_OCTETS_MAX);
    if (!query_find(http_job_query(job), "operation", &raw))
        return fail_null(err, ERR_INVALID, "RFC 8894 §4.1: the URL needs operation=");
    if (!query_text(raw, text, err))
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(operations); i++)
        if (text_equal_caseless(operations[i].name, buf_text(text)))
            return &operations[i];
    return fail_null(err, ERR_INVALID, "RFC 8894 §4.1: there is no such operation");
}

static void handle(void *context, struct http_job *job)
{
    struct error err = { .code = ERR_NONE };
    const struct operation *operation = find_operation(job, &err);
    SCOPED(issuer_release)
    struct issuer *issuer = operation ? get_issuer(context, job, &err) : NULL;
    if (!issuer || !operation->run(context, job, issuer, &err))
        http_reply_error(job, &err);
}

/* clang-format off */
#define ROUTE(pattern)                                                                             \
    { "scep", HTTP_GET | HTTP_POST, pattern, LISTENER_HTTP | LISTENER_HTTPS, ON_WORKER,            \
      SCEP_MESSAGE_OCTETS_MAX * 2, handle }
static const struct http_route routes[] = {
    ROUTE("/scep/{ca}"),
    ROUTE("/scep/{ca}/pkiclient.exe"),
    ROUTE("/scep/{ca}/cgi-bin/pkiclient.exe"),
    ROUTE("/scep/{ca}/v{n}"),
    ROUTE("/scep/{ca}/v{n}/pkiclient.exe"),
    ROUTE("/scep/{ca}/v{n}/cgi-bin/pkiclient.exe"),
    { .name = NULL },
};
/* clang-format on */

static void make_counters(struct scep *scep, struct metrics *metrics)
{
    for (size_t kind = 0; kind < message_row_count; kind++)
        for (size_t result = 0; result < SCEP_RESULT_COUNT; result++) {
            char labels[LABELS_OCTETS_MAX];
            snprintf(labels, sizeof labels, "message=\"%s\",result=\"%s\"", message_rows[kind].name,
                     scep_result_texts[result]);
            scep->counters[kind][result] = metrics_counter(metrics, "cloudpki_scep_messages_total",
                                                           "SCEP messages answered.", labels);
        }
}

struct scep *scep_new(struct authority *authority, struct auth *auth, struct store *store,
                      struct metrics *metrics)
{
    struct scep *scep = memory_new(sizeof *scep);
    scep->authority = authority;
    scep->auth = auth;
    scep->store = store;
    make_counters(scep, metrics);
    return scep;
}

void scep_free(struct scep *scep)
{
    memory_free(scep);
}

struct http_front scep_front(struct scep *scep)
{
    return (struct http_front){ .routes = routes, .error = NULL, .context = scep };
}
