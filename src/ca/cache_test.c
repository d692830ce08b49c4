#include "unit/unit.h"

#include "ca/cache.h"

#include <stdio.h>

struct thing {
    int references;
};

static void hold(void *thing)
{
    ((struct thing *)thing)->references++;
}

static void release(void *thing)
{
    ((struct thing *)thing)->references--;
}

static const struct cache_options options = { 8, 5, hold, release };

TEST(cache_believes_an_entry_for_a_while)
{
    struct cache *cache = cache_new(&options);
    struct thing thing = { 0 };
    uint64_t ticket;
    assert_null(cache_find(cache, "a/1", 100, &ticket));
    cache_put(cache, "a/1", &thing, 100, ticket);
    assert_int_equal(thing.references, 1);
    assert_ptr_equal(cache_find(cache, "a/1", 104, &ticket), &thing);
    assert_int_equal(thing.references, 2);
    assert_null(cache_find(cache, "a/1", 105, &ticket));
    assert_null(cache_find(cache, "a/1", 99, &ticket)); /* the clock went back */
    assert_null(cache_find(cache, "a/2", 100, &ticket));
    cache_free(cache);
    assert_int_equal(thing.references, 1);
}

TEST(cache_replaces_and_forgets_by_prefix)
{
    struct cache *cache = cache_new(&options);
    struct thing old = { 0 };
    struct thing young = { 0 };
    uint64_t ticket;
    cache_find(cache, "a/1", 100, &ticket);
    cache_put(cache, "a/1", &old, 100, ticket);
    cache_put(cache, "a/1", &young, 100, ticket);
    assert_int_equal(old.references, 0);
    cache_put(cache, "b/1", &old, 100, ticket);
    cache_forget(cache, "a/");
    assert_int_equal(young.references, 0);
    assert_ptr_equal(cache_find(cache, "b/1", 100, &ticket), &old);
    cache_free(cache);
}

/* What was read before a change must not stand there after it. */
TEST(cache_does_not_take_back_what_was_loaded_before_it_forgot)
{
    struct cache *cache = cache_new(&options);
    struct thing stale = { 0 };
    uint64_t ticket;
    cache_find(cache, "a/1", 100, &ticket);
    cache_forget(cache, "a/");
    cache_put(cache, "a/1", &stale, 100, ticket);
    assert_int_equal(stale.references, 0);
    assert_null(cache_find(cache, "a/1", 100, &ticket));
    cache_free(cache);
}

TEST(cache_stays_within_its_bound)
{
    struct cache *cache = cache_new(&options);
    struct thing things[100] = { { 0 } };
    uint64_t ticket;
    int held = 0;
    for (int i = 0; i < 100; i++) {
        char key[16];
        snprintf(key, sizeof key, "%d", i);
        cache_find(cache, key, 100, &ticket);
        cache_put(cache, key, &things[i], 100, ticket);
    }
    for (int i = 0; i < 100; i++)
        held += things[i].references;
    assert_in_range(held, 1, 8);
    assert_int_equal(things[99].references, 1);
    cache_free(cache);
}
