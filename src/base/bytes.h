/*
 * bytes - octets: a view, an owner, and a reader that consumes.
 *
 * `struct bytes` is a view: passed by value, borrowed, never freed. `struct buf` owns, grows,
 * and is given its maximum when made; one that had to grow past it is failed: it keeps what it
 * had, ignores what follows, and buf_ok() says so. Callers check once, at the end. Lengths in
 * octets. Memory that cannot be had ends the process: what a peer sizes is capped before.
 */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
    const uint8_t *data;
    size_t len;
};

#define BYTES_OF(array) ((struct bytes){ (const uint8_t *)(array), sizeof(array) })
#define BYTES_NONE      ((struct bytes){ NULL, 0 })

struct bytes bytes_of_text(const char *text); /* without the NUL; NULL gives none */
bool bytes_equal(struct bytes a, struct bytes b);
int bytes_compare(struct bytes a, struct bytes b);       /* like memcmp, shorter first */
bool bytes_equal_secret(struct bytes a, struct bytes b); /* in time that depends on len only */

struct buf;

struct buf *buf_new(size_t octets_max);
struct buf *buf_copy(struct bytes bytes); /* maximum = its length */
void buf_add(struct buf *buf, struct bytes bytes);
void buf_add_octet(struct buf *buf, uint8_t octet);
void buf_add_text(struct buf *buf, const char *text);
void buf_add_int(struct buf *buf, int64_t value); /* in decimal */
void buf_add_format(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);

/* Room for len more octets at the end, counted as used; NULL when that passes the maximum.
 * Valid until the next call that grows buf. */
uint8_t *buf_extend(struct buf *buf, size_t len);
void buf_truncate(struct buf *buf, size_t len); /* also forgets a failure */
void buf_fail(struct buf *buf); /* marks it failed, for a writer that cannot go on */
bool buf_ok(const struct buf *buf);
size_t buf_len(const struct buf *buf);
struct bytes buf_bytes(const struct buf *buf); /* valid until buf grows */
const char *buf_text(struct buf *buf);         /* the content, NUL-terminated */
void buf_free(struct buf *buf);
DEFINE_SCOPED(struct buf *, buf_free)

/* Octets that must not outlive their use: wiped on free, never printed or compared with ==. */
struct secret;

struct secret *secret_new(struct bytes bytes); /* copies; the caller wipes its own */
struct secret *secret_random(size_t len);
struct bytes secret_bytes(const struct secret *secret);
void secret_free(struct secret *secret);
DEFINE_SCOPED(struct secret *, secret_free)

void bytes_wipe(void *data, size_t len); /* never optimized away */

/* A reader consumes a view from the front; each call is false, and takes nothing, at the end. */
struct reader {
    struct bytes rest;
};

bool reader_u8(struct reader *reader, uint8_t *out);
bool reader_u16(struct reader *reader, uint16_t *out); /* big-endian */
bool reader_u32(struct reader *reader, uint32_t *out); /* big-endian */
bool reader_take(struct reader *reader, size_t len, struct bytes *out);
