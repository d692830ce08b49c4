#include "ca/lifecycle/path.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "x509/constraints.h"
#include "x509/der.h"
#include "x509/name.h"
#include "x509/usage.h"

#include <string.h>

enum { UPLOAD_OCTETS_MAX = 4 * CERTIFICATE_OCTETS_MAX };

const struct path_members path_upload_members = { "signedCertificate", "trustChainCertificates" };

static const char *member_of(const struct path *path, size_t link)
{
    return link == 0 ? path->members->own : path->members->chain;
}

/* ---- reading ---- */

/* What is given, not yet in order. */
struct given {
    struct certificate items[PATH_LINKS_MAX];
    bool is_used[PATH_LINKS_MAX];
    size_t count;
};

static bool add_certificate(struct bytes der, struct arena *arena, struct given *out,
                            struct error *err)
{
    if (out->count == PATH_LINKS_MAX)
        return fail(err, ERR_INVALID, "more than %d certificates", PATH_LINKS_MAX);
    struct bytes copy = arena_bytes(arena, der);
    return certificate_parse(copy, arena, &out->items[out->count++], err);
}

static bool add_der(struct bytes octets, struct arena *arena, struct given *out, struct error *err)
{
    struct der der = der_of(octets);
    struct bytes whole;
    while (der_take_whole(&der, DER_SEQUENCE, &whole))
        if (!add_certificate(whole, arena, out, err))
            return false;
    return der_end_of(&der, "certificate", err);
}

static bool add_pem(struct bytes text, struct arena *arena, struct given *out, struct error *err)
{
    size_t offset = 0;
    size_t before = out->count;
    SCOPED(buf_free) struct buf *der = buf_new(CERTIFICATE_OCTETS_MAX);
    while (pem_next(text, &offset, "CERTIFICATE", der)) {
        if (!add_certificate(buf_bytes(der), arena, out, err))
            return false;
        buf_truncate(der, 0);
    }
    return out->count > before || fail(err, ERR_INVALID, "no certificate in this PEM");
}

static bool is_pem(struct bytes text)
{
    static const char begin[] = "-----BEGIN ";
    return text.len && memmem(text.data, text.len, begin, sizeof begin - 1);
}

static bool add_plain(struct bytes octets, struct arena *arena, struct given *out,
                      struct error *err)
{
    return is_pem(octets) ? add_pem(octets, arena, out, err) : add_der(octets, arena, out, err);
}

static bool is_der(struct bytes octets)
{
    struct der der = der_of(octets);
    return der_take_whole(&der, DER_SEQUENCE, &(struct bytes){ 0 });
}

static bool add_any(struct bytes octets, struct arena *arena, struct given *out, struct error *err)
{
    if (octets.len > UPLOAD_OCTETS_MAX)
        return fail(err, ERR_INVALID, "more than %d octets", UPLOAD_OCTETS_MAX);
    if (is_pem(octets) || is_der(octets))
        return add_plain(octets, arena, out, err);
    SCOPED(buf_free) struct buf *plain = buf_new(UPLOAD_OCTETS_MAX);
    struct error why = { .code = ERR_NONE };
    if (!base64_decode_lenient(octets, plain, &why) || buf_len(plain) == 0)
        return fail(err, ERR_INVALID, "neither DER nor PEM nor base64 of it");
    return add_plain(buf_bytes(plain), arena, out, err);
}

static bool add_named(const char *member, struct bytes octets, struct arena *arena,
                      struct given *out, struct error *err)
{
    if (add_any(octets, arena, out, err))
        return true;
    err->code = ERR_INVALID;
    return error_context(err, "%s", member);
}

/* ---- order ---- */

static const char *text_of(struct bytes name, struct arena *arena)
{
    SCOPED(buf_free) struct buf *text = buf_new((size_t)4 * NAME_OCTETS_MAX);
    return name_text(name, text) ? arena_text(arena, buf_text(text)) : "?";
}

static bool identifiers_fit(const struct certificate *subject, const struct certificate *issuer)
{
    return subject->authority_key_identifier.len == 0 || issuer->subject_key_identifier.len == 0 ||
           bytes_equal(subject->authority_key_identifier, issuer->subject_key_identifier);
}

static bool is_self_signed(const struct certificate *certificate)
{
    struct error ignored = { .code = ERR_NONE };
    return certificate_is_self_issued(certificate) &&
           certificate_verify(certificate, &certificate->spki, &ignored);
}

/* Takes the one that issued `below`; why says what was wrong with one of that name. */
static const struct certificate *take_issuer(struct given *given, const struct certificate *below,
                                             struct error *why)
{
    for (size_t i = 0; i < given->count; i++) {
        const struct certificate *candidate = &given->items[i];
        if (given->is_used[i] || !name_equal(below->issuer, candidate->subject) ||
            !identifiers_fit(below, candidate))
            continue;
        error_clear(why);
        if (!certificate_verify(below, &candidate->spki, why))
            continue;
        given->is_used[i] = true;
        return candidate;
    }
    return NULL;
}

static bool put_in_order(struct given *given, struct arena *arena, struct path *out,
                         struct error *err)
{
    while (!is_self_signed(&out->links[out->count - 1])) {
        struct error why = { .code = ERR_NONE };
        const struct certificate *below = &out->links[out->count - 1];
        const struct certificate *issuer = take_issuer(given, below, &why);
        if (!issuer && why.code != ERR_NONE)
            return fail(err, ERR_INVALID, "%s: '%s': %s", member_of(out, out->count - 1),
                        text_of(below->subject, arena), why.message);
        if (!issuer)
            return fail(err, ERR_INVALID, "%s: the certificate of '%s' is missing",
                        out->members->chain, text_of(below->issuer, arena));
        if (out->count == PATH_LINKS_MAX)
            return fail(err, ERR_INVALID, "%s: more than %d links", out->members->chain,
                        PATH_LINKS_MAX);
        out->links[out->count++] = *issuer;
    }
    return true;
}

