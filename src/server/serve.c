#include "server/serve.h"

#include "auth/auth.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "base/times.h"
#include "ca/authority.h"
#include "cdp/cdp.h"
#include "graph/graph.h"
#include "http/server.h"
#include "ocsp/ocsp.h"
#include "oidc/oidc.h"
#include "scep/scep.h"
#include "server/config.h"
#include "server/health.h"
#include "server/instance.h"
#include "server/local.h"
#include "server/timers.h"
#include "server/tls.h"
#include "trust/trust.h"

#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DRAIN_S = 30 };

struct fronts {
    struct graph *graph;
    struct scep *scep;
    struct ocsp *ocsp;
    struct cdp *cdp;
    struct oidc *oidc;
    struct http_front rows[6];
    const struct http_front *table[7];
};

/* What the TLS timer needs. */
struct listener {
    struct instance *instance;
    struct http_server *http;
};

static void fronts_clear(struct fronts *fronts)
{
    graph_free(fronts->graph);
    scep_free(fronts->scep);
    ocsp_free(fronts->ocsp);
    cdp_free(fronts->cdp);
    oidc_free(fronts->oidc);
}

static struct oidc *make_oidc(const struct instance *instance)
{
    const struct config *config = &instance->config;
    return oidc_new(&(struct oidc_options){ .auth = instance->auth,
                                            .api_url = instance->api_url,
                                            .tenant_id = instance->tenant_id,
                                            .audience = config->token_audience,
                                            .lifetime_s = (int)config->token_lifetime_s });
}

static struct graph *make_graph(struct instance *instance)
{
    char node[HOST_NAME_MAX + 1] = "";
    gethostname(node, sizeof node - 1);
    return graph_new(&(struct graph_options){
        .authority = instance->authority,
        .trust = instance->trust,
        .auth = instance->auth,
        .provider = instance->provider,
        .inspection = instance->inspection,
        .store = instance->store,
        .metrics = instance->metrics,
        .urls = &authority_settings(instance->authority)->urls,
        .node = node,
        .cors_origins = instance->config.cors_origins,
        .requests_per_minute = instance->config.requests_per_minute,
    });
}

static bool make_fronts(struct fronts *fronts, struct instance *instance, struct error *err)
{
    fronts->graph = make_graph(instance);
    fronts->scep =
        scep_new(instance->authority, instance->auth, instance->store, instance->metrics);
    fronts->ocsp = ocsp_new(instance->authority, instance->store, instance->metrics);
    fronts->cdp = cdp_new(instance->authority, instance->store);
    fronts->oidc = make_oidc(instance);
    if (!fronts->graph || !fronts->scep || !fronts->ocsp || !fronts->cdp)
        return fail(err, ERR_INTERNAL, "a front could not be made");
    fronts->rows[0] = ocsp_front(fronts->ocsp);
    fronts->rows[1] = cdp_front(fronts->cdp);
    fronts->rows[2] = scep_front(fronts->scep);
    fronts->rows[3] = graph_front(fronts->graph);
    fronts->rows[4] = health_front(instance);
    fronts->rows[5] = oidc_front(fronts->oidc);
    for (size_t i = 0; i < ARRAY_LEN(fronts->rows); i++)
        fronts->table[i] = &fronts->rows[i];
    return true;
}

static struct http_limits limits_of(const struct config *config)
{
    struct http_limits limits = http_limits_default;
    limits.connections_max = (unsigned)config->connections;
    limits.connections_per_address_max = (unsigned)config->connections_per_address;
    limits.memory_octets_max = (size_t)config->request_memory;
    limits.header_timeout_s = (int)config->header_timeout_s;
    limits.body_timeout_s = (int)config->body_timeout_s;
    limits.idle_timeout_s = (int)config->idle_timeout_s;
    limits.request_timeout_s = (int)config->request_timeout_s;
    return limits;
}

