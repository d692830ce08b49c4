#include "scep/refusal.h"

#include "base/bytes.h"
#include "base/text.h"

/* clang-format off */
const struct scep_error_row scep_error_rows[ERR_COUNT] = {
    [ERR_NONE]               = { SCEP_HTTP_STATUS,       false, "no error" },
    [ERR_MALFORMED]          = { SCEP_BAD_REQUEST,       true,  "the message is not well formed" },
    [ERR_INVALID]            = { SCEP_BAD_REQUEST,       true,  "a value cannot be" },
    [ERR_BAD_CSR]            = { SCEP_BAD_REQUEST,       true,  "the request is not one that may be signed" },
    [ERR_BAD_SIGNATURE]      = { SCEP_BAD_MESSAGE_CHECK, false, "the integrity of the message cannot be confirmed" },
    [ERR_WEAK_ALGORITHM]     = { SCEP_BAD_ALG,           true,  "an algorithm or key is not accepted" },
    [ERR_BAD_CHALLENGE]      = { SCEP_BAD_REQUEST,       false, "the challenge is not one that is accepted" },
    [ERR_UNAUTHENTICATED]    = { SCEP_BAD_REQUEST,       true,  "the signer is not accepted" },
    [ERR_FORBIDDEN]          = { SCEP_BAD_REQUEST,       true,  "not allowed" },
    [ERR_NOT_FOUND]          = { SCEP_BAD_CERT_ID,       false, "no such certificate or transaction" },
    [ERR_METHOD_NOT_ALLOWED] = { SCEP_HTTP_STATUS,       false, "method not allowed" },
    [ERR_NOT_ACCEPTABLE]     = { SCEP_HTTP_STATUS,       false, "not acceptable" },
    [ERR_TIMEOUT]            = { SCEP_HTTP_STATUS,       false, "too late" },
    [ERR_CONFLICT]           = { SCEP_BAD_REQUEST,       true,  "not now" },
    [ERR_PRECONDITION]       = { SCEP_HTTP_STATUS,       false, "precondition failed" },
    [ERR_TOO_LARGE]          = { SCEP_BAD_REQUEST,       true,  "too large" },
    [ERR_TARGET_TOO_LONG]    = { SCEP_HTTP_STATUS,       false, "the URL is too long" },
    [ERR_UNSUPPORTED_MEDIA]  = { SCEP_HTTP_STATUS,       false, "unsupported media type" },
    [ERR_HEADERS_TOO_LARGE]  = { SCEP_HTTP_STATUS,       false, "the headers are too large" },
    [ERR_THROTTLED]          = { SCEP_HTTP_STATUS,       false, "too many requests" },
    [ERR_INTERNAL]           = { SCEP_HTTP_STATUS,       false, "internal error" },
    [ERR_NOT_SUPPORTED]      = { SCEP_BAD_REQUEST,       true,  "not offered" },
    [ERR_BUSY]               = { SCEP_HTTP_STATUS,       false, "busy" },
    [ERR_OUTCOME_UNKNOWN]    = { SCEP_HTTP_STATUS,       false, "busy" },
    [ERR_QUOTA]              = { SCEP_HTTP_STATUS,       false, "a limit of this installation is reached" },
};

/* badTime, "3", is never sent: pki-rules §4. */
static const char *const wire_texts[SCEP_FAIL_COUNT] = {
    [SCEP_BAD_ALG]           = "0",
    [SCEP_BAD_MESSAGE_CHECK] = "1",
    [SCEP_BAD_REQUEST]       = "2",
    [SCEP_BAD_CERT_ID]       = "4",
};
/* clang-format on */

const char *scep_fail_info_text(enum scep_fail_info fail_info)
{
    return wire_texts[fail_info];
}

void scep_refusal_text(const struct error *err, struct buf *out)
{
    const struct scep_error_row *row = &scep_error_rows[err->code];
    bool is_clean = text_is_utf8(bytes_of_text(err->message)) && !text_has_control(err->message);
    buf_add_text(out, row->text);
    if (row->says_why && is_clean && err->message[0])
        buf_add_format(out, ": %s", err->message);
}
