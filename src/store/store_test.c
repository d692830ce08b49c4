#include "unit/unit.h"

#include "base/arena.h"
#include "base/random.h"
#include "store/fixture.h"
#include "store/inside.h"
#include "store/rows.h"
#include "store/statements.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>

static bool count_row(const struct row *row, void *context, struct error *err)
{
    (void)err;
    assert_false(row_is_null(row, 0));
    (*(int64_t *)context)++;
    return true;
}

static int64_t count_settings(struct fixture *fixture)
{
    static const struct statement list = { "SELECT name FROM settings", "" };
    struct error err = { .code = ERR_NONE };
    struct session *session = store_read(fixture->store, &err);
    unit_ok(session != NULL, &err);
    int64_t rows = 0;
    unit_ok(session_query(session, &list, NULL, 0, count_row, &rows, &err), &err);
    session_free(session);
    return rows;
}

TEST(store_refuses_urls_it_does_not_know)
{
    struct error err = { .code = ERR_NONE };
    const struct store_options options = { .url = "mysql://localhost/x" };
    assert_null(store_open(&options, &err));
    assert_int_equal(err.code, ERR_INVALID);
}

TEST(store_says_why_a_database_cannot_be_opened)
{
    struct error err = { .code = ERR_NONE };
    const struct store_options sqlite = { .url = "sqlite:/nonexistent/x.db" };
    assert_null(store_open(&sqlite, &err));
    assert_non_null(strstr(err.message, "/nonexistent/x.db"));
    error_clear(&err);
    const struct store_options postgres = { .url = "postgresql:///x?host=/nonexistent" };
    assert_null(store_open(&postgres, &err));
    assert_int_equal(err.code, ERR_BUSY);
}

STORE_TEST(store_answers_and_opens_again)
{
    struct error err = { .code = ERR_NONE };
    unit_ok(store_ping(fixture->store, &err), &err);
    assert_int_equal(store_is_sqlite(fixture->store), fixture->is_sqlite);
    fixture_restart(fixture);
    unit_ok(store_ping(fixture->store, &err), &err);
}

static bool note_newer(struct session *session, void *context, struct error *err)
{
    (void)context;
    static const struct statement insert = {
        "INSERT INTO migrations (number, name, applied_at) VALUES (999, 'newer', 0)", ""
    };
    return session_execute(session, &insert, NULL, 0, err);
}

STORE_TEST(store_refuses_a_database_of_a_newer_program)
{
    struct error err = { .code = ERR_NONE };
    fixture_write(fixture, note_newer, NULL);
    const struct store_options options = { .url = fixture->url };
    assert_null(store_open(&options, &err));
    assert_int_equal(err.code, ERR_CONFLICT);
}

STORE_TEST(statements_with_gaps_or_extra_parameters_are_refused)
{
    static const struct statement wrong[] = {
        { "SELECT 1 FROM settings WHERE name = $2", "tt" },
        { "SELECT 1 FROM settings WHERE name = $1", "tt" },
        { "SELECT 1 FROM settings WHERE name = $1 OR name = $2", "t" },
        { "SELECT nothing FROM settings", "" },
        { "SELECT 1 FROM settings WHERE", "" },
    };
    static const struct statement right = { "SELECT 1 FROM settings WHERE name = $1", "t" };
    struct error err = { .code = ERR_NONE };
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct session *session = store_read(fixture->store, &err);
        assert_false(statement_check(session, &wrong[i], &err));
        assert_int_equal(err.code, ERR_INTERNAL);
        error_clear(&err);
        session_free(session);
    }
    struct session *session = store_read(fixture->store, &err);
    unit_ok(statement_check(session, &right, &err), &err);
    assert_false(session_query(session, &right, VALUES(V_INT(1)), NULL, NULL, &err));
    error_clear(&err);
    assert_false(session_query(session, &right, NULL, 0, NULL, NULL, &err));
    session_free(session);
}

STORE_TEST(readers_may_not_write)
{
    struct error err = { .code = ERR_NONE };
    struct session *session = store_read(fixture->store, &err);
    assert_false(settings_put(session, "a", "b", &err));
    assert_int_equal(err.code, ERR_INTERNAL);
    error_clear(&err);
    static const struct statement insert = {
        "INSERT INTO settings (name, value) VALUES ('a', 'b') RETURNING name", ""
    };
    assert_false(session_query(session, &insert, NULL, 0, NULL, NULL, &err));
    session_free(session);
    assert_int_equal(count_settings(fixture), 0);
}

/* ---- group commit ---- */

struct put {
    char name[UUID_TEXT_OCTETS];
    const char *value;
    bool must_fail;
};

static bool run_put(struct session *session, void *context, struct error *err)
{
    const struct put *put = context;
    return settings_put(session, put->name, put->value, err) &&
           (!put->must_fail || fail(err, ERR_QUOTA, "refused by the test"));
}

