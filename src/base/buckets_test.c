#include "unit/unit.h"

#include "base/buckets.h"

#include <stdio.h>

enum { MOST = 3, PERIOD = 10, NOW = 1000000 };

TEST(buckets_take_some_at_once_then_one_by_one)
{
    SCOPED(buckets_free) struct buckets *buckets = buckets_new(MOST, PERIOD);
    for (int i = 0; i < MOST; i++)
        assert_int_equal(buckets_take(buckets, "a", "b", NOW), 0);
    assert_int_equal(buckets_take(buckets, "a", "b", NOW), PERIOD);
    assert_int_equal(buckets_take(buckets, "a", "b", NOW + PERIOD - 1), 1);
    assert_int_equal(buckets_take(buckets, "a", "b", NOW + PERIOD), 0);
    assert_int_equal(buckets_take(buckets, "a", "b", NOW + PERIOD), PERIOD);
    for (int i = 0; i < MOST; i++)
        assert_int_equal(buckets_take(buckets, "a", "b", NOW + 100 * PERIOD), 0);
    assert_int_not_equal(buckets_take(buckets, "a", "b", NOW + 100 * PERIOD), 0);
}

TEST(buckets_are_of_two_names_each)
{
    SCOPED(buckets_free) struct buckets *buckets = buckets_new(1, PERIOD);
    assert_int_equal(buckets_take(buckets, "a", "b", NOW), 0);
    assert_int_equal(buckets_take(buckets, "b", "a", NOW), 0);
    assert_int_equal(buckets_take(buckets, "ab", "", NOW), 0);
    assert_int_equal(buckets_take(buckets, "a", "c", NOW), 0);
    assert_int_not_equal(buckets_take(buckets, "a", "b", NOW), 0);
}

TEST(buckets_may_be_asked_without_being_filled)
{
    SCOPED(buckets_free) struct buckets *buckets = buckets_new(1, PERIOD);
    assert_int_equal(buckets_wait(buckets, "a", "b", NOW), 0);
    assert_int_equal(buckets_wait(buckets, "a", "b", NOW), 0);
    buckets_add(buckets, "a", "b", NOW);
    buckets_add(buckets, "a", "b", NOW);
    assert_int_equal(buckets_wait(buckets, "a", "b", NOW), 2 * PERIOD);
}

/* However many names there are, the one that is used most is not forgotten for them at once. */
TEST(buckets_are_bounded)
{
    SCOPED(buckets_free) struct buckets *buckets = buckets_new(1000, PERIOD);
    for (int i = 0; i < 1000; i++)
        buckets_add(buckets, "busy", "", NOW);
    for (int i = 0; i < 100000; i++) {
        char name[16];
        snprintf(name, sizeof name, "%d", i);
        buckets_add(buckets, name, "", NOW);
    }
    assert_int_not_equal(buckets_take(buckets, "busy", "", NOW), 0);
}
