#include "ca/stored_key.h"

#include "base/arena.h"
#include "keys/keys.h"
#include "store/rows.h"
#include "store/store.h"

#include <string.h>

bool stored_key_load(void *context, const char *id, struct key_record *out, struct error *err)
{
    struct store **store = context;
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(session_free) struct session *session = store_read(*store, err);
    struct key_row row;
    if (!session || !keys_find(session, id, arena, &row, err))
        return false;
    *out = (struct key_record){ .purpose = key_purpose_from_text(row.purpose),
                                .type = key_type_from_text(row.type),
                                .spki = buf_copy(row.spki),
                                .sealed = buf_copy(row.private_sealed) };
    memcpy(out->id, row.id, sizeof out->id);
    return true;
}
