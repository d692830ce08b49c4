#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "graph/batch.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Each item stands once in the order, behind what it needs. */
static void check_order(const struct batch *batch)
{
    uint32_t done = 0;
    for (size_t i = 0; i < batch->count; i++) {
        size_t n = batch->order[i];
        if (n >= batch->count || done >> n & 1 || batch->items[n].needs & ~done)
            abort();
        done |= 1u << n;
    }
}

static void check_item(const struct batch_item *item)
{
    if (!item->id || !item->headers || !item->method || !text_starts_with(item->path, "/beta/") ||
        text_has_control(item->path))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct error err = { 0 };
    struct batch batch;
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(json_decref) json_t *json = json_read((struct bytes){ data, len }, &err);
    if (!json)
        return 0;
    if (!batch_read(json, "beta", arena, &batch, &err)) {
        if (err.code == ERR_NONE)
            abort();
        return 0;
    }
    check_order(&batch);
    for (size_t i = 0; i < batch.count; i++)
        check_item(&batch.items[i]);
    return 0;
}
