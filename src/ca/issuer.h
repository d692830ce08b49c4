/*
 * issuer - one version of a CA ready to issue: a counted, immutable snapshot, cached.
 *
 * Holds names, keys and ready-made DER so that issuing reads nothing. The cache forgets a CA
 * when this node changes it and looks again after ISSUER_FRESH_S for what other nodes changed;
 * the write that stores a certificate decides again whether the CA may issue.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "keys/keys.h"
#include "model/ca.h"
#include "x509/extension.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct authority;
struct error;

enum { ISSUER_FRESH_S = 5 };

struct issuer {
    const char *tenant_id;
    const char *ca_id;
    int64_t number;
    int64_t status; /* of the version, by the clock at load time */
    bool is_active_version;
    int64_t staged_version; /* of the CA; 0: none */
    int64_t ca_type;
    bool is_internal;
    bool is_deleted;
    bool allow_sha1;
    bool allow_des;
    struct bytes certificate;    /* DER */
    struct bytes chain;          /* DER certificates end to end, own issuer first, root last */
    struct bytes subject;        /* Name DER */
    const char *issuer_name;     /* name_text_reversed of subject */
    struct bytes key_identifier; /* its SKI as it stands there: goes into AKI */
    uint8_t name_hash_sha1[20], name_hash_sha256[32]; /* OCSP CertID */
    uint8_t key_hash_sha1[20], key_hash_sha256[32];
    struct oids ekus;   /* effective; count 0: unrestricted */
    enum digest digest; /* it signs everything with */
    time_t not_before;
    time_t not_after;
    time_t revoked_at;
    int64_t revocation_reason;
    struct key *key;                      /* NULL when destroyed */
    bool is_constrained;                  /* nameConstraints stand somewhere above: policy.h */
    const struct template *leaf_template; /* ca/ only, and so are these: */
    const struct template *bare_template; /* no extensions of its own, see mint.h */
    struct bytes urls;                    /* Extensions: CDP, freshestCRL, AIA of what it issues */
};

/* number 0: the active version. ERR_NOT_FOUND for unknown and, when a tenant is given, another
 * tenant's. [worker] */
struct issuer *issuer_get(struct authority *authority, const char *tenant_id, const char *ca_id,
                          int64_t number, time_t now, struct error *err) MUST_CHECK;

/* Every version of a CA, newest first; at most max. Returns how many, -1 on error. [worker] */
int issuer_versions(struct authority *authority, const char *ca_id, time_t now, struct issuer **out,
                    int max, struct error *err);

struct issuer *issuer_hold(struct issuer *issuer);
void issuer_release(struct issuer *issuer);
DEFINE_SCOPED(struct issuer *, issuer_release)

/* Drops what is cached of a CA: after every change of it. */
void issuer_forget(struct authority *authority, const char *ca_id);
