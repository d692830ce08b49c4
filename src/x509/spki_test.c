#include "unit/unit.h"

#include "x509/der.h"
#include "x509/rsa_check.h"
#include "x509/spki.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

DEFINE_SCOPED(EVP_PKEY *, EVP_PKEY_free)
DEFINE_SCOPED(BIGNUM *, BN_free)
DEFINE_SCOPED(BN_CTX *, BN_CTX_free)

struct key_row {
    const char *name;
    enum key_type type;
    unsigned bits;
    bool is_accepted;
};

static const struct key_row keys[] = {
    { "rsa2048", KEY_RSA_2048, 2048, true },   { "rsa3072", KEY_RSA_3072, 3072, true },
    { "rsa4096", KEY_RSA_4096, 4096, true },   { "p256", KEY_P256, 256, true },
    { "p256k", KEY_P256K, 256, true },         { "p384", KEY_P384, 384, true },
    { "p521", KEY_P521, 521, true },           { "p256-compressed", KEY_P256, 256, true },
    { "rsa1024", KEY_TYPE_NONE, 1024, false }, { "explicit", KEY_TYPE_NONE, 0, false },
    { "ed25519", KEY_TYPE_NONE, 0, false },
};

static struct bytes spki_file(const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "x509/%s.spki", name);
    return unit_file(path);
}

static struct spki parsed(const char *name)
{
    struct spki spki;
    struct error err = { 0 };
    unit_ok(spki_parse(spki_file(name), &spki, &err), &err);
    return spki;
}

static EVP_PKEY *private_key(const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "x509/%s.key.pem", name);
    struct bytes pem = unit_file(path);
    BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.len);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    BIO_free(bio);
    assert_non_null(key);
    return key;
}

TEST(spki_of_every_key_type_is_read_judged_and_turned_into_openssl_s)
{
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        struct spki spki = parsed(keys[i].name);
        struct error err = { 0 };
        assert_int_equal(spki.type, keys[i].type);
        assert_int_equal(spki.bits, keys[i].bits);
        assert_int_equal(spki_check(&spki, &err), keys[i].is_accepted);
        assert_int_equal(err.code, keys[i].is_accepted ? ERR_NONE : ERR_WEAK_ALGORITHM);
        if (!keys[i].is_accepted)
            continue;
        const unsigned char *p = spki.der.data;
        SCOPED(EVP_PKEY_free) EVP_PKEY *ours = spki_to_pkey(&spki, &err);
        SCOPED(EVP_PKEY_free) EVP_PKEY *theirs = d2i_PUBKEY(NULL, &p, (long)spki.der.len);
        assert_int_equal(EVP_PKEY_eq(ours, theirs), 1);
    }
}

TEST(spki_lends_what_is_known_to_the_same_key_only)
{
    struct error err = { 0 };
    struct spki first = parsed("rsa2048");
    struct spki same = parsed("rsa2048");
    struct spki other = parsed("rsa3072");
    first.is_checked = true;
    spki_hold(&first);
    spki_borrow(&same, &first);
    spki_borrow(&other, &first);
    assert_true(same.is_checked && same.decoded == first.decoded);
    assert_true(!other.is_checked && !other.decoded);
    SCOPED(EVP_PKEY_free) EVP_PKEY *key = spki_to_pkey(&same, &err);
    assert_ptr_equal(key, first.decoded);
    spki_release(&first);
    assert_null(first.decoded);
    assert_int_equal(EVP_PKEY_get_bits(key), 2048);
}

TEST(spki_that_cannot_be_decoded_is_not_held)
{
    struct spki spki = parsed("ed25519");
    spki_hold(&spki);
    assert_null(spki.decoded);
    spki_release(&spki);
}

TEST(spki_refuses_hybrid_points_and_other_lengths)
{
    struct spki spki;
    struct error err = { 0 };
    assert_false(spki_parse(spki_file("p256-hybrid"), &spki, &err));
    assert_int_equal(err.code, ERR_MALFORMED);
    static const char *bad[] = {
        "3018 3013 06072a8648ce3d0201 06082a8648ce3d030107 0301 00",
        "3019 3013 06072a8648ce3d0201 06082a8648ce3d030107 0302 0000", /* infinity */
        "301a 3013 06072a8648ce3d0201 06082a8648ce3d030107 0303 000400",
        "300f 3009 06072a8648ce3d0201 0302 0000", /* no parameters */
        "3011 300b 06072a8648ce3d0201 0500 0302 0000",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        error_clear(&err);
        assert_false(spki_parse(unit_hex(bad[i]), &spki, &err));
        assert_int_equal(err.code, ERR_MALFORMED);
    }
}

