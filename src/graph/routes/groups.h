/*
 * groups - groups and who is in them: /groups.
 */
#pragma once

#include "graph/crud.h"

struct entity;

extern const struct crud group_crud;
extern const struct crud group_member_crud;

extern const struct entity reference_entity; /* {"@odata.id": "…/users/{id}"} */

route_fn members_list;
route_fn member_add, member_remove;
