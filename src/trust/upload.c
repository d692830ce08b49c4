/*
 * An upload is fetched, checked as a whole, and only then added, one certificate after the other,
 * each in a write of its own. Whoever works on it holds its row for HOLD_S and prolongs that; a
 * failure of the database leaves the row, so that it is tried again until it is too old.
 */
#include "trust/upload.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "base/times.h"
#include "store/pkis.h"
#include "store/rows.h"
#include "store/store.h"
#include "trust/anchor.h"
#include "trust/bundle.h"
#include "trust/trust_inside.h"
#include "x509/algorithm.h"

#include <string.h>

enum {
    FETCH_TIMEOUT_MS = 60 * 1000,
    HOLD_S = 5 * MINUTE,
    AGE_MAX_S = 30 * MINUTE,
    SHA256_OCTETS = 32,
    DETAILS_OCTETS_MAX = ERROR_MESSAGE_OCTETS,
};

static const char running[] = "running";
static const char succeeded[] = "succeeded";
static const char failed[] = "failed";

/* ---- beginning ---- */

struct beginning {
    struct upload_row row;
    struct audit_event event;
};

static bool write_beginning(struct session *session, void *context, struct error *err)
{
    const struct beginning *beginning = context;
    const struct upload_row *row = &beginning->row;
    return pkis_touch(session, row->tenant_id, row->pki_id, row->created_at, err) &&
           uploads_insert(session, row, err) &&
           pkis_set_status(session, row->tenant_id, row->pki_id, running,
                           "The bundle is being fetched.", row->created_at, err) &&
           audit_insert(session, &beginning->event, err);
}

static bool check_url(const struct trust *trust, const char *url, struct error *err)
{
    if (!trust->hosts[0])
        return fail(err, ERR_INVALID,
                    "uploadUrl: the setting trust.upload_hosts names no host to fetch from");
    return fetch_check_url(url, trust->hosts, err) || error_context(err, "uploadUrl");
}

/* A query may hold a signature that lets whoever has it read the file. */
static const char *without_query(const char *url, struct arena *arena)
{
    return arena_text_of(arena, (struct bytes){ (const uint8_t *)url, strcspn(url, "?#") });
}

bool upload_begin(struct trust *trust, const struct actor *actor, const char *pki_id,
                  const struct pki_upload_wish *wish, time_t now, struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(buf_free) struct buf *digest = buf_new(SHA256_OCTETS);
    char id[UUID_TEXT_OCTETS];
    random_uuid(id);
    if (!check_url(trust, wish->url, err))
        return false;
    if (!hex_decode(wish->sha256, digest, err) || buf_len(digest) != SHA256_OCTETS)
        return error_context(err, "sha256FileHash");
    struct beginning beginning = {
        .row = { id, actor->tenant_id, pki_id, wish->url, buf_bytes(digest), actor->name,
                 actor->request_id, now },
        .event = audit_event_of(actor, "Upload CertificateBasedAuthPki", PKI_TYPE, pki_id, now),
    };
    beginning.event.detail = without_query(wish->url, arena);
    if (!store_write(trust->store, write_beginning, &beginning, err))
        return false;
    trust_wake(trust);
    return true;
}

/* ---- work ---- */

struct upload {
    struct trust *trust;
    struct arena *arena;
    struct upload_row row;
    time_t now;
    struct bundle bundle;
    struct anchor anchors[BUNDLE_CERTIFICATES_MAX];
    size_t added;
};

static bool check_digest(const struct upload *upload, struct bytes file, struct error *err)
{
    uint8_t digest[DIGEST_OCTETS_MAX];
    if (!digest_of(DIGEST_SHA256, file, digest))
        return fail(err, ERR_INTERNAL, "the digest failed");
    return bytes_equal((struct bytes){ digest, SHA256_OCTETS }, upload->row.sha256) ||
           fail(err, ERR_INVALID, "the SHA-256 of the file is not sha256FileHash");
}

