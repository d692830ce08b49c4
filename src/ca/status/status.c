#include "ca/status/status.h"

#include "base/error.h"
#include "ca/issuer.h"
#include "store/rows.h"
#include "x509/reason.h"

static bool is_compromised(const struct issuer *issuer)
{
    return issuer->revoked_at && (issuer->revocation_reason == REASON_KEY_COMPROMISE ||
                                  issuer->revocation_reason == REASON_CA_COMPROMISE);
}

bool status_get(struct session *session, const struct issuer *issuer, struct bytes serial,
                struct certificate_status *out, struct error *err)
{
    struct serial_status stored;
    *out = (struct certificate_status){ .state = STATE_UNKNOWN };
    if (!leaves_status(session, issuer->ca_id, serial, &stored, err))
        return false;
    if (!stored.is_known || stored.version != issuer->number)
        return true;
    out->state = stored.revoked_at ? STATE_REVOKED : STATE_GOOD;
    out->revoked_at = stored.revoked_at;
    out->reason = stored.revoked_at ? stored.reason : REASON_UNSPECIFIED;
    if (is_compromised(issuer) && (!stored.revoked_at || stored.revoked_at > issuer->revoked_at)) {
        out->state = STATE_REVOKED;
        out->revoked_at = issuer->revoked_at;
        out->reason = REASON_CA_COMPROMISE;
    }
    return true;
}
