#include "unit/unit.h"

#include "base/arena.h"
#include "model/ca.h"
#include "model/leaf.h"
#include "odata/filter.h"

#include <string.h>

static const struct filter *parse(const char *text, const struct entity *entity,
                                  struct arena *arena)
{
    struct error err = { 0 };
    const struct filter *filter = filter_parse(text, entity, arena, &err);
    unit_ok(filter != NULL, &err);
    return filter;
}

static void expect_refused(const char *text, const char *why)
{
    struct error err = { 0 };
    SCOPED(arena_free) struct arena *arena = arena_new();
    if (filter_parse(text, &ca_entity, arena, &err))
        unit_fail("%s is accepted", text);
    assert_int_equal(err.code, ERR_INVALID);
    if (!strstr(err.message, why))
        unit_fail("%s: '%s' does not say '%s'", text, err.message, why);
}

TEST(filter_compares_texts)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    const struct filter *filter = parse("displayName eq 'O''Neil '' x'", &ca_entity, arena);
    assert_int_equal(filter->operator, FILTER_EQ);
    assert_string_equal(filter->property->name, "displayName");
    assert_string_equal(filter->value.text, "O'Neil ' x");
}

TEST(filter_compares_every_type)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    assert_int_equal(
        parse("certificationAuthorityStatus eq 'expired'", &ca_entity, arena)->value.integer,
        CA_EXPIRED);
    assert_int_equal(parse("certificationAuthorityStatus eq "
                           "microsoft.graph.cloudCertificationAuthorityStatus'paused'",
                           &ca_entity, arena)
                         ->value.integer,
                     CA_PAUSED);
    assert_int_equal(
        parse("createdDateTime eq 2025-02-13T10:17:06.5Z", &ca_entity, arena)->value.integer,
        1739441826);
    assert_int_equal(
        parse("certificationAuthorityVersionNumber eq 2", &leaf_entity, arena)->value.integer, 2);
    assert_int_equal(parse("revocationDateTime eq null", &leaf_entity, arena)->value.type,
                     VALUE_NULL);
    struct value serial = parse("serialNumber eq '0a:FF'", &leaf_entity, arena)->value;
    assert_int_equal(serial.type, VALUE_BLOB);
    assert_true(bytes_equal(serial.blob, unit_hex("0AFF")));
}

TEST(filter_joins_with_and)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    const struct filter *filter =
        parse("(displayName eq 'a' and (id eq 'b')) and commonName eq 'c'", &ca_entity, arena);
    assert_int_equal(filter->operator, FILTER_AND);
    assert_string_equal(filter->right->property->name, "commonName");
    assert_string_equal(filter->left->left->property->name, "displayName");
    assert_string_equal(filter->left->right->property->name, "id");
}

TEST(filter_names_operator_and_property)
{
    expect_refused("displayName ge 'a'", "operator 'ge' is not supported on 'displayName'");
    expect_refused("description eq 'a'", "operator 'eq' is not supported on 'description'");
    expect_refused("scepServerUrl eq 'a'", "operator 'eq' is not supported on 'scepServerUrl'");
    expect_refused("startswith(displayName,'a')", "'startswith' is not supported on 'displayName'");
    expect_refused("extendedKeyUsages eq 'a'", "'extendedKeyUsages'");
}

TEST(filter_refuses_what_it_does_not_know)
{
    expect_refused("", "begins with a property");
    expect_refused("nothing eq 'a'", "no property 'nothing'");
    expect_refused("tenant_id eq 'a'", "no property");
    expect_refused("displayName", "operator");
    expect_refused("displayName eq", "a value must follow");
    expect_refused("displayName eq 5", "text in single quotes");
    expect_refused("displayName eq 'a", "a value must follow");
    expect_refused("displayName eq \"a\"", "text in single quotes");
    expect_refused("certificationAuthorityStatus eq 'nope'", "member of");
    expect_refused("certificationAuthorityStatus eq active", "member of");
    expect_refused("createdDateTime eq yesterday", "a time");
    expect_refused("serialNumber eq 'xyz'", "hexadecimal");
    expect_refused("displayName eq 'a' or id eq 'b'", "'or' is not supported");
    expect_refused("not displayName eq 'a'", "'not' is not supported");
    expect_refused("displayName eq 'a' and", "begins with a property");
    expect_refused("(displayName eq 'a'", "')' is missing");
    expect_refused("displayName eq 'a')", "left over");
    expect_refused("'a' eq displayName", "begins with a property");
    expect_refused("displayName eq 'a'; DROP TABLE cas", "not supported");
}

TEST(filter_caps_depth_and_size)
{
    SCOPED(buf_free) struct buf *deep = buf_new(65536);
    for (int i = 0; i < 1000; i++)
        buf_add_text(deep, "(");
    expect_refused(buf_text(deep), "nested deeper");
    buf_truncate(deep, 0);
    for (int i = 0; i < 100; i++)
        buf_add_text(deep, "id eq 'a' and ");
    buf_add_text(deep, "id eq 'a'");
    expect_refused(buf_text(deep), "comparisons");
    buf_truncate(deep, 0);
    for (int i = 0; i < 10000; i++)
        buf_add_text(deep, "id eq");
    expect_refused(buf_text(deep), "longer than");
}
