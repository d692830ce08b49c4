#include "unit/unit.h"

#include "base/random.h"
#include "base/text.h"
#include "keys/keys.h"
#include "x509/spki.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum { RECORDS_MAX = 32, RSA_OCTETS = 256, CONTENT_KEY_OCTETS = 32 };

/* What stands for the database. */
struct table {
    struct key_record records[RECORDS_MAX];
    size_t count;
    atomic_int loads;
};

static const uint8_t master[MASTER_KEY_OCTETS] = { 42 };
static const uint8_t other_master[MASTER_KEY_OCTETS] = { 43 };

static bool load(void *context, const char *id, struct key_record *out, struct error *err)
{
    struct table *table = context;
    atomic_fetch_add(&table->loads, 1);
    for (size_t i = 0; i < table->count; i++) {
        const struct key_record *record = &table->records[i];
        if (text_equal(record->id, id)) {
            *out = *record;
            out->spki = buf_copy(buf_bytes(record->spki));
            out->sealed = buf_copy(buf_bytes(record->sealed));
            return true;
        }
    }
    return fail(err, ERR_NOT_FOUND, "key %s does not exist", id);
}

static struct keys *open_keys(struct table *table, const uint8_t key[MASTER_KEY_OCTETS])
{
    struct error err = { 0 };
    struct keys *keys = keys_new(&(struct keys_options){ .master_key = { key, MASTER_KEY_OCTETS },
                                                         .load = load,
                                                         .context = table,
                                                         .generator_queue_max = 8,
                                                         .generator_wait_s = 60 },
                                 &err);
    unit_ok(keys != NULL, &err);
    return keys;
}

static struct key_record *add(struct table *table, struct keys *keys, enum key_type type,
                              enum key_purpose purpose)
{
    struct error err = { 0 };
    assert_true(table->count < RECORDS_MAX);
    struct key_record *record = &table->records[table->count++];
    unit_ok(keys_generate(keys, type, purpose, record, &err), &err);
    assert_true(text_is_uuid(record->id));
    return record;
}

static void clear(struct table *table)
{
    for (size_t i = 0; i < table->count; i++)
        key_record_clear(&table->records[i]);
}

static struct key *get(struct keys *keys, const struct key_record *record)
{
    struct error err = { 0 };
    struct key *key = keys_get(keys, record->id, record->purpose, &err);
    unit_ok(key != NULL, &err);
    return key;
}

/* By OpenSSL alone, from the SPKI. */
static bool verifies(struct bytes spki, enum digest digest, struct bytes data,
                     struct bytes signature)
{
    const uint8_t *p = spki.data;
    EVP_PKEY *public = d2i_PUBKEY(NULL, &p, (long)spki.len);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_non_null(public);
    bool ok = EVP_DigestVerifyInit(context, NULL, digest_md(digest), NULL, public) == 1 &&
              EVP_DigestVerify(context, signature.data, signature.len, data.data, data.len) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(public);
    ERR_clear_error();
    return ok;
}

static void check_signature(struct key *key, enum digest digest)
{
    struct error err = { 0 };
    uint8_t octets[DIGEST_OCTETS_MAX];
    struct bytes data = bytes_of_text("what is signed");
    assert_true(digest_of(digest, data, octets));
    SCOPED(buf_free) struct buf *signature = buf_new(SIGNATURE_OCTETS_MAX);
    unit_ok(key_sign(key, digest, (struct bytes){ octets, digest_octets(digest) }, signature, &err),
            &err);
    assert_int_equal(ERR_peek_error(), 0);
    assert_true(verifies(key_spki(key), digest, data, buf_bytes(signature)));
    assert_false(verifies(key_spki(key), digest, bytes_of_text("another"), buf_bytes(signature)));
}

static const enum key_type made_types[] = { KEY_RSA_2048, KEY_P256, KEY_P256K, KEY_P384, KEY_P521 };

TEST(keys_of_every_type_sign_every_digest)
{
    struct table table = { .count = 0 };
    SCOPED(keys_free) struct keys *keys = open_keys(&table, master);
    for (size_t i = 0; i < ARRAY_LEN(made_types); i++) {
        struct key_record *record = add(&table, keys, made_types[i], KEY_RA);
        SCOPED(key_free) struct key *key = get(keys, record);
        struct error err = { 0 };
        struct spki spki;
        assert_int_equal(key_type(key), made_types[i]);
        assert_string_equal(key_id(key), record->id);
        unit_ok(spki_parse(key_spki(key), &spki, &err) && spki_check(&spki, &err), &err);
        assert_int_equal(spki.type, made_types[i]);
        static const enum digest digests[] = { DIGEST_SHA256, DIGEST_SHA512, DIGEST_SHA1,
                                               DIGEST_SHA384, DIGEST_SHA256 };
        for (size_t j = 0; j < ARRAY_LEN(digests); j++)
            check_signature(key, digests[j]);
    }
    clear(&table);
}

