#include "unit/unit.h"

#include "base/pool.h"

#include <pthread.h>
#include <stdatomic.h>

enum { TASKS = 1000 };

static void count_up(void *context)
{
    atomic_fetch_add((atomic_int *)context, 1);
}

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_entered;
    bool is_open;
};

#define GATE_CLOSED                                                       \
    {                                                                     \
        PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, false \
    }

static void pass_gate(void *context)
{
    struct gate *gate = context;
    pthread_mutex_lock(&gate->lock);
    gate->is_entered = true;
    pthread_cond_broadcast(&gate->changed);
    while (!gate->is_open)
        pthread_cond_wait(&gate->changed, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
}

static void wait_entered(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    while (!gate->is_entered)
        pthread_cond_wait(&gate->changed, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
}

static void open_gate(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->is_open = true;
    pthread_cond_broadcast(&gate->changed);
    pthread_mutex_unlock(&gate->lock);
}

TEST(pool_runs_all_that_is_queued_before_it_ends)
{
    atomic_int count = 0;
    struct pool *pool = pool_new("test", 3, TASKS);
    assert_int_equal(pool_threads(pool), 3);
    for (int i = 0; i < TASKS; i++)
        assert_true(pool_submit(pool, count_up, &count));
    pool_free(pool);
    assert_int_equal(count, TASKS);
}

TEST(pool_refuses_at_its_maximum_but_continues)
{
    struct gate gate = GATE_CLOSED;
    atomic_int count = 0;
    struct pool *pool = pool_new("test", 1, 2);
    assert_true(pool_submit(pool, pass_gate, &gate));
    wait_entered(&gate);
    assert_true(pool_submit(pool, count_up, &count));
    assert_true(pool_submit(pool, count_up, &count));
    assert_false(pool_submit(pool, count_up, &count));
    for (int i = 0; i < 10; i++)
        pool_continue(pool, count_up, &count);
    assert_int_equal(pool_queued(pool), 12);
    open_gate(&gate);
    pool_free(pool);
    assert_int_equal(count, 12);
}

TEST(pool_that_is_stopped_refuses_and_keeps_what_continues)
{
    atomic_int count = 0;
    struct pool *pool = pool_new("test", 2, 8);
    for (int i = 0; i < 8; i++)
        pool_continue(pool, count_up, &count);
    pool_stop(pool);
    assert_int_equal(count, 8);
    assert_false(pool_submit(pool, count_up, &count));
    pool_continue(pool, count_up, &count);
    pool_stop(pool);
    assert_int_equal(count, 8);
    pool_free(pool);
    assert_int_equal(count, 9);
}

struct order {
    int seen[20];
    int count;
};

struct numbered {
    struct order *order;
    int number;
};

static void note(void *context)
{
    struct numbered *numbered = context;
    numbered->order->seen[numbered->order->count++] = numbered->number;
}

TEST(pool_runs_the_oldest_first_also_when_its_ring_grew)
{
    struct gate gate = GATE_CLOSED;
    struct order order = { 0 };
    struct numbered tasks[20];
    struct pool *pool = pool_new("test", 1, 3);
    assert_true(pool_submit(pool, pass_gate, &gate));
    wait_entered(&gate);
    for (int i = 0; i < 20; i++) {
        tasks[i] = (struct numbered){ &order, i };
        pool_continue(pool, note, &tasks[i]);
    }
    open_gate(&gate);
    pool_free(pool);
    assert_int_equal(order.count, 20);
    for (int i = 0; i < 20; i++)
        assert_int_equal(order.seen[i], i);
}

struct chain {
    struct pool *pool;
    atomic_int left;
};

static void go_on(void *context)
{
    struct chain *chain = context;
    if (atomic_fetch_sub(&chain->left, 1) > 1)
        pool_continue(chain->pool, go_on, chain);
}

TEST(pool_that_ends_finishes_what_continues)
{
    struct chain chain = { pool_new("a pool with a long name", 2, 1), 100 };
    assert_true(pool_submit(chain.pool, go_on, &chain));
    pool_free(chain.pool);
    assert_int_equal(chain.left, 0);
}
