#include "auth/jwt.h"

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "x509/der.h"

#include <string.h>

enum { COORDINATE_OCTETS = 32 };

/* RFC 9068 §2.1 and RFC 7519 §5.1; the media type may be written in full, RFC 7515 §4.1.9. */
static const char *const types[] = { "at+jwt", "JWT", "application/at+jwt", "application/jwt" };

static bool refuse(struct error *err, const char *why)
{
    return fail(err, ERR_UNAUTHENTICATED, "token: %s", why);
}

static bool is_known_type(const char *type)
{
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (text_equal_caseless(type, types[i]))
            return true;
    return false;
}

/* The part up to a dot or the end; rest then stands behind the dot. */
static struct bytes next_part(const char **rest)
{
    const char *from = *rest;
    size_t len = strcspn(from, ".");
    *rest = from[len] ? from + len + 1 : NULL;
    return (struct bytes){ (const uint8_t *)from, len };
}

static json_t *read_object(struct bytes part, const char *what, struct error *err)
{
    struct error inner = { 0 };
    SCOPED(buf_free) struct buf *text = buf_new(JWT_OCTETS_MAX);
    json_t *value =
        base64url_decode(part, text, &inner) ? json_read(buf_bytes(text), &inner) : NULL;
    if (!json_is_object(value)) {
        json_decref(value);
        return fail_null(err, ERR_UNAUTHENTICATED,
                         "token: its %s is not base64url of a JSON object", what);
    }
    return value;
}

static bool read_signature(struct bytes part, struct jwt *out, struct error *err)
{
    struct error inner = { 0 };
    SCOPED(buf_free) struct buf *octets = buf_new(JWT_OCTETS_MAX);
    if (!base64url_decode(part, octets, &inner) || buf_len(octets) == 0 ||
        buf_len(octets) > JOSE_SIGNATURE_OCTETS_MAX)
        return refuse(err, "its signature is not base64url of one");
    out->signature_len = buf_len(octets);
    memcpy(out->signature, buf_bytes(octets).data, out->signature_len);
    return true;
}

/* RFC 8725 §3.1: which algorithm may be is ours to say, never the token's choice. */
static bool check_header(struct jwt *jwt, struct error *err)
{
    const json_t *key_id = json_object_get(jwt->header, "kid");
    const json_t *type = json_object_get(jwt->header, "typ");
    jwt->algorithm = jose_from_text(json_string_value(json_object_get(jwt->header, "alg")));
    jwt->key_id = json_string_value(key_id);
    if (!jwt->algorithm)
        return refuse(err, "alg is not a signature of a public key that we take");
    if (json_object_get(jwt->header, "crit"))
        return refuse(err, "crit names an extension that we do not know"); /* RFC 7515 §4.1.11 */
    jwt->has_type = type != NULL;
    if (type && !is_known_type(json_string_value(type)))
        return refuse(err, "typ must be at+jwt or JWT");
    if (key_id && !jwt->key_id)
        return refuse(err, "kid must be a text");
    return true;
}

static bool put_coordinate(struct der *der, uint8_t out[COORDINATE_OCTETS])
{
    struct bytes number;
    if (!der_unsigned(der, &number) || number.len > COORDINATE_OCTETS)
        return false;
    if (number.len > 0)
        memcpy(out + COORDINATE_OCTETS - number.len, number.data, number.len);
    return true;
}

bool jwt_parse(const char *text, struct jwt *out, struct error *err)
{
    *out = (struct jwt){ 0 };
    size_t len = strnlen(text, JWT_OCTETS_MAX + 1);
    if (len > JWT_OCTETS_MAX)
        return fail(err, ERR_UNAUTHENTICATED, "token: longer than %d octets", JWT_OCTETS_MAX);
    const char *rest = text;
    struct bytes header = next_part(&rest);
    struct bytes claims = rest ? next_part(&rest) : BYTES_NONE;
    struct bytes signature = rest ? next_part(&rest) : BYTES_NONE;
    if (!signature.data || rest)
        return refuse(err, "it has not the three parts of a signed JWT");
    out->signed_part = (struct bytes){ header.data, header.len + 1 + claims.len };
    out->header = read_object(header, "header", err);
    if (!out->header || !check_header(out, err) || !read_signature(signature, out, err))
        return false;
    out->claims = read_object(claims, "payload", err);
    return out->claims;
}

bool jwt_verify(const struct jwt *jwt, EVP_PKEY *key, unsigned algorithms, struct error *err)
{
    if (!(algorithms & JOSE_BIT(jwt->algorithm)))
        return refuse(err, "alg is not one of the key's");
    return jose_verify(jwt->algorithm, key, jwt->signed_part,
                       (struct bytes){ jwt->signature, jwt->signature_len }, err);
}

void jwt_clear(struct jwt *jwt)
{
    json_decref(jwt->header);
    json_decref(jwt->claims);
    *jwt = (struct jwt){ 0 };
}

void jwt_begin(const char *key_id, struct bytes claims, struct buf *out)
{
    SCOPED(buf_free) struct buf *header = buf_new(JWT_OCTETS_MAX);
    struct json_writer writer = json_writer_to(header);
    json_open_object(&writer);
    json_member(&writer, "alg", jose_text(JOSE_ES256));
    json_member(&writer, "typ", "at+jwt");
    json_member(&writer, "kid", key_id);
    json_close_object(&writer);
    base64url_encode(buf_bytes(header), out);
    buf_add_octet(out, '.');
    base64url_encode(claims, out);
}

bool jwt_end(struct bytes signature, struct buf *out, struct error *err)
{
    uint8_t raw[JWT_ES256_OCTETS] = { 0 };
    struct der der = der_of(signature);
    struct der inside;
    if (!der_enter(&der, DER_SEQUENCE, &inside) || !put_coordinate(&inside, raw) ||
        !put_coordinate(&inside, raw + COORDINATE_OCTETS))
        return fail(err, ERR_INTERNAL, "token: the key's signature is not an ECDSA-Sig-Value");
    buf_add_octet(out, '.');
    base64url_encode(BYTES_OF(raw), out);
    return true;
}
