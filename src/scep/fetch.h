/*
 * fetch - GetCert and GetCRL, RFC 8894 §3.3.4: what a holder of one of the CA's certificates may
 * read. Both answer within this CA only.
 */
#pragma once

#include "scep/exchange.h"

enum { FETCH_CRL_OCTETS_MAX = 4 * 1024 * 1024 }; /* longer ones are for the CDP */

exchange_fn fetch_certificate;
exchange_fn fetch_crl;
