#include "scep/query.h"

#include "base/error.h"
#include "base/text.h"
#include "x509/der.h"

#include <string.h>
#include <strings.h>

enum { TEXT_OCTETS_MAX = 2 * SCEP_MESSAGE_OCTETS_MAX };

static bool is_named(struct bytes pair, const char *name, struct bytes *value)
{
    size_t len = strlen(name);
    if (pair.len <= len || pair.data[len] != '=' ||
        strncasecmp((const char *)pair.data, name, len) != 0)
        return false;
    *value = (struct bytes){ pair.data + len + 1, pair.len - len - 1 };
    return true;
}

/* A form decoder on the way made blanks of '+'; no variant of base64 has a blank of its own. */
static void mend_blanks(struct bytes text, struct buf *out)
{
    uint8_t *mended = buf_extend(out, text.len);
    for (size_t i = 0; mended && i < text.len; i++)
        mended[i] = text.data[i] == ' ' ? '+' : text.data[i];
}

static bool decode_base64(struct bytes text, struct buf *out, struct error *err)
{
    if (!base64_decode_lenient(text, out, err))
        return error_context(err, "message");
    return buf_ok(out) ||
           fail(err, ERR_TOO_LARGE, "message: more than %d octets", SCEP_MESSAGE_OCTETS_MAX);
}

bool query_find(const char *query, const char *name, struct bytes *out)
{
    const char *pair = query;
    while (pair) {
        const char *end = strchr(pair, '&');
        size_t len = end ? (size_t)(end - pair) : strlen(pair);
        if (is_named((struct bytes){ (const uint8_t *)pair, len }, name, out))
            return true;
        pair = end ? end + 1 : NULL;
    }
    return false;
}

bool query_text(struct bytes raw, struct buf *out, struct error *err)
{
    if (!percent_decode(raw, out, err))
        return false;
    return buf_ok(out) || fail(err, ERR_TOO_LARGE, "a parameter is too long");
}

bool query_message(struct bytes raw, struct buf *out, struct error *err)
{
    SCOPED(buf_free) struct buf *text = buf_new(TEXT_OCTETS_MAX);
    SCOPED(buf_free) struct buf *mended = buf_new(TEXT_OCTETS_MAX);
    if (!query_text(raw, text, err))
        return error_context(err, "message");
    mend_blanks(buf_bytes(text), mended);
    return decode_base64(buf_bytes(mended), out, err);
}

bool body_message(struct bytes body, struct buf *out, struct error *err)
{
    bool is_der = body.len && body.data[0] == DER_SEQUENCE; /* base64 of it begins with 'M' */
    if (!is_der)
        return decode_base64(body, out, err);
    buf_add(out, body);
    return buf_ok(out) ||
           fail(err, ERR_TOO_LARGE, "message: more than %d octets", SCEP_MESSAGE_OCTETS_MAX);
}
