#include "fuzz/differential_cms.h"

#include "base/arena.h"
#include "base/error.h"
#include "x509/ber.h"
#include "x509/certificate.h"
#include "x509/cms.h"
#include "x509/name.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/x509.h>

enum { OCTETS_MAX = 1 << 20 };

static CMS_ContentInfo *theirs_of(struct bytes ber)
{
    const unsigned char *p = ber.data;
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, (long)ber.len);
    ERR_clear_error();
    return cms;
}

static bool same_octets(struct bytes ours, const ASN1_STRING *theirs)
{
    return theirs && bytes_equal(ours, (struct bytes){ ASN1_STRING_get0_data(theirs),
                                                       (size_t)ASN1_STRING_length(theirs) });
}

static bool is_good_name(struct bytes name)
{
    struct error err = { .code = ERR_NONE };
    return !name.len || name_check(name, &err);
}

static bool has_good_parts(const struct cms_signed *message, struct arena *arena)
{
    struct error err = { .code = ERR_NONE };
    struct certificate certificate;
    bool good = !message->has_unread && is_good_name(message->signer.issuer);
    for (size_t i = 0; i < message->certificate_count && good; i++)
        good = certificate_parse(message->certificates[i], arena, &certificate, &err);
    return good;
}

static const char *compare_signer(const struct cms_signed *ours, CMS_ContentInfo *theirs)
{
    STACK_OF(CMS_SignerInfo) *infos = CMS_get0_SignerInfos(theirs);
    if (sk_CMS_SignerInfo_num(infos) != ours->has_signer)
        return ours->has_signer ? "signerInfos" : NULL;
    if (!ours->has_signer)
        return NULL;
    CMS_SignerInfo *info = sk_CMS_SignerInfo_value(infos, 0);
    int attributes = CMS_signed_get_attr_count(info);
    if (!same_octets(ours->signature, CMS_SignerInfo_get0_signature(info)))
        return "signature";
    if ((attributes > 0) != (ours->signed_attributes.len > 0))
        return "signedAttrs";
    return NULL;
}

static const char *compare_signed(const struct cms_signed *ours, CMS_ContentInfo *theirs)
{
    ASN1_OCTET_STRING **content = CMS_get0_content(theirs);
    STACK_OF(X509) *certificates = CMS_get1_certs(theirs);
    int count = certificates ? sk_X509_num(certificates) : 0;
    sk_X509_pop_free(certificates, X509_free);
    if ((size_t)count != ours->certificate_count)
        return "certificates";
    if (ours->has_content && (!content || !same_octets(ours->content, *content)))
        return "content";
    return compare_signer(ours, theirs);
}

static const char *compare_recipients(const struct cms_enveloped *ours, CMS_ContentInfo *theirs)
{
    STACK_OF(CMS_RecipientInfo) *infos = CMS_get0_RecipientInfos(theirs);
    if ((size_t)sk_CMS_RecipientInfo_num(infos) != ours->recipient_count)
        return "recipientInfos";
    for (size_t i = 0; i < ours->recipient_count; i++) {
        CMS_RecipientInfo *info = sk_CMS_RecipientInfo_value(infos, (int)i);
        const struct cms_identifier *identifier = &ours->recipients[i].identifier;
        ASN1_OCTET_STRING *key_identifier = NULL;
        X509_NAME *issuer = NULL;
        ASN1_INTEGER *serial = NULL;
        if (CMS_RecipientInfo_type(info) != CMS_RECIPINFO_TRANS ||
            CMS_RecipientInfo_ktri_get0_signer_id(info, &key_identifier, &issuer, &serial) != 1)
            return "recipient";
        if ((identifier->key_identifier.len > 0) != (key_identifier != NULL) ||
            (key_identifier && !same_octets(identifier->key_identifier, key_identifier)))
            return "recipient's identifier";
    }
    return NULL;
}

const char *differ_signed_data(struct bytes ber)
{
    struct error err = { .code = ERR_NONE };
    struct cms_signed ours;
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(buf_free) struct buf *der = buf_new(OCTETS_MAX);
    if (!ber_to_der(ber, der, &err) || !cms_parse_signed(buf_bytes(der), &ours, &err) ||
        !has_good_parts(&ours, arena))
        return NULL;
    CMS_ContentInfo *theirs = theirs_of(ber);
    const char *difference = theirs ? compare_signed(&ours, theirs) : "OpenSSL refuses it";
    ERR_clear_error();
    CMS_ContentInfo_free(theirs);
    return difference;
}

const char *differ_enveloped_data(struct bytes ber)
{
    struct error err = { .code = ERR_NONE };
    struct cms_enveloped ours;
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(buf_free) struct buf *der = buf_new(OCTETS_MAX);
    if (!ber_to_der(ber, der, &err) || !cms_parse_enveloped(buf_bytes(der), arena, &ours, &err) ||
        ours.has_unread)
        return NULL;
    for (size_t i = 0; i < ours.recipient_count; i++)
        if (!is_good_name(ours.recipients[i].identifier.issuer))
            return NULL;
    CMS_ContentInfo *theirs = theirs_of(ber);
    const char *difference = theirs ? compare_recipients(&ours, theirs) : "OpenSSL refuses it";
    ERR_clear_error();
    CMS_ContentInfo_free(theirs);
    return difference;
}

const char *differ_ber(struct bytes ber)
{
    struct error err = { .code = ERR_NONE };
    SCOPED(buf_free) struct buf *der = buf_new(OCTETS_MAX);
    SCOPED(buf_free) struct buf *again = buf_new(OCTETS_MAX);
    if (!ber_to_der(ber, der, &err))
        return NULL;
    if (!ber_to_der(buf_bytes(der), again, &err))
        return "its own output is refused";
    if (!bytes_equal(buf_bytes(der), buf_bytes(again)))
        return "its own output changes";
    const unsigned char *p = buf_bytes(der).data;
    long len;
    int tag;
    int class;
    int form = ASN1_get_object(&p, &len, &tag, &class, (long)buf_len(der));
    ERR_clear_error();
    if (form & 0x80 || form & 1)
        return "OpenSSL finds no definite element";
    return (size_t)(p - buf_bytes(der).data) + (size_t)len == buf_len(der) ? NULL : "length";
}
