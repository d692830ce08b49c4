#include "unit/peer.h"

#include "base/arena.h"
#include "scep/message.h"
#include "x509/der.h"

#include <stdio.h>
#include <string.h>

enum { ROOM = 1 << 20, ATTRIBUTES_MAX = 8, MALFORMED_BLOCKS = 10000 };

#define MESSAGE_TYPE   "2.16.840.1.113733.1.9.2"
#define SENDER_NONCE   "2.16.840.1.113733.1.9.5"
#define TRANSACTION_ID "2.16.840.1.113733.1.9.7"
#define TEXT_OF(text)                             \
    {                                             \
        (const uint8_t *)(text), sizeof(text) - 1 \
    }

static const struct peer_attribute usual[] = {
    { MESSAGE_TYPE, V_ASN1_PRINTABLESTRING, TEXT_OF("19") },
    { TRANSACTION_ID, V_ASN1_PRINTABLESTRING, TEXT_OF("transaction") },
    { SENDER_NONCE, V_ASN1_OCTET_STRING, TEXT_OF("0123456789abcdef") },
};

static struct arena *arena(void)
{
    static struct arena *kept;
    if (!kept)
        kept = arena_new();
    return kept;
}

/* A pkiMessage whose attributes are the usual ones, but for those given. */
static struct bytes message_with(struct bytes content, const char *instead_of,
                                 const struct peer_attribute *others, size_t count)
{
    struct peer_attribute attributes[ATTRIBUTES_MAX];
    size_t used = 0;
    for (size_t i = 0; i < ARRAY_LEN(usual); i++)
        if (!instead_of || strcmp(usual[i].oid, instead_of) != 0)
            attributes[used++] = usual[i];
    for (size_t i = 0; i < count; i++)
        attributes[used++] = others[i];
    struct peer_signing signing = { .signer = peer_get("device"),
                                    .md = EVP_sha256(),
                                    .content = content,
                                    .attributes = attributes,
                                    .attribute_count = used };
    return peer_sign(&signing);
}

static struct bytes envelope_of(struct bytes content, const EVP_CIPHER *cipher)
{
    const struct peer *recipients[] = { peer_get("other"), peer_get("ra") };
    struct peer_encrypting encrypting = { .recipients = recipients,
                                          .recipient_count = ARRAY_LEN(recipients),
                                          .cipher = cipher,
                                          .content = content };
    return peer_encrypt(&encrypting);
}

static struct bytes some_request(void)
{
    const struct peer *device = peer_get("device");
    return peer_request(device, device, "device", "secret", EVP_sha256());
}

static enum error_code parsed(struct bytes ber, struct scep_request *out)
{
    struct error err = { .code = ERR_NONE };
    bool good = scep_request_parse(ber, arena(), out, &err);
    assert_int_equal(good, err.code == ERR_NONE);
    return err.code;
}

static const struct spki no_key;

static enum error_code verified(struct bytes ber, bool allow_sha1)
{
    struct error err = { .code = ERR_NONE };
    struct scep_request request;
    assert_int_equal(parsed(ber, &request), ERR_NONE);
    bool good = scep_request_verify(&request, allow_sha1, &err);
    assert_int_equal(good, err.code == ERR_NONE);
    return err.code;
}

/* From the octets of a pkiMessage to the CSR, with the RA's key. */
static bool opened(struct bytes ber, bool allow_des, struct csr *csr, struct error *err)
{
    struct scep_request request;
    struct cms_enveloped envelope;
    struct scep_opened content;
    const struct peer *ra = peer_get("ra");
    struct certificate certificate = peer_certificate(ra);
    assert_int_equal(parsed(ber, &request), ERR_NONE);
    if (!scep_request_verify(&request, false, err) ||
        !scep_envelope_parse(&request, allow_des, arena(), &envelope, err))
        return false;
    for (size_t i = 0; i < envelope.recipient_count; i++)
        if (cms_identifies(&envelope.recipients[i].identifier, &certificate))
            return scep_envelope_open(&envelope, &envelope.recipients[i], peer_open_key,
                                      (void *)(uintptr_t)ra, arena(), &content, err) &&
                   scep_opened_csr(&content, &request.signer.spki, arena(), csr, err);
    unit_fail("the RA is no recipient");
    return false;
}

