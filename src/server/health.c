#include "server/health.h"

#include "base/error.h"
#include "base/metrics.h"
#include "base/text.h"
#include "keys/keys.h"
#include "server/instance.h"
#include "store/store.h"

enum { METRICS_OCTETS_MAX = 1024 * 1024 };

static void answer_text(struct http_job *job, int status, const char *text)
{
    http_job_add_header(job, "Cache-Control", "no-store");
    http_reply(job, status, "text/plain; charset=utf-8", bytes_of_text(text));
}

static void answer_health(void *context, struct http_job *job)
{
    (void)context;
    answer_text(job, 200, "ok\n");
}

/* What was sealed opens again: the path that every stored key takes. */
static bool keys_answer(struct keys *keys, struct error *err)
{
    static const char canary[] = "ready";
    SCOPED(buf_free) struct buf *sealed = buf_new(KEY_SEALED_OCTETS_MAX);
    SCOPED(secret_free) struct secret *opened = NULL;
    if (!keys_seal(keys, canary, bytes_of_text(canary), sealed, err))
        return false;
    opened = keys_unseal(keys, canary, buf_bytes(sealed), err);
    return opened && bytes_equal(secret_bytes(opened), bytes_of_text(canary));
}

static void answer_ready(void *context, struct http_job *job)
{
    struct instance *instance = context;
    struct error err = { .code = ERR_NONE };
    if (!__atomic_load_n(&instance->is_serving, __ATOMIC_ACQUIRE))
        answer_text(job, 503, "starting\n");
    else if (!store_ping(instance->store, &err))
        answer_text(job, 503, "the database does not answer\n");
    else if (!keys_answer(instance->keys, &err))
        answer_text(job, 503, "the keys do not answer\n");
    else
        answer_text(job, 200, "ready\n");
}

static void answer_metrics(void *context, struct http_job *job)
{
    struct instance *instance = context;
    SCOPED(buf_free) struct buf *out = buf_new(METRICS_OCTETS_MAX);
    metrics_print(instance->metrics, out);
    http_job_add_header(job, "Cache-Control", "no-store");
    http_reply(job, 200, "text/plain; version=0.0.4; charset=utf-8", buf_bytes(out));
}

static const struct http_route routes[] = {
    // clang-format off
    { "healthz", HTTP_GET, "/healthz", LISTENER_HTTP | LISTENER_HTTPS, ON_LOOP, 0, answer_health },
    { "readyz",  HTTP_GET, "/readyz",  LISTENER_HTTP | LISTENER_HTTPS, ON_DESK, 0, answer_ready },
    { "metrics", HTTP_GET, "/metrics", LISTENER_HTTP | LISTENER_HTTPS, ON_DESK, 0, answer_metrics },
    { 0 },
    // clang-format on
};

struct http_front health_front(struct instance *instance)
{
    return (struct http_front){ routes, NULL, instance };
}