TEST(keys_made_as_rsa_have_exponent_65537)
{
    struct table table = { .count = 0 };
    struct error err = { 0 };
    SCOPED(keys_free) struct keys *keys = open_keys(&table, master);
    struct key_record *record = add(&table, keys, KEY_RSA_2048, KEY_CA);
    struct spki spki;
    unit_ok(spki_parse(buf_bytes(record->spki), &spki, &err), &err);
    assert_true(bytes_equal(spki.exponent, unit_hex("010001")));
    clear(&table);
}

TEST(keys_sign_nothing_that_is_no_digest)
{
    struct table table = { .count = 0 };
    SCOPED(keys_free) struct keys *keys = open_keys(&table, master);
    SCOPED(key_free) struct key *key = get(keys, add(&table, keys, KEY_P256, KEY_CA));
    static const struct {
        enum digest digest;
        size_t len;
        enum error_code code;
    } rows[] = {
        { DIGEST_SHA256, 31, ERR_INTERNAL },     { DIGEST_SHA256, 33, ERR_INTERNAL },
        { DIGEST_SHA256, 0, ERR_INTERNAL },      { DIGEST_SHA512, 32, ERR_INTERNAL },
        { DIGEST_NONE, 0, ERR_INTERNAL },        { DIGEST_COUNT, 32, ERR_INTERNAL },
        { DIGEST_SHA1, 20, ERR_WEAK_ALGORITHM },
    };
    static const uint8_t octets[DIGEST_OCTETS_MAX] = { 1 };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct error err = { 0 };
        SCOPED(buf_free) struct buf *out = buf_new(SIGNATURE_OCTETS_MAX);
        assert_false(
            key_sign(key, rows[i].digest, (struct bytes){ octets, rows[i].len }, out, &err));
        assert_int_equal(err.code, rows[i].code);
        assert_int_equal(buf_len(out), 0);
    }
    check_signature(key, DIGEST_SHA256);
    clear(&table);
}

TEST(keys_append_signatures_and_fail_without_room)
{
    struct table table = { .count = 0 };
    SCOPED(keys_free) struct keys *keys = open_keys(&table, master);
    SCOPED(key_free) struct key *key = get(keys, add(&table, keys, KEY_P256, KEY_CA));
    static const uint8_t octets[32] = { 1 };
    struct error err = { 0 };
    SCOPED(buf_free) struct buf *out = buf_new(SIGNATURE_OCTETS_MAX);
    buf_add_text(out, "x");
    unit_ok(key_sign(key, DIGEST_SHA256, BYTES_OF(octets), out, &err), &err);
    assert_int_equal(buf_bytes(out).data[0], 'x');
    assert_int_equal(buf_bytes(out).data[1], 0x30);
    assert_int_equal(buf_bytes(out).data[2], buf_len(out) - 3);
    SCOPED(buf_free) struct buf *small = buf_new(20);
    assert_false(key_sign(key, DIGEST_SHA256, BYTES_OF(octets), small, &err));
    check_signature(key, DIGEST_SHA256);
    clear(&table);
}

/* RFC 6960 §4.2.2.2: a CA may answer for itself. */
TEST(keys_are_given_for_their_purpose_only_but_a_cas_for_ocsp_too)
{
    struct table table = { .count = 0 };
    SCOPED(keys_free) struct keys *keys = open_keys(&table, master);
    for (enum key_purpose own = KEY_CA; own < KEY_PURPOSE_COUNT; own++) {
        struct key_record *record = add(&table, keys, KEY_P256, own);
        for (enum key_purpose asked = KEY_CA; asked < KEY_PURPOSE_COUNT; asked++) {
            struct error err = { 0 };
            SCOPED(key_free) struct key *key = keys_get(keys, record->id, asked, &err);
            bool is_right = own == asked || (own == KEY_CA && asked == KEY_RESPONDER);
            assert_int_equal(key != NULL, is_right);
            assert_int_equal(err.code, is_right ? ERR_NONE : ERR_FORBIDDEN);
        }
    }
    clear(&table);
}

