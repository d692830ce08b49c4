#include "base/error.h"
#include "x509/certificate.h"
#include "x509/cms_inside.h"
#include "x509/spki.h"

enum {
    SIGNED_VERSION = 1, /* §5.1: issuerAndSerialNumber and id-data */
    ATTRIBUTES_OCTETS_MAX = 8192,
    ALGORITHM_OCTETS_MAX = 64,
    DIGEST_ALGORITHMS_MAX = 16,
    CHOICE_FIRST = DER_CONTEXT_CONSTRUCTED(0), /* of CertificateChoices beside the certificate */
    CHOICE_LAST = DER_CONTEXT_CONSTRUCTED(3),
};

/* ---- reading ---- */

static bool parse_algorithms(struct der *set, struct error *err)
{
    for (size_t count = 0; !der_at_end(set); count++) {
        enum oid oid;
        struct der parameters;
        if (count == DIGEST_ALGORITHMS_MAX)
            return fail(err, ERR_TOO_LARGE, "SignedData: more than %d digestAlgorithms",
                        DIGEST_ALGORITHMS_MAX);
        if (!cms_take_algorithm(set, &oid, &parameters, NULL))
            return fail(err, ERR_MALFORMED, "SignedData: RFC 5652 §10.1.1: digestAlgorithms");
    }
    return true;
}

static bool parse_content(struct der *body, struct cms_signed *out, struct error *err)
{
    struct der info;
    struct der content;
    if (!der_enter(body, DER_SEQUENCE, &info) || !der_oid(&info, &out->content_type))
        return fail(err, ERR_MALFORMED, "SignedData: RFC 5652 §5.2: no encapContentInfo");
    out->has_content = der_enter(&info, DER_CONTEXT_CONSTRUCTED(0), &content);
    if (out->has_content && (!der_octets(&content, &out->content) || !der_at_end(&content)))
        return fail(err, ERR_MALFORMED, "SignedData: RFC 5652 §5.2: eContent is no OCTET STRING");
    return der_end_of(&info, "encapContentInfo", err);
}

/* §10.2.2: a choice, of which a plain certificate is the SEQUENCE. */
static bool parse_certificates(struct der *body, struct cms_signed *out, struct error *err)
{
    struct der set;
    if (!der_enter(body, DER_CONTEXT_CONSTRUCTED(0), &set))
        return true;
    while (!der_at_end(&set)) {
        uint8_t tag;
        struct bytes whole;
        if (!der_any(&set, &tag, NULL, &whole) ||
            (tag != DER_SEQUENCE && (tag < CHOICE_FIRST || tag > CHOICE_LAST)))
            return fail(err, ERR_MALFORMED, "SignedData: RFC 5652 §10.2.3: certificates");
        out->has_unread |= tag != DER_SEQUENCE;
        if (tag != DER_SEQUENCE)
            continue;
        if (out->certificate_count == CMS_CERTIFICATES_MAX)
            return fail(err, ERR_TOO_LARGE, "SignedData: more than %d certificates",
                        CMS_CERTIFICATES_MAX);
        out->certificates[out->certificate_count++] = whole;
    }
    return true;
}

/* The next value of the next attribute: false at the end or when it is malformed. */
static bool take_attribute(struct der *attributes, struct bytes *type, struct der *values)
{
    struct der attribute;
    return der_enter(attributes, DER_SEQUENCE, &attribute) && der_oid(&attribute, type) &&
           der_enter(&attribute, DER_SET, values) && der_at_end(&attribute);
}

