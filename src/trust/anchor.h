/*
 * anchor - what a CA certificate that an organization trusts says of itself, and whether it is
 * one that we take; RFC 5280 §4.2.1.3, §4.2.1.9, pki-rules §2.
 *
 * Pure. Texts live in the arena, octets are the caller's. Errors: ERR_INVALID, one clause.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "x509/certificate.h"

#include <stdbool.h>
#include <time.h>

struct arena;
struct error;

struct anchor {
    struct certificate certificate;
    const char *subject;        /* name_text */
    const char *display_name;   /* the subject's CN, else its O, else all of it */
    const char *issuer;         /* likewise of the issuer */
    const char *issuer_name;    /* name_text of it */
    const char *thumbprint;     /* upper-case hex of SHA-1 */
    const char *key_identifier; /* upper-case hex, NULL without the extension */
    const char *crl_url;        /* the first http URL of the CDP; NULL without */
    bool is_root;               /* self-issued and self-signed */
};

/* A CA in date at `now`, with a key and a signature algorithm that we accept. */
bool anchor_read(struct bytes der, time_t now, struct arena *arena, struct anchor *out,
                 struct error *err) MUST_CHECK;

/* The same as is_root, of a certificate that is stored, whatever its dates. */
bool anchor_is_root(struct bytes der, struct arena *arena);

/* Compared as people copy them: case, blanks, colons and a mark of direction do not count. */
bool anchor_has_thumbprint(const struct anchor *anchor, const char *text);

/* The key identifier, likewise; false when the certificate has none. */
bool anchor_has_key_identifier(const struct anchor *anchor, const char *text);

/* The issuer by its CN, or the whole name as RFC 4514 has it, in either order. */
bool anchor_has_issuer(const struct anchor *anchor, const char *text);
