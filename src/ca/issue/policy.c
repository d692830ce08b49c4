#include "ca/issue/policy.h"

#include "base/arena.h"
#include "base/error.h"
#include "ca/issuer.h"
#include "model/grant.h"
#include "x509/certificate.h"
#include "x509/constraints.h"
#include "x509/csr.h"
#include "x509/name.h"
#include "x509/name_part.h"
#include "x509/usage.h"

struct checking {
    const struct issuer *issuer;
    const struct grant *grant;
    const struct csr *csr;
    struct arena *arena;
    struct approved *out;
};

typedef bool rule_fn(const struct checking *checking, struct error *err);

/* A grant or a CSR whose values we cannot read makes a request that we may not sign. */
static bool bad_csr(struct error *err)
{
    if (err->code == ERR_INVALID || err->code == ERR_MALFORMED)
        err->code = ERR_BAD_CSR;
    return false;
}

static bool check_key(const struct checking *checking, struct error *err)
{
    return spki_check(&checking->csr->spki, err) || bad_csr(err);
}

static bool check_ca(const struct checking *checking, struct error *err)
{
    return !checking->csr->asks_ca ||
           fail(err, ERR_BAD_CSR,
                "csr: basicConstraints CA:TRUE, keyCertSign and cRLSign are not given on request");
}

/* The CSR may leave out or reorder what the grant binds, and may add nothing. */
static bool check_bound_subject(const struct checking *checking, struct error *err)
{
    checking->out->subject = checking->grant->subject;
    return name_is_part(checking->csr->subject, checking->grant->subject) ||
           fail(err, ERR_BAD_CSR, "csr: the subject is not the one that was granted");
}

/* emailAddress is an rfc822Name in other clothes (RFC 5280 §4.2.1.6), so any name is not it. */
static bool check_any_subject(const struct checking *checking, struct error *err)
{
    SCOPED(buf_free) struct buf *email = buf_new(NAME_OCTETS_MAX);
    checking->out->subject = checking->csr->subject;
    if (name_find(checking->csr->subject, OID_EMAIL, email))
        return fail(err, ERR_BAD_CSR,
                    "csr: an emailAddress in the subject must be granted by name");
    return name_check_values(checking->csr->subject, err) || bad_csr(err);
}

static bool check_subject(const struct checking *checking, struct error *err)
{
    static const uint8_t empty[] = { DER_SEQUENCE, 0 };
    if (checking->grant->subject.len)
        return check_bound_subject(checking, err);
    if (checking->grant->allow_any_name)
        return check_any_subject(checking, err);
    checking->out->subject = BYTES_OF(empty);
    return name_is_empty(checking->csr->subject) ||
           fail(err, ERR_BAD_CSR, "csr: no subject was granted");
}

static bool read_granted_sans(const struct checking *checking, struct sans *out, struct error *err)
{
    const struct strings *texts = &checking->grant->sans;
    if (texts->count > SANS_MAX)
        return fail(err, ERR_BAD_CSR, "grant: more than %d names", SANS_MAX);
    /* Room for those that the CSR may add. */
    out->items = arena_take(checking->arena,
                            (texts->count + checking->csr->sans.count) * sizeof *out->items);
    out->count = texts->count;
    for (size_t i = 0; i < texts->count; i++)
        if (!san_from_text(texts->items[i], checking->arena, &out->items[i], err))
            return bad_csr(err);
    return true;
}

/* pki-rules §3: any name means hosts, addresses and URIs, never otherName or rfc822Name. */
static bool is_any_name(const struct san *san)
{
    return san->type == SAN_DNS || san->type == SAN_IP || san->type == SAN_URI;
}

static bool check_san(const struct checking *checking, const struct san *san, struct sans *out,
                      struct error *err)
{
    if (sans_contain(out, san))
        return true;
    if (san_is_sid(san)) {
        checking->out->sid_removed = true; /* issuance goes on without it, §2 */
        return true;
    }
    if (!checking->grant->allow_any_name || !is_any_name(san))
        return fail(err, ERR_BAD_CSR,
                    "csr: a subject alternative name is not one that was granted");
    out->items[out->count++] = *san;
    return san_check(san, err) || bad_csr(err);
}

