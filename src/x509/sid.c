#include "x509/sid.h"

#include "x509/der.h"
#include "x509/extension.h"
#include "x509/oid.h"

#include <string.h>

/* 1.3.6.1.4.1.311.25.2.1, szOID_NTDS_OBJECTSID */
static const uint8_t object_sid[] = { 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x19, 0x02, 0x01 };

bool sid_is_valid(const char *sid)
{
    size_t len = strlen(sid);
    return len >= 5 && len <= SID_OCTETS_MAX && strncmp(sid, "S-1-", 4) == 0 &&
           strspn(sid + 4, "0123456789-") == len - 4 && sid[len - 1] != '-' && sid[4] != '-' &&
           !strstr(sid, "--");
}

/* GeneralNames of one otherName whose value is the SID's text in an OCTET STRING. */
void extension_put_sid(struct buf *out, const char *sid)
{
    SCOPED(buf_free) struct buf *value = buf_new(2 * SID_OCTETS_MAX);
    struct der_mark names = der_begin(value, DER_SEQUENCE);
    struct der_mark other = der_begin(value, DER_CONTEXT_CONSTRUCTED(0));
    der_put_oid(value, BYTES_OF(object_sid));
    struct der_mark explicit = der_begin(value, DER_CONTEXT_CONSTRUCTED(0));
    der_put(value, DER_OCTET_STRING, bytes_of_text(sid));
    der_end(value, explicit);
    der_end(value, other);
    der_end(value, names);
    extension_put(out, OID_SID, false, buf_bytes(value));
}
