#include "graph/access.h"

#include "base/error.h"
#include "base/text.h"

#include <string.h>

#define CA_WRITE_SCOPES \
    "DeviceManagementCloudCA.ReadWrite.All DeviceManagementConfiguration.ReadWrite.All"

static const char *const scopes[ACCESS_COUNT] = {
    // clang-format off
    [ACCESS_CA_READ]  = "DeviceManagementCloudCA.Read.All DeviceManagementConfiguration.Read.All "
                        CA_WRITE_SCOPES,
    [ACCESS_CA_WRITE] = CA_WRITE_SCOPES,
    // clang-format on
};

static bool list_has(const char *list, const char *word)
{
    size_t len = strlen(word);
    for (const char *p = list; *p; p += strcspn(p, " "), p += strspn(p, " "))
        if (strcspn(p, " ") == len && memcmp(p, word, len) == 0)
            return true;
    return false;
}

bool access_check(enum access access, const struct caller *caller, struct error *err)
{
    for (size_t i = 0; i < caller->scopes.count; i++)
        if (list_has(scopes[access], caller->scopes.items[i]))
            return true;
    return fail(err, ERR_FORBIDDEN, "the token has none of the scopes that this needs: %s",
                scopes[access]);
}

const char *access_scopes(enum access access)
{
    return scopes[access];
}
