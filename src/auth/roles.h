/*
 * roles - directory roles by name, and roles of ours that reach only some CAs.
 *
 * Tokens name directory roles by the ids of their templates, which are the same everywhere, or
 * by name. Inside, they are names.
 */
#pragma once

#include "auth/provider.h"
#include "auth/token.h"

struct arena;

/* The role's name, when text is a template's id that we know; else text. */
const char *role_name(const char *text);

/* Fills scope_tags from the roles that the caller has. Somebody with a role that administers every
 * CA is not limited, nor is somebody with none of these roles. */
void roles_limit(const struct role_settings *roles, size_t count, struct arena *arena,
                 struct caller *caller);