enum { THREADS = 64, WRITES_PER_THREAD = 20 };

struct thread {
    pthread_t id;
    struct fixture *fixture;
    int good;
};

static void *write_some(void *context)
{
    struct thread *thread = context;
    for (int i = 0; i < WRITES_PER_THREAD; i++) {
        char id[UUID_TEXT_OCTETS];
        random_uuid(id);
        struct put put = { .value = "x" };
        memcpy(put.name, id, sizeof put.name);
        struct error err = { .code = ERR_NONE };
        thread->good += store_write(thread->fixture->store, run_put, &put, &err);
    }
    return NULL;
}

STORE_TEST(sixty_four_threads_write_together)
{
    struct thread threads[THREADS] = { 0 };
    for (int i = 0; i < THREADS; i++) {
        threads[i].fixture = fixture;
        assert_int_equal(pthread_create(&threads[i].id, NULL, write_some, &threads[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i].id, NULL);
        assert_int_equal(threads[i].good, WRITES_PER_THREAD);
    }
    assert_int_equal(count_settings(fixture), THREADS * WRITES_PER_THREAD);
}

/* Holds the writer until the test has queued what is to be one batch. */
struct gate {
    sem_t reached;
    sem_t open;
    struct tally *tally;
};

static bool wait_at_gate(struct session *session, void *context, struct error *err)
{
    (void)session;
    (void)err;
    struct gate *gate = context;
    sem_post(&gate->reached);
    sem_wait(&gate->open);
    sem_post(&gate->open); /* a second run does not wait */
    return true;
}

static void note_gate(void *context, const struct error *err)
{
    struct gate *gate = context;
    tally_done(gate->tally, err);
}

static void close_gate(struct fixture *fixture, struct gate *gate, struct tally *tally)
{
    struct error err = { .code = ERR_NONE };
    sem_init(&gate->reached, 0, 0);
    sem_init(&gate->open, 0, 0);
    gate->tally = tally;
    const struct write write = { wait_at_gate, note_gate, gate };
    unit_ok(store_submit(fixture->store, &write, &err), &err);
    sem_wait(&gate->reached);
}

struct noted {
    struct put put;
    struct tally *tally;
};

static bool run_noted(struct session *session, void *context, struct error *err)
{
    struct noted *noted = context;
    return run_put(session, &noted->put, err);
}

static void note_done(void *context, const struct error *err)
{
    struct noted *noted = context;
    tally_done(noted->tally, err);
}

STORE_TEST(an_item_that_fails_undoes_itself_only)
{
    enum { ITEMS = 30 };
    struct noted items[ITEMS] = { 0 };
    struct tally *tally = tally_new();
    struct gate gate;
    close_gate(fixture, &gate, tally);
    for (int i = 0; i < ITEMS; i++) {
        struct error err = { .code = ERR_NONE };
        items[i] = (struct noted){ { .value = "x", .must_fail = i % 10 == 3 }, tally };
        snprintf(items[i].put.name, sizeof items[i].put.name, "item%d", i);
        const struct write write = { run_noted, note_done, &items[i] };
        unit_ok(store_submit(fixture->store, &write, &err), &err);
    }
    sem_post(&gate.open);
    tally_wait(tally, ITEMS + 1);
    assert_int_equal(tally_failed_with(tally, ERR_QUOTA), 3);
    assert_int_equal(tally_good(tally), ITEMS + 1 - 3);
    assert_int_equal(count_settings(fixture), ITEMS - 3);
    tally_free(tally);
}

static bool use_missing(struct session *session, void *context, struct error *err)
{
    (void)context;
    return challenges_use(session, "there is none", FIXTURE_NOW, err);
}

STORE_TEST(a_wrong_row_count_fails_its_item_only)
{
    struct error err = { .code = ERR_NONE };
    struct tally *tally = tally_new();
    struct gate gate;
    struct noted good = { { .name = "good", .value = "x" }, tally };
    close_gate(fixture, &gate, tally);
    const struct write write = { run_noted, note_done, &good };
    unit_ok(store_submit(fixture->store, &write, &err), &err);
    sem_post(&gate.open);
    assert_false(store_write(fixture->store, use_missing, NULL, &err));
    assert_int_equal(err.code, ERR_BAD_CHALLENGE);
    tally_wait(tally, 2);
    assert_int_equal(tally_good(tally), 2);
    assert_int_equal(count_settings(fixture), 1);
    tally_free(tally);
}

static bool put_and_read(struct session *session, void *context, struct error *err)
{
    const char *value;
    if (!settings_put(session, "a", "1", err) || !settings_get(session, "a", context, &value, err))
        return false;
    return strcmp(value, "1") == 0 || fail(err, ERR_INTERNAL, "read %s", value);
}

STORE_TEST(a_write_sees_what_it_wrote_before)
{
    fixture_write(fixture, put_and_read, fixture->arena);
    assert_int_equal(count_settings(fixture), 1);
}

STORE_TEST(a_full_queue_refuses)
{
    enum { MANY = 5000 }; /* more than the queue holds */
    struct noted item = { { .name = "a", .value = "x" }, tally_new() };
    struct gate gate;
    close_gate(fixture, &gate, item.tally);
    int taken = 0;
    struct error err = { .code = ERR_NONE };
    const struct write write = { run_noted, note_done, &item };
    while (taken < MANY && store_submit(fixture->store, &write, &err))
        taken++;
    assert_int_equal(err.code, ERR_BUSY);
    assert_int_equal(taken, 4096);
    sem_post(&gate.open);
    tally_wait(item.tally, taken + 1);
    assert_int_equal(tally_good(item.tally), taken + 1);
    tally_free(item.tally);
}

STORE_TEST(closing_commits_what_is_queued)
{
    struct tally *tally = tally_new();
    struct noted items[10];
    struct gate gate;
    close_gate(fixture, &gate, tally);
    for (int i = 0; i < 10; i++) {
        struct error err = { .code = ERR_NONE };
        items[i] = (struct noted){ { .value = "x" }, tally };
        snprintf(items[i].put.name, sizeof items[i].put.name, "item%d", i);
        const struct write write = { run_noted, note_done, &items[i] };
        unit_ok(store_submit(fixture->store, &write, &err), &err);
    }
    sem_post(&gate.open);
    fixture_restart(fixture);
    tally_wait(tally, 11);
    assert_int_equal(count_settings(fixture), 10);
    tally_free(tally);
}

STORE_TEST(a_stopped_store_refuses_writes_and_still_reads)
{
    struct tally *tally = tally_new();
    struct noted item = { { .name = "item", .value = "x" }, tally };
    const struct write write = { run_noted, note_done, &item };
    struct error err = { .code = ERR_NONE };
    unit_ok(store_submit(fixture->store, &write, &err), &err);
    store_stop(fixture->store);
    tally_wait(tally, 1);
    assert_int_equal(count_settings(fixture), 1);
    assert_false(store_submit(fixture->store, &write, &err));
    assert_int_equal(err.code, ERR_BUSY);
    error_clear(&err);
    assert_false(store_ping(fixture->store, &err));
    fixture_restart(fixture);
    tally_free(tally);
}

/* ---- reading ---- */

STORE_TEST(a_snapshot_sees_one_state)
{
    struct error err = { .code = ERR_NONE };
    const char *value;
    struct put first = { .name = "a", .value = "1" };
    struct put second = { .name = "a", .value = "2" };
    fixture_write(fixture, run_put, &first);
    struct session *session = store_read(fixture->store, &err);
    unit_ok(session_snapshot(session, &err), &err);
    unit_ok(settings_get(session, "a", fixture->arena, &value, &err), &err);
    fixture_write(fixture, run_put, &second);
    unit_ok(settings_get(session, "a", fixture->arena, &value, &err), &err);
    assert_string_equal(value, "1");
    session_free(session);
    session = store_read(fixture->store, &err);
    unit_ok(settings_get(session, "a", fixture->arena, &value, &err), &err);
    assert_string_equal(value, "2");
    session_free(session);
}

STORE_TEST(an_old_snapshot_is_refused)
{
    struct error err = { .code = ERR_NONE };
    const char *value;
    struct session *session = store_read(fixture->store, &err);
    unit_ok(session_snapshot(session, &err), &err);
    session->snapshot_until_ms = 1; /* as if read_ms_max had passed */
    assert_false(settings_get(session, "a", fixture->arena, &value, &err));
    assert_int_equal(err.code, ERR_BUSY);
    session_free(session);
}

struct nesting {
    struct session *session;
    int depth;
    int rows;
};

static const struct statement list_names = { "SELECT name FROM settings ORDER BY name", "" };

static bool nest(const struct row *row, void *context, struct error *err)
{
    struct nesting *nesting = context;
    char before = row_text(row, 0)[0];
    nesting->rows++;
    nesting->depth++;
    bool is_done = nesting->depth > 2 ||
                   session_query(nesting->session, &list_names, NULL, 0, nest, nesting, err);
    nesting->depth--;
    assert_int_equal(row_text(row, 0)[0], before);
    return is_done;
}

STORE_TEST(a_query_may_run_within_its_own_rows)
{
    struct error err = { .code = ERR_NONE };
    struct put first = { .name = "a", .value = "1" };
    struct put second = { .name = "b", .value = "2" };
    fixture_write(fixture, run_put, &first);
    fixture_write(fixture, run_put, &second);
    struct nesting nesting = { .session = store_read(fixture->store, &err) };
    unit_ok(session_query(nesting.session, &list_names, NULL, 0, nest, &nesting, &err), &err);
    assert_int_equal(nesting.rows, 2 + 4 + 8);
    session_free(nesting.session);
}
