#include "base/error.h"
#include "base/text.h"

#include <string.h>

enum { PEM_COLUMNS = 64 };

static const char begin[] = "-----BEGIN ";
static const char end[] = "-----END ";
static const char dashes[] = "-----";

static bool find(struct bytes in, size_t from, struct bytes what, size_t *at)
{
    const uint8_t *hit =
        from < in.len ? memmem(in.data + from, in.len - from, what.data, what.len) : NULL;
    if (hit)
        *at = (size_t)(hit - in.data);
    return hit;
}

void pem_encode(const char *label, struct bytes der, struct buf *out)
{
    SCOPED(buf_free) struct buf *body = buf_new(der.len / 3 * 4 + 4);
    base64_encode(der, body);
    struct reader lines = { buf_bytes(body) };
    buf_add_format(out, "%s%s%s\n", begin, label, dashes);
    while (lines.rest.len > 0) {
        struct bytes line;
        if (!reader_take(&lines, PEM_COLUMNS, &line) && !reader_take(&lines, lines.rest.len, &line))
            break;
        buf_add(out, line);
        buf_add_octet(out, '\n');
    }
    buf_add_format(out, "%s%s%s\n", end, label, dashes);
}

/* RFC 7468 §2: the labels of both boundaries are the same and on one line. */
bool pem_next_block(struct bytes text, size_t *offset, struct pem_block *out)
{
    size_t start, label_end, body_end, tail_end;
    if (!find(text, *offset, bytes_of_text(begin), &start))
        return false;
    size_t label = start + sizeof begin - 1;
    if (!find(text, label, bytes_of_text(dashes), &label_end))
        return false;
    size_t body = label_end + sizeof dashes - 1;
    if (!find(text, body, bytes_of_text(end), &body_end))
        return false;
    size_t tail = body_end + sizeof end - 1;
    if (!find(text, tail, bytes_of_text(dashes), &tail_end))
        return false;
    out->before = (struct bytes){ text.data + *offset, start - *offset };
    out->label = (struct bytes){ text.data + label, label_end - label };
    out->body = (struct bytes){ text.data + body, body_end - body };
    *offset = tail_end + sizeof dashes - 1;
    struct bytes closing = { text.data + tail, tail_end - tail };
    if (!bytes_equal(out->label, closing)) {
        *offset = body;
        out->label = BYTES_NONE;
    }
    return true;
}

bool pem_next(struct bytes text, size_t *offset, const char *label, struct buf *out)
{
    struct pem_block block;
    while (pem_next_block(text, offset, &block)) {
        struct error ignored = { 0 };
        bool is_asked =
            block.label.len > 0 && (!label || bytes_equal(block.label, bytes_of_text(label)));
        if (is_asked && base64_decode_lenient(block.body, out, &ignored))
            return true;
    }
    return false;
}
