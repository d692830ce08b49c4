#include "ocsp/ocsp.h"

#include "base/arena.h"
#include "base/bytes.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/metrics.h"
#include "base/times.h"
#include "ca/authority.h"
#include "ca/status/publish.h"
#include "ocsp/answer.h"
#include "ocsp/errors.h"
#include "ocsp/index.h"
#include "ocsp/sign.h"
#include "ocsp/target.h"
#include "x509/ocsp.h"

#include <stdatomic.h>
#include <stdio.h>

enum { CACHE_OCTETS_MAX = 64 * 1024 * 1024 };

static const char content_type[] = "application/ocsp-response";

struct ocsp {
    struct authority *authority;
    struct store *store;
    struct answer_cache *answers;
    struct index *index;
    _Atomic(time_t) oldest; /* thisUpdate of the oldest answer served since it was last read */
};

/* What a worker needs of a job that came by the loop; lives in the job's arena. */
struct asked {
    char ca_id[OCSP_CA_ID_OCTETS];
    struct bytes der;
};

static const time_t nothing_served = INT64_MAX;

static void note_served(struct ocsp *ocsp, const struct answer *answer)
{
    if (answer->this_update < atomic_load_explicit(&ocsp->oldest, memory_order_relaxed))
        atomic_store_explicit(&ocsp->oldest, answer->this_update, memory_order_relaxed);
}

static double read_oldest_age(void *context)
{
    struct ocsp *ocsp = context;
    time_t oldest = atomic_exchange(&ocsp->oldest, nothing_served);
    return oldest == nothing_served ? 0 : (double)(times_now() - oldest);
}

static void release_answer(void *answer)
{
    answer_release(answer);
}

/* RFC 5019 §6.2, but Expires says what max-age says: the window of the answer is hours, and a
 * revocation must be seen within a minute. An answer with a nonce is for one client only. */
static void add_cache_headers(const struct ocsp *ocsp, struct http_job *job,
                              const struct answer *answer, bool has_nonce, time_t now)
{
    int max_age = authority_settings(ocsp->authority)->max_age_s;
    time_t left = answer->next_update > now ? answer->next_update - now : 0;
    time_t age = left < max_age ? left : max_age;
    char text[96];
    if (has_nonce) {
        http_job_add_header(job, "Cache-Control", "no-store");
        return;
    }
    snprintf(text, sizeof text, "max-age=%lld, public, no-transform, must-revalidate",
             (long long)age);
    http_job_add_header(job, "Cache-Control", text);
    times_http_text(now + age, text);
    http_job_add_header(job, "Expires", text);
}

/* Takes the reference. Answers to POST are no cache's business. */
static void reply(struct ocsp *ocsp, struct http_job *job, struct answer *answer, bool has_nonce,
                  time_t now)
{
    note_served(ocsp, answer);
    if (http_job_method(job) != HTTP_POST) {
        add_cache_headers(ocsp, job, answer, has_nonce, now);
        if (!has_nonce && http_reply_not_modified(job, answer->etag, answer->this_update)) {
            answer_release(answer);
            return;
        }
    }
    http_reply_shared(job, 200, content_type, answer->body, release_answer, answer);
}

static uint64_t read_epoch(const void *authority)
{
    return publish_revocation_epoch(authority);
}

/* The epoch before the store is read, so that what is committed later is seen in it. */
static void answer_on_worker(void *context, struct http_job *job)
{
    struct ocsp *ocsp = context;
    const struct asked *asked = http_job_state(job);
    struct error err = { .code = ERR_NONE };
    struct ocsp_request request;
    uint64_t epoch = publish_revocation_epoch(ocsp->authority);
    const struct signing signing = {
        .authority = ocsp->authority,
        .store = ocsp->store,
        .index = ocsp->index,
        .ca_id = asked->ca_id,
        .now = times_now(),
        .now_ms = times_monotonic_ms(),
    };
    struct answer *answer = ocsp_request_parse(asked->der, &request, &err)
                                ? sign_answer(&signing, &request, &err)
                                : NULL;
    if (!answer) {
        http_reply_error(job, &err);
        return;
    }
    answer_cache_put(ocsp->answers, answer, epoch, read_epoch, ocsp->authority);
    reply(ocsp, job, answer, request.has_nonce, signing.now);
}

