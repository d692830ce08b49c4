#include "graph/crud.h"
#include "graph/routes/directory.h"
#include "graph/routes/groups.h"
#include "graph/routes/organizations.h"
#include "graph/routes/tables.h"
#include "graph/routes/users.h"
#include "graph/routes/x509_methods.h"
#include "model/classic_store.h"
#include "model/group.h"
#include "model/organization.h"
#include "model/user.h"
#include "model/x509_method.h"
#include "odata/options.h"

#define ORGANIZATIONS    "organization"
#define ONE_ORGANIZATION ORGANIZATIONS "/{organization}"
#define CLASSIC          ONE_ORGANIZATION "/certificateBasedAuthConfiguration"
#define ONE_CLASSIC      CLASSIC "/{configuration}"
#define METHODS          "policies/authenticationMethodsPolicy/authenticationMethodConfigurations"
#define X509             METHODS "/x509Certificate"
#define USERS            "users"
#define ONE_USER         USERS "/{user}"
#define GROUPS           "groups"
#define ONE_GROUP        GROUPS "/{group}"
#define MEMBERS          ONE_GROUP "/members"
#define BOTH             (API_BETA | API_V1)

#define ORG_READ     ACCESS_ORGANIZATION_READ
#define ORG_WRITE    ACCESS_ORGANIZATION_WRITE
#define POLICY_READ  ACCESS_POLICY_READ
#define POLICY_WRITE ACCESS_POLICY_WRITE
#define USERS_READ   ACCESS_USERS_READ
#define USERS_WRITE  ACCESS_USERS_WRITE
#define GROUPS_READ  ACCESS_GROUPS_READ
#define GROUPS_WRITE ACCESS_GROUPS_WRITE

