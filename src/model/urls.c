#include "model/urls.h"

#include <inttypes.h>

void urls_scep(const struct urls *urls, const char *ca_id, struct buf *out)
{
    buf_add_format(out, "%s/scep/%s", urls->public_url, ca_id);
}

void urls_scep_staged(const struct urls *urls, const char *ca_id, int64_t version, struct buf *out)
{
    buf_add_format(out, "%s/scep/%s/v%" PRId64, urls->public_url, ca_id, version);
}

void urls_crl(const struct urls *urls, const char *ca_id, int64_t version, struct buf *out)
{
    buf_add_format(out, "%s/crl/%s/v%" PRId64 "/current.crl", urls->public_url, ca_id, version);
}

void urls_delta_crl(const struct urls *urls, const char *ca_id, int64_t version, struct buf *out)
{
    buf_add_format(out, "%s/crl/%s/v%" PRId64 "/delta.crl", urls->public_url, ca_id, version);
}

void urls_ca_certificate(const struct urls *urls, const char *ca_id, int64_t version,
                         struct buf *out)
{
    buf_add_format(out, "%s/ca/%s/v%" PRId64 "/ca.cer", urls->public_url, ca_id, version);
}

void urls_ca_chain(const struct urls *urls, const char *ca_id, int64_t version, struct buf *out)
{
    buf_add_format(out, "%s/ca/%s/v%" PRId64 "/chain.p7c", urls->public_url, ca_id, version);
}

void urls_ocsp(const struct urls *urls, const char *ca_id, struct buf *out)
{
    buf_add_format(out, "%s/ocsp/%s", urls->public_url, ca_id);
}
