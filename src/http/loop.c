#include "http/loop.h"

#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/times.h"
#include "http/connection.h"
#include "http/job.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    JOBS_PER_CHUNK = 32,
    BACKLOG = 1024,
    STUCK_AFTER_S = 10,
    DRAIN_LOOK_MS = 20,
    HEADER_OCTETS_BEYOND = 16 * 1024,
    ALL_METHODS = 0xFFFF,
};

struct job_chunk {
    struct job_chunk *next;
    struct http_job jobs[JOBS_PER_CHUNK];
};

static const struct timeval second = { .tv_sec = 1 };
static const struct timeval drain_look = { .tv_usec = DRAIN_LOOK_MS * 1000 };

/* ---- jobs ---- */

static void add_chunk(struct loop *loop)
{
    struct job_chunk *chunk = memory_new(sizeof *chunk);
    chunk->next = loop->chunks;
    loop->chunks = chunk;
    for (size_t i = 0; i < JOBS_PER_CHUNK; i++) {
        chunk->jobs[i].next = loop->free_jobs;
        loop->free_jobs = &chunk->jobs[i];
    }
}

/* The text at the end of a job is never read before it is written. */
struct http_job *loop_take_job(struct loop *loop)
{
    if (!loop->free_jobs)
        add_chunk(loop);
    struct http_job *job = loop->free_jobs;
    loop->free_jobs = job->next;
    memset(job, 0, offsetof(struct http_job, reply_headers));
    job->loop = loop;
    job->id = job->id_text;
    job->id_text[0] = '\0';
    job->match.entry = NULL;
    job->match.allowed = 0;
    job->match.count = 0;
    loop->jobs_out++;
    return job;
}

void loop_give_back(struct http_job *job)
{
    struct loop *loop = job->loop;
    job->next = loop->free_jobs;
    loop->free_jobs = job;
    loop->jobs_out--;
}

void loop_post(struct http_job *job)
{
    struct loop *loop = job->loop;
    atomic_fetch_add(&loop->posting, 1);
    struct http_job *before = atomic_load_explicit(&loop->posted, memory_order_relaxed);
    do {
        job->next = before;
    } while (!atomic_compare_exchange_weak_explicit(&loop->posted, &before, job,
                                                    memory_order_release, memory_order_relaxed));
    /* Whoever found the list empty wakes the loop; it takes the whole list at once. */
    if (!before)
        eventfd_write(loop->wake_fd, 1);
    atomic_fetch_sub(&loop->posting, 1);
}

