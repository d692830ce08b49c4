#include "store/readers.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/times.h"
#include "store/engine.h"
#include "store/inside.h"
#include "store/thread.h"

enum { WAIT_MS = 5000 };

struct readers {
    struct store *store;
    unsigned sessions_max;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t has_place;
    struct session *idle; /* the last used first: its pages are warm */
    unsigned open;
};

struct readers *readers_new(struct store *store, unsigned sessions_max)
{
    struct readers *readers = memory_new(sizeof *readers);
    readers->store = store;
    readers->sessions_max = sessions_max;
    pthread_mutex_init(&readers->lock, NULL);
    thread_cond_init(&readers->has_place);
    return readers;
}

/* An idle session, or NULL and a place to open one in; false when neither comes in time. */
static bool wait_for_place(struct readers *readers, struct session **idle)
{
    int64_t until_ms = times_monotonic_ms() + WAIT_MS;
    pthread_mutex_lock(&readers->lock);
    while (!readers->idle && readers->open >= readers->sessions_max &&
           times_monotonic_ms() < until_ms)
        thread_wait_until(&readers->has_place, &readers->lock, until_ms);
    *idle = readers->idle;
    bool has_place = *idle || readers->open < readers->sessions_max;
    if (*idle)
        readers->idle = (*idle)->next;
    else if (has_place)
        readers->open++;
    pthread_mutex_unlock(&readers->lock);
    return has_place;
}

static void free_place(struct readers *readers)
{
    pthread_mutex_lock(&readers->lock);
    readers->open--;
    pthread_cond_signal(&readers->has_place);
    pthread_mutex_unlock(&readers->lock);
}

struct session *readers_take(struct readers *readers, struct error *err)
{
    struct session *session;
    if (!wait_for_place(readers, &session))
        return fail_null(err, ERR_BUSY, "database: all %u readers are at work",
                         readers->sessions_max);
    if (session)
        return session;
    struct store *store = readers->store;
    session = store->engine->open(store, store->url, SESSION_READER, err);
    if (!session)
        free_place(readers);
    return session;
}

void readers_give_back(struct readers *readers, struct session *session)
{
    if (!session->engine->is_usable(session)) {
        session->engine->close(session);
        free_place(readers);
        return;
    }
    pthread_mutex_lock(&readers->lock);
    session->next = readers->idle;
    readers->idle = session;
    pthread_cond_signal(&readers->has_place);
    pthread_mutex_unlock(&readers->lock);
}

void readers_free(struct readers *readers)
{
    if (!readers)
        return;
    while (readers->idle) {
        struct session *next = readers->idle->next;
        readers->idle->engine->close(readers->idle);
        readers->idle = next;
    }
    pthread_mutex_destroy(&readers->lock);
    pthread_cond_destroy(&readers->has_place);
    memory_free(readers);
}
