#include "graph/routes/ca_actions.h"
#include "graph/routes/ca_versions.h"
#include "graph/routes/cas.h"
#include "graph/routes/cloudpki.h"
#include "graph/routes/leaves.h"
#include "graph/routes/signing.h"
#include "graph/routes/tables.h"
#include "model/ca.h"
#include "model/leaf.h"
#include "odata/options.h"

/* The operations in the order of the API's description; a row's comment is its number there. What
 * has no row is 404, or 405 where another method has the path. The first row that fits wins. */

#define CA       "deviceManagement/cloudCertificationAuthority"
#define ONE_CA   CA "/{ca}"
#define LEAF     "cloudCertificationAuthorityLeafCertificate"
#define CA_LEAF  ONE_CA "/" LEAF
#define ALL_LEAF "deviceManagement/" LEAF
#define READ     ACCESS_CA_READ
#define WRITE    ACCESS_CA_WRITE

const struct route ca_routes[] = {
    // clang-format off
    /* name, versions, method, path, access, place, reply, entity, body, options, run */
    { "ca.list",     API_BETA, HTTP_GET,    CA,                       READ,  ON_WORKER, REPLY_COLLECTION, &ca_entity, NULL,       OPTIONS_LIST,   cas_list },   /* A1 */
    { "ca.count",    API_BETA, HTTP_GET,    CA "/$count",             READ,  ON_WORKER, REPLY_COUNT,      &ca_entity, NULL,       OPTIONS_COUNT,  cas_tell_count },  /* A6 */
    { "ca.get",      API_BETA, HTTP_GET,    ONE_CA,                   READ,  ON_WORKER, REPLY_ENTITY,     &ca_entity, NULL,       OPTIONS_ENTITY, ca_get },     /* A2 */
    { "ca.create",   API_BETA, HTTP_POST,   CA,                       WRITE, ON_DESK,   REPLY_CREATED,    &ca_entity, &ca_entity, 0,              ca_post },    /* A3 */
    { "ca.change",   API_BETA, HTTP_PATCH,  ONE_CA,                   WRITE, ON_DESK,   REPLY_ENTITY,     &ca_entity, &ca_entity, 0,              ca_patch },   /* A4 */
    { "ca.delete",   API_BETA, HTTP_DELETE, ONE_CA,                   WRITE, ON_DESK,   REPLY_NOTHING,    &ca_entity, NULL,       0,              ca_remove },  /* A5 */

    /* Tunnels for GET; the mutating ones take no parameters, so they have nothing to change. */
    { "ca.list.tunnel",   API_BETA, HTTP_POST, ONE_CA "/getAllCloudCertificationAuthority", READ,  ON_WORKER, REPLY_COLLECTION, &ca_entity, NULL, 0, cas_tunnel }, /* A7 */
    { "ca.get.tunnel",    API_BETA, HTTP_POST, ONE_CA "/getCloudCertificationAuthority",    READ,  ON_WORKER, REPLY_ENTITY,     &ca_entity, NULL, 0, ca_get },     /* A8 */
    { "ca.create.tunnel", API_BETA, HTTP_POST, ONE_CA "/postCloudCertificationAuthority",   WRITE, ON_WORKER, REPLY_COLLECTION, &ca_entity, NULL, 0, cas_tunnel }, /* A9 */
    { "ca.change.tunnel", API_BETA, HTTP_POST, ONE_CA "/patchCloudCertificationAuthority",  WRITE, ON_WORKER, REPLY_ENTITY,     &ca_entity, NULL, 0, ca_get },     /* A10 */

    { "ca.status",   API_BETA, HTTP_POST, ONE_CA "/changeCloudCertificationAuthorityStatus",                  WRITE, ON_DESK, REPLY_ENTITY, &ca_entity, &status_change_entity,  0, ca_change_status_action }, /* A11 */
    { "ca.revoke",   API_BETA, HTTP_POST, ONE_CA "/revokeCloudCertificationAuthorityCertificate",             WRITE, ON_DESK, REPLY_ENTITY, &ca_entity, &version_choice_entity, 0, ca_revoke_action },        /* A12 */
    { "ca.upload",   API_BETA, HTTP_POST, ONE_CA "/uploadExternallySignedCertificationAuthorityCertificate", WRITE, ON_DESK, REPLY_ENTITY, &ca_entity, &upload_entity,         0, ca_upload_action },        /* A13 */

    { "ca.renew",    API_BETA, HTTP_POST, ONE_CA "/renew",                                                    WRITE, ON_DESK, REPLY_NOTHING, &ca_entity, NULL,                   0, ca_renew_action },         /* A14 */
    { "ca.activate", API_BETA, HTTP_POST, ONE_CA "/activate",                                                 WRITE, ON_DESK, REPLY_ENTITY, &ca_entity, &activation_entity,     0, ca_activate_action },      /* A15 */

    { "version.get.tunnel",  API_BETA, HTTP_POST, ONE_CA "/getCloudCertificationAuthorityVersion",  READ, ON_WORKER, REPLY_ENTITY,     &ca_version_entity, NULL, 0, version_get_active }, /* A16 */
    { "version.list.tunnel", API_BETA, HTTP_POST, ONE_CA "/getCloudCertificationAuthorityVersions", READ, ON_WORKER, REPLY_COLLECTION, &ca_version_entity, NULL, 0, versions_tunnel },    /* A17 */
    { "version.active", API_BETA, HTTP_GET, ONE_CA "/activeVersion",       READ, ON_WORKER, REPLY_ENTITY,     &ca_version_entity, NULL, OPTIONS_ENTITY, version_get_active }, /* A18 */
    { "version.list",   API_BETA, HTTP_GET, ONE_CA "/versions",            READ, ON_WORKER, REPLY_COLLECTION, &ca_version_entity, NULL, OPTIONS_LIST,   versions_list },      /* A19 */
    { "version.count",  API_BETA, HTTP_GET, ONE_CA "/versions/$count",     READ, ON_WORKER, REPLY_COUNT,      &ca_version_entity, NULL, OPTIONS_COUNT,  versions_count },     /* A21 */
    { "version.get",    API_BETA, HTTP_GET, ONE_CA "/versions/{version}",  READ, ON_WORKER, REPLY_ENTITY,     &ca_version_entity, NULL, OPTIONS_ENTITY, version_get },        /* A20 */

    /* POST and PATCH of a leaf have no rows: nothing in them carries a key, all is read-only. */
    { "leaf.list",        API_BETA, HTTP_GET,    CA_LEAF,            READ,  ON_WORKER, REPLY_COLLECTION, &leaf_entity, NULL, OPTIONS_LIST,   leaves_list },  /* A22 */
    { "leaf.count",       API_BETA, HTTP_GET,    CA_LEAF "/$count",  READ,  ON_WORKER, REPLY_COUNT,      &leaf_entity, NULL, OPTIONS_COUNT,  leaves_count }, /* A27 */
    { "leaf.get",         API_BETA, HTTP_GET,    CA_LEAF "/{leaf}",  READ,  ON_WORKER, REPLY_ENTITY,     &leaf_entity, NULL, OPTIONS_ENTITY, leaf_get },     /* A23 */
    { "leaf.delete",      API_BETA, HTTP_DELETE, CA_LEAF "/{leaf}",  WRITE, ON_DESK,   REPLY_NOTHING,    &leaf_entity, NULL, 0,              leaf_remove },  /* A26 */
    { "leaf.list.all",    API_BETA, HTTP_GET,    ALL_LEAF,           READ,  ON_WORKER, REPLY_COLLECTION, &leaf_entity, NULL, OPTIONS_LIST,   leaves_list },  /* A22 */
    { "leaf.count.all",   API_BETA, HTTP_GET,    ALL_LEAF "/$count", READ,  ON_WORKER, REPLY_COUNT,      &leaf_entity, NULL, OPTIONS_COUNT,  leaves_count }, /* A27 */
    { "leaf.get.all",     API_BETA, HTTP_GET,    ALL_LEAF "/{leaf}", READ,  ON_WORKER, REPLY_ENTITY,     &leaf_entity, NULL, OPTIONS_ENTITY, leaf_get },     /* A23 */
    { "leaf.delete.all",  API_BETA, HTTP_DELETE, ALL_LEAF "/{leaf}", WRITE, ON_DESK,   REPLY_NOTHING,    &leaf_entity, NULL, 0,              leaf_remove },  /* A26 */

    { "leaf.list.tunnel",   API_BETA, HTTP_POST, ONE_CA "/getAllCloudCertificationAuthorityLeafCertificates",                 READ,  ON_WORKER, REPLY_COLLECTION, &leaf_entity, NULL,                  0, leaves_tunnel },         /* A28 */
    { "leaf.search",        API_BETA, HTTP_POST, ONE_CA "/searchCloudCertificationAuthorityLeafCertificateBySerialNumber",   READ,  ON_WORKER, REPLY_ENTITY,     &leaf_entity, &serial_choice_entity, 0, leaf_search_by_serial }, /* A29 */
    { "leaf.revoke",        API_BETA, HTTP_POST, ONE_CA "/revokeLeafCertificate",                                            WRITE, ON_DESK,   REPLY_ENTITY,     &leaf_entity, &leaf_choice_entity,   0, leaf_revoke_by_id },     /* A30 */
    { "leaf.revoke.serial", API_BETA, HTTP_POST, ONE_CA "/revokeLeafCertificateBySerialNumber",                              WRITE, ON_DESK,   REPLY_ENTITY,     &leaf_entity, &serial_choice_entity, 0, leaf_revoke_by_serial }, /* A31 */

    /* Ours. */
    { "cloudpki.challenge",       API_BETA, HTTP_POST, ONE_CA "/cloudpki.createScepChallenge",    WRITE, ON_DESK,   REPLY_ENTITY,     &made_challenge_entity,  &challenge_wish_entity,  0,            challenge_make },
    { "cloudpki.challenge.end",   API_BETA, HTTP_POST, ONE_CA "/cloudpki.endStaticScepChallenge", WRITE, ON_DESK,   REPLY_NOTHING,    &made_challenge_entity,  NULL,                    0,            challenge_end },
    { "cloudpki.pending",         API_BETA, HTTP_GET,  ONE_CA "/cloudpki.pendingRequests",        READ,  ON_WORKER, REPLY_COLLECTION, &pending_request_entity, NULL,                    OPTIONS_PAGE, pending_list },
    { "cloudpki.approve",         API_BETA, HTTP_POST, ONE_CA "/cloudpki.approve",                WRITE, ON_DESK,   REPLY_NOTHING,    &pending_request_entity, &request_choice_entity,  0,            pending_approve },
    { "cloudpki.reject",          API_BETA, HTTP_POST, ONE_CA "/cloudpki.reject",                 WRITE, ON_DESK,   REPLY_NOTHING,    &pending_request_entity, &request_choice_entity,  0,            pending_reject },
    { "cloudpki.scep",            API_BETA, HTTP_GET,  ONE_CA "/cloudpki.scepSettings",           READ,  ON_WORKER, REPLY_ENTITY,     &scep_settings_entity,   NULL,                    0,            scep_settings_get },
    { "cloudpki.scep.change",     API_BETA, HTTP_POST, ONE_CA "/cloudpki.configureScep",          WRITE, ON_DESK,   REPLY_ENTITY,     &scep_settings_entity,   &scep_settings_entity,   0,            scep_settings_change },
    { "cloudpki.ca.revoke",       API_BETA, HTTP_POST, ONE_CA "/cloudpki.revoke",                 WRITE, ON_DESK,   REPLY_ENTITY,     &ca_entity,              &ca_revocation_entity,   0,            ca_revoke_with_reason },
    { "cloudpki.preview",         API_BETA, HTTP_POST, ONE_CA "/cloudpki.previewRenewal",         READ,  ON_WORKER, REPLY_ENTITY,     &renewal_preview_entity, &preview_wish_entity,    0,            ca_preview_action },
    { "cloudpki.sign",            API_BETA, HTTP_POST, ONE_CA "/cloudpki.signCertificateRequest", WRITE, ON_WORKER, REPLY_ENTITY,     &signed_certificate_entity, &sign_wish_entity,    0,            sign_request_action },
    { "cloudpki.leaves.revoke",   API_BETA, HTTP_POST, CA_LEAF "/cloudpki.revokeCertificates",    WRITE, ON_DESK,   REPLY_ENTITY,     &many_revoked_entity,    &many_wish_entity,       0,            leaves_revoke_many },
    { "cloudpki.leaf.revoke",     API_BETA, HTTP_POST, CA_LEAF "/{leaf}/cloudpki.revoke",         WRITE, ON_DESK,   REPLY_ENTITY,     &leaf_entity,            &leaf_revocation_entity, 0,            leaf_revoke_with_reason },
    { "cloudpki.leaf.revoke.all", API_BETA, HTTP_POST, ALL_LEAF "/{leaf}/cloudpki.revoke",        WRITE, ON_DESK,   REPLY_ENTITY,     &leaf_entity,            &leaf_revocation_entity, 0,            leaf_revoke_with_reason },
    { .name = NULL },
    // clang-format on
};
