#include "unit/unit.h"

#include "auth/jwk.h"
#include "base/json.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

#define P256_X "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
#define P256_Y "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
#define EC     "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" P256_X "\",\"y\":\"" P256_Y "\""
#define ED \
    "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\""

static bool is_read(const char *text, struct jwk *out)
{
    struct error err = { 0 };
    json_t *value = json_read(bytes_of_text(text), &err);
    assert_non_null(value);
    bool is_good = jwk_read(value, out, &err);
    assert_int_equal(is_good, err.code == ERR_NONE);
    json_decref(value);
    return is_good;
}

/* RFC 7517 §4: what does not concern us is not looked at, x5c among it. */
TEST(jwk_reads_public_keys)
{
    static const char *const texts[] = {
        "{" EC "}",
        "{" EC ",\"use\":\"sig\",\"key_ops\":[\"verify\"],\"alg\":\"ES256\",\"kid\":\"1\"}",
        "{" EC ",\"x5c\":[\"junk\"],\"x5t\":\"x\",\"x5u\":\"http://evil.example/\",\"more\":{}}",
        "{" ED ",\"alg\":\"EdDSA\"}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct jwk jwk;
        if (!is_read(texts[i], &jwk))
            unit_fail("%s is refused", texts[i]);
        jwk_clear(&jwk);
    }
}

TEST(jwk_refuses_what_cannot_verify)
{
    static const char *const texts[] = {
        "[]",
        "{}",
        "{\"kty\":\"oct\",\"k\":\"AAAA\"}",
        "{\"kty\":\"ec\",\"crv\":\"P-256\",\"x\":\"" P256_X "\",\"y\":\"" P256_Y "\"}",
        "{" EC ",\"use\":\"enc\"}",
        "{" EC ",\"use\":7}",
        "{" EC ",\"key_ops\":[\"sign\"]}",
        "{" EC ",\"key_ops\":\"verify\"}",
        "{" EC ",\"alg\":\"RS256\"}",
        "{" EC ",\"alg\":\"HS256\"}",
        "{" EC ",\"alg\":\"none\"}",
        "{" EC ",\"kid\":7}",
        "{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"" P256_X "\",\"y\":\"" P256_Y "\"}",
        "{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":\"" P256_X "\",\"y\":\"" P256_Y "\"}",
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" P256_X "\",\"y\":\"" P256_X "\"}",
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" P256_X "\"}",
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}",
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" P256_X "==\",\"y\":\"" P256_Y "\"}",
        "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"" P256_X "\"}",
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AA\"}",
        "{\"kty\":\"RSA\",\"n\":\"\",\"e\":\"AQAB\"}",
        "{\"kty\":\"RSA\",\"n\":\"AAAA\",\"e\":\"\"}",
        "{\"kty\":\"RSA\",\"e\":\"AQAB\"}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct jwk jwk;
        if (is_read(texts[i], &jwk))
            unit_fail("%s is accepted", texts[i]);
    }
}

static const char *rsa_of(size_t octets, const char *exponent)
{
    static char text[4096];
    uint8_t modulus[2048];
    memset(modulus, 0xC5, sizeof modulus);
    modulus[octets - 1] |= 1;
    SCOPED(buf_free) struct buf *n = buf_new(4096);
    base64url_encode((struct bytes){ modulus, octets }, n);
    snprintf(text, sizeof text, "{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"}", buf_text(n),
             exponent);
    return text;
}

TEST(jwk_refuses_weak_and_huge_rsa)
{
    struct jwk jwk;
    assert_false(is_read(rsa_of(128, "AQAB"), &jwk)); /* 1024 bits */
    assert_false(is_read(rsa_of(2000, "AQAB"), &jwk));
    assert_false(is_read(rsa_of(256, "AQ"), &jwk)); /* 1 */
    assert_false(is_read(rsa_of(256, "AA"), &jwk)); /* 0 */
    assert_false(is_read(rsa_of(256, "Ag"), &jwk)); /* 2 */
}

static struct jwk_set *parse_set(const char *text, struct error *err)
{
    return jwk_set_parse(bytes_of_text(text), err);
}

/* RFC 7517 §5: keys of kinds that we do not know are left out, not held against the set. */
TEST(jwk_set_leaves_out_what_it_does_not_know)
{
    struct error err = { 0 };
    SCOPED(jwk_set_free)
    struct jwk_set *set = parse_set("{\"keys\":[{\"kty\":\"oct\",\"k\":\"AA\",\"kid\":\"a\"},7,{" EC
                                    ",\"kid\":\"b\"},{" ED ",\"kid\":\"c\"}]}",
                                    &err);
    unit_ok(set != NULL, &err);
    assert_int_equal(set->count, 2);
    assert_null(jwk_set_find(set, "a", JOSE_ES256));
    assert_non_null(jwk_set_find(set, "b", JOSE_ES256));
    assert_null(jwk_set_find(set, "b", JOSE_EDDSA));
    assert_null(jwk_set_find(set, "b", JOSE_RS256));
    assert_non_null(jwk_set_find(set, NULL, JOSE_EDDSA));
    assert_null(jwk_set_find(set, "../b", JOSE_ES256));
}

TEST(jwk_set_without_a_name_has_one_answer_or_none)
{
    struct error err = { 0 };
    SCOPED(jwk_set_free)
    struct jwk_set *set = parse_set("{\"keys\":[{" EC "},{" EC "},{" ED "}]}", &err);
    unit_ok(set != NULL, &err);
    assert_null(jwk_set_find(set, NULL, JOSE_ES256));
    assert_non_null(jwk_set_find(set, NULL, JOSE_EDDSA));
}

TEST(jwk_set_refuses_what_is_none)
{
    static const char *const texts[] = { "",
                                         "[]",
                                         "{}",
                                         "{\"keys\":{}}",
                                         "{\"keys\":[]}",
                                         "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AA\"}]}",
                                         "<html>" };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct error err = { 0 };
        assert_null(parse_set(texts[i], &err));
        assert_int_equal(err.code, ERR_MALFORMED);
    }
}

TEST(jwk_set_has_only_so_many_keys)
{
    struct error err = { 0 };
    SCOPED(buf_free) struct buf *text = buf_new(2 * JWK_SET_OCTETS_MAX);
    buf_add_text(text, "{\"keys\":[");
    for (int i = 0; i < JWK_SET_KEYS_MAX; i++)
        buf_add_text(text, "{" ED "},");
    buf_add_text(text, "{" ED "}]}");
    assert_null(parse_set(buf_text(text), &err));
    assert_int_equal(err.code, ERR_TOO_LARGE);
}