static enum error_code verdict(struct bytes content)
{
    struct error err = { .code = ERR_NONE };
    struct csr csr;
    bool good = opened(message_with(content, NULL, NULL, 0), false, &csr, &err);
    assert_int_equal(good, err.code == ERR_NONE);
    return err.code;
}

/* ---- attributes ---- */

TEST(message_is_read_in_full)
{
    struct scep_request request;
    struct bytes ber = message_with(envelope_of(some_request(), EVP_aes_128_cbc()), NULL, NULL, 0);
    assert_int_equal(parsed(ber, &request), ERR_NONE);
    assert_int_equal(request.message_type, SCEP_PKCS_REQ);
    assert_true(bytes_equal(request.transaction, bytes_of_text("transaction")));
    assert_int_equal(request.transaction_tag, DER_PRINTABLE_STRING);
    assert_int_equal(request.sender_nonce.len, SCEP_NONCE_OCTETS);
    assert_true(request.has_signer_certificate);
    assert_int_equal(verified(ber, false), ERR_NONE);
}

static int type_of(const char *text)
{
    struct peer_attribute type = { MESSAGE_TYPE, V_ASN1_PRINTABLESTRING, bytes_of_text(text) };
    struct scep_request request;
    assert_int_equal(parsed(message_with(BYTES_NONE, MESSAGE_TYPE, &type, 1), &request), ERR_NONE);
    return request.message_type;
}

TEST(message_type_from_0_to_255)
{
    for (int type = 0; type < SCEP_TYPE_COUNT; type++) {
        char text[8];
        snprintf(text, sizeof text, "%d", type);
        assert_int_equal(type_of(text), type);
    }
}

TEST(message_type_that_is_none)
{
    static const char *const texts[] = { "256", "-1",   "+1", "1 ",  " 1",  "0x13",
                                         "19a", "PKCS", "1.", "999", "1e1", "0019" };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (type_of(texts[i]) != SCEP_TYPE_NONE)
            unit_fail("%s", texts[i]);
}

TEST(message_type_missing_twice_or_no_string)
{
    const struct peer_attribute twice[] = { usual[0], usual[0] };
    const struct peer_attribute octets = { MESSAGE_TYPE, V_ASN1_OCTET_STRING, TEXT_OF("19") };
    struct scep_request request;
    assert_int_equal(parsed(message_with(BYTES_NONE, MESSAGE_TYPE, NULL, 0), &request), ERR_NONE);
    assert_int_equal(request.message_type, SCEP_TYPE_NONE);
    assert_int_equal(parsed(message_with(BYTES_NONE, MESSAGE_TYPE, twice, 2), &request), ERR_NONE);
    assert_int_equal(request.message_type, SCEP_TYPE_NONE);
    assert_int_equal(parsed(message_with(BYTES_NONE, MESSAGE_TYPE, &octets, 1), &request),
                     ERR_NONE);
    assert_int_equal(request.message_type, SCEP_TYPE_NONE);
}

static enum error_code refusal_of_transaction(int type, struct bytes value, size_t count)
{
    const struct peer_attribute one = { TRANSACTION_ID, type, value };
    const struct peer_attribute others[] = { one, one };
    struct scep_request request;
    return parsed(message_with(BYTES_NONE, TRANSACTION_ID, others, count), &request);
}

