#include "auth/jwk.h"

#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "x509/algorithm.h"
#include "x509/spki.h"

#include <string.h>

enum { NUMBER_OCTETS_MAX = 1024, ED25519_OCTETS = 32, POINT_UNCOMPRESSED = 4 };

static const struct curve {
    const char *name;
    enum key_type type;
    size_t octets; /* of a coordinate, leading zeroes included: RFC 7518 §6.2.1.2 */
} curves[] = {
    { "P-256", KEY_P256, 32 },
    { "P-384", KEY_P384, 48 },
};

static const char *text_of(const json_t *value, const char *name)
{
    return json_string_value(json_object_get(value, name));
}

static bool read_octets(const json_t *value, const char *name, struct buf *out, struct error *err)
{
    const char *text = text_of(value, name);
    struct error inner = { 0 };
    if (!text || !base64url_decode(bytes_of_text(text), out, &inner))
        return fail(err, ERR_MALFORMED, "jwk: %s is not base64url", name);
    return true;
}

/* RFC 7518 §6.3.1: Base64urlUInt has no leading zeroes; some write one, which changes nothing. */
static struct bytes without_zeroes(struct bytes number)
{
    while (number.len > 0 && number.data[0] == 0)
        number = (struct bytes){ number.data + 1, number.len - 1 };
    return number;
}

static unsigned bits_of(struct bytes number)
{
    unsigned bits = (unsigned)number.len * 8;
    for (unsigned mask = 0x80; bits > 0 && mask && !(number.data[0] & mask); mask >>= 1)
        bits--;
    return bits;
}

static EVP_PKEY *read_rsa(const json_t *value, struct error *err)
{
    SCOPED(buf_free) struct buf *modulus = buf_new(NUMBER_OCTETS_MAX + 3);
    SCOPED(buf_free) struct buf *exponent = buf_new(NUMBER_OCTETS_MAX);
    if (!read_octets(value, "n", modulus, err) || !read_octets(value, "e", exponent, err))
        return NULL;
    struct spki spki = { .is_rsa = true,
                         .modulus = without_zeroes(buf_bytes(modulus)),
                         .exponent = without_zeroes(buf_bytes(exponent)) };
    spki.bits = bits_of(spki.modulus);
    spki.type = key_type_of_rsa_bits(spki.bits);
    if (spki.modulus.len == 0 || spki.exponent.len == 0)
        return fail_null(err, ERR_MALFORMED, "jwk: n and e may not be zero");
    return spki_check(&spki, err) ? spki_to_pkey(&spki, err) : NULL;
}

static const struct curve *find_curve(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(curves); i++)
        if (text_equal(curves[i].name, name))
            return &curves[i];
    return NULL;
}

static EVP_PKEY *read_ec(const json_t *value, struct error *err)
{
    const struct curve *curve = find_curve(text_of(value, "crv"));
    SCOPED(buf_free) struct buf *point = buf_new(NUMBER_OCTETS_MAX);
    if (!curve)
        return fail_null(err, ERR_NOT_SUPPORTED, "jwk: crv is not P-256 or P-384");
    buf_add_octet(point, POINT_UNCOMPRESSED);
    if (!read_octets(value, "x", point, err))
        return NULL;
    bool is_whole = buf_len(point) == 1 + curve->octets;
    if (!read_octets(value, "y", point, err))
        return NULL;
    if (!is_whole || buf_len(point) != 1 + 2 * curve->octets)
        return fail_null(err, ERR_MALFORMED, "jwk: x and y have not %zu octets each",
                         curve->octets);
    return spki_to_pkey(&(struct spki){ .type = curve->type, .point = buf_bytes(point) }, err);
}

static EVP_PKEY *read_okp(const json_t *value, struct error *err)
{
    SCOPED(buf_free) struct buf *point = buf_new(NUMBER_OCTETS_MAX);
    if (!text_equal(text_of(value, "crv"), "Ed25519"))
        return fail_null(err, ERR_NOT_SUPPORTED, "jwk: crv is not Ed25519");
    if (!read_octets(value, "x", point, err))
        return NULL;
    EVP_PKEY *key = buf_len(point) == ED25519_OCTETS
                        ? EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, buf_bytes(point).data,
                                                      ED25519_OCTETS)
                        : NULL;
    return key ? key : fail_null(err, ERR_MALFORMED, "jwk: x is no key of Ed25519");
}

static const struct kind {
    const char *name;
    EVP_PKEY *(*read)(const json_t *value, struct error *err);
} kinds[] = {
    { "RSA", read_rsa },
    { "EC", read_ec },
    { "OKP", read_okp },
};

static EVP_PKEY *read_key(const json_t *value, struct error *err)
{
    const char *name = text_of(value, "kty");
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (text_equal(kinds[i].name, name))
            return kinds[i].read(value, err);
    return fail_null(err, ERR_NOT_SUPPORTED, "jwk: kty is not RSA, EC or OKP");
}

static bool list_has(const json_t *list, const char *word)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item) if (text_equal(json_string_value(item), word)) return true;
    return false;
}