TEST(spki_refuses_points_off_the_curve)
{
    static const char *const names[] = { "p256", "p256k", "p384", "p521" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct bytes der = spki_file(names[i]);
        uint8_t octets[512];
        memcpy(octets, der.data, der.len);
        octets[der.len - 1] ^= 1;
        struct spki spki;
        struct error err = { 0 };
        unit_ok(spki_parse((struct bytes){ octets, der.len }, &spki, &err), &err);
        assert_false(spki_check(&spki, &err));
        assert_int_equal(err.code, ERR_MALFORMED);
        assert_int_equal(ERR_peek_error(), 0); /* nothing stays behind for TLS to find */
    }
}

TEST(spki_refuses_compressed_points_without_a_root)
{
    struct bytes der = spki_file("p256-compressed");
    uint8_t octets[128];
    size_t refused = 0;
    memcpy(octets, der.data, der.len);
    for (unsigned i = 0; i < 64; i++) { /* half of all x have no y */
        struct spki spki;
        struct error err = { 0 };
        octets[der.len - 1] = (uint8_t)i;
        unit_ok(spki_parse((struct bytes){ octets, der.len }, &spki, &err), &err);
        refused += !spki_check(&spki, &err);
    }
    assert_in_range(refused, 10, 54);
}

static struct bytes make_rsa(const BIGNUM *n, struct bytes exponent, struct buf *out)
{
    uint8_t modulus[2048];
    int len = BN_bn2bin(n, modulus);
    SCOPED(buf_free) struct buf *key = buf_new(4096);
    struct der_mark rsa = der_begin(key, DER_SEQUENCE);
    der_put_unsigned(key, (struct bytes){ modulus, (size_t)len });
    der_put_unsigned(key, exponent);
    der_end(key, rsa);
    buf_truncate(out, 0);
    struct der_mark spki = der_begin(out, DER_SEQUENCE);
    buf_add(out, unit_hex("300d 06092a864886f70d010101 0500"));
    der_put_bits(out, buf_bytes(key));
    der_end(out, spki);
    return buf_bytes(out);
}

static bool accepts_rsa(const BIGNUM *n, const char *exponent_hex)
{
    SCOPED(buf_free) struct buf *out = buf_new(8192);
    struct spki spki;
    struct error err = { 0 };
    struct bytes der = make_rsa(n, unit_hex(exponent_hex), out);
    if (spki_parse(der, &spki, &err) && spki_check(&spki, &err))
        return true;
    assert_int_equal(err.code, ERR_WEAK_ALGORITHM);
    return false;
}

/* An odd number of this length whose factors nobody knows. */
static BIGNUM *odd_number(int bits)
{
    BIGNUM *n = BN_new();
    BN_rand(n, bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD);
    return n;
}

TEST(spki_rsa_exponent_is_odd_at_least_3_and_below_2_64)
{
    struct spki spki = parsed("rsa2048");
    SCOPED(BN_free) BIGNUM *n = BN_bin2bn(spki.modulus.data, (int)spki.modulus.len, NULL);
    assert_true(accepts_rsa(n, "03"));
    assert_true(accepts_rsa(n, "010001"));
    assert_true(accepts_rsa(n, "ffffffffffffffff"));
    assert_false(accepts_rsa(n, "00"));
    assert_false(accepts_rsa(n, "01"));
    assert_false(accepts_rsa(n, "02"));
    assert_false(accepts_rsa(n, "010000"));
    assert_false(accepts_rsa(n, "010000000000000001"));
}

TEST(spki_rsa_has_2048_to_8192_bits_and_is_odd)
{
    static const struct {
        int bits;
        bool fits;
    } rows[] = { { 2047, false }, { 2048, true }, { 2056, true }, { 8192, true }, { 8193, false } };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        SCOPED(BN_free) BIGNUM *n = odd_number(rows[i].bits);
        assert_int_equal(accepts_rsa(n, "010001"), rows[i].fits);
    }
    SCOPED(BN_free) BIGNUM *even = odd_number(2048);
    BN_sub_word(even, 1);
    assert_false(accepts_rsa(even, "010001"));
}

