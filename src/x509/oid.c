#include "x509/oid.h"

#include "base/error.h"

#include <stdint.h>
#include <string.h>

/* Arcs of 128 bits exist: those under 2.25 are UUIDs (X.667). */
__extension__ typedef unsigned __int128 arc;

enum { ARC_DIGITS_MAX = 40 };

struct row {
    struct bytes content;
    const char *name;
};

#define ROW(octets, name)                                         \
    {                                                             \
        { (const uint8_t *)(octets), sizeof(octets) - 1 }, (name) \
    }

/* clang-format off */
static const struct row rows[OID_COUNT] = {
    /* attributes */
    [OID_COMMON_NAME] = ROW("\x55\x04\x03", "CN"), /* 2.5.4.3 */
    [OID_SURNAME] = ROW("\x55\x04\x04", "SN"), /* 2.5.4.4 */
    [OID_SERIAL_NUMBER] = ROW("\x55\x04\x05", "serialNumber"), /* 2.5.4.5 */
    [OID_COUNTRY] = ROW("\x55\x04\x06", "C"), /* 2.5.4.6 */
    [OID_LOCALITY] = ROW("\x55\x04\x07", "L"), /* 2.5.4.7 */
    [OID_STATE] = ROW("\x55\x04\x08", "ST"), /* 2.5.4.8 */
    [OID_STREET] = ROW("\x55\x04\x09", "STREET"), /* 2.5.4.9 */
    [OID_ORGANIZATION] = ROW("\x55\x04\x0a", "O"), /* 2.5.4.10 */
    [OID_ORGANIZATION_UNIT] = ROW("\x55\x04\x0b", "OU"), /* 2.5.4.11 */
    [OID_TITLE] = ROW("\x55\x04\x0c", "title"), /* 2.5.4.12 */
    [OID_GIVEN_NAME] = ROW("\x55\x04\x2a", "GN"), /* 2.5.4.42 */
    [OID_INITIALS] = ROW("\x55\x04\x2b", "initials"), /* 2.5.4.43 */
    [OID_GENERATION] = ROW("\x55\x04\x2c", "generationQualifier"), /* 2.5.4.44 */
    [OID_DN_QUALIFIER] = ROW("\x55\x04\x2e", "dnQualifier"), /* 2.5.4.46 */
    [OID_PSEUDONYM] = ROW("\x55\x04\x41", "pseudonym"), /* 2.5.4.65 */
    [OID_DOMAIN_COMPONENT] = ROW("\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19", "DC"), /* 0.9.2342.19200300.100.1.25 */
    [OID_USER_ID] = ROW("\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01", "UID"), /* 0.9.2342.19200300.100.1.1 */
    [OID_EMAIL] = ROW("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01", "emailAddress"), /* 1.2.840.113549.1.9.1 */
    [OID_POSTAL_CODE] = ROW("\x55\x04\x11", "postalCode"), /* 2.5.4.17 */
    [OID_UNSTRUCTURED_NAME] = ROW("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x02", "unstructuredName"), /* 1.2.840.113549.1.9.2 */
    /* extensions */
    [OID_SUBJECT_KEY_IDENTIFIER] = ROW("\x55\x1d\x0e", "subjectKeyIdentifier"), /* 2.5.29.14 */
    [OID_KEY_USAGE] = ROW("\x55\x1d\x0f", "keyUsage"), /* 2.5.29.15 */
    [OID_SUBJECT_ALT_NAME] = ROW("\x55\x1d\x11", "subjectAltName"), /* 2.5.29.17 */
    [OID_BASIC_CONSTRAINTS] = ROW("\x55\x1d\x13", "basicConstraints"), /* 2.5.29.19 */
    [OID_CRL_NUMBER] = ROW("\x55\x1d\x14", "crlNumber"), /* 2.5.29.20 */
    [OID_REASON_CODE] = ROW("\x55\x1d\x15", "reasonCode"), /* 2.5.29.21 */
    [OID_INVALIDITY_DATE] = ROW("\x55\x1d\x18", "invalidityDate"), /* 2.5.29.24 */
    [OID_DELTA_CRL_INDICATOR] = ROW("\x55\x1d\x1b", "deltaCRLIndicator"), /* 2.5.29.27 */
    [OID_ISSUING_DISTRIBUTION_POINT] = ROW("\x55\x1d\x1c", "issuingDistributionPoint"), /* 2.5.29.28 */
    [OID_NAME_CONSTRAINTS] = ROW("\x55\x1d\x1e", "nameConstraints"), /* 2.5.29.30 */
    [OID_CRL_DISTRIBUTION_POINTS] = ROW("\x55\x1d\x1f", "cRLDistributionPoints"), /* 2.5.29.31 */
    [OID_CERTIFICATE_POLICIES] = ROW("\x55\x1d\x20", "certificatePolicies"), /* 2.5.29.32 */
    [OID_POLICY_MAPPINGS] = ROW("\x55\x1d\x21", "policyMappings"), /* 2.5.29.33 */
    [OID_AUTHORITY_KEY_IDENTIFIER] = ROW("\x55\x1d\x23", "authorityKeyIdentifier"), /* 2.5.29.35 */
    [OID_POLICY_CONSTRAINTS] = ROW("\x55\x1d\x24", "policyConstraints"), /* 2.5.29.36 */
    [OID_EXTENDED_KEY_USAGE] = ROW("\x55\x1d\x25", "extKeyUsage"), /* 2.5.29.37 */
    [OID_FRESHEST_CRL] = ROW("\x55\x1d\x2e", "freshestCRL"), /* 2.5.29.46 */
    [OID_INHIBIT_ANY_POLICY] = ROW("\x55\x1d\x36", "inhibitAnyPolicy"), /* 2.5.29.54 */
    [OID_AUTHORITY_INFO_ACCESS] = ROW("\x2b\x06\x01\x05\x05\x07\x01\x01", "authorityInfoAccess"), /* 1.3.6.1.5.5.7.1.1 */
    [OID_SID] = ROW("\x2b\x06\x01\x04\x01\x82\x37\x19\x02", NULL), /* 1.3.6.1.4.1.311.25.2 */
    [OID_OCSP_NOCHECK] = ROW("\x2b\x06\x01\x05\x05\x07\x30\x01\x05", "noCheck"), /* 1.3.6.1.5.5.7.48.1.5 */
    [OID_OCSP_NONCE] = ROW("\x2b\x06\x01\x05\x05\x07\x30\x01\x02", "nonce"), /* 1.3.6.1.5.5.7.48.1.2 */
    [OID_OCSP_BASIC] = ROW("\x2b\x06\x01\x05\x05\x07\x30\x01\x01", NULL), /* 1.3.6.1.5.5.7.48.1.1 */
    [OID_AD_OCSP] = ROW("\x2b\x06\x01\x05\x05\x07\x30\x01", "ocsp"), /* 1.3.6.1.5.5.7.48.1 */
    [OID_AD_CA_ISSUERS] = ROW("\x2b\x06\x01\x05\x05\x07\x30\x02", "caIssuers"), /* 1.3.6.1.5.5.7.48.2 */
    [OID_TLS_FEATURE] = ROW("\x2b\x06\x01\x05\x05\x07\x01\x18", "tlsfeature"), /* 1.3.6.1.5.5.7.1.24 */
    /* extended key usages */
    [OID_SERVER_AUTH] = ROW("\x2b\x06\x01\x05\x05\x07\x03\x01", "serverAuth"), /* 1.3.6.1.5.5.7.3.1 */
    [OID_CLIENT_AUTH] = ROW("\x2b\x06\x01\x05\x05\x07\x03\x02", "clientAuth"), /* 1.3.6.1.5.5.7.3.2 */
    [OID_OCSP_SIGNING] = ROW("\x2b\x06\x01\x05\x05\x07\x03\x09", "OCSPSigning"), /* 1.3.6.1.5.5.7.3.9 */
    [OID_ANY_EXTENDED_KEY_USAGE] = ROW("\x55\x1d\x25\x00", "anyExtendedKeyUsage"), /* 2.5.29.37.0 */
    [OID_CMC_RA] = ROW("\x2b\x06\x01\x05\x05\x07\x03\x1c", "cmcRA"), /* 1.3.6.1.5.5.7.3.28 */
    [OID_MS_CERTIFICATE_TRUST_LIST_SIGNING] = ROW("\x2b\x06\x01\x04\x01\x82\x37\x14\x02\x01", NULL), /* 1.3.6.1.4.1.311.20.2.1 */
    [OID_MS_UPN] = ROW("\x2b\x06\x01\x04\x01\x82\x37\x14\x02\x03", "upn"), /* 1.3.6.1.4.1.311.20.2.3 */
    /* PKCS #9 and SCEP attributes */
    [OID_CONTENT_TYPE] = ROW("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03", NULL), /* 1.2.840.113549.1.9.3 */
    [OID_MESSAGE_DIGEST] = ROW("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04", NULL), /* 1.2.840.113549.1.9.4 */
    [OID_SIGNING_TIME] = ROW("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05", NULL), /* 1.2.840.113549.1.9.5 */
    [OID_CHALLENGE_PASSWORD] = ROW("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x07", "challengePassword"), /* 1.2.840.113549.1.9.7 */
    [OID_EXTENSION_REQUEST] = ROW("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0e", "extensionRequest"), /* 1.2.840.113549.1.9.14 */
    [OID_MS_EXTENSION_REQUEST] = ROW("\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x0e", NULL), /* 1.3.6.1.4.1.311.2.1.14 */
    [OID_SCEP_MESSAGE_TYPE] = ROW("\x60\x86\x48\x01\x86\xf8\x45\x01\x09\x02", NULL), /* 2.16.840.1.113733.1.9.2 */
    [OID_SCEP_PKI_STATUS] = ROW("\x60\x86\x48\x01\x86\xf8\x45\x01\x09\x03", NULL), /* 2.16.840.1.113733.1.9.3 */
    [OID_SCEP_FAIL_INFO] = ROW("\x60\x86\x48\x01\x86\xf8\x45\x01\x09\x04", NULL), /* 2.16.840.1.113733.1.9.4 */
    [OID_SCEP_SENDER_NONCE] = ROW("\x60\x86\x48\x01\x86\xf8\x45\x01\x09\x05", NULL), /* 2.16.840.1.113733.1.9.5 */
    [OID_SCEP_RECIPIENT_NONCE] = ROW("\x60\x86\x48\x01\x86\xf8\x45\x01\x09\x06", NULL), /* 2.16.840.1.113733.1.9.6 */
    [OID_SCEP_TRANSACTION_ID] = ROW("\x60\x86\x48\x01\x86\xf8\x45\x01\x09\x07", NULL), /* 2.16.840.1.113733.1.9.7 */
    [OID_SCEP_FAIL_INFO_TEXT] = ROW("\x2b\x06\x01\x05\x05\x07\x18\x01", NULL), /* 1.3.6.1.5.5.7.24.1 */
    /* CMS content types */
    [OID_DATA] = ROW("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01", NULL), /* 1.2.840.113549.1.7.1 */
    [OID_SIGNED_DATA] = ROW("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", NULL), /* 1.2.840.113549.1.7.2 */
    [OID_ENVELOPED_DATA] = ROW("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03", NULL), /* 1.2.840.113549.1.7.3 */
    /* algorithms */
    [OID_RSA_ENCRYPTION] = ROW("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", "rsaEncryption"), /* 1.2.840.113549.1.1.1 */
    [OID_RSA_PSS] = ROW("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a", "rsassaPss"), /* 1.2.840.113549.1.1.10 */
    [OID_RSA_OAEP] = ROW("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x07", "rsaesOaep"), /* 1.2.840.113549.1.1.7 */
    [OID_MGF1] = ROW("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08", "mgf1"), /* 1.2.840.113549.1.1.8 */
    [OID_SHA1_WITH_RSA] = ROW("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05", "sha1WithRSAEncryption"), /* 1.2.840.113549.1.1.5 */
    [OID_MD5_WITH_RSA] = ROW("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04", "md5WithRSAEncryption"), /* 1.2.840.113549.1.1.4 */
    [OID_SHA256_WITH_RSA] = ROW("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b", "sha256WithRSAEncryption"), /* 1.2.840.113549.1.1.11 */
    [OID_SHA384_WITH_RSA] = ROW("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c", "sha384WithRSAEncryption"), /* 1.2.840.113549.1.1.12 */
    [OID_SHA512_WITH_RSA] = ROW("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d", "sha512WithRSAEncryption"), /* 1.2.840.113549.1.1.13 */
    [OID_EC_PUBLIC_KEY] = ROW("\x2a\x86\x48\xce\x3d\x02\x01", "id-ecPublicKey"), /* 1.2.840.10045.2.1 */
    [OID_ECDSA_WITH_SHA1] = ROW("\x2a\x86\x48\xce\x3d\x04\x01", "ecdsa-with-SHA1"), /* 1.2.840.10045.4.1 */
    [OID_ECDSA_WITH_SHA256] = ROW("\x2a\x86\x48\xce\x3d\x04\x03\x02", "ecdsa-with-SHA256"), /* 1.2.840.10045.4.3.2 */
    [OID_ECDSA_WITH_SHA384] = ROW("\x2a\x86\x48\xce\x3d\x04\x03\x03", "ecdsa-with-SHA384"), /* 1.2.840.10045.4.3.3 */
    [OID_ECDSA_WITH_SHA512] = ROW("\x2a\x86\x48\xce\x3d\x04\x03\x04", "ecdsa-with-SHA512"), /* 1.2.840.10045.4.3.4 */
    [OID_P256] = ROW("\x2a\x86\x48\xce\x3d\x03\x01\x07", "prime256v1"), /* 1.2.840.10045.3.1.7 */
    [OID_P256K] = ROW("\x2b\x81\x04\x00\x0a", "secp256k1"), /* 1.3.132.0.10 */
    [OID_P384] = ROW("\x2b\x81\x04\x00\x22", "secp384r1"), /* 1.3.132.0.34 */
    [OID_P521] = ROW("\x2b\x81\x04\x00\x23", "secp521r1"), /* 1.3.132.0.35 */
    [OID_MD5] = ROW("\x2a\x86\x48\x86\xf7\x0d\x02\x05", "md5"), /* 1.2.840.113549.2.5 */
    [OID_SHA1] = ROW("\x2b\x0e\x03\x02\x1a", "sha1"), /* 1.3.14.3.2.26 */
    [OID_SHA256] = ROW("\x60\x86\x48\x01\x65\x03\x04\x02\x01", "sha256"), /* 2.16.840.1.101.3.4.2.1 */
    [OID_SHA384] = ROW("\x60\x86\x48\x01\x65\x03\x04\x02\x02", "sha384"), /* 2.16.840.1.101.3.4.2.2 */
    [OID_SHA512] = ROW("\x60\x86\x48\x01\x65\x03\x04\x02\x03", "sha512"), /* 2.16.840.1.101.3.4.2.3 */
    [OID_DES_CBC] = ROW("\x2b\x0e\x03\x02\x07", "des-cbc"), /* 1.3.14.3.2.7 */
    [OID_DES3_CBC] = ROW("\x2a\x86\x48\x86\xf7\x0d\x03\x07", "des-ede3-cbc"), /* 1.2.840.113549.3.7 */
    [OID_AES128_CBC] = ROW("\x60\x86\x48\x01\x65\x03\x04\x01\x02", "aes-128-cbc"), /* 2.16.840.1.101.3.4.1.2 */
    [OID_AES192_CBC] = ROW("\x60\x86\x48\x01\x65\x03\x04\x01\x16", "aes-192-cbc"), /* 2.16.840.1.101.3.4.1.22 */
    [OID_AES256_CBC] = ROW("\x60\x86\x48\x01\x65\x03\x04\x01\x2a", "aes-256-cbc"), /* 2.16.840.1.101.3.4.1.42 */
    [OID_PBKDF2] = ROW("\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c", NULL), /* 1.2.840.113549.1.5.12 */
    [OID_HMAC_SHA256] = ROW("\x2a\x86\x48\x86\xf7\x0d\x02\x09", NULL), /* 1.2.840.113549.2.9 */
    [OID_AES256_WRAP] = ROW("\x60\x86\x48\x01\x65\x03\x04\x01\x2d", NULL), /* 2.16.840.1.101.3.4.1.45 */
    [OID_PWRI_KEK] = ROW("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x09", NULL), /* 1.2.840.113549.1.9.16.3.9 */
};
/* clang-format on */

