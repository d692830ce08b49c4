#include "scep/message.h"

#include "base/arena.h"
#include "base/random.h"
#include "base/text.h"
#include "scep/query.h"
#include "x509/ber.h"
#include "x509/der.h"

#include <stdio.h>

enum { ATTRIBUTES_OCTETS_MAX = 4096 };

/* ---- reading ---- */

static bool is_printable(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < 0x20 || text.data[i] > 0x7e)
            return false;
    return text.len > 0;
}

static bool is_string(uint8_t tag)
{
    return tag == DER_PRINTABLE_STRING || tag == DER_UTF8_STRING || tag == DER_IA5_STRING ||
           tag == DER_T61_STRING;
}

/* §3.2.1.1. PrintableString by the RFC; any printable text is echoed as it came. */
static bool read_transaction(struct scep_request *out, struct error *err)
{
    struct cms_attribute found;
    if (cms_find_attribute(&out->outer, OID_SCEP_TRANSACTION_ID, &found) != 1)
        return fail(err, ERR_MALFORMED, "RFC 8894 §3.2.1.1: there must be one transactionID");
    if (!is_string(found.tag) || !is_printable(found.content) ||
        found.content.len > SCEP_TRANSACTION_OCTETS_MAX)
        return fail(err, ERR_MALFORMED,
                    "RFC 8894 §3.2.1.1: transactionID is not 1 to %d printable characters",
                    SCEP_TRANSACTION_OCTETS_MAX);
    out->transaction_tag = found.tag;
    out->transaction = found.content;
    return true;
}

/* §3.2.1.2: a decimal number as a PrintableString. */
static int read_type(const struct cms_signed *outer)
{
    struct cms_attribute found;
    char text[4] = { 0 };
    int64_t number;
    if (cms_find_attribute(outer, OID_SCEP_MESSAGE_TYPE, &found) != 1 || !is_string(found.tag) ||
        found.content.len >= sizeof text)
        return SCEP_TYPE_NONE;
    for (size_t i = 0; i < found.content.len; i++)
        text[i] = (char)found.content.data[i];
    return text_int(text, 0, SCEP_TYPE_COUNT - 1, &number) ? (int)number : SCEP_TYPE_NONE;
}

/* §3.2.1.5 wants one of 16 octets. Without one there is nothing to echo and no harm to us. */
static void read_nonce(struct scep_request *out)
{
    struct cms_attribute found;
    size_t count = cms_find_attribute(&out->outer, OID_SCEP_SENDER_NONCE, &found);
    if (count == 0)
        return;
    out->has_odd_nonce =
        count > 1 || found.tag != DER_OCTET_STRING || found.content.len > SCEP_NONCE_OCTETS_MAX;
    if (!out->has_odd_nonce)
        out->sender_nonce = found.content;
}

static void find_signer(struct scep_request *out, struct arena *arena)
{
    out->signer_problem = "it is missing";
    for (size_t i = 0; i < out->outer.certificate_count && !out->has_signer_certificate; i++) {
        struct error unreadable = { .code = ERR_NONE }; /* perhaps another than the signer's */
        out->has_signer_certificate =
            certificate_parse(out->outer.certificates[i], arena, &out->signer, &unreadable) &&
            cms_identifies(&out->outer.signer, &out->signer);
        if (unreadable.code != ERR_NONE)
            out->signer_problem = arena_text(arena, unreadable.message);
    }
}

static struct bytes der_shaped(struct bytes ber, struct arena *arena, struct error *err)
{
    SCOPED(buf_free) struct buf *der = buf_new(SCEP_MESSAGE_OCTETS_MAX * 2);
    if (!ber_to_der(ber, der, err))
        return BYTES_NONE;
    return arena_bytes(arena, buf_bytes(der));
}

/* ---- opening ---- */

/* One code and one text for the peer, however it failed; the cause is for our log. */
static bool cannot_open(struct error *err, const char *cause)
{
    return fail(err, ERR_BAD_SIGNATURE, "envelope: %s", cause[0] ? cause : "cannot be opened");
}

