/*
 * etag - entity tags of the API: the row's revision; RFC 9110 §8.8.3, §13.1.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

struct error;

void etag_write(int64_t revision, struct buf *out); /* W/"7" */

/* header: the value of If-Match. OData compares weak tags too (protocol §8.2.4), unlike RFC 9110
 * §13.1.1. Errors: ERR_MALFORMED, ERR_PRECONDITION. */
bool etag_check_match(const char *header, int64_t revision, struct error *err) MUST_CHECK;

/* header: the value of If-None-Match. Whether it lists this revision; a header that cannot be
 * read lists nothing. */
bool etag_is_listed(const char *header, int64_t revision);