/* What the other side or the way to it does is final: the client may upload again. */
static bool fetch_bundle(struct upload *upload, struct fetch_answer *answer, struct error *err)
{
    const struct fetch_limits limits = { .hosts = upload->trust->hosts,
                                         .octets_max = BUNDLE_OCTETS_MAX,
                                         .timeout_ms = FETCH_TIMEOUT_MS,
                                         .stop = &upload->trust->is_stopping };
    if (!upload->trust->fetch(upload->row.url, &limits, answer, err)) {
        if (err->code == ERR_BUSY && !upload->trust->is_stopping)
            err->code = ERR_INVALID;
        return false;
    }
    return answer->status == 200 ||
           fail(err, ERR_INVALID, "the host answered with status %d", answer->status);
}

static bool check_alone(const struct upload *upload, size_t number, struct error *err)
{
    for (size_t i = 0; i < number; i++)
        if (text_equal(upload->anchors[i].thumbprint, upload->anchors[number].thumbprint))
            return fail(err, ERR_CONFLICT, "duplicate certificate exists: number %zu is the same",
                        i + 1);
    return true;
}

static bool judge_all(struct upload *upload, struct error *err)
{
    for (size_t i = 0; i < upload->bundle.count; i++)
        if (!anchor_read(upload->bundle.items[i], upload->now, upload->arena, &upload->anchors[i],
                         err) ||
            !check_alone(upload, i, err))
            return error_context(err, "certificate %zu of the bundle", i + 1);
    return true;
}

/* Those of an earlier attempt are no duplicates. */
static bool check_absent(struct upload *upload, struct error *err)
{
    SCOPED(session_free) struct session *session = store_read(upload->trust->store, err);
    if (!session)
        return false;
    for (size_t i = 0; i < upload->bundle.count; i++) {
        bool has, by_upload;
        const char *thumbprint = upload->anchors[i].thumbprint;
        if (!trusted_cas_has(session, upload->row.pki_id, thumbprint, upload->row.id, &has,
                             &by_upload, err))
            return false;
        if (has && !by_upload)
            return fail(err, ERR_CONFLICT, "duplicate certificate exists: %s", thumbprint);
    }
    return true;
}

static bool read_file(struct upload *upload, struct error *err)
{
    struct fetch_answer answer = { 0 };
    bool is_good = fetch_bundle(upload, &answer, err) &&
                   check_digest(upload, buf_bytes(answer.body), err) &&
                   bundle_read(buf_bytes(answer.body), upload->arena, &upload->bundle, err);
    fetch_answer_clear(&answer);
    return is_good && judge_all(upload, err) && check_absent(upload, err);
}

/* ---- adding ---- */

struct addition {
    const struct upload *upload;
    struct trusted_ca ca;
    bool is_added;
    struct audit_event event;
};

static bool write_addition(struct session *session, void *context, struct error *err)
{
    struct addition *addition = context;
    const struct upload *upload = addition->upload;
    return uploads_hold(session, upload->row.id, upload->trust->holder, upload->now + HOLD_S,
                        err) &&
           trusted_ca_insert(session, &addition->ca, upload->now, &addition->is_added, err) &&
           (!addition->is_added || audit_insert(session, &addition->event, err));
}

static struct actor actor_of(const struct upload *upload)
{
    return (struct actor){ upload->row.tenant_id, upload->row.actor, upload->row.request_id };
}

static bool add_one(struct upload *upload, const struct anchor *anchor, struct error *err)
{
    const struct actor actor = actor_of(upload);
    struct addition addition = { .upload = upload };
    addition.ca = trusted_ca_of(anchor, upload->row.tenant_id, upload->row.pki_id, upload->now,
                                upload->arena);
    addition.ca.crl_url = anchor->crl_url;
    addition.ca.upload_id = upload->row.id;
    addition.event = audit_event_of(&actor, "Create CertificateAuthorityDetail", TRUSTED_CA_TYPE,
                                    addition.ca.id, upload->now);
    addition.event.detail = anchor->thumbprint;
    return store_write(upload->trust->store, write_addition, &addition, err);
}

