/*
 * pkis - the operations on trust stores: PKIs, the CAs in them, and those that were deleted. What
 * is not here is graph/crud.h's.
 */
#pragma once

#include "graph/route.h"

struct crud;
struct entity;

extern const struct crud pki_crud;
extern const struct crud trusted_ca_crud;
extern const struct crud deleted_pki_crud;
extern const struct crud deleted_ca_crud;

extern const struct entity restoration_entity; /* parameters of `restore` */

route_fn pki_upload;
route_fn trusted_ca_post;
route_fn trusted_ca_patch;
route_fn deleted_item_get;
route_fn deleted_item_restore;
route_fn deleted_item_purge;