/* The first octets of an arc may not be 0x80: X.690 §8.19.2. */
static bool next_arc(struct bytes *content, struct bytes *arc_octets)
{
    size_t len = 0;
    while (len < content->len && content->data[len] & 0x80)
        len++;
    if (len == content->len || content->data[0] == 0x80)
        return false;
    *arc_octets = (struct bytes){ content->data, len + 1 };
    *content = (struct bytes){ content->data + len + 1, content->len - len - 1 };
    return true;
}

static bool arc_value(struct bytes octets, arc *out)
{
    arc value = 0;
    for (size_t i = 0; i < octets.len; i++) {
        if (value >> (128 - 7))
            return false;
        value = value << 7 | (octets.data[i] & 0x7f);
    }
    *out = value;
    return true;
}

static bool put_arc(arc value, char out[OID_TEXT_OCTETS_MAX], size_t *len)
{
    char digits[ARC_DIGITS_MAX];
    size_t count = 0;
    do {
        digits[count++] = (char)('0' + (int)(value % 10));
        value /= 10;
    } while (value);
    bool is_first = *len == 0;
    if (*len + count + 2 > OID_TEXT_OCTETS_MAX)
        return false;
    if (!is_first)
        out[(*len)++] = '.';
    while (count)
        out[(*len)++] = digits[--count];
    out[*len] = '\0';
    return true;
}

