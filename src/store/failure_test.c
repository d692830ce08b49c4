/* Power cuts, full disks and lost connections: what was answered is there, and work goes on. */
#include "unit/unit.h"

#include "base/arena.h"
#include "store/engine.h"
#include "store/fixture.h"
#include "store/rows.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- kill -9 ---- */

enum { KILLS = 3, ACKNOWLEDGED = 200, NAME_OCTETS = 16 };

struct sender {
    int pipe;
    char name[NAME_OCTETS];
};

static bool run_send(struct session *session, void *context, struct error *err)
{
    const struct sender *sender = context;
    return settings_put(session, sender->name, "x", err);
}

static void acknowledge(void *context, const struct error *err)
{
    struct sender *sender = context;
    if (err->code != ERR_NONE || write(sender->pipe, sender->name, NAME_OCTETS) != NAME_OCTETS)
        _exit(3);
}

/* Never returns: the parent kills it in the middle of its work. */
static void write_until_killed(const char *url, int round, int out)
{
    enum { SENDERS = 20000 };
    static struct sender senders[SENDERS];
    struct error err = { .code = ERR_NONE };
    const struct store_options options = { .url = url };
    struct store *store = store_open(&options, &err);
    for (int i = 0; store && i < SENDERS; i++) {
        senders[i].pipe = out;
        snprintf(senders[i].name, NAME_OCTETS, "%d/%d", round, i);
        const struct write write = { run_send, acknowledge, &senders[i] };
        while (!store_submit(store, &write, &err))
            error_clear(&err); /* the queue is full */
    }
    store_close(store);
    _exit(4); /* too early for the parent */
}

/* The store is closed before: SQLite's locks do not survive a fork. */
static void kill_in_the_middle(struct fixture *fixture, int round, char names[][NAME_OCTETS])
{
    int ends[2];
    fixture_close(fixture);
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        write_until_killed(fixture->url, round, ends[1]);
    close(ends[1]);
    for (int i = 0; i < ACKNOWLEDGED; i++)
        assert_int_equal(read(ends[0], names[i], NAME_OCTETS), NAME_OCTETS);
    int status;
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    close(ends[0]);
    assert_true(WIFSIGNALED(status));
}

static bool is_ok(const struct row *row, void *context, struct error *err)
{
    (void)context;
    return strcmp(row_text(row, 0), "ok") == 0 || fail(err, ERR_INTERNAL, "%s", row_text(row, 0));
}

static void check_integrity(struct fixture *fixture)
{
    static const struct statement check = { "PRAGMA integrity_check", "" };
    struct error err = { .code = ERR_NONE };
    struct session *session = store_read(fixture->store, &err);
    if (fixture->is_sqlite)
        unit_ok(session_query(session, &check, NULL, 0, is_ok, NULL, &err), &err);
    session_free(session);
}

STORE_TEST(what_was_answered_survives_a_kill)
{
    for (int round = 0; round < KILLS; round++) {
        char names[ACKNOWLEDGED][NAME_OCTETS];
        kill_in_the_middle(fixture, round, names);
        fixture_open(fixture);
        check_integrity(fixture);
        struct error err = { .code = ERR_NONE };
        struct session *session = store_read(fixture->store, &err);
        for (int i = 0; i < ACKNOWLEDGED; i++) {
            const char *value;
            unit_ok(settings_get(session, names[i], fixture->arena, &value, &err), &err);
            if (!value)
                unit_fail("%s was answered and is gone", names[i]);
        }
        session_free(session);
    }
}

/* ---- a full disk ---- */

static bool limit_pages(struct session *session, void *context, struct error *err)
{
    const struct statement pragma = { context, "" };
    const struct call call = { &pragma, NULL, 0, true };
    return session_query_call(session, &call, NULL, NULL, err);
}

static bool put_much(struct session *session, void *context, struct error *err)
{
    struct fixture *fixture = context;
    char *value = arena_take(fixture->arena, 1000001);
    memset(value, 'x', 1000000);
    return settings_put(session, "big", value, err);
}

