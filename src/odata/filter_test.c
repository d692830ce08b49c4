#include "unit/unit.h"

#include "base/arena.h"
#include "model/ca.h"
#include "model/leaf.h"
#include "model/user.h"
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

/* `and` binds closer than `or`, `not` closer still; OData URL conventions §5.1.1.16. */
TEST(filter_joins_by_precedence)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    const struct filter *filter = parse(
        "not id eq 'a' and id eq 'b' or id eq 'c' and (id eq 'd' or id eq 'e')", &ca_entity, arena);
    assert_int_equal(filter->operator, FILTER_OR);
    assert_int_equal(filter->left->operator, FILTER_AND);
    assert_int_equal(filter->left->left->operator, FILTER_NOT);
    assert_string_equal(filter->left->left->left->value.text, "a");
    assert_int_equal(filter->right->operator, FILTER_AND);
    assert_int_equal(filter->right->right->operator, FILTER_OR);
}

TEST(filter_knows_every_operator)
{
    static const struct {
        const char *text;
        enum filter_operator operator;
    } rows[] = {
        { "subjectName ne 'a'", FILTER_NE },
        { "subjectName ne null", FILTER_NE },
        { "validityEndDateTime gt 2025-02-13T10:17:06Z", FILTER_GT },
        { "validityEndDateTime ge 2025-02-13", FILTER_GE },
        { "certificationAuthorityVersionNumber lt 3", FILTER_LT },
        { "subjectName le 'x'", FILTER_LE },
        { "certificateStatus in ('revoked', 'expired')", FILTER_IN },
        { "startswith(subjectName,'CN=')", FILTER_STARTS_WITH },
        { "startsWith(subjectName, 'CN=') eq true", FILTER_STARTS_WITH },
        { "endswith(subjectName,'x') eq false", FILTER_NOT },
        { "contains(deviceName,'(a,b)')", FILTER_CONTAINS },
        { "extendedKeyUsages/any()", FILTER_ANY },
        { "extendedKeyUsages/any(x:x eq '1.3.6.1.5.5.7.3.2')", FILTER_ANY },
        { "extendedKeyUsages/any( usage : usage eq '1.3.6.1.5.5.7.3.2' )", FILTER_ANY },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        SCOPED(arena_free) struct arena *arena = arena_new();
        const struct filter *filter = parse(rows[i].text, &leaf_entity, arena);
        if (filter->operator!= rows[i].operator)
            unit_fail("%s", rows[i].text);
    }
}

TEST(filter_reads_lists_and_items)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    const struct filter *filter =
        parse("certificateStatus in ('revoked','expired')", &leaf_entity, arena);
    assert_int_equal(filter->value_count, 2);
    assert_int_equal(filter->values[1].integer, LEAF_EXPIRED);
    filter = parse("extendedKeyUsages/any(e:e/objectIdentifier eq '1.2')", &ca_entity, arena);
    assert_string_equal(filter->member->name, "objectIdentifier");
    assert_string_equal(filter->value.text, "1.2");
    filter = parse("authorizationInfo/certificateUserIds/any(x:x eq 'X509:<PN>bob')", &user_entity,
                   arena);
    assert_int_equal(filter->operator, FILTER_ANY);
    assert_string_equal(filter->property->column, "certificate_user_ids");
    filter = parse("id eq 96C8868D-868D-46C8-8D86-C8968D86C896", &ca_entity, arena);
    assert_string_equal(filter->value.text, "96c8868d-868d-46c8-8d86-c8968d86c896");
}

TEST(filter_names_operator_and_property)
{
    expect_refused("certificationAuthorityStatus ge 'active'",
                   "operator 'ge' is not supported on 'certificationAuthorityStatus'");
    expect_refused("scepServerUrl eq 'a'", "operator 'eq' is not supported on 'scepServerUrl'");
    expect_refused("startswith(createdDateTime,'2025')",
                   "operator 'startswith' is not supported on 'createdDateTime'");
    expect_refused("tolower(displayName) eq 'a'", "'tolower' is not supported on 'displayName'");
    expect_refused("extendedKeyUsages eq 'a'", "'extendedKeyUsages'");
    expect_refused("displayName has 'a'", "operator 'has' is not supported on 'displayName'");
    expect_refused("displayName/any(x:x eq 'a')", "'/any' is not supported on 'displayName'");
    expect_refused("extendedKeyUsages/all(x:x eq 'a')", "'/all' is not supported on");
    expect_refused("extendedKeyUsages/any(x:x eq 'a')", "cannot compare 'x'");
    expect_refused("extendedKeyUsages/any(x:y/name eq 'a')", "cannot compare 'y/name'");
    expect_refused("extendedKeyUsages/any(x:x/name ne 'a')", "only eq");
    expect_refused("extendedKeyUsages/any(x:x/name eq null)", "never null");
    expect_refused("extendedKeyUsages/any(x:)", "variable:comparison");
    expect_refused("displayName gt null", "does not compare 'displayName' with null");
    expect_refused("displayName in ('a', null)", "null cannot be in the list");
    expect_refused("displayName in ()", "a value must follow");
    expect_refused("displayName in 'a'", "'(' is missing");
    expect_refused("contains(displayName,null)", "takes a text");
    expect_refused("contains(displayName,'a') eq 'x'", "true or false");
    expect_refused("contains(displayName)", "',' is missing");
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
    for (int i = 0; i < 1000; i++)
        buf_add_text(deep, "not ");
    expect_refused(buf_text(deep), "nested deeper");
    buf_truncate(deep, 0);
    for (int i = 0; i < 100; i++)
        buf_add_text(deep, "extendedKeyUsages/any() or ");
    buf_add_text(deep, "extendedKeyUsages/any()");
    expect_refused(buf_text(deep), "comparisons");
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
