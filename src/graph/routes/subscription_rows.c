#include "graph/crud.h"
#include "graph/routes/subscriptions.h"
#include "graph/routes/tables.h"
#include "model/subscription.h"
#include "odata/options.h"

#define SUBSCRIPTIONS "deviceManagement/cloudPkiSubscriptions"
#define SUBSCRIPTION  SUBSCRIPTIONS "/{subscription}"
#define ALIAS         "cloudPkiSubscriptions/{subscription}"
#define READ          ACCESS_SUBSCRIPTION_READ
#define WRITE         ACCESS_SUBSCRIPTION_WRITE

/* The page of the create operation has the id in its path; the pages around it have not. */
const struct route subscription_routes[] = {
    // clang-format off
    /* name, versions, method, path, access, place, reply, entity, body, options, run */
    { "subscription.list",   API_BETA, HTTP_GET,    SUBSCRIPTIONS,           READ,  ON_WORKER, REPLY_COLLECTION, &subscription_entity, NULL,                 OPTIONS_LIST,   crud_list },   /* C1 */
    { "subscription.count",  API_BETA, HTTP_GET,    SUBSCRIPTIONS "/$count", READ,  ON_WORKER, REPLY_COUNT,      &subscription_entity, NULL,                 OPTIONS_COUNT,  crud_count },
    { "subscription.get",    API_BETA, HTTP_GET,    SUBSCRIPTION,            READ,  ON_WORKER, REPLY_ENTITY,     &subscription_entity, NULL,                 OPTIONS_ENTITY, crud_get },    /* C2 */
    { "subscription.create", API_BETA, HTTP_POST,   SUBSCRIPTIONS,           WRITE, ON_DESK,   REPLY_CREATED,    &subscription_entity, &subscription_entity, 0,              crud_create }, /* C3 */
    { "subscription.change", API_BETA, HTTP_PATCH,  SUBSCRIPTION,            WRITE, ON_DESK,   REPLY_ENTITY,     &subscription_entity, &subscription_entity, 0,              crud_change }, /* C4 */
    { "subscription.delete", API_BETA, HTTP_DELETE, SUBSCRIPTION,            WRITE, ON_DESK,   REPLY_NOTHING,    &subscription_entity, NULL,                 0,              crud_remove }, /* C5 */

    { "subscription.get.alias",    API_BETA, HTTP_GET,    ALIAS, READ,  ON_WORKER, REPLY_ENTITY,  &subscription_entity, NULL,                 OPTIONS_ENTITY, crud_get },
    { "subscription.create.alias", API_BETA, HTTP_POST,   ALIAS, WRITE, ON_DESK,   REPLY_CREATED, &subscription_entity, &subscription_entity, 0,              subscription_post_with_id },
    { "subscription.change.alias", API_BETA, HTTP_PATCH,  ALIAS, WRITE, ON_DESK,   REPLY_ENTITY,  &subscription_entity, &subscription_entity, 0,              crud_change },
    { "subscription.delete.alias", API_BETA, HTTP_DELETE, ALIAS, WRITE, ON_DESK,   REPLY_NOTHING, &subscription_entity, NULL,                 0,              crud_remove },
    { .name = NULL },
    // clang-format on
};
