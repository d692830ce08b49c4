#include "unit/unit.h"

#include "base/arena.h"
#include "base/json.h"
#include "model/ca.h"
#include "model/classic_store.h"
#include "model/leaf.h"
#include "model/tls_policy.h"
#include "model/urls.h"
#include "odata/entity_read.h"

#include <stdio.h>
#include <string.h>

static const struct urls urls = { "http://pki.example", "https://pki.example" };

static const char good[] =
    "{\"@odata.type\":\"#microsoft.graph.cloudCertificationAuthority\",\"displayName\":\"Root\","
    "\"commonName\":\"Root CA\",\"cloudCertificationAuthorityType\":\"rootCertificationAuthority\","
    "\"certificateKeySize\":\"eCP256\",\"validityPeriodInYears\":5,"
    "\"extendedKeyUsages\":[{\"@odata.type\":\"microsoft.graph.extendedKeyUsage\","
    "\"name\":\"Client\",\"objectIdentifier\":\"1.3.6.1.5.5.7.3.2\"}]}";

static json_t *parse(const char *text)
{
    struct error err = { 0 };
    json_t *json = json_read(bytes_of_text(text), &err);
    unit_ok(json != NULL, &err);
    return json;
}

/* The good one with a member replaced. value: JSON. */
static json_t *good_with(const char *name, const char *value)
{
    json_t *json = parse(good);
    char text[8192];
    snprintf(text, sizeof text, "{\"x\":%s}", value);
    json_t *wrapped = parse(text);
    json_object_set(json, name, json_object_get(wrapped, "x"));
    json_decref(wrapped);
    return json;
}

static bool read_ca(json_t *json, struct ca *out, struct arena *arena, struct error *err)
{
    *out = (struct ca){ 0 };
    bool is_good = entity_read(&ca_entity, json, arena, out, err);
    json_decref(json);
    return is_good;
}

static void expect_refused(json_t *json, const char *why)
{
    struct error err = { 0 };
    struct ca ca;
    SCOPED(arena_free) struct arena *arena = arena_new();
    if (read_ca(json, &ca, arena, &err))
        unit_fail("accepted, though %s", why);
    assert_int_equal(err.code, ERR_INVALID);
    if (!strstr(err.message, why))
        unit_fail("'%s' does not say '%s'", err.message, why);
}

TEST(entity_is_read)
{
    struct error err = { 0 };
    struct ca ca;
    SCOPED(arena_free) struct arena *arena = arena_new();
    unit_ok(read_ca(parse(good), &ca, arena, &err), &err);
    const struct extended_key_usage *ekus = ca.ekus.items;
    assert_string_equal(ca.display_name, "Root");
    assert_int_equal(ca.type, CA_ROOT);
    assert_int_equal(ca.validity_years, 5);
    assert_int_equal(ca.ekus.count, 1);
    assert_string_equal(ekus[0].oid, "1.3.6.1.5.5.7.3.2");
}