const struct route directory_routes[] = {
    // clang-format off
    /* name, versions, method, path, access, place, reply, entity, body, options, run */
    { "organization.list",  BOTH, HTTP_GET,    ORGANIZATIONS,           ORG_READ,  ON_WORKER, REPLY_COLLECTION, &organization_entity,  NULL,                  OPTIONS_DIRECTORY, directory_list },
    { "organization.count", BOTH, HTTP_GET,    ORGANIZATIONS "/$count", ORG_READ,  ON_WORKER, REPLY_COUNT,      &organization_entity,  NULL,                  OPTIONS_COUNT,     crud_count },
    { "organization.get",   BOTH, HTTP_GET,    ONE_ORGANIZATION,        ORG_READ,  ON_WORKER, REPLY_ENTITY,     &organization_entity,  NULL,                  OPTIONS_ENTITY,    crud_get },

    { "classic.list",       BOTH, HTTP_GET,    CLASSIC,                 ORG_READ,  ON_WORKER, REPLY_COLLECTION, &classic_store_entity, NULL,                  OPTION_SELECT,     crud_list }, /* E1 */
    { "classic.get",        BOTH, HTTP_GET,    ONE_CLASSIC,             ORG_READ,  ON_WORKER, REPLY_ENTITY,     &classic_store_entity, NULL,                  OPTION_SELECT,     crud_get }, /* E2 */
    { "classic.create",     BOTH, HTTP_POST,   CLASSIC,                 ORG_WRITE, ON_DESK,   REPLY_CREATED,    &classic_store_entity, &classic_store_entity, 0,                 crud_create }, /* E3 */
    { "classic.delete",     BOTH, HTTP_DELETE, ONE_CLASSIC,             ORG_WRITE, ON_DESK,   REPLY_NOTHING,    &classic_store_entity, NULL,                  0,                 crud_remove }, /* E4 */

    { "method.list",   BOTH, HTTP_GET,    METHODS, POLICY_READ,  ON_WORKER, REPLY_COLLECTION, &method_entity,      NULL,                0, x509_methods_list },
    { "method.get",    BOTH, HTTP_GET,    X509,    POLICY_READ,  ON_WORKER, REPLY_ENTITY,     &x509_method_entity, NULL,                0, x509_method_show }, /* F1 */
    { "method.change", BOTH, HTTP_PATCH,  X509,    POLICY_WRITE, ON_DESK,   REPLY_NOTHING,    &x509_method_entity, &x509_method_entity, 0, x509_method_patch }, /* F2 */
    { "method.delete", BOTH, HTTP_DELETE, X509,    POLICY_WRITE, ON_DESK,   REPLY_NOTHING,    &x509_method_entity, NULL,                0, crud_remove }, /* F3 */

    { "user.list",     BOTH, HTTP_GET,    USERS,           USERS_READ,  ON_WORKER, REPLY_COLLECTION, &user_entity, NULL,         OPTIONS_DIRECTORY, directory_list },
    { "user.count",    BOTH, HTTP_GET,    USERS "/$count", USERS_READ,  ON_WORKER, REPLY_COUNT,      &user_entity, NULL,         OPTIONS_COUNT,     crud_count },
    { "user.get",      BOTH, HTTP_GET,    ONE_USER,        USERS_READ,  ON_WORKER, REPLY_ENTITY,     &user_entity, NULL,         OPTION_SELECT,     crud_get },
    { "user.create",   BOTH, HTTP_POST,   USERS,           USERS_WRITE, ON_DESK,   REPLY_CREATED,    &user_entity, &user_entity, 0,                 user_post },
    { "user.change",   BOTH, HTTP_PATCH,  ONE_USER,        USERS_WRITE, ON_DESK,   REPLY_NOTHING,    &user_entity, &user_entity, 0,                 crud_change },
    { "user.delete",   BOTH, HTTP_DELETE, ONE_USER,        USERS_WRITE, ON_DESK,   REPLY_NOTHING,    &user_entity, NULL,         0,                 crud_remove },

    { "group.list",    BOTH, HTTP_GET,    GROUPS,           GROUPS_READ,  ON_WORKER, REPLY_COLLECTION, &group_entity, NULL,          OPTIONS_DIRECTORY, directory_list },
    { "group.count",   BOTH, HTTP_GET,    GROUPS "/$count", GROUPS_READ,  ON_WORKER, REPLY_COUNT,      &group_entity, NULL,          OPTIONS_COUNT,     crud_count },
    { "group.get",     BOTH, HTTP_GET,    ONE_GROUP,        GROUPS_READ,  ON_WORKER, REPLY_ENTITY,     &group_entity, NULL,          OPTION_SELECT,     crud_get },
    { "group.create",  BOTH, HTTP_POST,   GROUPS,           GROUPS_WRITE, ON_DESK,   REPLY_CREATED,    &group_entity, &group_entity, 0,                 crud_create },
    { "group.change",  BOTH, HTTP_PATCH,  ONE_GROUP,        GROUPS_WRITE, ON_DESK,   REPLY_NOTHING,    &group_entity, &group_entity, 0,                 crud_change },
    { "group.delete",  BOTH, HTTP_DELETE, ONE_GROUP,        GROUPS_WRITE, ON_DESK,   REPLY_NOTHING,    &group_entity, NULL,          0,                 crud_remove },

    { "member.list",   BOTH, HTTP_GET,    MEMBERS,                GROUPS_READ,  ON_WORKER, REPLY_COLLECTION, &group_member_entity, NULL,              OPTIONS_DIRECTORY, members_list },
    { "member.count",  BOTH, HTTP_GET,    MEMBERS "/$count",      GROUPS_READ,  ON_WORKER, REPLY_COUNT,      &group_member_entity, NULL,              OPTIONS_COUNT,     crud_count },
    { "member.add",    BOTH, HTTP_POST,   MEMBERS "/$ref",        GROUPS_WRITE, ON_DESK,   REPLY_NOTHING,    &group_member_entity, &reference_entity, 0,                 member_add },
    { "member.remove", BOTH, HTTP_DELETE, MEMBERS "/{user}/$ref", GROUPS_WRITE, ON_DESK,   REPLY_NOTHING,    &group_member_entity, NULL,              0,                 member_remove },
    { .name = NULL },
    // clang-format on
};