static bool check_attributes(struct bytes attributes, struct error *err)
{
    struct der walk = der_of(attributes);
    for (size_t count = 0; !der_at_end(&walk); count++) {
        struct bytes type;
        struct der values;
        if (count == CMS_ATTRIBUTES_MAX)
            return fail(err, ERR_TOO_LARGE, "SignerInfo: more than %d attributes",
                        CMS_ATTRIBUTES_MAX);
        if (!take_attribute(&walk, &type, &values))
            return fail(err, ERR_MALFORMED, "SignerInfo: RFC 5652 §5.3: not an Attribute");
        while (!der_at_end(&values))
            if (!der_any(&values, NULL, NULL, NULL))
                return fail(err, ERR_MALFORMED, "SignerInfo: RFC 5652 §5.3: an attribute value");
    }
    return true;
}

static bool parse_signed_attributes(struct der *info, struct cms_signed *out, struct error *err)
{
    struct der set;
    if (!der_enter(info, DER_CONTEXT_CONSTRUCTED(0), &set))
        return true;
    out->signed_attributes = set.rest;
    if (der_at_end(&set))
        return fail(err, ERR_MALFORMED, "SignerInfo: RFC 5652 §5.3: signedAttrs are empty");
    return check_attributes(set.rest, err);
}

static bool parse_signer(struct der *set, struct cms_signed *out, struct error *err)
{
    struct der info;
    int64_t version;
    enum oid digest;
    enum oid signature;
    struct der parameters;
    if (!der_enter(set, DER_SEQUENCE, &info) || !der_small(&info, &version) ||
        !cms_take_identifier(&info, &out->signer) ||
        !cms_take_algorithm(&info, &digest, &parameters, NULL))
        return fail(err, ERR_MALFORMED, "SignerInfo: RFC 5652 §5.3: version, sid or digest");
    out->has_signer = true;
    out->digest = digest_from_oid(digest);
    if (!parse_signed_attributes(&info, out, err))
        return false;
    if (!cms_take_algorithm(&info, &signature, &parameters, &out->signature_algorithm) ||
        !der_octets(&info, &out->signature))
        return fail(err, ERR_MALFORMED, "SignerInfo: RFC 5652 §5.3: no signature");
    struct der unsigned_attributes;
    if (der_enter(&info, DER_CONTEXT_CONSTRUCTED(1), &unsigned_attributes) &&
        !check_attributes(unsigned_attributes.rest, err))
        return false;
    return der_end_of(&info, "SignerInfo", err);
}

/* §5.1 wants the signer's digest among digestAlgorithms; so does OpenSSL. */
static bool check_announced(struct bytes algorithms, const struct cms_signed *message,
                            struct error *err)
{
    struct der set = der_of(algorithms);
    enum oid oid;
    struct der parameters;
    if (message->digest == DIGEST_NONE)
        return true;
    while (cms_take_algorithm(&set, &oid, &parameters, NULL))
        if (digest_from_oid(oid) == message->digest)
            return true;
    return fail(err, ERR_MALFORMED,
                "SignedData: RFC 5652 §5.1: digestAlgorithms lack the signer's digest");
}

/* ---- verifying ---- */

static bool check_digest(const struct cms_signed *message, bool allow_sha1, struct error *err)
{
    if (message->digest == DIGEST_NONE)
        return fail(err, ERR_WEAK_ALGORITHM, "message: a digest that is not accepted");
    if (message->digest == DIGEST_SHA1 && !allow_sha1)
        return fail(err, ERR_WEAK_ALGORITHM, "message: SHA-1 is not accepted");
    return true;
}

/* §5.3, §11.1, §11.2: contentType and messageDigest, once each, are what they say. */
static bool check_signed_attributes(const struct cms_signed *message, struct error *err)
{
    struct cms_attribute type;
    struct cms_attribute digest;
    uint8_t computed[DIGEST_OCTETS_MAX];
    if (cms_find_attribute(message, OID_CONTENT_TYPE, &type) != 1 || type.tag != DER_OID ||
        !bytes_equal(type.content, message->content_type))
        return fail(err, ERR_BAD_SIGNATURE, "message: RFC 5652 §11.1: contentType does not fit");
    if (cms_find_attribute(message, OID_MESSAGE_DIGEST, &digest) != 1 ||
        digest.tag != DER_OCTET_STRING)
        return fail(err, ERR_BAD_SIGNATURE, "message: RFC 5652 §11.2: no messageDigest");
    if (!digest_of(message->digest, message->content, computed))
        return fail(err, ERR_INTERNAL, "message: cannot compute the digest");
    struct bytes expected = { computed, digest_octets(message->digest) };
    return bytes_equal(digest.content, expected) ||
           fail(err, ERR_BAD_SIGNATURE, "message: RFC 5652 §11.2: messageDigest does not fit");
}

