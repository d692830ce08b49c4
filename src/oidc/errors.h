/*
 * errors - what an error looks like to an OAuth client: one row per code; RFC 6749 §5.2.
 */
#pragma once

#include "base/error.h"

struct http_job;

struct oidc_error_row {
    const char *error;
    int http_status;
};

extern const struct oidc_error_row oidc_error_rows[ERR_COUNT];

/* A front's http_error_fn. */
void oidc_reply_error(void *context, struct http_job *job, const struct error *err);
