/*
 * ca_versions - renewing a CA and what comes of it: renew, activate, preview, the tunnels.
 */
#pragma once

#include "graph/route.h"

struct entity;

extern const struct entity activation_entity; /* parameters */
extern const struct entity preview_wish_entity;
extern const struct entity renewal_preview_entity; /* a reply */

route_fn ca_renew_action, ca_activate_action, versions_tunnel, ca_preview_action;
