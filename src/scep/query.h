/*
 * query - the URL and body of a SCEP request, RFC 8894 §4.1, as clients really write them.
 *
 * Parameter names and operations compare without regard to case. A message is base64 in either
 * alphabet, padded or not, wrapped or not, escaped or not, '+' perhaps turned into a blank.
 * Errors: ERR_MALFORMED, ERR_TOO_LARGE.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"

#include <stdbool.h>

struct error;

enum { SCEP_MESSAGE_OCTETS_MAX = 128 * 1024, SCEP_OPERATION_OCTETS_MAX = 64 };

/* The raw value of the first parameter of this name; false when there is none. */
bool query_find(const char *query, const char *name, struct bytes *out);

/* Percent-decoded text of at most octets_max, NUL-terminated by buf_text. */
bool query_text(struct bytes raw, struct buf *out, struct error *err) MUST_CHECK;

/* The message of a GET: raw is the value as it stands in the URL. */
bool query_message(struct bytes raw, struct buf *out, struct error *err) MUST_CHECK;

/* The message of a POST: DER or BER by itself, or its base64. */
bool body_message(struct bytes body, struct buf *out, struct error *err) MUST_CHECK;
