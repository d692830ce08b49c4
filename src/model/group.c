#include "model/group.h"

#include "model/base_types.h"

enum { NAME_CHARACTERS_MAX = 256, NICKNAME_CHARACTERS_MAX = 64 };

static const struct property group_properties[] = {
    // clang-format off
    /* in JSON, column, type, flags, member, detail, min, max */
    { "id",              "id",                  PROPERTY_STRING, KEY | LISTED | READ_ONLY,              AT(group, id),                  NULL, 0, 0 },
    { NULL,              "tenant_id",           PROPERTY_STRING, HIDDEN,                                AT(group, tenant_id),           NULL, 0, 0 },
    { "deletedDateTime", "0", PROPERTY_TIME, COMPUTED | READ_ONLY | NULLABLE,                  AT(group, deleted_at),          NULL, 0, 0 },
    { "createdDateTime", "created_at",          PROPERTY_TIME,   LISTED | READ_ONLY | NULLABLE,         AT(group, created_at),          NULL, 0, 0 },
    { "description",     "description",         PROPERTY_STRING, FILTER | SEARCH | NULLABLE,            AT(group, description),         NULL, 0, 0 },
    { "displayName",     "display_name",        PROPERTY_STRING, LISTED | SEARCH | REQUIRED | NULLABLE, AT(group, display_name),        NULL, 1, NAME_CHARACTERS_MAX },
    { "mailEnabled",     "is_mail_enabled",     PROPERTY_BOOL,   FILTER | NULLABLE,                     AT(group, is_mail_enabled),     NULL, 0, 0 },
    { "mailNickname",    "mail_nickname",       PROPERTY_STRING, FILTER | NULLABLE,                     AT(group, mail_nickname),       NULL, 0, NICKNAME_CHARACTERS_MAX },
    { "securityEnabled", "is_security_enabled", PROPERTY_BOOL,   FILTER | NULLABLE,                     AT(group, is_security_enabled), NULL, 0, 0 },
    { NULL,              "revision",            PROPERTY_INT,    HIDDEN,                                AT(group, revision),            NULL, 0, 0 },
    { 0 },
    // clang-format on
};

/* Column of the user that a row of group_members is about; under a name that no order asks for. */
#define OF_USER(column) \
    "(SELECT u." column " AS of_user FROM users u WHERE u.id = group_members.id)"

/* The column of the whole is no column of this table, so nothing asks for one of the parts. */
static const struct property member_authorization_properties[] = {
    // clang-format off
    { "certificateUserIds", NULL, PROPERTY_STRINGS, NULLABLE, AT(authorization_info, certificate_user_ids), NULL, 0, 0 },
    { 0 },
    // clang-format on
};

static const struct entity member_authorization_entity = {
    .name = "authorizationInfo",
    .properties = member_authorization_properties,
    .size = sizeof(struct authorization_info),
};

static const struct property member_properties[] = {
    // clang-format off
    /* in JSON, column, type, flags, member, detail, min, max */
    { "id",                "id",                      PROPERTY_STRING,  KEY | LISTED | READ_ONLY,              AT(group_member, id),             NULL, 0, 0 },
    { NULL,                "tenant_id",               PROPERTY_STRING,  HIDDEN,                                AT(group_member, tenant_id),      NULL, 0, 0 },
    { NULL,                "group_id",                PROPERTY_STRING,  HIDDEN,                                AT(group_member, group_id),       NULL, 0, 0 },
    { NULL,                "created_at",              PROPERTY_TIME,    HIDDEN | SORT,                         AT(group_member, joined_at),      NULL, 0, 0 },
    { "deletedDateTime",   "0",                       PROPERTY_TIME,    COMPUTED | READ_ONLY | NULLABLE,       AT(group_member, deleted_at),     NULL, 0, 0 },
    { "accountEnabled",    OF_USER("is_enabled"),     PROPERTY_BOOL,    COMPUTED | FILTER | NULLABLE,          AT(group_member, is_enabled),     NULL, 0, 0 },
    { "authorizationInfo", NULL,                      PROPERTY_COMPLEX, NULLABLE,                              AT(group_member, authorization),  &member_authorization_entity, 0, 0 },
    { NULL,                OF_USER("certificate_user_ids"), PROPERTY_STRINGS, COMPUTED | HIDDEN,               AT(group_member, authorization.certificate_user_ids), NULL, 0, 0 },
    { "createdDateTime",   OF_USER("created_at"),     PROPERTY_TIME,    COMPUTED | LISTED | NULLABLE,          AT(group_member, created_at),     NULL, 0, 0 },
    { "displayName",       OF_USER("display_name"),   PROPERTY_STRING,  COMPUTED | LISTED | SEARCH | NULLABLE, AT(group_member, display_name),   NULL, 0, 0 },
    { "mail",              OF_USER("mail"),           PROPERTY_STRING,  COMPUTED | FILTER | SEARCH | NULLABLE, AT(group_member, mail),           NULL, 0, 0 },
    { "onPremisesUserPrincipalName", OF_USER("on_premises_name"), PROPERTY_STRING, COMPUTED | FILTER | NULLABLE, AT(group_member, on_premises_name), NULL, 0, 0 },
    { "userPrincipalName", OF_USER("principal_name"), PROPERTY_STRING,  COMPUTED | LISTED | SEARCH | NULLABLE, AT(group_member, principal_name), NULL, 0, 0 },
    { 0 },
    // clang-format on
};

const struct entity group_member_entity = { .name = "user",
                                            .base = &directory_object_entity,
                                            .table = "group_members",
                                            .properties = member_properties,
                                            .size = sizeof(struct group_member),
                                            .is_open = true };

static const struct link group_links[] = {
    { "members",
      &group_member_entity,
      LINK_COLLECTION | LINK_PATH_ONLY | LINK_OUTSIDE,
      { { "group_id", PROPERTY_STRING, AT(group, id) } } },
    { 0 },
};

const struct entity group_entity = { .name = "group",
                                     .base = &directory_object_entity,
                                     .table = "directory_groups",
                                     .properties = group_properties,
                                     .size = sizeof(struct group),
                                     .links = group_links,
                                     .is_open = true };
