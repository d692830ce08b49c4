/*
 * One batch is one transaction, each item in a savepoint, so that a failure undoes its item only.
 * Some failures (a full disk, lost memory) make SQLite roll the whole transaction back by itself:
 * then nothing of the batch stands, and each item runs again in a transaction of its own.
 */
#include "store/sqlite/sqlite.h"

static const struct statement begin = { "BEGIN IMMEDIATE", "" };
static const struct statement commit = { "COMMIT", "" };
static const struct statement rollback = { "ROLLBACK", "" };
static const struct statement savepoint = { "SAVEPOINT item", "" };
static const struct statement release = { "RELEASE item", "" };
static const struct statement undo = { "ROLLBACK TO item", "" };

static bool run_plain(struct session *session, const struct statement *statement, struct error *err)
{
    static const struct expectation any = { -1, ERR_NONE, NULL };
    const struct call call = { statement, NULL, 0, false };
    return sqlite_expect(session, &call, &any, err);
}

static bool is_in_transaction(struct session *session)
{
    return !sqlite3_get_autocommit(sqlite_of(session)->db);
}

static void abandon(struct session *session)
{
    struct error ignored = { .code = ERR_NONE };
    if (is_in_transaction(session) && !run_plain(session, &rollback, &ignored))
        sqlite3_exec(sqlite_of(session)->db, "ROLLBACK", NULL, NULL, NULL);
}

/* false when the transaction is gone; the item's own failure is in its err. */
static bool run_item(struct session *session, struct item *item)
{
    error_clear(&item->err);
    if (!run_plain(session, &savepoint, &item->err))
        return is_in_transaction(session);
    bool is_done = item->write.run(session, item->write.context, &item->err);
    if (!is_done && item->err.code == ERR_NONE)
        fail(&item->err, ERR_INTERNAL, "database: a write failed without saying why");
    if (!is_in_transaction(session))
        return false;
    struct error unwound = { .code = ERR_NONE };
    bool is_unwound = (is_done || run_plain(session, &undo, &unwound)) &&
                      run_plain(session, &release, is_done ? &item->err : &unwound);
    if (!is_unwound)
        abandon(session);
    return is_in_transaction(session);
}

static void fail_all(struct item *const *items, size_t count, const struct error *err)
{
    for (size_t i = 0; i < count; i++)
        items[i]->err = *err;
}

static bool run_batch(struct session *session, struct item *const *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!run_item(session, items[i]))
            return false;
    }
    return true;
}

/* An item that failed keeps its own reason. */
static void end_batch(struct session *session, struct item *const *items, size_t count)
{
    struct error err = { .code = ERR_NONE };
    if (run_plain(session, &commit, &err))
        return;
    abandon(session);
    for (size_t i = 0; i < count; i++) {
        if (items[i]->err.code == ERR_NONE)
            items[i]->err = err;
    }
}

/* false when the transaction went away in the middle: nothing of it stands. */
static bool commit_together(struct session *session, struct item *const *items, size_t count)
{
    struct error err = { .code = ERR_NONE };
    if (!run_plain(session, &begin, &err)) {
        fail_all(items, count, &err);
        return true;
    }
    if (!run_batch(session, items, count))
        return false;
    end_batch(session, items, count);
    return true;
}

static void commit_alone(struct session *session, struct item *item)
{
    struct item *const items[] = { item };
    if (!commit_together(session, items, 1) && item->err.code == ERR_NONE)
        fail(&item->err, ERR_BUSY, "database: the transaction was rolled back");
}

void sqlite_commit(struct session *session, struct item *const *items, size_t count)
{
    if (!commit_together(session, items, count)) {
        for (size_t i = 0; i < count; i++)
            commit_alone(session, items[i]);
    }
    checkpointer_shorten(sqlite_of(session)->checkpointer);
}
