#include "unit/unit.h"

#include "base/arena.h"
#include "model/ca.h"
#include "odata/options.h"

#include <string.h>

static void read_good(const char *query, struct options *out, struct arena *arena)
{
    struct error err = { 0 };
    unit_ok(options_read(query, &ca_entity, OPTIONS_LIST, arena, out, &err), &err);
}

static void expect_refused(const char *query, unsigned admitted, const char *why)
{
    struct error err = { 0 };
    struct options options;
    SCOPED(arena_free) struct arena *arena = arena_new();
    if (options_read(query, &ca_entity, admitted, arena, &options, &err))
        unit_fail("%s is accepted", query);
    if (!strstr(err.message, why))
        unit_fail("%s: '%s' does not say '%s'", query, err.message, why);
}

TEST(options_have_defaults)
{
    struct options options;
    SCOPED(arena_free) struct arena *arena = arena_new();
    read_good(NULL, &options, arena);
    assert_int_equal(options.top, OPTIONS_TOP_DEFAULT);
    assert_false(options.wants_count);
    assert_null(options.filter);
    assert_null(options.skip_token);
    assert_int_equal(options.order_count, 0);
    assert_true(options.selected == UINT64_MAX);
}

TEST(options_are_read)
{
    struct options options;
    SCOPED(arena_free) struct arena *arena = arena_new();
    read_good("$select=id,%20displayName&$top=5&$count=true&$orderby=displayName%20desc,id&"
              "$filter=displayName+eq+'a%2Bb'&$skiptoken=xyz&$expand=versions",
              &options, arena);
    assert_string_equal(options.select_text, "id,displayName");
    assert_int_equal(__builtin_popcountll(options.selected), 2);
    assert_int_equal(options.selected_links, 0);
    assert_int_equal(options.top, 5);
    assert_true(options.wants_count);
    assert_int_equal(options.order_count, 2);
    assert_true(options.order[0].is_descending);
    assert_false(options.order[1].is_descending);
    assert_string_equal(options.filter->value.text, "a+b");
    assert_string_equal(options.skip_token, "xyz");
    assert_non_null(options.expanded[entity_link(&ca_entity, "versions")]);
    assert_null(options.expanded[entity_link(&ca_entity, "activeVersion")]);
}

/* Beta takes names without the dollar; clients differ in case. */
TEST(options_names_are_lenient)
{
    struct options options;
    SCOPED(arena_free) struct arena *arena = arena_new();
    read_good("top=7&%24COUNT=TRUE&OrderBy=id&", &options, arena);
    assert_int_equal(options.top, 7);
    assert_true(options.wants_count);
    assert_int_equal(options.order_count, 1);
}

TEST(options_that_cannot_be_are_refused_by_name)
{
    static const struct {
        const char *query;
        const char *why;
    } rows[] = {
        { "$search=x", "$search" },
        { "$skip=1", "$skip" },
        { "$apply=x", "$apply" },
        { "nonsense=1", "nonsense" },
        { "$top=0", "$top" },
        { "$top=1001", "$top" },
        { "$top=-1", "$top" },
        { "$top=x", "$top" },
        { "$top=", "$top" },
        { "$top=5&$top=5", "twice" },
        { "$top=5&top=5", "twice" },
        { "$count=yes", "$count" },
        { "$select=nope", "'nope'" },
        { "$select=", "$select" },
        { "$select=tenant_id", "$select" },
        { "$expand=nope", "'nope'" },
        { "$expand=cloudCertificationAuthorityLeafCertificate", "$expand" },
        { "$expand=versions($select=id)", "$expand" },
        { "$orderby=description", "'description'" },
        { "$orderby=id up", "asc or desc" },
        { "$orderby=id%20up", "asc or desc" },
        { "$orderby=id,id,id,id,id", "more than" },
        { "$filter=x", "$filter" },
        { "$filter=%00", "query" },
        { "$filter=%ff", "UTF-8" },
        { "$filter=%2", "query" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect_refused(rows[i].query, OPTIONS_LIST, rows[i].why);
    expect_refused("$top=5", OPTIONS_ENTITY, "$top");
    expect_refused("$select=id", 0, "$select");
}

TEST(options_repeat_themselves_in_the_next_link)
{
    struct options options;
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(buf_free) struct buf *link = buf_new(4096);
    read_good("top=5&$filter=displayName eq 'a%26b'&$skiptoken=old", &options, arena);
    options_next(&options, "new", link);
    assert_string_equal(buf_text(link),
                        "?$top=5&$filter=displayName%20eq%20%27a%26b%27&$skiptoken=new");
}
