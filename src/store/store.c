#include "store/store.h"

#include "base/memory.h"
#include "base/text.h"
#include "base/times.h"
#include "store/entity_sql.h"
#include "store/inside.h"
#include "store/migrate.h"
#include "store/readers.h"
#include "store/sql_texts.h"
#include "store/statements.h"
#include "store/thread.h"
#include "store/writer.h"

enum { READERS_MAX = 16, READ_MS_MAX = 5000, QUEUE_MAX = 4096, PING_MS_MAX = 5000 };

static const struct engine *const engines[] = { &sqlite_engine, &postgres_engine };

static const struct statement one = { "SELECT 1", "" };
const struct statement *const store_statements[] = { &one, NULL };

static bool has_scheme(const struct engine *engine, const char *url)
{
    for (const char *const *scheme = engine->schemes; *scheme; scheme++) {
        if (text_starts_with(url, *scheme))
            return true;
    }
    return false;
}

static const struct engine *find_engine(const char *url, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(engines); i++) {
        if (has_scheme(engines[i], url))
            return engines[i];
    }
    return fail_null(err, ERR_INVALID,
                     "database: the URL begins neither with sqlite: nor with postgresql:");
}

static bool start(struct store *store, struct error *err)
{
    struct session *session = store->engine->open(store, store->url, SESSION_WRITER, err);
    if (!session)
        return false;
    if (!migrate(session, err) || !statements_check(session, err)) {
        store->engine->close(session);
        return false;
    }
    store->readers = readers_new(store, store->options.readers_max);
    store->writer = writer_start(session, &store->options);
    return true;
}

struct store *store_open(const struct store_options *options, struct error *err)
{
    const struct engine *engine = find_engine(options->url, err);
    if (!engine)
        return NULL;
    SCOPED(store_close) struct store *store = memory_new(sizeof *store);
    store->engine = engine;
    store->url = memory_text(options->url);
    store->options = *options;
    store->options.url = store->url;
    if (!store->options.readers_max)
        store->options.readers_max = READERS_MAX;
    if (!store->options.read_ms_max)
        store->options.read_ms_max = READ_MS_MAX;
    if (!store->options.queue_max)
        store->options.queue_max = QUEUE_MAX;
    store->texts = sql_texts_new();
    store->entity_sql = entity_sql_new(stored_entities);
    return start(store, err) ? TAKE(store) : NULL;
}

void store_stop(struct store *store)
{
    if (store)
        writer_stop(store->writer);
}

void store_close(struct store *store)
{
    if (!store)
        return;
    writer_free(store->writer);
    readers_free(store->readers);
    entity_sql_free(store->entity_sql);
    sql_texts_free(store->texts);
    memory_free(store->url);
    memory_free(store);
}

bool store_is_sqlite(const struct store *store)
{
    return store->engine == &sqlite_engine;
}

struct session *store_read(struct store *store, struct error *err)
{
    return readers_take(store->readers, err);
}

bool session_snapshot(struct session *session, struct error *err)
{
    if (session->role != SESSION_READER || session->has_snapshot)
        return fail(err, ERR_INTERNAL, "database: a snapshot is a reader's, and one at a time");
    session->has_snapshot = session->engine->begin_snapshot(session, err);
    session->snapshot_until_ms = times_monotonic_ms() + session->store->options.read_ms_max;
    return session->has_snapshot;
}

void session_free(struct session *session)
{
    if (!session || session->role != SESSION_READER)
        return;
    if (session->has_snapshot)
        session->engine->end_snapshot(session);
    session->has_snapshot = false;
    readers_give_back(session->store->readers, session);
}

bool store_submit(struct store *store, const struct write *write, struct error *err)
{
    return writer_submit(store->writer, write, err);
}

/* Shared by who waits and the write; the last of the two frees it. */
struct waiter {
    bool (*run)(struct session *, void *, struct error *);
    void *context;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t is_over;
    bool is_done;
    unsigned holders;
    struct error err;
};

static struct waiter *waiter_new(bool (*run)(struct session *, void *, struct error *),
                                 void *context)
{
    struct waiter *waiter = memory_new(sizeof *waiter);
    waiter->run = run;
    waiter->context = context;
    waiter->holders = 2;
    pthread_mutex_init(&waiter->lock, NULL);
    thread_cond_init(&waiter->is_over);
    return waiter;
}

static void waiter_free(struct waiter *waiter)
{
    pthread_mutex_destroy(&waiter->lock);
    pthread_cond_destroy(&waiter->is_over);
    memory_free(waiter);
}

static void waiter_leave(struct waiter *waiter)
{
    pthread_mutex_lock(&waiter->lock);
    bool is_last = --waiter->holders == 0;
    pthread_mutex_unlock(&waiter->lock);
    if (is_last)
        waiter_free(waiter);
}

static bool run_waited(struct session *session, void *context, struct error *err)
{
    struct waiter *waiter = context;
    return waiter->run(session, waiter->context, err);
}

static void end_waited(void *context, const struct error *err)
{
    struct waiter *waiter = context;
    pthread_mutex_lock(&waiter->lock);
    waiter->err = *err;
    waiter->is_done = true;
    pthread_cond_signal(&waiter->is_over);
    pthread_mutex_unlock(&waiter->lock);
    waiter_leave(waiter);
}

/* until_ms 0: however long it takes. */
static bool wait_for(struct waiter *waiter, int64_t until_ms, struct error *err)
{
    pthread_mutex_lock(&waiter->lock);
    while (!waiter->is_done && (!until_ms || times_monotonic_ms() < until_ms)) {
        if (until_ms)
            thread_wait_until(&waiter->is_over, &waiter->lock, until_ms);
        else
            pthread_cond_wait(&waiter->is_over, &waiter->lock);
    }
    if (!waiter->is_done)
        fail(err, ERR_BUSY, "database: the writer does not answer");
    else if (waiter->err.code != ERR_NONE)
        *err = waiter->err;
    bool is_good = err->code == ERR_NONE;
    pthread_mutex_unlock(&waiter->lock);
    waiter_leave(waiter);
    return is_good;
}

static bool submit_and_wait(struct store *store, struct waiter *waiter, int64_t until_ms,
                            struct error *err)
{
    const struct write write = { run_waited, end_waited, waiter };
    if (!writer_submit_waited(store->writer, &write, err)) {
        waiter_free(waiter);
        return false;
    }
    return wait_for(waiter, until_ms, err);
}

bool store_write(struct store *store, bool (*run)(struct session *, void *, struct error *),
                 void *context, struct error *err)
{
    return submit_and_wait(store, waiter_new(run, context), 0, err);
}

static bool ask_one(struct session *session, void *context, struct error *err)
{
    (void)context;
    return session_query(session, &one, NULL, 0, NULL, NULL, err);
}

bool store_ping(struct store *store, struct error *err)
{
    SCOPED(session_free) struct session *session = store_read(store, err);
    return session && ask_one(session, NULL, err) &&
           submit_and_wait(store, waiter_new(ask_one, NULL), times_monotonic_ms() + PING_MS_MAX,
                           err);
}
