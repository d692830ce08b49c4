/*
 * json - RFC 8259 in through jansson, out through a streaming writer.
 *
 * The reader refuses duplicate keys, invalid UTF-8, U+0000, depth over JSON_DEPTH_MAX and
 * anything after the value. Errors: ERR_MALFORMED with line and column.
 * The writer appends to a buf and keeps commas and nesting itself; misuse is an assertion.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct error;

enum { JSON_DEPTH_MAX = 32 };

json_t *json_read(struct bytes text, struct error *err) MUST_CHECK;
DEFINE_SCOPED(json_t *, json_decref)

struct json_writer {
    struct buf *out;
    unsigned depth;
    uint64_t has_member; /* bit per depth */
    bool after_key;
};

struct json_writer json_writer_to(struct buf *out);
void json_open_object(struct json_writer *writer);
void json_close_object(struct json_writer *writer);
void json_open_array(struct json_writer *writer);
void json_close_array(struct json_writer *writer);
void json_key(struct json_writer *writer, const char *key);   /* of ours: is not escaped */
void json_text(struct json_writer *writer, const char *text); /* NULL writes null */
void json_int(struct json_writer *writer, int64_t value);
void json_bool(struct json_writer *writer, bool value);
void json_none(struct json_writer *writer); /* null */
void json_base64(struct json_writer *writer, struct bytes bytes);
void json_hex(struct json_writer *writer, struct bytes bytes); /* in upper case */
void json_raw(struct json_writer *writer, struct bytes json);  /* one value, already JSON */

/* A text that is appended to the writer's buf between the two, unescaped; nothing is null. */
size_t json_begin_text(struct json_writer *writer) MUST_CHECK;
void json_end_text(struct json_writer *writer, size_t begin);

/* key and value in one call */
void json_member(struct json_writer *writer, const char *key, const char *text);
void json_member_int(struct json_writer *writer, const char *key, int64_t value);
