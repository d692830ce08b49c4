/*
 * subscriptions - family C of the API: cloudPkiSubscription.
 */
#pragma once

#include "graph/crud.h"

extern const struct crud subscription_crud;

/* POST onto the path of one that is not there yet; where it then is found is the usual path. */
route_fn subscription_post_with_id;
