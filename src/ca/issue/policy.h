/*
 * policy - what a CSR asks for held against what a grant allows; pki-rules §2, §3.
 *
 * Nothing is copied from a CSR but its key and what was allowed: the outcome holds the grant's
 * own octets wherever the grant binds a value. Errors: ERR_BAD_CSR, ERR_WEAK_ALGORITHM.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "x509/extension.h"
#include "x509/san.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct csr;
struct error;
struct grant;
struct issuer;

/* What will stand in the certificate; in the arena or borrowed from grant and CSR. */
struct approved {
    struct bytes subject; /* Name DER */
    struct sans sans;
    struct oids ekus;
    uint32_t key_usage;
    const char *sid;  /* NULL: none */
    bool sid_removed; /* the CSR named one that the grant does not */
};

bool policy_check(const struct issuer *issuer, const struct grant *grant, const struct csr *csr,
                  struct arena *arena, struct approved *out, struct error *err) MUST_CHECK;

/* nameConstraints of an externally rooted CA, and of all above it, bind what it issues. */
bool policy_check_constraints(const struct issuer *issuer, struct bytes certificate,
                              struct arena *arena, struct error *err) MUST_CHECK;
