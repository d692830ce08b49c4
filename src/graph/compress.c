#include "graph/compress.h"

#include "base/bytes.h"
#include "graph/accept.h"
#include "graph/exchange.h"

#include <limits.h>
#include <zlib.h>

/* What fits one packet is not sent faster for being shorter. */
enum { OCTETS_MIN = 1400, GZIP_WINDOW_BITS = 15 + 16, MEMORY_LEVEL = 8 };

/* NULL when it does not get shorter. */
static struct buf *gzip(struct bytes plain)
{
    z_stream stream = { 0 };
    if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, GZIP_WINDOW_BITS, MEMORY_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return NULL;
    struct buf *packed = buf_new(plain.len);
    stream.next_in = (z_const Bytef *)(uintptr_t)plain.data;
    stream.avail_in = (uInt)plain.len;
    stream.next_out = buf_extend(packed, plain.len);
    stream.avail_out = (uInt)plain.len;
    bool is_whole = deflate(&stream, Z_FINISH) == Z_STREAM_END;
    buf_truncate(packed, stream.total_out);
    deflateEnd(&stream);
    if (is_whole)
        return packed;
    buf_free(packed);
    return NULL;
}

static bool is_wanted(const struct exchange *exchange)
{
    size_t len = exchange->reply ? buf_len(exchange->reply) : 0;
    return exchange->content_type && !exchange->is_secret && len > OCTETS_MIN && len <= UINT_MAX;
}

void compress_reply(struct exchange *exchange)
{
    if (!is_wanted(exchange))
        return;
    exchange_add_header(exchange, "Vary", "Accept-Encoding");
    if (!accept_gzip(exchange_header(exchange, "Accept-Encoding")))
        return;
    struct buf *packed = gzip(buf_bytes(exchange->reply));
    if (!packed)
        return;
    buf_free(exchange->reply);
    exchange->reply = packed;
    exchange_add_header(exchange, "Content-Encoding", "gzip");
}
