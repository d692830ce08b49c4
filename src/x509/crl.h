/*
 * crl - X.509 v2 certificate revocation lists, RFC 5280 §5: written in parts, and read.
 *
 * A list may be long, so it is never whole in memory: crl_put_entry appends entries to pieces
 * that the caller stores away and counts; then their octets are known, as DER wants them to be
 * before anything else, and crl_put_begin and crl_put_end write what stands around them. What is
 * signed is begin, entries, end; the outermost header waits for the signature, because an ECDSA
 * signature has no length until it is made.
 * Serials are INTEGER content octets; times are seconds since the epoch, UTC.
 * The reader is a view into the octets given, and refuses version 1, trailing octets and unknown
 * critical extensions. Errors: ERR_MALFORMED; writers fail their buf.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "x509/der.h"
#include "x509/reason.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct error;

struct crl_entry {
    struct bytes serial;
    time_t revoked_at;
    int64_t reason; /* REASON_UNSPECIFIED is encoded by absence, §5.3.1 */
};

/* ---- writing ---- */

struct crl_head {
    struct bytes algorithm;      /* whole AlgorithmIdentifier */
    struct bytes issuer;         /* whole Name */
    struct bytes key_identifier; /* for the AKI */
    time_t this_update;
    time_t next_update;
    int64_t number;           /* §5.2.3 */
    bool is_delta;            /* §5.2.4 */
    int64_t base_number;      /* of a delta */
    const char *freshest_url; /* §5.2.6: where the deltas are; NULL in deltas */
};

/* One entry. Times before 1970 and serials over 64 octets are not written but fail out. */
void crl_put_entry(struct buf *out, const struct crl_entry *entry);

/* The TBSCertList up to its first entry; entries_octets is what all entries take. */
void crl_put_begin(struct buf *out, const struct crl_head *head, uint64_t entries_octets);

/* The TBSCertList behind its last entry. */
void crl_put_end(struct buf *out, const struct crl_head *head);

/* What follows the TBSCertList. */
void crl_put_signature(struct buf *out, const struct crl_head *head, struct bytes signature);

/* The header of the CertificateList: octets are those of begin, entries, end and signature. */
void crl_put_header(struct buf *out, uint64_t octets);

/* ---- reading ---- */

struct crl {
    struct bytes der;
    struct bytes tbs;       /* whole TBSCertList: what is signed */
    struct bytes algorithm; /* whole AlgorithmIdentifier */
    struct bytes signature;
    struct bytes issuer; /* whole Name */
    time_t this_update;
    time_t next_update;
    struct bytes entries; /* content of revokedCertificates; empty when absent */
    int64_t number;       /* -1: no cRLNumber */
    bool is_delta;
    int64_t base_number;
    struct bytes authority_key_identifier; /* empty if absent */
    struct bytes freshest;                 /* value of freshestCRL, empty if absent */
};

bool crl_parse(struct bytes der, struct crl *out, struct error *err) MUST_CHECK;

/* The next entry of der_of(crl->entries); false at the end without err filled, or with it. */
bool crl_next_entry(struct der *entries, struct crl_entry *out, struct error *err);

/* false if the serial is not listed. */
bool crl_find(const struct crl *crl, struct bytes serial, struct crl_entry *out);
