#include "unit/unit.h"

#include "graph/access.h"

#include <string.h>

static bool may(enum access access, const char *scope, const char *role, bool is_application)
{
    struct error err = { .code = ERR_NONE };
    const struct caller caller = { .scopes = { &scope, 1 },
                                   .roles = { &role, role ? 1 : 0 },
                                   .is_application = is_application };
    bool is_good = access_check(access, &caller, &err);
    assert_int_equal(err.code, is_good ? ERR_NONE : ERR_FORBIDDEN);
    return is_good;
}

TEST(access_rows_are_whole)
{
    for (enum access access = ACCESS_CALLER + 1; access < ACCESS_COUNT; access++) {
        const char *scopes = access_scopes(access);
        assert_non_null(scopes);
        assert_null(strstr(scopes, "  "));
        assert_false(may(access, scopes, "Global Administrator", true) && strchr(scopes, ' '));
        assert_false(may(access, "", "Global Administrator", true));
        assert_false(may(access, "openid", "Global Administrator", true));
    }
}

TEST(access_takes_either_generation_of_scopes)
{
    assert_true(may(ACCESS_CA_READ, "DeviceManagementCloudCA.Read.All", NULL, false));
    assert_true(may(ACCESS_CA_READ, "DeviceManagementConfiguration.ReadWrite.All", NULL, false));
    assert_false(may(ACCESS_CA_WRITE, "DeviceManagementConfiguration.Read.All", NULL, false));
    assert_false(may(ACCESS_CA_READ, "DeviceManagementCloudCA.Read", NULL, false));
}

/* Who acts for somebody needs that person's role too; an application has none. */
TEST(access_asks_delegated_callers_for_a_role)
{
    static const char scope[] = "PublicKeyInfrastructure.ReadWrite.All";
    assert_false(may(ACCESS_PKI_WRITE, scope, NULL, false));
    assert_false(may(ACCESS_PKI_WRITE, scope, "Administrator", false));
    assert_false(may(ACCESS_PKI_WRITE, scope, "Authentication Administrator, Global", false));
    assert_true(may(ACCESS_PKI_WRITE, scope, "Authentication Administrator", false));
    assert_true(may(ACCESS_PKI_READ, scope, "Privileged Authentication Administrator", false));
    assert_true(may(ACCESS_PKI_WRITE, scope, NULL, true));
    assert_false(may(ACCESS_PKI_WRITE, "PublicKeyInfrastructure.Read.All", NULL, true));
}

/* An application with the scope has neither the roles nor the tags that limit people. */
TEST(access_covers_what_an_application_may_with_the_scope)
{
    static const char *scopes[] = { "PublicKeyInfrastructure.Read.All",
                                    "DeviceManagementCloudCA.Read.All", "User.ReadWrite.All" };
    static const char *keeper = "Authentication Administrator";
    static const char *tag = "7";
    struct caller caller = { .scopes = { scopes, ARRAY_LEN(scopes) } };
    assert_true(access_covers(&caller, "DeviceManagementCloudCA.Read.All"));
    assert_false(access_covers(&caller, "DeviceManagementCloudCA.ReadWrite.All"));
    assert_false(access_covers(&caller, "PublicKeyInfrastructure.Read.All"));
    assert_false(
        access_covers(&caller, "User.ReadWrite.All")); /* reading needs no role, writing does */
    caller.roles = (struct strings){ &keeper, 1 };
    assert_true(access_covers(&caller, "PublicKeyInfrastructure.Read.All"));
    caller.scope_tags = (struct strings){ &tag, 1 };
    assert_false(access_covers(&caller, "DeviceManagementCloudCA.Read.All"));
    caller = (struct caller){ .scopes = { scopes, ARRAY_LEN(scopes) }, .is_application = true };
    assert_true(access_covers(&caller, "PublicKeyInfrastructure.Read.All"));
}

TEST(access_lets_the_reader_of_a_family_only_read)
{
    static const char policy[] = "Policy.ReadWrite.AuthenticationMethod";
    assert_true(may(ACCESS_POLICY_READ, policy, "Global Reader", false));
    assert_false(may(ACCESS_POLICY_WRITE, policy, "Global Reader", false));
    assert_true(may(ACCESS_NETWORK_READ, "NetworkAccess.Read.All", NULL, false));
    assert_false(may(ACCESS_NETWORK_WRITE, "NetworkAccess.ReadWrite.All", NULL, false));
    assert_false(may(ACCESS_ORGANIZATION_READ, "Organization.Read.All", "Global Reader", false));
}
