#include "unit/unit.h"

#include "x509/algorithm.h"
#include "x509/der.h"
#include "x509/oid.h"

#include <string.h>

struct known {
    enum oid oid;
    const char *dotted;
};

static const struct known knowns[] = {
    { OID_COMMON_NAME, "2.5.4.3" },
    { OID_SURNAME, "2.5.4.4" },
    { OID_SERIAL_NUMBER, "2.5.4.5" },
    { OID_COUNTRY, "2.5.4.6" },
    { OID_LOCALITY, "2.5.4.7" },
    { OID_STATE, "2.5.4.8" },
    { OID_STREET, "2.5.4.9" },
    { OID_ORGANIZATION, "2.5.4.10" },
    { OID_ORGANIZATION_UNIT, "2.5.4.11" },
    { OID_TITLE, "2.5.4.12" },
    { OID_GIVEN_NAME, "2.5.4.42" },
    { OID_INITIALS, "2.5.4.43" },
    { OID_GENERATION, "2.5.4.44" },
    { OID_DN_QUALIFIER, "2.5.4.46" },
    { OID_PSEUDONYM, "2.5.4.65" },
    { OID_DOMAIN_COMPONENT, "0.9.2342.19200300.100.1.25" },
    { OID_USER_ID, "0.9.2342.19200300.100.1.1" },
    { OID_EMAIL, "1.2.840.113549.1.9.1" },
    { OID_POSTAL_CODE, "2.5.4.17" },
    { OID_UNSTRUCTURED_NAME, "1.2.840.113549.1.9.2" },
    { OID_SUBJECT_KEY_IDENTIFIER, "2.5.29.14" },
    { OID_KEY_USAGE, "2.5.29.15" },
    { OID_SUBJECT_ALT_NAME, "2.5.29.17" },
    { OID_BASIC_CONSTRAINTS, "2.5.29.19" },
    { OID_CRL_NUMBER, "2.5.29.20" },
    { OID_REASON_CODE, "2.5.29.21" },
    { OID_INVALIDITY_DATE, "2.5.29.24" },
    { OID_DELTA_CRL_INDICATOR, "2.5.29.27" },
    { OID_ISSUING_DISTRIBUTION_POINT, "2.5.29.28" },
    { OID_NAME_CONSTRAINTS, "2.5.29.30" },
    { OID_CRL_DISTRIBUTION_POINTS, "2.5.29.31" },
    { OID_CERTIFICATE_POLICIES, "2.5.29.32" },
    { OID_POLICY_MAPPINGS, "2.5.29.33" },
    { OID_AUTHORITY_KEY_IDENTIFIER, "2.5.29.35" },
    { OID_POLICY_CONSTRAINTS, "2.5.29.36" },
    { OID_EXTENDED_KEY_USAGE, "2.5.29.37" },
    { OID_FRESHEST_CRL, "2.5.29.46" },
    { OID_INHIBIT_ANY_POLICY, "2.5.29.54" },
    { OID_AUTHORITY_INFO_ACCESS, "1.3.6.1.5.5.7.1.1" },
    { OID_SID, "1.3.6.1.4.1.311.25.2" },
    { OID_OCSP_NOCHECK, "1.3.6.1.5.5.7.48.1.5" },
    { OID_OCSP_NONCE, "1.3.6.1.5.5.7.48.1.2" },
    { OID_OCSP_BASIC, "1.3.6.1.5.5.7.48.1.1" },
    { OID_AD_OCSP, "1.3.6.1.5.5.7.48.1" },
    { OID_AD_CA_ISSUERS, "1.3.6.1.5.5.7.48.2" },
    { OID_TLS_FEATURE, "1.3.6.1.5.5.7.1.24" },
    { OID_SERVER_AUTH, "1.3.6.1.5.5.7.3.1" },
    { OID_CLIENT_AUTH, "1.3.6.1.5.5.7.3.2" },
    { OID_OCSP_SIGNING, "1.3.6.1.5.5.7.3.9" },
    { OID_ANY_EXTENDED_KEY_USAGE, "2.5.29.37.0" },
    { OID_CMC_RA, "1.3.6.1.5.5.7.3.28" },
    { OID_MS_CERTIFICATE_TRUST_LIST_SIGNING, "1.3.6.1.4.1.311.20.2.1" },
    { OID_MS_UPN, "1.3.6.1.4.1.311.20.2.3" },
    { OID_CONTENT_TYPE, "1.2.840.113549.1.9.3" },
    { OID_MESSAGE_DIGEST, "1.2.840.113549.1.9.4" },
    { OID_SIGNING_TIME, "1.2.840.113549.1.9.5" },
    { OID_CHALLENGE_PASSWORD, "1.2.840.113549.1.9.7" },
    { OID_EXTENSION_REQUEST, "1.2.840.113549.1.9.14" },
    { OID_MS_EXTENSION_REQUEST, "1.3.6.1.4.1.311.2.1.14" },
    { OID_SCEP_MESSAGE_TYPE, "2.16.840.1.113733.1.9.2" },
    { OID_SCEP_PKI_STATUS, "2.16.840.1.113733.1.9.3" },
    { OID_SCEP_FAIL_INFO, "2.16.840.1.113733.1.9.4" },
    { OID_SCEP_SENDER_NONCE, "2.16.840.1.113733.1.9.5" },
    { OID_SCEP_RECIPIENT_NONCE, "2.16.840.1.113733.1.9.6" },
    { OID_SCEP_TRANSACTION_ID, "2.16.840.1.113733.1.9.7" },
    { OID_SCEP_FAIL_INFO_TEXT, "1.3.6.1.5.5.7.24.1" },
    { OID_DATA, "1.2.840.113549.1.7.1" },
    { OID_SIGNED_DATA, "1.2.840.113549.1.7.2" },
    { OID_ENVELOPED_DATA, "1.2.840.113549.1.7.3" },
    { OID_RSA_ENCRYPTION, "1.2.840.113549.1.1.1" },
    { OID_RSA_PSS, "1.2.840.113549.1.1.10" },
    { OID_RSA_OAEP, "1.2.840.113549.1.1.7" },
    { OID_MGF1, "1.2.840.113549.1.1.8" },
    { OID_SHA1_WITH_RSA, "1.2.840.113549.1.1.5" },
    { OID_MD5_WITH_RSA, "1.2.840.113549.1.1.4" },
    { OID_SHA256_WITH_RSA, "1.2.840.113549.1.1.11" },
    { OID_SHA384_WITH_RSA, "1.2.840.113549.1.1.12" },
    { OID_SHA512_WITH_RSA, "1.2.840.113549.1.1.13" },
    { OID_EC_PUBLIC_KEY, "1.2.840.10045.2.1" },
    { OID_ECDSA_WITH_SHA1, "1.2.840.10045.4.1" },
    { OID_ECDSA_WITH_SHA256, "1.2.840.10045.4.3.2" },
    { OID_ECDSA_WITH_SHA384, "1.2.840.10045.4.3.3" },
    { OID_ECDSA_WITH_SHA512, "1.2.840.10045.4.3.4" },
    { OID_P256, "1.2.840.10045.3.1.7" },
    { OID_P256K, "1.3.132.0.10" },
    { OID_P384, "1.3.132.0.34" },
    { OID_P521, "1.3.132.0.35" },
    { OID_MD5, "1.2.840.113549.2.5" },
    { OID_SHA1, "1.3.14.3.2.26" },
    { OID_SHA256, "2.16.840.1.101.3.4.2.1" },
    { OID_SHA384, "2.16.840.1.101.3.4.2.2" },
    { OID_SHA512, "2.16.840.1.101.3.4.2.3" },
    { OID_DES_CBC, "1.3.14.3.2.7" },
    { OID_DES3_CBC, "1.2.840.113549.3.7" },
    { OID_AES128_CBC, "2.16.840.1.101.3.4.1.2" },
    { OID_AES192_CBC, "2.16.840.1.101.3.4.1.22" },
    { OID_AES256_CBC, "2.16.840.1.101.3.4.1.42" },
    { OID_PBKDF2, "1.2.840.113549.1.5.12" },
    { OID_HMAC_SHA256, "1.2.840.113549.2.9" },
    { OID_AES256_WRAP, "2.16.840.1.101.3.4.1.45" },
    { OID_PWRI_KEK, "1.2.840.113549.1.9.16.3.9" },
};

