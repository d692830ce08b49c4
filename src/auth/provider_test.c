#include "unit/unit.h"

#include "auth/auth.h"
#include "auth/jose.h"
#include "auth/jwk.h"
#include "auth/jwks.h"
#include "auth/jwt.h"
#include "auth/setting_test.h"
#include "auth/token.h"
#include "base/arena.h"
#include "base/text.h"
#include "http/fetch.h"
#include "keys/keys.h"
#include "x509/algorithm.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

/* Tokens of an outside provider, from the wire to the caller. Its key is an Ed25519 key made for
 * the test; the fetch is a function here. */

enum { NOW = 1700000000 };

#define OURS   "6f9619ff-8b86-4011-b42d-00c04fc964ff"
#define THEIRS "11111111-2222-4333-8444-555555555555"

static EVP_PKEY *signer;

static bool fetch_keys(const char *url, const struct fetch_limits *limits, struct fetch_answer *out,
                       struct error *err)
{
    uint8_t octets[32];
    size_t len = sizeof octets;
    (void)limits;
    if (!strstr(url, "/keys"))
        return fail(err, ERR_BUSY, "%s is not there", url);
    assert_int_equal(EVP_PKEY_get_raw_public_key(signer, octets, &len), 1);
    SCOPED(buf_free) struct buf *x = buf_new(64);
    struct buf *body = buf_new(1024);
    base64url_encode(BYTES_OF(octets), x);
    buf_add_format(body,
                   "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"k\",\"x\":\"%s\"}]}",
                   buf_text(x));
    *out = (struct fetch_answer){ 200, 0, body };
    return true;
}

static struct strings words(struct arena *arena, const char *text)
{
    struct strings out = { arena_take(arena, 16 * sizeof *out.items), 0 };
    while (*text) {
        size_t len = strcspn(text, " ");
        out.items[out.count++] = arena_text_of(arena, (struct bytes){ (const uint8_t *)text, len });
        text += len + strspn(text + len, " ");
    }
    return out;
}

static struct provider_settings entra(struct arena *arena)
{
    return (struct provider_settings){
        .name = "entra",
        .issuers =
            words(arena, "https://login.example/{tenant}/v2.0 https://sts.example/{tenant}/"),
        .audiences = words(arena, "api://pki"),
        .jwks_url = "https://login.example/keys",
        .algorithms = JOSE_ALL,
        .tenant_claim = "tid",
        .tenants = words(arena, THEIRS "=" OURS),
        .tenant_id = OURS,
        .subject_claim = "oid",
        .scope_claims = words(arena, "scp scope"),
        .role_claims = words(arena, "roles realm_access.roles"),
        .directory_role_claims = words(arena, "wids"),
    };
}

static struct auth *make_auth(struct setting *setting, const struct provider_settings *provider)
{
    static const char *tag = "7";
    static const struct role_settings role = { "Branch", { &tag, 1 } };
    const struct auth_options options = { .store = setting->fixture->store,
                                          .keys = setting->keys,
                                          .settings = { .issuer = "https://pki.example/{tenant}",
                                                        .audience = "cloudpki",
                                                        .providers = provider,
                                                        .provider_count = 1,
                                                        .roles = &role,
                                                        .role_count = 1 },
                                          .fetch = fetch_keys };
    struct auth *auth = auth_new(&options, &setting->err);
    auth_refresh(auth, NOW);
    return auth;
}

static const char *make_token(struct arena *arena, const char *header, const char *claims)
{
    uint8_t octets[64];
    size_t len = sizeof octets;
    SCOPED(buf_free) struct buf *token = buf_new(TOKEN_OCTETS_MAX);
    base64url_encode(bytes_of_text(header), token);
    buf_add_octet(token, '.');
    base64url_encode(bytes_of_text(claims), token);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(context, NULL, NULL, NULL, signer), 1);
    assert_int_equal(EVP_DigestSign(context, octets, &len, buf_bytes(token).data, buf_len(token)),
                     1);
    EVP_MD_CTX_free(context);
    buf_add_octet(token, '.');
    base64url_encode(BYTES_OF(octets), token);
    return arena_text(arena, buf_text(token));
}

