#include "graph/access.h"

#include "base/error.h"
#include "base/text.h"

#include <string.h>

/* Two generations of the scopes of certification authorities exist; either will do. */
#define CA_WRITE "DeviceManagementCloudCA.ReadWrite.All DeviceManagementConfiguration.ReadWrite.All"
#define CA_READ  "DeviceManagementCloudCA.Read.All DeviceManagementConfiguration.Read.All " CA_WRITE

#define EVERYWHERE          ", Global Administrator"
#define TRUST_KEEPERS       "Authentication Administrator, Privileged Authentication Administrator"
#define NETWORK_KEEPERS     "Global Secure Access Administrator, Security Administrator"
#define POLICY_KEEPERS      "Authentication Policy Administrator"
#define APPLICATION_KEEPERS "Cloud Application Administrator, Application Administrator"

static const struct {
    const char *scopes;
    const char *roles;
} rows[ACCESS_COUNT] = {
    // clang-format off
    [ACCESS_OPEN]               = { NULL, NULL },
    [ACCESS_CALLER]             = { NULL, NULL },
    [ACCESS_CA_READ]            = { CA_READ, NULL },
    [ACCESS_CA_WRITE]           = { CA_WRITE, NULL },
    [ACCESS_REPORT_READ]        = { CA_READ, NULL },
    [ACCESS_AUDIT_READ]         = { "DeviceManagementApps.Read.All DeviceManagementConfiguration.Read.All "
                                    "DeviceManagementApps.ReadWrite.All DeviceManagementConfiguration.ReadWrite.All", NULL },
    [ACCESS_PKI_READ]           = { "PublicKeyInfrastructure.Read.All PublicKeyInfrastructure.ReadWrite.All", TRUST_KEEPERS EVERYWHERE },
    [ACCESS_PKI_WRITE]          = { "PublicKeyInfrastructure.ReadWrite.All", TRUST_KEEPERS EVERYWHERE },
    [ACCESS_SUBSCRIPTION_READ]  = { "DeviceManagementConfiguration.Read.All DeviceManagementConfiguration.ReadWrite.All", NULL },
    [ACCESS_SUBSCRIPTION_WRITE] = { "DeviceManagementConfiguration.ReadWrite.All", NULL },
    [ACCESS_NETWORK_READ]       = { "NetworkAccess.Read.All NetworkAccess.ReadWrite.All", NULL },
    [ACCESS_NETWORK_WRITE]      = { "NetworkAccess.ReadWrite.All", NETWORK_KEEPERS EVERYWHERE },
    [ACCESS_ORGANIZATION_READ]  = { "Organization.Read.All Organization.ReadWrite.All", "Global Administrator" },
    [ACCESS_ORGANIZATION_WRITE] = { "Organization.ReadWrite.All", "Global Administrator" },
    [ACCESS_POLICY_READ]        = { "Policy.Read.All Policy.ReadWrite.AuthenticationMethod", "Global Reader, " POLICY_KEEPERS EVERYWHERE },
    [ACCESS_POLICY_WRITE]       = { "Policy.ReadWrite.AuthenticationMethod", POLICY_KEEPERS EVERYWHERE },
    [ACCESS_USERS_READ]         = { "User.Read.All User.ReadWrite.All Directory.Read.All Directory.ReadWrite.All", NULL },
    [ACCESS_USERS_WRITE]        = { "User.ReadWrite.All Directory.ReadWrite.All", "User Administrator" EVERYWHERE },
    [ACCESS_GROUPS_READ]        = { "Group.Read.All Group.ReadWrite.All Directory.Read.All Directory.ReadWrite.All", NULL },
    [ACCESS_GROUPS_WRITE]       = { "Group.ReadWrite.All Directory.ReadWrite.All", "Groups Administrator, User Administrator" EVERYWHERE },
    [ACCESS_APPLICATION_READ]   = { "Application.Read.All Application.ReadWrite.All", NULL },
    [ACCESS_APPLICATION_WRITE]  = { "Application.ReadWrite.All", APPLICATION_KEEPERS EVERYWHERE },
    // clang-format on
};

/* separator stands between the words of the list. */
static bool list_has(const char *list, const char *separator, const char *word)
{
    size_t len = strlen(word);
    const char *end;
    for (const char *p = list; p; p = end ? end + strlen(separator) : NULL) {
        end = strstr(p, separator);
        if ((end ? (size_t)(end - p) : strlen(p)) == len && memcmp(p, word, len) == 0)
            return true;
    }
    return false;
}

static bool has_any(const char *list, const char *separator, const struct strings *words)
{
    for (size_t i = 0; i < words->count; i++)
        if (list_has(list, separator, words->items[i]))
            return true;
    return false;
}

static bool has_role(enum access access, const struct caller *caller)
{
    return !rows[access].roles || caller->is_application ||
           has_any(rows[access].roles, ", ", &caller->roles);
}

bool access_check(enum access access, const struct caller *caller, struct error *err)
{
    if (rows[access].scopes && !has_any(rows[access].scopes, " ", &caller->scopes))
        return fail(err, ERR_FORBIDDEN, "the token has none of the scopes that this needs: %s",
                    rows[access].scopes);
    if (!has_role(access, caller))
        return fail(err, ERR_FORBIDDEN, "the caller has none of the roles that this needs: %s",
                    rows[access].roles);
    return true;
}

bool access_covers(const struct caller *caller, const char *scope)
{
    if (caller->scope_tags.count > 0 || !caller_has_scope(caller, scope))
        return false;
    for (enum access access = ACCESS_CALLER + 1; access < ACCESS_COUNT; access++)
        if (list_has(rows[access].scopes, " ", scope) && !has_role(access, caller))
            return false;
    return true;
}

const char *access_scopes(enum access access)
{
    return rows[access].scopes;
}

const char *access_roles(enum access access)
{
    return rows[access].roles;
}
