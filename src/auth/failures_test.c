#include "unit/unit.h"

#include "auth/failures.h"

#include <stdio.h>

enum { NOW = 1700000000, FLOOD = 200000 };

static const char peer[] = "192.0.2.1", ca_id[] = "c1";

static void fail_often(struct failures *failures, unsigned count, time_t now)
{
    for (unsigned i = 0; i < count; i++)
        failures_add(failures, peer, ca_id, now);
}

TEST(failures_are_admitted_up_to_the_cap)
{
    SCOPED(failures_free) struct failures *failures = failures_new();
    for (unsigned i = 0; i < FAILURES_MAX; i++) {
        assert_true(failures_may_try(failures, peer, ca_id, NOW));
        failures_add(failures, peer, ca_id, NOW);
    }
    assert_false(failures_may_try(failures, peer, ca_id, NOW));
}

TEST(failures_come_back_one_by_one)
{
    SCOPED(failures_free) struct failures *failures = failures_new();
    fail_often(failures, FAILURES_MAX, NOW);
    for (time_t now = NOW; now < NOW + 5 * FAILURES_REFILL_S; now += FAILURES_REFILL_S) {
        assert_false(failures_may_try(failures, peer, ca_id, now + FAILURES_REFILL_S - 1));
        assert_true(failures_may_try(failures, peer, ca_id, now + FAILURES_REFILL_S));
        failures_add(failures, peer, ca_id, now + FAILURES_REFILL_S);
    }
}

TEST(failures_saved_up_are_never_more_than_the_cap)
{
    SCOPED(failures_free) struct failures *failures = failures_new();
    fail_often(failures, 1, NOW);
    time_t later = NOW + 1000 * FAILURES_REFILL_S;
    fail_often(failures, FAILURES_MAX - 1, later);
    assert_true(failures_may_try(failures, peer, ca_id, later));
    fail_often(failures, 1, later);
    assert_false(failures_may_try(failures, peer, ca_id, later));
}

/* Attempts under way at the same moment are all counted, and waited for. */
TEST(failures_beyond_the_cap_last_longer)
{
    SCOPED(failures_free) struct failures *failures = failures_new();
    fail_often(failures, 2 * FAILURES_MAX, NOW);
    time_t free_at = NOW + (FAILURES_MAX + 1) * FAILURES_REFILL_S;
    assert_false(failures_may_try(failures, peer, ca_id, free_at - 1));
    assert_true(failures_may_try(failures, peer, ca_id, free_at));
}

TEST(failures_of_others_do_not_count)
{
    static const struct {
        const char *peer;
        const char *ca_id;
    } others[] = {
        { "192.0.2.1", "c2" }, { "192.0.2.2", "c1" }, { "192.0.2.", "1c1" },
        { "192.0.2.1c", "1" }, { "", "192.0.2.1c1" }, { "c1", "192.0.2.1" },
    };
    SCOPED(failures_free) struct failures *failures = failures_new();
    fail_often(failures, FAILURES_MAX, NOW);
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        assert_true(failures_may_try(failures, others[i].peer, others[i].ca_id, NOW));
    assert_false(failures_may_try(failures, peer, ca_id, NOW));
}

/* Many addresses push others out of the table, but nobody is refused for what others did. */
TEST(a_flood_of_addresses_only_makes_us_lenient)
{
    SCOPED(failures_free) struct failures *failures = failures_new();
    fail_often(failures, FAILURES_MAX, NOW);
    for (unsigned i = 0; i < FLOOD; i++) {
        char other[32];
        snprintf(other, sizeof other, "2001:db8::%x", i);
        assert_true(failures_may_try(failures, other, ca_id, NOW + 1));
        for (unsigned j = 0; j < FAILURES_MAX; j++)
            failures_add(failures, other, ca_id, NOW + 1);
    }
    assert_true(failures_may_try(failures, peer, ca_id, NOW + 1));
}

/* A place is taken from who failed longest ago: fresh failures survive a few newcomers. */
TEST(the_oldest_pair_is_forgotten_first)
{
    enum { NEWCOMERS = 6 };
    SCOPED(failures_free) struct failures *failures = failures_new();
    for (unsigned i = 0; i < FLOOD; i++) {
        char other[32];
        snprintf(other, sizeof other, "2001:db8::%x", i);
        failures_add(failures, other, ca_id, NOW);
    }
    fail_often(failures, FAILURES_MAX, NOW + 100);
    for (unsigned i = 0; i < NEWCOMERS; i++) {
        char other[32];
        snprintf(other, sizeof other, "198.51.100.%u", i);
        failures_add(failures, other, ca_id, NOW + 100);
    }
    assert_false(failures_may_try(failures, peer, ca_id, NOW + 100));
}
