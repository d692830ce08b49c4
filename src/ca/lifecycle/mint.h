/*
 * mint - certificates that no device asked for: CA, RA, responder, TLS; pki-rules §1, §2.
 *
 * What a kind looks like (key usage, EKU, lifetime, addresses) is one row of a table in office.c.
 * Device leaves are issue.h's; they take their serial and validity from here.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "keys/keys.h"
#include "model/leaf.h"
#include "x509/extension.h"
#include "x509/san.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct actor;
struct arena;
struct authority;
struct error;
struct issuer;
struct session;
struct template;

enum { SERIAL_OCTETS = 16, SERIAL_DRAWS_MAX = 4, BACKDATE_S = 10 * 60 };

/* §1: 16 octets, the first 0x40-0x7F. */
void serial_draw(uint8_t out[SERIAL_OCTETS]);
/* Whether a write failed only because the serial is taken: draw and sign again. */
bool serial_collided(const struct error *err);

/* ERR_CONFLICT when the issuer has no key, is past its end, or has under a day left. */
bool issuer_can_sign(const struct issuer *issuer, time_t now, struct error *err) MUST_CHECK;

struct validity {
    time_t not_before;
    time_t not_after;
};
/* From max(now - 10 min, the issuer's notBefore; NULL: none) for so many calendar years or days,
 * less one second. Not cut to the issuer's end: validity_cut does that. */
struct validity validity_years(const struct issuer *issuer, time_t now, int years);
struct validity validity_days(const struct issuer *issuer, time_t now, int64_t days);
struct validity validity_cut(struct validity validity, const struct issuer *issuer);

/* One certificate about to be: which template and key, and what stands in it. */
struct mint {
    enum leaf_kind kind;
    const struct template *template;
    struct key *key; /* signs */
    enum digest digest;
    struct validity validity;
    struct bytes subject;    /* Name DER */
    struct bytes spki;       /* DER */
    struct bytes extensions; /* whole Extensions, after the template's */
    uint32_t key_usage;      /* for the row; so are the ekus */
    const struct oids *ekus;
};
/* Draws a serial, fills, signs. out gets id, kind, serial, certificate and what follows from it,
 * in the arena; whose it is (mint_belongs) is not. */
bool mint_certificate(const struct mint *mint, struct arena *arena, struct leaf *out,
                      struct error *err) MUST_CHECK;
/* tenant_id, ca_id, version, issuer_name, created_at: borrowed from the issuer. */
void mint_belongs(struct leaf *leaf, const struct issuer *issuer, time_t now);

/* A certificate for one of the CA's own offices, with a new key. */
struct office {
    enum leaf_kind kind; /* LEAF_RA, LEAF_RESPONDER, LEAF_TLS: decides purpose and profile */
    enum key_type key_type;
    struct bytes subject;    /* Name DER; empty: the CA's, its CN with the kind's suffix behind */
    const struct sans *sans; /* NULL: none */
};

/* Generates the key, signs, stores key, certificate and audit row in one write. out is the row,
 * in the arena. [desk] */
bool mint_office(struct authority *authority, const struct issuer *issuer,
                 const struct office *office, const struct actor *actor, time_t now,
                 struct arena *arena, struct leaf *out, struct error *err) MUST_CHECK;

/* The subject of a sub-CA, its key and usages, signed by the issuer; nothing is stored. */
struct sub_ca {
    struct bytes subject;
    struct bytes spki;
    const struct oids *ekus;
    struct validity validity;
};
bool mint_sub_ca(const struct issuer *issuer, const struct sub_ca *sub_ca, time_t now,
                 struct arena *arena, struct leaf *out, struct error *err) MUST_CHECK;

/* A root signs itself; out->certificate and the columns that follow from it. */
bool mint_root(struct key *key, enum digest digest, const struct sub_ca *root, struct arena *arena,
               struct leaf *out, struct error *err) MUST_CHECK;

/* SKI of a key of ours, and AKI: authority, or the same when it is empty. */
void mint_put_identifiers(struct bytes spki, struct bytes authority, struct buf *out);

/* The Extensions that a CSR for an external root asks for: BC, KU, EKU, SKI; pki-rules §7. */
void mint_put_requested_extensions(const struct oids *ekus, struct bytes spki, struct buf *out);

/* Inserts what was minted while its version may still issue its kind. For a write's run(). */
bool mint_insert(struct session *session, const struct leaf *leaf, struct error *err) MUST_CHECK;

/* The same for a device's leaf of a staged version, which issues a few only: versions.h. */
bool mint_insert_staged(struct session *session, const struct leaf *leaf,
                        struct error *err) MUST_CHECK;

/* A new key, in the transaction of what uses it first. */
bool mint_insert_key(struct session *session, const struct key_record *record,
                     const char *tenant_id, time_t now, struct error *err) MUST_CHECK;