static const char header[] = "{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"k\"}";

#define CLAIMS(more)                                                                             \
    "{\"iss\":\"https://login.example/" THEIRS "/v2.0\",\"aud\":\"api://pki\",\"tid\":\"" THEIRS \
    "\",\"oid\":\"alice\",\"exp\":1700003600" more "}"

static bool is_taken(struct auth *auth, struct arena *arena, const char *claims,
                     struct caller *caller, struct error *err)
{
    *err = (struct error){ 0 };
    return token_verify(auth, make_token(arena, header, claims), NOW, arena, caller, err);
}

static void begin(void)
{
    signer = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    assert_non_null(signer);
}

static void end(struct auth *auth)
{
    auth_free(auth);
    EVP_PKEY_free(signer);
}

SETTING_TEST(provider_tokens_make_callers)
{
    static const struct {
        const char *claims;
        bool is_application;
        const char *scope;
    } rows[] = {
        { CLAIMS(",\"scp\":\"A.Read B.Read\""), false, "A.Read" },
        { CLAIMS(",\"scp\":[\"A.Read\",\"B.Read\"]"), false, "B.Read" },
        { CLAIMS(",\"scope\":\"openid A.Read\""), false, "A.Read" },
        { CLAIMS(",\"scp\":\"A.Read\",\"roles\":[\"X.Write\"]"), false, "A.Read" },
        { CLAIMS(",\"roles\":[\"A.Read\"]"), true, "A.Read" },
        { CLAIMS(",\"realm_access\":{\"roles\":[\"A.Read\"]}"), true, "A.Read" },
    };
    struct caller caller;
    struct provider_settings provider = entra(setting->arena);
    begin();
    struct auth *auth = make_auth(setting, &provider);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        unit_ok(is_taken(auth, setting->arena, rows[i].claims, &caller, &setting->err),
                &setting->err);
        assert_string_equal(caller.tenant_id, OURS);
        assert_string_equal(caller.subject, "entra:alice");
        assert_int_equal(caller.is_application, rows[i].is_application);
        assert_true(caller_has_scope(&caller, rows[i].scope));
        assert_false(caller_has_scope(&caller, "X.Write"));
    }
    end(auth);
}

/* Whoever stole a provider's key may write any exp: taking the key away must end the token. */
SETTING_TEST(provider_tokens_end_with_their_key)
{
    enum { LATER = NOW + 3601 };
    static const char claims[] =
        "{\"iss\":\"https://login.example/" THEIRS "/v2.0\",\"aud\":\"api://pki\",\"tid\":\"" THEIRS
        "\",\"oid\":\"alice\",\"scp\":\"A.Read\",\"exp\":4000000000}";
    struct error err = { 0 };
    struct caller caller;
    begin();
    const struct provider_settings provider = entra(setting->arena);
    struct auth *auth = make_auth(setting, &provider);
    const char *token = make_token(setting->arena, header, claims);
    unit_ok(token_verify(auth, token, NOW, setting->arena, &caller, &err), &err);
    EVP_PKEY_free(signer);
    begin();
    auth_refresh(auth, LATER);
    assert_false(token_verify(auth, token, LATER, setting->arena, &caller, &err));
    assert_int_equal(err.code, ERR_UNAUTHENTICATED);
    end(auth);
}

SETTING_TEST(provider_tokens_name_directory_roles_by_template)
{
    struct caller caller;
    struct provider_settings provider = entra(setting->arena);
    begin();
    struct auth *auth = make_auth(setting, &provider);
    unit_ok(is_taken(auth, setting->arena,
                     CLAIMS(",\"scp\":\"A\",\"wids\":[\"62E90394-69f5-4237-9190-012177145e10\"]"),
                     &caller, &setting->err),
            &setting->err);
    assert_string_equal(caller.roles.items[0], "Global Administrator");
    assert_int_equal(caller.scope_tags.count, 0);
    end(auth);
}

