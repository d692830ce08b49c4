#include "ca/issue/sign_request.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "x509/csr.h"
#include "x509/der.h"

#include <string.h>

/* PEM of a CSR, with room for what stands around it. */
enum { TEXT_OCTETS_MAX = 2 * CSR_OCTETS_MAX };

static bool is_der(struct bytes octets)
{
    struct der der = der_of(octets);
    return der_take_whole(&der, DER_SEQUENCE, &(struct bytes){ 0 });
}

/* RFC 7468 §7; OpenSSL of old wrote NEW. */
static bool read_pem(struct bytes text, struct buf *out)
{
    static const char *const labels[] = { "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST" };
    for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
        size_t offset = 0;
        if (pem_next(text, &offset, labels[i], out))
            return true;
        buf_truncate(out, 0);
    }
    return false;
}

static bool read_octets(struct bytes given, struct buf *out, struct error *err)
{
    struct error why = { .code = ERR_NONE };
    if (given.len > TEXT_OCTETS_MAX)
        return fail(err, ERR_BAD_CSR, "csr: more than %d octets", TEXT_OCTETS_MAX);
    if (is_der(given)) {
        buf_add(out, given);
        return true;
    }
    if (read_pem(given, out))
        return true;
    if (!base64_decode_lenient(given, out, &why) || buf_len(out) == 0)
        return fail(err, ERR_BAD_CSR, "csr: neither PEM nor DER nor base64 of it");
    SCOPED(buf_free) struct buf *plain = buf_copy(buf_bytes(out));
    if (is_der(buf_bytes(plain)))
        return true;
    buf_truncate(out, 0);
    return read_pem(buf_bytes(plain), out) ||
           fail(err, ERR_BAD_CSR, "csr: the base64 is of neither DER nor PEM");
}

static bool read_csr(struct bytes given, struct arena *arena, struct csr *out, struct error *err)
{
    SCOPED(buf_free) struct buf *octets = buf_new(TEXT_OCTETS_MAX);
    return read_octets(given, octets, err) &&
           csr_parse(arena_bytes(arena, buf_bytes(octets)), arena, out, err) &&
           csr_verify(out, err);
}

void ca_sign_request(struct authority *authority, const struct sign_request *request,
                     issue_done_fn *done, void *context)
{
    static const struct issued failed = { .outcome = ISSUE_FAILED };
    struct error err = { .code = ERR_NONE };
    struct csr *csr = arena_take(request->arena, sizeof *csr);
    const struct issue_request issue = {
        .ca_id = request->ca_id,
        .version = request->version,
        .csr = csr,
        .grant = request->grant,
        .actor = request->actor,
        .request_id = request->request_id,
        .now = request->now,
        .arena = request->arena,
    };
    if (read_csr(request->csr, request->arena, csr, &err))
        ca_issue(authority, &issue, done, context);
    else
        done(context, &failed, &err);
}
