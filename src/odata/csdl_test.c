/* A small schema in both formats of $metadata, and in OpenAPI. */
#include "unit/unit.h"

#include "base/arena.h"
#include "base/json.h"
#include "model/base_types.h"
#include "model/ca.h"
#include "model/pki.h"
#include "model/tls_policy.h"
#include "odata/csdl.h"
#include "odata/openapi.h"
#include "odata/options.h"
#include "odata/schema.h"

#include <string.h>

enum { OCTETS_MAX = 1024 * 1024 };

static struct arena *arena;
static struct schema schema;

static void set_up(void)
{
    static const struct schema_refusal refusals[] = { { 400, false, "bad" },
                                                      { 409, true, "conflict" },
                                                      { 0 } };
    arena = arena_new();
    schema_init(&schema, arena);
    schema.url = "https://api.example.org/beta";
    schema.refusals = refusals;
}

static void contains(struct buf *out, const char *wanted)
{
    if (!strstr(buf_text(out), wanted))
        unit_fail("no %s in %s", wanted, buf_text(out));
}

static void lacks(struct buf *out, const char *unwanted)
{
    if (strstr(buf_text(out), unwanted))
        unit_fail("%s in %s", unwanted, buf_text(out));
}

static json_t *parsed(struct buf *out)
{
    struct error err = { 0 };
    json_t *json = json_read(buf_bytes(out), &err);
    if (!json)
        unit_fail("%s", err.message);
    return json;
}

TEST(a_type_brings_what_it_derives_from_and_is_made_of)
{
    set_up();
    (void)schema_add_type(&schema, &trusted_ca_entity);
    SCOPED(buf_free) struct buf *xml = buf_new(OCTETS_MAX);
    csdl_write_xml(&schema, xml);
    contains(
        xml,
        "<EntityType Name=\"entity\" Abstract=\"true\">\n<Key><PropertyRef Name=\"id\"/></Key>");
    contains(xml, "<EntityType Name=\"directoryObject\" BaseType=\"microsoft.graph.entity\" "
                  "OpenType=\"true\">");
    contains(xml, "<EntityType Name=\"certificateAuthorityDetail\" "
                  "BaseType=\"microsoft.graph.directoryObject\">\n"
                  "<Property Name=\"certificate\" Type=\"Edm.Binary\" Nullable=\"false\">");
    contains(xml,
             "<Member Name=\"root\" Value=\"0\"/>\n<Member Name=\"intermediate\" Value=\"1\"/>");
    lacks(xml, "is_deleted");
    arena_free(arena);
}

TEST(views_of_one_type_are_one_type)
{
    set_up();
    (void)schema_add_type(&schema, &pki_deleted_entity);
    (void)schema_add_type(&schema, &pki_entity);
    (void)schema_add_type(&schema, &pki_deleted_entity);
    SCOPED(buf_free) struct buf *json = buf_new(OCTETS_MAX);
    csdl_write_json(&schema, json);
    SCOPED(json_decref) json_t *document = parsed(json);
    const json_t *type =
        json_object_get(json_object_get(document, SCHEMA_MAIN_SPACE), "certificateBasedAuthPki");
    assert_non_null(json_object_get(type, "certificateAuthorities"));
    arena_free(arena);
}

TEST(what_is_bound_to_several_types_is_one_array)
{
    set_up();
    (void)schema_add_type(&schema, &ca_entity);
    const struct schema_operation on_ca = { .name = "revoke",
                                            .space = "cloudpki",
                                            .bound_to = &ca_entity };
    const struct schema_operation on_version = { .name = "revoke",
                                                 .space = "cloudpki",
                                                 .bound_to = &ca_version_entity };
    schema_add_operation(&schema, &on_ca);
    schema_add_operation(&schema, &on_version);
    schema_add_operation(&schema, &on_ca);
    SCOPED(buf_free) struct buf *json = buf_new(OCTETS_MAX);
    csdl_write_json(&schema, json);
    SCOPED(json_decref) json_t *document = parsed(json);
    const json_t *overloads = json_object_get(json_object_get(document, "cloudpki"), "revoke");
    assert_int_equal(json_array_size(overloads), 2);
    arena_free(arena);
}

TEST(capabilities_name_what_cannot_be_filtered)
{
    set_up();
    struct schema_type *type = schema_add_type(&schema, &ca_entity);
    type->is_listed = true;
    type->options = OPTION_FILTER | OPTION_TOP;
    SCOPED(buf_free) struct buf *xml = buf_new(OCTETS_MAX);
    csdl_write_xml(&schema, xml);
    contains(xml, "V1.TopSupported\" Bool=\"true\"");
    contains(xml, "V1.SkipSupported\" Bool=\"false\"");
    contains(xml, "<PropertyPath>eTag</PropertyPath>");
    lacks(xml, "<PropertyPath>id</PropertyPath>");
    arena_free(arena);
}

TEST(openapi_tells_each_method_of_a_path)
{
    set_up();
    (void)schema_add_type(&schema, &ca_entity);
    struct schema_route route = { .name = "ca.get",
                                  .method = "get",
                                  .path = "/cas/{ca}",
                                  .status = 200,
                                  .content = CONTENT_ENTITY,
                                  .type = &ca_entity,
                                  .is_read = true,
                                  .options = OPTION_SELECT,
                                  .scopes = "Some.Read Some.Write" };
    schema_add_route(&schema, &route);
    route = (struct schema_route){ .name = "ca.change",
                                   .method = "patch",
                                   .path = "/cas/{ca}",
                                   .status = 204,
                                   .body = &ca_entity,
                                   .body_is_change = true,
                                   .scopes = "Some.Write" };
    schema_add_route(&schema, &route);
    SCOPED(buf_free) struct buf *json = buf_new(OCTETS_MAX);
    openapi_write(&schema, json);
    SCOPED(json_decref) json_t *document = parsed(json);
    const json_t *path = json_object_get(json_object_get(document, "paths"), "/cas/{ca}");
    const json_t *get = json_object_get(path, "get");
    const json_t *patch = json_object_get(path, "patch");
    assert_int_equal(json_array_size(json_object_get(get, "security")), 2);
    assert_int_equal(json_array_size(json_object_get(get, "parameters")), 2);
    assert_null(json_object_get(json_object_get(get, "responses"), "409"));
    assert_non_null(json_object_get(json_object_get(patch, "responses"), "409"));
    assert_non_null(json_object_get(patch, "requestBody"));
    arena_free(arena);
}

TEST(a_value_of_several_types_is_described_as_those)
{
    set_up();
    (void)schema_add_type(&schema, &tls_rule_entity);
    SCOPED(buf_free) struct buf *xml = buf_new(OCTETS_MAX);
    csdl_write_xml(&schema, xml);
    contains(xml, "<ComplexType Name=\"tlsInspectionDestination\" Abstract=\"true\"");
    contains(xml, "<ComplexType Name=\"tlsInspectionFqdnDestination\" "
                  "BaseType=\"microsoft.graph.networkaccess.tlsInspectionDestination\"");
    contains(xml, "<EntityType Name=\"tlsInspectionRule\" "
                  "BaseType=\"microsoft.graph.networkaccess.policyRule\"");
    contains(xml, "<Property Name=\"values\" Type=\"Collection(Edm.String)\"");
    lacks(xml, "@odata.type");
    lacks(xml, "DestinationType");
    arena_free(arena);
}
