#include "trust/bundle.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "x509/ber.h"
#include "x509/der.h"
#include "x509/oid.h"

#include <string.h>

enum {
    BER_INDEFINITE = 0x80,
    CONTENT = DER_CONTEXT_CONSTRUCTED(0),
    CERTIFICATES = DER_CONTEXT_CONSTRUCTED(0),
    LISTS = DER_CONTEXT_CONSTRUCTED(1),
};

static const char private_key[] =
    "it holds a private key: send the certificate alone; a key that was sent is no secret any more";

struct reading {
    struct arena *arena;
    struct bundle *out;
};

static bool add_certificate(struct reading *reading, struct bytes der, struct error *err)
{
    struct bundle *out = reading->out;
    if (out->count == BUNDLE_CERTIFICATES_MAX)
        return fail(err, ERR_TOO_LARGE, "more than %d certificates", BUNDLE_CERTIFICATES_MAX);
    if (der.len > BUNDLE_CERTIFICATE_OCTETS_MAX)
        return fail(err, ERR_TOO_LARGE, "a certificate of more than %d octets",
                    BUNDLE_CERTIFICATE_OCTETS_MAX);
    out->items[out->count++] = der;
    return true;
}

/* ---- PKCS#7 ---- */

static bool add_certificates(struct reading *reading, struct der *signed_data, struct error *err)
{
    struct der set;
    if (!der_enter(signed_data, CERTIFICATES, &set))
        return fail(err, ERR_INVALID, "PKCS#7: no certificates in it");
    while (!der_at_end(&set)) {
        struct bytes whole;
        if (!der_take_whole(&set, DER_SEQUENCE, &whole))
            return fail(err, ERR_INVALID, "PKCS#7: RFC 5652 §10.2.3: not a certificate");
        if (!add_certificate(reading, whole, err))
            return false;
    }
    return true;
}

/* §5.2: no content, or none to speak of: Python's cryptography 38 writes an empty OCTET STRING. */
static bool is_contentless(struct der info)
{
    struct der content;
    struct bytes type, octets;
    if (!der_oid(&info, &type))
        return false;
    return der_at_end(&info) ||
           (der_enter(&info, CONTENT, &content) && der_at_end(&info) &&
            der_octets(&content, &octets) && octets.len == 0 && der_at_end(&content));
}

/* §5.1. Revocation lists beside the certificates are of no interest here. */
static bool read_signed_data(struct reading *reading, struct der *signed_data, struct error *err)
{
    int64_t version;
    struct der part;
    struct bytes skipped;
    if (!der_small(signed_data, &version) || !der_take(signed_data, DER_SET, &skipped) ||
        !der_enter(signed_data, DER_SEQUENCE, &part))
        return fail(err, ERR_INVALID, "PKCS#7: RFC 5652 §5.1: not SignedData");
    if (!is_contentless(part))
        return fail(err, ERR_INVALID, "PKCS#7: it holds more than certificates");
    if (!add_certificates(reading, signed_data, err))
        return false;
    if (der_next_is(signed_data, LISTS) && !der_take(signed_data, LISTS, &skipped))
        return fail(err, ERR_INVALID, "PKCS#7: RFC 5652 §5.1: crls");
    if (!der_enter(signed_data, DER_SET, &part))
        return fail(err, ERR_INVALID, "PKCS#7: RFC 5652 §5.1: no signerInfos");
    if (!der_at_end(&part))
        return fail(err, ERR_INVALID, "PKCS#7: a signed message, not a list of certificates");
    return der_end_of(signed_data, "PKCS#7", err);
}

/* §3. */
static bool read_content_info(struct reading *reading, struct bytes content, struct error *err)
{
    struct der info = der_of(content);
    struct der wrapper, signed_data;
    struct bytes type;
    if (!der_oid(&info, &type) || oid_find(type) != OID_SIGNED_DATA)
        return fail(err, ERR_INVALID, "PKCS#7: RFC 5652 §3: it does not hold SignedData");
    if (!der_enter(&info, CONTENT, &wrapper) || !der_enter(&wrapper, DER_SEQUENCE, &signed_data) ||
        !der_at_end(&wrapper) || !der_at_end(&info))
        return fail(err, ERR_INVALID, "PKCS#7: RFC 5652 §3: malformed");
    return read_signed_data(reading, &signed_data, err);
}

/* ---- DER ---- */

/* RFC 5958 §3: EncryptedPrivateKeyInfo ::= SEQUENCE { AlgorithmIdentifier, OCTET STRING }. */
static bool is_encrypted_key(struct der inside)
{
    struct der algorithm;
    struct bytes type;
    return der_enter(&inside, DER_SEQUENCE, &algorithm) && der_oid(&algorithm, &type) &&
           der_next_is(&inside, DER_OCTET_STRING);
}

/* One SEQUENCE, told apart by what it begins with. PKCS#1, PKCS#8 and SEC 1 keys and PKCS#12
 * files begin with a version; a certificate with its TBSCertificate. */
