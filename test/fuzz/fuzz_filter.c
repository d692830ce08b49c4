#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "model/ca.h"
#include "model/leaf.h"
#include "odata/filter.h"
#include "odata/options.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static unsigned depth_of(const struct filter *filter)
{
    if (!filter)
        return 0;
    unsigned left = depth_of(filter->left);
    unsigned right = depth_of(filter->right);
    return 1 + (left > right ? left : right);
}

/* As $filter, and as a whole query string. */
static void read_both(const char *text, const struct entity *entity)
{
    struct error err = { 0 };
    struct options options;
    SCOPED(arena_free) struct arena *arena = arena_new();
    const struct filter *filter = filter_parse(text, entity, arena, &err);
    if (!filter == (err.code == ERR_NONE) ||
        depth_of(filter) > FILTER_VALUES_MAX + FILTER_DEPTH_MAX)
        abort();
    error_clear(&err);
    if (!options_read(text, entity, OPTIONS_LIST, arena, &options, &err) && err.code == ERR_NONE)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (!text_is_utf8((struct bytes){ data, len }))
        return 0;
    SCOPED(arena_free) struct arena *arena = arena_new();
    const char *text = arena_text_of(arena, (struct bytes){ data, len });
    read_both(text, &ca_entity);
    read_both(text, &leaf_entity);
    return 0;
}
