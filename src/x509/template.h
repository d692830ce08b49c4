/*
 * template - a TBSCertificate cut at its variable fields, RFC 5280 §4.1.
 *
 * What all certificates of one issuer and profile share (version, algorithm, issuer name, some
 * extensions) is encoded once; filling it copies octets and computes a few lengths, so that a
 * certificate costs its signature and nothing else. Immutable, so any thread may fill it.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "x509/algorithm.h"

#include <time.h>

struct template;

enum { TEMPLATE_OCTETS_MAX = 65536 };

struct template_fixed {
    enum key_type key_type; /* of the issuer's key: with digest, the algorithm */
    enum digest digest;
    struct bytes issuer;     /* whole Name, copied octet by octet */
    struct bytes extensions; /* whole Extensions end to end, first in every certificate */
};

struct template_fields {
    struct bytes serial; /* INTEGER content: what it is on the wire */
    time_t not_before;
    time_t not_after;
    struct bytes subject;    /* whole Name */
    struct bytes spki;       /* whole SubjectPublicKeyInfo */
    struct bytes extensions; /* whole Extensions end to end, after the fixed ones */
};

struct template *template_new(const struct template_fixed *fixed);
void template_free(struct template *template);
DEFINE_SCOPED(struct template *, template_free)

/* Appends the TBSCertificate: what is signed. */
void template_fill(const struct template *template, const struct template_fields *fields,
                   struct buf *out);

/* Appends the Certificate: TBS, algorithm, signature. */
void template_join(const struct template *template, struct bytes tbs, struct bytes signature,
                   struct buf *out);