/* What CVE-2017-15361 made: 65537^a mod M + k·M, M the product of the first 39 primes. */
static BIGNUM *roca_number(void)
{
    BN_CTX *context = BN_CTX_new();
    BIGNUM *product = BN_new();
    BIGNUM *power = BN_new();
    BIGNUM *n = odd_number(2047);
    BN_one(product);
    for (BN_ULONG prime = 2; prime <= 167; prime++) {
        bool is_prime = true;
        for (BN_ULONG d = 2; d * d <= prime; d++)
            is_prime = is_prime && prime % d;
        if (is_prime)
            BN_mul_word(product, prime);
    }
    BN_set_word(n, 65537);
    BN_set_word(power, 123456789);
    BN_mod_exp(n, n, power, product, context);
    BIGNUM *k = odd_number(2048 - BN_num_bits(product) + 1);
    BN_mul(k, k, product, context);
    BN_add(n, n, k);
    BN_free(k);
    BN_free(power);
    BN_free(product);
    BN_CTX_free(context);
    return n;
}

static const char *weakness_of(const BIGNUM *n)
{
    uint8_t octets[1024];
    int len = BN_bn2bin(n, octets);
    return rsa_weakness((struct bytes){ octets, (size_t)len });
}

TEST(spki_refuses_the_roca_fingerprint)
{
    SCOPED(BN_free) BIGNUM *n = roca_number();
    assert_string_equal(weakness_of(n), "has the form of CVE-2017-15361");
    assert_false(accepts_rsa(n, "010001"));
    BN_add_word(n, 2);
    assert_null(weakness_of(n));
}

/* p·(p + 2^(exponent)): Fermat needs 2^(2·exponent - 2) / 2p rounds. */
static BIGNUM *close_product(int exponent)
{
    BN_CTX *context = BN_CTX_new();
    BIGNUM *p = odd_number(1024);
    BIGNUM *q = BN_dup(p);
    BIGNUM *distance = BN_new();
    BN_set_bit(distance, exponent);
    BN_add(q, q, distance);
    BN_mul(p, p, q, context);
    BN_free(distance);
    BN_free(q);
    BN_CTX_free(context);
    return p;
}

TEST(spki_refuses_primes_that_a_hundred_rounds_of_fermat_find)
{
    static const struct {
        int exponent;
        bool is_close;
    } rows[] = { { 2, true },   { 100, true },  { 512, true }, { 514, true },
                 { 516, true }, { 518, false }, { 900, false } };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        SCOPED(BN_free) BIGNUM *n = close_product(rows[i].exponent);
        const char *weakness = weakness_of(n);
        assert_int_equal(weakness != NULL, rows[i].is_close);
    }
    SCOPED(BN_free) BIGNUM *square = odd_number(1024);
    SCOPED(BN_CTX_free) BN_CTX *context = BN_CTX_new();
    BN_sqr(square, square, context);
    assert_non_null(weakness_of(square));
}

TEST(rsa_weakness_survives_numbers_of_any_size)
{
    for (BN_ULONG i = 1; i < 2000; i += 2) {
        SCOPED(BN_free) BIGNUM *n = BN_new();
        BN_set_word(n, i);
        weakness_of(n);
    }
    for (int bits = 30; bits < 200; bits++) {
        SCOPED(BN_free) BIGNUM *n = odd_number(bits);
        weakness_of(n);
    }
}

TEST(spki_rsa_form_is_strict)
{
    static const char *bad[] = {
        "",
        "301a 300d 06092a864886f70d010101 0500 0309 00 3006 020107 020103 00",
        "3019 300c 06092a864886f70d010101 0500 0309 00 3006 020107 020103",
        "3018 300b 06092a864886f70d010101 0309 00 3006 020107 020103",         /* no NULL */
        "301b 300d 06092a864886f70d010101 0500 030a 00 3006 020107 020103 00", /* trailing */
        "301a 300d 06092a864886f70d010101 0500 0309 00 3006 0201f7 020103",    /* negative */
        "301b 300d 06092a864886f70d010101 0500 030a 00 3007 02020007 020103",  /* not minimal */
        "301a 300d 06092a864886f70d010101 0500 0309 01 3006 020107 020102",    /* unused bits */
        "3017 300d 06092a864886f70d010101 0500 0306 00 3003 020107",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct spki spki;
        struct error err = { 0 };
        if (spki_parse(unit_hex(bad[i]), &spki, &err))
            unit_fail("accepted %s", bad[i]);
        assert_int_equal(err.code, ERR_MALFORMED);
    }
    struct spki spki;
    struct error err = { 0 };
    unit_ok(spki_parse(unit_hex("301a 300d 06092a864886f70d010101 0500 0309 00 3006 020107 020103"),
                       &spki, &err),
            &err);
    assert_int_equal(spki.bits, 3);
}

