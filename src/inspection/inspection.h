/*
 * inspection - TLS inspection: the CAs that make server certificates for it, and the policies that
 * say which connections are opened.
 *
 * An inspection borrows store, keys and authority. Its functions make keys and write: [desk].
 * Thread-safe.
 */
#pragma once

#include "base/attributes.h"
#include "x509/algorithm.h"

#include <stdbool.h>

struct authority;
struct inspection;
struct keys;
struct store;

struct inspection_options {
    struct store *store;
    struct keys *keys;
    struct authority *authority;
    enum key_type key_type; /* of the CAs' keys */
    bool allows_any_name;   /* else a name has at most 12 characters and no blanks */
};

/* The types that may be chosen: "rsa2048" and "p256". */
bool inspection_key_type_from_text(const char *text, enum key_type *out);

struct inspection *inspection_new(const struct inspection_options *options);
void inspection_free(struct inspection *inspection); /* NULL is fine */
DEFINE_SCOPED(struct inspection *, inspection_free)
