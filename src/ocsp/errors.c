#include "ocsp/errors.h"

const struct ocsp_error_row ocsp_error_rows[ERR_COUNT] = {
    // clang-format off
    [ERR_NONE]               = { OCSP_INTERNAL_ERROR,    500 },
    [ERR_MALFORMED]          = { OCSP_MALFORMED_REQUEST, 200 },
    [ERR_INVALID]            = { OCSP_MALFORMED_REQUEST, 200 },
    [ERR_BAD_CSR]            = { OCSP_INTERNAL_ERROR,    500 },
    [ERR_BAD_SIGNATURE]      = { OCSP_MALFORMED_REQUEST, 200 },
    [ERR_WEAK_ALGORITHM]     = { OCSP_MALFORMED_REQUEST, 200 },
    [ERR_BAD_CHALLENGE]      = { OCSP_UNAUTHORIZED,      200 },
    [ERR_UNAUTHENTICATED]    = { OCSP_UNAUTHORIZED,      200 },
    [ERR_FORBIDDEN]          = { OCSP_UNAUTHORIZED,      200 },
    [ERR_NOT_FOUND]          = { OCSP_UNAUTHORIZED,      404 },
    [ERR_METHOD_NOT_ALLOWED] = { OCSP_MALFORMED_REQUEST, 405 },
    [ERR_NOT_ACCEPTABLE]     = { OCSP_MALFORMED_REQUEST, 406 },
    [ERR_TIMEOUT]            = { OCSP_MALFORMED_REQUEST, 408 },
    [ERR_CONFLICT]           = { OCSP_TRY_LATER,         503 },
    [ERR_PRECONDITION]       = { OCSP_MALFORMED_REQUEST, 412 },
    [ERR_TOO_LARGE]          = { OCSP_MALFORMED_REQUEST, 413 },
    [ERR_TARGET_TOO_LONG]    = { OCSP_MALFORMED_REQUEST, 414 },
    [ERR_UNSUPPORTED_MEDIA]  = { OCSP_MALFORMED_REQUEST, 415 },
    [ERR_HEADERS_TOO_LARGE]  = { OCSP_MALFORMED_REQUEST, 431 },
    [ERR_THROTTLED]          = { OCSP_TRY_LATER,         429 },
    [ERR_INTERNAL]           = { OCSP_INTERNAL_ERROR,    500 },
    [ERR_NOT_SUPPORTED]      = { OCSP_MALFORMED_REQUEST, 501 },
    [ERR_BUSY]               = { OCSP_TRY_LATER,         503 },
    [ERR_OUTCOME_UNKNOWN]    = { OCSP_TRY_LATER,         503 },
    [ERR_QUOTA]              = { OCSP_TRY_LATER,         503 },
    // clang-format on
};