TEST(transaction_is_any_printable_text)
{
    static uint8_t longest[SCEP_TRANSACTION_OCTETS_MAX + 1];
    memset(longest, '7', sizeof longest);
    struct bytes most = { longest, SCEP_TRANSACTION_OCTETS_MAX };
    /* certmonger 0.79 sends 77 digits, scepclient 2.1 base64 */
    struct bytes base64 = bytes_of_text("a/b+c=");
    assert_int_equal(refusal_of_transaction(V_ASN1_PRINTABLESTRING, most, 1), ERR_NONE);
    assert_int_equal(refusal_of_transaction(V_ASN1_PRINTABLESTRING, base64, 1), ERR_NONE);
    assert_int_equal(refusal_of_transaction(V_ASN1_UTF8STRING, base64, 1), ERR_NONE);
    assert_int_equal(refusal_of_transaction(V_ASN1_PRINTABLESTRING, BYTES_OF(longest), 1),
                     ERR_MALFORMED);
    assert_int_equal(refusal_of_transaction(V_ASN1_OCTET_STRING, base64, 1), ERR_MALFORMED);
    assert_int_equal(refusal_of_transaction(V_ASN1_PRINTABLESTRING, bytes_of_text("a\nb"), 1),
                     ERR_MALFORMED);
    assert_int_equal(refusal_of_transaction(V_ASN1_UTF8STRING, bytes_of_text("\xc3\xa9"), 1),
                     ERR_MALFORMED);
    assert_int_equal(refusal_of_transaction(V_ASN1_PRINTABLESTRING, base64, 0), ERR_MALFORMED);
    assert_int_equal(refusal_of_transaction(V_ASN1_PRINTABLESTRING, base64, 2), ERR_MALFORMED);
}

static enum error_code refusal_of_nonce(size_t len, size_t count)
{
    static const uint8_t octets[SCEP_NONCE_OCTETS_MAX + 1];
    const struct peer_attribute one = { SENDER_NONCE, V_ASN1_OCTET_STRING, { octets, len } };
    const struct peer_attribute others[] = { one, one };
    return verified(message_with(BYTES_NONE, SENDER_NONCE, others, count), false);
}

TEST(nonce_of_up_to_64_octets)
{
    assert_int_equal(refusal_of_nonce(16, 1), ERR_NONE);
    assert_int_equal(refusal_of_nonce(1, 1), ERR_NONE);
    assert_int_equal(refusal_of_nonce(SCEP_NONCE_OCTETS_MAX, 1), ERR_NONE);
    assert_int_equal(refusal_of_nonce(SCEP_NONCE_OCTETS_MAX + 1, 1), ERR_MALFORMED);
    assert_int_equal(refusal_of_nonce(16, 0), ERR_NONE);
    assert_int_equal(refusal_of_nonce(16, 2), ERR_MALFORMED);
}

/* ---- the outer signature ---- */

static struct bytes signed_by(const char *name, const EVP_MD *md, bool is_pss)
{
    struct peer_signing signing = { .signer = peer_get(name),
                                    .md = md,
                                    .content = some_request(),
                                    .attributes = usual,
                                    .attribute_count = ARRAY_LEN(usual),
                                    .is_pss = is_pss };
    return peer_sign(&signing);
}

TEST(signature_algorithms_and_keys)
{
    assert_int_equal(verified(signed_by("device", EVP_sha256(), false), false), ERR_NONE);
    assert_int_equal(verified(signed_by("device", EVP_sha384(), false), false), ERR_NONE);
    assert_int_equal(verified(signed_by("device", EVP_sha512(), true), false), ERR_NONE);
    assert_int_equal(verified(signed_by("device", EVP_sha1(), false), true), ERR_NONE);
    assert_int_equal(verified(signed_by("device", EVP_sha1(), false), false), ERR_WEAK_ALGORITHM);
    assert_int_equal(verified(signed_by("device", EVP_md5(), false), true), ERR_WEAK_ALGORITHM);
    assert_int_equal(verified(signed_by("weak", EVP_sha256(), false), false), ERR_WEAK_ALGORITHM);
    assert_int_equal(verified(signed_by("ec", EVP_sha256(), false), false), ERR_WEAK_ALGORITHM);
}