/* A role of ours limits; one that administers every CA beside it does not. */
SETTING_TEST(provider_tokens_are_limited_by_roles)
{
    struct caller caller;
    struct provider_settings provider = entra(setting->arena);
    begin();
    struct auth *auth = make_auth(setting, &provider);
    unit_ok(is_taken(auth, setting->arena, CLAIMS(",\"scp\":\"A\",\"wids\":[\"Branch\"]"), &caller,
                     &setting->err),
            &setting->err);
    assert_int_equal(caller.scope_tags.count, 1);
    assert_string_equal(caller.scope_tags.items[0], "7");
    unit_ok(is_taken(auth, setting->arena,
                     CLAIMS(",\"scp\":\"A\",\"wids\":[\"Branch\",\"Intune Administrator\"]"),
                     &caller, &setting->err),
            &setting->err);
    assert_int_equal(caller.scope_tags.count, 0);
    end(auth);
}

SETTING_TEST(provider_tokens_that_are_not_for_us_are_refused)
{
#define PART(iss, aud, tid, more)                             \
    "{\"iss\":\"" iss "\",\"aud\":\"" aud "\",\"tid\":\"" tid \
    "\",\"oid\":\"a\",\"scp\":\"A\"" more "}"
#define ISS "https://login.example/" THEIRS "/v2.0"
    static const struct {
        const char *claims;
        const char *why;
    } rows[] = {
        { PART(ISS, "api://other", THEIRS, ",\"exp\":1700003600"), "aud" },
        { PART("https://login.example/" OURS "/v2.0", "api://pki", OURS, ",\"exp\":1700003600"),
          "tid" },
        { PART(ISS, "api://pki", OURS, ",\"exp\":1700003600"), "kid" },
        { PART("https://login.example/{tenant}/v2.0", "api://pki", THEIRS, ",\"exp\":1700003600"),
          "alg" },
        { PART("https://evil.example", "api://pki", THEIRS, ",\"exp\":1700003600"), "alg" },
        { PART(ISS, "api://pki", THEIRS, ""), "exp" },
        { PART(ISS, "api://pki", THEIRS, ",\"exp\":1699999940"), "expired" },
        { PART(ISS, "api://pki", THEIRS, ",\"exp\":1e300"), "exp" },
        { PART(ISS, "api://pki", THEIRS, ",\"exp\":\"1700003600\""), "exp" },
        { PART(ISS, "api://pki", THEIRS, ",\"exp\":1700003600,\"nbf\":1700000061"), "nbf" },
        { PART(ISS, "api://pki", THEIRS, ",\"exp\":1700003600,\"nbf\":\"x\""), "nbf" },
        { PART(ISS, "api://pki", THEIRS, ",\"exp\":1700003600,\"iat\":1700000061"), "iat" },
    };
    struct caller caller;
    struct provider_settings provider = entra(setting->arena);
    begin();
    struct auth *auth = make_auth(setting, &provider);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (is_taken(auth, setting->arena, rows[i].claims, &caller, &setting->err))
            unit_fail("%s is accepted", rows[i].claims);
        assert_int_equal(setting->err.code, ERR_UNAUTHENTICATED);
        if (i != 2 && !strstr(setting->err.message, rows[i].why))
            unit_fail("%s: '%s'", rows[i].claims, setting->err.message);
    }
    end(auth);
}

