#include "base/bytes.h"

#include "base/memory.h"
#include "base/random.h"

#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { BUF_OCTETS_FIRST = 256, INT_OCTETS_MAX = 20 };

struct buf {
    uint8_t *data;
    size_t len;
    size_t room;
    size_t octets_max;
    bool is_failed;
};

struct secret {
    size_t len;
    uint8_t data[];
};

struct bytes bytes_of_text(const char *text)
{
    return text ? (struct bytes){ (const uint8_t *)text, strlen(text) } : BYTES_NONE;
}

bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

int bytes_compare(struct bytes a, struct bytes b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common ? memcmp(a.data, b.data, common) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

bool bytes_equal_secret(struct bytes a, struct bytes b)
{
    return a.len == b.len && (a.len == 0 || CRYPTO_memcmp(a.data, b.data, a.len) == 0);
}

struct buf *buf_new(size_t octets_max)
{
    struct buf *buf = memory_new(sizeof *buf);
    buf->octets_max = octets_max;
    return buf;
}

struct buf *buf_copy(struct bytes bytes)
{
    struct buf *buf = buf_new(bytes.len);
    buf_add(buf, bytes);
    return buf;
}

/* One octet beyond the content is always there, for buf_text's NUL. */
static bool make_room(struct buf *buf, size_t more)
{
    if (buf->is_failed || more > buf->octets_max - buf->len) {
        buf->is_failed = true;
        return false;
    }
    size_t needed = buf->len + more + 1;
    if (needed <= buf->room)
        return true;
    size_t room = buf->room ? buf->room : BUF_OCTETS_FIRST;
    while (room < needed)
        room *= 2;
    if (room > buf->octets_max + 1)
        room = buf->octets_max + 1;
    buf->data = memory_resize(buf->data, room);
    buf->room = room;
    return true;
}

uint8_t *buf_extend(struct buf *buf, size_t len)
{
    if (!make_room(buf, len))
        return NULL;
    uint8_t *start = buf->data + buf->len;
    buf->len += len;
    return start;
}

void buf_add(struct buf *buf, struct bytes bytes)
{
    uint8_t *start = buf_extend(buf, bytes.len);
    if (start && bytes.len)
        memcpy(start, bytes.data, bytes.len);
}

void buf_add_octet(struct buf *buf, uint8_t octet)
{
    uint8_t *place = buf_extend(buf, 1);
    if (place)
        *place = octet;
}

void buf_add_text(struct buf *buf, const char *text)
{
    buf_add(buf, bytes_of_text(text));
}

void buf_add_int(struct buf *buf, int64_t value)
{
    uint8_t digits[INT_OCTETS_MAX];
    size_t first = sizeof digits;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        digits[--first] = (uint8_t)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        digits[--first] = '-';
    buf_add(buf, (struct bytes){ digits + first, sizeof digits - first });
}

void buf_add_format(struct buf *buf, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    int len = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (len > 0 && make_room(buf, (size_t)len)) {
        vsnprintf((char *)buf->data + buf->len, (size_t)len + 1, format, again);
        buf->len += (size_t)len;
    }
    va_end(again);
}

void buf_truncate(struct buf *buf, size_t len)
{
    if (len < buf->len)
        buf->len = len;
    buf->is_failed = false;
}

void buf_fail(struct buf *buf)
{
    buf->is_failed = true;
}

bool buf_ok(const struct buf *buf)
{
    return !buf->is_failed;
}

size_t buf_len(const struct buf *buf)
{
    return buf->len;
}

struct bytes buf_bytes(const struct buf *buf)
{
    return (struct bytes){ buf->data, buf->len };
}

const char *buf_text(struct buf *buf)
{
    if (!buf->data)
        return "";
    buf->data[buf->len] = '\0';
    return (const char *)buf->data;
}

void buf_free(struct buf *buf)
{
    if (!buf)
        return;
    memory_free(buf->data);
    memory_free(buf);
}

struct secret *secret_new(struct bytes bytes)
{
    struct secret *secret = memory_new(sizeof *secret + bytes.len);
    secret->len = bytes.len;
    if (bytes.len)
        memcpy(secret->data, bytes.data, bytes.len);
    return secret;
}

struct secret *secret_random(size_t len)
{
    struct secret *secret = memory_new(sizeof *secret + len);
    secret->len = len;
    random_fill(secret->data, len);
    return secret;
}

struct bytes secret_bytes(const struct secret *secret)
{
    return secret ? (struct bytes){ secret->data, secret->len } : BYTES_NONE;
}

void secret_free(struct secret *secret)
{
    if (!secret)
        return;
    bytes_wipe(secret->data, secret->len);
    memory_free(secret);
}

void bytes_wipe(void *data, size_t len)
{
    OPENSSL_cleanse(data, len);
}

bool reader_take(struct reader *reader, size_t len, struct bytes *out)
{
    if (len > reader->rest.len)
        return false;
    *out = (struct bytes){ reader->rest.data, len };
    reader->rest =
        (struct bytes){ len ? reader->rest.data + len : reader->rest.data, reader->rest.len - len };
    return true;
}

bool reader_u8(struct reader *reader, uint8_t *out)
{
    struct bytes taken;
    if (!reader_take(reader, 1, &taken))
        return false;
    *out = taken.data[0];
    return true;
}

bool reader_u16(struct reader *reader, uint16_t *out)
{
    struct bytes taken;
    if (!reader_take(reader, 2, &taken))
        return false;
    *out = (uint16_t)(taken.data[0] << 8 | taken.data[1]);
    return true;
}

bool reader_u32(struct reader *reader, uint32_t *out)
{
    struct bytes taken;
    if (!reader_take(reader, 4, &taken))
        return false;
    *out = (uint32_t)taken.data[0] << 24 | (uint32_t)taken.data[1] << 16 |
           (uint32_t)taken.data[2] << 8 | taken.data[3];
    return true;
}
