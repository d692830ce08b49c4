#include "graph/routes/applications.h"
#include "graph/routes/tables.h"
#include "model/application.h"
#include "odata/options.h"

#define APPLICATIONS    "applications"
#define ONE_APPLICATION APPLICATIONS "/{application}"
#define READ            ACCESS_APPLICATION_READ
#define WRITE           ACCESS_APPLICATION_WRITE
#define BOTH            (API_BETA | API_V1)

const struct route application_routes[] = {
    // clang-format off
    /* name, versions, method, path, access, place, reply, entity, body, options, run */
    { "application.list",   BOTH, HTTP_GET,    APPLICATIONS,                      READ,  ON_WORKER, REPLY_COLLECTION, &application_entity,         NULL,                    OPTIONS_LIST,   crud_list },
    { "application.count",  BOTH, HTTP_GET,    APPLICATIONS "/$count",            READ,  ON_WORKER, REPLY_COUNT,      &application_entity,         NULL,                    OPTIONS_COUNT,  crud_count },
    { "application.get",    BOTH, HTTP_GET,    ONE_APPLICATION,                   READ,  ON_WORKER, REPLY_ENTITY,     &application_entity,         NULL,                    OPTIONS_ENTITY, crud_get },
    { "application.create", BOTH, HTTP_POST,   APPLICATIONS,                      WRITE, ON_DESK,   REPLY_CREATED,    &application_entity,         &application_entity,     0,              crud_create },
    { "application.change", BOTH, HTTP_PATCH,  ONE_APPLICATION,                   WRITE, ON_DESK,   REPLY_NOTHING,    &application_entity,         &application_entity,     0,              crud_change },
    { "application.delete", BOTH, HTTP_DELETE, ONE_APPLICATION,                   WRITE, ON_DESK,   REPLY_NOTHING,    &application_entity,         NULL,                    0,              crud_remove },

    { "password.add",       BOTH, HTTP_POST,   ONE_APPLICATION "/addPassword",    WRITE, ON_DESK,   REPLY_ENTITY,     &password_credential_entity, &password_wish_entity,   0,              password_add },
    { "password.remove",    BOTH, HTTP_POST,   ONE_APPLICATION "/removePassword", WRITE, ON_DESK,   REPLY_NOTHING,    &password_credential_entity, &password_choice_entity, 0,              password_remove },
    { .name = NULL },
    // clang-format on
};
