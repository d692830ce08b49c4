/*
 * index - from the issuer's key hash in a CertID to a CA version of ours, whoever's tenant it is.
 *
 * Relying parties name an issuer by the hash of its key (RFC 6960 §4.1.1), which the database does
 * not know: all versions are hashed into memory, and again when a hash is not found. Because
 * anybody can ask for what is not found, that takes at most a tenth of one thread's time.
 * Thread-safe.
 */
#pragma once

#include "base/attributes.h"
#include "x509/ocsp.h"

#include <stdbool.h>
#include <stdint.h>

struct error;
struct index;
struct store;

enum { INDEX_CA_ID_OCTETS = 37 };

struct index *index_new(struct store *store);
void index_free(struct index *index);
DEFINE_SCOPED(struct index *, index_free)

struct index_row {
    char ca_id[INDEX_CA_ID_OCTETS];
    int64_t number;
};

/* The version whose key has this hash; *found false when there is none, or none of this CA (""
 * admits any). The issuer's name is the caller's to compare. [worker] */
bool index_find(struct index *index, const struct ocsp_cert_id *id, const char *ca_id,
                int64_t now_ms, struct index_row *out, bool *found, struct error *err) MUST_CHECK;
