#include "base/json.h"

#include "base/error.h"
#include "base/text.h"

#include <assert.h>
#include <string.h>

enum { WRITER_DEPTH_MAX = 64 };

/* jansson's own texts quote the input, which may hold a secret. */
static const char *const reasons[] = {
    // clang-format off
    [json_error_premature_end_of_input] = "it ends too early",
    [json_error_end_of_input_expected]  = "something follows the value",
    [json_error_invalid_utf8]           = "it is not UTF-8",
    [json_error_null_character]         = "U+0000 is not allowed",
    [json_error_null_byte_in_key]       = "U+0000 is not allowed",
    [json_error_duplicate_key]          = "a key stands twice in an object",
    [json_error_numeric_overflow]       = "a number is out of range",
    [json_error_stack_overflow]         = "it is nested too deep",
    [json_error_invalid_syntax]         = "a syntax error",
    // clang-format on
};

static const char *reason_of(const json_error_t *error)
{
    size_t code = (size_t)json_error_code(error);
    const char *reason = code < ARRAY_LEN(reasons) ? reasons[code] : NULL;
    return reason ? reason : reasons[json_error_invalid_syntax];
}

/* Before jansson recurses; strings are skipped as the grammar has them. */
static bool is_too_deep(struct bytes text)
{
    unsigned depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t octet = text.data[i];
        if (in_string) {
            if (octet == '\\')
                i++;
            else if (octet == '"')
                in_string = false;
        } else if (octet == '"') {
            in_string = true;
        } else if (octet == '{' || octet == '[') {
            if (++depth > JSON_DEPTH_MAX)
                return true;
        } else if ((octet == '}' || octet == ']') && depth > 0) {
            depth--;
        }
    }
    return false;
}

/* Whether a comma must stand before the next. */
static bool begin_item(struct json_writer *writer)
{
    uint64_t bit = UINT64_C(1) << writer->depth;
    bool had_member = writer->has_member & bit;
    writer->has_member |= bit;
    return had_member;
}

static void begin_value(struct json_writer *writer)
{
    if (writer->after_key)
        writer->after_key = false;
    else if (begin_item(writer))
        buf_add_octet(writer->out, ',');
}

static void open_value(struct json_writer *writer, uint8_t bracket)
{
    begin_value(writer);
    assert(writer->depth + 1 < WRITER_DEPTH_MAX);
    writer->depth++;
    writer->has_member &= ~(UINT64_C(1) << writer->depth);
    buf_add_octet(writer->out, bracket);
}

static void close_value(struct json_writer *writer, uint8_t bracket)
{
    assert(writer->depth > 0 && !writer->after_key);
    writer->depth--;
    buf_add_octet(writer->out, bracket);
}

/* RFC 8259 §7: what must be escaped, U+007F too because terminals act on it. */
static bool is_escaped(uint8_t octet)
{
    return octet < 0x20 || octet == '"' || octet == '\\' || octet == 0x7F;
}

static void add_escape(struct buf *out, uint8_t octet)
{
    static const char letters[0x20] = {
        ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'
    };
    char letter = octet < 0x20 ? letters[octet] : octet == 0x7F ? '\0' : (char)octet;
    buf_add_octet(out, '\\');
    if (letter) {
        buf_add_octet(out, (uint8_t)letter);
        return;
    }
    buf_add_text(out, "u00");
    hex_encode_lower((struct bytes){ &octet, 1 }, out);
}

/* Without a way out of the loop, so that compilers look at many octets at once. */
static bool has_escaped(struct bytes text)
{
    unsigned found = 0;
    for (size_t i = 0; i < text.len; i++)
        found |= is_escaped(text.data[i]);
    return found;
}

static void add_with_escapes(struct buf *out, struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (is_escaped(text.data[i]))
            add_escape(out, text.data[i]);
        else
            buf_add_octet(out, text.data[i]);
    }
}

