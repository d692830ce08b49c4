/*
 * extension - one X.509 extension read and the ones we write, RFC 5280 §4.2.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "x509/der.h"
#include "x509/oid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;

enum { EXTENSIONS_MAX = 64, EKUS_MAX = 64 };

enum key_usage { /* bit n of RFC 5280 §4.2.1.3 is 1u << n */
                 KEY_USAGE_DIGITAL_SIGNATURE = 1u << 0,
                 KEY_USAGE_NON_REPUDIATION = 1u << 1,
                 KEY_USAGE_KEY_ENCIPHERMENT = 1u << 2,
                 KEY_USAGE_DATA_ENCIPHERMENT = 1u << 3,
                 KEY_USAGE_KEY_AGREEMENT = 1u << 4,
                 KEY_USAGE_KEY_CERT_SIGN = 1u << 5,
                 KEY_USAGE_CRL_SIGN = 1u << 6,
                 KEY_USAGE_ENCIPHER_ONLY = 1u << 7,
                 KEY_USAGE_DECIPHER_ONLY = 1u << 8,
};

struct extension {
    enum oid id;      /* OID_NONE when unknown */
    struct bytes oid; /* content octets */
    bool is_critical;
    struct bytes value; /* inside the OCTET STRING */
};

/* The next of a SEQUENCE OF Extension; false at the end without err filled, or on bad DER with it.
 */
bool extension_next(struct der *extensions, struct extension *out, struct error *err);

/* OIDs (content octets) of a list: an EKU, or what a challenge allows. */
struct oids {
    struct bytes *items;
    size_t count;
};
bool oids_contain(const struct oids *oids, struct bytes oid);

/* Values of those that certificates and CSRs share. ERR_MALFORMED; ERR_TOO_LARGE for a list. */
bool extension_read_basic_constraints(struct bytes value, bool *is_ca, int *path_len,
                                      struct error *err) MUST_CHECK; /* -1: none */
bool extension_read_key_usage(struct bytes value, uint32_t *out, struct error *err) MUST_CHECK;
bool extension_read_ekus(struct bytes value, struct arena *arena, struct oids *out,
                         struct error *err) MUST_CHECK;

/* The next of a list that may hold no type twice; seen holds EXTENSIONS_MAX. */
struct extension_list {
    struct der rest;
    struct bytes seen[EXTENSIONS_MAX];
    size_t count;
};
bool extension_list_next(struct extension_list *list, struct extension *out, struct error *err);

/* Writers append one whole Extension each. */
void extension_put(struct buf *out, enum oid id, bool is_critical, struct bytes value);
void extension_put_basic_constraints(struct buf *out, bool is_ca, int path_len); /* -1: none */
void extension_put_key_usage(struct buf *out, uint32_t usage);
void extension_put_ekus(struct buf *out, const struct oids *ekus); /* nothing when empty */
void extension_put_subject_key_identifier(struct buf *out, struct bytes identifier);
void extension_put_authority_key_identifier(struct buf *out, struct bytes identifier);
void extension_put_crl_url(struct buf *out, enum oid id, const char *url); /* CDP or freshestCRL */
void extension_put_authority_info(struct buf *out, const char *issuers_url, const char *ocsp_url);
