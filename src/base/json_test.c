#include "unit/unit.h"

#include "base/json.h"
#include "base/text.h"

#include <string.h>

static void nest(struct buf *out, int depth)
{
    for (int i = 0; i < depth; i++)
        buf_add_octet(out, '[');
    for (int i = 0; i < depth; i++)
        buf_add_octet(out, ']');
}

static bool is_refused(struct bytes text)
{
    struct error err = { 0 };
    SCOPED(json_decref) json_t *value = json_read(text, &err);
    return !value && err.code == ERR_MALFORMED && text_starts_with(err.message, "json: ");
}

TEST(json_reads_objects_and_arrays)
{
    struct error err = { 0 };
    SCOPED(json_decref)
    json_t *value = json_read(bytes_of_text("{\"a\":[1,\"[{\\\"\",null]}\n"), &err);
    unit_ok(value != NULL, &err);
    assert_int_equal(json_array_size(json_object_get(value, "a")), 3);
}

TEST(json_refuses_what_is_not_strict)
{
    static const char *const refused[] = {
        "",
        " ",
        "1",
        "\"a\"",
        "null",
        "{",
        "{}x",
        "{} {}",
        "{\"a\":1,}",
        "{\"a\":1,\"a\":2}",
        "[\"\\u0000\"]",
        "{\"\\u0000\":1}",
        "[\"\xff\"]",
        "[\"\xed\xa0\x80\"]",
        "[\"\\ud800\"]",
        "[1e999]",
        "[99999999999999999999]",
        "['a']",
        "[01]",
        "[NaN]",
        "[\"a\nb\"]",
        "[\"\\\"]",
        "{a:1}",
        "[1 2]",
        "\xef\xbb\xbf{}",
        "[/**/]",
    };
    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        assert_true(is_refused(bytes_of_text(refused[i])));
    assert_true(is_refused(BYTES_NONE));
    assert_true(is_refused(unit_hex("7b7d00")));
    assert_true(is_refused(unit_hex("5b2261 00 225d")));
}

TEST(json_depth_ends_at_its_maximum)
{
    struct error err = { 0 };
    SCOPED(buf_free) struct buf *text = buf_new(1000000);
    nest(text, JSON_DEPTH_MAX);
    SCOPED(json_decref) json_t *value = json_read(buf_bytes(text), &err);
    unit_ok(value != NULL, &err);
    buf_truncate(text, 0);
    nest(text, JSON_DEPTH_MAX + 1);
    assert_true(is_refused(buf_bytes(text)));
    buf_truncate(text, 0);
    nest(text, 100000);
    assert_true(is_refused(buf_bytes(text)));
}

TEST(json_brackets_in_strings_are_no_depth)
{
    struct error err = { 0 };
    SCOPED(json_decref)
    json_t *value = json_read(
        bytes_of_text("[\"[[[[[[[[[[[[[[[[[[[[\\\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"]"), &err);
    unit_ok(value != NULL, &err);
}

TEST(json_errors_name_line_and_column_but_quote_nothing)
{
    struct error err = { 0 };
    assert_null(json_read(bytes_of_text("{\n\"a\": secret}"), &err));
    assert_non_null(strstr(err.message, "line 2, column"));
    assert_null(strstr(err.message, "secret"));
}

TEST(json_writer_keeps_commas_and_nesting)
{
    SCOPED(buf_free) struct buf *out = buf_new(1000);
    struct json_writer writer = json_writer_to(out);
    json_open_object(&writer);
    json_member(&writer, "a", "x");
    json_member(&writer, "b", NULL);
    json_key(&writer, "c");
    json_open_array(&writer);
    json_int(&writer, 0);
    json_int(&writer, -7);
    json_open_object(&writer);
    json_close_object(&writer);
    json_open_array(&writer);
    json_close_array(&writer);
    json_bool(&writer, true);
    json_none(&writer);
    json_close_array(&writer);
    json_key(&writer, "d");
    json_base64(&writer, unit_hex("00ff"));
    json_key(&writer, "e");
    json_raw(&writer, bytes_of_text("{\"x\":1}"));
    json_member_int(&writer, "f", INT64_MIN);
    json_member_int(&writer, "g", INT64_MAX);
    json_close_object(&writer);
    assert_string_equal(buf_text(out), "{\"a\":\"x\",\"b\":null,\"c\":[0,-7,{},[],true,null],"
                                       "\"d\":\"AP8=\",\"e\":{\"x\":1},\"f\":-9223372036854775808,"
                                       "\"g\":9223372036854775807}");
}

TEST(json_writer_escapes_as_rfc_8259_section_7)
{
    SCOPED(buf_free) struct buf *out = buf_new(1000);
    struct json_writer writer = json_writer_to(out);
    json_text(&writer, "\"\\/\b\f\n\r\t\x01\x1f\x7f é😀");
    assert_string_equal(buf_text(out), "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\\u007f é😀\"");
}

static void write_in_pieces(struct json_writer *writer, const char *first, const char *second)
{
    size_t begin = json_begin_text(writer);
    buf_add_text(writer->out, first);
    buf_add_text(writer->out, second);
    json_end_text(writer, begin);
}

TEST(json_text_in_pieces_is_escaped_and_nothing_is_null)
{
    SCOPED(buf_free) struct buf *out = buf_new(1000);
    struct json_writer writer = json_writer_to(out);
    json_open_array(&writer);
    write_in_pieces(&writer, "http://a", "/b");
    write_in_pieces(&writer, "a\"", "\n");
    write_in_pieces(&writer, "", "");
    json_hex(&writer, unit_hex("00ff"));
    json_close_array(&writer);
    assert_string_equal(buf_text(out), "[\"http://a/b\",\"a\\\"\\n\",null,\"00FF\"]");
}

TEST(json_text_in_pieces_that_finds_no_room_stays_failed)
{
    SCOPED(buf_free) struct buf *out = buf_new(4);
    struct json_writer writer = json_writer_to(out);
    write_in_pieces(&writer, "abc", "def");
    assert_false(buf_ok(out));
}

TEST(json_written_is_read_back_alike)
{
    struct error err = { 0 };
    char every[128] = { 0 };
    for (int i = 1; i < 128; i++)
        every[i - 1] = (char)i;
    SCOPED(buf_free) struct buf *out = buf_new(1000);
    struct json_writer writer = json_writer_to(out);
    json_open_array(&writer);
    json_text(&writer, every);
    json_close_array(&writer);
    SCOPED(json_decref) json_t *value = json_read(buf_bytes(out), &err);
    unit_ok(value != NULL, &err);
    assert_string_equal(json_string_value(json_array_get(value, 0)), every);
}
