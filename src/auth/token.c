#include "auth/token.h"

#include "auth/auth_internal.h"
#include "auth/claims.h"
#include "auth/jwks.h"
#include "auth/jwt.h"
#include "auth/roles.h"
#include "auth/token_cache.h"
#include "auth/token_keys.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/random.h"
#include "base/text.h"
#include "keys/keys.h"
#include "x509/algorithm.h"

#include <string.h>

enum { LIFETIME_MIN_S = 60, LIFETIME_MAX_S = 24 * 3600, WAIT_MS = 15000 };

DEFINE_SCOPED(EVP_PKEY *, EVP_PKEY_free)

/* The issuer that the payload names, still unproven; the claims are judged by its rules once the
 * signature is. Ours when it is nobody else's: then its iss is refused there. */
static const struct provider_settings *find_issuer(struct auth *auth, const json_t *claims)
{
    const struct auth_settings *settings = &auth->settings;
    if (claims_are_of(claims, &auth->own))
        return &auth->own;
    for (size_t i = 0; i < settings->provider_count; i++)
        if (claims_are_of(claims, &settings->providers[i]))
            return &settings->providers[i];
    return &auth->own;
}

static EVP_PKEY *find_own_key(struct auth *auth, const struct jwt *jwt, time_t now,
                              struct error *err)
{
    if (!jwt->key_id)
        return fail_null(err, ERR_UNAUTHENTICATED, "token: kid is missing");
    return token_keys_find(auth->token_keys, jwt->key_id, now, err);
}

static EVP_PKEY *find_key(struct auth *auth, const struct provider_settings *issuer,
                          const struct jwt *jwt, time_t now, unsigned *algorithms,
                          struct error *err)
{
    *algorithms = issuer->algorithms;
    if (!jwt->has_type && !issuer->allows_untyped)
        return fail_null(err, ERR_UNAUTHENTICATED, "token: typ must be at+jwt or JWT");
    if (!(*algorithms & JOSE_BIT(jwt->algorithm)))
        return fail_null(err, ERR_UNAUTHENTICATED, "token: alg is not one that its issuer uses");
    if (!issuer->name)
        return find_own_key(auth, jwt, now, err);
    unsigned of_key = 0;
    EVP_PKEY *key = jwks_find(auth->jwks, (size_t)(issuer - auth->settings.providers), jwt->key_id,
                              jwt->algorithm, now, &of_key, err);
    *algorithms &= of_key;
    return key;
}

static bool verify_afresh(struct auth *auth, const char *token, time_t now, struct arena *arena,
                          struct caller *out, struct error *err)
{
    struct jwt jwt;
    unsigned algorithms = 0;
    const struct provider_settings *issuer = NULL;
    SCOPED(EVP_PKEY_free) EVP_PKEY *key = NULL;
    bool is_good = jwt_parse(token, &jwt, err) && (issuer = find_issuer(auth, jwt.claims)) &&
                   (key = find_key(auth, issuer, &jwt, now, &algorithms, err)) &&
                   jwt_verify(&jwt, key, algorithms, err) &&
                   claims_check(jwt.claims, issuer, now, arena, out, err);
    jwt_clear(&jwt);
    if (is_good)
        roles_limit(auth->settings.roles, auth->settings.role_count, arena, out);
    return is_good;
}

/* A scope that holds a blank would read as two; the roles of people may have one in their names. */
static bool check_words(const struct strings *words, const char *what, const char *refused,
                        struct error *err)
{
    if (words->count > CLAIMS_SCOPES_MAX)
        return fail(err, ERR_INVALID, "token: at most %d %ss", CLAIMS_SCOPES_MAX, what);
    for (size_t i = 0; i < words->count; i++)
        if (!*words->items[i] || strlen(words->items[i]) > CLAIMS_TEXT_OCTETS_MAX ||
            strpbrk(words->items[i], refused) || text_has_control(words->items[i]))
            return fail(err, ERR_INVALID, "token: '%s' cannot be a %s", words->items[i], what);
    return true;
}