static void do_posted_steps(struct loop *loop)
{
    struct http_job *newest = atomic_exchange_explicit(&loop->posted, NULL, memory_order_acquire);
    struct http_job *oldest = NULL;
    while (newest) {
        struct http_job *next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    while (oldest) {
        struct http_job *next = oldest->next;
        job_do_step(oldest);
        oldest = next;
    }
}

/* ---- stopping ---- */

static void stop_accepting(struct loop *loop)
{
    for (size_t i = 0; i < ARRAY_LEN(loop->acceptors); i++) {
        struct acceptor *acceptor = &loop->acceptors[i];
        if (acceptor->bound)
            evhttp_del_accept_socket(acceptor->http, acceptor->bound);
        acceptor->bound = NULL;
    }
}

static void set_quiet(struct loop *loop)
{
    pthread_mutex_lock(&loop->lock);
    loop->is_quiet = true;
    pthread_cond_broadcast(&loop->changed);
    pthread_mutex_unlock(&loop->lock);
}

static void look_after_drain(struct loop *loop)
{
    int64_t until_ms = atomic_load(&loop->drain_until_ms);
    if (!until_ms)
        return;
    if (!loop->is_draining) {
        loop->is_draining = true;
        stop_accepting(loop);
        connection_settle_newborns(loop);
        event_add(loop->sweep, &drain_look);
    }
    bool is_quiet = connection_close_idle(loop);
    if (!is_quiet && times_monotonic_ms() >= until_ms) {
        connection_close_all(loop);
        is_quiet = true;
    }
    if (!is_quiet)
        return;
    set_quiet(loop);
    /* A job may have been answered before the thread that posted it has let go of the loop. */
    if (loop->jobs_out == 0 && atomic_load(&loop->posting) == 0)
        event_base_loopbreak(loop->base);
}

/* ---- events ---- */

static void on_wake(evutil_socket_t fd, short what, void *context)
{
    (void)what;
    struct loop *loop = context;
    eventfd_t count;
    eventfd_read(fd, &count);
    do_posted_steps(loop);
    look_after_drain(loop);
}

/* After on_accept_error; nothing changes for a listener that is on. */
static void resume_accepting(struct loop *loop)
{
    for (size_t i = 0; i < ARRAY_LEN(loop->acceptors); i++)
        if (loop->acceptors[i].bound)
            evconnlistener_enable(evhttp_bound_socket_get_listener(loop->acceptors[i].bound));
}

static void on_sweep(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    struct loop *loop = context;
    connection_sweep(loop, times_monotonic_ms());
    resume_accepting(loop);
    look_after_drain(loop);
}

static void on_newborn(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    connection_settle_newborns(context);
}

/* Out of descriptors: the socket stays readable, and the loop would spin until the next sweep. */
static void on_accept_error(struct evconnlistener *listener, void *context)
{
    (void)context;
    evconnlistener_disable(listener);
    log_event(LOG_ERROR, "http.accept_failed", { "message", strerror(errno) });
}

static void *run(void *context)
{
    struct loop *loop = context;
    loop->self = pthread_self();
    event_base_loop(loop->base, EVLOOP_NO_EXIT_ON_EMPTY);
    pthread_mutex_lock(&loop->lock);
    loop->has_ended = true;
    pthread_cond_broadcast(&loop->changed);
    pthread_mutex_unlock(&loop->lock);
    return NULL;
}

/* ---- making ---- */

static bool listen_on(struct acceptor *acceptor, int socket, struct error *err)
{
    struct loop *loop = acceptor->loop;
    const struct http_limits *limits = &loop->shared->limits;
    struct evconnlistener *listener = evconnlistener_new(
        loop->base, NULL, NULL, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, BACKLOG, socket);
    if (!listener) {
        int error = errno;
        close(socket);
        return fail(err, error == EADDRINUSE ? ERR_CONFLICT : ERR_INTERNAL, "listen: %s",
                    strerror(error));
    }
    acceptor->http = evhttp_new(loop->base);
    acceptor->bound = evhttp_bind_listener(acceptor->http, listener);
    evconnlistener_set_error_cb(listener, on_accept_error);
    evhttp_set_allowed_methods(acceptor->http, ALL_METHODS);
    evhttp_set_max_headers_size(acceptor->http,
                                (ssize_t)(limits->header_octets_max + HEADER_OCTETS_BEYOND));
    evhttp_set_max_body_size(acceptor->http,
                             (ssize_t)(limits->body_octets_max + BODY_OCTETS_BEYOND));
    /* Reads and drops what is too long, so that the client gets to read its 413. */
    evhttp_set_flags(acceptor->http, EVHTTP_SERVER_LINGERING_CLOSE);
    evhttp_set_bevcb(acceptor->http, connection_open, acceptor);
    evhttp_set_gencb(acceptor->http, job_accept, acceptor);
    return true;
}

/* The change list spares two epoll_ctl for each request: evhttp stops reading and starts again. */
static struct event_base *base_new(void)
{
    struct event_config *config = event_config_new();
    event_config_set_flag(config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST | EVENT_BASE_FLAG_NOLOCK |
                                      EVENT_BASE_FLAG_IGNORE_ENV);
    struct event_base *base = event_base_new_with_config(config);
    event_config_free(config);
    return base;
}

static bool add_events(struct loop *loop, struct error *err)
{
    loop->base = base_new();
    loop->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (!loop->base || loop->wake_fd < 0)
        return fail(err, ERR_INTERNAL, "event loop: %s", strerror(errno));
    loop->wake = event_new(loop->base, loop->wake_fd, EV_READ | EV_PERSIST, on_wake, loop);
    loop->sweep = event_new(loop->base, -1, EV_PERSIST, on_sweep, loop);
    loop->newborn = event_new(loop->base, -1, 0, on_newborn, loop);
    event_add(loop->wake, NULL);
    event_add(loop->sweep, &second);
    return true;
}

/* Signals are for the thread that waits for them; SIGPIPE of a write stays with its EPIPE. */
static bool start(struct loop *loop, struct error *err)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&loop->thread, NULL, run, loop);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error)
        return fail(err, ERR_INTERNAL, "event loop: %s", strerror(error));
    pthread_setname_np(loop->thread, "http");
    return true;
}

