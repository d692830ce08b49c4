/*
 * refusal - what an error becomes for a SCEP client: a failInfo of RFC 8894 §3.2.1.4, or HTTP.
 */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct buf;

enum scep_fail_info {
    SCEP_FAIL_NONE, /* no row */
    SCEP_BAD_ALG,
    SCEP_BAD_MESSAGE_CHECK,
    SCEP_BAD_REQUEST,
    SCEP_BAD_CERT_ID,
    SCEP_HTTP_STATUS, /* no CertRep: the front answers with error_http_status */
    SCEP_FAIL_COUNT
};

struct scep_error_row {
    enum scep_fail_info fail_info;
    bool says_why; /* the error's message follows; never where it would help an attacker */
    const char *text;
};

extern const struct scep_error_row scep_error_rows[ERR_COUNT];

/* "0", "1", "2", "4": the PrintableString of the failInfo attribute; NULL for the others. */
const char *scep_fail_info_text(enum scep_fail_info fail_info);

/* failInfoText: UTF-8 without control characters. */
void scep_refusal_text(const struct error *err, struct buf *out);
