#include "keys/keys.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEX_OCTETS = 2 * MASTER_KEY_OCTETS, PRIVATE_MODE = 0600 };

struct file {
    int fd;
};

static void close_file(struct file *file)
{
    if (file->fd >= 0)
        close(file->fd);
}

#define CLOSED_AT_END __attribute__((cleanup(close_file)))

static bool fail_file(struct error *err, const char *path, const char *what)
{
    return fail(err, ERR_INTERNAL, "master key file %s %s: %s", path, what, strerror(errno));
}

static bool check_owner(const char *path, int fd, struct error *err)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return fail_file(err, path, "cannot be examined");
    if (!S_ISREG(status.st_mode))
        return fail(err, ERR_INTERNAL, "master key file %s is not a regular file", path);
    if (status.st_mode & (S_IRWXG | S_IRWXO))
        return fail(err, ERR_INTERNAL,
                    "master key file %s has mode %04o and may be for its owner only: chmod 600 it",
                    path, (unsigned)status.st_mode & 07777u);
    if (status.st_uid != geteuid() && status.st_uid != 0)
        return fail(err, ERR_INTERNAL, "master key file %s belongs to another user", path);
    return true;
}

static bool decode(const char *path, char *text, uint8_t out[MASTER_KEY_OCTETS], struct error *err)
{
    size_t len = strlen(text);
    if (len > 0 && text[len - 1] == '\n')
        text[--len] = '\0';
    size_t decoded = 0;
    if (len == HEX_OCTETS &&
        OPENSSL_hexstr2buf_ex(out, MASTER_KEY_OCTETS, &decoded, text, '\0') == 1)
        return true;
    ERR_clear_error();
    return fail(err, ERR_INTERNAL,
                "master key file %s does not hold %d hexadecimal digits and nothing else", path,
                HEX_OCTETS);
}

static bool read_file(const char *path, int fd, uint8_t out[MASTER_KEY_OCTETS], struct error *err)
{
    char text[HEX_OCTETS + 3] = { 0 }; /* one octet more than may be there, and the NUL */
    if (!check_owner(path, fd, err))
        return false;
    if (read(fd, text, sizeof text - 1) < 0)
        return fail_file(err, path, "cannot be read");
    bool ok = decode(path, text, out, err);
    bytes_wipe(text, sizeof text);
    return ok;
}

/* A name that a crash forgets would take every key with it. */
static bool sync_directory(const char *path, struct error *err)
{
    SCOPED(memory_free) char *copy = memory_text(path);
    CLOSED_AT_END struct file directory = { open(dirname(copy),
                                                 O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
    if (directory.fd < 0 || fsync(directory.fd) != 0)
        return fail_file(err, path, "cannot be made durable");
    return true;
}

static bool write_new(const char *path, struct bytes text, struct error *err)
{
    CLOSED_AT_END struct file file = { open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                                            PRIVATE_MODE) };
    if (file.fd < 0)
        return fail_file(err, path, "cannot be made");
    if (fchmod(file.fd, PRIVATE_MODE) != 0 ||
        write(file.fd, text.data, text.len) != (ssize_t)text.len || fsync(file.fd) != 0)
        return fail_file(err, path, "cannot be written");
    return true;
}

/* Written under another name first, so that no half of it is ever found under its own. */
static bool create_file(const char *path, uint8_t out[MASTER_KEY_OCTETS], struct error *err)
{
    char beside[PATH_MAX];
    if (snprintf(beside, sizeof beside, "%s.new", path) >= (int)sizeof beside)
        return fail(err, ERR_INTERNAL, "master key file: its path is too long");
    random_fill(out, MASTER_KEY_OCTETS);
    char text[HEX_OCTETS + 2];
    for (size_t i = 0; i < MASTER_KEY_OCTETS; i++)
        snprintf(text + 2 * i, 3, "%02x", out[i]);
    text[HEX_OCTETS] = '\n';
    unlink(beside);
    bool ok = write_new(beside, (struct bytes){ (const uint8_t *)text, HEX_OCTETS + 1 }, err);
    bytes_wipe(text, sizeof text);
    if (!ok)
        return false;
    if (link(beside, path) != 0)
        return fail_file(err, path, "cannot be made");
    unlink(beside);
    return sync_directory(path, err);
}

bool keys_read_master(const char *path, bool may_create, uint8_t out[MASTER_KEY_OCTETS],
                      struct error *err)
{
    CLOSED_AT_END struct file file = { open(path, O_RDONLY | O_CLOEXEC) };
    if (file.fd >= 0)
        return read_file(path, file.fd, out, err);
    if (errno == ENOENT && may_create)
        return create_file(path, out, err);
    return fail_file(err, path, "cannot be opened");
}
