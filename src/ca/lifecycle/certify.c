#include "ca/lifecycle/certify.h"

#include "base/arena.h"
#include "base/error.h"
#include "ca/issuer.h"
#include "ca/lifecycle/mint.h"
#include "x509/csr.h"

#include <inttypes.h>
#include <string.h>

enum { EXTENSIONS_OCTETS_MAX = 16384 };

static struct bytes chain_of(const struct issuer *parent, struct arena *arena)
{
    uint8_t *chain = arena_take(arena, parent->certificate.len + parent->chain.len);
    memcpy(chain, parent->certificate.data, parent->certificate.len);
    if (parent->chain.len)
        memcpy(chain + parent->certificate.len, parent->chain.data, parent->chain.len);
    return (struct bytes){ chain, parent->certificate.len + parent->chain.len };
}

bool certify_under(const struct issuer *parent, const struct sub_ca *sub_ca, time_t now,
                   struct arena *arena, struct ca_version *version, struct leaf *leaf,
                   struct error *err)
{
    if (!mint_sub_ca(parent, sub_ca, now, arena, leaf, err))
        return false;
    certify_take(version, leaf);
    version->chain = chain_of(parent, arena);
    version->parent_id = arena_format(arena, "%s_%" PRId64, parent->ca_id, parent->number);
    return true;
}

void certify_take(struct ca_version *version, const struct leaf *leaf)
{
    version->certificate = leaf->certificate;
    version->thumbprint = leaf->thumbprint;
    version->serial = leaf->serial;
    version->not_before = leaf->not_before;
    version->not_after = leaf->not_after;
}

void certify_show(struct ca *ca, const struct ca_version *version)
{
    ca->status = CA_ACTIVE;
    ca->active_version = ca->version_number = version->number;
    ca->subject_name = version->subject_name;
    ca->thumbprint = version->thumbprint;
    ca->serial = version->serial;
    ca->not_before = version->not_before;
    ca->not_after = version->not_after;
    ca->external_issuer_url = version->external_issuer_url;
}

bool certify_request(struct key *key, enum digest digest, struct bytes subject,
                     const struct oids *ekus, struct bytes spki, struct arena *arena,
                     struct bytes *csr, struct error *err)
{
    uint8_t octets[DIGEST_OCTETS_MAX];
    SCOPED(buf_free) struct buf *extensions = buf_new(EXTENSIONS_OCTETS_MAX);
    SCOPED(buf_free) struct buf *info = buf_new(CSR_OCTETS_MAX);
    SCOPED(buf_free) struct buf *algorithm = buf_new(64);
    SCOPED(buf_free) struct buf *signature = buf_new(SIGNATURE_OCTETS_MAX);
    SCOPED(buf_free) struct buf *out = buf_new(CSR_OCTETS_MAX);
    mint_put_requested_extensions(ekus, spki, extensions);
    csr_encode_info(subject, spki, buf_bytes(extensions), info);
    signature_algorithm_put(key_type(key), digest, algorithm);
    if (!digest_of(digest, buf_bytes(info), octets) ||
        !key_sign(key, digest, (struct bytes){ octets, digest_octets(digest) }, signature, err))
        return fail(err, ERR_INTERNAL, "csr: signing failed");
    csr_encode(buf_bytes(info), buf_bytes(algorithm), buf_bytes(signature), out);
    *csr = arena_bytes(arena, buf_bytes(out));
    return true;
}
