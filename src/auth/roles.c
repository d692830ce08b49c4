#include "auth/roles.h"

#include "base/arena.h"
#include "base/text.h"

#include <string.h>

static const struct {
    const char *id;
    const char *name;
} templates[] = {
    { "62e90394-69f5-4237-9190-012177145e10", "Global Administrator" },
    { "f2ef992c-3afb-46b9-b7cf-a126ee74c451", "Global Reader" },
    { "3a2c62db-5318-420d-8d74-23affee5d9d5", "Intune Administrator" },
    { "7be44c8a-adaf-4e2a-84d6-ab2649e08a13", "Privileged Authentication Administrator" },
    { "c4e39bd9-1100-46d3-8c65-fb160da0071f", "Authentication Administrator" },
    { "0526716b-113d-4c15-b2c8-68e3c22b9f80", "Authentication Policy Administrator" },
    { "194ae4cb-b126-40b2-bd5b-6091b380977d", "Security Administrator" },
    { "5d6b6bb7-de71-4623-b4af-96380a352509", "Security Reader" },
    { "ac434307-12b9-4fa1-a708-88bf58caabc1", "Global Secure Access Administrator" },
    { "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "Application Administrator" },
    { "158c047a-c907-4556-b7ef-446551a6b5f7", "Cloud Application Administrator" },
    { "fe930be7-5e62-47db-91af-98c3a49a38b1", "User Administrator" },
    { "fdd7a751-b60b-444a-984c-02652fe8fa1c", "Groups Administrator" },
};

/* They administer every CA, whatever else they are. */
static const char *const unlimited[] = { "Global Administrator", "Intune Administrator" };

static bool has_role(const struct caller *caller, const char *name)
{
    for (size_t i = 0; i < caller->roles.count; i++)
        if (text_equal(caller->roles.items[i], name))
            return true;
    return false;
}

const char *role_name(const char *text)
{
    for (size_t i = 0; i < ARRAY_LEN(templates); i++)
        if (text_equal_caseless(templates[i].id, text))
            return templates[i].name;
    return text;
}

void roles_limit(const struct role_settings *roles, size_t count, struct arena *arena,
                 struct caller *caller)
{
    size_t tags = 0;
    for (size_t i = 0; i < count; i++)
        tags += roles[i].scope_tags.count;
    for (size_t i = 0; i < ARRAY_LEN(unlimited); i++)
        if (has_role(caller, unlimited[i]))
            return;
    caller->scope_tags.items = arena_take(arena, (tags + 1) * sizeof *caller->scope_tags.items);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < roles[i].scope_tags.count && has_role(caller, roles[i].name); k++)
            caller->scope_tags.items[caller->scope_tags.count++] =
                arena_text(arena, roles[i].scope_tags.items[k]);
}