/* The element that the plain text begins with, found without the padding, so that the work done
 * on it is the same whether the padding is right or not. */
static struct bytes leading_element(const struct scep_opened *opened)
{
    struct der plain = der_of(opened->plain);
    struct bytes whole = BYTES_NONE;
    der_take_whole(&plain, DER_SEQUENCE, &whole);
    return whole;
}

/* Judged last: element and padding fill the plain text. */
static bool is_filled(const struct scep_opened *opened, struct bytes element)
{
    return (opened->padding != 0) & (element.len + opened->padding == opened->plain.len);
}

/* ---- writing ---- */

static void put_text(struct buf *out, enum oid type, const char *text)
{
    cms_put_attribute(out, type, DER_PRINTABLE_STRING, bytes_of_text(text));
}

/* §3.2: what every CertRep carries, and on failure why. */
static void put_attributes(const struct scep_request *request, const struct scep_reply *reply,
                           struct buf *out)
{
    static const char *const status_texts[SCEP_STATUS_COUNT] = {
        [SCEP_SUCCESS] = "0",
        [SCEP_FAILURE] = "2",
        [SCEP_PENDING] = "3",
    };
    uint8_t nonce[SCEP_NONCE_OCTETS];
    random_fill(nonce, sizeof nonce);
    put_text(out, OID_SCEP_MESSAGE_TYPE, "3");
    put_text(out, OID_SCEP_PKI_STATUS, status_texts[reply->status]);
    cms_put_attribute(out, OID_SCEP_TRANSACTION_ID, request->transaction_tag, request->transaction);
    cms_put_attribute(out, OID_SCEP_SENDER_NONCE, DER_OCTET_STRING, BYTES_OF(nonce));
    if (request->sender_nonce.len)
        cms_put_attribute(out, OID_SCEP_RECIPIENT_NONCE, DER_OCTET_STRING, request->sender_nonce);
    if (reply->status != SCEP_FAILURE)
        return;
    put_text(out, OID_SCEP_FAIL_INFO, scep_fail_info_text(reply->fail_info));
    cms_put_attribute(out, OID_SCEP_FAIL_INFO_TEXT, DER_UTF8_STRING,
                      bytes_of_text(reply->fail_text));
}

static enum digest reply_digest(enum digest asked)
{
    return asked == DIGEST_SHA384 || asked == DIGEST_SHA512 ? asked : DIGEST_SHA256;
}

bool scep_request_parse(struct bytes ber, struct arena *arena, struct scep_request *out,
                        struct error *err)
{
    *out = (struct scep_request){ .message_type = SCEP_TYPE_NONE };
    struct bytes der = der_shaped(ber, arena, err);
    if (!der.len || !cms_parse_signed(der, &out->outer, err) || !read_transaction(out, err))
        return error_context(err, "pkiMessage");
    out->message_type = read_type(&out->outer);
    read_nonce(out);
    find_signer(out, arena);
    return true;
}

bool scep_request_verify(struct scep_request *request, bool allow_sha1, struct error *err)
{
    if (!request->has_signer_certificate)
        return fail(err, ERR_BAD_SIGNATURE, "RFC 8894 §3.1: the signer's certificate: %s",
                    request->signer_problem);
    if (!cms_verify(&request->outer, &request->signer.spki, allow_sha1, err))
        return false;
    if (!request->signer.spki.is_rsa)
        return fail(err, ERR_WEAK_ALGORITHM,
                    "the signer's key must be RSA: the reply is encrypted to it");
    request->signer.spki.is_checked = spki_check(&request->signer.spki, err);
    if (!request->signer.spki.is_checked)
        return error_context(err, "signer");
    if (request->has_odd_nonce)
        return fail(err, ERR_MALFORMED,
                    "RFC 8894 §3.2.1.5: senderNonce is not one of up to %d octets",
                    SCEP_NONCE_OCTETS_MAX);
    return true;
}

