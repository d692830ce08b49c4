/*
 * leaves - the operations on certificates that our CAs issued to devices.
 *
 * Only kind LEAF_DEVICE is shown: RA, responder, sub-CA and TLS certificates stand in the same
 * table. Under a CA's path, or over all CAs of the tenant.
 */
#pragma once

#include "graph/route.h"

struct entity;

extern const struct entity leaf_choice_entity; /* parameters */
extern const struct entity serial_choice_entity;
extern const struct entity leaf_revocation_entity;
extern const struct entity many_wish_entity;
extern const struct entity many_revoked_entity; /* the reply to that */

route_fn leaves_list, leaves_tunnel, leaves_count, leaf_get, leaf_remove;
route_fn leaf_search_by_serial, leaf_revoke_by_id, leaf_revoke_by_serial, leaf_revoke_with_reason;
route_fn leaves_revoke_many;
