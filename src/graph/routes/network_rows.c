#include "graph/crud.h"
#include "graph/routes/networks.h"
#include "graph/routes/tables.h"
#include "model/inspection_ca.h"
#include "model/tls_policy.h"
#include "odata/options.h"

#define NETWORK  "networkAccess"
#define TLS      NETWORK "/tls"
#define CAS      TLS "/externalCertificateAuthorityCertificates"
#define CA       CAS "/{externalCertificateAuthorityCertificate}"
#define POLICIES NETWORK "/tlsInspectionPolicies"
#define POLICY   POLICIES "/{tlsInspectionPolicy}"
#define RULES    POLICY "/policyRules"
#define RULE     RULES "/{policyRule}"
#define READ     ACCESS_NETWORK_READ
#define WRITE    ACCESS_NETWORK_WRITE

/* Where Graph answers 404 before anything was made (D1), a list is empty here. */
const struct route network_routes[] = {
    // clang-format off
    /* name, versions, method, path, access, place, reply, entity, body, options, run */
    { "network.get", API_BETA, HTTP_GET, NETWORK, READ, ON_WORKER, REPLY_ENTITY, &network_access_entity,  NULL, OPTIONS_ENTITY, network_place_get },
    { "tls.get",     API_BETA, HTTP_GET, TLS,     READ, ON_WORKER, REPLY_ENTITY, &tls_termination_entity, NULL, OPTIONS_ENTITY, network_place_get }, /* D6 */

    { "inspection.list",   API_BETA, HTTP_GET,    CAS,           READ,  ON_WORKER, REPLY_COLLECTION, &inspection_ca_entity, NULL,                  OPTIONS_LIST,   crud_list },   /* D1 */
    { "inspection.count",  API_BETA, HTTP_GET,    CAS "/$count", READ,  ON_WORKER, REPLY_COUNT,      &inspection_ca_entity, NULL,                  OPTIONS_COUNT,  crud_count },
    { "inspection.get",    API_BETA, HTTP_GET,    CA,            READ,  ON_WORKER, REPLY_ENTITY,     &inspection_ca_entity, NULL,                  OPTIONS_ENTITY, crud_get },    /* D3 */
    { "inspection.create", API_BETA, HTTP_POST,   CAS,           WRITE, ON_DESK,   REPLY_CREATED,    &inspection_ca_entity, &inspection_ca_entity, 0,              crud_create }, /* D2 */
    { "inspection.change", API_BETA, HTTP_PATCH,  CA,            WRITE, ON_DESK,   REPLY_NOTHING,    &inspection_ca_entity, &inspection_ca_entity, 0,              crud_change }, /* D4 */
    { "inspection.delete", API_BETA, HTTP_DELETE, CA,            WRITE, ON_DESK,   REPLY_NOTHING,    &inspection_ca_entity, NULL,                  0,              crud_remove }, /* D5 */

    { "policy.list",   API_BETA, HTTP_GET,    POLICIES,           READ,  ON_WORKER, REPLY_COLLECTION, &tls_policy_entity, NULL,               OPTIONS_LIST,   crud_list },   /* D7 */
    { "policy.count",  API_BETA, HTTP_GET,    POLICIES "/$count", READ,  ON_WORKER, REPLY_COUNT,      &tls_policy_entity, NULL,               OPTIONS_COUNT,  crud_count },
    { "policy.get",    API_BETA, HTTP_GET,    POLICY,             READ,  ON_WORKER, REPLY_ENTITY,     &tls_policy_entity, NULL,               OPTIONS_ENTITY, crud_get },    /* D7 */
    { "policy.create", API_BETA, HTTP_POST,   POLICIES,           WRITE, ON_DESK,   REPLY_CREATED,    &tls_policy_entity, &tls_policy_entity, 0,              crud_create }, /* D8 */
    { "policy.change", API_BETA, HTTP_PATCH,  POLICY,             WRITE, ON_DESK,   REPLY_NOTHING,    &tls_policy_entity, &tls_policy_entity, 0,              crud_change }, /* D9 */
    { "policy.delete", API_BETA, HTTP_DELETE, POLICY,             WRITE, ON_DESK,   REPLY_NOTHING,    &tls_policy_entity, NULL,               0,              crud_remove }, /* D9 */

    { "rule.list",   API_BETA, HTTP_GET,    RULES,           READ,  ON_WORKER, REPLY_COLLECTION, &tls_rule_entity, NULL,             OPTIONS_LIST,   crud_list },   /* D10 */
    { "rule.count",  API_BETA, HTTP_GET,    RULES "/$count", READ,  ON_WORKER, REPLY_COUNT,      &tls_rule_entity, NULL,             OPTIONS_COUNT,  crud_count },
    { "rule.get",    API_BETA, HTTP_GET,    RULE,            READ,  ON_WORKER, REPLY_ENTITY,     &tls_rule_entity, NULL,             OPTIONS_ENTITY, crud_get },    /* D10 */
    { "rule.create", API_BETA, HTTP_POST,   RULES,           WRITE, ON_DESK,   REPLY_CREATED,    &tls_rule_entity, &tls_rule_entity, 0,              crud_create }, /* D11 */
    { "rule.change", API_BETA, HTTP_PATCH,  RULE,            WRITE, ON_DESK,   REPLY_NOTHING,    &tls_rule_entity, &tls_rule_entity, 0,              crud_change }, /* D12 */
    { "rule.delete", API_BETA, HTTP_DELETE, RULE,            WRITE, ON_DESK,   REPLY_NOTHING,    &tls_rule_entity, NULL,             0,              crud_remove }, /* D12 */

    /* Ours. */
    { "cloudpki.inspection.sign", API_BETA, HTTP_POST, CA "/cloudpki.signWith", WRITE, ON_DESK, REPLY_ENTITY, &inspection_ca_entity, &inspection_signer_entity, 0, inspection_ca_sign },
    { .name = NULL },
    // clang-format on
};