static bool add_all(struct upload *upload, struct error *err)
{
    for (size_t i = 0; i < upload->bundle.count; i++) {
        if (upload->trust->is_stopping)
            return fail(err, ERR_BUSY, "the server is stopping");
        if (!add_one(upload, &upload->anchors[i], err))
            return false;
        upload->added++;
    }
    return true;
}

/* ---- the outcome ---- */

struct ending {
    const struct upload *upload;
    const char *status;
    char details[DETAILS_OCTETS_MAX];
    struct audit_event event;
};

static bool write_ending(struct session *session, void *context, struct error *err)
{
    const struct ending *ending = context;
    const struct upload *upload = ending->upload;
    return uploads_end(session, upload->row.id, upload->trust->holder, err) &&
           pkis_set_status(session, upload->row.tenant_id, upload->row.pki_id, ending->status,
                           ending->details, upload->now, err) &&
           audit_insert(session, &ending->event, err);
}

static void describe(struct ending *ending, const struct error *why)
{
    SCOPED(buf_free) struct buf *text = buf_new(DETAILS_OCTETS_MAX - 1);
    size_t added = ending->upload->added;
    if (why->code == ERR_NONE)
        buf_add_format(text, "%zu certificate authorities were added.", added);
    else if (added > 0)
        buf_add_format(text, "After %zu certificate authorities: ", added);
    if (why->code != ERR_NONE)
        buf_add_text(text, why->message);
    memcpy(ending->details, buf_text(text), buf_len(text) + 1);
}

static bool end(const struct upload *upload, const struct error *why, struct error *err)
{
    const struct actor actor = actor_of(upload);
    struct ending ending = { .upload = upload,
                             .status = why->code == ERR_NONE ? succeeded : failed };
    describe(&ending, why);
    ending.event = audit_event_of(&actor, "UploadAsync CertificateBasedAuthPki", PKI_TYPE,
                                  upload->row.pki_id, upload->now);
    ending.event.is_success = why->code == ERR_NONE;
    ending.event.detail = ending.details;
    return store_write(upload->trust->store, write_ending, &ending, err);
}

/* A try again may go otherwise. */
static bool is_passing(const struct error *err)
{
    return err->code == ERR_BUSY || err->code == ERR_OUTCOME_UNKNOWN || err->code == ERR_INTERNAL;
}

static bool give_back(struct session *session, void *context, struct error *err)
{
    const struct upload *upload = context;
    return uploads_hold(session, upload->row.id, upload->trust->holder, 0, err);
}

static bool run(struct upload *upload, struct error *err)
{
    struct error why = { .code = ERR_NONE };
    if (upload->now - upload->row.created_at > AGE_MAX_S)
        fail(&why, ERR_INVALID, "the upload did not end within %d minutes", AGE_MAX_S / MINUTE);
    else if (read_file(upload, &why))
        add_all(upload, &why);
    if (!is_passing(&why))
        return end(upload, &why, err);
    /* Who stops leaves it to whoever comes next; else it lapses, so that nobody tries at once. */
    struct error ignored = { .code = ERR_NONE };
    if (upload->trust->is_stopping &&
        !store_write(upload->trust->store, give_back, upload, &ignored))
        error_clear(&ignored);
    *err = why;
    return false;
}

struct taking {
    struct upload *upload;
    bool found;
};

static bool take(struct session *session, void *context, struct error *err)
{
    struct taking *taking = context;
    struct upload *upload = taking->upload;
    return uploads_take(session, upload->trust->holder, upload->now, upload->now + HOLD_S,
                        upload->arena, &upload->row, &taking->found, err);
}

bool upload_run_next(struct trust *trust, time_t now, bool *found, struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct upload *upload = arena_take(arena, sizeof *upload);
    *upload = (struct upload){ .trust = trust, .arena = arena, .now = now };
    struct taking taking = { upload, false };
    *found = false;
    if (!store_write(trust->store, take, &taking, err))
        return false;
    *found = taking.found;
    return !taking.found || run(upload, err);
}
