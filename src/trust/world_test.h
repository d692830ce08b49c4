/*
 * world_test - a trust over a fresh store, whose bundles come from memory. For tests only; include
 * it after unit/unit.h.
 */
#pragma once

#include "store/fixture.h"
#include "trust/pkis.h"
#include "trust/trusted_cas.h"
#include "trust/upload.h"

#include <stddef.h>
#include <stdint.h>

extern const struct actor world_actor; /* tenant "t1" */
extern const struct actor world_other; /* tenant "t2" */

struct trust *world_trust(struct fixture *fixture);

struct pki world_pki(struct trust *trust, struct fixture *fixture, const char *name);
bool world_find_pki(struct fixture *fixture, const char *id, struct pki *out);
size_t world_count_cas(struct fixture *fixture, const char *pki_id);
size_t world_count_audits(struct fixture *fixture, const char *activity);

const char *world_upload_id(struct fixture *fixture); /* of the only upload */

/* What a client would send for this certificate. */
struct trusted_ca world_wish(struct fixture *fixture, struct bytes der);

/* What the next fetches bring; status 0: the host does not answer. */
void world_serve(int status, struct bytes body);
unsigned world_fetches(void);

struct pki_upload_wish world_upload(struct fixture *fixture, struct bytes body);