/* spki_verify knows no SHA-1 any more. */
static bool verify_sha1(const struct cms_signed *message, const struct spki *signer,
                        struct bytes octets, struct error *err)
{
    uint8_t computed[DIGEST_OCTETS_MAX];
    struct bytes digest = { computed, digest_octets(DIGEST_SHA1) };
    if (!digest_of(DIGEST_SHA1, octets, computed))
        return fail(err, ERR_INTERNAL, "message: cannot compute the digest");
    return spki_verify_digest(signer, DIGEST_SHA1, digest, message->signature, err);
}

/* signatureAlgorithm may name the key only (rsaEncryption, RFC 3370 §3.2), or key and digest,
 * which must then be the signer's digest. */
static bool verify_octets(const struct cms_signed *message, const struct spki *signer,
                          struct bytes octets, struct error *err)
{
    SCOPED(buf_free) struct buf *expected = buf_new(ALGORITHM_OCTETS_MAX);
    struct der given = der_of(message->signature_algorithm);
    struct der wanted;
    enum oid given_oid = OID_NONE;
    enum oid wanted_oid = OID_NONE;
    struct der parameters;
    signature_algorithm_put(signer->is_rsa ? KEY_RSA_2048 : KEY_P256, message->digest, expected);
    wanted = der_of(buf_bytes(expected));
    if (!cms_take_algorithm(&given, &given_oid, &parameters, NULL) ||
        !cms_take_algorithm(&wanted, &wanted_oid, &parameters, NULL))
        return fail(err, ERR_MALFORMED, "message: signatureAlgorithm");
    if (signer->is_rsa && given_oid == OID_RSA_PSS)
        return spki_verify(signer, message->signature_algorithm, octets, message->signature, err);
    bool names_key = signer->is_rsa && given_oid == OID_RSA_ENCRYPTION;
    if (!names_key && given_oid != wanted_oid)
        return fail(err, ERR_WEAK_ALGORITHM, "message: signatureAlgorithm does not fit the key");
    if (message->digest != DIGEST_SHA1)
        return spki_verify(signer, buf_bytes(expected), octets, message->signature, err);
    if (!signer->is_rsa)
        return fail(err, ERR_WEAK_ALGORITHM, "message: SHA-1 is not accepted");
    return verify_sha1(message, signer, octets, err);
}

/* §5.4: the attributes are signed as a SET OF, not as the [0] they travel in. */
static struct buf *attributes_as_set(struct bytes attributes)
{
    struct buf *set = buf_new(attributes.len + 6);
    der_put(set, DER_SET, attributes);
    return set;
}

/* ---- writing ---- */

static void put_algorithm(struct buf *out, enum oid oid)
{
    struct der_mark sequence = der_begin(out, DER_SEQUENCE);
    der_put_oid(out, oid_bytes(oid));
    der_put_null(out);
    der_end(out, sequence);
}

static bool put_attributes(const struct cms_signing *signing, struct buf *out, struct error *err)
{
    uint8_t digest[DIGEST_OCTETS_MAX];
    if (!digest_of(signing->digest, signing->content, digest))
        return fail(err, ERR_INTERNAL, "SignedData: cannot compute the digest");
    cms_put_attribute(out, OID_CONTENT_TYPE, DER_OID, oid_bytes(OID_DATA));
    cms_put_attribute(out, OID_MESSAGE_DIGEST, DER_OCTET_STRING,
                      (struct bytes){ digest, digest_octets(signing->digest) });
    buf_add(out, signing->attributes);
    der_sort_set(out, 0);
    return buf_ok(out) || fail(err, ERR_TOO_LARGE, "SignedData: too many attributes");
}

