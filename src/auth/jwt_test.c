#include "unit/unit.h"

#include "auth/jwt.h"
#include "base/text.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

/* RFC 7515 Appendix A.3: an ES256 signature of others, over a header without kid and typ. */
static const char rfc_header[] = "eyJhbGciOiJFUzI1NiJ9";
static const char rfc_claims[] =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxl"
    "LmNvbS9pc19yb290Ijp0cnVlfQ";
static const char rfc_signature[] =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSA"
    "pmWQxfKTUJqPP3-Kg6NU1Q";

static EVP_PKEY *new_key(void)
{
    return EVP_EC_gen("P-256");
}

static void sign(EVP_PKEY *key, struct bytes input, struct buf *der)
{
    size_t len = 0;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key), 1);
    assert_int_equal(EVP_DigestSign(context, NULL, &len, input.data, input.len), 1);
    uint8_t *out = buf_extend(der, len);
    assert_int_equal(EVP_DigestSign(context, out, &len, input.data, input.len), 1);
    buf_truncate(der, len);
    EVP_MD_CTX_free(context);
}

static struct buf *make_token(EVP_PKEY *key, const char *header, const char *claims)
{
    struct error err = { 0 };
    struct buf *token = buf_new(2 * JWT_OCTETS_MAX);
    SCOPED(buf_free) struct buf *der = buf_new(256);
    base64url_encode(bytes_of_text(header), token);
    buf_add_octet(token, '.');
    base64url_encode(bytes_of_text(claims), token);
    sign(key, buf_bytes(token), der);
    unit_ok(jwt_end(buf_bytes(der), token, &err), &err);
    return token;
}

static bool is_accepted(EVP_PKEY *key, const char *token, struct error *err)
{
    struct jwt jwt;
    bool is_good = jwt_parse(token, &jwt, err) && jwt_verify(&jwt, key, JOSE_BIT(JOSE_ES256), err);
    jwt_clear(&jwt);
    return is_good;
}

static void expect_refused(EVP_PKEY *key, const char *token, const char *why)
{
    struct error err = { 0 };
    assert_false(is_accepted(key, token, &err));
    assert_int_equal(err.code, ERR_UNAUTHENTICATED);
    if (!strstr(err.message, why))
        unit_fail("'%s' does not say '%s'", err.message, why);
}

TEST(jwt_reads_what_it_writes)
{
    struct error err = { 0 };
    EVP_PKEY *key = new_key();
    SCOPED(buf_free) struct buf *token = buf_new(JWT_OCTETS_MAX);
    SCOPED(buf_free) struct buf *der = buf_new(256);
    jwt_begin("the-key", bytes_of_text("{\"sub\":\"x\"}"), token);
    sign(key, buf_bytes(token), der);
    unit_ok(jwt_end(buf_bytes(der), token, &err), &err);
    struct jwt jwt;
    unit_ok(jwt_parse(buf_text(token), &jwt, &err), &err);
    unit_ok(jwt_verify(&jwt, key, JOSE_ALL, &err), &err);
    assert_string_equal(jwt.key_id, "the-key");
    assert_string_equal(json_string_value(json_object_get(jwt.claims, "sub")), "x");
    jwt_clear(&jwt);
    EVP_PKEY_free(key);
}

TEST(jwt_refuses_another_key)
{
    EVP_PKEY *key = new_key();
    EVP_PKEY *other = new_key();
    SCOPED(buf_free)
    struct buf *token = make_token(key, "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"k\"}", "{}");
    expect_refused(other, buf_text(token), "does not verify");
    EVP_PKEY_free(key);
    EVP_PKEY_free(other);
}

/* RFC 8725 §3.1, §3.2: what the header may not choose. */
TEST(jwt_refuses_other_headers)
{
    static const struct {
        const char *header;
        const char *why;
    } rows[] = {
        { "{\"alg\":\"none\",\"typ\":\"JWT\",\"kid\":\"k\"}", "alg" },
        { "{\"alg\":\"None\",\"typ\":\"JWT\",\"kid\":\"k\"}", "alg" },
        { "{\"alg\":\"es256\",\"typ\":\"JWT\",\"kid\":\"k\"}", "alg" },
        { "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"k\"}", "alg" },
        { "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"k\"}", "alg" },
        { "{\"alg\":[\"ES256\"],\"typ\":\"JWT\",\"kid\":\"k\"}", "alg" },
        { "{\"typ\":\"JWT\",\"kid\":\"k\"}", "alg" },
        { "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"k\",\"crit\":[\"exp\"],\"exp\":1}",
          "crit" },
        { "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"k\",\"crit\":[]}", "crit" },
        { "{\"alg\":\"ES256\",\"typ\":\"jws\",\"kid\":\"k\"}", "typ" },
        { "{\"alg\":\"ES256\",\"typ\":7,\"kid\":\"k\"}", "typ" },
        { "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":7}", "kid" },
        { "{\"alg\":\"ES256\",\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"k\"}", "header" },
        { "[]", "header" },
        { "", "header" },
    };
    EVP_PKEY *key = new_key();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        SCOPED(buf_free) struct buf *token = make_token(key, rows[i].header, "{}");
        expect_refused(key, buf_text(token), rows[i].why);
    }
    EVP_PKEY_free(key);
}