static bool check_request(const struct token_request *request, struct error *err)
{
    if (!text_is_uuid(request->tenant_id))
        return fail(err, ERR_INVALID, "token: the tenant must be a UUID");
    if (!request->subject || !*request->subject || text_has_control(request->subject) ||
        strlen(request->subject) > CLAIMS_TEXT_OCTETS_MAX)
        return fail(err, ERR_INVALID, "token: the subject needs 1 to %d octets",
                    CLAIMS_TEXT_OCTETS_MAX);
    if (request->lifetime_s < LIFETIME_MIN_S || request->lifetime_s > LIFETIME_MAX_S)
        return fail(err, ERR_INVALID, "token: a lifetime is %d to %d seconds", LIFETIME_MIN_S,
                    LIFETIME_MAX_S);
    return check_words(&request->scopes, "scope", " ", err) &&
           check_words(&request->roles, "role", "", err);
}

static bool sign(struct key *key, struct buf *token, struct error *err)
{
    uint8_t digest[DIGEST_OCTETS_MAX];
    SCOPED(buf_free) struct buf *signature = buf_new(SIGNATURE_OCTETS_MAX);
    if (!digest_of(DIGEST_SHA256, buf_bytes(token), digest))
        return fail(err, ERR_INTERNAL, "token: SHA-256 failed");
    return key_sign(key, DIGEST_SHA256, (struct bytes){ digest, digest_octets(DIGEST_SHA256) },
                    signature, err) &&
           jwt_end(buf_bytes(signature), token, err);
}

bool caller_has_scope(const struct caller *caller, const char *scope)
{
    for (size_t i = 0; i < caller->scopes.count; i++)
        if (text_equal(caller->scopes.items[i], scope))
            return true;
    return false;
}

bool token_verify(struct auth *auth, const char *token, time_t now, struct arena *arena,
                  struct caller *out, struct error *err)
{
    uint8_t hash[DIGEST_OCTETS_MAX];
    size_t len = strnlen(token, TOKEN_OCTETS_MAX + 1);
    if (len > TOKEN_OCTETS_MAX)
        return fail(err, ERR_UNAUTHENTICATED, "token: longer than %d octets", TOKEN_OCTETS_MAX);
    if (!digest_of(DIGEST_SHA256, (struct bytes){ (const uint8_t *)token, len }, hash))
        return fail(err, ERR_INTERNAL, "token: SHA-256 failed");
    if (token_cache_find(auth->token_cache, hash, now, arena, out))
        return true;
    if (!verify_afresh(auth, token, now, arena, out, err))
        return false;
    token_cache_put(auth->token_cache, hash, out, now);
    return true;
}

bool token_wait(struct auth *auth)
{
    return jwks_wait(auth->jwks, WAIT_MS);
}

bool token_issue(struct auth *auth, const struct token_request *request, time_t now,
                 struct buf *out, struct error *err)
{
    char id[UUID_TEXT_OCTETS];
    if (!check_request(request, err))
        return false;
    SCOPED(key_free)
    struct key *key = token_keys_signer(auth->token_keys, request->tenant_id, now, err);
    SCOPED(buf_free) struct buf *claims = buf_new(TOKEN_OCTETS_MAX);
    SCOPED(buf_free) struct buf *token = buf_new(TOKEN_OCTETS_MAX);
    if (!key)
        return false;
    random_uuid(id);
    claims_write(request, &auth->settings, id, now, claims);
    jwt_begin(key_id(key), buf_bytes(claims), token);
    if (!sign(key, token, err))
        return false;
    if (!buf_ok(claims) || !buf_ok(token))
        return fail(err, ERR_INVALID, "token: its scopes and roles do not fit %d octets",
                    TOKEN_OCTETS_MAX);
    buf_add(out, buf_bytes(token));
    return true;
}

bool token_keys_publish(struct auth *auth, time_t now, struct buf *out, struct error *err)
{
    return token_keys_write_set(auth->token_keys, now, out, err);
}
