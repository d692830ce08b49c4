/*
 * name - distinguished names, RFC 5280 §4.1.2.4, §7.1, Appendix A; text RFC 4514.
 *
 * Inside, a name is its DER, copied octet by octet. Building checks the upper bounds of
 * Appendix A and the string types of pki-rules §1; a value is one attribute value and never
 * parsed as a DN. Errors: ERR_INVALID for values, ERR_MALFORMED for DER and DN text.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "x509/oid.h"

#include <stdbool.h>

struct error;

enum { NAME_OCTETS_MAX = 8192, NAME_ATTRIBUTES_MAX = 64 };

struct name_attribute {
    enum oid type;
    const char *value; /* UTF-8; NULL or "" is left out */
};

/* One RDN per attribute, in the order given, SEQUENCE included. */
bool name_encode(const struct name_attribute *attributes, size_t count, struct buf *out,
                 struct error *err) MUST_CHECK;

/* "CN=device, O=Acme" (RFC 4514 order reversed or not: as written), escapes and #hex refused. */
bool name_from_text(const char *text, struct buf *out, struct error *err) MUST_CHECK;

/* Structure, string types and sizes; der includes the SEQUENCE. */
bool name_check(struct bytes der, struct error *err) MUST_CHECK;

/* What may stand in a certificate of ours too: known types, the upper bounds of Appendix A, no
 * control characters. For subjects that come from a CSR. */
bool name_check_values(struct bytes der, struct error *err) MUST_CHECK;

bool name_is_empty(struct bytes der);

/* "C=CH,O=Acme,CN=d": encoded order, no blanks, RFC 4514 escapes. */
bool name_text(struct bytes der, struct buf *out);

/* "CN=d, O=Acme, C=CH" with S for ST: the leaf's issuerName. */
bool name_text_reversed(struct bytes der, struct buf *out);

/* The last value of this type as UTF-8; false if there is none. */
bool name_find(struct bytes der, enum oid type, struct buf *out);

/* RFC 5280 §7.1: case and inner blanks do not matter. */
bool name_equal(struct bytes a, struct bytes b);