TEST(jwt_refuses_hmac_with_the_public_key)
{
    EVP_PKEY *key = new_key();
    uint8_t *point = NULL;
    size_t len = EVP_PKEY_get1_encoded_public_key(key, &point);
    EVP_PKEY *hmac = EVP_PKEY_new_raw_private_key(EVP_PKEY_HMAC, NULL, point, len);
    SCOPED(buf_free) struct buf *token = buf_new(JWT_OCTETS_MAX);
    SCOPED(buf_free) struct buf *mac = buf_new(64);
    base64url_encode(bytes_of_text("{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"k\"}"), token);
    buf_add_text(token, ".e30");
    sign(hmac, buf_bytes(token), mac);
    buf_add_octet(token, '.');
    base64url_encode(buf_bytes(mac), token);
    expect_refused(key, buf_text(token), "alg");
    OPENSSL_free(point);
    EVP_PKEY_free(hmac);
    EVP_PKEY_free(key);
}

TEST(jwt_refuses_every_truncation)
{
    EVP_PKEY *key = new_key();
    SCOPED(buf_free)
    struct buf *token =
        make_token(key, "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"k\"}", "{\"sub\":\"x\"}");
    for (size_t len = 0; len < buf_len(token); len++) {
        char cut[JWT_OCTETS_MAX];
        snprintf(cut, sizeof cut, "%.*s", (int)len, buf_text(token));
        expect_refused(key, cut, "token");
    }
    EVP_PKEY_free(key);
}

TEST(jwt_refuses_every_changed_character)
{
    EVP_PKEY *key = new_key();
    SCOPED(buf_free)
    struct buf *token =
        make_token(key, "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"k\"}", "{\"sub\":\"x\"}");
    for (size_t i = 0; i < buf_len(token); i++) {
        char changed[JWT_OCTETS_MAX];
        snprintf(changed, sizeof changed, "%s", buf_text(token));
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        expect_refused(key, changed, "token");
    }
    EVP_PKEY_free(key);
}

TEST(jwt_refuses_other_forms)
{
    static const char *const texts[] = {
        "",        ".",        "..",           "...",         "a.b",
        "a.b.c.d", "e30.e30.", "e30=.e30.e30", "e+0.e30.e30", " e30.e30.e30",
    };
    EVP_PKEY *key = new_key();
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        expect_refused(key, texts[i], "token");
    EVP_PKEY_free(key);
}

TEST(jwt_refuses_the_huge)
{
    static char text[JWT_OCTETS_MAX + 2];
    memset(text, 'A', JWT_OCTETS_MAX + 1);
    expect_refused(NULL, text, "longer than");
}

/* Its header names no key of ours; the signature itself verifies. */
TEST(jwt_verifies_the_example_of_rfc_7515)
{
    struct error err = { 0 };
    struct bytes point =
        unit_hex("04 7fcdce2770f6c45d4183cbee6fdb4b7b580733357be9ef13bacf6e3c7bd15445"
                 "   c7f144cd1bbd9b7e872cdfedb9eeb9f4b3695d6ea90b24ad8a4623288588e5ad");
    EVP_PKEY *key = EVP_PKEY_new();
    EVP_PKEY *parameters = EVP_EC_gen("P-256");
    assert_int_equal(EVP_PKEY_copy_parameters(key, parameters), 1);
    assert_int_equal(EVP_PKEY_set1_encoded_public_key(key, point.data, point.len), 1);
    SCOPED(buf_free) struct buf *signature = buf_new(128);
    char signed_part[256];
    snprintf(signed_part, sizeof signed_part, "%s.%s", rfc_header, rfc_claims);
    unit_ok(base64url_decode(bytes_of_text(rfc_signature), signature, &err), &err);
    struct jwt jwt = { .algorithm = JOSE_ES256,
                       .signed_part = bytes_of_text(signed_part),
                       .signature_len = buf_len(signature) };
    memcpy(jwt.signature, buf_bytes(signature).data, buf_len(signature));
    unit_ok(jwt_verify(&jwt, key, JOSE_ALL, &err), &err);
    jwt.signature[63] ^= 1;
    assert_false(jwt_verify(&jwt, key, JOSE_ALL, &err));
    EVP_PKEY_free(parameters);
    EVP_PKEY_free(key);
}