TEST(spki_key_identifier_is_sha1_of_the_bit_string_rfc5280_4_2_1_2)
{
    struct spki spki = parsed("p256");
    const unsigned char *p = spki.der.data;
    X509_PUBKEY *theirs = d2i_X509_PUBKEY(NULL, &p, (long)spki.der.len);
    X509 *holder = X509_new();
    uint8_t expected[EVP_MAX_MD_SIZE];
    uint8_t actual[KEY_IDENTIFIER_OCTETS];
    unsigned len;
    X509_set_pubkey(holder, X509_PUBKEY_get0(theirs));
    X509_pubkey_digest(holder, EVP_sha1(), expected, &len);
    spki_key_identifier(&spki, actual);
    assert_int_equal(len, sizeof actual);
    assert_memory_equal(actual, expected, len);
    X509_free(holder);
    X509_PUBKEY_free(theirs);
}

struct signing {
    const char *key;
    const EVP_MD *(*md)(void);
    bool is_pss;
    const char *algorithm;
    enum error_code code;
};

/* RSASSA-PSS-params for SHA-256 with 32 octets of salt. */
#define PSS_256                                                            \
    "3041 06092a864886f70d01010a 3034 a00f300d0609608648016503040201 0500" \
    "a11c301a06092a864886f70d010108300d0609608648016503040201 0500 a203020120"
#define RSA_256   "300d 06092a864886f70d01010b 0500"
#define ECDSA_256 "300a 06082a8648ce3d040302"

static const struct signing signings[] = {
    { "rsa2048", EVP_sha256, false, RSA_256, ERR_NONE },
    { "rsa2048", EVP_sha256, false, "300b 06092a864886f70d01010b", ERR_NONE }, /* RFC 4055 §5 */
    { "rsa2048", EVP_sha384, false, "300d 06092a864886f70d01010c 0500", ERR_NONE },
    { "rsa4096", EVP_sha512, false, "300d 06092a864886f70d01010d 0500", ERR_NONE },
    { "rsa2048", EVP_sha256, true, PSS_256, ERR_NONE },
    { "p256", EVP_sha256, false, ECDSA_256, ERR_NONE },
    { "p256k", EVP_sha256, false, ECDSA_256, ERR_NONE },
    { "p384", EVP_sha384, false, "300a 06082a8648ce3d040303", ERR_NONE },
    { "p521", EVP_sha512, false, "300a 06082a8648ce3d040304", ERR_NONE },
    { "rsa2048", EVP_sha1, false, "300d 06092a864886f70d010105 0500", ERR_WEAK_ALGORITHM },
    { "rsa2048", EVP_md5, false, "300d 06092a864886f70d010104 0500", ERR_WEAK_ALGORITHM },
    { "p256", EVP_sha1, false, "3009 06072a8648ce3d0401", ERR_WEAK_ALGORITHM },
    { "rsa2048", EVP_sha1, true, "300d 06092a864886f70d01010a 3000", ERR_WEAK_ALGORITHM },
    { "rsa2048", EVP_sha256, false, "300d 06092a864886f70d01010c 0500", ERR_BAD_SIGNATURE },
    { "rsa2048", EVP_sha256, false, PSS_256, ERR_BAD_SIGNATURE },
    { "rsa2048", EVP_sha256, true, RSA_256, ERR_BAD_SIGNATURE },
    { "rsa2048", EVP_sha256, false, ECDSA_256, ERR_BAD_SIGNATURE },
    { "p256", EVP_sha256, false, RSA_256, ERR_BAD_SIGNATURE },
    { "p256", EVP_sha256, false, "300c 06082a8648ce3d040302 0500", ERR_MALFORMED },
    { "rsa2048", EVP_sha256, false, "300f 06092a864886f70d01010b 0500 0500", ERR_MALFORMED },
    { "rsa2048", EVP_sha256, false, "300e 06092a864886f70d01010b 020100", ERR_MALFORMED },
    { "rsa2048", EVP_sha256, false, "300d 06092a864886f70d01010b", ERR_MALFORMED },
    { "rsa2048", EVP_sha256, false, "3005 06032a0304", ERR_WEAK_ALGORITHM },
    { "rsa2048", EVP_sha256, false, "", ERR_MALFORMED },
};

