#include "unit/unit.h"

#include "base/attributes.h"
#include "base/error.h"
#include "x509/pkcs12.h"

#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <string.h>

static const char password[] = "secret";

static EVP_PKEY *key;

static void begin(void)
{
    key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    assert_non_null(key);
}

static X509 *make_certificate(void)
{
    X509 *certificate = X509_new();
    X509_NAME *name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"x", -1, -1, 0);
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_set_issuer_name(certificate, name);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
    return certificate;
}

/* Frees the file. */
static bool is_opened(PKCS12 *file, struct error *err)
{
    uint8_t *der = NULL;
    int len = i2d_PKCS12(file, &der);
    struct pkcs12 opened;
    *err = (struct error){ .code = ERR_NONE };
    bool is_good = pkcs12_open((struct bytes){ der, (size_t)len }, password, &opened, err);
    pkcs12_clear(&opened);
    OPENSSL_free(der);
    PKCS12_free(file);
    return is_good;
}

static PKCS12 *make_usual(int key_nid, int certificate_nid, int iterations, int mac_iterations)
{
    X509 *certificate = make_certificate();
    PKCS12 *file = PKCS12_create(password, "robot", key, certificate, NULL, key_nid,
                                 certificate_nid, iterations, mac_iterations, 0);
    X509_free(certificate);
    assert_non_null(file);
    return file;
}

TEST(pkcs12_opens_what_others_write)
{
    static const struct {
        int key, certificate;
    } rows[] = {
        { NID_aes_256_cbc, NID_aes_256_cbc },
        { NID_pbe_WithSHA1And3_Key_TripleDES_CBC, NID_pbe_WithSHA1And3_Key_TripleDES_CBC },
        { NID_aes_128_cbc, -1 },
        { -1, NID_aes_128_cbc },
    };
    struct error err;
    begin();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        unit_ok(is_opened(make_usual(rows[i].key, rows[i].certificate, 2048, 2048), &err), &err);
    EVP_PKEY_free(key);
}

/* A key sealed so that nobody could open it in an hour. */
static PKCS12_SAFEBAG *make_slow_bag(X509_ALGOR *algorithm)
{
    X509_SIG *sealed = X509_SIG_new();
    X509_ALGOR *inside;
    ASN1_OCTET_STRING *octets;
    assert_non_null(algorithm);
    X509_SIG_getm(sealed, &inside, &octets);
    assert_int_equal(X509_ALGOR_copy(inside, algorithm), 1);
    ASN1_OCTET_STRING_set(octets, (const unsigned char *)"0123456789abcdef", 16);
    X509_ALGOR_free(algorithm);
    return PKCS12_SAFEBAG_create0_pkcs8(sealed);
}

static PKCS12_SAFEBAG *make_bag(int iterations)
{
    PKCS8_PRIV_KEY_INFO *plain = EVP_PKEY2PKCS8(key);
    PKCS12_SAFEBAG *bag = PKCS12_SAFEBAG_create_pkcs8_encrypt(NID_aes_256_cbc, password, -1, NULL,
                                                              0, iterations, plain);
    PKCS8_PRIV_KEY_INFO_free(plain);
    assert_non_null(bag);
    return bag;
}

/* The MAC is right: its maker knows the password. Takes the bag over. */
static PKCS12 *make_file(PKCS12_SAFEBAG *bag, int count)
{
    STACK_OF(PKCS12_SAFEBAG) *bags = sk_PKCS12_SAFEBAG_new_null();
    STACK_OF(PKCS7) *safes = NULL;
    for (int i = 1; i < count; i++)
        sk_PKCS12_SAFEBAG_push(bags, ASN1_item_dup(ASN1_ITEM_rptr(PKCS12_SAFEBAG), bag));
    sk_PKCS12_SAFEBAG_push(bags, bag);
    assert_int_equal(PKCS12_add_safe(&safes, bags, -1, 0, NULL), 1);
    PKCS12 *file = PKCS12_add_safes(safes, 0);
    assert_int_equal(PKCS12_set_mac(file, password, -1, NULL, 0, 1, EVP_sha256()), 1);
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    ASN1_item_free((ASN1_VALUE *)safes, ASN1_ITEM_rptr(PKCS12_AUTHSAFES));
    return file;
}

TEST(pkcs12_does_not_derive_keys_for_ever)
{
    enum { LONG = 2000000000, SHARE = PKCS12_ITERATIONS_MAX / 100 };
    struct error err;
    begin();
    PKCS12_SAFEBAG *const bags[] = {
        make_slow_bag(PKCS5_pbe2_set(EVP_aes_256_cbc(), LONG, NULL, 8)),
        make_slow_bag(PKCS5_pbe_set(NID_pbe_WithSHA1And3_Key_TripleDES_CBC, LONG, NULL, 8)),
        make_slow_bag(PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), NULL, 8, NULL, 1 << 14, 8, 1)),
        make_bag(SHARE),
    };
    for (size_t i = 0; i < ARRAY_LEN(bags); i++) {
        assert_false(is_opened(make_file(bags[i], 101), &err));
        assert_int_equal(err.code, ERR_INVALID);
        if (!strstr(err.message, "iterations"))
            unit_fail("%zu: %s", i, err.message);
    }
    EVP_PKEY_free(key);
}

TEST(pkcs12_refuses_a_costly_mac)
{
    struct error err;
    begin();
    assert_false(is_opened(
        make_usual(NID_aes_256_cbc, NID_aes_256_cbc, 1, PKCS12_ITERATIONS_MAX + 1), &err));
    assert_int_equal(err.code, ERR_INVALID);
    EVP_PKEY_free(key);
}