static struct http_server *start_http(struct instance *instance, struct fronts *fronts,
                                      struct error *err)
{
    const struct config *config = &instance->config;
    return http_server_new(&(struct http_server_options){ .http_address = config->http,
                                                          .https_address = config->https,
                                                          .loops = (unsigned)config->loops,
                                                          .limits = limits_of(config),
                                                          .workers = instance->workers,
                                                          .desk = instance->desk,
                                                          .metrics = instance->metrics,
                                                          .fronts = fronts->table },
                           err);
}

static bool load_certificate(struct listener *listener, struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    return http_server_set_certificate(listener->http,
                                       instance_path(listener->instance, arena, "tls.pem"), err);
}

static bool renew_certificate(void *context, time_t now, struct error *err)
{
    struct listener *listener = context;
    bool changed = false;
    return tls_ensure(listener->instance, now, &changed, err) &&
           (!changed || load_certificate(listener, err));
}

static const struct timer_row tls_timers[] = {
    { "tls.renew", DAY, renew_certificate },
    { 0 },
};

static void reload_certificate(struct listener *listener)
{
    struct error err = { .code = ERR_NONE };
    bool ok = load_certificate(listener, &err);
    log_event(ok ? LOG_INFO : LOG_ERROR, "tls.reloaded", { "result", ok ? "ok" : "failed" },
              { "message", ok ? NULL : err.message });
}

static void wait_for_stop(struct listener *listener, const sigset_t *signals)
{
    int signal_number = 0;
    while (sigwait(signals, &signal_number) == 0 && signal_number == SIGHUP)
        reload_certificate(listener);
    /* From here on a second signal ends the process at once; there is nothing to read again. */
    signal(SIGHUP, SIG_IGN);
    pthread_sigmask(SIG_UNBLOCK, signals, NULL);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    log_event(LOG_INFO, "server.stopping", { "signal", strsignal(signal_number) });
}

static void announce(const struct instance *instance, const struct http_server *http)
{
    char plain[16], tls[16];
    snprintf(plain, sizeof plain, "%u", http_server_port(http, LISTENER_HTTP));
    snprintf(tls, sizeof tls, "%u", http_server_port(http, LISTENER_HTTPS));
    log_event(LOG_INFO, "server.ready", { "data", instance->config.data }, { "https_port", tls },
              { "http_port", plain }, { "public_url", instance->config.public_url });
}

static bool run(struct instance *instance, struct fronts *fronts, const sigset_t *signals,
                struct error *err)
{
    SCOPED(http_server_free) struct http_server *http = start_http(instance, fronts, err);
    struct listener listener = { instance, http };
    if (!http || !load_certificate(&listener, err) || !trust_start(instance->trust, err))
        return false;
    const struct timer_table tables[] = {
        { authority_timers, instance->authority },
        { trust_timers, instance->trust },
        { auth_timers, instance->auth },
        { tls_timers, &listener },
        { NULL, NULL },
    };
    SCOPED(timers_stop) UNUSED struct timers *timers = timers_start(instance, tables);
    auth_start(instance->auth);
    __atomic_store_n(&instance->is_serving, true, __ATOMIC_RELEASE);
    announce(instance, http);
    wait_for_stop(&listener, signals);
    http_server_stop(http, DRAIN_S);
    return true;
}

bool serve(const struct config *config, struct error *err)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);

    time_t now = times_now();
    bool changed = false;
    SCOPED(instance_close)
    struct instance *instance = instance_open(
        &(struct instance_options){ .config = config, .exclusive = true, .may_create = true }, now,
        err);
    if (!instance || !local_make_token_key(instance, now, err) ||
        !tls_ensure(instance, now, &changed, err))
        return false;
    struct fronts fronts = { .graph = NULL };
    bool ok = make_fronts(&fronts, instance, err) && run(instance, &fronts, &signals, err);
    /* A worker is inside a front for a moment longer than its reply is under way. */
    instance_stop(instance);
    fronts_clear(&fronts);
    log_event(LOG_INFO, "server.stopped", { "result", ok ? "ok" : "failed" });
    return ok;
}
