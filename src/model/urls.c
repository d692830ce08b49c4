#include "model/urls.h"

/* Pages of lists are full of them, so no format is read. */
static void add(const struct urls *urls, const char *path, const char *ca_id, struct buf *out)
{
    buf_add_text(out, urls->public_url);
    buf_add_text(out, path);
    buf_add_text(out, ca_id);
}

static void add_version(int64_t version, const char *file, struct buf *out)
{
    buf_add_text(out, "/v");
    buf_add_int(out, version);
    buf_add_text(out, file);
}

void urls_scep(const struct urls *urls, const char *ca_id, struct buf *out)
{
    add(urls, "/scep/", ca_id, out);
}

void urls_scep_staged(const struct urls *urls, const char *ca_id, int64_t version, struct buf *out)
{
    add(urls, "/scep/", ca_id, out);
    add_version(version, "", out);
}

void urls_crl(const struct urls *urls, const char *ca_id, int64_t version, struct buf *out)
{
    add(urls, "/crl/", ca_id, out);
    add_version(version, "/current.crl", out);
}

void urls_delta_crl(const struct urls *urls, const char *ca_id, int64_t version, struct buf *out)
{
    add(urls, "/crl/", ca_id, out);
    add_version(version, "/delta.crl", out);
}

void urls_ca_certificate(const struct urls *urls, const char *ca_id, int64_t version,
                         struct buf *out)
{
    add(urls, "/ca/", ca_id, out);
    add_version(version, "/ca.cer", out);
}

void urls_ca_chain(const struct urls *urls, const char *ca_id, int64_t version, struct buf *out)
{
    add(urls, "/ca/", ca_id, out);
    add_version(version, "/chain.p7c", out);
}

void urls_ocsp(const struct urls *urls, const char *ca_id, struct buf *out)
{
    add(urls, "/ocsp/", ca_id, out);
}
