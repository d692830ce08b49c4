/*
 * urls - the public addresses that stand in certificates and in the API; design: one public URL.
 *
 * version is the CA version's number. Texts are appended.
 */
#pragma once

#include "base/bytes.h"

struct urls {
    const char *public_url; /* "http://pki.example.org", no trailing slash */
    const char *api_url;    /* "https://…:8443", for @odata.context, nextLink, Location */
};

void urls_scep(const struct urls *urls, const char *ca_id, struct buf *out);
/* Of a version that is staged. */
void urls_scep_staged(const struct urls *urls, const char *ca_id, int64_t version, struct buf *out);
void urls_crl(const struct urls *urls, const char *ca_id, int64_t version, struct buf *out);
void urls_delta_crl(const struct urls *urls, const char *ca_id, int64_t version, struct buf *out);
void urls_ca_certificate(const struct urls *urls, const char *ca_id, int64_t version,
                         struct buf *out);
void urls_ca_chain(const struct urls *urls, const char *ca_id, int64_t version, struct buf *out);
void urls_ocsp(const struct urls *urls, const char *ca_id, struct buf *out);
