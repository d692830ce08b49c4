/*
 * differential - what our readers accept, OpenSSL must accept and read alike.
 *
 * For the fuzz targets and for the unit tests, which mutate good objects. Each answers NULL, or
 * names the field that differs; what ours refuses is no difference, for we are the stricter.
 */
#pragma once

#include "base/bytes.h"

const char *differ_certificate(struct bytes der);
const char *differ_csr(struct bytes der);
const char *differ_spki(struct bytes der);

/* differential_status.c; a request's signature is not read, so only what it signs is compared. */
const char *differ_ocsp_request(struct bytes der);
const char *differ_crl(struct bytes der);
