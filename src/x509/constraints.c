#include "x509/constraints.h"

#include "base/error.h"

#include <limits.h>
#include <openssl/x509v3.h>

DEFINE_SCOPED(X509 *, X509_free)
DEFINE_SCOPED(NAME_CONSTRAINTS *, NAME_CONSTRAINTS_free)

static NAME_CONSTRAINTS *read_constraints(struct bytes value)
{
    const X509V3_EXT_METHOD *method = X509V3_EXT_get_nid(NID_name_constraints);
    const unsigned char *at = value.data;
    if (value.len > LONG_MAX)
        return NULL;
    return (NAME_CONSTRAINTS *)ASN1_item_d2i(NULL, &at, (long)value.len, ASN1_ITEM_ptr(method->it));
}

static bool names_a_host(const X509 *certificate)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    bool is_found = false;
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
        is_found = is_found || sk_GENERAL_NAME_value(names, i)->type == GEN_DNS;
    GENERAL_NAMES_free(names);
    return is_found;
}

bool constraints_check(struct bytes value, struct bytes certificate, struct error *err)
{
    SCOPED(NAME_CONSTRAINTS_free) NAME_CONSTRAINTS *constraints = read_constraints(value);
    const unsigned char *at = certificate.data;
    SCOPED(X509_free) X509 *x509 = d2i_X509(NULL, &at, (long)certificate.len);
    /* X509_check_purpose reads the extensions: without it the check sees no alternative names. */
    if (!constraints || !x509 || X509_check_purpose(x509, -1, 0) != 1)
        return fail(err, ERR_MALFORMED, "nameConstraints: RFC 5280 §4.2.1.10: cannot be read");
    int verdict = NAME_CONSTRAINTS_check(x509, constraints);
    /* Clients that take a host's name from the CN hold it to the same constraints. */
    if (verdict == X509_V_OK && !names_a_host(x509))
        verdict = NAME_CONSTRAINTS_check_CN(x509, constraints);
    return verdict == X509_V_OK || fail(err, ERR_BAD_CSR, "nameConstraints: RFC 5280 §4.2.1.10: %s",
                                        X509_verify_cert_error_string(verdict));
}
