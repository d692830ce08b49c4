#include "unit/unit.h"

#include "base/times.h"
#include "ca/lifecycle/preview.h"
#include "ca/lifecycle/versions.h"
#include "ca/world_test.h"
#include "model/leaf.h"

#include <string.h>

static struct renewal_preview preview(struct world *world, const char *ca_id, time_t activation)
{
    struct renewal_preview out;
    error_clear(&world->err);
    unit_ok(ca_preview_renewal(world->authority, &world->actor, ca_id, activation, world->now,
                               world->arena, &out, &world->err),
            &world->err);
    return out;
}

WORLD_TEST(preview_says_when_and_how_long)
{
    struct ca ca = world_issuing(world);
    struct renewal_preview now = preview(world, ca.id, 0);
    time_t half = version_renewable_from(ca.not_before, ca.not_after);
    assert_int_equal(now.version, 1);
    assert_int_equal(now.pending_version, 0);
    assert_int_equal(now.renewable_from, half);
    assert_int_equal(now.days_left, (half - world->now + DAY - 1) / DAY);
    assert_int_equal(now.outliving_count, 0);
    assert_int_equal(now.latest_end, 0);
    world->now = half;
    assert_int_equal(preview(world, ca.id, 0).days_left, 0);
    struct ca out;
    unit_ok(ca_renew(world->authority, &world->actor, ca.id, 0, world->now, world->arena, &out,
                     &world->err),
            &world->err);
    assert_int_equal(preview(world, ca.id, 0).pending_version, 2);
}

WORLD_TEST(preview_counts_what_lives_on_after_activation)
{
    struct ca ca = world_issuing(world);
    struct leaf first = world_leaf(world, ca.id, "first");
    world->now += 100 * DAY;
    struct leaf second = world_leaf(world, ca.id, "second");
    struct renewal_preview now = preview(world, ca.id, 0);
    assert_int_equal(now.outliving_count, 2);
    assert_int_equal(now.outliving.count, 2);
    assert_string_equal(((struct leaf *)now.outliving.items)[0].id, second.id);
    assert_int_equal(now.latest_end, second.not_after);
    struct renewal_preview later = preview(world, ca.id, first.not_after + 1);
    assert_int_equal(later.outliving_count, 1);
    assert_int_equal(later.cut_count, 0);
}

/* Issued at the last safe moment a leaf has its whole year, a second later it is cut. */
WORLD_TEST(preview_names_the_last_safe_moment)
{
    struct ca ca = world_issuing(world);
    world->now = preview(world, ca.id, 0).last_safe;
    struct leaf whole = world_leaf(world, ca.id, "whole");
    assert_int_equal(whole.not_after, ca.not_after);
    assert_int_equal(whole.not_after, times_add_years(whole.not_before, 1) - 1);
    world->now++;
    struct leaf cut = world_leaf(world, ca.id, "cut");
    assert_int_equal(cut.not_after, ca.not_after);
    assert_true(cut.not_after < times_add_years(cut.not_before, 1) - 1);
    assert_int_equal(preview(world, ca.id, 0).cut_count, 2);
}

WORLD_TEST(preview_is_of_issuing_cas)
{
    struct ca root = world_root(world);
    struct renewal_preview out;
    assert_false(ca_preview_renewal(world->authority, &world->actor, root.id, 0, world->now,
                                    world->arena, &out, &world->err));
    assert_int_equal(world->err.code, ERR_CONFLICT);
}
