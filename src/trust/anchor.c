#include "trust/anchor.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "x509/extension.h"
#include "x509/name.h"
#include "x509/spki.h"

#include <string.h>

enum { NAME_TEXT_OCTETS_MAX = 4 * NAME_OCTETS_MAX, THUMBPRINT_OCTETS = 41 };

/* ---- what it says ---- */

static const char *whole_name(struct bytes name, struct arena *arena)
{
    SCOPED(buf_free) struct buf *text = buf_new(NAME_TEXT_OCTETS_MAX);
    return name_text(name, text) ? arena_text(arena, buf_text(text)) : "";
}

static const char *short_name(struct bytes name, struct arena *arena)
{
    static const enum oid types[] = { OID_COMMON_NAME, OID_ORGANIZATION };
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        SCOPED(buf_free) struct buf *value = buf_new(NAME_OCTETS_MAX);
        if (name_find(name, types[i], value) && buf_len(value) > 0)
            return arena_text(arena, buf_text(value));
    }
    return whole_name(name, arena);
}

static const char *hex_of(struct bytes octets, struct arena *arena)
{
    if (octets.len == 0)
        return NULL;
    SCOPED(buf_free) struct buf *hex = buf_new(2 * octets.len);
    hex_encode(octets, hex);
    return arena_text(arena, buf_text(hex));
}

static const char *thumbprint_of(struct bytes der, struct arena *arena)
{
    char *out = arena_take(arena, THUMBPRINT_OCTETS);
    certificate_thumbprint(der, out);
    return out;
}

static void describe(struct anchor *out, struct arena *arena)
{
    const struct certificate *certificate = &out->certificate;
    out->subject = whole_name(certificate->subject, arena);
    out->display_name = short_name(certificate->subject, arena);
    out->issuer = short_name(certificate->issuer, arena);
    out->issuer_name = whole_name(certificate->issuer, arena);
    out->thumbprint = thumbprint_of(certificate->der, arena);
    out->key_identifier = hex_of(certificate->subject_key_identifier, arena);
    out->crl_url = certificate->crl_url;
}

/* ---- whether we take it ---- */

static bool check_purpose(const struct certificate *certificate, struct error *err)
{
    if (certificate->version != 3 || !certificate->is_ca)
        return fail(err, ERR_INVALID, "RFC 5280 §4.2.1.9: it is no CA: basicConstraints say so");
    if (certificate->has_key_usage && !(certificate->key_usage & KEY_USAGE_KEY_CERT_SIGN))
        return fail(err, ERR_INVALID, "RFC 5280 §4.2.1.3: its keyUsage lacks keyCertSign");
    if (name_is_empty(certificate->subject))
        return fail(err, ERR_INVALID, "RFC 5280 §4.1.2.6: a CA has a subject");
    return !certificate->has_unknown_critical ||
           fail(err, ERR_INVALID, "RFC 5280 §4.2: a critical extension is unknown");
}

static bool check_algorithms(const struct certificate *certificate, struct error *err)
{
    return spki_check_algorithm(certificate->algorithm, err) && spki_check(&certificate->spki, err);
}

static bool names_own_key(const struct certificate *certificate)
{
    return certificate->authority_key_identifier.len == 0 ||
           bytes_equal(certificate->authority_key_identifier, certificate->subject_key_identifier);
}

/* A self-issued certificate that another key signed is a change of keys, RFC 5280 §3.2; one that
 * says its own key signed it must prove it. */
static bool find_type(struct anchor *out, struct error *err)
{
    const struct certificate *certificate = &out->certificate;
    struct error why = { .code = ERR_NONE };
    out->is_root = certificate_is_self_issued(certificate) &&
                   certificate_verify(certificate, &certificate->spki, &why);
    if (why.code != ERR_NONE && names_own_key(certificate))
        return fail(err, ERR_INVALID, "%s", why.message);
    return true;
}

static bool check(struct anchor *out, time_t now, struct error *err)
{
    if (!check_purpose(&out->certificate, err) || !check_algorithms(&out->certificate, err) ||
        !find_type(out, err))
        return false;
    return now <= out->certificate.not_after || fail(err, ERR_INVALID, "it has expired");
}

bool anchor_read(struct bytes der, time_t now, struct arena *arena, struct anchor *out,
                 struct error *err)
{
    *out = (struct anchor){ .is_root = false };
    if (certificate_parse(der, arena, &out->certificate, err) && check(out, now, err)) {
        describe(out, arena);
        return true;
    }
    err->code = ERR_INVALID;
    return false;
}

bool anchor_is_root(struct bytes der, struct arena *arena)
{
    struct certificate certificate;
    struct error ignored = { .code = ERR_NONE };
    return certificate_parse(der, arena, &certificate, &ignored) &&
           certificate_is_self_issued(&certificate) &&
           certificate_verify(&certificate, &certificate.spki, &ignored);
}

/* Windows' certificate dialog puts U+200E before a thumbprint that is copied from it. */
static bool same_digits(const char *ours, const char *given)
{
    if (text_starts_with(given, "\xe2\x80\x8e"))
        given += 3;
    for (; *given; given++) {
        if (strchr(" :\t", *given))
            continue;
        char digit = *given >= 'a' && *given <= 'f' ? (char)(*given - 'a' + 'A') : *given;
        if (digit != *ours)
            return false;
        ours++;
    }
    return *ours == '\0';
}

bool anchor_has_thumbprint(const struct anchor *anchor, const char *text)
{
    return same_digits(anchor->thumbprint, text);
}

bool anchor_has_key_identifier(const struct anchor *anchor, const char *text)
{
    return anchor->key_identifier && same_digits(anchor->key_identifier, text);
}

static bool same_text(const char *a, const char *b)
{
    SCOPED(buf_free) struct buf *left = buf_new(2 * NAME_TEXT_OCTETS_MAX);
    SCOPED(buf_free) struct buf *right = buf_new(2 * NAME_TEXT_OCTETS_MAX);
    text_fold(a, left);
    text_fold(b, right);
    return bytes_equal(buf_bytes(left), buf_bytes(right));
}

static bool is_name(struct bytes name, const char *text)
{
    SCOPED(buf_free) struct buf *given = buf_new(NAME_OCTETS_MAX);
    struct error ignored = { .code = ERR_NONE };
    return name_from_text(text, given, &ignored) && name_equal(name, buf_bytes(given));
}

static bool is_name_reversed(struct bytes name, const char *text)
{
    SCOPED(buf_free) struct buf *reversed = buf_new(NAME_TEXT_OCTETS_MAX);
    return name_text_reversed(name, reversed) && same_text(buf_text(reversed), text);
}

bool anchor_has_issuer(const struct anchor *anchor, const char *text)
{
    struct bytes name = anchor->certificate.issuer;
    return same_text(anchor->issuer, text) || same_text(anchor->issuer_name, text) ||
           is_name(name, text) || is_name_reversed(name, text);
}
