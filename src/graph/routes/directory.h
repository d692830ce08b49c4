/*
 * directory - what lists of directory objects have in common: 100 at once, 999 at most.
 */
#pragma once

#include "graph/route.h"

route_fn directory_list; /* crud_list with that limit */
