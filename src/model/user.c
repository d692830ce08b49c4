#include "model/user.h"

#include "base/text.h"
#include "model/base_types.h"

#include <string.h>

enum { NAME_CHARACTERS_MAX = 256, CERTIFICATE_USER_ID_CHARACTERS_MAX = 1024 };

/* One '@' with something on both sides, and nothing that a URL or a log would need to escape. */
static bool is_principal_name(const char *text)
{
    const char *at = strchr(text, '@');
    return at && at != text && at[1] && !strchr(at + 1, '@') && !text_has_control(text) &&
           !strpbrk(text, " \"%&()*+,/:;<=>?[\\]{|}");
}

static const struct text_form principal_name_form = { is_principal_name,
                                                      "a name such as bob@contoso.com" };

static const struct property authorization_properties[] = {
    // clang-format off
    { "certificateUserIds", "certificate_user_ids", PROPERTY_STRINGS, FILTER | NULLABLE, AT(authorization_info, certificate_user_ids), NULL, 1, CERTIFICATE_USER_ID_CHARACTERS_MAX },
    { 0 },
    // clang-format on
};

const struct entity authorization_info_entity = { .name = "authorizationInfo",
                                                  .properties = authorization_properties,
                                                  .size = sizeof(struct authorization_info) };

static const struct property user_properties[] = {
    // clang-format off
    /* in JSON, column, type, flags, member, detail, min, max */
    { "id",                "id",                    PROPERTY_STRING,  KEY | LISTED | READ_ONLY,             AT(user, id),                    NULL, 0, 0 },
    { NULL,                "tenant_id",             PROPERTY_STRING,  HIDDEN,                               AT(user, tenant_id),             NULL, 0, 0 },
    { "deletedDateTime", "0", PROPERTY_TIME, COMPUTED | READ_ONLY | NULLABLE,                 AT(user, deleted_at),            NULL, 0, 0 },
    { "accountEnabled",    "is_enabled",            PROPERTY_BOOL,    FILTER | NULLABLE,                    AT(user, is_enabled),            NULL, 0, 0 },
    { "authorizationInfo", NULL,                    PROPERTY_COMPLEX, NULLABLE,                             AT(user, authorization),         &authorization_info_entity, 0, 0 },
    { NULL,                "certificate_user_ids",  PROPERTY_STRINGS, HIDDEN,                               AT(user, authorization.certificate_user_ids), NULL, 0, 0 },
    { "createdDateTime",   "created_at",            PROPERTY_TIME,    LISTED | READ_ONLY | NULLABLE,        AT(user, created_at),            NULL, 0, 0 },
    { "displayName",       "display_name",          PROPERTY_STRING,  LISTED | SEARCH | REQUIRED | NULLABLE, AT(user, display_name),         NULL, 1, NAME_CHARACTERS_MAX },
    { "mail",              "mail",                  PROPERTY_STRING,  FILTER | SEARCH | NULLABLE,           AT(user, mail),                  NULL, 0, NAME_CHARACTERS_MAX },
    { "onPremisesUserPrincipalName", "on_premises_name", PROPERTY_STRING, FILTER | NULLABLE,                AT(user, on_premises_name),      NULL, 0, NAME_CHARACTERS_MAX },
    { "userPrincipalName", "principal_name",        PROPERTY_STRING,  LISTED | SEARCH | REQUIRED | NULLABLE, AT(user, principal_name),       &principal_name_form, 0, USER_NAME_CHARACTERS_MAX },
    { NULL,                "principal_name_folded", PROPERTY_STRING,  HIDDEN,                               AT(user, principal_name_folded), NULL, 0, 0 },
    { NULL,                "revision",              PROPERTY_INT,     HIDDEN,                               AT(user, revision),              NULL, 0, 0 },
    { 0 },
    // clang-format on
};

const struct entity user_entity = { .name = "user",
                                    .base = &directory_object_entity,
                                    .table = "users",
                                    .properties = user_properties,
                                    .size = sizeof(struct user),
                                    .is_open = true };