static void destroy(struct loop *loop)
{
    for (size_t i = 0; i < ARRAY_LEN(loop->acceptors); i++)
        if (loop->acceptors[i].http)
            evhttp_free(loop->acceptors[i].http);
    struct event *events[] = { loop->wake, loop->sweep, loop->newborn };
    for (size_t i = 0; i < ARRAY_LEN(events); i++)
        if (events[i])
            event_free(events[i]);
    if (loop->base)
        event_base_free(loop->base);
    if (loop->wake_fd >= 0)
        close(loop->wake_fd);
    while (loop->chunks) {
        struct job_chunk *next = loop->chunks->next;
        memory_free(loop->chunks);
        loop->chunks = next;
    }
    memory_free(loop->by_socket);
    pthread_cond_destroy(&loop->changed);
    pthread_mutex_destroy(&loop->lock);
    memory_free(loop);
}
DEFINE_SCOPED(struct loop *, destroy)

struct loop *loop_new(struct loop_shared *shared, const int sockets[2], struct error *err)
{
    SCOPED(destroy) struct loop *loop = memory_new(sizeof *loop);
    loop->shared = shared;
    loop->wake_fd = -1;
    pthread_mutex_init(&loop->lock, NULL);
    pthread_cond_init(&loop->changed, NULL);
    LIST_INIT(&loop->newborns);
    LIST_INIT(&loop->connections);
    bool ok = add_events(loop, err);
    for (size_t i = 0; i < ARRAY_LEN(loop->acceptors); i++) {
        struct acceptor *acceptor = &loop->acceptors[i];
        acceptor->loop = loop;
        acceptor->listener = i == 0 ? LISTENER_HTTP : LISTENER_HTTPS;
        if (ok && sockets[i] >= 0)
            ok = listen_on(acceptor, sockets[i], err);
        else if (sockets[i] >= 0)
            close(sockets[i]);
    }
    return ok && start(loop, err) ? TAKE(loop) : NULL;
}

bool loop_is_here(const struct loop *loop)
{
    return pthread_equal(loop->self, pthread_self()) != 0;
}

const char *loop_date(struct loop *loop)
{
    time_t now = time(NULL);
    if (now != loop->date_second) {
        char text[TIMES_TEXT_OCTETS];
        times_http_text(now, text);
        snprintf(loop->date, sizeof loop->date, "Date: %s\r\n", text);
        loop->date_second = now;
    }
    return loop->date;
}

void loop_drain(struct loop *loop, int64_t until_ms)
{
    atomic_store(&loop->drain_until_ms, until_ms);
    eventfd_write(loop->wake_fd, 1);
}

void loop_wait_quiet(struct loop *loop)
{
    pthread_mutex_lock(&loop->lock);
    while (!loop->is_quiet)
        pthread_cond_wait(&loop->changed, &loop->lock);
    pthread_mutex_unlock(&loop->lock);
}

static bool wait_for_end(struct loop *loop)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += STUCK_AFTER_S;
    pthread_mutex_lock(&loop->lock);
    while (!loop->has_ended && pthread_cond_timedwait(&loop->changed, &loop->lock, &until) == 0)
        continue;
    bool has_ended = loop->has_ended;
    pthread_mutex_unlock(&loop->lock);
    return has_ended;
}

bool loop_free(struct loop *loop)
{
    if (!loop)
        return true;
    if (!wait_for_end(loop)) {
        log_event(LOG_ERROR, "http.stuck", { "message", "a request was never answered" });
        return false;
    }
    pthread_join(loop->thread, NULL);
    destroy(loop);
    return true;
}