TEST(signature_flipped_anywhere_is_refused)
{
    struct bytes ber = signed_by("device", EVP_sha256(), false);
    SCOPED(buf_free) struct buf *copy = buf_new(ROOM);
    uint8_t *octets = buf_extend(copy, ber.len);
    for (size_t i = 0; i < ber.len; i += 7) {
        struct error err = { .code = ERR_NONE };
        struct scep_request request;
        memcpy(octets, ber.data, ber.len);
        octets[i] ^= 0x01;
        if (!scep_request_parse(buf_bytes(copy), arena(), &request, &err))
            continue;
        if (scep_request_verify(&request, false, &err)) {
            /* Only a certificate beside the signed octets may differ, and then not its key. */
            struct certificate device = peer_certificate(peer_get("device"));
            assert_true(bytes_equal(request.signer.spki.key, device.spki.key));
            assert_true(bytes_equal(request.transaction, bytes_of_text("transaction")));
        }
    }
}

TEST(message_without_attributes_or_signer_cannot_be_answered)
{
    struct scep_request request;
    struct peer_signing bare = {
        .signer = peer_get("device"), .md = EVP_sha256(), .content = some_request(), .is_bare = true
    };
    SCOPED(buf_free) struct buf *degenerate = buf_new(ROOM);
    cms_put_certificates(&peer_get("ra")->der, 1, degenerate);
    assert_int_equal(parsed(peer_sign(&bare), &request), ERR_MALFORMED);
    assert_int_equal(parsed(buf_bytes(degenerate), &request), ERR_MALFORMED);
    assert_int_equal(parsed(envelope_of(some_request(), EVP_aes_128_cbc()), &request),
                     ERR_MALFORMED);
    assert_int_equal(parsed(BYTES_NONE, &request), ERR_MALFORMED);
}

TEST(message_is_refused_when_cut_anywhere)
{
    struct scep_request request;
    struct bytes ber = message_with(envelope_of(some_request(), EVP_aes_128_cbc()), NULL, NULL, 0);
    for (size_t len = 0; len < ber.len; len++)
        assert_int_equal(parsed((struct bytes){ ber.data, len }, &request), ERR_MALFORMED);
}

/* ---- the envelope and what is inside ---- */

TEST(envelope_opens_to_the_csr)
{
    const EVP_CIPHER *ciphers[] = { EVP_aes_128_cbc(), EVP_aes_192_cbc(), EVP_aes_256_cbc(),
                                    EVP_des_ede3_cbc() };
    for (size_t i = 0; i < ARRAY_LEN(ciphers); i++) {
        struct error err = { .code = ERR_NONE };
        struct csr csr;
        struct bytes ber = message_with(envelope_of(some_request(), ciphers[i]), NULL, NULL, 0);
        unit_ok(opened(ber, false, &csr, &err), &err);
        assert_string_equal(csr.challenge, "secret");
    }
}

TEST(envelope_ciphers_that_are_not_accepted)
{
    assert_int_equal(verdict(envelope_of(some_request(), EVP_camellia_128_cbc())),
                     ERR_WEAK_ALGORITHM);
}

TEST(envelope_with_des_only_where_allowed)
{
    struct error err = { .code = ERR_NONE };
    struct certificate ra = peer_certificate(peer_get("ra"));
    struct csr csr;
    SCOPED(buf_free) struct buf *envelope = buf_new(ROOM);
    if (!cms_legacy_available(&err))
        skip();
    unit_ok(cms_encrypt(&ra, CMS_DES_CBC, some_request(), envelope, &err), &err);
    struct bytes ber = message_with(peer_keep_buf(envelope), NULL, NULL, 0);
    unit_ok(opened(ber, true, &csr, &err), &err);
    assert_false(opened(ber, false, &csr, &err));
    assert_int_equal(err.code, ERR_WEAK_ALGORITHM);
}

TEST(envelope_that_is_none)
{
    assert_int_equal(verdict(BYTES_NONE), ERR_BAD_SIGNATURE);
    assert_int_equal(verdict(some_request()), ERR_BAD_SIGNATURE);
}

