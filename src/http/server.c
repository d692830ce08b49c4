#include "http/server.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/times.h"
#include "http/admission.h"
#include "http/connection.h"
#include "http/listen.h"
#include "http/loop.h"
#include "http/route.h"
#include "http/tls.h"

#include <event2/event.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { LISTENERS = 2 };

struct http_server {
    struct loop_shared shared;
    unsigned ports[LISTENERS]; /* plain, TLS */
    bool is_stopped;
    size_t loop_count;
    struct loop **loops;
    struct metric *_Atomic requests[HTTP_STATUS_MAX + 1];
};

const struct http_limits http_limits_default = {
    .header_octets_max = 24 * 1024,
    .body_octets_max = 2 * 1024 * 1024,
    .memory_octets_max = HTTP_MEMORY_OCTETS_MAX,
    .connections_max = 20000,
    .connections_per_address_max = 0,
    .handshakes_max = 1000,
    .header_timeout_s = 10,
    .body_timeout_s = 30,
    .idle_timeout_s = 120,
    .request_timeout_s = 60,
};

/* libevent warns of every GET that says keep-alive; what matters we find out ourselves. */
static void log_of_libevent(int severity, const char *message)
{
    if (severity >= EVENT_LOG_ERR)
        log_event(LOG_ERROR, "http.libevent", { "message", message });
}

/* A connection needs a descriptor; the soft limit is often a twentieth of the hard one. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static size_t loops_wanted(const struct http_server_options *options)
{
    long cores = options->loops ? (long)options->loops : sysconf(_SC_NPROCESSORS_ONLN);
    return cores > 0 ? (size_t)cores : 1;
}

static struct loop_shared share(struct http_server *server,
                                const struct http_server_options *options)
{
    return (struct loop_shared){
        .limits = options->limits,
        .workers = options->workers,
        .desk = options->desk,
        .metrics = options->metrics,
        .admission = admission_new(&options->limits, options->metrics),
        .tls = tls_new(connection_handshake_done),
        .requests = server->requests,
    };
}

static void close_sockets(int *sockets, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (sockets[i] >= 0)
            close(sockets[i]);
}

/* Takes the sockets: one row of loop_count for each listener. */
static bool start_loops(struct http_server *server, int *sockets, struct error *err)
{
    size_t count = server->loop_count;
    for (size_t i = 0; i < count; i++) {
        int pair[LISTENERS] = { sockets[i], sockets[count + i] };
        sockets[i] = sockets[count + i] = -1;
        server->loops[i] = loop_new(&server->shared, pair, err);
        if (!server->loops[i])
            return false;
    }
    return true;
}

static bool listen_and_start(struct http_server *server, const struct http_server_options *options,
                             struct error *err)
{
    const char *const addresses[LISTENERS] = { options->http_address, options->https_address };
    size_t count = server->loop_count;
    int *sockets = memory_new_array(LISTENERS * count, sizeof *sockets);
    memset(sockets, -1, LISTENERS * count * sizeof *sockets);
    bool ok = true;
    for (size_t i = 0; i < LISTENERS && ok; i++)
        if (addresses[i])
            ok = listen_bind(addresses[i], sockets + i * count, count, &server->ports[i], err);
    ok = ok && start_loops(server, sockets, err);
    close_sockets(sockets, LISTENERS * count);
    memory_free(sockets);
    return ok;
}

struct http_server *http_server_new(const struct http_server_options *options, struct error *err)
{
    event_set_log_callback(log_of_libevent);
    raise_descriptor_limit();
    SCOPED(http_server_free) struct http_server *server = memory_new(sizeof *server);
    server->shared = share(server, options);
    server->loop_count = loops_wanted(options);
    server->loops = memory_new_array(server->loop_count, sizeof(struct loop *));
    server->shared.router = router_new(options->fronts, options->metrics, err);
    return server->shared.router && listen_and_start(server, options, err) ? TAKE(server) : NULL;
}

bool http_server_set_certificate(struct http_server *server, const char *pem_path,
                                 struct error *err)
{
    return tls_load(server->shared.tls, pem_path, err);
}

unsigned http_server_port(const struct http_server *server, enum http_listener listener)
{
    return server->ports[listener == LISTENER_HTTPS];
}

void http_server_stop(struct http_server *server, int drain_s)
{
    int64_t until_ms = times_monotonic_ms() + drain_s * INT64_C(1000);
    server->is_stopped = true;
    for (size_t i = 0; i < server->loop_count; i++)
        if (server->loops[i])
            loop_drain(server->loops[i], until_ms);
    for (size_t i = 0; i < server->loop_count; i++)
        if (server->loops[i])
            loop_wait_quiet(server->loops[i]);
}

void http_server_free(struct http_server *server)
{
    if (!server)
        return;
    if (!server->is_stopped)
        http_server_stop(server, 0);
    bool all_ended = true;
    for (size_t i = 0; i < server->loop_count; i++)
        all_ended = loop_free(server->loops[i]) && all_ended;
    if (!all_ended)
        return; /* a loop that is left behind needs what it shares */
    tls_free(server->shared.tls);
    admission_free(server->shared.admission);
    router_free(server->shared.router);
    memory_free(server->loops);
    memory_free(server);
}
