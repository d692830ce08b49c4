/*
 * One thread wakes each second, takes or prolongs the lease (rarely: the lease outlives many
 * wakes) and runs what is due, one row after the other: rows may wait for commits and keys, and
 * none may run beside itself. A row that fails is tried again at its next period.
 */
#include "server/timers.h"

#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/times.h"
#include "server/instance.h"
#include "store/rows.h"
#include "store/store.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { TIMERS_MAX = 64, LEASE_S = 60, LEASE_RENEW_S = 20 };

struct timer {
    const struct timer_row *row;
    void *context;
    time_t due_at;
};

struct timers {
    struct instance *instance;
    struct timer timers[TIMERS_MAX];
    size_t count;
    char holder[UUID_TEXT_OCTETS];
    time_t lease_renew_at;
    bool holds_lease;
    pthread_t thread;
    pthread_mutex_t lock; /* is_stopping */
    pthread_cond_t wake;
    bool is_stopping;
};

struct lease {
    const char *holder;
    time_t now;
    int lifetime_s;
    bool held;
};

static bool take_lease(struct session *session, void *context, struct error *err)
{
    struct lease *lease = context;
    return leases_take(session, "timers", lease->holder, lease->now, lease->lifetime_s,
                       &lease->held, err);
}

static void report(const struct timer_row *row, const struct error *err)
{
    log_event(LOG_ERROR, "timer.failed", { "timer", row ? row->name : "lease" },
              { "code", error_code_text(err->code) }, { "message", err->message });
}

static bool renew_lease(struct timers *timers, time_t now)
{
    if (now < timers->lease_renew_at)
        return timers->holds_lease;
    struct error err = { .code = ERR_NONE };
    struct lease lease = { timers->holder, now, LEASE_S, false };
    if (!store_write(timers->instance->store, take_lease, &lease, &err))
        report(NULL, &err);
    timers->holds_lease = lease.held && err.code == ERR_NONE;
    timers->lease_renew_at = now + LEASE_RENEW_S;
    return timers->holds_lease;
}

/* Whoever starts next, this node again or another, need not wait for its end. */
static void give_lease_back(struct timers *timers)
{
    struct error err = { .code = ERR_NONE };
    struct lease lease = { timers->holder, times_now(), 0, false };
    if (timers->holds_lease && !store_write(timers->instance->store, take_lease, &lease, &err))
        report(NULL, &err);
}

static void run_due(struct timers *timers, time_t now)
{
    for (size_t i = 0; i < timers->count; i++) {
        struct timer *timer = &timers->timers[i];
        if (now < timer->due_at)
            continue;
        struct error err = { .code = ERR_NONE };
        if (!timer->row->run(timer->context, now, &err))
            report(timer->row, &err);
        timer->due_at = now + timer->row->period_s;
    }
}

static void *run(void *context)
{
    struct timers *timers = context;
    pthread_setname_np(pthread_self(), "timers");
    pthread_mutex_lock(&timers->lock);
    while (!timers->is_stopping) {
        pthread_mutex_unlock(&timers->lock);
        time_t now = times_now();
        if (renew_lease(timers, now))
            run_due(timers, now);
        pthread_mutex_lock(&timers->lock);
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec++;
        if (!timers->is_stopping)
            pthread_cond_timedwait(&timers->wake, &timers->lock, &until);
    }
    pthread_mutex_unlock(&timers->lock);
    return NULL;
}

struct timers *timers_start(struct instance *instance, const struct timer_table *tables)
{
    struct timers *timers = memory_new(sizeof *timers);
    timers->instance = instance;
    random_uuid(timers->holder);
    for (; tables->rows; tables++)
        for (const struct timer_row *row = tables->rows; row->name; row++)
            if (timers->count < TIMERS_MAX)
                timers->timers[timers->count++] = (struct timer){ row, tables->context, 0 };
    pthread_mutex_init(&timers->lock, NULL);
    pthread_cond_init(&timers->wake, NULL);
    if (pthread_create(&timers->thread, NULL, run, timers) != 0) {
        fputs("cloudpki: the timers' thread could not be started\n", stderr);
        abort();
    }
    return timers;
}

void timers_stop(struct timers *timers)
{
    if (!timers)
        return;
    pthread_mutex_lock(&timers->lock);
    timers->is_stopping = true;
    pthread_cond_signal(&timers->wake);
    pthread_mutex_unlock(&timers->lock);
    pthread_join(timers->thread, NULL);
    give_lease_back(timers);
    pthread_cond_destroy(&timers->wake);
    pthread_mutex_destroy(&timers->lock);
    memory_free(timers);
}
