/* The query string and the body of a SCEP request, as a client may write them. */
#include "base/error.h"
#include "scep/query.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void read_query(const char *query)
{
    static const char *const names[] = { "operation", "message" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct error err = { .code = ERR_NONE };
        struct bytes raw;
        SCOPED(buf_free) struct buf *text = buf_new(SCEP_OPERATION_OCTETS_MAX);
        SCOPED(buf_free) struct buf *message = buf_new(SCEP_MESSAGE_OCTETS_MAX);
        if (!query_find(query, names[i], &raw))
            continue;
        if (query_text(raw, text, &err) != (err.code == ERR_NONE))
            abort();
        error_clear(&err);
        if (query_message(raw, message, &err) != (err.code == ERR_NONE))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct error err = { .code = ERR_NONE };
    struct bytes body = { data, len };
    SCOPED(buf_free) struct buf *query = buf_new(len + 1);
    SCOPED(buf_free) struct buf *message = buf_new(SCEP_MESSAGE_OCTETS_MAX);
    buf_add(query, body);
    read_query(buf_text(query));
    if (body_message(body, message, &err) != (err.code == ERR_NONE))
        abort();
    return 0;
}