TEST(csr_inside_that_cannot_be_signed)
{
    const struct peer *device = peer_get("device");
    struct bytes by_other =
        peer_request(device, peer_get("other"), "device", "secret", EVP_sha256());
    struct bytes weak = peer_request(peer_get("weak"), peer_get("weak"), "d", "s", EVP_sha256());
    struct bytes sha1 = peer_request(device, device, "device", "secret", EVP_sha1());
    struct bytes good = some_request();
    struct bytes cut = { good.data, good.len - 1 };
    SCOPED(buf_free) struct buf *longer = buf_new(ROOM);
    buf_add(longer, good);
    buf_add_octet(longer, 0);
    assert_int_equal(verdict(envelope_of(by_other, EVP_aes_128_cbc())), ERR_BAD_SIGNATURE);
    assert_int_equal(verdict(envelope_of(weak, EVP_aes_128_cbc())), ERR_WEAK_ALGORITHM);
    assert_int_equal(verdict(envelope_of(sha1, EVP_aes_128_cbc())), ERR_WEAK_ALGORITHM);
    assert_int_equal(verdict(envelope_of(cut, EVP_aes_128_cbc())), ERR_BAD_SIGNATURE);
    assert_int_equal(verdict(envelope_of(buf_bytes(longer), EVP_aes_128_cbc())), ERR_BAD_SIGNATURE);
    assert_int_equal(verdict(envelope_of(BYTES_NONE, EVP_aes_128_cbc())), ERR_BAD_SIGNATURE);
}

static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static void spoil(uint8_t *block, size_t len, uint32_t *state)
{
    uint32_t how = next_random(state) % 4;
    for (size_t i = 0; i < len; i++)
        block[i] = (uint8_t)(how == 0   ? next_random(state)
                             : how == 1 ? 0
                             : how == 2 ? 0xff
                                        : block[i]);
    if (how == 3)
        block[next_random(state) % len] ^= (uint8_t)(1u << next_random(state) % 8);
}

static const char *refusal_of(const struct scep_opened *content, struct buf *text)
{
    struct error err = { .code = ERR_NONE };
    struct csr csr;
    assert_false(scep_opened_csr(content, &no_key, arena(), &csr, &err));
    assert_int_equal(scep_error_rows[err.code].fail_info, SCEP_BAD_MESSAGE_CHECK);
    buf_truncate(text, 0);
    scep_refusal_text(&err, text);
    return buf_text(text);
}

/* pki-rules §4: RSA, padding and content failures are one failInfo and one text. */
TEST(pki_rules_4_malformed_rsa_blocks_are_answered_alike)
{
    struct error err = { .code = ERR_NONE };
    struct cms_enveloped envelope;
    const struct peer *ra = peer_get("ra");
    struct bytes der = peer_shape(envelope_of(some_request(), EVP_aes_128_cbc()), &err);
    uint32_t state = 42;
    unsigned bad_padding = 0;
    SCOPED(buf_free) struct buf *first = buf_new(ROOM);
    SCOPED(buf_free) struct buf *text = buf_new(ROOM);
    unit_ok(cms_parse_enveloped(der, arena(), &envelope, &err), &err);
    struct cms_recipient recipient = envelope.recipients[1];
    for (size_t i = 0; i < MALFORMED_BLOCKS; i++) {
        uint8_t block[256];
        SCOPED(arena_free) struct arena *own = arena_new();
        struct scep_opened content;
        memcpy(block, recipient.key.data, sizeof block);
        spoil(block, sizeof block, &state);
        struct cms_recipient spoilt = recipient;
        spoilt.key = BYTES_OF(block);
        unit_ok(scep_envelope_open(&envelope, &spoilt, peer_open_key, (void *)(uintptr_t)ra, own,
                                   &content, &err),
                &err);
        bad_padding += content.padding == 0;
        refusal_of(&content, i ? text : first);
        assert_true(i == 0 || bytes_equal(buf_bytes(first), buf_bytes(text)));
    }
    /* Under a random key about one in 256 ends like padding: both kinds were seen. */
    assert_in_range(bad_padding, MALFORMED_BLOCKS * 9 / 10, MALFORMED_BLOCKS - 1);
}