static bool check_all_used(const struct given *given, const char *member, struct arena *arena,
                           struct error *err)
{
    for (size_t i = 0; i < given->count; i++)
        if (!given->is_used[i])
            return fail(err, ERR_INVALID, "%s: '%s' is no link of the chain", member,
                        text_of(given->items[i].subject, arena));
    return true;
}

/* ---- checks ---- */

static bool check_dates(const struct path *path, size_t link, time_t now, struct error *err)
{
    const struct certificate *certificate = &path->links[link];
    if (now < certificate->not_before)
        return fail(err, ERR_INVALID, "is not valid yet");
    return now <= certificate->not_after || fail(err, ERR_INVALID, "has expired");
}

static bool check_constraints(const struct path *path, size_t link, time_t now, struct error *err)
{
    (void)now;
    const struct certificate *certificate = &path->links[link];
    if (certificate->version != 3 || !certificate->is_ca)
        return fail(err, ERR_INVALID, "RFC 5280 §4.2.1.9: basicConstraints do not say CA");
    if (link == 0 && !certificate->is_basic_constraints_critical)
        return fail(err, ERR_INVALID, "RFC 5280 §4.2.1.9: basicConstraints are not critical");
    return !certificate->has_unknown_critical ||
           fail(err, ERR_INVALID, "RFC 5280 §4.2: a critical extension is unknown");
}

/* Ours signs lists with the same key; of those above only that they certify matters. */
static bool check_key_usage(const struct path *path, size_t link, time_t now, struct error *err)
{
    (void)now;
    const struct certificate *certificate = &path->links[link];
    uint32_t needed = KEY_USAGE_KEY_CERT_SIGN | (link == 0 ? KEY_USAGE_CRL_SIGN : 0);
    if (!certificate->has_key_usage && link > 0)
        return true;
    return (certificate->key_usage & needed) == needed ||
           fail(err, ERR_INVALID, "RFC 5280 §4.2.1.3: keyUsage lacks %s",
                link == 0 ? "keyCertSign or cRLSign" : "keyCertSign");
}

static bool check_key(const struct path *path, size_t link, time_t now, struct error *err)
{
    (void)now;
    return spki_check(&path->links[link].spki, err);
}

/* Counts the CAs between this link and a leaf; self-issued ones do not count. */
static bool check_path_len(const struct path *path, size_t link, time_t now, struct error *err)
{
    (void)now;
    int below = 0;
    for (size_t i = 0; i < link; i++)
        below += !certificate_is_self_issued(&path->links[i]);
    int allowed = path->links[link].path_len;
    return allowed < 0 || below <= allowed ||
           fail(err, ERR_INVALID, "RFC 5280 §4.2.1.9: pathLenConstraint %d, but %d CAs stand below",
                allowed, below);
}

static bool check_names_below(const struct path *path, size_t link, time_t now, struct error *err)
{
    (void)now;
    struct bytes constraints = path->links[link].name_constraints;
    for (size_t i = 0; constraints.len && i < link; i++)
        if (!certificate_is_self_issued(&path->links[i]) &&
            !constraints_check(constraints, path->links[i].der, err))
            return false;
    return true;
}

static bool (*const checks[])(const struct path *, size_t, time_t, struct error *) = {
    check_dates, check_constraints, check_key_usage, check_key, check_path_len, check_names_below,
};

bool path_read(struct bytes certificate, const struct bytes *chain, size_t count,
               struct arena *arena, struct path *out, struct error *err)
{
    struct given *own = arena_take(arena, sizeof *own);
    struct given *above = arena_take(arena, sizeof *above);
    if (!add_named(out->members->own, certificate, arena, own, err))
        return false;
    if (own->count != 1)
        return fail(err, ERR_INVALID, "%s: must be one certificate, its chain goes elsewhere",
                    out->members->own);
    for (size_t i = 0; i < count; i++)
        if (!add_named(out->members->chain, chain[i], arena, above, err))
            return false;
    out->links[0] = own->items[0];
    out->count = 1;
    if (is_self_signed(&out->links[0]))
        return fail(err, ERR_INVALID, "%s: is self-signed", out->members->own);
    return put_in_order(above, arena, out, err) &&
           check_all_used(above, out->members->chain, arena, err);
}

bool path_check(const struct path *path, time_t now, struct error *err)
{
    for (size_t link = 0; link < path->count; link++)
        for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
            if (checks[i](path, link, now, err))
                continue;
            err->code = ERR_INVALID;
            return error_context(err, "%s: certificate %zu of the path", member_of(path, link),
                                 link + 1);
        }
    return true;
}

bool path_usages(const struct path *path, const struct oids *wanted, struct arena *arena,
                 struct oids *out, struct error *err)
{
    *out = *wanted;
    for (size_t link = 0; link < path->count; link++) {
        const struct certificate *certificate = &path->links[link];
        if (!certificate->has_ekus ||
            oids_contain(&certificate->ekus, oid_bytes(OID_ANY_EXTENDED_KEY_USAGE)))
            continue;
        *out = usages_common(out, &certificate->ekus, arena);
        if (out->count == 0)
            return fail(err, ERR_INVALID,
                        "%s: none of the extended key usages asked for is in the certificate",
                        member_of(path, link));
    }
    return true;
}
