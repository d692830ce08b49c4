/*
 * One thread works on uploads, one after the other. It is woken when one is begun here, and looks
 * by itself now and then for what another node has left behind.
 */
#include "trust/trust_inside.h"

#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/times.h"
#include "store/pkis.h"
#include "store/store.h"
#include "trust/pkis.h"
#include "trust/upload.h"

#include <string.h>

enum { LOOK_PERIOD_S = 30 };

static void split_hosts(struct trust *trust)
{
    char *rest = trust->hosts_text;
    size_t count = 0;
    trust->hosts = memory_new_array(strlen(rest) / 2 + 2, sizeof *trust->hosts);
    for (char *host = strsep(&rest, " ,\t"); host; host = strsep(&rest, " ,\t"))
        if (*host)
            trust->hosts[count++] = host;
}

struct trust *trust_new(struct store *store, const char *upload_hosts)
{
    struct trust *trust = memory_new(sizeof *trust);
    trust->store = store;
    trust->fetch = fetch_get;
    trust->hosts_text = memory_text(upload_hosts);
    split_hosts(trust);
    random_uuid(trust->holder);
    pthread_mutex_init(&trust->lock, NULL);
    pthread_cond_init(&trust->wake, NULL);
    return trust;
}

static void work(struct trust *trust)
{
    bool found = true;
    while (found && !trust->is_stopping) {
        struct error err = { .code = ERR_NONE };
        if (!upload_run_next(trust, times_now(), &found, &err)) {
            log_event(LOG_ERROR, "upload.postponed", { "code", error_code_text(err.code) },
                      { "message", err.message });
            return;
        }
    }
}

static void wait_for_work(struct trust *trust)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += LOOK_PERIOD_S;
    pthread_mutex_lock(&trust->lock);
    while (!trust->is_waiting && !trust->is_stopping &&
           pthread_cond_timedwait(&trust->wake, &trust->lock, &until) == 0)
        continue;
    trust->is_waiting = false;
    pthread_mutex_unlock(&trust->lock);
}

static void *run(void *context)
{
    struct trust *trust = context;
    pthread_setname_np(pthread_self(), "uploads");
    while (!trust->is_stopping) {
        work(trust);
        wait_for_work(trust);
    }
    return NULL;
}

static bool free_all(struct session *session, void *context, struct error *err)
{
    (void)context;
    return uploads_free_all(session, err);
}

bool trust_start(struct trust *trust, struct error *err)
{
    /* SQLite has one process: who held an upload was the one before. Another node's lapses. */
    if (store_is_sqlite(trust->store) && !store_write(trust->store, free_all, NULL, err))
        return false;
    trust->has_thread = pthread_create(&trust->thread, NULL, run, trust) == 0;
    return trust->has_thread || fail(err, ERR_INTERNAL, "the uploads' thread cannot start");
}

void trust_wake(struct trust *trust)
{
    pthread_mutex_lock(&trust->lock);
    trust->is_waiting = true;
    pthread_cond_signal(&trust->wake);
    pthread_mutex_unlock(&trust->lock);
}

void trust_stop(struct trust *trust)
{
    if (!trust || !trust->has_thread)
        return;
    trust->is_stopping = true;
    trust_wake(trust);
    pthread_join(trust->thread, NULL);
    trust->has_thread = false;
}

void trust_free(struct trust *trust)
{
    if (!trust)
        return;
    trust_stop(trust);
    pthread_cond_destroy(&trust->wake);
    pthread_mutex_destroy(&trust->lock);
    memory_free(trust->hosts);
    memory_free(trust->hosts_text);
    memory_free(trust);
}

static bool purge(void *context, time_t now, struct error *err)
{
    return pkis_purge_due(context, now, err);
}

const struct timer_row trust_timers[] = {
    { "trust.purge", HOUR, purge },
    { 0 },
};
