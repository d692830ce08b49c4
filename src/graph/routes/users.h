/*
 * users - those who sign in: /users. A path names one by id or by userPrincipalName.
 */
#pragma once

#include "graph/crud.h"

extern const struct crud user_crud;

route_fn user_post;
