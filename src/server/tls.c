#include "server/tls.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "base/times.h"
#include "ca/lifecycle/lifecycle.h"
#include "server/instance.h"
#include "store/rows.h"
#include "store/store.h"
#include "x509/certificate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PEM_OCTETS_MAX = 256 * 1024, RENEW_BEFORE_S = 30 * DAY };

#define TLS_SETTING "tls_thumbprint" /* of the certificate that we made */

static bool read_file(const char *path, struct buf *out, struct error *err)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return fail(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_INTERNAL, "%s: %s", path,
                    strerror(errno));
    uint8_t piece[4096];
    size_t len;
    while ((len = fread(piece, 1, sizeof piece, file)) > 0)
        buf_add(out, (struct bytes){ piece, len });
    fclose(file);
    return buf_ok(out) || fail(err, ERR_TOO_LARGE, "%s is too large", path);
}

/* Written beside and renamed, so that a crash leaves the old file or the new one. */
static bool write_file(const char *path, struct bytes content, struct arena *arena,
                       struct error *err)
{
    const char *beside = arena_format(arena, "%s.new", path);
    int file = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0)
        return fail(err, ERR_INTERNAL, "%s: %s", beside, strerror(errno));
    bool is_written =
        write(file, content.data, content.len) == (ssize_t)content.len && fsync(file) == 0;
    if (close(file) != 0 || !is_written || rename(beside, path) != 0)
        return fail(err, ERR_INTERNAL, "%s cannot be written: %s", path, strerror(errno));
    return true;
}

static bool thumbprint_of(struct bytes pem, struct arena *arena, char out[41], time_t *not_after,
                          struct error *err)
{
    SCOPED(buf_free) struct buf *der = buf_new(CERTIFICATE_OCTETS_MAX);
    size_t offset = 0;
    struct certificate certificate;
    if (!pem_next(pem, &offset, "CERTIFICATE", der))
        return fail(err, ERR_MALFORMED, "no certificate in it");
    if (!certificate_parse(arena_bytes(arena, buf_bytes(der)), arena, &certificate, err))
        return false;
    certificate_thumbprint(buf_bytes(der), out);
    *not_after = certificate.not_after;
    return true;
}

/* Good as it stands: somebody else's, or ours with enough life left. */
static bool is_good(struct instance *instance, struct arena *arena, time_t now, bool *good,
                    struct error *err)
{
    SCOPED(buf_free) struct buf *pem = buf_new(PEM_OCTETS_MAX);
    const char *path = instance_path(instance, arena, "tls.pem");
    struct error missing = { .code = ERR_NONE };
    *good = false;
    if (!read_file(path, pem, &missing))
        return missing.code == ERR_NOT_FOUND || fail(err, missing.code, "%s", missing.message);
    char thumbprint[41];
    time_t not_after;
    if (!thumbprint_of(buf_bytes(pem), arena, thumbprint, &not_after, err))
        return error_context(err, "%s", path);
    const char *ours = NULL;
    SCOPED(session_free) struct session *session = store_read(instance->store, err);
    if (!session || !settings_get(session, TLS_SETTING, arena, &ours, err))
        return false;
    *good = !text_equal(ours, thumbprint) || not_after - now > RENEW_BEFORE_S;
    return true;
}

static bool put_thumbprint(struct session *session, void *context, struct error *err)
{
    return settings_put(session, TLS_SETTING, context, err);
}

/* "127.0.0.1:8443" gives 127.0.0.1; "[::1]:8443" gives ::1. */
static const char *host_of(const char *address, struct arena *arena)
{
    char *host = arena_text(arena, *address == '[' ? address + 1 : address);
    char *end = strchr(host, ']');
    if (!end)
        end = strrchr(host, ':');
    if (end)
        *end = '\0';
    return host;
}

static bool make_certificate(struct instance *instance, struct arena *arena, time_t now,
                             struct error *err)
{
    SCOPED(buf_free) struct buf *pem = buf_new(PEM_OCTETS_MAX);
    SCOPED(buf_free) struct buf *root = buf_new(PEM_OCTETS_MAX);
    const char *names[] = { "localhost", "127.0.0.1", "::1",
                            host_of(instance->config.https, arena) };
    char thumbprint[41];
    time_t not_after;
    return ca_issue_tls(instance->authority, instance->tenant_id, names, ARRAY_LEN(names), now, pem,
                        root, err) &&
           thumbprint_of(buf_bytes(pem), arena, thumbprint, &not_after, err) &&
           store_write(instance->store, put_thumbprint, thumbprint, err) &&
           write_file(instance_path(instance, arena, "tls-root.pem"), buf_bytes(root), arena,
                      err) &&
           write_file(instance_path(instance, arena, "tls.pem"), buf_bytes(pem), arena, err);
}

bool tls_ensure(struct instance *instance, time_t now, bool *changed, struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    bool good = false;
    *changed = false;
    if (!is_good(instance, arena, now, &good, err))
        return false;
    if (good)
        return true;
    *changed = true;
    return make_certificate(instance, arena, now, err) ||
           error_context(err, "certificate of the HTTPS listener");
}
