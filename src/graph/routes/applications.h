/*
 * applications - the operations on registered callers: /applications and their credentials.
 *
 * Handlers of routes, see graph/route.h; auth/applications.h does the work.
 */
#pragma once

#include "graph/crud.h"

struct entity;

extern const struct crud application_crud;

extern const struct entity password_wish_entity;
extern const struct entity password_choice_entity;

route_fn password_add;
route_fn password_remove;
