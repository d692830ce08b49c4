#include "graph/routes/tables.h"

#include "graph/crud.h"
#include "graph/routes/applications.h"
#include "graph/routes/groups.h"
#include "graph/routes/networks.h"
#include "graph/routes/organizations.h"
#include "graph/routes/pkis.h"
#include "graph/routes/subscriptions.h"
#include "graph/routes/users.h"
#include "graph/routes/x509_methods.h"

#include <stddef.h>

const struct route *const graph_tables[] = {
    // clang-format off
    ca_routes,
    pki_routes,
    subscription_routes,
    network_routes,
    directory_routes,
    application_routes,
    audit_routes,
    report_routes,
    service_routes,
    NULL,
    // clang-format on
};

const struct crud *const crud_table[] = {
    // clang-format off
    &application_crud,
    &pki_crud,
    &trusted_ca_crud,
    &deleted_pki_crud,
    &deleted_ca_crud,
    &subscription_crud,
    &inspection_ca_crud,
    &tls_policy_crud,
    &tls_rule_crud,
    &organization_crud,
    &classic_crud,
    &x509_method_crud,
    &user_crud,
    &group_crud,
    &group_member_crud,
    NULL,
    // clang-format on
};
