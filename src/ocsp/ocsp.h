/*
 * ocsp - certificate status over HTTP: RFC 6960, RFC 5019, RFC 9654; pki-rules §6.
 *
 *     POST /ocsp/{ca}            the request as body
 *     GET  /ocsp/{ca}/{base64}   see target.h
 *     POST /ocsp, GET /ocsp/{base64}   any CA of ours
 *
 * An answer about one certificate without nonce is signed once, kept in memory for half of its
 * twelve hours, and served on the event loop; everything else goes to a worker, which reads the
 * store and signs. A revocation on this node drops what was kept about it. What cannot be answered
 * gets an unsigned error: malformedRequest, unauthorized, tryLater or internalError.
 */
#pragma once

#include "base/attributes.h"
#include "http/server.h"

struct authority;
struct metrics;
struct ocsp;
struct store;

/* All three must outlive the authority's last revocation: ocsp goes after the pools are idle. */
struct ocsp *ocsp_new(struct authority *authority, struct store *store, struct metrics *metrics);
void ocsp_free(struct ocsp *ocsp);
DEFINE_SCOPED(struct ocsp *, ocsp_free)

struct http_front ocsp_front(struct ocsp *ocsp);
