/*
 * name_part - whether one name asks for no more than another gives.
 */
#pragma once

#include "base/bytes.h"

#include <stdbool.h>

/* Every attribute of part stands in whole, as often at least, compared by RFC 5280 §7.1; their
 * order does not matter. An empty name is a part of any. */
bool name_is_part(struct bytes part, struct bytes whole);
