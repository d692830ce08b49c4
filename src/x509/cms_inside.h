/*
 * cms_inside - what the files of cms share; nobody else includes it.
 */
#pragma once

#include "x509/cms.h"
#include "x509/der.h"

#include <openssl/evp.h>

struct cms_cipher_row {
    const char *fetch_name;
    enum oid oid;
    size_t key_octets;
    size_t block_octets; /* also the IV's */
    bool is_legacy;
};

/* Indexed by enum cms_cipher. */
extern const struct cms_cipher_row cms_ciphers[CMS_CIPHER_COUNT];

/* Fetched once for the process; NULL when OpenSSL does not have it here. */
const EVP_CIPHER *cms_cipher_evp(enum cms_cipher cipher);

/* Into the content of a ContentInfo of this type; inside stands in the SEQUENCE it holds. */
bool cms_enter(struct bytes der, enum oid type, const char *what, struct der *inside,
               struct error *err) MUST_CHECK;

/* SignerIdentifier or RecipientIdentifier: the same choice, §5.3 and §6.2.1. */
bool cms_take_identifier(struct der *der, struct cms_identifier *out) MUST_CHECK;

/* An AlgorithmIdentifier: its OID when we know it, and what follows. */
bool cms_take_algorithm(struct der *der, enum oid *oid, struct der *parameters,
                        struct bytes *whole) MUST_CHECK;

/* Opens ContentInfo and the SEQUENCE of this type; close both with der_end, the last first. */
struct cms_frame {
    struct der_mark info;
    struct der_mark explicit;
    struct der_mark body;
};
struct cms_frame cms_begin(struct buf *out, enum oid type, int version);
void cms_end(struct buf *out, const struct cms_frame *frame);

void cms_put_issuer_and_serial(const struct certificate *certificate, struct buf *out);
