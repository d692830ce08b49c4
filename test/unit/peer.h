/*
 * peer - the other side of CMS in tests: OpenSSL's CMS_* with the keys of test/data/scep.
 *
 * What it returns belongs to the test program. It fails the test when OpenSSL cannot.
 */
#pragma once

#include "unit/unit.h"

#include "base/bytes.h"
#include "x509/algorithm.h"
#include "x509/certificate.h"

#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>

struct peer {
    const char *name;
    EVP_PKEY *key;
    X509 *certificate;
    struct bytes der; /* of the certificate */
};

/* "ra", "device", "other", "weak", "ec". */
const struct peer *peer_get(const char *name);

/* Read by our reader. */
struct certificate peer_certificate(const struct peer *peer);

/* By ber_to_der; empty, and err filled, when that refuses. */
struct bytes peer_shape(struct bytes ber, struct error *err);

struct bytes peer_keep(struct bytes octets);
struct bytes peer_keep_buf(const struct buf *buf);

struct peer_attribute {
    const char *oid; /* dotted */
    int type;        /* V_ASN1_PRINTABLESTRING … */
    struct bytes value;
};

struct peer_signing {
    const struct peer *signer;
    const EVP_MD *md;
    struct bytes content;
    const struct peer_attribute *attributes;
    size_t attribute_count;
    bool is_pss;
    bool is_bare;      /* no signed attributes at all */
    bool is_by_key_id; /* sid is a SubjectKeyIdentifier */
    bool is_streamed;  /* BER: indefinite lengths, constructed strings */
};
struct bytes peer_sign(const struct peer_signing *signing);

struct peer_encrypting {
    const struct peer *const *recipients;
    size_t recipient_count;
    const EVP_CIPHER *cipher;
    struct bytes content;
    bool is_oaep;
    bool is_by_key_id;
    bool is_streamed;
};
struct bytes peer_encrypt(const struct peer_encrypting *encrypting);

/* The verified content of SignedData signed by this peer; false: OpenSSL refuses it. */
bool peer_verify(struct bytes der, const struct peer *signer, struct bytes *content);
/* The content of EnvelopedData for this peer. */
bool peer_decrypt(struct bytes der, const struct peer *recipient, struct bytes *content);

/* The private half of RSA decryption as a scep_decrypt_fn and key_decrypt do it: out holds random
 * octets unless everything fits. context is a const struct peer. */
bool peer_open_key(void *context, bool is_oaep, struct bytes block, uint8_t *out, size_t out_len,
                   struct error *err);
/* A cms_sign_fn; context is a const struct peer. */
bool peer_sign_digest(void *context, enum digest digest, struct bytes digest_octets,
                      struct buf *out, struct error *err);

/* A PKCS #10 request by this key: subject "O=Example, CN=…", with a challenge unless NULL. */
struct bytes peer_request(const struct peer *holder, const struct peer *signer,
                          const char *common_name, const char *challenge, const EVP_MD *md);
