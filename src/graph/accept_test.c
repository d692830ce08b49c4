#include "unit/unit.h"

#include "base/error.h"
#include "graph/accept.h"

#define JSON "application/json"

TEST(accept_chooses_the_metadata_that_weighs_most)
{
    static const struct {
        const char *header;
        int metadata; /* -1: not acceptable */
    } rows[] = {
        { NULL, METADATA_MINIMAL },
        { "", METADATA_MINIMAL },
        { " , ", METADATA_MINIMAL },
        { JSON, METADATA_MINIMAL },
        { "APPLICATION/JSON ; CHARSET=utf-8", METADATA_MINIMAL },
        { "*/*", METADATA_MINIMAL },
        { "application/*", METADATA_MINIMAL },
        { "text/html, */*;q=0.1", METADATA_MINIMAL },
        { JSON ";odata.metadata=none", METADATA_NONE },
        { JSON ";metadata=none;q=0.5", METADATA_NONE },
        { JSON ";odata.metadata=minimal, " JSON ";odata.metadata=none;q=0.9", METADATA_MINIMAL },
        { JSON ";odata.metadata=minimal;q=0.1, " JSON ";odata.metadata=none", METADATA_NONE },
        { JSON ";odata.metadata=none;q=0, " JSON, METADATA_MINIMAL },
        { JSON ";IEEE754Compatible=true;odata.streaming=true", METADATA_MINIMAL },
        { JSON ";odata.metadata=full", -1 },
        { JSON ";odata.metadata=full, " JSON ";q=0.1", METADATA_MINIMAL },
        { JSON ";q=0", -1 },
        { JSON ";q=0.000, */*", -1 },
        { "text/*", -1 },
        { "application/xml", -1 },
        { "application/jsonp", -1 },
        { "*/*;q=0", -1 },
        { ";;;,q=0", -1 },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct error err = { 0 };
        enum metadata metadata;
        bool is_good = accept_json(rows[i].header, &metadata, &err);
        if (is_good != (rows[i].metadata >= 0) || (is_good && (int)metadata != rows[i].metadata))
            unit_fail("%s: %s", rows[i].header, err.message);
        if (!is_good)
            assert_int_equal(err.code, ERR_NOT_ACCEPTABLE);
    }
}

TEST(accept_admits_text_for_numbers)
{
    struct error err = { 0 };
    unit_ok(accept_text("text/plain;q=0.9,application/json", &err), &err);
    unit_ok(accept_text("application/json", &err), &err);
    unit_ok(accept_text(NULL, &err), &err);
    assert_false(accept_text("text/html", &err));
    assert_int_equal(err.code, ERR_NOT_ACCEPTABLE);
}

TEST(accept_admits_gzip_only_when_told)
{
    assert_false(accept_gzip(NULL));
    assert_false(accept_gzip(""));
    assert_false(accept_gzip("identity"));
    assert_false(accept_gzip("gzip;q=0"));
    assert_false(accept_gzip("gzip;q=0, *"));
    assert_false(accept_gzip("gzipped"));
    assert_true(accept_gzip("br, GZIP;q=0.5"));
    assert_true(accept_gzip("*"));
}

TEST(accept_chooses_xml_unless_json_weighs_more)
{
    static const struct {
        const char *header;
        const char *format;
        int is_json; /* -1: not acceptable */
    } rows[] = {
        { NULL, NULL, 0 },
        { "*/*", NULL, 0 },
        { "application/*;q=0.5, " JSON, NULL, 1 },
        { JSON ", application/xml", NULL, 0 },
        { JSON ", application/xml;q=0.9", NULL, 1 },
        { "application/xml", "json", 1 },
        { "text/html", "XML", 0 },
        { NULL, JSON ";odata.metadata=minimal", 1 },
        { "application/xml", "atom", -1 },
        { "text/html", NULL, -1 },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct error err = { 0 };
        bool is_json;
        bool is_good = accept_xml_or_json(rows[i].header, rows[i].format, &is_json, &err);
        if (is_good != (rows[i].is_json >= 0) || (is_good && is_json != rows[i].is_json))
            unit_fail("%s, %s: %s", rows[i].header, rows[i].format, err.message);
    }
}
