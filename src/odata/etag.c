#include "odata/etag.h"

#include "base/error.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { REVISION_TEXT_OCTETS = 24 };

/* One tag from the front; its content between the quotes. */
static bool next_tag(const char **rest, struct bytes *content)
{
    const char *p = *rest;
    if (text_starts_with(p, "W/"))
        p += 2;
    if (*p != '"')
        return false;
    size_t len = strcspn(++p, "\"");
    if (p[len] != '"')
        return false;
    *content = (struct bytes){ (const uint8_t *)p, len };
    *rest = p + len + 1;
    return true;
}

/* name: of the header. */
static bool find_tag(const char *name, const char *header, int64_t revision, bool *found,
                     struct error *err)
{
    char ours[REVISION_TEXT_OCTETS];
    struct bytes tag;
    snprintf(ours, sizeof ours, "%" PRId64, revision);
    const char *p = header + strspn(header, " \t");
    *found = text_equal(p, "*");
    if (*found)
        return true;
    while (*p) {
        if (!next_tag(&p, &tag))
            return fail(err, ERR_MALFORMED, "%s: an entity tag stands in double quotes", name);
        *found |= bytes_equal(tag, bytes_of_text(ours));
        p += strspn(p, " \t");
        if (*p && *p != ',')
            return fail(err, ERR_MALFORMED, "%s: entity tags are separated by commas", name);
        p += strspn(p, ", \t");
    }
    return true;
}

void etag_write(int64_t revision, struct buf *out)
{
    buf_add_format(out, "W/\"%" PRId64 "\"", revision);
}

bool etag_check_match(const char *header, int64_t revision, struct error *err)
{
    bool found = false;
    if (!find_tag("If-Match", header, revision, &found, err))
        return false;
    return found || fail(err, ERR_PRECONDITION, "If-Match: it has changed since; read it again");
}

bool etag_is_listed(const char *header, int64_t revision)
{
    struct error err = { .code = ERR_NONE };
    bool found = false;
    return find_tag("If-None-Match", header, revision, &found, &err) && found;
}
