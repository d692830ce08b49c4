/*
 * cdp - CRLs and issuer certificates over plain HTTP: RFC 5280 §4.2.1.13, §4.2.2.1; RFC 2585.
 *
 *     /crl/{ca}/v{n}/current.crl   complete list     application/pkix-crl
 *     /crl/{ca}/v{n}/delta.crl     delta list        application/pkix-crl
 *     /ca/{ca}/v{n}/ca.cer         certificate       application/pkix-cert
 *     /ca/{ca}/v{n}/chain.p7c      with its issuers  application/pkcs7-mime
 *
 * What is asked for is kept in memory and answered on the event loop; it is held against the
 * database again once a second. A list of more than one chunk is streamed instead. Deleted and
 * revoked CAs go on being served: relying parties still ask.
 */
#pragma once

#include "base/attributes.h"
#include "http/server.h"

struct authority;
struct cdp;
struct store;

struct cdp *cdp_new(struct authority *authority, struct store *store);
void cdp_free(struct cdp *cdp);
DEFINE_SCOPED(struct cdp *, cdp_free)

struct http_front cdp_front(struct cdp *cdp);
