/*
 * certify - how a key of ours becomes a CA version: signed by a root of ours, or by a CSR for an
 * external issuer; pki-rules §2, §7. Nothing is stored here.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "keys/keys.h"
#include "model/ca.h"
#include "model/leaf.h"
#include "x509/extension.h"

#include <stdbool.h>
#include <time.h>

struct arena;
struct ca;
struct error;
struct issuer;
struct sub_ca;

/* version gets certificate, validity, chain and parent, in the arena; leaf is the row among what
 * the parent issued. The status is the caller's to set. */
bool certify_under(const struct issuer *parent, const struct sub_ca *sub_ca, time_t now,
                   struct arena *arena, struct ca_version *version, struct leaf *leaf,
                   struct error *err) MUST_CHECK;

/* What follows from its certificate alone. */
void certify_take(struct ca_version *version, const struct leaf *leaf);

/* The CA shows what it shows of this version, from here on its active one. */
void certify_show(struct ca *ca, const struct ca_version *version);

/* pki-rules §7: the CSR asks for BC, KU, EKU and SKI. */
bool certify_request(struct key *key, enum digest digest, struct bytes subject,
                     const struct oids *ekus, struct bytes spki, struct arena *arena,
                     struct bytes *csr, struct error *err) MUST_CHECK;
