/*
 * errors - what an error looks like in OCSP: one row per code; RFC 6960 §2.3, §4.2.1.
 *
 * What is wrong with the request is answered with HTTP 200, because clients look into the body
 * only then; what is wrong with the transport or with us keeps its HTTP status, so that proxies
 * and monitors see it.
 */
#pragma once

#include "base/error.h"
#include "x509/ocsp.h"

struct ocsp_error_row {
    enum ocsp_response_status status;
    int http_status;
};

extern const struct ocsp_error_row ocsp_error_rows[ERR_COUNT];
