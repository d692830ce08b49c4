/* ca_upload: an external issuer's certificate for our key makes a pending version active, or stages
 * it; §7. */
#include "ca/lifecycle/lifecycle.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/times.h"
#include "ca/authority_inside.h"
#include "ca/change.h"
#include "ca/lifecycle/certify.h"
#include "ca/lifecycle/path.h"
#include "ca/lifecycle/versions.h"
#include "ca/usages.h"
#include "x509/csr.h"
#include "x509/name.h"

#include <string.h>

enum { YEAR_S = 31556952 }; /* of the Gregorian calendar, on average */

struct upload {
    const struct path *path;
    int64_t version;
};

static bool check_request(const struct change *change, const struct certificate *certificate,
                          struct error *err)
{
    struct csr csr;
    if (!csr_parse(change->version.csr, change->arena, &csr, err))
        return false;
    if (!spki_is_same_key(&csr.spki, &certificate->spki))
        return fail(err, ERR_INVALID,
                    "signedCertificate: its key is not the one that was asked for");
    return name_equal(certificate->subject, change->version.subject) ||
           fail(err, ERR_INVALID,
                "signedCertificate: its subject is not the one that was asked for");
}

static struct bytes chain_of(const struct path *path, struct arena *arena)
{
    size_t len = 0;
    for (size_t i = 1; i < path->count; i++)
        len += path->links[i].der.len;
    uint8_t *chain = arena_take(arena, len);
    size_t at = 0;
    for (size_t i = 1; i < path->count; i++) {
        memcpy(chain + at, path->links[i].der.data, path->links[i].der.len);
        at += path->links[i].der.len;
    }
    return (struct bytes){ chain, len };
}

static const char *common_name_of(struct bytes name, struct arena *arena)
{
    SCOPED(buf_free) struct buf *value = buf_new(NAME_OCTETS_MAX);
    return name_find(name, OID_COMMON_NAME, value) ? arena_text(arena, buf_text(value)) : NULL;
}

static const char *text_of(struct bytes name, struct arena *arena)
{
    SCOPED(buf_free) struct buf *text = buf_new((size_t)4 * NAME_OCTETS_MAX);
    return name_text(name, text) ? arena_text(arena, buf_text(text)) : "";
}

static void take_certificate(struct change *change, const struct path *path)
{
    const struct certificate *own = &path->links[0];
    struct ca_version *version = &change->version;
    char *thumbprint = arena_take(change->arena, 41);
    certificate_thumbprint(own->der, thumbprint);
    version->certificate = own->der;
    version->chain = chain_of(path, change->arena);
    version->subject = own->subject; /* its very octets are the issuer of what we issue */
    version->subject_name = text_of(own->subject, change->arena);
    version->thumbprint = thumbprint;
    version->serial = own->serial;
    version->not_before = own->not_before;
    version->not_after = own->not_after;
    version->external_issuer_url = own->issuers_url;
    change->ca.csr = BYTES_NONE;
    change->version_is_changed = true;
    change->detail = common_name_of(own->issuer, change->arena);
}

/* The first version is the CA's from now on; a later one waits for its activation. */
static void take_state(struct change *change, const struct path *path)
{
    const struct certificate *own = &path->links[0];
    struct ca *ca = &change->ca;
    if (ca->active_version) {
        version_stage(&change->version, change->now);
        return;
    }
    change->version.status = VERSION_ACTIVE;
    certify_show(ca, &change->version);
    ca->issuer_common_name = change->detail;
    ca->root_common_name = common_name_of(path->links[path->count - 1].subject, change->arena);
    ca->validity_years = (own->not_after - own->not_before + YEAR_S / 2) / YEAR_S;
}

static bool take_usages(struct change *change, const struct path *path, struct error *err)
{
    struct oids wanted;
    struct oids effective;
    if (!usages_from_list(&change->ca.ekus, change->arena, &wanted, err) ||
        !path_usages(path, &wanted, change->arena, &effective, err))
        return false;
    change->version.ekus = usages_to_list(&effective, &change->ca.ekus, change->arena);
    return true;
}

static bool step_upload(struct change *change, void *context, struct error *err)
{
    struct upload *upload = context;
    if (change->version.status != VERSION_SIGNING_PENDING)
        return fail(err, ERR_CONFLICT, "the CA is %s and waits for no certificate",
                    change_status_text(&change->ca));
    if (!check_request(change, &upload->path->links[0], err) ||
        !take_usages(change, upload->path, err))
        return false;
    take_certificate(change, upload->path);
    take_state(change, upload->path);
    upload->version = change->version.number;
    return true;
}

bool ca_upload(struct authority *authority, const struct actor *actor, const char *ca_id,
               int64_t revision, int64_t version, struct bytes certificate,
               const struct bytes *chain, size_t count, time_t now, struct arena *arena,
               struct ca *out, struct error *err)
{
    struct path *path = arena_take(arena, sizeof *path);
    path->members = &path_upload_members;
    struct upload upload = { path, 0 };
    const struct change_request request = {
        .actor = actor,
        .ca_id = ca_id,
        .revision = revision,
        .version = version,
        .means_pending = true,
        .activity = "UploadExternallySignedCertificationAuthorityCertificateAsync "
                    "CloudCertificationAuthority",
        .step = step_upload,
        .context = &upload,
    };
    if (!path_read(certificate, chain, count, arena, path, err) || !path_check(path, now, err) ||
        !change_ca(authority, &request, now, arena, out, err))
        return false;
    change_start(authority, actor->tenant_id, ca_id, upload.version, now);
    return true;
}
