/*
 * token - access tokens: JWT, RFC 7519, RFC 9068; of the built-in authority and of providers.
 *
 * The algorithm is pinned to the key and to the provider's setting: alg none, HMAC, crit and an
 * unknown kid are refused. Verdicts are cached per token until it ends. Errors:
 * ERR_UNAUTHENTICATED, one sentence each; ERR_BUSY when the provider's keys are on their way.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "model/property.h"

#include <stdbool.h>
#include <time.h>

struct arena;
struct auth;
struct error;

enum { TOKEN_OCTETS_MAX = 8192 };

struct caller {
    const char *tenant_id;
    const char *subject;
    struct strings scopes;     /* scp, or roles of an application token */
    struct strings roles;      /* directory roles (wids by name) and roles of our settings */
    struct strings scope_tags; /* none: every CA; else only CAs that carry one of them */
    bool is_application;       /* acts for itself, not for somebody */
    time_t expires_at;
};

bool caller_has_scope(const struct caller *caller, const char *scope);

/* Checks signature, issuer, audience, times (60 s of leeway), tenant. Texts go to the arena.
 * [worker] */
bool token_verify(struct auth *auth, const char *token, time_t now, struct arena *arena,
                  struct caller *out, struct error *err) MUST_CHECK;

/* Waits for the keys that made token_verify say ERR_BUSY; then it may be asked once more. false
 * when others wait already: then that error stands. [desk] */
bool token_wait(struct auth *auth);

struct token_request {
    const char *tenant_id;
    const char *subject;
    struct strings scopes;
    struct strings roles;
    bool is_application; /* scopes are its roles; the subject is its appId */
    int lifetime_s;      /* 60 s to 24 h */
};

/* Signs with the current token key, made on first use. [desk; worker once there is a key] */
bool token_issue(struct auth *auth, const struct token_request *request, time_t now,
                 struct buf *out, struct error *err) MUST_CHECK;

/* The public keys of our tokens as a JWK set, RFC 7517 §5. [worker] */
bool token_keys_publish(struct auth *auth, time_t now, struct buf *out,
                        struct error *err) MUST_CHECK;
