#include "base/arena.h"
#include "base/error.h"
#include "trust/anchor.h"
#include "trust/bundle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* What is read is handed on to be judged, as an upload does. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct bundle *bundle = arena_take(arena, sizeof *bundle);
    struct error err = { .code = ERR_NONE };
    if (!bundle_read((struct bytes){ data, len }, arena, bundle, &err))
        return 0;
    for (size_t i = 0; i < bundle->count; i++) {
        struct anchor anchor;
        error_clear(&err);
        if (anchor_read(bundle->items[i], 0, arena, &anchor, &err) &&
            anchor_has_issuer(&anchor, anchor.display_name))
            continue;
    }
    return 0;
}
