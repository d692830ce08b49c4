/*
 * networks - family D of the API: CAs for TLS inspection, policies and their rules.
 */
#pragma once

#include "graph/crud.h"

extern const struct crud inspection_ca_crud;
extern const struct crud tls_policy_crud;
extern const struct crud tls_rule_crud;

/* networkAccess and networkAccess/tls: nothing but what hangs on them. */
route_fn network_place_get;

/* Ours: cloudpki.signWith. */
route_fn inspection_ca_sign;
