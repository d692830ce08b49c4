#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *text;
    int http_status;
} rows[ERR_COUNT] = {
    // clang-format off
    [ERR_NONE]               = { "none",               200 },
    [ERR_MALFORMED]          = { "malformed",          400 },
    [ERR_INVALID]            = { "invalid",            400 },
    [ERR_BAD_CSR]            = { "bad_csr",            400 },
    [ERR_BAD_SIGNATURE]      = { "bad_signature",      400 },
    [ERR_WEAK_ALGORITHM]     = { "weak_algorithm",     400 },
    [ERR_BAD_CHALLENGE]      = { "bad_challenge",      403 },
    [ERR_UNAUTHENTICATED]    = { "unauthenticated",    401 },
    [ERR_FORBIDDEN]          = { "forbidden",          403 },
    [ERR_NOT_FOUND]          = { "not_found",          404 },
    [ERR_METHOD_NOT_ALLOWED] = { "method_not_allowed", 405 },
    [ERR_NOT_ACCEPTABLE]     = { "not_acceptable",     406 },
    [ERR_TIMEOUT]            = { "timeout",            408 },
    [ERR_CONFLICT]           = { "conflict",           409 },
    [ERR_PRECONDITION]       = { "precondition",       412 },
    [ERR_TOO_LARGE]          = { "too_large",          413 },
    [ERR_TARGET_TOO_LONG]    = { "target_too_long",    414 },
    [ERR_UNSUPPORTED_MEDIA]  = { "unsupported_media",  415 },
    [ERR_HEADERS_TOO_LARGE]  = { "headers_too_large",  431 },
    [ERR_THROTTLED]          = { "throttled",          429 },
    [ERR_INTERNAL]           = { "internal",           500 },
    [ERR_NOT_SUPPORTED]      = { "not_supported",      501 },
    [ERR_BUSY]               = { "busy",               503 },
    [ERR_OUTCOME_UNKNOWN]    = { "outcome_unknown",    503 },
    [ERR_QUOTA]              = { "quota",              507 },
    // clang-format on
};

bool error_raise(struct error *err, enum error_code code, const char *file, int line,
                 const char *format, ...)
{
    if (err->code != ERR_NONE)
        return false;
    err->code = code;
    err->file = file;
    err->line = line;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(err->message, sizeof err->message, format, arguments);
    va_end(arguments);
    return false;
}

bool error_add_context(struct error *err, const char *format, ...)
{
    char cause[ERROR_MESSAGE_OCTETS];
    memcpy(cause, err->message, sizeof cause);
    va_list arguments;
    va_start(arguments, format);
    int used = vsnprintf(err->message, sizeof err->message, format, arguments);
    va_end(arguments);
    if (used >= 0 && (size_t)used < sizeof err->message)
        snprintf(err->message + used, sizeof err->message - (size_t)used, ": %s", cause);
    return false;
}

void error_clear(struct error *err)
{
    *err = (struct error){ .code = ERR_NONE };
}

int error_http_status(enum error_code code)
{
    return rows[code].http_status;
}

const char *error_code_text(enum error_code code)
{
    return rows[code].text;
}
