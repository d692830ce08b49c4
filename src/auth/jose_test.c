#include "unit/unit.h"

#include "auth/jose.h"
#include "auth/jwk.h"
#include "base/json.h"
#include "base/text.h"
#include "x509/algorithm.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <string.h>

struct vector {
    const char *jwk;
    enum jose_algorithm algorithm;
    const char *message;
    const char *signature;
};

static const struct vector vectors[] = {
    { /* RFC 7515 Appendix A.2 */
      "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_"
      "wWJcyQoTbji9k0l8W26"
      "mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47s"
      "oMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTB"
      "QY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW"
      "9gb54h4FRWyuXpoQ\"}",
      JOSE_RS256,
      "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlL"
      "mNvbS9pc19yb290Ijp0cnVlfQ",
      "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2F"
      "p5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBM"
      "Hlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2"
      "w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw" },
    { /* RFC 7515 Appendix A.3 */
      "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
      "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}",
      JOSE_ES256,
      "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlL"
      "mNvbS9pc19yb290Ijp0cnVlfQ",
      "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q" },
    { /* RFC 8037 Appendix A.4 */
      "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}",
      JOSE_EDDSA, "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
      "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg" },
};

static struct jwk read_jwk(const char *text)
{
    struct error err = { 0 };
    struct jwk jwk;
    json_t *value = json_read(bytes_of_text(text), &err);
    assert_non_null(value);
    unit_ok(jwk_read(value, &jwk, &err), &err);
    json_decref(value);
    return jwk;
}

TEST(jose_verifies_the_examples_of_the_rfcs)
{
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        struct error err = { 0 };
        struct jwk jwk = read_jwk(vectors[i].jwk);
        struct bytes message = bytes_of_text(vectors[i].message);
        SCOPED(buf_free) struct buf *signature = buf_new(JOSE_SIGNATURE_OCTETS_MAX);
        unit_ok(base64url_decode(bytes_of_text(vectors[i].signature), signature, &err), &err);
        unit_ok(jose_verify(vectors[i].algorithm, jwk.key, message, buf_bytes(signature), &err),
                &err);
        message.len--;
        assert_false(
            jose_verify(vectors[i].algorithm, jwk.key, message, buf_bytes(signature), &err));
        assert_int_equal(err.code, ERR_UNAUTHENTICATED);
        jwk_clear(&jwk);
    }
}

/* RFC 8725 §3.1: each key takes the algorithms of its own type, and no other. */
TEST(jose_pins_algorithms_to_keys)
{
    static const struct {
        const char *type;
        const char *curve;
        size_t bits;
        unsigned algorithms;
    } rows[] = {
        { "RSA", NULL, 2048,
          JOSE_BIT(JOSE_RS256) | JOSE_BIT(JOSE_RS384) | JOSE_BIT(JOSE_RS512) |
              JOSE_BIT(JOSE_PS256) },
        { "RSA", NULL, 1024, 0 },
        { "EC", "P-256", 0, JOSE_BIT(JOSE_ES256) },
        { "EC", "P-384", 0, JOSE_BIT(JOSE_ES384) },
        { "EC", "P-521", 0, 0 },
        { "EC", "secp256k1", 0, 0 },
        { "ED25519", NULL, 0, JOSE_BIT(JOSE_EDDSA) },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        EVP_PKEY *key = rows[i].bits    ? EVP_PKEY_Q_keygen(NULL, NULL, rows[i].type, rows[i].bits)
                        : rows[i].curve ? EVP_PKEY_Q_keygen(NULL, NULL, rows[i].type, rows[i].curve)
                                        : EVP_PKEY_Q_keygen(NULL, NULL, rows[i].type);
        assert_non_null(key);
        assert_int_equal(jose_algorithms_of(key), rows[i].algorithms);
        EVP_PKEY_free(key);
    }
}

static void sign(EVP_PKEY *key, enum digest digest, bool is_pss, struct bytes message,
                 struct buf *out)
{
    size_t len = 0;
    EVP_PKEY_CTX *key_context;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_int_equal(
        EVP_DigestSignInit(context, &key_context, digest ? digest_md(digest) : NULL, NULL, key), 1);
    if (is_pss) {
        assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PSS_PADDING), 1);
        assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(key_context, RSA_PSS_SALTLEN_DIGEST), 1);
    }
    assert_int_equal(EVP_DigestSign(context, NULL, &len, message.data, message.len), 1);
    uint8_t *octets = buf_extend(out, len);
    assert_int_equal(EVP_DigestSign(context, octets, &len, message.data, message.len), 1);
    buf_truncate(out, len);
    EVP_MD_CTX_free(context);
}

/* A signature by one RSA algorithm is none by another: PSS is not PKCS #1 v1.5. */
TEST(jose_tells_rsa_algorithms_apart)
{
    static const struct {
        enum jose_algorithm algorithm;
        enum digest digest;
        bool is_pss;
    } rows[] = {
        { JOSE_RS256, DIGEST_SHA256, false },
        { JOSE_RS384, DIGEST_SHA384, false },
        { JOSE_RS512, DIGEST_SHA512, false },
        { JOSE_PS256, DIGEST_SHA256, true },
    };
    struct bytes message = bytes_of_text("header.claims");
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        SCOPED(buf_free) struct buf *signature = buf_new(JOSE_SIGNATURE_OCTETS_MAX);
        sign(key, rows[i].digest, rows[i].is_pss, message, signature);
        for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
            struct error err = { 0 };
            assert_int_equal(
                jose_verify(rows[k].algorithm, key, message, buf_bytes(signature), &err), i == k);
        }
    }
    EVP_PKEY_free(key);
}

TEST(jose_knows_its_names_and_no_others)
{
    static const char *const others[] = { "none",  "None",  "HS256",  "HS512", "RS1", "rs256",
                                          "ES512", "PS384", "ES256K", "",      "dir", NULL };
    for (enum jose_algorithm algorithm = JOSE_NONE + 1; algorithm < JOSE_COUNT; algorithm++)
        assert_int_equal(jose_from_text(jose_text(algorithm)), algorithm);
    for (size_t i = 0; others[i]; i++)
        assert_int_equal(jose_from_text(others[i]), JOSE_NONE);
    assert_int_equal(jose_from_text(NULL), JOSE_NONE);
}
