#include "x509/reason.h"

#include "base/attributes.h"
#include "base/text.h"

#include <stddef.h>

static const char *const texts[] = {
    // clang-format off
    [REASON_UNSPECIFIED]            = "unspecified",
    [REASON_KEY_COMPROMISE]         = "keyCompromise",
    [REASON_CA_COMPROMISE]          = "cACompromise",
    [REASON_AFFILIATION_CHANGED]    = "affiliationChanged",
    [REASON_SUPERSEDED]             = "superseded",
    [REASON_CESSATION_OF_OPERATION] = "cessationOfOperation",
    [REASON_CERTIFICATE_HOLD]       = "certificateHold",
    [REASON_REMOVE_FROM_CRL]        = "removeFromCRL",
    [REASON_PRIVILEGE_WITHDRAWN]    = "privilegeWithdrawn",
    [REASON_AA_COMPROMISE]          = "aACompromise",
    // clang-format on
};

const char *reason_text(int number)
{
    return number >= 0 && (size_t)number < ARRAY_LEN(texts) ? texts[number] : NULL;
}

bool reason_from_text(const char *text, enum reason *out)
{
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        /* RFC 5280 §5.3.1: removeFromCRL is for delta CRLs, nobody asks for it. */
        if (i == REASON_REMOVE_FROM_CRL || !texts[i] || !text_equal(texts[i], text))
            continue;
        *out = (enum reason)i;
        return true;
    }
    return false;
}
