/*
 * text - NUL-terminated UTF-8 and its everyday codecs: hex, base64, percent, PEM, UUID.
 *
 * Decoders append to a buf and are strict unless they say otherwise. Errors: ERR_MALFORMED.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>

struct error;

bool text_equal(const char *a, const char *b);          /* NULL equals only NULL */
bool text_equal_caseless(const char *a, const char *b); /* ASCII */
bool text_starts_with(const char *text, const char *prefix);
bool text_is_utf8(struct bytes bytes);    /* well formed, RFC 3629, U+0000 refused */
bool text_has_control(const char *text);  /* U+0001-001F, 007F-009F */
size_t text_characters(const char *text); /* code points */
bool text_is_uuid(const char *text);      /* 8-4-4-4-12 hex, any case */
bool text_int(const char *text, int64_t min, int64_t max, int64_t *out); /* decimal, whole */

/* Lower case for caseless comparison: ASCII and the simple foldings of Latin, Greek and
 * Cyrillic; runs of blanks become one,
 * leading and trailing ones none. For *_folded columns and RFC 5280 §7.1. */
void text_fold(const char *text, struct buf *out);

void hex_encode(struct bytes bytes, struct buf *out); /* upper case */
void hex_encode_lower(struct bytes bytes, struct buf *out);
bool hex_decode(const char *text, struct buf *out, struct error *err); /* any case, even length */

void base64_encode(struct bytes bytes, struct buf *out);    /* RFC 4648 §4, padded, unwrapped */
void base64url_encode(struct bytes bytes, struct buf *out); /* §5, unpadded */
bool base64_decode(struct bytes text, struct buf *out, struct error *err);    /* padding needed */
bool base64url_decode(struct bytes text, struct buf *out, struct error *err); /* no padding */

/* What is seen in the field: either alphabet, white space anywhere, padding or none. */
bool base64_decode_lenient(struct bytes text, struct buf *out, struct error *err);

/* RFC 3986 §2.1; '+' stays '+'. %00 is refused. */
bool percent_decode(struct bytes text, struct buf *out, struct error *err);
void percent_encode(const char *text, struct buf *out); /* keeps unreserved characters only */

void pem_encode(const char *label, struct bytes der, struct buf *out); /* RFC 7468, 64 columns */

/* The first block with this label (NULL: any) at or after *offset, which moves past it; false
 * without error when there is none. */
bool pem_next(struct bytes text, size_t *offset, const char *label, struct buf *out);

/* A block as it stands, for who takes nothing else: views into text. */
struct pem_block {
    struct bytes before; /* from the offset to its BEGIN */
    struct bytes label;  /* none when BEGIN and END differ */
    struct bytes body;
};
bool pem_next_block(struct bytes text, size_t *offset, struct pem_block *out);
