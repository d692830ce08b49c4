#include "ca/lifecycle/versions.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "base/times.h"
#include "model/ca.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { DISPLAY_NAME_CHARACTERS_MAX = 256, SUFFIX_OCTETS = 32 };

time_t version_renewable_from(time_t not_before, time_t not_after)
{
    return not_before + (not_after - not_before) / 2;
}

/* Where " (V<digits>.0)" begins, or the end. */
static size_t length_without_suffix(const char *name)
{
    static const char begin[] = " (V";
    size_t len = strlen(name);
    const char *last = NULL;
    for (const char *at = strstr(name, begin); at; at = strstr(at + 1, begin))
        last = at;
    if (!last)
        return len;
    size_t digits = strspn(last + strlen(begin), "0123456789");
    bool is_suffix = digits && strcmp(last + strlen(begin) + digits, ".0)") == 0;
    return is_suffix ? (size_t)(last - name) : len;
}

/* Octets of the first so many characters. */
static size_t octets_of(const char *text, size_t len, size_t characters)
{
    size_t at = 0;
    for (size_t seen = 0; at < len; at++)
        if (((unsigned char)text[at] & 0xc0) != 0x80 && ++seen > characters)
            break;
    return at;
}

const char *version_display_name(const char *display_name, int64_t number, struct arena *arena)
{
    char suffix[SUFFIX_OCTETS];
    snprintf(suffix, sizeof suffix, " (V%" PRId64 ".0)", number);
    size_t len = octets_of(display_name, length_without_suffix(display_name),
                           DISPLAY_NAME_CHARACTERS_MAX - strlen(suffix));
    return arena_format(arena, "%.*s%s", (int)len, display_name, suffix);
}

void version_stage(struct ca_version *version, time_t now)
{
    version->status = VERSION_STAGED;
    version->decommission_at = now + (time_t)STAGED_DAYS * DAY;
}
