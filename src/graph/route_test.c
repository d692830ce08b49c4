#include "unit/unit.h"

#include "base/arena.h"
#include "base/text.h"
#include "graph/route.h"
#include "model/property.h"

#include <stdio.h>
#include <string.h>

#define CA   "/beta/deviceManagement/cloudCertificationAuthority"
#define ID   "96c8868d-868d-46c8-8d86-c8968d86c896"
#define LEAF "cloudCertificationAuthorityLeafCertificate"

static bool find(enum http_method method, const char *path, struct target *target,
                 struct arena *arena, struct error *err)
{
    return route_find(graph_tables, method, path, arena, target, err);
}

static void expect_route(enum http_method method, const char *path, const char *name)
{
    struct error err = { 0 };
    struct target target;
    SCOPED(arena_free) struct arena *arena = arena_new();
    unit_ok(find(method, path, &target, arena, &err), &err);
    assert_string_equal(target.route->name, name);
}

static void expect_refusal(enum http_method method, const char *path, enum error_code code)
{
    struct error err = { 0 };
    struct target target;
    SCOPED(arena_free) struct arena *arena = arena_new();
    if (find(method, path, &target, arena, &err))
        unit_fail("%s is %s", path, target.route->name);
    if (err.code != code)
        unit_fail("%s: %s", path, err.message);
}

