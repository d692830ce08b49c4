/*
 * auth_internal - what the files of auth/ share; nobody else includes it.
 *
 * auth.c makes and frees the parts; each has its own lock and its own file.
 */
#pragma once

#include "auth/auth.h"
#include "base/attributes.h"

struct challenges; /* challenge.c */
struct clients;    /* client.c */
struct jwks;
struct token_cache;
struct token_keys;

struct auth {
    struct store *store; /* borrowed, like keys */
    struct keys *keys;
    struct arena *arena;           /* of the settings */
    struct auth_settings settings; /* copies */
    struct provider_settings own;  /* the rules for our own tokens */
    struct token_keys *token_keys;
    struct token_cache *token_cache;
    struct jwks *jwks;
    struct clients *clients;
    struct challenges *challenges;
};

struct challenges *challenges_new(void);
void challenges_free(struct challenges *challenges); /* NULL is fine */

struct clients *clients_new(void);
void clients_free(struct clients *clients);