static bool read_der(struct reading *reading, struct bytes octets, struct error *err)
{
    struct der der = der_of(octets);
    struct der inside;
    struct bytes whole;
    if (!der_take_whole(&der, DER_SEQUENCE, &whole))
        return fail(err, ERR_INVALID, "neither DER nor PEM of certificates");
    if (!der_at_end(&der))
        return fail(err, ERR_INVALID, "there is something behind the certificate");
    der = der_of(whole);
    if (!der_enter(&der, DER_SEQUENCE, &inside))
        return fail(err, ERR_INVALID, "neither DER nor PEM of certificates");
    if (der_next_is(&inside, DER_INTEGER) || is_encrypted_key(inside))
        return fail(err, ERR_INVALID, "%s", private_key);
    if (der_next_is(&inside, DER_OID))
        return read_content_info(reading, inside.rest, err);
    return der_next_is(&inside, DER_SEQUENCE) ? add_certificate(reading, whole, err)
                                              : fail(err, ERR_INVALID, "not a certificate");
}

/* PKCS#7 may come in BER (RFC 5652 §1 says so of its own), which begins with no length. */
static bool read_binary(struct reading *reading, struct bytes octets, struct error *err)
{
    if (octets.len < 2 || octets.data[0] != DER_SEQUENCE || octets.data[1] != BER_INDEFINITE)
        return read_der(reading, octets, err);
    SCOPED(buf_free) struct buf *der = buf_new(2 * octets.len);
    if (!ber_to_der(octets, der, err)) {
        err->code = err->code == ERR_TOO_LARGE ? ERR_TOO_LARGE : ERR_INVALID;
        return error_context(err, "PKCS#7");
    }
    return read_der(reading, arena_bytes(reading->arena, buf_bytes(der)), err);
}

/* ---- PEM ---- */

static bool is_blank(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!memchr(" \t\r\n", text.data[i], 4))
            return false;
    return true;
}

/* RFC 7468 §2: what tools print between blocks ("subject=…") is read over. */
static bool is_explanation(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < 0x20 && !memchr("\t\r\n", text.data[i], 3))
            return false;
    return !memmem(text.data, text.len, "-----", 5);
}

static bool has_label(const struct pem_block *block, const char *label)
{
    return bytes_equal(block->label, bytes_of_text(label));
}

static bool check_label(const struct pem_block *block, struct error *err)
{
    static const char *const labels[] = { "CERTIFICATE", "X509 CERTIFICATE", "PKCS7", "CMS" };
    for (size_t i = 0; i < ARRAY_LEN(labels); i++)
        if (has_label(block, labels[i]))
            return true;
    return fail(err, ERR_INVALID, "PEM: a block that is no certificate");
}

static bool read_block(struct reading *reading, const struct pem_block *block, struct error *err)
{
    SCOPED(buf_free) struct buf *der = buf_new(BUNDLE_OCTETS_MAX);
    struct error inner = { .code = ERR_NONE };
    if (!is_explanation(block->before))
        return fail(err, ERR_INVALID, "PEM: RFC 7468 §2: what stands before a block is no text");
    if (!check_label(block, err))
        return false;
    if (!base64_decode_lenient(block->body, der, &inner) || buf_len(der) == 0)
        return fail(err, ERR_INVALID, "PEM: a block that is not base64");
    return read_binary(reading, arena_bytes(reading->arena, buf_bytes(der)), err);
}

static bool read_pem(struct reading *reading, struct bytes text, struct error *err)
{
    static const char key[] = "PRIVATE KEY-----";
    size_t offset = 0;
    struct pem_block block;
    if (memmem(text.data, text.len, key, sizeof key - 1))
        return fail(err, ERR_INVALID, "%s", private_key);
    while (pem_next_block(text, &offset, &block))
        if (!read_block(reading, &block, err))
            return false;
    if (offset == 0)
        return fail(err, ERR_INVALID, "PEM: RFC 7468 §2: a block that does not end");
    return is_blank((struct bytes){ text.data + offset, text.len - offset }) ||
           fail(err, ERR_INVALID, "PEM: there is something behind the last block");
}

static bool is_pem(struct bytes file)
{
    static const char begin[] = "-----BEGIN ";
    return memmem(file.data, file.len, begin, sizeof begin - 1) && file.data[0] != DER_SEQUENCE;
}

bool bundle_read(struct bytes file, struct arena *arena, struct bundle *out, struct error *err)
{
    struct reading reading = { arena, out };
    out->count = 0;
    if (file.len == 0)
        return fail(err, ERR_INVALID, "it is empty");
    if (file.len > BUNDLE_OCTETS_MAX)
        return fail(err, ERR_TOO_LARGE, "more than %d octets", BUNDLE_OCTETS_MAX);
    struct bytes copy = arena_bytes(arena, file);
    if (is_pem(copy) ? !read_pem(&reading, copy, err) : !read_binary(&reading, copy, err))
        return false;
    return out->count > 0 || fail(err, ERR_INVALID, "no certificates in it");
}

bool bundle_read_one(struct bytes file, struct arena *arena, struct bytes *out, struct error *err)
{
    struct bundle *bundle = arena_take(arena, sizeof *bundle);
    if (!bundle_read(file, arena, bundle, err))
        return false;
    *out = bundle->items[0];
    return bundle->count == 1 ||
           fail(err, ERR_INVALID, "%zu certificates where one is meant", bundle->count);
}