/* design §7: what the server owns is ignored when it comes from a round trip. */
TEST(entity_members_of_the_server_are_left_out)
{
    static const char *const rows[][2] = {
        { "id", "\"x\"" },
        { "scepServerUrl", "\"https://example.com/\"" },
        { "certificationAuthorityStatus", "\"revoked\"" },
        { "validityStartDateTime", "\"2016-12-31T23:59:36.3292251-08:00\"" },
        { "versionNumber", "13" },
        { "serialNumber", "\"Serial Number value\"" },
        { "thumbprint", "null" },
        { "eTag", "\"x\"" },
        { "activeVersion", "{\"id\":\"x\"}" },
        { "versions", "[]" },
        { "@odata.etag", "\"W/\\\"1\\\"\"" },
        { "displayName@odata.type", "\"#String\"" },
        { "@cloudpki.notice", "\"ask them to\"" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct error err = { 0 };
        struct ca ca;
        SCOPED(arena_free) struct arena *arena = arena_new();
        unit_ok(read_ca(good_with(rows[i][0], rows[i][1]), &ca, arena, &err), &err);
        assert_null(ca.id);
        assert_int_equal(ca.status, 0);
        assert_int_equal(ca.version_number, 0);
        assert_int_equal(ca.not_before, 0);
        assert_null(ca.thumbprint);
    }
}

static const char *const wrong_values[] = {
    // clang-format off
    [PROPERTY_STRING]    = "5",
    [PROPERTY_INT]       = "\"5\"",
    [PROPERTY_BOOL]      = "\"true\"",
    [PROPERTY_TIME]      = "\"yesterday\"",
    [PROPERTY_ENUM]      = "\"nope\"",
    [PROPERTY_BINARY]    = "\"!\"",
    [PROPERTY_HEX]       = "{}",
    [PROPERTY_STRINGS]   = "\"a\"",
    [PROPERTY_COMPLEX]   = "[]",
    [PROPERTY_COMPLEXES] = "{}",
    [PROPERTY_DERIVED]   = "7",
    // clang-format on
};

TEST(entity_refuses_every_property_of_a_wrong_type)
{
    for (const struct property *row = ca_entity.properties; !property_is_last(row); row++)
        if (row->name) {
            expect_refused(good_with(row->name, wrong_values[row->type]), row->name);
            expect_refused(good_with(row->name, row->type == PROPERTY_BOOL ? "[]" : "true"),
                           row->name);
        }
}

TEST(entity_refuses_null_where_none_may_be)
{
    for (const struct property *row = ca_entity.properties; !property_is_last(row); row++) {
        if (!row->name || (row->flags & READ_ONLY))
            continue;
        struct error err = { 0 };
        struct ca ca;
        SCOPED(arena_free) struct arena *arena = arena_new();
        bool may = (row->flags & NULLABLE) && !(row->flags & REQUIRED);
        assert_int_equal(read_ca(good_with(row->name, "null"), &ca, arena, &err), may);
    }
}

TEST(entity_refuses_every_text_that_is_too_long)
{
    char value[4096];
    memset(value, 'a', sizeof value);
    value[0] = value[2000] = '"';
    value[2001] = '\0';
    for (const struct property *row = ca_entity.properties; !property_is_last(row); row++)
        if (row->name && row->type == PROPERTY_STRING && !(row->flags & READ_ONLY))
            expect_refused(good_with(row->name, value), row->name);
}

TEST(entity_requires_what_is_required)
{
    for (const struct property *row = ca_entity.properties; !property_is_last(row); row++) {
        if (!row->name || !(row->flags & REQUIRED))
            continue;
        json_t *json = parse(good);
        json_object_del(json, row->name);
        expect_refused(json, row->name);
    }
}

TEST(an_item_of_a_collection_requires_its_members)
{
    struct error err = { 0 };
    struct classic_store store = { 0 };
    SCOPED(arena_free) struct arena *arena = arena_new();
    json_t *json = parse("{\"certificateAuthorities\": [{\"isRootAuthority\": true}]}");
    assert_false(entity_read(&classic_store_entity, json, arena, &store, &err));
    assert_string_equal(err.message, "certificateAuthorities[0].certificate: is required");
    json_decref(json);
}

TEST(entity_refuses_values_that_cannot_be)
{
    static const char *const rows[][3] = {
        { "displayName", "\"\"", "may not be empty" },
        { "validityPeriodInYears", "51", "from 0 to 50" },
        { "validityPeriodInYears", "-1", "from 0 to 50" },
        { "validityPeriodInYears", "5.5", "whole number" },
        { "validityPeriodInYears", "9223372036854775807", "from 0 to 50" },
        { "countryName", "\"Country Name value\"", "countryName: must be two letters" },
        { "countryName", "\"C1\"", "countryName: must be two letters" },
        { "certificateKeySize", "\"unknown\"", "must be one of rsa2048" },
        { "certificateKeySize", "\"unknownFutureValue\"", "must be one of" },
        { "certificateKeySize", "\"RSA2048\"", "must be one of" },
        { "certificateKeySize", "1", "must be one of" },
        { "roleScopeTagIds", "[1]", "roleScopeTagIds[0]" },
        { "roleScopeTagIds", "[null]", "roleScopeTagIds[0]" },
        { "extendedKeyUsages", "[1]", "extendedKeyUsages[0]" },
        { "extendedKeyUsages", "[{\"x\":1}]", "extendedKeyUsages[0].x" },
        { "extendedKeyUsages", "[{\"objectIdentifier\":\"1..2\"}]",
          "extendedKeyUsages[0].objectIdentifier" },
        { "extendedKeyUsages", "[{\"objectIdentifier\":\"Object Identifier value\"}]",
          "must be an object identifier" },
        { "extendedKeyUsages", "[{\"@odata.type\":\"microsoft.graph.other\"}]", "@odata.type" },
        { "certificationAuthorityIssuerId", "\"Certification Authority Issuer Id value\"",
          "the id of a CA" },
        { "nothing", "1", "nothing: cloudCertificationAuthority has no such property" },
        { "tenant_id", "\"x\"", "has no such property" },
        { "@odata.type", "\"#microsoft.graph.user\"", "@odata.type" },
        { "@odata.type", "7", "@odata.type" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect_refused(good_with(rows[i][0], rows[i][1]), rows[i][2]);
}

/* The documented create request as it stands names each value that cannot be. */
TEST(entity_names_all_that_is_wrong_at_once)
{
    struct error err = { 0 };
    struct ca ca;
    SCOPED(arena_free) struct arena *arena = arena_new();
    json_t *json = good_with("countryName", "\"Country Name value\"");
    json_object_set_new(json, "certificationAuthorityIssuerId", json_string("Issuer Id value"));
    json_object_set_new(json, "extendedKeyUsages",
                        json_pack("[{s:s}]", "objectIdentifier", "Object Identifier value"));
    assert_false(read_ca(json, &ca, arena, &err));
    assert_non_null(strstr(err.message, "countryName"));
    assert_non_null(strstr(err.message, "certificationAuthorityIssuerId"));
    assert_non_null(strstr(err.message, "extendedKeyUsages[0].objectIdentifier"));
}

TEST(entity_refuses_long_collections)
{
    SCOPED(buf_free) struct buf *many = buf_new(1 << 20);
    buf_add_text(many, "{\"displayName\":\"x\",\"roleScopeTagIds\":[\"0\"");
    for (int i = 0; i < 100000; i++)
        buf_add_text(many, ",\"0\"");
    buf_add_text(many, "]}");
    expect_refused(parse(buf_text(many)), "at most 100 items");
}

TEST(entity_must_be_an_object)
{
    static const char *const texts[] = { "[]", "\"x\"", "5", "null", "true" };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        expect_refused(json_loads(texts[i], JSON_DECODE_ANY, NULL), "must be a JSON object");
}

/* ---- changes ---- */

static struct ca stored(void)
{
    static struct extended_key_usage usages[] = { { "Client", "1.3.6.1.5.5.7.3.2" } };
    return (struct ca){ .id = "96c8868d-868d-46c8-8d86-c8968d86c896",
                        .display_name = "Root",
                        .common_name = "Root CA",
                        .issuer_id = "",
                        .type = CA_ROOT,
                        .status = CA_EXPIRED,
                        .key_size = 4,
                        .validity_years = 5,
                        .ekus = { usages, 1 },
                        .created_at = 1739441826,
                        .active_version = 1,
                        .version_number = 1,
                        .revision = 7 };
}

static bool change(const char *text, struct ca *ca, struct arena *arena, struct error *err)
{
    json_t *json = parse(text);
    *ca = stored();
    bool is_good = entity_read_changes(&ca_entity, json, &urls, false, arena, ca, err);
    json_decref(json);
    return is_good;
}

TEST(changes_are_read_onto_what_is_stored)
{
    struct error err = { 0 };
    struct ca ca;
    SCOPED(arena_free) struct arena *arena = arena_new();
    unit_ok(change("{\"description\":\"new\",\"roleScopeTagIds\":[\"1\"]}", &ca, arena, &err),
            &err);
    assert_string_equal(ca.description, "new");
    assert_string_equal(ca.display_name, "Root");
    assert_int_equal(ca.role_scope_tag_ids.count, 1);
}

/* What was read may be sent back whole. */
TEST(changes_may_repeat_what_may_not_change)
{
    static const char *const texts[] = {
        "{\"commonName\":\"Root CA\"}",
        "{\"id\":\"96c8868d-868d-46c8-8d86-c8968d86c896\"}",
        "{\"eTag\":\"7\"}",
        "{\"createdDateTime\":\"2025-02-13T10:17:06.0000000Z\"}",
        "{\"createdDateTime\":\"2025-02-13T11:17:06+01:00\"}",
        "{\"thumbprint\":null}",
        "{\"certificationAuthorityIssuerId\":\"\"}",
        "{\"certificationAuthorityStatus\":\"unknownFutureValue\"}",
        ("{\"extendedKeyUsages\":[{\"@odata.type\":\"#microsoft.graph.extendedKeyUsage\","
         "\"objectIdentifier\":\"1.3.6.1.5.5.7.3.2\",\"name\":\"Client\"}]}"),
        "{\"activeVersion\":{\"id\":\"x\"}}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct error err = { 0 };
        struct ca ca;
        SCOPED(arena_free) struct arena *arena = arena_new();
        unit_ok(change(texts[i], &ca, arena, &err), &err);
    }
}

TEST(changes_of_what_may_not_change_are_refused)
{
    static const char *const rows[][2] = {
        { "{\"commonName\":\"Other\"}", "commonName: may not be changed" },
        { "{\"commonName\":null}", "commonName" },
        { "{\"commonName\":5}", "commonName" },
        { "{\"thumbprint\":5}", "thumbprint" },
        { "{\"thumbprint\":\"AA\"}", "thumbprint: may not be changed" },
        { "{\"serialNumber\":\"AA\"}", "serialNumber: may not be changed" },
        { "{\"validityPeriodInYears\":6}", "validityPeriodInYears: may not be changed" },
        { "{\"certificateKeySize\":\"rsa2048\"}", "certificateKeySize: may not be changed" },
        { "{\"extendedKeyUsages\":[]}", "extendedKeyUsages: may not be changed" },
        { "{\"versionNumber\":2}", "versionNumber: may not be changed" },
        { "{\"createdDateTime\":\"2025-02-13T10:17:07Z\"}", "createdDateTime: may not be changed" },
        { "{\"displayName\":null}", "displayName: may not be null" },
        { "{\"nothing\":1}", "nothing" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct error err = { 0 };
        struct ca ca;
        SCOPED(arena_free) struct arena *arena = arena_new();
        if (change(rows[i][0], &ca, arena, &err))
            unit_fail("%s is accepted", rows[i][0]);
        assert_int_equal(err.code, ERR_INVALID);
        if (!strstr(err.message, rows[i][1]))
            unit_fail("%s: %s", rows[i][0], err.message);
    }
}

TEST(changes_with_a_stale_etag_are_a_failed_precondition)
{
    struct error err = { 0 };
    struct ca ca;
    SCOPED(arena_free) struct arena *arena = arena_new();
    assert_false(change("{\"eTag\":\"6\",\"description\":\"new\"}", &ca, arena, &err));
    assert_int_equal(err.code, ERR_PRECONDITION);
}

#define SPACE "microsoft.graph.networkaccess."

static bool read_rule(const char *conditions, struct tls_rule *out, struct arena *arena,
                      struct error *err)
{
    char text[1024];
    snprintf(text, sizeof text,
             "{\"name\":\"R\",\"priority\":1,\"action\":\"bypass\",\"settings\":{\"status\":"
             "\"enabled\"},"
             "\"matchingConditions\":%s}",
             conditions);
    json_t *json = parse(text);
    *out = (struct tls_rule){ 0 };
    bool is_good = entity_read(&tls_rule_entity, json, arena, out, err);
    json_decref(json);
    return is_good;
}

/* Samples leave the '#' out. */
TEST(a_value_of_several_types_says_which)
{
    static const struct {
        const char *type;
        int64_t number;
    } cases[] = {
        { "#" SPACE "tlsInspectionFqdnDestination", TLS_DESTINATION_FQDN },
        { SPACE "tlsInspectionFqdnDestination", TLS_DESTINATION_FQDN },
        { SPACE "tlsInspectionWebCategoryDestination", TLS_DESTINATION_WEB_CATEGORY },
        { "#" SPACE "tlsInspectionWebCategoriesDestination", TLS_DESTINATION_WEB_CATEGORIES },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err = { 0 };
        struct tls_rule rule;
        char conditions[512];
        SCOPED(arena_free) struct arena *arena = arena_new();
        snprintf(conditions, sizeof conditions,
                 "{\"destinations\":[{\"@odata.type\":\"%s\",\"values\":[\"a.example\"]}]}",
                 cases[i].type);
        unit_ok(read_rule(conditions, &rule, arena, &err), &err);
        const struct tls_destination *destination = rule.conditions.destinations.items;
        assert_int_equal(destination->type, cases[i].number);
        assert_string_equal(destination->values.items[0], "a.example");
    }
}

TEST(what_is_new_is_whole_within_too)
{
    static const char *const cases[][2] = {
        { "{}", "matchingConditions.destinations: is required" },
        { "{\"destinations\":[{\"values\":[\"a.example\"]}]}", "destinations[0].@odata.type" },
        { "{\"destinations\":[{\"@odata.type\":\"" SPACE "tlsInspectionFqdnDestination\"}]}",
          "destinations[0].values: is required" },
        { "{\"destinations\":[{\"@odata.type\":\"#\",\"values\":[]}]}",
          "destinations[0].@odata.type: must be one of #" SPACE },
        { "{\"destinations\":[{\"@odata.type\":7,\"values\":[]}]}", "destinations[0].@odata.type" },
        { "{\"destinations\":[{\"@odata.type\":null,\"values\":[]}]}",
          "destinations[0].@odata.type: may not be null" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err = { 0 };
        struct tls_rule rule;
        SCOPED(arena_free) struct arena *arena = arena_new();
        assert_false(read_rule(cases[i][0], &rule, arena, &err));
        if (!strstr(err.message, cases[i][1]))
            unit_fail("'%s' does not say '%s'", err.message, cases[i][1]);
    }
}

/* A change may name one member of a nested value; the others stay. */
TEST(a_change_need_not_be_whole_within)
{
    struct error err = { 0 };
    struct tls_policy policy = { .name = "P", .settings = { TLS_INSPECT } };
    SCOPED(arena_free) struct arena *arena = arena_new();
    json_t *json = parse("{\"settings\":{}}");
    unit_ok(entity_read_changes(&tls_policy_entity, json, &urls, false, arena, &policy, &err),
            &err);
    json_decref(json);
    assert_int_equal(policy.settings.default_action, TLS_INSPECT);
}
