#include "base/error.h"
#include "base/text.h"

#include <string.h>

enum padding { PADDING_NEEDED, PADDING_REFUSED, PADDING_ANY };

struct form {
    bool takes_standard; /* '+' and '/' */
    bool takes_url;      /* '-' and '_' */
    bool is_lenient;     /* white space anywhere, unused bits of any value */
    enum padding padding;
};

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void encode(struct bytes bytes, const char *letters, bool is_padded, struct buf *out)
{
    size_t left = bytes.len % 3;
    size_t tail = left == 0 ? 0 : is_padded ? 4 : left + 1;
    uint8_t *to = bytes.len < SIZE_MAX / 2 ? buf_extend(out, bytes.len / 3 * 4 + tail) : NULL;
    if (!to)
        return;
    const uint8_t *from = bytes.data;
    for (size_t i = 0; i < bytes.len / 3; i++, from += 3, to += 4) {
        to[0] = (uint8_t)letters[from[0] >> 2];
        to[1] = (uint8_t)letters[(from[0] & 3) << 4 | from[1] >> 4];
        to[2] = (uint8_t)letters[(from[1] & 15) << 2 | from[2] >> 6];
        to[3] = (uint8_t)letters[from[2] & 63];
    }
    if (left == 0)
        return;
    uint8_t second = left == 2 ? from[1] : 0;
    const char last[4] = { letters[from[0] >> 2], letters[(from[0] & 3) << 4 | second >> 4],
                           left == 2 ? letters[(second & 15) << 2] : '=', '=' };
    memcpy(to, last, tail);
}

static int letter_value(uint8_t letter, const struct form *form)
{
    if (letter >= 'A' && letter <= 'Z')
        return letter - 'A';
    if (letter >= 'a' && letter <= 'z')
        return letter - 'a' + 26;
    if (letter >= '0' && letter <= '9')
        return letter - '0' + 52;
    if (form->takes_standard && (letter == '+' || letter == '/'))
        return letter == '+' ? 62 : 63;
    if (form->takes_url && (letter == '-' || letter == '_'))
        return letter == '-' ? 62 : 63;
    return -1;
}

static bool is_white(uint8_t octet)
{
    return octet == ' ' || (octet >= '\t' && octet <= '\r');
}

static bool padding_fits(const struct form *form, size_t letters, size_t pads)
{
    size_t needed = (4 - letters % 4) % 4;
    if (form->padding == PADDING_ANY)
        return pads == 0 || pads == needed;
    return pads == (form->padding == PADDING_NEEDED ? needed : 0);
}

/* Room for three octets of every four letters was made by the caller; returns what was used. */
static bool decode_into(struct bytes text, const struct form *form, uint8_t *to, size_t *used,
                        struct error *err)
{
    size_t letters = 0;
    size_t pads = 0;
    size_t written = 0;
    uint32_t bits = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (form->is_lenient && is_white(text.data[i]))
            continue;
        if (text.data[i] == '=') {
            pads++;
            continue;
        }
        int value = letter_value(text.data[i], form);
        if (value < 0 || pads > 0)
            return fail(err, ERR_MALFORMED, "base64: octet %zu is not in the alphabet", i + 1);
        bits = bits << 6 | (uint32_t)value;
        letters++;
        if (letters % 4 != 1)
            to[written++] = (uint8_t)(bits >> (6 - 2 * ((letters - 1) % 4)));
    }
    unsigned unused_bits = letters % 4 == 2 ? 4 : letters % 4 == 3 ? 2 : 0;
    if (letters % 4 == 1 || !padding_fits(form, letters, pads))
        return fail(err, ERR_MALFORMED, "base64: the length or the padding does not fit");
    if (!form->is_lenient && (bits & ((1u << unused_bits) - 1)) != 0)
        return fail(err, ERR_MALFORMED, "base64: RFC 4648 §3.5: unused bits are not zero");
    *used = written;
    return true;
}

static bool decode(struct bytes text, const struct form *form, struct buf *out, struct error *err)
{
    size_t start = buf_len(out);
    /* One octet more than can be needed keeps an empty text off a NULL target. */
    uint8_t *to = buf_extend(out, text.len / 4 * 3 + text.len % 4);
    if (!to)
        return fail(err, ERR_TOO_LARGE, "base64: more octets than there may be");
    size_t used = 0;
    bool ok = decode_into(text, form, to, &used, err);
    buf_truncate(out, start + used);
    return ok;
}

void base64_encode(struct bytes bytes, struct buf *out)
{
    encode(bytes, alphabet, true, out);
}

void base64url_encode(struct bytes bytes, struct buf *out)
{
    encode(bytes, url_alphabet, false, out);
}

bool base64_decode(struct bytes text, struct buf *out, struct error *err)
{
    static const struct form form = { .takes_standard = true, .padding = PADDING_NEEDED };
    return decode(text, &form, out, err);
}

bool base64url_decode(struct bytes text, struct buf *out, struct error *err)
{
    static const struct form form = { .takes_url = true, .padding = PADDING_REFUSED };
    return decode(text, &form, out, err);
}

bool base64_decode_lenient(struct bytes text, struct buf *out, struct error *err)
{
    static const struct form form = {
        .takes_standard = true, .takes_url = true, .is_lenient = true, .padding = PADDING_ANY
    };
    return decode(text, &form, out, err);
}
