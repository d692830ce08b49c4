/*
 * certificates_test - CA certificates of any kind, made with OpenSSL. For tests only; include it
 * after unit/unit.h.
 *
 * Octets live as long as the test program.
 */
#pragma once

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

enum { CERTIFICATES_NOW = 1700000000 };

/* Zeroed: a self-signed P-256 root with keyCertSign, valid around CERTIFICATES_NOW. */
struct certificate_wish {
    const char *name;     /* CN; NULL: "Root" */
    const char *issuer;   /* CN; NULL: self-issued */
    const char *crl_urls; /* of the CDP, as OpenSSL's configuration has it; NULL: none */
    const char *digest;   /* NULL: SHA-256 */
    const char *usage;    /* NULL: "keyCertSign,cRLSign"; "": none */
    unsigned rsa_bits;    /* 0: P-256 */
    bool is_leaf;
    bool has_no_key_identifier;
    bool has_own_extension; /* critical, unknown */
    bool is_signed_by_another;
    long days; /* of validity after CERTIFICATES_NOW; 0: 100 */
    long serial;
};

struct bytes certificate_make(const struct certificate_wish *wish);

/* PKCS#7 without a signer, as `openssl crl2pkcs7 -nocrl` makes it. */
struct bytes certificates_pkcs7(const struct bytes *items, size_t count);

/* One PEM block. */
struct bytes certificates_pem(const char *label, struct bytes der);

struct bytes certificates_join(struct bytes a, struct bytes b);
