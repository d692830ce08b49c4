#include "odata/skip_token.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

#include <string.h>

/* MAC (first 16 octets), then per value: type, and an INTEGER's 8 octets or 4 of length and that
 * many. What is authenticated is the binding's length and octets, then the values. */

enum { MAC_OCTETS = 32, MAC_OCTETS_KEPT = 16, BINDING_OCTETS_MAX = 65536 };

static void put_number(struct buf *out, uint64_t number, unsigned octets)
{
    while (octets-- > 0)
        buf_add_octet(out, (uint8_t)(number >> (8 * octets)));
}

static void put_octets(struct buf *out, struct bytes octets)
{
    put_number(out, octets.len, 4);
    buf_add(out, octets);
}

static void put_value(struct buf *out, const struct value *value)
{
    buf_add_octet(out, (uint8_t)value->type);
    if (value->type == VALUE_INT)
        put_number(out, (uint64_t)value->integer, 8);
    else if (value->type == VALUE_TEXT)
        put_octets(out, bytes_of_text(value->text));
    else if (value->type == VALUE_BLOB)
        put_octets(out, value->blob);
}

static void make_mac(const struct skip_token_key *key, struct bytes binding, struct bytes values,
                     uint8_t out[MAC_OCTETS])
{
    SCOPED(buf_free) struct buf *text = buf_new(BINDING_OCTETS_MAX + SKIP_TOKEN_OCTETS_MAX);
    put_octets(text, binding);
    buf_add(text, values);
    key->mac(key->context, buf_bytes(text), out);
}

static bool take_int(struct reader *reader, struct value *out)
{
    uint32_t high, low;
    if (!reader_u32(reader, &high) || !reader_u32(reader, &low))
        return false;
    *out = V_INT((int64_t)((uint64_t)high << 32 | low));
    return true;
}

static bool take_octets(struct reader *reader, struct bytes *out)
{
    uint32_t len;
    return reader_u32(reader, &len) && reader_take(reader, len, out);
}

static bool take_value(struct reader *reader, struct arena *arena, struct value *out)
{
    uint8_t type;
    struct bytes octets;
    if (!reader_u8(reader, &type))
        return false;
    *out = V_NULL;
    if (type == VALUE_NULL)
        return true;
    if (type == VALUE_INT)
        return take_int(reader, out);
    if (!take_octets(reader, &octets))
        return false;
    *out = type == VALUE_TEXT ? V_TEXT(arena_text_of(arena, octets))
                              : V_BLOB(arena_bytes(arena, octets));
    return type == VALUE_TEXT || type == VALUE_BLOB;
}

static bool take_values(struct reader reader, struct value *values, size_t count,
                        struct arena *arena)
{
    for (size_t i = 0; i < count; i++)
        if (!take_value(&reader, arena, &values[i]))
            return false;
    return reader.rest.len == 0;
}

const char *skip_token_write(const struct skip_token_key *key, struct bytes binding,
                             const struct value *values, size_t count, struct arena *arena)
{
    uint8_t mac[MAC_OCTETS];
    SCOPED(buf_free) struct buf *payload = buf_new(SKIP_TOKEN_OCTETS_MAX);
    SCOPED(buf_free) struct buf *octets = buf_new(2 * SKIP_TOKEN_OCTETS_MAX);
    SCOPED(buf_free) struct buf *text = buf_new(4 * SKIP_TOKEN_OCTETS_MAX);
    for (size_t i = 0; i < count; i++)
        put_value(payload, &values[i]);
    make_mac(key, binding, buf_bytes(payload), mac);
    buf_add(octets, (struct bytes){ mac, MAC_OCTETS_KEPT });
    buf_add(octets, buf_bytes(payload));
    base64url_encode(buf_bytes(octets), text);
    return arena_text(arena, buf_text(text));
}

bool skip_token_read(const struct skip_token_key *key, struct bytes binding, const char *token,
                     struct value *values, size_t count, struct arena *arena, struct error *err)
{
    uint8_t mac[MAC_OCTETS];
    struct error inner = { 0 };
    SCOPED(buf_free) struct buf *octets = buf_new(SKIP_TOKEN_OCTETS_MAX);
    struct reader reader = { BYTES_NONE };
    struct bytes given;
    if (base64url_decode(bytes_of_text(token), octets, &inner))
        reader.rest = buf_bytes(octets);
    bool is_good = reader_take(&reader, MAC_OCTETS_KEPT, &given);
    if (is_good) {
        make_mac(key, binding, reader.rest, mac);
        is_good = bytes_equal_secret(given, (struct bytes){ mac, MAC_OCTETS_KEPT }) &&
                  take_values(reader, values, count, arena);
    }
    return is_good ? true
                   : fail(err, ERR_INVALID, "$skiptoken: not one that was given out for this list");
}
