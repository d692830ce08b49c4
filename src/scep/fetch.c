#include "scep/fetch.h"

#include "auth/renewal.h"
#include "ca/issuer.h"
#include "scep/scep_inside.h"
#include "store/rows.h"
#include "store/store.h"
#include "x509/name.h"

/* What both carry and both need: a signer of this CA asks about a certificate of this CA. */
static bool check_asked(struct exchange *exchange, struct cms_identifier *out, struct error *err)
{
    struct scep *scep = exchange->scep;
    if (!scep_opened_identifier(&exchange->opened, out, err) ||
        !requester_check(scep->auth, exchange->ca_id, &exchange->request.signer, exchange->now,
                         exchange->arena, err))
        return false;
    SCOPED(issuer_release)
    struct issuer *issuer =
        issuer_get(scep->authority, NULL, exchange->ca_id, 0, exchange->now, err);
    if (!issuer)
        return false;
    return name_equal(out->issuer, issuer->subject) ||
           fail(err, ERR_NOT_FOUND, "the certificate asked for is another CA's");
}

static bool read_certificate(struct exchange *exchange, struct bytes serial, struct leaf *out,
                             struct error *err)
{
    SCOPED(session_free) struct session *session = store_read(exchange->scep->store, err);
    return session && leaves_find_by_serial(session, exchange->ca_id, serial, exchange->now,
                                            exchange->arena, out, err);
}

static bool read_chunks(struct session *session, const struct crl_row *crl, struct buf *out,
                        struct error *err)
{
    if (crl->size > FETCH_CRL_OCTETS_MAX)
        return fail(err, ERR_TOO_LARGE, "the CRL is too long for SCEP: fetch it from its URL");
    for (int64_t position = 0; (int64_t)buf_len(out) < crl->size; position++)
        if (!crls_read(session, crl->id, position, out, err))
            return false;
    return buf_ok(out) || fail(err, ERR_INTERNAL, "the CRL is longer than it says");
}

/* The list signed by the version of the CA that signed the certificate. */
static bool read_crl(struct exchange *exchange, struct bytes serial, struct buf *out,
                     struct error *err)
{
    struct serial_status status;
    struct crl_row crl;
    SCOPED(session_free) struct session *session = store_read(exchange->scep->store, err);
    if (!session || !session_snapshot(session, err) ||
        !leaves_status(session, exchange->ca_id, serial, &status, err))
        return false;
    if (!status.is_known)
        return fail(err, ERR_NOT_FOUND, "no certificate of this CA has this serial");
    return crls_current(session, exchange->ca_id, status.version, CRL_COMPLETE, exchange->arena,
                        &crl, err) &&
           read_chunks(session, &crl, out, err);
}

bool fetch_certificate(struct exchange *exchange, struct error *err)
{
    struct cms_identifier asked;
    struct leaf leaf;
    if (!check_asked(exchange, &asked, err) ||
        !read_certificate(exchange, asked.serial, &leaf, err))
        return false;
    exchange_succeed(exchange, &leaf.certificate, 1);
    return true;
}

bool fetch_crl(struct exchange *exchange, struct error *err)
{
    struct cms_identifier asked;
    SCOPED(buf_free) struct buf *crl = buf_new(FETCH_CRL_OCTETS_MAX);
    if (!check_asked(exchange, &asked, err) || !read_crl(exchange, asked.serial, crl, err))
        return false;
    exchange_succeed_crl(exchange, buf_bytes(crl));
    return true;
}