TEST(keys_purpose_has_a_text_and_back)
{
    for (enum key_purpose purpose = KEY_CA; purpose < KEY_PURPOSE_COUNT; purpose++)
        assert_int_equal(key_purpose_from_text(key_purpose_text(purpose)), purpose);
    assert_int_equal(key_purpose_from_text("none"), KEY_PURPOSE_NONE);
    assert_int_equal(key_purpose_from_text("CA"), KEY_PURPOSE_NONE);
    assert_int_equal(key_purpose_from_text(NULL), KEY_PURPOSE_NONE);
}

TEST(keys_that_are_not_there_are_not_found)
{
    struct table table = { .count = 0 };
    SCOPED(keys_free) struct keys *keys = open_keys(&table, master);
    static const char *const ids[] = { "", "x", "00000000-0000-4000-8000-000000000000" };
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        struct error err = { 0 };
        assert_null(keys_get(keys, ids[i], KEY_CA, &err));
        assert_int_equal(err.code, ERR_NOT_FOUND);
    }
}

TEST(keys_are_loaded_once_and_again_when_forgotten)
{
    struct table table = { .count = 0 };
    SCOPED(keys_free) struct keys *keys = open_keys(&table, master);
    struct key_record *record = add(&table, keys, KEY_P256, KEY_CA);
    SCOPED(key_free) struct key *first = get(keys, record);
    SCOPED(key_free) struct key *second = get(keys, record);
    assert_ptr_equal(first, second);
    assert_int_equal(table.loads, 1);
    keys_forget(keys, record->id);
    keys_forget(keys, record->id);
    SCOPED(key_free) struct key *third = get(keys, record);
    assert_int_equal(table.loads, 2);
    check_signature(first, DIGEST_SHA256); /* whoever holds it keeps it */
    check_signature(third, DIGEST_SHA256);
    clear(&table);
}

static bool is_refused(struct keys *keys, const struct key_record *record)
{
    struct error err = { 0 };
    keys_forget(keys, record->id);
    SCOPED(key_free) struct key *key = keys_get(keys, record->id, record->purpose, &err);
    assert_true(key || err.code == ERR_INTERNAL);
    return !key;
}

TEST(keys_under_another_master_key_are_refused_with_a_sentence)
{
    struct table table = { .count = 0 };
    struct error err = { 0 };
    SCOPED(keys_free) struct keys *keys = open_keys(&table, master);
    SCOPED(keys_free) struct keys *other = open_keys(&table, other_master);
    struct key_record *record = add(&table, keys, KEY_P256, KEY_CA);
    assert_null(keys_get(other, record->id, KEY_CA, &err));
    assert_int_equal(err.code, ERR_INTERNAL);
    assert_non_null(strstr(err.message, "the master key does not open key "));
    assert_non_null(strstr(err.message, record->id));
    clear(&table);
}

TEST(keys_whose_record_was_changed_are_refused)
{
    struct table table = { .count = 0 };
    SCOPED(keys_free) struct keys *keys = open_keys(&table, master);
    struct key_record *record = add(&table, keys, KEY_P256, KEY_RESPONDER);
    struct key_record *other = add(&table, keys, KEY_P256, KEY_RESPONDER);
    struct key_record good = *record;

    for (size_t at = 0; at < buf_len(good.sealed); at += 7) {
        record->sealed = buf_copy(buf_bytes(good.sealed));
        buf_truncate(record->sealed, 0);
        buf_extend(record->sealed, buf_len(good.sealed))[at] ^= 1;
        assert_true(is_refused(keys, record));
        buf_free(record->sealed);
    }
    record->sealed = other->sealed; /* another key's private half */
    assert_true(is_refused(keys, record));
    *record = good;
    record->purpose = KEY_CA; /* a responder key made a CA key */
    assert_true(is_refused(keys, record));
    *record = good;
    record->type = KEY_P384;
    assert_true(is_refused(keys, record));
    *record = good;
    record->spki = other->spki;
    assert_true(is_refused(keys, record));
    *record = good;
    assert_false(is_refused(keys, record));
    clear(&table);
}

TEST(keys_need_a_whole_master_key)
{
    struct error err = { 0 };
    assert_null(
        keys_new(&(struct keys_options){ .master_key = { master, 31 }, .load = load }, &err));
    assert_int_equal(err.code, ERR_INTERNAL);
}

/* ---- decryption ---- */

static size_t encrypt(struct bytes spki, int padding, struct bytes plain, uint8_t out[RSA_OCTETS])
{
    const uint8_t *p = spki.data;
    size_t len = RSA_OCTETS;
    EVP_PKEY *public = d2i_PUBKEY(NULL, &p, (long)spki.len);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(public, NULL);
    assert_int_equal(EVP_PKEY_encrypt_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(context, padding), 1);
    assert_int_equal(EVP_PKEY_encrypt(context, out, &len, plain.data, plain.len), 1);
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(public);
    return len;
}

