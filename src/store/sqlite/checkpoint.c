/*
 * The log (WAL) grows with each commit. A PASSIVE checkpoint copies what no reader needs any more
 * and blocks nobody, but under constant writing it never reaches the end, so the log would grow
 * for ever: past LOG_PAGES_MAX the writer itself runs a TRUNCATE checkpoint, which waits for
 * readers and has little left to copy. Two checkpoints at once fail with SQLITE_BUSY, hence
 * `running`.
 */
#include "base/memory.h"
#include "store/sqlite/sqlite.h"
#include "store/thread.h"

enum {
    PAGES_WORTH_COPYING = 4000, /* a page that changed often meanwhile is copied once */
    LOG_PAGES_MAX = 64 * 1024 * 1024 / 4096,
    LOG_PAGES_RETRY = LOG_PAGES_MAX / 4,
    READERS_WAIT_MS = 1000,
    WRITERS_WAIT_MS = 5000,
};

struct checkpointer {
    pthread_mutex_t lock; /* guards pages_to_copy and is_stopping */
    pthread_cond_t has_work;
    pthread_mutex_t running;
    pthread_t thread;
    int pages_to_copy; /* in the log after the last commit; 0 once they are being copied */
    bool is_stopping;
    int pages; /* in the log: this and what follows are the writer's own */
    int pages_to_shorten;
    sqlite3 *writer;
    sqlite3 *db;
};

static int note_commit(void *context, sqlite3 *db, const char *name, int pages)
{
    (void)db;
    (void)name;
    struct checkpointer *checkpointer = context;
    checkpointer->pages = pages;
    pthread_mutex_lock(&checkpointer->lock);
    checkpointer->pages_to_copy = pages;
    if (pages >= PAGES_WORTH_COPYING)
        pthread_cond_signal(&checkpointer->has_work);
    pthread_mutex_unlock(&checkpointer->lock);
    return SQLITE_OK;
}

/* A failure, such as a full disk, shows when the log is too long; the next commit tries again. */
static void copy_pages(struct checkpointer *checkpointer)
{
    pthread_mutex_lock(&checkpointer->running);
    sqlite3_wal_checkpoint_v2(checkpointer->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    pthread_mutex_unlock(&checkpointer->running);
}

static void *run(void *context)
{
    struct checkpointer *checkpointer = context;
    pthread_mutex_lock(&checkpointer->lock);
    while (!checkpointer->is_stopping) {
        if (checkpointer->pages_to_copy < PAGES_WORTH_COPYING) {
            pthread_cond_wait(&checkpointer->has_work, &checkpointer->lock);
            continue;
        }
        checkpointer->pages_to_copy = 0;
        pthread_mutex_unlock(&checkpointer->lock);
        copy_pages(checkpointer);
        pthread_mutex_lock(&checkpointer->lock);
    }
    pthread_mutex_unlock(&checkpointer->lock);
    return NULL;
}

struct checkpointer *checkpointer_start(sqlite3 *writer, const char *path, struct error *err)
{
    sqlite3 *db = sqlite_connect(path, err);
    if (!db)
        return NULL;
    struct checkpointer *checkpointer = memory_new(sizeof *checkpointer);
    checkpointer->db = db;
    checkpointer->writer = writer;
    checkpointer->pages_to_shorten = LOG_PAGES_MAX;
    pthread_mutex_init(&checkpointer->lock, NULL);
    pthread_mutex_init(&checkpointer->running, NULL);
    pthread_cond_init(&checkpointer->has_work, NULL);
    sqlite3_wal_hook(writer, note_commit, checkpointer);
    thread_start(&checkpointer->thread, run, checkpointer);
    return checkpointer;
}

void checkpointer_stop(struct checkpointer *checkpointer)
{
    if (!checkpointer)
        return;
    sqlite3_wal_hook(checkpointer->writer, NULL, NULL);
    pthread_mutex_lock(&checkpointer->lock);
    checkpointer->is_stopping = true;
    pthread_cond_signal(&checkpointer->has_work);
    pthread_mutex_unlock(&checkpointer->lock);
    pthread_join(checkpointer->thread, NULL);
    sqlite3_close_v2(checkpointer->db);
    pthread_mutex_destroy(&checkpointer->lock);
    pthread_mutex_destroy(&checkpointer->running);
    pthread_cond_destroy(&checkpointer->has_work);
    memory_free(checkpointer);
}

void checkpointer_shorten(struct checkpointer *checkpointer)
{
    if (checkpointer->pages < checkpointer->pages_to_shorten)
        return;
    pthread_mutex_lock(&checkpointer->running);
    sqlite3_busy_timeout(checkpointer->writer, READERS_WAIT_MS);
    int result = sqlite3_wal_checkpoint_v2(checkpointer->writer, NULL, SQLITE_CHECKPOINT_TRUNCATE,
                                           NULL, NULL);
    sqlite3_busy_timeout(checkpointer->writer, WRITERS_WAIT_MS);
    pthread_mutex_unlock(&checkpointer->running);
    checkpointer->pages_to_shorten =
        result == SQLITE_OK ? LOG_PAGES_MAX : checkpointer->pages + LOG_PAGES_RETRY;
}
