/*
 * path - an uploaded CA certificate and the chain above it, up to its root; pki-rules §7,
 * RFC 5280 §6.1.
 *
 * Input is DER, PEM or base64 of either, the chain in any order. Errors name the member of the
 * request that is wrong: ERR_INVALID.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "x509/certificate.h"

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct arena;
struct error;

enum { PATH_LINKS_MAX = 16 };

/* What the request calls them. */
struct path_members {
    const char *own;
    const char *chain;
};
extern const struct path_members path_upload_members; /* signedCertificate, … */

struct path {
    const struct path_members *members;       /* to be set first */
    struct certificate links[PATH_LINKS_MAX]; /* the uploaded one first, its root last */
    size_t count;
};

/* Reads and puts in order, by names and signatures; every certificate given is a link of it. */
bool path_read(struct bytes certificate, const struct bytes *chain, size_t count,
               struct arena *arena, struct path *out, struct error *err) MUST_CHECK;

/* Dates, basicConstraints, keyUsage, pathLen, nameConstraints, unknown critical extensions and
 * keys of every link. */
bool path_check(const struct path *path, time_t now, struct error *err) MUST_CHECK;

/* What all links together let through: absent is unrestricted, and so is
 * anyExtendedKeyUsage. ERR_INVALID when nothing is left. */
bool path_usages(const struct path *path, const struct oids *wanted, struct arena *arena,
                 struct oids *out, struct error *err) MUST_CHECK;