/* RFC 7517 §4.2, §4.3. */
static bool check_use(const json_t *value, struct error *err)
{
    const json_t *use = json_object_get(value, "use");
    const json_t *operations = json_object_get(value, "key_ops");
    if (use && !text_equal(json_string_value(use), "sig"))
        return fail(err, ERR_NOT_SUPPORTED, "jwk: use is not sig");
    if (operations && !list_has(operations, "verify"))
        return fail(err, ERR_NOT_SUPPORTED, "jwk: key_ops has no verify");
    return true;
}

/* RFC 7517 §4.4: a key that names its algorithm is for that one only. */
static bool pin_algorithm(const json_t *value, struct jwk *jwk, struct error *err)
{
    const json_t *algorithm = json_object_get(value, "alg");
    jwk->algorithms = jose_algorithms_of(jwk->key);
    if (algorithm)
        jwk->algorithms &= JOSE_BIT(jose_from_text(json_string_value(algorithm))) & JOSE_ALL;
    return jwk->algorithms ||
           fail(err, ERR_NOT_SUPPORTED, "jwk: alg is not one of the key's that we take");
}

static bool read_id(const json_t *value, struct jwk *jwk, struct error *err)
{
    const json_t *id = json_object_get(value, "kid");
    const char *text = json_string_value(id);
    if (id && (!text || strlen(text) > JWK_ID_OCTETS_MAX))
        return fail(err, ERR_MALFORMED, "jwk: kid is not a text of at most %d octets",
                    JWK_ID_OCTETS_MAX);
    jwk->id = memory_text(text);
    return true;
}

static json_t *read_list(struct bytes json, struct error *err)
{
    if (json.len > JWK_SET_OCTETS_MAX)
        return fail_null(err, ERR_TOO_LARGE, "jwk set: more than %d octets", JWK_SET_OCTETS_MAX);
    SCOPED(json_decref) json_t *whole = json_read(json, err);
    if (!whole)
        return NULL;
    json_t *list = json_object_get(whole, "keys");
    if (!json_is_array(list))
        return fail_null(err, ERR_MALFORMED, "jwk set: keys is not a list");
    if (json_array_size(list) > JWK_SET_KEYS_MAX)
        return fail_null(err, ERR_TOO_LARGE, "jwk set: more than %d keys", JWK_SET_KEYS_MAX);
    return json_incref(list);
}

bool jwk_read(const json_t *value, struct jwk *out, struct error *err)
{
    *out = (struct jwk){ 0 };
    if (check_use(value, err) && read_id(value, out, err) && (out->key = read_key(value, err)) &&
        pin_algorithm(value, out, err))
        return true;
    jwk_clear(out);
    return false;
}

void jwk_clear(struct jwk *jwk)
{
    memory_free(jwk->id);
    EVP_PKEY_free(jwk->key);
    *jwk = (struct jwk){ 0 };
}

struct jwk_set *jwk_set_parse(struct bytes json, struct error *err)
{
    SCOPED(json_decref) json_t *list = read_list(json, err);
    if (!list)
        return NULL;
    SCOPED(jwk_set_free) struct jwk_set *set = memory_new(sizeof *set);
    set->keys = memory_new_array(json_array_size(list) + 1, sizeof *set->keys);
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct error ignored = { 0 };
        if (jwk_read(json_array_get(list, i), &set->keys[set->count], &ignored))
            set->count++;
    }
    if (set->count == 0)
        return fail_null(err, ERR_MALFORMED, "jwk set: it has no key that can verify a token");
    return TAKE(set);
}

const struct jwk *jwk_set_find(const struct jwk_set *set, const char *id,
                               enum jose_algorithm algorithm)
{
    const struct jwk *found = NULL;
    for (const struct jwk *jwk = set->keys; jwk < set->keys + set->count; jwk++) {
        if (!(jwk->algorithms & JOSE_BIT(algorithm)) || (id && !text_equal(jwk->id, id)))
            continue;
        if (!id && found)
            return NULL;
        found = found ? found : jwk;
    }
    return found;
}

void jwk_set_free(struct jwk_set *set)
{
    if (!set)
        return;
    for (size_t i = 0; i < set->count; i++)
        jwk_clear(&set->keys[i]);
    memory_free(set->keys);
    memory_free(set);
}

static void write_octets(struct json_writer *writer, const char *name, struct bytes octets)
{
    SCOPED(buf_free) struct buf *text = buf_new(NUMBER_OCTETS_MAX);
    base64url_encode(octets, text);
    json_member(writer, name, buf_text(text));
}

void jwk_write(const char *id, const struct spki *spki, struct json_writer *writer)
{
    size_t octets = (spki->point.len - 1) / 2;
    json_open_object(writer);
    json_member(writer, "kty", "EC");
    json_member(writer, "use", "sig");
    json_member(writer, "alg", jose_text(JOSE_ES256));
    json_member(writer, "kid", id);
    json_member(writer, "crv", "P-256");
    write_octets(writer, "x", (struct bytes){ spki->point.data + 1, octets });
    write_octets(writer, "y", (struct bytes){ spki->point.data + 1 + octets, octets });
    json_close_object(writer);
}