struct ra {
    struct table table;
    struct keys *keys;
    struct key *key;
};

static void ra_init(struct ra *ra)
{
    memset(ra, 0, sizeof *ra);
    ra->keys = open_keys(&ra->table, master);
    ra->key = get(ra->keys, add(&ra->table, ra->keys, KEY_RSA_2048, KEY_RA));
}

static void ra_clear(struct ra *ra)
{
    key_free(ra->key);
    keys_free(ra->keys);
    clear(&ra->table);
}

/* Did the plaintext come out? The call itself always succeeds and always fills out. */
static bool gives(struct ra *ra, bool is_oaep, struct bytes block, struct bytes plain,
                  size_t out_len)
{
    static const uint8_t zeroes[CONTENT_KEY_OCTETS + 1] = { 0 };
    uint8_t out[CONTENT_KEY_OCTETS + 1] = { 0 };
    struct error err = { 0 };
    unit_ok(key_decrypt(ra->key, is_oaep, block, out, out_len, &err), &err);
    assert_int_equal(ERR_peek_error(), 0);
    assert_memory_not_equal(out, zeroes, out_len);
    return plain.len == out_len && memcmp(out, plain.data, out_len) == 0;
}

TEST(keys_decrypt_what_was_encrypted_to_them)
{
    static const struct {
        bool is_oaep;
        int padding;
    } forms[] = { { false, RSA_PKCS1_PADDING }, { true, RSA_PKCS1_OAEP_PADDING } };
    struct ra ra;
    ra_init(&ra);
    for (size_t i = 0; i < 2 * ARRAY_LEN(forms); i++) {
        uint8_t plain[CONTENT_KEY_OCTETS];
        uint8_t block[RSA_OCTETS];
        bool is_oaep = forms[i / 2].is_oaep;
        size_t len = i % 2 ? 16 : CONTENT_KEY_OCTETS;
        random_fill(plain, sizeof plain);
        encrypt(key_spki(ra.key), forms[i / 2].padding, (struct bytes){ plain, len }, block);
        assert_true(gives(&ra, is_oaep, BYTES_OF(block), (struct bytes){ plain, len }, len));
        assert_false(gives(&ra, !is_oaep, BYTES_OF(block), (struct bytes){ plain, len }, len));
        assert_false(gives(&ra, is_oaep, BYTES_OF(block), (struct bytes){ plain, len }, len - 1));
        assert_false(gives(&ra, is_oaep, BYTES_OF(block), (struct bytes){ plain, len }, len + 1));
    }
    ra_clear(&ra);
}

TEST(keys_decrypt_malformed_blocks_without_telling)
{
    struct ra ra;
    ra_init(&ra);
    struct error err = { 0 };
    struct spki spki;
    unit_ok(spki_parse(key_spki(ra.key), &spki, &err), &err);
    uint8_t plain[CONTENT_KEY_OCTETS] = { 1 };
    uint8_t good[RSA_OCTETS];
    encrypt(key_spki(ra.key), RSA_PKCS1_PADDING, BYTES_OF(plain), good);
    for (size_t i = 0; i < 1000; i++) {
        uint8_t block[RSA_OCTETS + 1] = { 0 };
        memcpy(block, good, sizeof good);
        size_t len = RSA_OCTETS;
        if (i < 400)
            block[i % RSA_OCTETS] ^= (uint8_t)(1 + i % 255);
        else if (i < 600)
            random_fill(block, sizeof block);
        else if (i < 700)
            len = i == 600 ? RSA_OCTETS + 1 : i == 601 ? 0 : i % RSA_OCTETS;
        else if (i < 800)
            memset(block, (int)(i - 700), sizeof block);
        else if (i < 900)
            memcpy(block, spki.modulus.data, RSA_OCTETS - (i - 800)); /* the modulus and near it */
        else
            memset(block, 0xFF, i - 899);
        assert_false(
            gives(&ra, i % 2, (struct bytes){ block, len }, BYTES_OF(plain), sizeof plain));
    }
    assert_true(gives(&ra, false, BYTES_OF(good), BYTES_OF(plain), sizeof plain));
    ra_clear(&ra);
}

TEST(keys_decrypt_the_same_bad_block_differently_each_time)
{
    struct ra ra;
    ra_init(&ra);
    static const uint8_t block[RSA_OCTETS] = { 0 };
    uint8_t first[16], second[16];
    struct error err = { 0 };
    unit_ok(key_decrypt(ra.key, false, BYTES_OF(block), first, sizeof first, &err), &err);
    unit_ok(key_decrypt(ra.key, false, BYTES_OF(block), second, sizeof second, &err), &err);
    assert_memory_not_equal(first, second, sizeof first);
    ra_clear(&ra);
}