TEST(oid_table_is_what_its_dotted_forms_say)
{
    SCOPED(buf_free) struct buf *out = buf_new(OID_OCTETS_MAX);
    char text[OID_TEXT_OCTETS_MAX];
    struct error err = { 0 };
    for (size_t i = 0; i < ARRAY_LEN(knowns); i++) {
        buf_truncate(out, 0);
        unit_ok(oid_from_text(knowns[i].dotted, out, &err), &err);
        assert_true(bytes_equal(oid_bytes(knowns[i].oid), buf_bytes(out)));
        assert_int_equal(oid_find(buf_bytes(out)), knowns[i].oid);
        assert_true(oid_text(buf_bytes(out), text));
        assert_string_equal(text, knowns[i].dotted);
    }
}

TEST(oid_table_has_no_empty_row)
{
    for (size_t i = OID_NONE + 1; i < OID_COUNT; i++)
        assert_true(oid_is_valid(oid_bytes((enum oid)i)));
    assert_int_equal(oid_find(BYTES_NONE), OID_NONE);
    assert_int_equal(oid_find(unit_hex("55 04 03 01")), OID_NONE);
    assert_int_equal(oid_find(unit_hex("55 04")), OID_NONE);
}

TEST(oid_text_is_read_strictly)
{
    static const char *bad[] = { "",
                                 "1",
                                 "1.",
                                 ".1",
                                 "3.1",
                                 "0.40",
                                 "1.40",
                                 "1..2",
                                 "1.2.",
                                 "1.02",
                                 "1.2.x",
                                 " 1.2",
                                 "1.2 ",
                                 "-1.2",
                                 "1.-2",
                                 "01.2",
                                 "1.2.+3",
                                 "1,2",
                                 "2.999999999999999999999999999999999999999999" };
    SCOPED(buf_free) struct buf *out = buf_new(OID_OCTETS_MAX);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct error err = { 0 };
        assert_false(oid_from_text(bad[i], out, &err));
        assert_int_equal(err.code, ERR_MALFORMED);
        assert_int_equal(buf_len(out), 0);
    }
}

