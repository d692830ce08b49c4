#include "inspection/upload.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "ca/lifecycle/path.h"
#include "model/inspection_ca.h"
#include "trust/bundle.h"
#include "x509/csr.h"
#include "x509/der.h"
#include "x509/oid.h"

#include <string.h>

enum { HALF_A_YEAR_S = 182 * 24 * 3600 };

static const struct path_members members = { "certificate", "chain" };

/* ---- reading ---- */

static bool is_pem(const char *text)
{
    return strstr(text, "-----BEGIN ") != NULL;
}

static bool read_bundle(const char *text, struct arena *arena, struct bundle *out,
                        struct error *err)
{
    struct error why = { .code = ERR_NONE };
    if (is_pem(text))
        return bundle_read(bytes_of_text(text), arena, out, err);
    SCOPED(buf_free) struct buf *octets = buf_new(INSPECTION_PEM_OCTETS_MAX);
    if (!base64_decode_lenient(bytes_of_text(text), octets, &why) || buf_len(octets) == 0)
        return fail(err, ERR_INVALID, "neither PEM nor base64 of a certificate");
    return bundle_read(buf_bytes(octets), arena, out, err);
}

/* A root signs itself with what it likes, elsewhere; here SHA-1 is no signature at all. */
static bool check_algorithms(const struct bundle *bundle, struct arena *arena, struct error *err)
{
    for (size_t i = 0; i < bundle->count; i++) {
        struct certificate certificate;
        if (!certificate_parse(bundle->items[i], arena, &certificate, err) ||
            !spki_check_algorithm(certificate.algorithm, err))
            return false;
    }
    return true;
}

static struct bundle *read_member(const char *member, const char *text, struct arena *arena,
                                  struct error *err)
{
    struct bundle *bundle = arena_take(arena, sizeof *bundle);
    if (text && read_bundle(text, arena, bundle, err) && check_algorithms(bundle, arena, err))
        return bundle;
    if (!text)
        return fail_null(err, ERR_INVALID, "%s: it goes with the other and must be given too",
                         member);
    if (err->code != ERR_TOO_LARGE)
        err->code = ERR_INVALID;
    error_context(err, "%s", member);
    return NULL;
}

static bool read_path(const struct inspection_ca *ca, struct arena *arena, struct path *out,
                      struct error *err)
{
    const struct bundle *own = read_member(members.own, ca->certificate, arena, err);
    const struct bundle *chain = own ? read_member(members.chain, ca->chain, arena, err) : NULL;
    out->members = &members;
    if (!chain)
        return false;
    if (own->count != 1)
        return fail(err, ERR_INVALID, "%s: must be one certificate, its chain goes elsewhere",
                    members.own);
    return path_read(own->items[0], chain->items, chain->count, arena, out, err);
}

/* ---- checks ---- */

static bool read_csr(const char *text, struct arena *arena, struct csr *out, struct error *err)
{
    size_t offset = 0;
    SCOPED(buf_free) struct buf *der = buf_new(CSR_OCTETS_MAX);
    return pem_next(bytes_of_text(text), &offset, "CERTIFICATE REQUEST", der)
               ? csr_parse(arena_bytes(arena, buf_bytes(der)), arena, out, err)
               : fail(err, ERR_INTERNAL, "csr: no PEM of one");
}

static bool check_key(const struct inspection_ca *ca, const struct certificate *own,
                      struct arena *arena, struct error *err)
{
    struct csr csr;
    return read_csr(ca->csr, arena, &csr, err) &&
           (spki_is_same_key(&csr.spki, &own->spki) ||
            fail(err, ERR_INVALID, "%s: its key is not that of certificateSigningRequest",
                 members.own));
}

/* Product rule: serverAuth by name; and nothing above takes it away. */
static bool check_usage(const struct path *path, struct arena *arena, struct error *err)
{
    struct bytes usage = oid_bytes(OID_SERVER_AUTH);
    const struct oids wanted = { &usage, 1 };
    struct oids left;
    const struct certificate *own = &path->links[0];
    if (!own->has_ekus || !oids_contain(&own->ekus, usage))
        return fail(err, ERR_INVALID, "%s: extendedKeyUsage lacks serverAuth", members.own);
    return path_usages(path, &wanted, arena, &left, err);
}

static struct bytes join(const struct path *path, size_t from, struct arena *arena)
{
    size_t len = 0;
    for (size_t i = from; i < path->count; i++)
        len += path->links[i].der.len;
    uint8_t *all = arena_take(arena, len);
    struct bytes joined = { all, len };
    for (size_t i = from; i < path->count; i++) {
        memcpy(all, path->links[i].der.data, path->links[i].der.len);
        all += path->links[i].der.len;
    }
    return joined;
}

bool upload_take(struct inspection_ca *ca, time_t now, struct arena *arena, struct error *err)
{
    struct path *path = arena_take(arena, sizeof *path);
    const struct certificate *own = &path->links[0];
    if (!read_path(ca, arena, path, err) || !check_key(ca, own, arena, err) ||
        !path_check(path, now, err) || !check_usage(path, arena, err) ||
        !upload_check_end(own->not_after, now, err))
        return false;
    ca->certificate = upload_pem(own->der, arena);
    ca->chain = upload_pem(join(path, 1, arena), arena);
    ca->validity = (struct inspection_validity){ own->not_before, own->not_after };
    return true;
}

const char *upload_pem(struct bytes certificates, struct arena *arena)
{
    struct der rest = der_of(certificates);
    struct bytes whole;
    SCOPED(buf_free) struct buf *text = buf_new(2 * certificates.len + INSPECTION_PEM_OCTETS_MAX);
    while (der_take_whole(&rest, DER_SEQUENCE, &whole))
        pem_encode("CERTIFICATE", whole, text);
    return arena_text(arena, buf_text(text));
}

bool upload_check_end(time_t not_after, time_t now, struct error *err)
{
    return not_after - now >= HALF_A_YEAR_S ||
           fail(err, ERR_INVALID, "%s: less than six months are left until it ends", members.own);
}