static bool sign_attributes(const struct cms_signing *signing, struct bytes attributes,
                            struct buf *out, struct error *err)
{
    uint8_t digest[DIGEST_OCTETS_MAX];
    SCOPED(buf_free) struct buf *set = attributes_as_set(attributes);
    if (!digest_of(signing->digest, buf_bytes(set), digest))
        return fail(err, ERR_INTERNAL, "SignedData: cannot compute the digest");
    struct bytes octets = { digest, digest_octets(signing->digest) };
    return signing->sign(signing->context, signing->digest, octets, out, err);
}

static void put_content(struct bytes content, struct buf *out)
{
    struct der_mark info = der_begin(out, DER_SEQUENCE);
    der_put_oid(out, oid_bytes(OID_DATA));
    struct der_mark explicit = der_begin(out, DER_CONTEXT_CONSTRUCTED(0));
    der_put(out, DER_OCTET_STRING, content);
    der_end(out, explicit);
    der_end(out, info);
}

/* rsaEncryption names the key only (RFC 3370 §3.2); ECDSA names both (RFC 5754 §3.3). */
static void put_signature_algorithm(const struct cms_signing *signing, struct buf *out)
{
    const struct spki *spki = &signing->signer->spki;
    if (spki->is_rsa)
        put_algorithm(out, OID_RSA_ENCRYPTION);
    else
        signature_algorithm_put(spki->type, signing->digest, out);
}

static void put_signer(const struct cms_signing *signing, struct bytes attributes,
                       struct bytes signature, struct buf *out)
{
    struct der_mark set = der_begin(out, DER_SET);
    struct der_mark info = der_begin(out, DER_SEQUENCE);
    der_put_small(out, SIGNED_VERSION);
    cms_put_issuer_and_serial(signing->signer, out);
    put_algorithm(out, digest_oid(signing->digest));
    der_put(out, DER_CONTEXT_CONSTRUCTED(0), attributes);
    put_signature_algorithm(signing, out);
    der_put(out, DER_OCTET_STRING, signature);
    der_end(out, info);
    der_end(out, set);
}

/* §5.1 with nothing to sign: RFC 8894 §3.4 and what `openssl crl2pkcs7` writes. */
static struct cms_frame begin_degenerate(struct buf *out)
{
    struct cms_frame frame = cms_begin(out, OID_SIGNED_DATA, SIGNED_VERSION);
    der_put(out, DER_SET, BYTES_NONE);
    struct der_mark info = der_begin(out, DER_SEQUENCE);
    der_put_oid(out, oid_bytes(OID_DATA));
    der_end(out, info);
    return frame;
}

bool cms_parse_signed(struct bytes der, struct cms_signed *out, struct error *err)
{
    struct der body;
    struct der algorithms;
    struct der signers;
    int64_t version;
    *out = (struct cms_signed){ 0 };
    if (!cms_enter(der, OID_SIGNED_DATA, "SignedData", &body, err))
        return false;
    if (!der_small(&body, &version) || !der_enter(&body, DER_SET, &algorithms))
        return fail(err, ERR_MALFORMED, "SignedData: RFC 5652 §5.1: no version or digests");
    struct bytes announced = algorithms.rest;
    if (!parse_algorithms(&algorithms, err) || !parse_content(&body, out, err) ||
        !parse_certificates(&body, out, err))
        return false;
    out->has_unread |= der_take(&body, DER_CONTEXT_CONSTRUCTED(1), NULL); /* crls */
    if (!der_enter(&body, DER_SET, &signers))
        return fail(err, ERR_MALFORMED, "SignedData: RFC 5652 §5.1: no signerInfos");
    if (!der_end_of(&body, "SignedData", err) || der_at_end(&signers))
        return err->code == ERR_NONE;
    return parse_signer(&signers, out, err) &&
           der_end_of(&signers, "signerInfos: more than one signer", err) &&
           check_announced(announced, out, err);
}

