#include "base/arena.h"
#include "base/error.h"
#include "oidc/form.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct form form;
    struct error err = { .code = ERR_NONE };
    SCOPED(arena_free) struct arena *arena = arena_new();
    bool is_good = form_parse((struct bytes){ data, len }, arena, &form, &err);
    if (is_good == (err.code != ERR_NONE))
        abort();
    for (size_t i = 0; is_good && i < form.count; i++)
        if (form_find(&form, form.members[i].name) != form.members[i].value)
            abort();
    return 0;
}
