/*
 * name_walk - the attributes of a Name one by one; what name.c and name_text.c share.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "x509/der.h"
#include "x509/oid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct name_walk {
    struct der rdns;
    struct der rdn;
    bool is_malformed;
};

struct name_value {
    enum oid id;        /* OID_NONE when unknown */
    struct bytes type;  /* content octets */
    struct bytes whole; /* the value's element */
    struct bytes text;  /* its content */
    uint8_t tag;
    bool begins_rdn;
};

/* der: the whole Name. */
struct name_walk name_walk_of(struct bytes der);

/* false at the end, or with is_malformed set. */
bool name_walk_next(struct name_walk *walk, struct name_value *out);

/* Appends the value as UTF-8, T61String taken for Latin-1; out may be NULL, to check only.
 * false when it is no string type, or not a string of that type, or holds U+0000. */
bool name_value_text(const struct name_value *value, struct buf *out);
