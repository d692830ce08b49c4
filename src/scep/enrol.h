/*
 * enrol - PKCSReq, RenewalReq and CertPoll, RFC 8894 §3.3.1, §3.3.3; pki-rules §3, §4.
 */
#pragma once

#include "scep/exchange.h"

/* A challenge decides what is issued; a self-signed signer must hold the CSR's key. */
exchange_fn enrol_new;

/* The signer's certificate decides. */
exchange_fn enrol_renewal;

/* The answer to a transaction that was pending. */
exchange_fn enrol_poll;
