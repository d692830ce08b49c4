#include "unit/unit.h"

#include "base/text.h"
#include "base/times.h"

static time_t at(const char *text)
{
    time_t t;
    assert_true(times_parse(text, &t));
    return t;
}

static bool writes(time_t t, const char *expected)
{
    char text[TIMES_TEXT_OCTETS];
    times_text(t, text);
    return text_equal(text, expected);
}

TEST(times_text_and_back)
{
    static const struct {
        time_t t;
        const char *text;
    } rows[] = {
        { 0, "1970-01-01T00:00:00Z" },          { -1, "1969-12-31T23:59:59Z" },
        { 951782400, "2000-02-29T00:00:00Z" },  { 1739441826, "2025-02-13T10:17:06Z" },
        { 2524607999, "2049-12-31T23:59:59Z" }, { 253402300799, "9999-12-31T23:59:59Z" },
        { 4107542399, "2100-02-28T23:59:59Z" }, { -62167219200, "0000-01-01T00:00:00Z" },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_true(writes(rows[i].t, rows[i].text));
        assert_true(at(rows[i].text) == rows[i].t);
    }
}

TEST(times_beyond_four_digits_show_the_nearest)
{
    assert_true(writes(INT64_MAX, "9999-12-31T23:59:59Z"));
    assert_true(writes(INT64_MIN, "0000-01-01T00:00:00Z"));
}

TEST(times_agree_with_the_c_library)
{
    for (time_t t = -5000000000; t < 10000000000; t += 86399 * 17) {
        struct tm tm;
        gmtime_r(&t, &tm);
        char expected[64];
        strftime(expected, sizeof expected, "%a, %d %b %Y %H:%M:%S GMT", &tm);
        char text[TIMES_TEXT_OCTETS];
        times_http_text(t, text);
        assert_string_equal(text, expected);
        time_t back;
        assert_true(times_parse_http(text, &back) && back == t);
    }
}

TEST(times_parse_takes_offsets_and_fractions)
{
    assert_true(at("2025-02-13T10:17:06.1234567Z") == 1739441826);
    assert_true(at("2025-02-13t11:47:06+01:30") == 1739441826);
    assert_true(at("2025-02-13T02:17:06.9-08:00") == 1739441826);
    assert_true(at("2025-02-13T10:17:06-00:00") == 1739441826);
    assert_true(at("2016-12-31T23:59:60z") == at("2017-01-01T00:00:00Z"));
}

TEST(times_parse_refuses_what_rfc_3339_does)
{
    static const char *const refused[] = {
        "",
        "2025-02-13",
        "2025-02-13T10:17:06",
        "2025-02-13 10:17:06Z",
        "2025-02-13T10:17Z",
        "2025-02-13T10:17:06.Z",
        "2025-02-13T10:17:06ZZ",
        "2025-02-13T10:17:06Z ",
        "2025-02-13T10:17:06+1:00",
        "2025-02-13T10:17:06+0100",
        "2025-02-13T10:17:06+24:00",
        "2025-02-13T10:17:06+00:60",
        "2025-02-29T10:17:06Z",
        "2100-02-29T10:17:06Z",
        "2025-04-31T10:17:06Z",
        "2025-00-13T10:17:06Z",
        "2025-13-13T10:17:06Z",
        "2025-02-00T10:17:06Z",
        "2025-02-13T24:17:06Z",
        "2025-02-13T10:60:06Z",
        "2025-02-13T10:17:61Z",
        "225-02-13T10:17:06Z",
        "+025-02-13T10:17:06Z",
        "12025-02-13T10:17:06Z",
    };
    time_t t;
    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        assert_false(times_parse(refused[i], &t));
}

TEST(times_add_years_keeps_the_day_but_29_february)
{
    assert_true(times_add_years(at("2024-02-29T12:00:00Z"), 1) == at("2025-02-28T12:00:00Z"));
    assert_true(times_add_years(at("2024-02-29T12:00:00Z"), 4) == at("2028-02-29T12:00:00Z"));
    assert_true(times_add_years(at("2096-02-29T00:00:00Z"), 4) == at("2100-02-28T00:00:00Z"));
    assert_true(times_add_years(at("2025-12-31T23:59:59Z"), 50) == at("2075-12-31T23:59:59Z"));
    assert_true(times_add_years(at("2025-03-01T00:00:00Z"), -1) == at("2024-03-01T00:00:00Z"));
    assert_true(times_add_years(at("1970-01-01T00:00:00Z"), -2) == at("1968-01-01T00:00:00Z"));
}

TEST(times_http_takes_the_forms_of_old)
{
    static const char *const texts[] = { "Sun, 06 Nov 1994 08:49:37 GMT",
                                         "Sunday, 06-Nov-94 08:49:37 GMT",
                                         "Sun Nov  6 08:49:37 1994" };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        time_t t;
        assert_true(times_parse_http(texts[i], &t));
        assert_true(t == 784111777);
    }
    static const char *const refused[] = { "",
                                           "Sun, 06 Nov 1994 08:49:37",
                                           "Sun, 06 Nov 1994 08:49:37 UTC",
                                           "Sun, 06 nov 1994 08:49:37 GMT",
                                           "Sun, 31 Nov 1994 08:49:37 GMT",
                                           "Sun, 6 Nov 1994 08:49:37 GMT",
                                           "1994-11-06T08:49:37Z" };
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        time_t t;
        assert_false(times_parse_http(refused[i], &t));
    }
}
