/*
 * constraints - nameConstraints of a CA held against a certificate, RFC 5280 §4.2.1.10.
 *
 * OpenSSL judges: this is asked only under externally rooted CAs that are constrained.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"

#include <stdbool.h>

struct error;

/* value: the extension's. ERR_BAD_CSR when subject or a subject alternative name of the
 * certificate lies outside, ERR_MALFORMED when either cannot be read. */
bool constraints_check(struct bytes value, struct bytes certificate, struct error *err) MUST_CHECK;