static bool check_sans(const struct checking *checking, struct error *err)
{
    const struct csr *csr = checking->csr;
    struct sans *sans = &checking->out->sans;
    if (!read_granted_sans(checking, sans, err))
        return false;
    for (size_t i = 0; i < csr->sans.count; i++)
        if (!check_san(checking, &csr->sans.items[i], sans, err))
            return false;
    checking->out->sid = checking->grant->sid;
    checking->out->sid_removed |= csr->has_sid && !checking->grant->sid;
    return sans->count || !name_is_empty(checking->out->subject) ||
           fail(err, ERR_BAD_CSR, "csr: neither a subject nor a subject alternative name");
}

static bool check_forbidden_usages(const struct checking *checking, struct error *err)
{
    for (size_t i = 0; i < checking->csr->ekus.count; i++)
        if (usage_is_forbidden(checking->csr->ekus.items[i]))
            return fail(err, ERR_BAD_CSR,
                        "csr: an extended key usage that is never given on request");
    return true;
}

static bool granted_usages(const struct checking *checking, struct oids *out, struct error *err)
{
    const struct strings *texts = &checking->grant->ekus;
    if (texts->count)
        return usages_from_texts(texts->items, texts->count, checking->arena, out, err) ||
               bad_csr(err);
    out->items = arena_take(checking->arena, sizeof *out->items);
    out->items[0] = oid_bytes(OID_CLIENT_AUTH);
    out->count = 1;
    return true;
}

/* EKU = (granted, default clientAuth) ∩ the CA's. A CSR that names usages must mean just these. */
static bool check_usages(const struct checking *checking, struct error *err)
{
    struct oids granted;
    const struct csr *csr = checking->csr;
    if (!check_forbidden_usages(checking, err) || !granted_usages(checking, &granted, err))
        return false;
    checking->out->ekus = usages_common(&granted, &checking->issuer->ekus, checking->arena);
    if (checking->out->ekus.count == 0)
        return fail(err, ERR_BAD_CSR, "none of the extended key usages is one of the CA's");
    return !csr->has_ekus || usages_equal(&csr->ekus, &granted) ||
           usages_equal(&csr->ekus, &checking->out->ekus) ||
           fail(err, ERR_BAD_CSR, "csr: the extended key usages are not those that were granted");
}

/* RSA keys also take part in key transport; EC keys only sign (RFC 5480 §3). */
static bool choose_key_usage(const struct checking *checking, struct error *err)
{
    (void)err;
    checking->out->key_usage =
        KEY_USAGE_DIGITAL_SIGNATURE | (checking->csr->spki.is_rsa ? KEY_USAGE_KEY_ENCIPHERMENT : 0);
    return true;
}

static rule_fn *const rules[] = {
    check_key, check_ca, check_subject, check_sans, check_usages, choose_key_usage,
};

bool policy_check(const struct issuer *issuer, const struct grant *grant, const struct csr *csr,
                  struct arena *arena, struct approved *out, struct error *err)
{
    *out = (struct approved){ .sid = NULL };
    const struct checking checking = { issuer, grant, csr, arena, out };
    for (size_t i = 0; i < ARRAY_LEN(rules); i++)
        if (!rules[i](&checking, err))
            return false;
    return true;
}

static bool check_one(struct bytes above, struct bytes certificate, struct arena *arena,
                      struct error *err)
{
    struct certificate ca;
    return certificate_parse(above, arena, &ca, err) &&
           (!ca.name_constraints.len || constraints_check(ca.name_constraints, certificate, err));
}

bool policy_check_constraints(const struct issuer *issuer, struct bytes certificate,
                              struct arena *arena, struct error *err)
{
    struct der chain = der_of(issuer->chain);
    struct bytes above;
    if (!issuer->is_constrained)
        return true;
    if (!check_one(issuer->certificate, certificate, arena, err))
        return false;
    while (der_take_whole(&chain, DER_SEQUENCE, &above))
        if (!check_one(above, certificate, arena, err))
            return false;
    return true;
}
