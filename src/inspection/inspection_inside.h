/*
 * inspection_inside - what the files of inspection/ share.
 */
#pragma once

#include "inspection/inspection.h"
#include "model/audit.h"

#include <time.h>

struct inspection {
    struct inspection_options options;
};

struct audit_event inspection_event(const struct actor *actor, const char *activity,
                                    const char *object_type, const char *object_id, time_t now);
