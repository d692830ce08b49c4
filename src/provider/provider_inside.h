/*
 * provider_inside - what the files of provider/ share.
 */
#pragma once

#include "provider/provider.h"

struct provider {
    struct store *store;
    struct keys *keys;
};
