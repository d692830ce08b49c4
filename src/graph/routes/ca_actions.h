/*
 * ca_actions - the documented actions bound to a CA that change it: pause, resume, revoke, upload.
 */
#pragma once

#include "graph/route.h"

struct entity;

extern const struct entity status_change_entity; /* parameters, one entity per action */
extern const struct entity version_choice_entity;
extern const struct entity upload_entity;

route_fn ca_change_status_action, ca_revoke_action, ca_upload_action;
