/*
 * oidc_inside - what the files of oidc/ share; nobody else includes it.
 */
#pragma once

#include "oidc/oidc.h"

struct arena;
struct error;

struct oidc {
    struct oidc_options options; /* texts are copies, owned by the arena */
    struct arena *arena;
};

enum { TOKEN_REQUEST_OCTETS_MAX = 65536 };

/* The tenant of the path, lower case; the root's without. ERR_NOT_FOUND for what is no id. */
const char *oidc_tenant(const struct oidc *oidc, struct http_job *job,
                        struct error *err) MUST_CHECK;

/* token_endpoint.c */
void oidc_token(void *context, struct http_job *job);

/* metadata.c */
void oidc_metadata(void *context, struct http_job *job);
void oidc_keys(void *context, struct http_job *job);
void oidc_authorize(void *context, struct http_job *job);
