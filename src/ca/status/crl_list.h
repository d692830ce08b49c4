/*
 * crl_list - one CRL on its way from revocations to stored chunks; RFC 5280 §5, pki-rules §5.
 *
 * Entries are read once, in serial order, encoded, and stored piece by piece under the list's id,
 * where nobody sees them; their octets are then known, the digest runs over the stored pieces,
 * the key signs, and the first chunk and the header row are left for one last write that makes
 * the list visible. So memory does not grow with the list. A list of one piece is one chunk.
 * [desk]
 */
#pragma once

#include "base/attributes.h"
#include "model/crl_row.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct error;
struct issuer;
struct session;
struct store;
struct urls;

struct crl_plan {
    const struct issuer *issuer; /* must outlive the list */
    const struct urls *urls;
    enum crl_kind kind;
    int64_t number;
    int64_t base_number; /* of a delta */
    time_t this_update;
    time_t next_update;
    time_t ends_from; /* certificates that ended before are not listed */
    time_t since;     /* nor what was revoked before */
    bool is_scheduled;
};

struct crl_list;

struct crl_list *crl_list_new(struct store *store, const struct crl_plan *plan);

/* Reads and stores the entries that this session sees. */
bool crl_list_gather(struct crl_list *list, struct session *session, struct error *err) MUST_CHECK;

bool crl_list_sign(struct crl_list *list, struct error *err) MUST_CHECK;

/* In a write's run(): the first chunk and the header row. */
bool crl_list_publish(const struct crl_list *list, struct session *session,
                      struct error *err) MUST_CHECK;
void crl_list_free(struct crl_list *list);
DEFINE_SCOPED(struct crl_list *, crl_list_free)
