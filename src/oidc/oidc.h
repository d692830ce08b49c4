/*
 * oidc - the built-in token authority: token endpoint, discovery, key set.
 *
 * RFC 6749 §4.4 (client credentials), RFC 7523 (private_key_jwt), OpenID Connect Discovery 1.0,
 * RFC 8414, RFC 7517 §5. HTTPS only. An oidc borrows what it is given. Thread-safe.
 */
#pragma once

#include "base/attributes.h"
#include "http/server.h"

struct auth;
struct oidc;

struct oidc_options {
    struct auth *auth;
    const char *api_url;   /* ours, without a slash behind */
    const char *tenant_id; /* whose metadata stand at the root */
    const char *audience;  /* of our tokens */
    int lifetime_s;        /* of a token */
};

struct oidc *oidc_new(const struct oidc_options *options);
struct http_front oidc_front(struct oidc *oidc);
void oidc_free(struct oidc *oidc); /* NULL is fine */
DEFINE_SCOPED(struct oidc *, oidc_free)
