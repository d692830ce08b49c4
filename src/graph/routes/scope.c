#include "graph/routes/scope.h"

#include "base/error.h"
#include "base/text.h"

static bool has(const struct strings *list, const char *tag)
{
    for (size_t i = 0; i < list->count; i++)
        if (text_equal(list->items[i], tag))
            return true;
    return false;
}

bool scope_check_tags(const struct caller *caller, const struct strings *wanted,
                      const struct strings *stored, struct error *err)
{
    bool is_reached = caller->scope_tags.count == 0;
    for (size_t i = 0; i < stored->count && caller->scope_tags.count > 0; i++)
        if (!has(&caller->scope_tags, stored->items[i]) && !has(wanted, stored->items[i]))
            return fail(err, ERR_FORBIDDEN, "roleScopeTagIds: %s is not a tag of your role to take",
                        stored->items[i]);
    for (size_t i = 0; i < wanted->count && caller->scope_tags.count > 0; i++) {
        bool is_own = has(&caller->scope_tags, wanted->items[i]);
        is_reached |= is_own;
        if (!is_own && !has(stored, wanted->items[i]))
            return fail(err, ERR_FORBIDDEN, "roleScopeTagIds: %s is not a tag of your role",
                        wanted->items[i]);
    }
    return is_reached ||
           fail(err, ERR_FORBIDDEN, "roleScopeTagIds: one of the tags of your role must be there");
}
