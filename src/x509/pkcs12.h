/*
 * pkcs12 - a certificate and its key in one file, opened with a password; RFC 7292.
 *
 * OpenSSL reads it, part by part: all keys that are derived may cost PKCS12_ITERATIONS_MAX
 * iterations together, since whoever made the file chose how many. Files of older Windows encrypt
 * with RC2, which lives in OpenSSL's legacy provider: a library context of their own has it.
 * Errors: ERR_MALFORMED for what is no PKCS #12, ERR_INVALID for a wrong password or a file without
 * a matching pair.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"

#include <openssl/evp.h>
#include <stdbool.h>

struct error;

enum { PKCS12_OCTETS_MAX = 65536, PKCS12_ITERATIONS_MAX = 2000000 };

struct pkcs12 {
    struct buf *certificate; /* DER, of the key */
    EVP_PKEY *key;
};

/* password: NULL is the same as "". Clear out whether or not this succeeds. */
bool pkcs12_open(struct bytes der, const char *password, struct pkcs12 *out,
                 struct error *err) MUST_CHECK;
void pkcs12_clear(struct pkcs12 *pkcs12);
