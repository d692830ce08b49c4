/*
 * crl - X.509 v2 certificate revocation lists, RFC 5280 §5: a writer that streams, and a reader.
 *
 * The writer gives out pieces while entries come and the digest of what is signed runs, so its
 * memory does not grow with the list. DER wants every length first: the caller adds up
 * crl_entry_octets over the same rows beforehand and says the sum; another sum is an error. The
 * outermost length waits for the signature, so piece 0, which holds it, is given out last.
 * Serials are INTEGER content octets; times are seconds since the epoch, UTC.
 * The reader is a view into the octets given, and refuses version 1, trailing octets and unknown
 * critical extensions. Errors: ERR_MALFORMED for DER, ERR_INTERNAL for broken promises.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "x509/algorithm.h"
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
    enum digest digest;          /* the one in it */
    struct bytes issuer;         /* whole Name */
    struct bytes key_identifier; /* for the AKI */
    time_t this_update;
    time_t next_update;
    int64_t number;           /* §5.2.3 */
    bool is_delta;            /* §5.2.4 */
    int64_t base_number;      /* of a delta */
    const char *freshest_url; /* §5.2.6: where the deltas are; NULL in deltas */
};

/* Keeps or stores one piece; position counts from 0, which comes last. */
typedef bool crl_put_fn(void *context, int64_t position, struct bytes octets, struct error *err);

/* What one entry takes in the list. */
size_t crl_entry_octets(const struct crl_entry *entry);

struct crl_writer;

/* entries_octets: the sum of crl_entry_octets of all that will be added, 0 for an empty list. */
struct crl_writer *crl_writer_new(const struct crl_head *head, uint64_t entries_octets,
                                  size_t piece_octets, crl_put_fn *put, void *context,
                                  struct error *err) MUST_CHECK;
bool crl_writer_add(struct crl_writer *writer, const struct crl_entry *entry,
                    struct error *err) MUST_CHECK;

/* After the last entry: the digest to be signed, digest_octets() long. */
bool crl_writer_digest(struct crl_writer *writer, uint8_t out[DIGEST_OCTETS_MAX],
                       struct error *err) MUST_CHECK;

/* Writes the signature and gives out what is left. size: octets of the whole list. */
bool crl_writer_finish(struct crl_writer *writer, struct bytes signature, uint64_t *size,
                       struct error *err) MUST_CHECK;
void crl_writer_free(struct crl_writer *writer);
DEFINE_SCOPED(struct crl_writer *, crl_writer_free)

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
