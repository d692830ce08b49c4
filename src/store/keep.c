#include "store/keep.h"

#include "base/arena.h"

bool keep_text(const struct row *row, void *context, struct error *err)
{
    (void)err;
    struct kept_text *kept = context;
    kept->text = arena_text(kept->arena, row_text(row, 0));
    return true;
}

bool keep_int(const struct row *row, void *context, struct error *err)
{
    (void)err;
    *(int64_t *)context = row_int(row, 0);
    return true;
}

bool note_row(const struct row *row, void *context, struct error *err)
{
    (void)row;
    (void)err;
    *(bool *)context = true;
    return true;
}

bool count_row(const struct row *row, void *context, struct error *err)
{
    (void)row;
    (void)err;
    (*(int64_t *)context)++;
    return true;
}
