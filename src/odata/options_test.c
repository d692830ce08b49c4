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
        { "$search=%22", "$search" },
        { "$skip=x", "$skip" },
        { "$apply=x", "$apply" },
        { "nonsense=1", "nonsense" },
        { "$top=0", "$top" },
        { "$top=1000", "$top" },
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

TEST(options_nest_in_expand)
{
    struct options options;
    SCOPED(arena_free) struct arena *arena = arena_new();
    read_good(
        "$expand=versions($select=id,versionNumber;$filter=subjectName%20eq%20'a)%3Bb(,'%20and%20"
        "versionNumber%20in%20(1,2);$top=2;$orderby=versionNumber%20desc),activeVersion",
        &options, arena);
    const struct options *within = options.expanded[entity_link(&ca_entity, "versions")];
    assert_non_null(within);
    assert_int_equal(__builtin_popcountll(within->selected), 2);
    assert_string_equal(within->filter->left->value.text, "a);b(,");
    assert_int_equal(within->filter->right->value_count, 2);
    assert_int_equal(within->top, 2);
    assert_true(within->order[0].is_descending);
    assert_non_null(options.expanded[entity_link(&ca_entity, "activeVersion")]);
    expect_refused("$expand=versions($nothing=1)", OPTIONS_LIST, "$expand of 'versions'");
    expect_refused("$expand=versions($top=0)", OPTIONS_LIST, "$top");
    expect_refused("$expand=versions($skiptoken=x)", OPTIONS_LIST, "not supported");
    expect_refused("$expand=activeVersion($top=1)", OPTIONS_LIST, "not supported");
    expect_refused("$expand=versions($select=id", OPTIONS_LIST, "cannot be expanded");
}

TEST(options_select_members_of_nested_values)
{
    struct options options;
    SCOPED(arena_free) struct arena *arena = arena_new();
    const struct property *usages = property_find(&ca_entity, "extendedKeyUsages");
    read_good("$select=id,extendedKeyUsages/objectIdentifier", &options, arena);
    assert_int_equal(__builtin_popcountll(options.selected), 2);
    assert_true(options_members(&options, usages) == 2);
    assert_true(options_members(&options, property_find(&ca_entity, "id")) == UINT64_MAX);
    expect_refused("$select=extendedKeyUsages/nothing", OPTIONS_LIST, "no property");
    expect_refused("$select=displayName/x", OPTIONS_LIST, "no property");
    expect_refused("$select=/x", OPTIONS_LIST, "no property");
}

TEST(options_search_phrases)
{
    struct options options;
    SCOPED(arena_free) struct arena *arena = arena_new();
    read_good("$search=\"Two Words\"%20AND%20\"displayName:R\\\"X\"%20plain:y", &options, arena);
    assert_int_equal(options.search_count, 3);
    assert_null(options.search[0].property);
    assert_string_equal(options.search[0].text, "two words");
    assert_string_equal(options.search[1].property->name, "displayName");
    assert_string_equal(options.search[1].text, "r\"x");
    assert_string_equal(options.search[2].text, "plain:y");
    expect_refused("$search=", OPTIONS_LIST, "nothing is searched for");
    expect_refused("$search=\"\"", OPTIONS_LIST, "empty");
    expect_refused("$search=a%20OR%20b", OPTIONS_LIST, "OR is not supported");
    expect_refused("$search=\"id:x\"", OPTIONS_LIST, "'id' is not searched");
    expect_refused("$search=a%20b%20c%20d%20e", OPTIONS_LIST, "more than 4");
}

TEST(options_skip_is_of_the_first_page)
{
    struct options options;
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(buf_free) struct buf *link = buf_new(4096);
    read_good("$skip=5&$top=2", &options, arena);
    assert_int_equal(options.skip, 5);
    options_next(&options, "new", link);
    assert_string_equal(buf_text(link), "?$top=2&$skiptoken=new");
    expect_refused("$skip=-1", OPTIONS_LIST, "$skip");
    expect_refused("$skip=5", OPTIONS_DIRECTORY, "not supported");
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
