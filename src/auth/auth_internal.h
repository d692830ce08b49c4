/*
 * auth_internal - what the files of auth/ share; nobody else includes it.
 *
 * auth.c makes and frees the parts; each has its own lock and its own file.
 */
#pragma once

#include "auth/auth.h"
#include "base/attributes.h"

struct tokens;     /* token.c */
struct challenges; /* challenge.c */

struct auth {
    struct store *store; /* borrowed, like keys */
    struct keys *keys;
    struct auth_settings settings; /* copies, owned */
    struct tokens *tokens;
    struct challenges *challenges;
};

struct tokens *tokens_new(void);
void tokens_free(struct tokens *tokens); /* NULL is fine */

struct challenges *challenges_new(void);
void challenges_free(struct challenges *challenges);
