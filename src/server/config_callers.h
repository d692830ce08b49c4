/*
 * config_callers - the sections of cloudpki.ini that say who may call: [provider.NAME] for each
 * outside OpenID provider, [role.NAME] for each role that reaches only some CAs.
 *
 * Lists have blanks between; a list that stands on several lines adds up.
 */
#pragma once

#include "auth/provider.h"
#include "base/attributes.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct error;

enum { ROLES_MAX = 256 };

struct config_callers {
    struct provider_settings *providers; /* of the arena */
    size_t provider_count;
    struct role_settings *roles;
    size_t role_count;
};

/* Is it a name of these sections, "provider.NAME.setting"? */
bool config_callers_have(const char *name);

bool config_callers_set(struct config_callers *callers, const char *name, const char *value,
                        struct arena *arena, struct error *err) MUST_CHECK;

/* Fills in what was not set and refuses what does not fit together; once, when all is read. */
bool config_callers_complete(struct config_callers *callers, const char *tenant_id,
                             const char *audience, struct arena *arena,
                             struct error *err) MUST_CHECK;

void config_callers_print_template(void);