/* RFC 8725 §3.1: neither another algorithm nor a name that is a path or SQL finds a key. */
SETTING_TEST(provider_tokens_with_other_headers_are_refused)
{
    static const char *const headers[] = {
        "{\"alg\":\"none\",\"typ\":\"JWT\",\"kid\":\"k\"}",
        "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"k\"}",
        "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"k\"}",
        "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"k\"}",
        "{\"alg\":\"EdDSA\",\"kid\":\"k\"}",
        "{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"k\",\"crit\":[\"b64\"],\"b64\":false}",
        "{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"../../dev/null\"}",
        "{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"' OR 1=1 --\"}",
        "{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"x\",\"jku\":\"https://evil.example/keys\"}",
    };
    struct caller caller;
    struct provider_settings provider = entra(setting->arena);
    begin();
    struct auth *auth = make_auth(setting, &provider);
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        struct error err = { 0 };
        const char *token = make_token(setting->arena, headers[i], CLAIMS(",\"scp\":\"A\""));
        assert_false(token_verify(auth, token, NOW, setting->arena, &caller, &err));
        assert_int_equal(err.code, ERR_UNAUTHENTICATED);
    }
    end(auth);
}

/* The setting pins, whatever key the set has. */
SETTING_TEST(provider_tokens_with_an_algorithm_not_set_are_refused)
{
    struct caller caller;
    struct provider_settings provider = entra(setting->arena);
    provider.algorithms = JOSE_BIT(JOSE_RS256);
    begin();
    struct auth *auth = make_auth(setting, &provider);
    assert_false(is_taken(auth, setting->arena, CLAIMS(",\"scp\":\"A\""), &caller, &setting->err));
    assert_int_equal(setting->err.code, ERR_UNAUTHENTICATED);
    end(auth);
}

/* A provider cannot speak for our own authority, nor the authority for it. */
SETTING_TEST(provider_tokens_cannot_name_our_issuer)
{
    struct caller caller;
    struct provider_settings provider = entra(setting->arena);
    begin();
    struct auth *auth = make_auth(setting, &provider);
    assert_false(
        is_taken(auth, setting->arena,
                 "{\"iss\":\"https://pki.example/" OURS "\",\"aud\":\"cloudpki\",\"tid\":\"" OURS
                 "\",\"sub\":\"admin\",\"exp\":1700003600,\"nbf\":1,\"iat\":1,\"scp\":\"A\"}",
                 &caller, &setting->err));
    assert_int_equal(setting->err.code, ERR_UNAUTHENTICATED);
    end(auth);
}

/* A provider without tenants of its own belongs to the installation's. */
SETTING_TEST(provider_without_tenants_is_the_installations)
{
    struct caller caller;
    struct provider_settings provider = entra(setting->arena);
    provider.issuers = words(setting->arena, "https://idp.example/realms/pki");
    provider.tenants = (struct strings){ NULL, 0 };
    begin();
    struct auth *auth = make_auth(setting, &provider);
    unit_ok(is_taken(auth, setting->arena,
                     "{\"iss\":\"https://idp.example/realms/pki\",\"aud\":[\"x\",\"api://pki\"],"
                     "\"oid\":\"bob\",\"exp\":1700003600.5,\"scope\":\"A\"}",
                     &caller, &setting->err),
            &setting->err);
    assert_string_equal(caller.tenant_id, OURS);
    assert_string_equal(caller.subject, "entra:bob");
    end(auth);
}

SETTING_TEST(provider_tokens_without_typ_are_taken_by_setting_only)
{
    static const char untyped[] = "{\"alg\":\"EdDSA\",\"kid\":\"k\"}";
    struct provider_settings provider = entra(setting->arena);
    begin();
    for (int allows = 0; allows < 2; allows++) {
        struct error err = { 0 };
        struct caller caller;
        provider.allows_untyped = allows;
        struct auth *auth = make_auth(setting, &provider);
        const char *token = make_token(setting->arena, untyped, CLAIMS(",\"scp\":\"A\""));
        assert_int_equal(token_verify(auth, token, NOW, setting->arena, &caller, &err), allows);
        auth_free(auth);
    }
    EVP_PKEY_free(signer);
}
