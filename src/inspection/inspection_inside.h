/*
 * inspection_inside - what the files of inspection/ share.
 */
#pragma once

#include "inspection/inspection.h"
#include "model/audit.h"

struct inspection {
    struct inspection_options options;
};