TEST(keys_that_are_no_ra_or_no_rsa_do_not_decrypt)
{
    struct table table = { .count = 0 };
    SCOPED(keys_free) struct keys *keys = open_keys(&table, master);
    SCOPED(key_free) struct key *ca = get(keys, add(&table, keys, KEY_RSA_2048, KEY_CA));
    SCOPED(key_free) struct key *ec = get(keys, add(&table, keys, KEY_P256, KEY_RA));
    static const uint8_t block[RSA_OCTETS] = { 0 };
    uint8_t out[16];
    struct error err = { 0 };
    assert_false(key_decrypt(ca, false, BYTES_OF(block), out, sizeof out, &err));
    assert_int_equal(err.code, ERR_FORBIDDEN);
    error_clear(&err);
    assert_false(key_decrypt(ec, false, BYTES_OF(block), out, sizeof out, &err));
    assert_int_equal(err.code, ERR_INTERNAL);
    clear(&table);
}

static void *sign_many(void *context)
{
    for (int i = 0; i < 50; i++)
        check_signature(context, i % 2 ? DIGEST_SHA256 : DIGEST_SHA384);
    return NULL;
}

TEST(keys_sign_on_several_threads)
{
    struct table table = { .count = 0 };
    SCOPED(keys_free) struct keys *keys = open_keys(&table, master);
    SCOPED(key_free) struct key *key = get(keys, add(&table, keys, KEY_RSA_2048, KEY_CA));
    pthread_t threads[4];
    for (size_t i = 0; i < ARRAY_LEN(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, sign_many, key), 0);
    for (size_t i = 0; i < ARRAY_LEN(threads); i++)
        pthread_join(threads[i], NULL);
    clear(&table);
}

TEST(keys_for_tls_leave_as_pem_and_no_others)
{
    struct table table = { .count = 0 };
    struct error err = { 0 };
    SCOPED(keys_free) struct keys *keys = open_keys(&table, master);
    SCOPED(key_free) struct key *tls = get(keys, add(&table, keys, KEY_P256, KEY_TLS));
    SCOPED(key_free) struct key *ca = get(keys, add(&table, keys, KEY_P256, KEY_CA));
    SCOPED(secret_free) struct secret *pem = key_tls_pem(tls, &err);
    unit_ok(pem != NULL, &err);
    BIO *bio = BIO_new_mem_buf(secret_bytes(pem).data, (int)secret_bytes(pem).len);
    EVP_PKEY *read = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    const uint8_t *p = key_spki(tls).data;
    EVP_PKEY *public = d2i_PUBKEY(NULL, &p, (long)key_spki(tls).len);
    assert_int_equal(EVP_PKEY_eq(read, public), 1);
    EVP_PKEY_free(public);
    EVP_PKEY_free(read);
    BIO_free(bio);
    assert_null(key_tls_pem(ca, &err));
    assert_int_equal(err.code, ERR_FORBIDDEN);
    clear(&table);
}

TEST(keys_seal_secrets_for_one_place)
{
    struct table table = { .count = 0 };
    struct error err = { 0 };
    SCOPED(keys_free) struct keys *keys = open_keys(&table, master);
    SCOPED(buf_free) struct buf *sealed = buf_new(100);
    unit_ok(keys_seal(keys, "challenge/secret_sealed/1", bytes_of_text("s"), sealed, &err), &err);
    SCOPED(secret_free)
    struct secret *secret = keys_unseal(keys, "challenge/secret_sealed/1", buf_bytes(sealed), &err);
    unit_ok(secret != NULL, &err);
    assert_true(bytes_equal(secret_bytes(secret), bytes_of_text("s")));
    assert_null(keys_unseal(keys, "challenge/secret_sealed/2", buf_bytes(sealed), &err));
    assert_non_null(strstr(err.message, "the master key does not open challenge/secret_sealed/2"));
}

TEST(keys_mac_differs_by_context_and_master_key)
{
    struct table table = { .count = 0 };
    SCOPED(keys_free) struct keys *keys = open_keys(&table, master);
    SCOPED(keys_free) struct keys *other = open_keys(&table, other_master);
    uint8_t a[32], b[32], c[32];
    keys_mac(keys, "x", bytes_of_text("d"), a);
    keys_mac(keys, "y", bytes_of_text("d"), b);
    keys_mac(other, "x", bytes_of_text("d"), c);
    assert_memory_not_equal(a, b, sizeof a);
    assert_memory_not_equal(a, c, sizeof a);
}
