/*
 * keys - private keys behind one interface: sign this digest, decrypt this block; nothing more.
 *
 * A key has an id (UUID), a type and a purpose; asking for it with another purpose is refused,
 * so an RA key never signs a certificate; only a CA key may stand in for its responder's. Where
 * keys live is hidden: software keys now, wrapped (AES-256-GCM) under the master key and kept by
 * the caller as opaque octets; a token or another process can stand here later. `struct keys` is
 * thread-safe and owns what it loaded. Errors: ERR_NOT_FOUND, ERR_FORBIDDEN for a wrong purpose,
 * ERR_BUSY when the generator's queue is full or late, ERR_INTERNAL.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "x509/algorithm.h"

#include <stdbool.h>
#include <stddef.h>

struct error;

enum key_purpose {
    KEY_PURPOSE_NONE,
    KEY_CA,
    KEY_RA,
    KEY_RESPONDER,
    KEY_TLS,
    KEY_TOKEN,
    KEY_INSPECTION, /* of a CA that makes server certificates for TLS inspection */
    KEY_PURPOSE_COUNT
};

const char *key_purpose_text(enum key_purpose purpose);
enum key_purpose key_purpose_from_text(const char *text);

enum { MASTER_KEY_OCTETS = 32, KEY_ID_OCTETS = 37, KEY_SEALED_OCTETS_MAX = 16384 };

/* What the caller stores for one key. */
struct key_record {
    char id[KEY_ID_OCTETS];
    enum key_type type;
    enum key_purpose purpose;
    struct buf *spki;   /* DER */
    struct buf *sealed; /* private half, wrapped; bound to id and purpose */
};
void key_record_clear(struct key_record *record);

struct keys_options {
    struct bytes master_key; /* MASTER_KEY_OCTETS; copied */
    /* Reads a stored record; called on any thread, the result is cached. */
    bool (*load)(void *context, const char *id, struct key_record *out, struct error *err);
    void *context;
    unsigned generator_queue_max; /* 8 */
    int generator_wait_s;         /* 60 */
};

struct keys;
struct key;

struct keys *keys_new(const struct keys_options *options, struct error *err) MUST_CHECK;
void keys_free(struct keys *keys);
DEFINE_SCOPED(struct keys *, keys_free)

/* A master key file: 64 hex digits, mode 0600; made when absent and may_create. The error says
 * what is wrong with mode or content. */
bool keys_read_master(const char *path, bool may_create, uint8_t out[MASTER_KEY_OCTETS],
                      struct error *err) MUST_CHECK;

/* An RSA key waits for the generator's thread: for the desk only. The record is not stored yet. */
bool keys_generate(struct keys *keys, enum key_type type, enum key_purpose purpose,
                   struct key_record *out, struct error *err) MUST_CHECK;

/* The key of a record that is not stored yet: for what it signs before the transaction that stores
 * both. Not cached; free it with key_free. */
struct key *keys_open(struct keys *keys, const struct key_record *record,
                      struct error *err) MUST_CHECK;

/* A reference, cached; free it with key_free. */
struct key *keys_get(struct keys *keys, const char *id, enum key_purpose purpose,
                     struct error *err) MUST_CHECK;
void keys_forget(struct keys *keys, const char *id); /* drops it from the cache */
void key_free(struct key *key);
DEFINE_SCOPED(struct key *, key_free)

enum key_type key_type(const struct key *key);
struct bytes key_spki(const struct key *key);
const char *key_id(const struct key *key);

/* RSA: PKCS #1 v1.5; EC: ECDSA-Sig-Value. octets are the digest and must have its length; SHA-1
 * is for RA keys only, whose replies old devices read. Appends to out. */
bool key_sign(struct key *key, enum digest digest, struct bytes octets, struct buf *out,
              struct error *err) MUST_CHECK;

/* RSA PKCS #1 v1.5 (is_oaep false) or OAEP with SHA-1/MGF1. Fills out with exactly out_len
 * octets and never says whether it failed: on any failure out holds octets drawn beforehand, in
 * the same time (Bleichenbacher; RFC 3218). RA keys only. false only for an internal error. */
bool key_decrypt(struct key *key, bool is_oaep, struct bytes block, uint8_t *out, size_t out_len,
                 struct error *err) MUST_CHECK;

/* Secrets at rest, in columns named …_sealed: AES-256-GCM under a key derived from the master
 * key; context names table, column and row, and must be the same to open. */
bool keys_seal(struct keys *keys, const char *context, struct bytes plain, struct buf *out,
               struct error *err) MUST_CHECK;
struct secret *keys_unseal(struct keys *keys, const char *context, struct bytes sealed,
                           struct error *err) MUST_CHECK;

/* HMAC-SHA-256 under a key derived for `context`: for stored hashes of challenges. */
void keys_mac(struct keys *keys, const char *context, struct bytes data, uint8_t out[32]);

/* The private key in PEM, for TLS keys only: the listener needs it. */
struct secret *key_tls_pem(struct key *key, struct error *err) MUST_CHECK;