static void move_to_worker(struct ocsp *ocsp, struct http_job *job, const char *ca_id,
                           struct bytes der)
{
    struct asked *asked = arena_take(http_job_arena(job), sizeof *asked);
    struct error err = { .code = ERR_NONE };
    snprintf(asked->ca_id, sizeof asked->ca_id, "%s", ca_id);
    asked->der = der;
    http_job_set_state(job, asked);
    if (!http_job_move(job, ON_WORKER, answer_on_worker, ocsp)) {
        fail(&err, ERR_BUSY, "ocsp: too many requests at once");
        http_reply_error(job, &err);
    }
}

/* The request's DER, and the CA in the path. Any Content-Type will do: clients forget it. */
static bool read_request(struct http_job *job, char ca_id[OCSP_CA_ID_OCTETS], struct bytes *der,
                         struct error *err)
{
    const char *rest = http_job_parameter(job, "*");
    target_take_ca(&rest, ca_id);
    if (http_job_method(job) != HTTP_POST)
        return target_decode(rest, http_job_arena(job), der) ||
               fail(err, ERR_MALFORMED, "ocsp: the path is not base64 (RFC 6960 App. A.1)");
    *der = http_job_body(job);
    return !*rest || fail(err, ERR_NOT_FOUND, "ocsp: no CA stands at this path");
}

static void serve(void *context, struct http_job *job)
{
    struct ocsp *ocsp = context;
    struct error err = { .code = ERR_NONE };
    char ca_id[OCSP_CA_ID_OCTETS];
    struct bytes der;
    struct ocsp_request request;
    time_t now = times_now();
    if (!read_request(job, ca_id, &der, &err) || !ocsp_request_parse(der, &request, &err)) {
        http_reply_error(job, &err);
        return;
    }
    struct answer *answer = request.count == 1 && !request.has_nonce
                                ? answer_cache_find(ocsp->answers, &request.cert_ids[0], ca_id, now)
                                : NULL;
    if (answer)
        reply(ocsp, job, answer, false, now);
    else
        move_to_worker(ocsp, job, ca_id, der);
}

static void reply_error(void *context, struct http_job *job, const struct error *err)
{
    (void)context;
    uint8_t octets[OCSP_ERROR_OCTETS];
    const struct ocsp_error_row *row = &ocsp_error_rows[err->code];
    ocsp_error(row->status, octets);
    http_job_add_header(job, "Cache-Control", "no-store");
    http_reply(job, row->http_status, content_type, BYTES_OF(octets));
}

static void forget(void *context, const char *ca_id, struct bytes serial)
{
    struct ocsp *ocsp = context;
    answer_cache_drop(ocsp->answers, ca_id, serial);
}

static const struct http_route routes[] = {
    // clang-format off
    { "ocsp", HTTP_GET | HTTP_POST, "/ocsp/*", LISTENER_HTTP | LISTENER_HTTPS, ON_LOOP,
      OCSP_REQUEST_OCTETS_MAX, serve },
    { .name = NULL },
    // clang-format on
};

struct ocsp *ocsp_new(struct authority *authority, struct store *store, struct metrics *metrics)
{
    struct ocsp *ocsp = memory_new(sizeof *ocsp);
    struct error err = { .code = ERR_NONE };
    ocsp->authority = authority;
    ocsp->store = store;
    ocsp->answers = answer_cache_new(CACHE_OCTETS_MAX);
    ocsp->index = index_new(store);
    atomic_init(&ocsp->oldest, nothing_served);
    if (!publish_watch(authority, forget, ocsp, &err)) {
        ocsp_free(ocsp);
        return NULL;
    }
    if (metrics)
        metrics_gauge_read(metrics, "cloudpki_ocsp_oldest_answer_age_seconds",
                           "Age of the oldest OCSP answer served since this was last read.", NULL,
                           read_oldest_age, ocsp);
    return ocsp;
}

void ocsp_free(struct ocsp *ocsp)
{
    if (!ocsp)
        return;
    answer_cache_free(ocsp->answers);
    index_free(ocsp->index);
    memory_free(ocsp);
}

struct http_front ocsp_front(struct ocsp *ocsp)
{
    return (struct http_front){ routes, reply_error, ocsp };
}
