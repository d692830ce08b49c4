#include "cli/file.h"

#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

bool file_read(const char *path, struct buf *out, struct error *err)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (!file)
        return fail(err, ERR_NOT_FOUND, "%s: %s", path, strerror(errno));
    uint8_t piece[4096];
    size_t len;
    while ((len = fread(piece, 1, sizeof piece, file)) > 0)
        buf_add(out, (struct bytes){ piece, len });
    bool is_whole = !ferror(file);
    if (file != stdin)
        fclose(file);
    if (!is_whole)
        return fail(err, ERR_INTERNAL, "%s cannot be read", path);
    return buf_ok(out) || fail(err, ERR_TOO_LARGE, "%s is too large", path);
}
