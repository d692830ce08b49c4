#include "graph/accept.h"

#include "base/bytes.h"
#include "base/error.h"

#include <string.h>
#include <strings.h>

enum { WEIGHT_MAX = 1000, EXACT = 3 };

/* One member of the header: a media range or a coding, with what stands behind it. */
struct range {
    struct bytes name;
    struct bytes metadata; /* odata.metadata=…; none without */
    int weight;            /* in thousandths */
};

static bool is_word(struct bytes bytes, const char *word)
{
    return bytes.len == strlen(word) && strncasecmp((const char *)bytes.data, word, bytes.len) == 0;
}

static struct bytes trimmed(const char *p, size_t len)
{
    for (; len > 0 && (*p == ' ' || *p == '\t'); p++)
        len--;
    while (len > 0 && (p[len - 1] == ' ' || p[len - 1] == '\t'))
        len--;
    return (struct bytes){ (const uint8_t *)p, len };
}

/* What cannot be read weighs all: a client that means no better is not shut out. */
static int weight_of(struct bytes text)
{
    int weight = 0;
    int unit = WEIGHT_MAX;
    for (size_t i = 0; i < text.len; i++) {
        char c = (char)text.data[i];
        if (c == '.' && i == 1)
            continue;
        if (c < '0' || c > '9')
            return WEIGHT_MAX;
        weight += (c - '0') * unit;
        unit /= 10;
    }
    return weight < WEIGHT_MAX ? weight : WEIGHT_MAX;
}

static void take_parameter(struct range *range, struct bytes text)
{
    const char *p = (const char *)text.data;
    const char *equals = memchr(p, '=', text.len);
    if (!equals)
        return;
    size_t len = (size_t)(equals - p);
    struct bytes name = trimmed(p, len);
    struct bytes value = trimmed(equals + 1, text.len - len - 1);
    if (is_word(name, "q"))
        range->weight = weight_of(value);
    else if (is_word(name, "odata.metadata") || is_word(name, "metadata"))
        range->metadata = value;
}

static bool next_range(const char **rest, struct range *out)
{
    const char *p = *rest + strspn(*rest, ", \t");
    if (!*p)
        return false;
    size_t len = strcspn(p, ",;");
    *out = (struct range){ trimmed(p, len), BYTES_NONE, WEIGHT_MAX };
    for (p += len; *p == ';'; p += len) {
        len = strcspn(++p, ",;");
        take_parameter(out, trimmed(p, len));
    }
    *rest = p;
    return true;
}

/* RFC 9110 §12.5.1: how closely the range names the type; 0 when not at all. */
static int closeness(const struct range *range, const char *type, const char *metadata)
{
    size_t top = strcspn(type, "/");
    if (range->metadata.len > 0)
        return is_word(range->name, type) && is_word(range->metadata, metadata) ? EXACT + 1 : 0;
    if (is_word(range->name, type))
        return EXACT;
    if (range->name.len == top + 2 && range->name.data[top + 1] == '*' &&
        strncasecmp((const char *)range->name.data, type, top + 1) == 0)
        return EXACT - 1;
    return is_word(range->name, "*/*") || is_word(range->name, "*") ? EXACT - 2 : 0;
}

/* The closest range says what a type weighs. */
static int weigh(const char *header, const char *type, const char *metadata)
{
    struct range range;
    int closest = 0;
    int weight = 0;
    while (next_range(&header, &range)) {
        int close = closeness(&range, type, metadata);
        if (close > closest) {
            closest = close;
            weight = range.weight;
        }
    }
    return weight;
}

static bool is_given(const char *header)
{
    return header && header[strspn(header, ", \t")];
}

/* OData URL conventions §5.1.8: a media type or a short name. */
static const char *long_format(const char *format)
{
    if (strcasecmp(format, "xml") == 0)
        return "application/xml";
    return strcasecmp(format, "json") == 0 ? "application/json" : format;
}

bool accept_json(const char *header, enum metadata *out, struct error *err)
{
    *out = METADATA_MINIMAL;
    if (!is_given(header))
        return true;
    int minimal = weigh(header, "application/json", "minimal");
    int none = weigh(header, "application/json", "none");
    if (minimal == 0 && none == 0)
        return fail(err, ERR_NOT_ACCEPTABLE,
                    "Accept: the answer is application/json, with odata.metadata=minimal or none");
    *out = none > minimal ? METADATA_NONE : METADATA_MINIMAL;
    return true;
}

bool accept_text(const char *header, struct error *err)
{
    if (!is_given(header) || weigh(header, "text/plain", "") > 0 ||
        weigh(header, "application/json", "minimal") > 0)
        return true;
    return fail(err, ERR_NOT_ACCEPTABLE, "Accept: the answer is text/plain");
}

bool accept_gzip(const char *header)
{
    return header && weigh(header, "gzip", "") > 0;
}

bool accept_xml_or_json(const char *header, const char *format, bool *is_json, struct error *err)
{
    *is_json = false;
    if (format)
        header = long_format(format);
    if (!is_given(header))
        return true;
    int xml = weigh(header, "application/xml", "");
    int json = weigh(header, "application/json", "minimal");
    if (xml == 0 && json == 0)
        return fail(err, ERR_NOT_ACCEPTABLE,
                    "Accept: the answer is application/xml or application/json");
    *is_json = json > xml;
    return true;
}
