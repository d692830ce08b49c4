#include "unit/unit.h"

#include "base/error.h"
#include "inspection/destination.h"
#include "model/tls_policy.h"

#include <string.h>

TEST(full_host_names_are_told_from_what_is_none)
{
    static const struct {
        const char *text;
        bool is_fqdn;
    } cases[] = {
        { "example.com", true },
        { "www.example.com", true },
        { "*.example.com", true },
        { "*.com", false },
        { "a.b.c.d.e.f.example", true },
        { "xn--bcher-kva.example", true },
        { "1.example", true },
        { "EXAMPLE.com", true },
        { "example", false },
        { "", false },
        { ".", false },
        { "*", false },
        { "*.", false },
        { "**.example.com", false },
        { "*example.com", false },
        { "a.*.example.com", false },
        { "*.*.example.com", false },
        { ".example.com", false },
        { "example.com.", false },
        { "example..com", false },
        { "-a.example.com", false },
        { "a-.example.com", false },
        { "a_b.example.com", false },
        { "a b.example.com", false },
        { "192.0.2.1", false },
        { "example.com:443", false },
        { "https://example.com", false },
        { "example.com/", false },
        { "b\xC3\xBC"
          "cher.example",
          false },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (destination_is_fqdn(cases[i].text) != cases[i].is_fqdn)
            unit_fail("'%s'", cases[i].text);
}

/* RFC 1035 §2.3.4. */
TEST(labels_and_names_have_a_longest)
{
    char label[80];
    char name[400] = "";
    memset(label, 'a', sizeof label);
    memcpy(label + 63, ".example", sizeof ".example");
    assert_true(destination_is_fqdn(label));
    memset(label, 'a', sizeof label);
    memcpy(label + 64, ".example", sizeof ".example");
    assert_false(destination_is_fqdn(label));
    for (size_t len = 0; len < 252; len += 2)
        memcpy(name + len, "a.", 3);
    memcpy(name + 252, "a", 2);
    assert_int_equal(strlen(name), 253);
    assert_true(destination_is_fqdn(name));
    memcpy(name + 252, "aa", 3);
    assert_false(destination_is_fqdn(name));
}

static struct tls_destination destination(int64_t type, const char **values, size_t count)
{
    return (struct tls_destination){ type, { values, count } };
}

TEST(destinations_are_counted_by_value_and_named_properly)
{
    struct error err = { .code = ERR_NONE };
    int64_t count;
    const char *names[] = { "a.example", "*.b.example" };
    const char *categories[] = { "Gambling" };
    struct tls_destination items[] = {
        destination(TLS_DESTINATION_FQDN, names, 2),
        destination(TLS_DESTINATION_WEB_CATEGORIES, categories, 1),
        destination(TLS_DESTINATION_WEB_CATEGORY, categories, 1),
    };
    struct list list = { items, ARRAY_LEN(items) };
    unit_ok(destinations_take(&list, &count, &err), &err);
    assert_int_equal(count, 4);
    assert_int_equal(items[1].type, TLS_DESTINATION_WEB_CATEGORY);
}

TEST(destinations_without_values_are_none)
{
    struct error err = { .code = ERR_NONE };
    int64_t count;
    const char *name = "not a name";
    struct tls_destination empty = destination(TLS_DESTINATION_FQDN, NULL, 0);
    struct tls_destination wrong = destination(TLS_DESTINATION_FQDN, &name, 1);
    struct list lists[] = { { NULL, 0 }, { &empty, 1 }, { &wrong, 1 } };
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        error_clear(&err);
        assert_false(destinations_take(&lists[i], &count, &err));
        assert_int_equal(err.code, ERR_INVALID);
    }
}