size_t cms_find_attribute(const struct cms_signed *message, enum oid type,
                          struct cms_attribute *out)
{
    struct der walk = der_of(message->signed_attributes);
    struct bytes oid;
    struct der values;
    size_t count = 0;
    while (take_attribute(&walk, &oid, &values)) {
        struct cms_attribute value;
        while (oid_find(oid) == type && der_any(&values, &value.tag, &value.content, NULL))
            if (count++ == 0)
                *out = value;
    }
    return count;
}

bool cms_verify(const struct cms_signed *message, const struct spki *signer, bool allow_sha1,
                struct error *err)
{
    if (!message->has_signer || !message->has_content)
        return fail(err, ERR_MALFORMED, "message: RFC 5652 §5: no signer or no content");
    if (!check_digest(message, allow_sha1, err))
        return false;
    if (message->signed_attributes.len == 0 && oid_find(message->content_type) != OID_DATA)
        return fail(err, ERR_BAD_SIGNATURE, "message: RFC 5652 §5.3: signedAttrs are missing");
    if (message->signed_attributes.len == 0)
        return verify_octets(message, signer, message->content, err);
    if (!check_signed_attributes(message, err))
        return false;
    SCOPED(buf_free) struct buf *set = attributes_as_set(message->signed_attributes);
    return verify_octets(message, signer, buf_bytes(set), err);
}

bool cms_sign(const struct cms_signing *signing, struct buf *out, struct error *err)
{
    SCOPED(buf_free) struct buf *attributes = buf_new(ATTRIBUTES_OCTETS_MAX);
    SCOPED(buf_free) struct buf *signature = buf_new(SIGNATURE_OCTETS_MAX);
    if (!put_attributes(signing, attributes, err) ||
        !sign_attributes(signing, buf_bytes(attributes), signature, err))
        return false;
    struct cms_frame frame = cms_begin(out, OID_SIGNED_DATA, SIGNED_VERSION);
    struct der_mark algorithms = der_begin(out, DER_SET);
    put_algorithm(out, digest_oid(signing->digest));
    der_end(out, algorithms);
    put_content(signing->content, out);
    der_put(out, DER_CONTEXT_CONSTRUCTED(0), signing->signer->der);
    put_signer(signing, buf_bytes(attributes), buf_bytes(signature), out);
    cms_end(out, &frame);
    return buf_ok(out) || fail(err, ERR_TOO_LARGE, "SignedData: too large");
}

void cms_put_attribute(struct buf *out, enum oid type, uint8_t tag, struct bytes content)
{
    struct der_mark attribute = der_begin(out, DER_SEQUENCE);
    der_put_oid(out, oid_bytes(type));
    struct der_mark values = der_begin(out, DER_SET);
    der_put(out, tag, content);
    der_end(out, values);
    der_end(out, attribute);
}

void cms_put_certificates(const struct bytes *certificates, size_t count, struct buf *out)
{
    struct cms_frame frame = begin_degenerate(out);
    struct der_mark set = der_begin(out, DER_CONTEXT_CONSTRUCTED(0));
    for (size_t i = 0; i < count; i++)
        buf_add(out, certificates[i]);
    der_end(out, set);
    der_put(out, DER_CONTEXT_CONSTRUCTED(1), BYTES_NONE);
    der_put(out, DER_SET, BYTES_NONE);
    cms_end(out, &frame);
}

void cms_put_crl(struct bytes crl, struct buf *out)
{
    struct cms_frame frame = begin_degenerate(out);
    der_put(out, DER_CONTEXT_CONSTRUCTED(1), crl);
    der_put(out, DER_SET, BYTES_NONE);
    cms_end(out, &frame);
}
