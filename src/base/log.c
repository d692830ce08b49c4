#include "base/log.h"

#include "base/bytes.h"
#include "base/text.h"
#include "base/times.h"

#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

enum { LINE_OCTETS_MAX = 16384, VALUE_OCTETS_MAX = 2048, GATE_CLOSED_MS = 1000 };

static const char *const level_texts[] = {
    [LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARNING] = "warning", [LOG_ERROR] = "error"
};

static atomic_int least_level = LOG_INFO;

static bool is_plain(struct bytes value)
{
    for (size_t i = 0; i < value.len; i++)
        if (value.data[i] <= ' ' || value.data[i] >= 0x7F || strchr("\"\\=", value.data[i]))
            return false;
    return value.len > 0;
}

/* The octets of what reorders or breaks a line, 0 if it is none: U+0080-009F, U+2028-202E,
 * U+2066-2069. */
static size_t misleading(const uint8_t *p)
{
    if (p[0] == 0xC2 && p[1] < 0xA0)
        return 2;
    bool is_mark = p[0] == 0xE2 && ((p[1] == 0x80 && p[2] >= 0xA8 && p[2] <= 0xAE) ||
                                    (p[1] == 0x81 && p[2] >= 0xA6 && p[2] <= 0xA9));
    return is_mark ? 3 : 0;
}

static void add_escaped(struct bytes octets, struct buf *line)
{
    for (size_t i = 0; i < octets.len; i++) {
        buf_add_text(line, "\\x");
        hex_encode_lower((struct bytes){ octets.data + i, 1 }, line);
    }
}

/* How many octets at p must be written as hex: control characters and what is not UTF-8. */
static size_t octets_to_hide(const uint8_t *p, bool is_utf8)
{
    if (*p < ' ' || *p == 0x7F || (*p >= 0x80 && !is_utf8))
        return 1;
    return misleading(p);
}

static void add_shown(uint8_t octet, struct buf *line)
{
    if (octet == '"' || octet == '\\')
        buf_add_octet(line, '\\');
    buf_add_octet(line, octet);
}

static void add_quoted(struct bytes value, struct buf *line)
{
    bool is_utf8 = text_is_utf8(value);
    buf_add_octet(line, '"');
    struct reader reader = { value };
    while (reader.rest.len > 0) {
        const uint8_t *p = reader.rest.data;
        size_t hidden = octets_to_hide(p, is_utf8);
        struct bytes taken;
        if (!reader_take(&reader, hidden ? hidden : 1, &taken))
            break;
        if (*p == '\n')
            buf_add_text(line, "\\n");
        else if (hidden)
            add_escaped(taken, line);
        else
            add_shown(*p, line);
    }
    buf_add_octet(line, '"');
}

static void add_field(const char *key, const char *value, struct buf *line)
{
    size_t len = strnlen(value, VALUE_OCTETS_MAX);
    while (len == VALUE_OCTETS_MAX && len > 0 && ((uint8_t)value[len] & 0xC0) == 0x80)
        len--;
    if (buf_len(line) > 0)
        buf_add_octet(line, ' ');
    buf_add_text(line, key);
    buf_add_octet(line, '=');
    struct bytes text = { (const uint8_t *)value, len };
    if (is_plain(text))
        buf_add(line, text);
    else
        add_quoted(text, line);
}

/* One write for a line: lines of several threads never mix. */
static void write_whole(struct bytes line)
{
    while (line.len > 0) {
        ssize_t written = write(STDERR_FILENO, line.data, line.len);
        if (written <= 0)
            return;
        line = (struct bytes){ line.data + written, line.len - (size_t)written };
    }
}

void log_set_level(enum log_level level)
{
    atomic_store(&least_level, (int)level);
}

bool log_level_from_text(const char *text, enum log_level *out)
{
    for (size_t i = 0; i < ARRAY_LEN(level_texts); i++) {
        if (text_equal(text, level_texts[i])) {
            *out = (enum log_level)i;
            return true;
        }
    }
    return false;
}

bool log_is_on(enum log_level level)
{
    return (int)level >= atomic_load_explicit(&least_level, memory_order_relaxed);
}

bool log_gate_opens(struct log_gate *gate, int64_t now_ms, unsigned *left_out)
{
    int64_t opens_ms = atomic_load(&gate->opens_ms);
    if (now_ms < opens_ms ||
        !atomic_compare_exchange_strong(&gate->opens_ms, &opens_ms, now_ms + GATE_CLOSED_MS)) {
        atomic_fetch_add(&gate->left_out, 1);
        return false;
    }
    *left_out = atomic_exchange(&gate->left_out, 0);
    return true;
}

void log_write(enum log_level level, const char *event, const struct log_field *fields)
{
    if (!log_is_on(level))
        return;
    char now[TIMES_TEXT_OCTETS];
    times_text(times_now(), now);
    SCOPED(buf_free) struct buf *line = buf_new(LINE_OCTETS_MAX);
    add_field("time", now, line);
    add_field("level", level_texts[level], line);
    add_field("event", event, line);
    for (const struct log_field *field = fields; field->key; field++)
        if (field->value)
            add_field(field->key, field->value, line);
    if (!buf_ok(line))
        buf_truncate(line, LINE_OCTETS_MAX - 1);
    buf_add_octet(line, '\n');
    write_whole(buf_bytes(line));
}
