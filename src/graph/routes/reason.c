#include "graph/routes/reason.h"

#include "base/error.h"
#include "base/text.h"

#define REASONS                                                                  \
    "unspecified, keyCompromise, cACompromise, affiliationChanged, superseded, " \
    "cessationOfOperation, privilegeWithdrawn, aACompromise"

bool reason_read(const char *text, enum reason *out, struct error *err)
{
    *out = REASON_UNSPECIFIED;
    if (text && (!reason_from_text(text, out) || *out == REASON_CERTIFICATE_HOLD))
        return fail(err, ERR_INVALID, "reason: must be one of " REASONS);
    return true;
}

bool reason_read_of_leaf(const char *text, enum reason *out, struct error *err)
{
    *out = REASON_UNSPECIFIED;
    if (text_equal(text, "removeFromCRL"))
        *out = REASON_REMOVE_FROM_CRL;
    else if (text && !reason_from_text(text, out))
        return fail(err, ERR_INVALID,
                    "reason: must be one of " REASONS ", certificateHold, removeFromCRL");
    return true;
}
