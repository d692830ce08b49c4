/*
 * officer - who holds an office of a CA version, RA or OCSP responder: a certificate and its key.
 *
 * A counted, immutable snapshot, cached as issuers are. An office is filled anew when its newest
 * certificate has less than half of its life left or another type of key; pki-rules §2. Errors:
 * ERR_NOT_FOUND when nobody in date holds it.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "model/leaf.h"
#include "x509/algorithm.h"
#include "x509/certificate.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct arena;
struct authority;
struct ca_version;
struct error;
struct issuer;
struct key;
struct office;

struct officer {
    const char *tenant_id;
    int64_t version;
    struct bytes certificate; /* DER; empty: the CA itself */
    struct bytes issuer;      /* Name DER */
    time_t not_after;
    enum key_type key_type;
    enum digest digest;                      /* fits the key; the CA's own */
    uint8_t key_hash[KEY_IDENTIFIER_OCTETS]; /* SHA-1 of the public key */
    struct key *key;                         /* ca/ only, and so are these: */
    struct arena *arena;
    atomic_uint references;
};

/* The newest of its kind; version 0: of the active one. [worker] */
struct officer *officer_get(struct authority *authority, const char *ca_id, int64_t version,
                            enum leaf_kind kind, time_t now, struct error *err) MUST_CHECK;

/* Current or superseded. [worker] */
struct officer *officer_get_by_serial(struct authority *authority, const char *ca_id,
                                      struct bytes serial, enum leaf_kind kind, time_t now,
                                      struct error *err) MUST_CHECK;

/* The CA in its own office, with its own key. Not cached, for it is all in the issuer. [worker] */
struct officer *officer_of_issuer(struct authority *authority, const struct issuer *issuer,
                                  enum leaf_kind kind, struct error *err) MUST_CHECK;
void officer_release(struct officer *officer);
DEFINE_SCOPED(struct officer *, officer_release)

bool officer_sign(struct officer *officer, enum digest digest, struct bytes digest_octets,
                  struct buf *out, struct error *err) MUST_CHECK;

/* See key_decrypt: always fills out, never says whether it failed. */
bool officer_decrypt(struct officer *officer, bool is_oaep, struct bytes block, uint8_t *out,
                     size_t out_len, struct error *err) MUST_CHECK;

/* Fills the office unless its newest certificate has half its life left and a key of the type that
 * is asked for. [desk] */
bool officer_ensure(struct authority *authority, const struct issuer *issuer,
                    const struct office *office, time_t now, struct error *err) MUST_CHECK;

/* ensure for every version that has a day left and that has() takes; NULL: all. One CA's trouble
 * keeps no other waiting: err is the first. */
bool officers_renew(struct authority *authority, bool (*has)(const struct ca_version *version),
                    bool (*ensure)(struct authority *authority, const struct issuer *issuer,
                                   time_t now, struct error *err),
                    time_t now, struct error *err) MUST_CHECK;

/* Drops what is cached of a CA's officers: after renewing or revoking them. */
void officers_forget(struct authority *authority, const char *ca_id);
