/* What the API's own tables look like from outside. */
#include "unit/unit.h"

#include "base/arena.h"
#include "base/text.h"
#include "graph/describe.h"
#include "odata/schema.h"

static const struct entity *root(const struct schema *schema, const char *name)
{
    const struct schema_root *found;
    STAILQ_FOREACH (found, &schema->roots, next)
        if (text_equal(found->name, name))
            return found->type;
    return NULL;
}

TEST(every_path_leads_somewhere)
{
    for (const struct route *const *table = graph_tables; *table; table++)
        for (const struct route *row = *table; row->name; row++)
            if (!describe_can_place(graph_tables, row))
                unit_fail("%s: %s", row->name, row->path);
}

TEST(every_row_has_a_status)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct schema schema;
    const struct schema_route *route;
    describe(graph_tables, API_BETA, "https://api.example.org", arena, &schema);
    STAILQ_FOREACH (route, &schema.routes, next)
        if (route->status == 0)
            unit_fail("%s", route->name);
    assert_string_equal(schema.url, "https://api.example.org/beta");
}

TEST(a_path_hangs_types_on_each_other)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct schema schema;
    const struct schema_link *link;
    int found = 0;
    describe(graph_tables, API_BETA, "https://api.example.org", arena, &schema);
    assert_string_equal(root(&schema, "deviceManagement")->name, "deviceManagement");
    STAILQ_FOREACH (link, &schema.links, next)
        if (text_equal(link->name, "cloudCertificationAuthority")) {
            assert_string_equal(link->owner->name, "deviceManagement");
            assert_true(link->is_collection);
            found++;
        }
    assert_int_equal(found, 1);
}

TEST(an_older_version_has_only_what_its_rows_have)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct schema schema;
    const struct schema_link *link;
    describe(graph_tables, API_V1, "https://api.example.org", arena, &schema);
    STAILQ_FOREACH (link, &schema.links, next)
        assert_string_not_equal(link->name, "cloudCertificationAuthority");
    assert_non_null(root(&schema, "applications"));
}
