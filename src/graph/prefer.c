#include "graph/prefer.h"

#include "base/arena.h"
#include "base/bytes.h"
#include "base/text.h"
#include "graph/exchange.h"

#include <limits.h>
#include <string.h>
#include <strings.h>

enum { TOLD_OCTETS_MAX = 256, NUMBER_OCTETS = 12 };

typedef void take_fn(struct preferences *out, struct bytes value);

static bool is_word(struct bytes bytes, const char *word)
{
    return bytes.len == strlen(word) && strncasecmp((const char *)bytes.data, word, bytes.len) == 0;
}

static void take_enum_members(struct preferences *out, struct bytes value)
{
    (void)value;
    out->enum_members = true;
}

static void take_return(struct preferences *out, struct bytes value)
{
    out->minimal = is_word(value, "minimal");
}

static void take_page_size(struct preferences *out, struct bytes value)
{
    char text[NUMBER_OCTETS] = "";
    int64_t number = 0;
    if (value.len == 0 || value.len >= sizeof text)
        return;
    memcpy(text, value.data, value.len);
    if (text_int(text, 1, INT_MAX, &number))
        out->page_size = (unsigned)number;
}

static const struct {
    const char *name;
    take_fn *take;
} rows[] = {
    // clang-format off
    { "include-unknown-enum-members", take_enum_members },
    { "return",                       take_return },
    { "maxpagesize",                  take_page_size },
    { "odata.maxpagesize",            take_page_size },
    // clang-format on
};

/* Without blanks and quotes around it. */
static struct bytes bare(const char *p, size_t len)
{
    for (; len > 0 && strchr(" \t\"", *p); p++)
        len--;
    while (len > 0 && strchr(" \t\"", p[len - 1]))
        len--;
    return (struct bytes){ (const uint8_t *)p, len };
}

/* §2: of two with one name the first counts. */
static void take(struct preferences *out, unsigned *taken, const char *p, size_t len)
{
    size_t name_len = strcspn(p, "=,;");
    bool has_value = name_len < len;
    struct bytes name = bare(p, name_len < len ? name_len : len);
    struct bytes value = has_value ? bare(p + name_len + 1, len - name_len - 1) : BYTES_NONE;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (!is_word(name, rows[i].name) || *taken >> i & 1)
            continue;
        *taken |= 1u << i;
        rows[i].take(out, value);
    }
}

struct preferences preferences_read(const char *header)
{
    struct preferences preferences = { .page_size = 0 };
    unsigned taken = 0;
    for (const char *p = header; p && *p;) {
        p += strspn(p, " \t,");
        take(&preferences, &taken, p, strcspn(p, ",;"));
        p += strcspn(p, ",");
    }
    return preferences;
}

void preferences_tell(struct exchange *exchange, const struct preferences *met)
{
    SCOPED(buf_free) struct buf *text = buf_new(TOLD_OCTETS_MAX);
    if (met->minimal)
        buf_add_text(text, ", return=minimal");
    if (met->page_size > 0)
        buf_add_format(text, ", odata.maxpagesize=%u", met->page_size);
    if (met->enum_members)
        buf_add_text(text, ", include-unknown-enum-members");
    if (buf_len(text) > 0)
        exchange_add_header(exchange, "Preference-Applied",
                            arena_text(exchange->arena, buf_text(text) + 2));
}
