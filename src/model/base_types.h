/*
 * base_types - the types that entities derive from; what an entity inherits stands among its own
 * rows too.
 */
#pragma once

#include "model/property.h"

extern const struct property identified_properties[];
extern const struct entity identified_entity;       /* "entity": has an id, nothing else */
extern const struct entity directory_object_entity; /* what can be deleted softly */
