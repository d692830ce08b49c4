#include "odata/search.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

#include <ctype.h>
#include <string.h>

enum { NAME_OCTETS_SHOWN = 40 };

/* A phrase in double quotes, in which \\" is a quote, or a word; false at the end. */
static bool next_phrase(const char **rest, struct arena *arena, const char **out, bool *is_quoted)
{
    const char *p = *rest + strspn(*rest, " ");
    char *text = arena_take(arena, strlen(p) + 1);
    size_t len = 0;
    *is_quoted = *p == '"';
    p += *is_quoted;
    for (; *p && *p != (*is_quoted ? '"' : ' '); p++) {
        p += *is_quoted && *p == '\\' && p[1];
        text[len++] = *p;
    }
    *rest = p + (*is_quoted && *p == '"');
    *out = text;
    return len > 0 || *is_quoted;
}

static bool has_searched(const struct entity *entity)
{
    const struct property *row = entity->properties;
    while (!property_is_last(row) && !(row->flags & SEARCH))
        row++;
    return !property_is_last(row);
}

/* "deviceName:lab"; what has no property before its colon is text as it stands. */
static bool read_phrase(const struct entity *entity, const char *phrase, struct arena *arena,
                        struct search *out, struct error *err)
{
    size_t len = strcspn(phrase, ":");
    const char *name = arena_text_of(arena, (struct bytes){ (const uint8_t *)phrase, len });
    const struct property *property = phrase[len] ? property_find(entity, name) : NULL;
    if (property && !(property->flags & SEARCH))
        return fail(err, ERR_INVALID, "$search: '%s' is not searched", property->name);
    char *text = arena_text(arena, property ? phrase + len + 1 : phrase);
    for (char *p = text; *p; p++)
        *p = (char)((unsigned char)*p < 0x80 ? tolower((unsigned char)*p) : *p);
    *out = (struct search){ property, text };
    return *text || fail(err, ERR_INVALID, "$search: a phrase is empty");
}

bool search_parse(const char *text, const struct entity *entity, struct arena *arena,
                  struct search out[QUERY_SEARCH_MAX], size_t *count, struct error *err)
{
    const char *rest = text;
    const char *phrase;
    bool is_quoted;
    *count = 0;
    if (!has_searched(entity))
        return fail(err, ERR_INVALID, "$search: %s has nothing that is searched", entity->name);
    if (strnlen(text, SEARCH_OCTETS_MAX + 1) > SEARCH_OCTETS_MAX)
        return fail(err, ERR_INVALID, "$search: longer than %d octets", SEARCH_OCTETS_MAX);
    while (next_phrase(&rest, arena, &phrase, &is_quoted)) {
        if (!is_quoted && text_equal(phrase, "AND"))
            continue;
        if (!is_quoted && (text_equal(phrase, "OR") || text_equal(phrase, "NOT")))
            return fail(err, ERR_INVALID, "$search: %.*s is not supported", NAME_OCTETS_SHOWN,
                        phrase);
        if (*count == QUERY_SEARCH_MAX)
            return fail(err, ERR_INVALID, "$search: more than %d phrases", QUERY_SEARCH_MAX);
        if (!read_phrase(entity, phrase, arena, &out[(*count)++], err))
            return false;
    }
    return *count > 0 || fail(err, ERR_INVALID, "$search: nothing is searched for");
}
