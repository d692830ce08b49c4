#include "base/pool.h"

#include "base/memory.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREAD_NAME_OCTETS = 16 }; /* the kernel's limit, with the NUL */

struct task {
    pool_run_fn *run;
    void *context;
};

/* The queue is a ring: count tasks from first on. It has room for queue_max from the start and
 * grows only through pool_continue. The lock guards everything but count for readers. */
struct pool {
    pthread_mutex_t lock;
    pthread_cond_t has_task;
    struct task *ring;
    size_t room;
    size_t first;
    atomic_size_t count;
    size_t queue_max;
    bool is_stopping;
    unsigned threads;
    pthread_t *ids;
};

static void push(struct pool *pool, struct task task)
{
    size_t count = atomic_load(&pool->count);
    assert(pool->room > 0);
    if (count == pool->room) {
        struct task *ring = memory_new_array(2 * pool->room, sizeof *ring);
        for (size_t i = 0; i < count; i++)
            ring[i] = pool->ring[(pool->first + i) % pool->room];
        memory_free(pool->ring);
        pool->ring = ring;
        pool->room *= 2;
        pool->first = 0;
    }
    pool->ring[(pool->first + count) % pool->room] = task;
    atomic_store(&pool->count, count + 1);
    pthread_cond_signal(&pool->has_task);
}

/* Waits; false when the pool stops and nothing is queued. */
static bool take(struct pool *pool, struct task *out)
{
    pthread_mutex_lock(&pool->lock);
    while (atomic_load(&pool->count) == 0 && !pool->is_stopping)
        pthread_cond_wait(&pool->has_task, &pool->lock);
    bool has_task = atomic_load(&pool->count) > 0;
    if (has_task) {
        *out = pool->ring[pool->first];
        pool->first = (pool->first + 1) % pool->room;
        atomic_fetch_sub(&pool->count, 1);
    }
    pthread_mutex_unlock(&pool->lock);
    return has_task;
}

static void *run_tasks(void *context)
{
    struct pool *pool = context;
    struct task task;
    while (take(pool, &task))
        task.run(task.context);
    return NULL;
}

/* Signals are for the thread that waits for them, never for a worker. */
static void start_thread(struct pool *pool, const char *name, unsigned i)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&pool->ids[i], NULL, run_tasks, pool);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error) {
        fprintf(stderr, "cloudpki: thread %u of pool %s could not be started\n", i, name);
        abort();
    }
    char text[THREAD_NAME_OCTETS];
    snprintf(text, sizeof text, "%.10s/%u", name, i % 1000);
    pthread_setname_np(pool->ids[i], text);
}

struct pool *pool_new(const char *name, unsigned threads, size_t queue_max)
{
    struct pool *pool = memory_new(sizeof *pool);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->has_task, NULL);
    pool->queue_max = queue_max;
    pool->room = queue_max ? queue_max : 1;
    pool->ring = memory_new_array(pool->room, sizeof *pool->ring);
    pool->threads = threads;
    pool->ids = memory_new_array(threads, sizeof *pool->ids);
    for (unsigned i = 0; i < threads; i++)
        start_thread(pool, name, i);
    return pool;
}

bool pool_submit(struct pool *pool, pool_run_fn *run, void *context)
{
    pthread_mutex_lock(&pool->lock);
    bool is_taken = !pool->is_stopping && atomic_load(&pool->count) < pool->queue_max;
    if (is_taken)
        push(pool, (struct task){ run, context });
    pthread_mutex_unlock(&pool->lock);
    return is_taken;
}

void pool_continue(struct pool *pool, pool_run_fn *run, void *context)
{
    pthread_mutex_lock(&pool->lock);
    push(pool, (struct task){ run, context });
    pthread_mutex_unlock(&pool->lock);
}

size_t pool_queued(const struct pool *pool)
{
    return atomic_load(&pool->count);
}

unsigned pool_threads(const struct pool *pool)
{
    return pool->threads;
}

void pool_stop(struct pool *pool)
{
    if (!pool || pool->is_stopping)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->is_stopping = true;
    pthread_cond_broadcast(&pool->has_task);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->threads; i++)
        pthread_join(pool->ids[i], NULL);
}

void pool_free(struct pool *pool)
{
    if (!pool)
        return;
    pool_stop(pool);
    /* What was continued after the last thread had looked. */
    struct task task;
    while (take(pool, &task))
        task.run(task.context);
    pthread_cond_destroy(&pool->has_task);
    pthread_mutex_destroy(&pool->lock);
    memory_free(pool->ring);
    memory_free(pool->ids);
    memory_free(pool);
}
