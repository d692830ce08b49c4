#include "graph/routes/reason.h"

#include "base/error.h"

bool reason_read(const char *text, enum reason *out, struct error *err)
{
    *out = REASON_UNSPECIFIED;
    if (text && (!reason_from_text(text, out) || *out == REASON_CERTIFICATE_HOLD))
        return fail(err, ERR_INVALID,
                    "reason: must be one of unspecified, keyCompromise, cACompromise, "
                    "affiliationChanged, superseded, cessationOfOperation, privilegeWithdrawn, "
                    "aACompromise");
    return true;
}