bool scep_envelope_parse(const struct scep_request *request, bool allow_des, struct arena *arena,
                         struct cms_enveloped *out, struct error *err)
{
    struct error cause = { 0 };
    struct bytes der = der_shaped(request->outer.content, arena, &cause);
    if (!der.len || !cms_parse_enveloped(der, arena, out, &cause))
        return cannot_open(err, cause.message);
    if (out->cipher == CMS_CIPHER_NONE)
        return fail(err, ERR_WEAK_ALGORITHM, "envelope: a cipher that is not accepted");
    if (cms_cipher_is_legacy(out->cipher) && (!allow_des || !cms_legacy_available(&cause)))
        return fail(err, ERR_WEAK_ALGORITHM, "envelope: single DES is not accepted");
    return true;
}

bool scep_envelope_open(const struct cms_enveloped *envelope, const struct cms_recipient *recipient,
                        scep_decrypt_fn *decrypt, void *context, struct arena *arena,
                        struct scep_opened *out, struct error *err)
{
    uint8_t key[CMS_KEY_OCTETS_MAX];
    size_t key_len = cms_cipher_key_octets(envelope->cipher);
    if (recipient->transport == CMS_TRANSPORT_UNKNOWN)
        return fail(err, ERR_WEAK_ALGORITHM, "envelope: a key transport that is not accepted");
    bool is_oaep = recipient->transport == CMS_TRANSPORT_OAEP;
    SCOPED(buf_free) struct buf *plain = buf_new(envelope->content.len);
    bool done = decrypt(context, is_oaep, recipient->key, key, key_len, err) &&
                cms_decrypt(envelope, (struct bytes){ key, key_len }, plain, &out->padding, err);
    bytes_wipe(key, sizeof key);
    if (done)
        out->plain = arena_bytes(arena, buf_bytes(plain));
    return done;
}

bool scep_opened_csr(const struct scep_opened *opened, const struct spki *signer,
                     struct arena *arena, struct csr *out, struct error *err)
{
    struct error cause = { 0 };
    struct bytes whole = leading_element(opened);
    bool is_read = csr_parse(whole, arena, out, &cause);
    spki_borrow(&out->spki, signer);
    bool is_good = is_read && csr_verify(out, &cause);
    if (!is_filled(opened, whole))
        return cannot_open(err, "");
    if (is_good)
        return true;
    if (cause.code == ERR_WEAK_ALGORITHM)
        return fail(err, ERR_WEAK_ALGORITHM, "%s", cause.message);
    return cannot_open(err, cause.message);
}

bool scep_opened_identifier(const struct scep_opened *opened, struct cms_identifier *out,
                            struct error *err)
{
    struct error cause = { 0 };
    struct bytes whole = leading_element(opened);
    bool is_good = cms_parse_issuer_and_serial(whole, out, &cause);
    return (is_filled(opened, whole) && is_good) || cannot_open(err, cause.message);
}

bool scep_opened_names(const struct scep_opened *opened, struct bytes *issuer,
                       struct bytes *subject, struct error *err)
{
    struct bytes whole = leading_element(opened);
    struct der outer = der_of(whole);
    struct der names;
    bool is_good = der_enter(&outer, DER_SEQUENCE, &names) &&
                   der_take_whole(&names, DER_SEQUENCE, issuer) &&
                   der_take_whole(&names, DER_SEQUENCE, subject) && der_at_end(&names);
    return (is_filled(opened, whole) && is_good) || cannot_open(err, "no IssuerAndSubject");
}

bool scep_reply_encode(const struct scep_request *request, const struct scep_reply *reply,
                       struct buf *out, struct error *err)
{
    SCOPED(buf_free) struct buf *attributes = buf_new(ATTRIBUTES_OCTETS_MAX);
    put_attributes(request, reply, attributes);
    if (!buf_ok(attributes))
        return fail(err, ERR_INTERNAL, "CertRep: the attributes are too large");
    struct cms_signing signing = {
        .content = reply->content,
        .attributes = buf_bytes(attributes),
        .signer = reply->signer,
        .digest = reply_digest(request->outer.digest),
        .sign = reply->sign,
        .context = reply->context,
    };
    return cms_sign(&signing, out, err) || error_context(err, "CertRep");
}