TEST(pki_rules_4_bad_padding_is_answered_like_bad_content)
{
    struct bytes csr = some_request();
    SCOPED(buf_free) struct buf *plain = buf_new(ROOM);
    SCOPED(buf_free) struct buf *first = buf_new(ROOM);
    SCOPED(buf_free) struct buf *text = buf_new(ROOM);
    buf_add(plain, csr);
    size_t padding = 16 - csr.len % 16;
    uint8_t *behind = buf_extend(plain, padding);
    memset(behind, (int)padding, padding);
    struct scep_opened good = { buf_bytes(plain), padding };
    struct error err = { .code = ERR_NONE };
    struct csr out;
    unit_ok(scep_opened_csr(&good, &no_key, arena(), &out, &err), &err);
    const struct scep_opened bad[] = {
        { buf_bytes(plain), 0 },
        { buf_bytes(plain), padding - 1 },
        { { buf_bytes(plain).data, 16 }, 1 },
        { { buf_bytes(plain).data + 1, buf_len(plain) - 1 }, padding },
    };
    refusal_of(&bad[0], first);
    for (size_t i = 1; i < ARRAY_LEN(bad); i++)
        assert_string_equal(refusal_of(&bad[i], text), buf_text(first));
}

/* ---- CertPoll, GetCert, GetCRL ---- */

static struct scep_opened padded(struct bytes content)
{
    uint8_t *octets = arena_take(arena(), content.len + 1);
    if (content.len)
        memcpy(octets, content.data, content.len);
    octets[content.len] = 1;
    return (struct scep_opened){ { octets, content.len + 1 }, 1 };
}

TEST(identifier_and_names_are_read_exactly)
{
    struct error err = { .code = ERR_NONE };
    struct cms_identifier identifier;
    struct bytes issuer;
    struct bytes subject;
    struct scep_opened one = padded(unit_hex("30 05 30 00 02 01 05"));
    struct scep_opened two = padded(unit_hex("30 04 30 00 30 00"));
    unit_ok(scep_opened_identifier(&one, &identifier, &err), &err);
    assert_true(bytes_equal(identifier.serial, unit_hex("05")));
    unit_ok(scep_opened_names(&two, &issuer, &subject, &err), &err);
    assert_int_equal(issuer.len, 2);
    assert_false(scep_opened_names(&one, &issuer, &subject, &err));
    assert_int_equal(err.code, ERR_BAD_SIGNATURE);
    error_clear(&err);
    assert_false(scep_opened_identifier(&two, &identifier, &err));
    assert_int_equal(err.code, ERR_BAD_SIGNATURE);
}

/* ---- CertRep ---- */

static struct bytes reply_to(struct bytes ber, enum scep_status status, struct bytes content)
{
    struct error err = { .code = ERR_NONE };
    struct scep_request request;
    struct certificate ra = peer_certificate(peer_get("ra"));
    SCOPED(buf_free) struct buf *out = buf_new(ROOM);
    assert_int_equal(parsed(ber, &request), ERR_NONE);
    struct scep_reply reply = { .status = status,
                                .fail_info = SCEP_BAD_REQUEST,
                                .fail_text = "because",
                                .content = content,
                                .signer = &ra,
                                .sign = peer_sign_digest,
                                .context = (void *)(uintptr_t)peer_get("ra") };
    unit_ok(scep_reply_encode(&request, &reply, out, &err), &err);
    return peer_keep_buf(out);
}

static bool has(const struct cms_signed *message, enum oid type, uint8_t tag, struct bytes value)
{
    struct cms_attribute found;
    return cms_find_attribute(message, type, &found) == 1 && found.tag == tag &&
           bytes_equal(found.content, value);
}

