#include "ca/status/publisher.h"

#include "base/bytes.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "ca/authority_inside.h"
#include "ca/status/publish.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

enum { WATCHERS_MAX = 8 };

struct asked {
    struct asked *next;
    char ca_id[UUID_TEXT_OCTETS];
    time_t due_at;    /* 0: as soon as the delay allows */
    bool is_deferred; /* nothing new is to be said, an old promise is to be kept */
};

struct busy {
    struct busy *next;
    char ca_id[UUID_TEXT_OCTETS];
};

struct watcher {
    publish_watch_fn *watch;
    void *context;
};

struct publisher {
    pthread_mutex_t lock; /* guards all but the epoch */
    pthread_cond_t left;
    struct asked *asked;
    struct busy *busy;
    struct watcher watchers[WATCHERS_MAX];
    size_t watcher_count;
    bool has_started;
    atomic_uint_fast64_t epoch;
};

static struct busy **find_busy(struct publisher *publisher, const char *ca_id)
{
    struct busy **slot = &publisher->busy;
    while (*slot && !text_equal((*slot)->ca_id, ca_id))
        slot = &(*slot)->next;
    return slot;
}

static struct asked *find_asked(struct publisher *publisher, const char *ca_id)
{
    struct asked *asked = publisher->asked;
    while (asked && !text_equal(asked->ca_id, ca_id))
        asked = asked->next;
    return asked;
}

/* What is new makes a promise due; what was asked for already keeps its time, or a steady stream
 * of revocations would put it off for ever. */
static void ask(struct publisher *publisher, const char *ca_id, time_t due_at)
{
    bool is_deferred = due_at != 0;
    struct asked *asked = find_asked(publisher, ca_id);
    if (!asked) {
        asked = memory_new(sizeof *asked);
        asked->due_at = due_at;
        asked->is_deferred = is_deferred;
        asked->next = publisher->asked;
        snprintf(asked->ca_id, sizeof asked->ca_id, "%s", ca_id);
        publisher->asked = asked;
    } else if (asked->is_deferred && (!is_deferred || due_at < asked->due_at)) {
        asked->due_at = due_at;
        asked->is_deferred = is_deferred;
    }
}

/* Watchers are added before the first request and never leave, so calling them needs no lock. */
static void tell(struct publisher *publisher, const char *ca_id, struct bytes serial)
{
    pthread_mutex_lock(&publisher->lock);
    size_t count = publisher->watcher_count;
    pthread_mutex_unlock(&publisher->lock);
    for (size_t i = 0; i < count; i++)
        publisher->watchers[i].watch(publisher->watchers[i].context, ca_id, serial);
}

struct publisher *publisher_new(void)
{
    struct publisher *publisher = memory_new(sizeof *publisher);
    pthread_mutex_init(&publisher->lock, NULL);
    pthread_cond_init(&publisher->left, NULL);
    atomic_init(&publisher->epoch, 1);
    return publisher;
}

void publisher_free(struct publisher *publisher)
{
    if (!publisher)
        return;
    while (publisher->asked) {
        struct asked *asked = publisher->asked;
        publisher->asked = asked->next;
        memory_free(asked);
    }
    pthread_cond_destroy(&publisher->left);
    pthread_mutex_destroy(&publisher->lock);
    memory_free(publisher);
}

void publisher_enter(struct publisher *publisher, const char *ca_id)
{
    struct busy *busy = memory_new(sizeof *busy);
    snprintf(busy->ca_id, sizeof busy->ca_id, "%s", ca_id);
    pthread_mutex_lock(&publisher->lock);
    while (*find_busy(publisher, ca_id))
        pthread_cond_wait(&publisher->left, &publisher->lock);
    busy->next = publisher->busy;
    publisher->busy = busy;
    pthread_mutex_unlock(&publisher->lock);
}

void publisher_leave(struct publisher *publisher, const char *ca_id)
{
    pthread_mutex_lock(&publisher->lock);
    struct busy **slot = find_busy(publisher, ca_id);
    struct busy *busy = *slot;
    if (busy)
        *slot = busy->next;
    pthread_cond_broadcast(&publisher->left);
    pthread_mutex_unlock(&publisher->lock);
    memory_free(busy);
}

void publisher_ask_at(struct publisher *publisher, const char *ca_id, time_t due_at)
{
    pthread_mutex_lock(&publisher->lock);
    ask(publisher, ca_id, due_at);
    pthread_mutex_unlock(&publisher->lock);
}

bool publisher_take(struct publisher *publisher, time_t now, int delay_s,
                    char ca_id[UUID_TEXT_OCTETS])
{
    bool is_taken = false;
    pthread_mutex_lock(&publisher->lock);
    for (struct asked **slot = &publisher->asked; *slot && !is_taken;) {
        struct asked *asked = *slot;
        if (asked->due_at == 0)
            asked->due_at = now + (delay_s > 1 ? delay_s - 1 : 0);
        if (asked->due_at > now) {
            slot = &asked->next;
            continue;
        }
        snprintf(ca_id, UUID_TEXT_OCTETS, "%s", asked->ca_id);
        *slot = asked->next;
        memory_free(asked);
        is_taken = true;
    }
    pthread_mutex_unlock(&publisher->lock);
    return is_taken;
}

bool publisher_is_new(struct publisher *publisher)
{
    pthread_mutex_lock(&publisher->lock);
    bool is_new = !publisher->has_started;
    publisher->has_started = true;
    pthread_mutex_unlock(&publisher->lock);
    return is_new;
}

/* The epoch first: an answer that was signed before and is put into a cache after the watchers
 * cleaned it finds another epoch. */
void publish_revoked(struct authority *authority, const char *ca_id, struct bytes serial)
{
    struct publisher *publisher = authority->publisher;
    atomic_fetch_add(&publisher->epoch, 1);
    publisher_ask_at(publisher, ca_id, 0);
    tell(publisher, ca_id, serial);
}

void publish_soon(struct authority *authority, const char *ca_id)
{
    publish_revoked(authority, ca_id, BYTES_NONE);
}

uint64_t publish_revocation_epoch(const struct authority *authority)
{
    return atomic_load(&authority->publisher->epoch);
}

bool publish_watch(struct authority *authority, publish_watch_fn *watch, void *context,
                   struct error *err)
{
    struct publisher *publisher = authority->publisher;
    pthread_mutex_lock(&publisher->lock);
    bool has_room = publisher->watcher_count < WATCHERS_MAX;
    if (has_room)
        publisher->watchers[publisher->watcher_count++] = (struct watcher){ watch, context };
    pthread_mutex_unlock(&publisher->lock);
    return has_room || fail(err, ERR_INTERNAL, "publish: more watchers than places");
}
