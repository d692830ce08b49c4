#include "store/writer.h"

#include "base/memory.h"
#include "base/metrics.h"
#include "base/pool.h"
#include "base/times.h"
#include "store/engine.h"
#include "store/thread.h"

#include <time.h>

/* A commit costs about the same for one item as for fifty. While they follow each other, one waits
 * for as many items as the last had, but only until this long after that one began: a busy server
 * gathers, and few clients that each wait for their answer go together. A lone write, and one that
 * somebody waits for, goes at once. */
enum { GATHER_MS = 10 };

struct queued {
    struct item item; /* first */
    bool is_waited;
};

struct writer {
    struct session *session;
    struct pool *workers;
    size_t queue_max;
    pthread_t thread;
    pthread_mutex_t lock; /* guards what follows, up to the blank line */
    pthread_cond_t has_items;
    struct item *first;
    struct item **last;
    size_t count;
    size_t wanted;   /* the writer sleeps until there are so many */
    bool is_awaited; /* somebody waits for one of them, so gathering would gain nothing */
    bool is_stopping;

    int64_t began_us; /* the last commit; with its items the writer's thread only */
    size_t last_count;
    struct metric *queue_length;
    struct metric *commit_seconds;
    struct metric *failures;
};

static void add_metrics(struct writer *writer, struct metrics *metrics)
{
    if (!metrics)
        return;
    writer->queue_length =
        metrics_gauge(metrics, "cloudpki_store_queue", "Writes that the last batch took.", NULL);
    writer->commit_seconds = metrics_histogram(metrics, "cloudpki_store_commit_seconds",
                                               "Time of one batch of writes.", NULL);
    writer->failures = metrics_counter(metrics, "cloudpki_store_failures_total",
                                       "Writes that failed or were refused.", NULL);
}

static void call_done(void *context)
{
    struct item *item = context;
    item->write.done(item->write.context, &item->err);
    memory_free(item);
}

static void finish(struct writer *writer, struct item *item)
{
    const struct queued *queued = (const struct queued *)(const void *)item;
    if (writer->failures && item->err.code != ERR_NONE)
        metric_add(writer->failures, 1);
    if (writer->workers && !queued->is_waited)
        pool_continue(writer->workers, call_done, item);
    else
        call_done(item);
}

static int64_t monotonic_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void commit(struct writer *writer, struct item *first, size_t count)
{
    struct item **items = memory_new_array(count, sizeof(struct item *));
    size_t i = 0;
    for (struct item *item = first; item; item = item->next)
        items[i++] = item;
    writer->began_us = monotonic_us();
    writer->session->engine->commit(writer->session, items, count);
    if (writer->commit_seconds)
        metric_observe(writer->commit_seconds, (double)(monotonic_us() - writer->began_us) / 1e6);
    for (i = 0; i < count; i++)
        finish(writer, items[i]);
    memory_free(items);
}

/* The lock is held. */
static bool is_ready(const struct writer *writer)
{
    return writer->count >= writer->wanted || writer->is_awaited || writer->is_stopping;
}

static void wait_for_items(struct writer *writer)
{
    int64_t until_ms = writer->began_us / 1000 + GATHER_MS;
    writer->wanted = writer->last_count;
    while (!is_ready(writer) && times_monotonic_ms() < until_ms)
        thread_wait_until(&writer->has_items, &writer->lock, until_ms);
    writer->wanted = 1;
    while (!is_ready(writer))
        pthread_cond_wait(&writer->has_items, &writer->lock);
}

/* All that is queued; NULL when stopping with nothing left. */
static struct item *take_all(struct writer *writer, size_t *count)
{
    pthread_mutex_lock(&writer->lock);
    wait_for_items(writer);
    struct item *first = writer->first;
    *count = writer->last_count = writer->count;
    writer->first = NULL;
    writer->last = &writer->first;
    writer->count = 0;
    writer->is_awaited = false;
    pthread_mutex_unlock(&writer->lock);
    return first;
}

static void *run(void *context)
{
    struct writer *writer = context;
    struct item *first;
    size_t count;
    while ((first = take_all(writer, &count))) {
        if (writer->queue_length)
            metric_set(writer->queue_length, (double)count);
        commit(writer, first, count);
    }
    return NULL;
}

struct writer *writer_start(struct session *session, const struct store_options *options)
{
    struct writer *writer = memory_new(sizeof *writer);
    writer->session = session;
    writer->workers = options->workers;
    writer->queue_max = options->queue_max;
    writer->last = &writer->first;
    add_metrics(writer, options->metrics);
    pthread_mutex_init(&writer->lock, NULL);
    thread_cond_init(&writer->has_items);
    thread_start(&writer->thread, run, writer);
    return writer;
}

static bool submit(struct writer *writer, const struct write *write, bool is_waited,
                   struct error *err)
{
    struct queued *queued = memory_new(sizeof *queued);
    queued->item.write = *write;
    queued->is_waited = is_waited;
    pthread_mutex_lock(&writer->lock);
    bool has_room = !writer->is_stopping && writer->count < writer->queue_max;
    if (has_room) {
        *writer->last = &queued->item;
        writer->last = &queued->item.next;
        writer->count++;
        writer->is_awaited |= is_waited;
        if (is_ready(writer))
            pthread_cond_signal(&writer->has_items);
    }
    pthread_mutex_unlock(&writer->lock);
    if (has_room)
        return true;
    memory_free(queued);
    return fail(err, ERR_BUSY, "database: too many writes are waiting");
}

bool writer_submit(struct writer *writer, const struct write *write, struct error *err)
{
    return submit(writer, write, false, err);
}

bool writer_submit_waited(struct writer *writer, const struct write *write, struct error *err)
{
    return submit(writer, write, true, err);
}

void writer_stop(struct writer *writer)
{
    if (!writer || writer->is_stopping)
        return;
    pthread_mutex_lock(&writer->lock);
    writer->is_stopping = true;
    pthread_cond_signal(&writer->has_items);
    pthread_mutex_unlock(&writer->lock);
    pthread_join(writer->thread, NULL);
}

void writer_free(struct writer *writer)
{
    if (!writer)
        return;
    writer_stop(writer);
    writer->session->engine->close(writer->session);
    pthread_mutex_destroy(&writer->lock);
    pthread_cond_destroy(&writer->has_items);
    memory_free(writer);
}
