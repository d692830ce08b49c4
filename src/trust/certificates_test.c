#include "unit/unit.h"

#include "trust/certificates_test.h"

#include "base/arena.h"
#include "base/text.h"
#include "x509/cms.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

static struct arena *kept;

__attribute__((destructor)) static void forget(void)
{
    arena_free(kept);
}

static struct bytes keep(struct bytes bytes)
{
    if (!kept)
        kept = arena_new();
    return arena_bytes(kept, bytes);
}

static void set_name(X509_NAME *name, const char *text)
{
    X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, (const unsigned char *)"Acme", -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)text, -1, -1, 0);
}

static void add(X509 *certificate, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    assert_non_null(extension);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

static void add_unknown(X509 *certificate)
{
    ASN1_OBJECT *oid = OBJ_txt2obj("1.2.3.4.5", 1);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    ASN1_OCTET_STRING_set(value, (const unsigned char *)"\x05\x00", 2);
    X509_EXTENSION *extension = X509_EXTENSION_create_by_OBJ(NULL, oid, 1, value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(oid);
}

static void add_extensions(X509 *certificate, const struct certificate_wish *wish)
{
    const char *usage = wish->usage ? wish->usage : "keyCertSign,cRLSign";
    char text[1024];
    add(certificate, NID_basic_constraints, wish->is_leaf ? "CA:FALSE" : "critical,CA:TRUE");
    snprintf(text, sizeof text, "critical,%s", usage);
    if (*usage)
        add(certificate, NID_key_usage, text);
    if (!wish->has_no_key_identifier)
        add(certificate, NID_subject_key_identifier, "hash");
    if (wish->crl_urls)
        add(certificate, NID_crl_distribution_points, wish->crl_urls);
    if (wish->has_own_extension)
        add_unknown(certificate);
}

static EVP_PKEY *new_key(const struct certificate_wish *wish)
{
    return wish->rsa_bits ? EVP_RSA_gen(wish->rsa_bits) : EVP_EC_gen("P-256");
}

static struct bytes sign(X509 *certificate, const struct certificate_wish *wish, EVP_PKEY *own)
{
    EVP_PKEY *other = wish->is_signed_by_another || wish->issuer ? new_key(wish) : NULL;
    const EVP_MD *digest = EVP_get_digestbyname(wish->digest ? wish->digest : "SHA256");
    assert_true(X509_sign(certificate, other ? other : own, digest) > 0);
    EVP_PKEY_free(other);
    unsigned char *der = NULL;
    int len = i2d_X509(certificate, &der);
    struct bytes copy = keep((struct bytes){ der, (size_t)len });
    OPENSSL_free(der);
    return copy;
}

struct bytes certificate_make(const struct certificate_wish *wish)
{
    const char *name = wish->name ? wish->name : "Root";
    EVP_PKEY *key = new_key(wish);
    X509 *certificate = X509_new();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), wish->serial ? wish->serial : 1);
    ASN1_TIME_set(X509_getm_notBefore(certificate), CERTIFICATES_NOW - 1000 * 86400L);
    ASN1_TIME_set(X509_getm_notAfter(certificate),
                  CERTIFICATES_NOW + (wish->days ? wish->days : 100) * 86400L);
    set_name(X509_get_subject_name(certificate), name);
    set_name(X509_get_issuer_name(certificate), wish->issuer ? wish->issuer : name);
    X509_set_pubkey(certificate, key);
    add_extensions(certificate, wish);
    struct bytes der = sign(certificate, wish, key);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return der;
}

struct bytes certificates_pkcs7(const struct bytes *items, size_t count)
{
    SCOPED(buf_free) struct buf *out = buf_new(8 << 20);
    cms_put_certificates(items, count, out);
    return keep(buf_bytes(out));
}

struct bytes certificates_pem(const char *label, struct bytes der)
{
    SCOPED(buf_free) struct buf *out = buf_new(8 << 20);
    pem_encode(label, der, out);
    return keep(buf_bytes(out));
}

struct bytes certificates_join(struct bytes a, struct bytes b)
{
    SCOPED(buf_free) struct buf *out = buf_new(a.len + b.len + 1);
    buf_add(out, a);
    buf_add(out, b);
    return keep(buf_bytes(out));
}
