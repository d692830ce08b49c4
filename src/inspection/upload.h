/*
 * upload - a certificate that an outside CA signed for one of our keys, and the chain above it.
 *
 * Both come as text: PEM, or base64 of PEM, DER or PKCS#7; the chain in any order, its root
 * included. They are kept as PEM, the chain in the order of the path. Errors: ERR_INVALID and
 * ERR_TOO_LARGE, naming certificate or chain.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"

#include <stdbool.h>
#include <time.h>

struct arena;
struct error;
struct inspection_ca;

/* Judges what ca holds against its CSR, and takes it: certificate, chain, validity. */
bool upload_take(struct inspection_ca *ca, time_t now, struct arena *arena,
                 struct error *err) MUST_CHECK;

/* Certificates end to end, as PEM. */
const char *upload_pem(struct bytes certificates, struct arena *arena);

/* Six months are left until then. */
bool upload_check_end(time_t not_after, time_t now, struct error *err) MUST_CHECK;
