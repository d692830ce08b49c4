/*
 * cms - Cryptographic Message Syntax, RFC 5652: what SCEP needs of it, read and written.
 *
 * Readers take DER (x509/ber.h makes it of BER) and give views into it; content that came in
 * pieces is joined in the arena. Pure: private keys are reached through the caller's functions.
 * Written by hand over EVP with algorithms fetched once. SignedData has exactly one signer or,
 * degenerate, none; EnvelopedData at most CMS_RECIPIENTS_MAX recipients, of which only ktri are
 * ours to open. Errors: ERR_MALFORMED, ERR_TOO_LARGE, ERR_WEAK_ALGORITHM for what we know not or
 * accept no more, ERR_BAD_SIGNATURE, ERR_INTERNAL.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "x509/algorithm.h"
#include "x509/oid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct certificate;
struct error;
struct spki;

enum {
    CMS_RECIPIENTS_MAX = 16,
    CMS_CERTIFICATES_MAX = 32,
    CMS_ATTRIBUTES_MAX = 64,
    CMS_KEY_OCTETS_MAX = 32,
    CMS_BLOCK_OCTETS_MAX = 16,
};

/* IssuerAndSerialNumber, or [0] SubjectKeyIdentifier: signers (§5.3) and recipients (§6.2.1). */
struct cms_identifier {
    struct bytes issuer;         /* whole Name */
    struct bytes serial;         /* INTEGER content octets */
    struct bytes key_identifier; /* empty unless it is used */
};

/* The identifier names this certificate. */
bool cms_identifies(const struct cms_identifier *identifier, const struct certificate *certificate);

/* IssuerAndSerialNumber by itself: what SCEP's GetCert and GetCRL carry. */
bool cms_parse_issuer_and_serial(struct bytes der, struct cms_identifier *out,
                                 struct error *err) MUST_CHECK;

/* ---- SignedData, §5 ---- */

struct cms_signed {
    struct bytes content_type; /* OID content octets */
    bool has_content;
    struct bytes content;                            /* inside the eContent */
    struct bytes certificates[CMS_CERTIFICATES_MAX]; /* whole, DER; other choices are skipped */
    size_t certificate_count;
    bool has_signer; /* false: degenerate */
    struct cms_identifier signer;
    enum digest digest;               /* DIGEST_NONE: one that we do not know */
    struct bytes signature_algorithm; /* whole AlgorithmIdentifier */
    struct bytes signed_attributes;   /* content of the SET; empty if absent */
    struct bytes signature;
    bool has_unread; /* CRLs or other kinds of certificates, which are skipped */
};

/* A ContentInfo that holds SignedData. */
bool cms_parse_signed(struct bytes der, struct cms_signed *out, struct error *err) MUST_CHECK;

struct cms_attribute {
    uint8_t tag;          /* of the value */
    struct bytes content; /* of the value */
};

/* How often the attribute is there, its values counted one by one; out is the first. */
size_t cms_find_attribute(const struct cms_signed *message, enum oid type,
                          struct cms_attribute *out);

/* contentType, messageDigest and the signature by this key. rsaEncryption and PKCS #1 names, PSS,
 * ECDSA. SHA-1 only with allow_sha1, and then for PKCS #1 only. */
bool cms_verify(const struct cms_signed *message, const struct spki *signer, bool allow_sha1,
                struct error *err) MUST_CHECK;

typedef bool cms_sign_fn(void *context, enum digest digest, struct bytes digest_octets,
                         struct buf *out, struct error *err);

struct cms_signing {
    struct bytes content; /* id-data; zero octets are written as such, never left out */
    struct bytes
        attributes; /* whole Attributes, end to end, beside contentType and messageDigest */
    const struct certificate *signer;
    enum digest digest;
    cms_sign_fn *sign; /* RSA PKCS #1 v1.5 or ECDSA, as the signer's key is */
    void *context;
};

/* ContentInfo with SignedData. For RSA signatureAlgorithm is rsaEncryption: strongSwan 5.9.8 knows
 * no other there. */
bool cms_sign(const struct cms_signing *signing, struct buf *out, struct error *err) MUST_CHECK;

/* One whole Attribute with one value. */
void cms_put_attribute(struct buf *out, enum oid type, uint8_t tag, struct bytes content);

/* Degenerate SignedData without signer, certs-only and CRL-only; RFC 8894 §3.4. */
void cms_put_certificates(const struct bytes *certificates, size_t count, struct buf *out);
void cms_put_crl(struct bytes crl, struct buf *out);

/* ---- EnvelopedData, §6 ---- */

enum cms_cipher {
    CMS_CIPHER_NONE,
    CMS_AES128_CBC,
    CMS_AES192_CBC,
    CMS_AES256_CBC,
    CMS_DES3_CBC,
    CMS_DES_CBC, /* needs OpenSSL's legacy provider */
    CMS_CIPHER_COUNT
};

enum cms_key_transport { CMS_TRANSPORT_UNKNOWN, CMS_TRANSPORT_PKCS1, CMS_TRANSPORT_OAEP };

struct cms_recipient {
    struct cms_identifier identifier;
    enum cms_key_transport transport; /* OAEP: SHA-1 with MGF1, the default of RFC 8017 */
    struct bytes key;                 /* encrypted */
};

struct cms_enveloped {
    struct cms_recipient recipients[CMS_RECIPIENTS_MAX]; /* the ktri ones */
    size_t recipient_count;
    enum cms_cipher cipher; /* CMS_CIPHER_NONE: one that we do not know */
    struct bytes iv;
    struct bytes content; /* encrypted, whole blocks, at least one */
    bool has_unread;      /* other recipients, originatorInfo, unprotectedAttrs: skipped */
};

/* A ContentInfo that holds EnvelopedData. */
bool cms_parse_enveloped(struct bytes der, struct arena *arena, struct cms_enveloped *out,
                         struct error *err) MUST_CHECK;

size_t cms_cipher_key_octets(enum cms_cipher cipher);
bool cms_cipher_is_legacy(enum cms_cipher cipher);

/* Single DES is there: OpenSSL's legacy provider is installed. The sentence says if not. */
bool cms_legacy_available(struct error *err) MUST_CHECK;

/* Decrypts all blocks into out, padding left on. *padding is how many octets of it there are, 0
 * when it is none that could be: found in a time that does not depend on it, so that a caller
 * judges it together with what was inside (pki-rules §4). false: internal errors only. */
bool cms_decrypt(const struct cms_enveloped *enveloped, struct bytes key, struct buf *out,
                 size_t *padding, struct error *err) MUST_CHECK;

/* ContentInfo with EnvelopedData for the holder of this certificate, by issuerAndSerialNumber and
 * RSA PKCS #1 v1.5, under a fresh key. ERR_WEAK_ALGORITHM when its key is not RSA. */
bool cms_encrypt(const struct certificate *recipient, enum cms_cipher cipher, struct bytes content,
                 struct buf *out, struct error *err) MUST_CHECK;