static size_t sign_with(const struct signing *row, struct bytes message, uint8_t *out, size_t room)
{
    SCOPED(EVP_PKEY_free) EVP_PKEY *key = private_key(row->key);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *inner;
    assert_int_equal(EVP_DigestSignInit(context, &inner, row->md(), NULL, key), 1);
    if (row->is_pss) {
        EVP_PKEY_CTX_set_rsa_padding(inner, RSA_PKCS1_PSS_PADDING);
        EVP_PKEY_CTX_set_rsa_pss_saltlen(inner, RSA_PSS_SALTLEN_DIGEST);
    }
    assert_int_equal(EVP_DigestSign(context, out, &room, message.data, message.len), 1);
    EVP_MD_CTX_free(context);
    return room;
}

TEST(spki_verifies_what_was_signed_and_says_why_not)
{
    struct bytes message = bytes_of_text("message");
    for (size_t i = 0; i < ARRAY_LEN(signings); i++) {
        uint8_t signature[SIGNATURE_OCTETS_MAX];
        size_t len = sign_with(&signings[i], message, signature, sizeof signature);
        struct spki spki = parsed(signings[i].key);
        struct error err = { 0 };
        struct bytes algorithm = unit_hex(signings[i].algorithm);
        bool ok = spki_verify(&spki, algorithm, message, (struct bytes){ signature, len }, &err);
        if (err.code != signings[i].code || ok != (signings[i].code == ERR_NONE))
            unit_fail("%s with %s: %s", signings[i].key, signings[i].algorithm, err.message);
        if (!ok)
            continue;
        assert_false(spki_verify(&spki, algorithm, bytes_of_text("Message"),
                                 (struct bytes){ signature, len }, &err));
        assert_false(
            spki_verify(&spki, algorithm, message, (struct bytes){ signature, len - 1 }, &err));
        signature[len / 2] ^= 1;
        assert_false(
            spki_verify(&spki, algorithm, message, (struct bytes){ signature, len }, &err));
        assert_int_equal(err.code, ERR_BAD_SIGNATURE);
        assert_false(spki_verify(&spki, algorithm, message, BYTES_NONE, &err));
        assert_int_equal(ERR_peek_error(), 0);
    }
}

TEST(spki_check_algorithm_needs_no_key)
{
    struct error err = { .code = ERR_NONE };
    unit_ok(spki_check_algorithm(unit_hex("300a 06082a8648ce3d040302"), &err), &err);
    assert_false(spki_check_algorithm(unit_hex("3009 06072a8648ce3d0401"), &err));
    assert_int_equal(err.code, ERR_WEAK_ALGORITHM);
    error_clear(&err);
    assert_false(spki_check_algorithm(BYTES_NONE, &err));
    assert_int_equal(err.code, ERR_MALFORMED);
}

TEST(spki_verify_digest_leaves_the_digest_to_its_caller)
{
    static const struct signing row = { "rsa2048", EVP_sha1, false, "", ERR_NONE };
    struct bytes message = bytes_of_text("message");
    uint8_t signature[SIGNATURE_OCTETS_MAX];
    uint8_t digest[DIGEST_OCTETS_MAX];
    size_t len = sign_with(&row, message, signature, sizeof signature);
    struct spki spki = parsed("rsa2048");
    struct error err = { 0 };
    digest_of(DIGEST_SHA1, message, digest);
    unit_ok(spki_verify_digest(&spki, DIGEST_SHA1, (struct bytes){ digest, 20 },
                               (struct bytes){ signature, len }, &err),
            &err);
    assert_false(spki_verify_digest(&spki, DIGEST_SHA256, (struct bytes){ digest, 32 },
                                    (struct bytes){ signature, len }, &err));
}