TEST(reply_carries_what_rfc_8894_3_2_wants)
{
    static const char *const texts[] = { "0", "2", "3" };
    struct bytes ber = message_with(BYTES_NONE, NULL, NULL, 0);
    for (int status = SCEP_SUCCESS; status < SCEP_STATUS_COUNT; status++) {
        struct error err = { .code = ERR_NONE };
        struct cms_signed reply;
        struct cms_attribute nonce;
        struct bytes content;
        struct bytes given = status == SCEP_SUCCESS ? bytes_of_text("content") : BYTES_NONE;
        struct bytes der = reply_to(ber, (enum scep_status)status, given);
        bool is_failure = status == SCEP_FAILURE;
        assert_true(peer_verify(der, peer_get("ra"), &content));
        assert_true(bytes_equal(content, given));
        unit_ok(cms_parse_signed(der, &reply, &err), &err);
        assert_true(reply.has_content); /* of zero octets, never absent: certmonger 0.79 */
        assert_true(has(&reply, OID_SCEP_MESSAGE_TYPE, DER_PRINTABLE_STRING, bytes_of_text("3")));
        assert_true(
            has(&reply, OID_SCEP_PKI_STATUS, DER_PRINTABLE_STRING, bytes_of_text(texts[status])));
        assert_true(has(&reply, OID_SCEP_TRANSACTION_ID, DER_PRINTABLE_STRING,
                        bytes_of_text("transaction")));
        assert_true(has(&reply, OID_SCEP_RECIPIENT_NONCE, DER_OCTET_STRING,
                        bytes_of_text("0123456789abcdef")));
        assert_int_equal(cms_find_attribute(&reply, OID_SCEP_SENDER_NONCE, &nonce), 1);
        assert_int_equal(nonce.content.len, SCEP_NONCE_OCTETS);
        assert_int_equal(has(&reply, OID_SCEP_FAIL_INFO, DER_PRINTABLE_STRING, bytes_of_text("2")),
                         is_failure);
        assert_int_equal(
            has(&reply, OID_SCEP_FAIL_INFO_TEXT, DER_UTF8_STRING, bytes_of_text("because")),
            is_failure);
    }
}

TEST(reply_nonce_is_fresh_and_echo_absent_when_none_came)
{
    struct error err = { .code = ERR_NONE };
    struct cms_signed replies[2];
    struct cms_attribute nonces[2];
    struct cms_attribute echo;
    struct bytes ber = message_with(BYTES_NONE, SENDER_NONCE, NULL, 0);
    for (size_t i = 0; i < ARRAY_LEN(replies); i++) {
        unit_ok(cms_parse_signed(reply_to(ber, SCEP_PENDING, BYTES_NONE), &replies[i], &err), &err);
        assert_int_equal(cms_find_attribute(&replies[i], OID_SCEP_SENDER_NONCE, &nonces[i]), 1);
        assert_int_equal(cms_find_attribute(&replies[i], OID_SCEP_RECIPIENT_NONCE, &echo), 0);
    }
    assert_false(bytes_equal(nonces[0].content, nonces[1].content));
}

TEST(reply_digest_follows_the_request_but_never_down)
{
    const struct {
        const EVP_MD *asked;
        enum digest given;
    } rows[] = {
        { EVP_sha1(), DIGEST_SHA256 },
        { EVP_sha256(), DIGEST_SHA256 },
        { EVP_sha384(), DIGEST_SHA384 },
        { EVP_sha512(), DIGEST_SHA512 },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct error err = { .code = ERR_NONE };
        struct cms_signed reply;
        struct bytes ber = signed_by("device", rows[i].asked, false);
        unit_ok(cms_parse_signed(reply_to(ber, SCEP_FAILURE, BYTES_NONE), &reply, &err), &err);
        assert_int_equal(reply.digest, rows[i].given);
    }
}
