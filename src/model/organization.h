/*
 * organization - a tenant as the API shows it, as a row of `tenants`.
 */
#pragma once

#include "model/property.h"

#include <time.h>

struct organization {
    const char *id;
    const char *tenant_id; /* the same */
    const char *display_name;
    time_t created_at;
    time_t deleted_at; /* never */
};

extern const struct entity organization_entity;