TEST(oid_arcs_may_be_uuids)
{
    static const char uuid[] = "2.25.340282366920938463463374607431768211455";
    SCOPED(buf_free) struct buf *out = buf_new(OID_OCTETS_MAX);
    char text[OID_TEXT_OCTETS_MAX];
    struct error err = { 0 };
    unit_ok(oid_from_text(uuid, out, &err), &err);
    assert_true(oid_text(buf_bytes(out), text));
    assert_string_equal(text, uuid);
    assert_true(oid_text(unit_hex("88 37"), text)); /* X.660: 2.999 */
    assert_string_equal(text, "2.999");
    assert_false(oid_from_text("2.25.340282366920938463463374607431768211456", out, &err));
}

TEST(oid_longer_than_64_octets_is_none)
{
    uint8_t octets[OID_OCTETS_MAX + 1];
    memset(octets, 1, sizeof octets);
    assert_true(oid_is_valid((struct bytes){ octets, OID_OCTETS_MAX }));
    assert_false(oid_is_valid((struct bytes){ octets, OID_OCTETS_MAX + 1 }));
}

TEST(algorithm_tables_have_no_empty_row)
{
    for (size_t i = DIGEST_NONE + 1; i < DIGEST_COUNT; i++) {
        enum digest digest = (enum digest)i;
        uint8_t out[DIGEST_OCTETS_MAX];
        assert_non_null(digest_md(digest));
        assert_int_equal(EVP_MD_get_size(digest_md(digest)), digest_octets(digest));
        assert_int_equal(digest_from_oid(digest_oid(digest)), digest);
        assert_true(digest_of(digest, BYTES_NONE, out));
    }
    for (size_t i = KEY_TYPE_NONE + 1; i < KEY_TYPE_COUNT; i++) {
        enum key_type type = (enum key_type)i;
        assert_int_equal(key_type_from_text(key_type_text(type)), type);
        assert_true(key_type_digest(type) > DIGEST_SHA1);
        if (key_type_is_rsa(type))
            assert_int_equal(key_type_of_rsa_bits(key_type_bits(type)), type);
        else
            assert_int_equal(key_type_from_curve(key_type_curve(type)), type);
    }
    assert_null(digest_md(DIGEST_NONE));
    assert_int_equal(digest_from_oid(OID_NONE), DIGEST_NONE);
    assert_int_equal(key_type_from_curve(OID_NONE), KEY_TYPE_NONE);
    assert_int_equal(key_type_from_text("rsa1024"), KEY_TYPE_NONE);
    assert_int_equal(key_type_of_rsa_bits(1024), KEY_TYPE_NONE);
}

TEST(algorithm_rfc4055_5_rsa_has_null_and_rfc5758_3_2_ecdsa_nothing)
{
    SCOPED(buf_free) struct buf *out = buf_new(64);
    signature_algorithm_put(KEY_RSA_2048, DIGEST_SHA256, out);
    assert_true(bytes_equal(buf_bytes(out), unit_hex("300d 06092a864886f70d01010b 0500")));
    buf_truncate(out, 0);
    signature_algorithm_put(KEY_P521, DIGEST_SHA512, out);
    assert_true(bytes_equal(buf_bytes(out), unit_hex("300a 06082a8648ce3d040304")));
}

TEST(algorithm_identifier_has_an_oid_and_at_most_one_value)
{
    assert_true(algorithm_is_identifier(unit_hex("3005 06032a0304")));
    assert_true(algorithm_is_identifier(unit_hex("3007 06032a0304 0500")));
    assert_false(algorithm_is_identifier(unit_hex("3009 06032a0304 0500 0500")));
    assert_false(algorithm_is_identifier(unit_hex("3002 0500")));
    assert_false(algorithm_is_identifier(unit_hex("3000")));
    assert_false(algorithm_is_identifier(unit_hex("3005 06032a0304 00")));
    assert_false(algorithm_is_identifier(unit_hex("3105 06032a0304")));
}
