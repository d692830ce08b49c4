/*
 * der - the one reader and the one writer of DER, ITU-T X.690 §10.
 *
 * The reader is strict: definite minimal lengths, single-octet tags, whole content; a
 * `struct der` is a cursor over borrowed octets. The writer computes every length: der_begin
 * leaves room, der_end fills it in (moving the content when it needs more than one octet).
 * BER that clients send is made DER by x509/ber.h first. Errors: ERR_MALFORMED, naming `what`.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct error;

enum der_tag {
    DER_BOOLEAN = 0x01,
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OCTET_STRING = 0x04,
    DER_NULL = 0x05,
    DER_OID = 0x06,
    DER_ENUMERATED = 0x0a,
    DER_UTF8_STRING = 0x0c,
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31,
    DER_PRINTABLE_STRING = 0x13,
    DER_T61_STRING = 0x14,
    DER_IA5_STRING = 0x16,
    DER_UTC_TIME = 0x17,
    DER_GENERALIZED_TIME = 0x18,
    DER_UNIVERSAL_STRING = 0x1c,
    DER_BMP_STRING = 0x1e,
};

#define DER_CONTEXT(n)             ((uint8_t)(0x80 | (n))) /* [n] IMPLICIT of a primitive */
#define DER_CONTEXT_CONSTRUCTED(n) ((uint8_t)(0xa0 | (n)))

/* ---- reading ---- */

struct der {
    struct bytes rest;
};

struct der der_of(struct bytes bytes);
bool der_at_end(const struct der *der);
bool der_next_is(const struct der *der, uint8_t tag); /* false at the end */

/* Any element: tag, content, and the whole of it, header included (each out may be NULL). */
bool der_any(struct der *der, uint8_t *tag, struct bytes *content, struct bytes *whole);

/* One element with this tag; false, and nothing is taken, if it is not there. */
bool der_take(struct der *der, uint8_t tag, struct bytes *content);
bool der_take_whole(struct der *der, uint8_t tag, struct bytes *whole);
bool der_enter(struct der *der, uint8_t tag, struct der *inside);

/* Typed content, checked: minimal INTEGER, canonical BOOLEAN, well-formed times and OIDs. */
bool der_bool(struct der *der, bool *out);
bool der_small(struct der *der, int64_t *out);         /* INTEGER that fits */
bool der_unsigned(struct der *der, struct bytes *out); /* INTEGER ≥ 0 without its leading 00 */
bool der_integer(struct der *der, struct bytes *out);  /* its content octets, minimal */
bool der_oid(struct der *der, struct bytes *out);      /* content octets */
bool der_octets(struct der *der, struct bytes *out);
bool der_bits(struct der *der, struct bytes *out);   /* whole octets: zero unused bits */
bool der_named_bits(struct der *der, uint32_t *out); /* bit n of the string is 1u << n */
bool der_null(struct der *der);
bool der_time(struct der *der, time_t *out); /* UTCTime or GeneralizedTime, RFC 5280 §4.1.2.5 */

/* Refuses what is left over: fail() with "WHAT: trailing octets". */
bool der_end_of(const struct der *der, const char *what, struct error *err);

/* ---- writing ---- */

struct der_mark {
    size_t at;
};

struct der_mark der_begin(struct buf *out, uint8_t tag);
void der_end(struct buf *out, struct der_mark mark);
void der_put(struct buf *out, uint8_t tag, struct bytes content);
void der_put_bool(struct buf *out, bool value);
void der_put_small(struct buf *out, int64_t value);
void der_put_unsigned(struct buf *out, struct bytes big_endian); /* adds 00 when it must */
void der_put_oid(struct buf *out, struct bytes content);
void der_put_bits(struct buf *out, struct bytes octets);
void der_put_named_bits(struct buf *out, uint32_t bits); /* trailing zero bits dropped, §11.2.2 */
void der_put_null(struct buf *out);
void der_put_time(struct buf *out, time_t t);        /* UTCTime through 2049 */
void der_put_generalized(struct buf *out, time_t t); /* always GeneralizedTime */

/* The octets of one element's header: tag and length; returns how many they are. */
size_t der_header(uint8_t tag, size_t content_len, uint8_t out[6]);

/* Sorts elements that begin at marks for a SET OF, §11.6: contents between from and the end. */
void der_sort_set(struct buf *out, size_t from);
