#include "graph/crud.h"
#include "graph/routes/directory.h"
#include "graph/routes/pkis.h"
#include "graph/routes/tables.h"
#include "model/base_types.h"
#include "model/pki.h"
#include "odata/options.h"

#define PKI         "directory/publicKeyInfrastructure/certificateBasedAuthConfigurations"
#define ONE_PKI     PKI "/{pki}"
#define MEMBERS     ONE_PKI "/certificateAuthorities"
#define ONE_MEMBER  MEMBERS "/{certificateAuthority}"
#define DELETED     "directory/deletedItems"
#define DELETED_PKI DELETED "/microsoft.graph.certificateBasedAuthPki"
#define DELETED_CA  DELETED "/microsoft.graph.certificateAuthorityDetail"
#define ONE_DELETED DELETED "/{item}"
#define READ        ACCESS_PKI_READ
#define WRITE       ACCESS_PKI_WRITE
#define BOTH        (API_BETA | API_V1)

const struct route pki_routes[] = {
    // clang-format off
    /* name, versions, method, path, access, place, reply, entity, body, options, run */
    { "pki.list",     BOTH, HTTP_GET,    PKI,                 READ,  ON_WORKER, REPLY_COLLECTION, &pki_entity, NULL,                    OPTIONS_DIRECTORY, directory_list }, /* B1 */
    { "pki.count",    BOTH, HTTP_GET,    PKI "/$count",       READ,  ON_WORKER, REPLY_COUNT,      &pki_entity, NULL,                    OPTIONS_COUNT,     crud_count }, /* B12 */
    { "pki.get",      BOTH, HTTP_GET,    ONE_PKI,             READ,  ON_WORKER, REPLY_ENTITY,     &pki_entity, NULL,                    OPTION_SELECT,     crud_get }, /* B3 */
    { "pki.create",   BOTH, HTTP_POST,   PKI,                 WRITE, ON_DESK,   REPLY_CREATED,    &pki_entity, &pki_entity,             0,                 crud_create }, /* B2 */
    { "pki.change",   BOTH, HTTP_PATCH,  ONE_PKI,             WRITE, ON_DESK,   REPLY_ENTITY,     &pki_entity, &pki_entity,             0,                 crud_change }, /* B4 */
    { "pki.delete",   BOTH, HTTP_DELETE, ONE_PKI,             WRITE, ON_DESK,   REPLY_NOTHING,    &pki_entity, NULL,                    0,                 crud_remove }, /* B5 */
    { "pki.upload",   BOTH, HTTP_POST,   ONE_PKI "/upload",   WRITE, ON_DESK,   REPLY_NOTHING,    &pki_entity, &pki_upload_wish_entity, 0,                 pki_upload }, /* B6 */

    { "trusted.list",   BOTH, HTTP_GET,    MEMBERS,           READ,  ON_WORKER, REPLY_COLLECTION, &trusted_ca_entity, NULL,               OPTIONS_DIRECTORY, directory_list }, /* B7 */
    { "trusted.count",  BOTH, HTTP_GET,    MEMBERS "/$count", READ,  ON_WORKER, REPLY_COUNT,      &trusted_ca_entity, NULL,               OPTIONS_COUNT,     crud_count }, /* B12 */
    { "trusted.get",    BOTH, HTTP_GET,    ONE_MEMBER,        READ,  ON_WORKER, REPLY_ENTITY,     &trusted_ca_entity, NULL,               OPTION_SELECT,     crud_get }, /* B9 */
    { "trusted.create", BOTH, HTTP_POST,   MEMBERS,           WRITE, ON_DESK,   REPLY_CREATED,    &trusted_ca_entity, &trusted_ca_entity, 0,                 trusted_ca_post }, /* B8 */
    { "trusted.change", BOTH, HTTP_PATCH,  ONE_MEMBER,        WRITE, ON_DESK,   REPLY_ENTITY,     &trusted_ca_entity, &trusted_ca_entity, 0,                 trusted_ca_patch }, /* B10 */
    { "trusted.delete", BOTH, HTTP_DELETE, ONE_MEMBER,        WRITE, ON_DESK,   REPLY_NOTHING,    &trusted_ca_entity, NULL,               0,                 crud_remove }, /* B11 */

    { "deleted.pki.list",      BOTH, HTTP_GET,    DELETED_PKI,            READ,  ON_WORKER, REPLY_COLLECTION, &pki_deleted_entity,        NULL,                OPTIONS_DIRECTORY, directory_list }, /* B13 */
    { "deleted.pki.count",     BOTH, HTTP_GET,    DELETED_PKI "/$count",  READ,  ON_WORKER, REPLY_COUNT,      &pki_deleted_entity,        NULL,                OPTIONS_COUNT,     crud_count },
    { "deleted.trusted.list",  BOTH, HTTP_GET,    DELETED_CA,             READ,  ON_WORKER, REPLY_COLLECTION, &trusted_ca_deleted_entity, NULL,                OPTIONS_DIRECTORY, directory_list }, /* B14 */
    { "deleted.trusted.count", BOTH, HTTP_GET,    DELETED_CA "/$count",   READ,  ON_WORKER, REPLY_COUNT,      &trusted_ca_deleted_entity, NULL,                OPTIONS_COUNT,     crud_count },
    { "deleted.get",           BOTH, HTTP_GET,    ONE_DELETED,            READ,  ON_WORKER, REPLY_ENTITY,     &directory_object_entity,   NULL,                0,                 deleted_item_get }, /* B15 */
    { "deleted.restore",       BOTH, HTTP_POST,   ONE_DELETED "/restore", WRITE, ON_DESK,   REPLY_ENTITY,     &directory_object_entity,   &restoration_entity, 0,                 deleted_item_restore }, /* B16 */
    { "deleted.purge",         BOTH, HTTP_DELETE, ONE_DELETED,            WRITE, ON_DESK,   REPLY_NOTHING,    &directory_object_entity,   NULL,                0,                 deleted_item_purge }, /* B17 */
    { .name = NULL },
    // clang-format on
};