static bool put_little(struct session *session, void *context, struct error *err)
{
    return settings_put(session, context, "x", err);
}

static void fill_disk(struct fixture *fixture)
{
    char few[] = "PRAGMA max_page_count = 80";
    char many[] = "PRAGMA max_page_count = 1000000";
    char name[] = "small";
    struct error err = { .code = ERR_NONE };
    fixture_write(fixture, limit_pages, few);
    assert_false(store_write(fixture->store, put_much, fixture, &err));
    assert_int_equal(err.code, ERR_BUSY);
    assert_string_equal(err.message, "database: the disk is full");
    fixture_write(fixture, put_little, name);
    fixture_write(fixture, limit_pages, many);
    fixture_write(fixture, put_much, fixture);
    check_integrity(fixture);
}

TEST(a_full_disk_is_said_so_and_passes)
{
    fixture_run(ON_SQLITE, fill_disk);
}

/* ---- a transaction that went away ---- */

/* As SQLite does by itself when the disk is full. */
static bool put_and_lose(struct session *session, void *context, struct error *err)
{
    int *runs = context;
    if (!settings_put(session, "lost", "x", err))
        return false;
    (*runs)++;
    return *runs > 1 || session->engine->script(session, "ROLLBACK", err);
}

static void lose_transaction(struct fixture *fixture)
{
    int runs = 0;
    const char *value;
    struct error err = { .code = ERR_NONE };
    fixture_write(fixture, put_and_lose, &runs);
    assert_int_equal(runs, 2);
    struct session *session = store_read(fixture->store, &err);
    unit_ok(settings_get(session, "lost", fixture->arena, &value, &err), &err);
    assert_string_equal(value, "x");
    session_free(session);
}

TEST(a_batch_whose_transaction_is_gone_runs_again)
{
    fixture_run(ON_SQLITE, lose_transaction);
}

/* ---- lost connections ---- */

struct cut {
    struct fixture *fixture;
    int runs;
};

static bool put_and_cut(struct session *session, void *context, struct error *err)
{
    struct cut *cut = context;
    cut->runs++;
    if (cut->runs == 1)
        fixture_cut_connections(cut->fixture);
    return settings_put(session, "cut", "x", err);
}

/* Refuses once, so that it runs alone; then loses the connection as its last act. */
static bool put_and_cut_before_commit(struct session *session, void *context, struct error *err)
{
    struct cut *cut = context;
    if (++cut->runs == 1)
        return fail(err, ERR_CONFLICT, "run me alone");
    bool is_put = settings_put(session, "cut", "x", err);
    fixture_cut_connections(cut->fixture);
    return is_put;
}

static void cut_connections(struct fixture *fixture)
{
    struct error err = { .code = ERR_NONE };
    const char *value;
    struct session *session = store_read(fixture->store, &err);
    unit_ok(settings_get(session, "cut", fixture->arena, &value, &err), &err);
    session_free(session);

    fixture_cut_connections(fixture); /* as a server's restart does */
    session = store_read(fixture->store, &err);
    unit_ok(settings_get(session, "cut", fixture->arena, &value, &err), &err);
    session_free(session);
    unit_ok(store_ping(fixture->store, &err), &err);

    struct cut within = { fixture, 0 };
    unit_ok(store_write(fixture->store, put_and_cut, &within, &err), &err);
    assert_int_equal(within.runs, 2);

    struct cut before = { fixture, 0 };
    assert_false(store_write(fixture->store, put_and_cut_before_commit, &before, &err));
    assert_int_equal(err.code, ERR_OUTCOME_UNKNOWN);
    assert_int_equal(before.runs, 2);
    error_clear(&err);
    unit_ok(store_ping(fixture->store, &err), &err);
}

TEST(a_lost_connection_is_found_again_but_not_during_commit)
{
    fixture_run(ON_POSTGRES, cut_connections);
}
