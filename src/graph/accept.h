/*
 * accept - what the caller can read: media types and codings with their weights, RFC 9110 §12.5.
 *
 * JSON comes as odata.metadata=minimal or none; full is not made. Other parameters (of streaming,
 * IEEE754Compatible, charset) change nothing and are passed over.
 */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>

struct error;

/* OData JSON §3.1: which annotations stand in a reply. */
enum metadata { METADATA_MINIMAL, METADATA_NONE, METADATA_COUNT };

/* header: Accept, NULL without. The kind it weighs most, minimal when both weigh the same.
 * Errors: ERR_NOT_ACCEPTABLE when it admits neither. */
bool accept_json(const char *header, enum metadata *out, struct error *err) MUST_CHECK;

/* Plain text; who asks for JSON gets it too, since a number is both. */
bool accept_text(const char *header, struct error *err) MUST_CHECK;

/* header: Accept-Encoding, NULL without. */
bool accept_gzip(const char *header);

/* XML or JSON; XML when both weigh the same. format: $format, which wins over the header; NULL
 * without. */
bool accept_xml_or_json(const char *header, const char *format, bool *is_json,
                        struct error *err) MUST_CHECK;
