/*
 * reason - why a certificate was revoked: CRLReason, RFC 5280 §5.3.1; numbers are the wire's.
 */
#pragma once

#include <stdbool.h>

enum reason {
    REASON_UNSPECIFIED = 0,
    REASON_KEY_COMPROMISE = 1,
    REASON_CA_COMPROMISE = 2,
    REASON_AFFILIATION_CHANGED = 3,
    REASON_SUPERSEDED = 4,
    REASON_CESSATION_OF_OPERATION = 5,
    REASON_CERTIFICATE_HOLD = 6,
    REASON_REMOVE_FROM_CRL = 8,
    REASON_PRIVILEGE_WITHDRAWN = 9,
    REASON_AA_COMPROMISE = 10,
};

const char *reason_text(int number);                       /* "keyCompromise"; NULL if unknown */
bool reason_from_text(const char *text, enum reason *out); /* removeFromCRL is not given here */