static bool read_arc(const char **text, arc *out)
{
    const char *p = *text;
    arc value = 0;
    if (*p == '0' && p[1] >= '0' && p[1] <= '9')
        return false;
    for (; *p >= '0' && *p <= '9'; p++) {
        arc digit = (arc)(*p - '0');
        if (value > (~(arc)0 - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    bool took = p != *text;
    *text = p;
    *out = value;
    return took;
}

static void encode_arc(arc value, struct buf *out)
{
    uint8_t octets[19]; /* 128 bits, seven to an octet */
    size_t at = sizeof octets;
    octets[--at] = (uint8_t)(value & 0x7f);
    for (value >>= 7; value; value >>= 7)
        octets[--at] = (uint8_t)(0x80 | (value & 0x7f));
    buf_add(out, (struct bytes){ octets + at, sizeof octets - at });
}

/* The first two arcs share one: X.690 §8.19.4. */
static bool read_first_arcs(const char **text, arc *out)
{
    arc first;
    arc second;
    if (!read_arc(text, &first) || first > 2 || **text != '.')
        return false;
    (*text)++;
    if (!read_arc(text, &second) || (first < 2 && second > 39) || second > ~(arc)0 - 80)
        return false;
    *out = first * 40 + second;
    return true;
}

static bool encode_text(const char *dotted, struct buf *out)
{
    arc value;
    if (!read_first_arcs(&dotted, &value))
        return false;
    encode_arc(value, out);
    while (*dotted == '.') {
        dotted++;
        if (!read_arc(&dotted, &value))
            return false;
        encode_arc(value, out);
    }
    return *dotted == '\0';
}

struct bytes oid_bytes(enum oid oid)
{
    return rows[oid].content;
}

enum oid oid_find(struct bytes content)
{
    if (content.len == 0)
        return OID_NONE;
    /* The last octet tells most of them apart, so few are compared whole. */
    uint8_t last = content.data[content.len - 1];
    for (size_t i = OID_NONE + 1; i < OID_COUNT; i++) {
        struct bytes known = rows[i].content;
        if (known.len == content.len && known.data[known.len - 1] == last &&
            memcmp(known.data, content.data, content.len) == 0)
            return (enum oid)i;
    }
    return OID_NONE;
}

const char *oid_name(enum oid oid)
{
    return rows[oid].name;
}

bool oid_is_valid(struct bytes content)
{
    if (content.len == 0 || content.len > OID_OCTETS_MAX)
        return false;
    struct bytes octets;
    while (content.len)
        if (!next_arc(&content, &octets))
            return false;
    return true;
}

bool oid_text(struct bytes content, char out[OID_TEXT_OCTETS_MAX])
{
    size_t len = 0;
    struct bytes octets;
    arc value;
    if (!oid_is_valid(content) || !next_arc(&content, &octets) || !arc_value(octets, &value))
        return false;
    arc first = value < 80 ? value / 40 : 2;
    bool fits = put_arc(first, out, &len) && put_arc(value - first * 40, out, &len);
    while (fits && content.len)
        fits =
            next_arc(&content, &octets) && arc_value(octets, &value) && put_arc(value, out, &len);
    return fits;
}

bool oid_from_text(const char *dotted, struct buf *out, struct error *err)
{
    size_t before = buf_len(out);
    if (encode_text(dotted, out) && buf_ok(out) && buf_len(out) - before <= OID_OCTETS_MAX)
        return true;
    buf_truncate(out, before);
    return fail(err, ERR_MALFORMED, "\"%.64s\" is not an object identifier in dotted form", dotted);
}