TEST(route_finds_the_operations)
{
    static const struct {
        enum http_method method;
        const char *path;
        const char *name;
    } rows[] = {
        { HTTP_GET, "/beta", "service.get" },
        { HTTP_GET, "/v1.0/", "service.get" },
        { HTTP_POST, "/beta/$batch", "batch" },
        { HTTP_POST, "/v1.0/%24BATCH", "batch" },
        { HTTP_GET, CA, "ca.list" },
        { HTTP_HEAD, CA, "ca.list" },
        { HTTP_GET, CA "/", "ca.list" },
        { HTTP_GET, CA "/$count", "ca.count" },
        { HTTP_GET, CA "/%24count", "ca.count" },
        { HTTP_GET, CA "/" ID, "ca.get" },
        { HTTP_GET, CA "('" ID "')", "ca.get" },
        { HTTP_GET, "/BETA/devicemanagement/CLOUDcertificationauthority/" ID, "ca.get" },
        { HTTP_POST, CA, "ca.create" },
        { HTTP_PATCH, CA "/" ID, "ca.change" },
        { HTTP_DELETE, CA "/" ID, "ca.delete" },
        { HTTP_POST, CA "/" ID "/changeCloudCertificationAuthorityStatus", "ca.status" },
        { HTTP_POST, CA "/" ID "/microsoft.graph.changeCloudCertificationAuthorityStatus",
          "ca.status" },
        { HTTP_GET, CA "/" ID "/versions/" ID "_1", "version.get" },
        { HTTP_GET, CA "/" ID "/versions/$count", "version.count" },
        { HTTP_GET, CA "/" ID "/" LEAF, "leaf.list" },
        { HTTP_GET, CA "('" ID "')/" LEAF "('" ID "')", "leaf.get" },
        { HTTP_POST, CA "/" ID "/" LEAF "/" ID "/cloudpki.revoke", "cloudpki.leaf.revoke" },
        { HTTP_POST, CA "/" ID "/cloudpki.revoke", "cloudpki.ca.revoke" },
        { HTTP_GET, "/beta/deviceManagement/" LEAF "/$count", "leaf.count.all" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect_route(rows[i].method, rows[i].path, rows[i].name);
}

TEST(route_knows_no_other_paths)
{
    static const char *const paths[] = {
        "",
        "/",
        "/gamma/deviceManagement/cloudCertificationAuthority",
        "/v1.0/deviceManagement/cloudCertificationAuthority", /* family A is beta only */
        "/beta//deviceManagement/cloudCertificationAuthority",
        "/beta/deviceManagement%2FcloudCertificationAuthority",
        CA "s",
        CA "/" ID "/nothing",
        CA "/" ID "/renews",
        CA "//" ID,
        CA "/" ID "/" LEAF "/" ID "/x",
        "/beta/deviceManagement/microsoft.graph.x",
        "/a/b/c/d/e/f/g/h/i/j/k/l/m",
    };
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        expect_refusal(HTTP_GET, paths[i], ERR_NOT_FOUND);
    expect_refusal(HTTP_GET, CA "/%zz", ERR_MALFORMED);
    expect_refusal(HTTP_GET, CA "/%00", ERR_MALFORMED);
    expect_refusal(HTTP_GET, CA "/%ff", ERR_MALFORMED);
}

TEST(route_says_what_a_path_allows)
{
    struct error err = { 0 };
    struct target target;
    SCOPED(arena_free) struct arena *arena = arena_new();
    assert_false(find(HTTP_PUT, CA "/" ID, &target, arena, &err));
    assert_int_equal(err.code, ERR_METHOD_NOT_ALLOWED);
    assert_int_equal(target.allowed,
                     HTTP_GET | HTTP_HEAD | HTTP_PATCH | HTTP_DELETE | HTTP_OPTIONS);
    expect_refusal(HTTP_GET, CA "/" ID "/revokeLeafCertificate", ERR_METHOD_NOT_ALLOWED);
}

/* pki-rules §7: POST and PATCH of leaves: 405. */
TEST(route_refuses_to_make_or_change_leaves)
{
    expect_refusal(HTTP_POST, CA "/" ID "/" LEAF, ERR_METHOD_NOT_ALLOWED);
    expect_refusal(HTTP_PATCH, CA "/" ID "/" LEAF "/" ID, ERR_METHOD_NOT_ALLOWED);
    expect_refusal(HTTP_POST, "/beta/deviceManagement/" LEAF, ERR_METHOD_NOT_ALLOWED);
}

TEST(route_writes_paths_and_contexts)
{
    struct error err = { 0 };
    struct target target;
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(buf_free) struct buf *path = buf_new(1024);
    SCOPED(buf_free) struct buf *context = buf_new(1024);
    unit_ok(find(HTTP_GET,
                 "/beta/devicemanagement/cloudcertificationauthority/96C8868D-868d-46c8-"
                 "8d86-c8968d86c896/versions",
                 &target, arena, &err),
            &err);
    route_path(&target, path);
    route_context(&target, context);
    assert_string_equal(buf_text(path), CA "/" ID "/versions");
    assert_string_equal(buf_text(context),
                        "deviceManagement/cloudCertificationAuthority('" ID "')/versions");
}

TEST(route_escapes_what_a_peer_put_into_an_id)
{
    struct error err = { 0 };
    struct target target;
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(buf_free) struct buf *path = buf_new(1024);
    unit_ok(find(HTTP_GET, CA "/%0d%0aSet-Cookie:x%3F%2F..", &target, arena, &err), &err);
    route_path(&target, path);
    assert_string_equal(buf_text(path), CA "/%0D%0Aset-cookie%3Ax%3F%2F..");
}

static void check_row(const struct route *row)
{
    assert_non_null(row->run);
    assert_true(row->entity || row->reply == REPLY_DOCUMENT);
    assert_true(row->versions != 0);
    assert_true(row->method == HTTP_GET || row->options == 0);
    assert_true(row->method != HTTP_GET || row->place == ON_WORKER);
    assert_ptr_equal(route_named(graph_tables, row->name), row); /* no other has its name */
}

TEST(route_rows_are_whole)
{
    for (const struct route *const *table = graph_tables; *table; table++)
        for (const struct route *row = *table; row->name; row++)
            check_row(row);
}

static void check_entity(const struct entity *entity)
{
    size_t count = 0;
    for (const struct property *row = entity->properties; !property_is_last(row); row++, count++) {
        bool needs_detail = row->type == PROPERTY_ENUM || row->type == PROPERTY_COMPLEX ||
                            row->type == PROPERTY_COMPLEXES || row->type == PROPERTY_DERIVED;
        assert_true(!needs_detail || row->detail);
        assert_true(row->type == PROPERTY_DERIVED || row->offset < entity->size);
    }
    assert_true(count <= 64); /* $select's bits */
}

/* Every entity that a route takes or answers can be walked: each row has what its type needs. */
TEST(entities_of_the_routes_are_whole)
{
    for (const struct route *const *table = graph_tables; *table; table++)
        for (const struct route *route = *table; route->name; route++) {
            if (route->entity)
                check_entity(route->entity);
            if (route->body)
                check_entity(route->body);
        }
}