/* As it is, between before and after. */
static void add_plain(struct buf *out, const char *before, struct bytes text, const char *after)
{
    size_t before_len = strlen(before), after_len = strlen(after);
    uint8_t *place = buf_extend(out, before_len + text.len + after_len);
    if (!place)
        return;
    memcpy(place, before, before_len);
    if (text.len)
        memcpy(place + before_len, text.data, text.len);
    memcpy(place + before_len + text.len, after, after_len);
}

static void add_string(struct buf *out, struct bytes text)
{
    if (!has_escaped(text)) {
        add_plain(out, "\"", text, "\"");
        return;
    }
    buf_add_octet(out, '"');
    add_with_escapes(out, text);
    buf_add_octet(out, '"');
}

json_t *json_read(struct bytes text, struct error *err)
{
    if (text.len == 0)
        return fail_null(err, ERR_MALFORMED, "json: there is none");
    if (is_too_deep(text))
        return fail_null(err, ERR_MALFORMED, "json: nested deeper than %d", JSON_DEPTH_MAX);
    json_error_t error;
    json_t *value = json_loadb((const char *)text.data, text.len, JSON_REJECT_DUPLICATES, &error);
    if (!value)
        return fail_null(err, ERR_MALFORMED, "json: line %d, column %d: %s", error.line,
                         error.column, reason_of(&error));
    return value;
}

struct json_writer json_writer_to(struct buf *out)
{
    return (struct json_writer){ .out = out };
}

void json_open_object(struct json_writer *writer)
{
    open_value(writer, '{');
}

void json_close_object(struct json_writer *writer)
{
    close_value(writer, '}');
}

void json_open_array(struct json_writer *writer)
{
    open_value(writer, '[');
}

void json_close_array(struct json_writer *writer)
{
    close_value(writer, ']');
}

void json_key(struct json_writer *writer, const char *key)
{
    assert(writer->depth > 0 && !writer->after_key);
    const char *before = begin_item(writer) ? ",\"" : "\"";
    add_plain(writer->out, before, bytes_of_text(key), "\":");
    writer->after_key = true;
}

void json_text(struct json_writer *writer, const char *text)
{
    begin_value(writer);
    if (text)
        add_string(writer->out, bytes_of_text(text));
    else
        buf_add_text(writer->out, "null");
}

void json_int(struct json_writer *writer, int64_t value)
{
    begin_value(writer);
    buf_add_int(writer->out, value);
}

void json_bool(struct json_writer *writer, bool value)
{
    begin_value(writer);
    buf_add_text(writer->out, value ? "true" : "false");
}

void json_none(struct json_writer *writer)
{
    json_text(writer, NULL);
}

void json_base64(struct json_writer *writer, struct bytes bytes)
{
    begin_value(writer);
    buf_add_octet(writer->out, '"');
    base64_encode(bytes, writer->out);
    buf_add_octet(writer->out, '"');
}

void json_hex(struct json_writer *writer, struct bytes bytes)
{
    begin_value(writer);
    buf_add_octet(writer->out, '"');
    hex_encode(bytes, writer->out);
    buf_add_octet(writer->out, '"');
}

size_t json_begin_text(struct json_writer *writer)
{
    begin_value(writer);
    buf_add_octet(writer->out, '"');
    return buf_len(writer->out);
}

void json_end_text(struct json_writer *writer, size_t begin)
{
    struct buf *out = writer->out;
    if (!buf_ok(out))
        return;
    struct bytes text = { buf_bytes(out).data + begin, buf_len(out) - begin };
    if (text.len == 0) {
        buf_truncate(out, begin - 1);
        buf_add_text(out, "null");
        return;
    }
    if (has_escaped(text)) {
        SCOPED(buf_free) struct buf *copy = buf_copy(text);
        buf_truncate(out, begin);
        add_with_escapes(out, buf_bytes(copy));
    }
    buf_add_octet(out, '"');
}

void json_raw(struct json_writer *writer, struct bytes json)
{
    begin_value(writer);
    buf_add(writer->out, json);
}

void json_member(struct json_writer *writer, const char *key, const char *text)
{
    json_key(writer, key);
    json_text(writer, text);
}

void json_member_int(struct json_writer *writer, const char *key, int64_t value)
{
    json_key(writer, key);
    json_int(writer, value);
}
