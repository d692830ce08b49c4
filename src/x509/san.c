#include "x509/san.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "x509/der.h"
#include "x509/name.h"
#include "x509/oid.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

enum {
    DNS_OCTETS_MAX = 253,
    DNS_LABEL_OCTETS_MAX = 63,
    LOCAL_PART_OCTETS_MAX = 64,
    SAN_OCTETS_MAX = 2048,
    OTHER_VALUE = DER_CONTEXT_CONSTRUCTED(0),
};

struct kind {
    const char *prefix; /* of the text form; NULL: it cannot be written by hand */
    uint8_t tag;
    bool (*read)(struct bytes content, struct san *out);
    bool (*check)(struct bytes value);
    bool (*from_text)(const char *text, struct arena *arena, struct bytes *out);
    void (*put_text)(struct bytes value, struct buf *out);
};

static bool is_letter_or_digit(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_ia5(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < 0x20 || text.data[i] > 0x7e)
            return false;
    return text.len > 0;
}

static bool is_text(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < 0x20 || text.data[i] == 0x7f)
            return false;
    return text.len > 0 && text_is_utf8(text);
}

static struct bytes after(struct bytes text, size_t len)
{
    return (struct bytes){ text.data + len, text.len - len };
}

static bool starts_with(struct bytes text, const char *prefix)
{
    size_t len = strlen(prefix);
    return text.len >= len && strncasecmp((const char *)text.data, prefix, len) == 0;
}

static bool equal_caseless(struct bytes a, struct bytes b)
{
    return a.len == b.len &&
           (a.len == 0 || strncasecmp((const char *)a.data, (const char *)b.data, a.len) == 0);
}

/* ---- values: what may be asked for ---- */

/* RFC 1034 §3.5, RFC 1123 §2.1, and "_", which Windows and ACME clients use. */
static bool is_label(struct bytes label)
{
    if (label.len == 0 || label.len > DNS_LABEL_OCTETS_MAX || label.data[0] == '-' ||
        label.data[label.len - 1] == '-')
        return false;
    for (size_t i = 0; i < label.len; i++)
        if (!is_letter_or_digit(label.data[i]) && label.data[i] != '-' && label.data[i] != '_')
            return false;
    return true;
}

static bool is_ip_text(struct bytes text)
{
    char copy[INET_ADDRSTRLEN] = { 0 };
    struct in_addr address;
    if (text.len >= sizeof copy)
        return false;
    memcpy(copy, text.data, text.len);
    return inet_pton(AF_INET, copy, &address) == 1;
}

static bool is_host(struct bytes host)
{
    if (host.len == 0 || host.len > DNS_OCTETS_MAX || is_ip_text(host))
        return false;
    for (;;) {
        const uint8_t *dot = memchr(host.data, '.', host.len);
        size_t len = dot ? (size_t)(dot - host.data) : host.len;
        if (!is_label((struct bytes){ host.data, len }))
            return false;
        if (!dot)
            return true;
        host = after(host, len + 1);
    }
}

static bool is_dns(struct bytes value)
{
    if (value.len > DNS_OCTETS_MAX)
        return false;
    return is_host(starts_with(value, "*.") ? after(value, 2) : value);
}

/* RFC 5321 §4.1.2: a Dot-string before the last "@", a domain behind it. */
static bool is_dot_string(struct bytes text)
{
    bool is_after_dot = true;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        if (c == '.' ? is_after_dot : !is_letter_or_digit(c) && !strchr("!#$%&'*+-/=?^_`{|}~", c))
            return false;
        is_after_dot = c == '.';
    }
    return !is_after_dot && text.len <= LOCAL_PART_OCTETS_MAX;
}

static bool split_at(struct bytes address, struct bytes *local, struct bytes *host)
{
    const uint8_t *at = address.len ? memrchr(address.data, '@', address.len) : NULL;
    if (!at)
        return false;
    size_t len = (size_t)(at - address.data);
    *local = (struct bytes){ address.data, len };
    *host = after(address, len + 1);
    return true;
}

static bool is_email(struct bytes value)
{
    struct bytes local;
    struct bytes host;
    return is_ia5(value) && split_at(value, &local, &host) && is_dot_string(local) && is_host(host);
}

/* RFC 3986 §3, §4.3: a scheme, then something; only characters that need no escape. */
static bool is_uri(struct bytes value)
{
    size_t len = 0;
    while (len < value.len && (is_letter_or_digit(value.data[len]) ||
                               (value.data[len] && strchr("+-.", value.data[len]))))
        len++;
    if (len == 0 || len + 1 >= value.len || value.data[len] != ':' ||
        !is_letter_or_digit(value.data[0]) || (value.data[0] >= '0' && value.data[0] <= '9'))
        return false;
    for (size_t i = 0; i < value.len; i++)
        if (value.data[i] <= 0x20 || value.data[i] > 0x7e || strchr("\"<>\\^`{|}", value.data[i]))
            return false;
    return true;
}

static bool is_upn(struct bytes value)
{
    struct bytes user;
    struct bytes suffix;
    return is_text(value) && value.len <= SAN_OCTETS_MAX && split_at(value, &user, &suffix) &&
           user.len && is_host(suffix);
}

static bool is_address(struct bytes value)
{
    return value.len == 4 || value.len == 16;
}

static bool is_name(struct bytes value)
{
    struct error ignored = { 0 };
    return name_check_values(value, &ignored) && !name_is_empty(value);
}

static bool is_never(struct bytes value)
{
    (void)value;
    return false;
}

/* ---- DER: what is well formed ---- */

static bool read_text(struct bytes content, struct san *out)
{
    out->value = content;
    return is_ia5(content);
}

static bool read_address(struct bytes content, struct san *out)
{
    out->value = content;
    return is_address(content);
}

static bool read_name(struct bytes content, struct san *out)
{
    struct error ignored = { 0 };
    out->value = content; /* the tag is explicit, for Name is a CHOICE */
    return name_check(content, &ignored);
}

static bool read_oid(struct bytes content, struct san *out)
{
    out->value = content;
    return oid_is_valid(content);
}

static bool read_sequence(struct bytes content, struct san *out)
{
    struct der der = der_of(content);
    out->value = content;
    while (der_any(&der, NULL, NULL, NULL))
        ;
    return der_at_end(&der);
}

/* A user principal name in any type but UTF8String would pass for some other otherName. */
static bool read_other(struct bytes content, struct san *out)
{
    struct der other = der_of(content);
    struct der value;
    struct bytes type;
    uint8_t tag;
    struct bytes text;
    out->value = content;
    if (!der_oid(&other, &type) || !der_enter(&other, OTHER_VALUE, &value) || !der_at_end(&other) ||
        !der_any(&value, &tag, &text, NULL) || !der_at_end(&value))
        return false;
    if (oid_find(type) != OID_MS_UPN)
        return true;
    out->type = SAN_UPN;
    out->value = text;
    return tag == DER_UTF8_STRING && is_text(text);
}

/* ---- text ---- */

static bool take_text(const char *text, struct arena *arena, struct bytes *out)
{
    *out = bytes_of_text(arena_text(arena, text));
    return true;
}

static bool take_address(const char *text, struct arena *arena, struct bytes *out)
{
    uint8_t octets[16];
    bool is_v6 = inet_pton(AF_INET6, text, octets) == 1;
    if (!is_v6 && inet_pton(AF_INET, text, octets) != 1)
        return false;
    *out = arena_bytes(arena, (struct bytes){ octets, is_v6 ? 16 : 4 });
    return true;
}

static bool take_name(const char *text, struct arena *arena, struct bytes *out)
{
    struct error ignored = { 0 };
    SCOPED(buf_free) struct buf *name = buf_new(NAME_OCTETS_MAX);
    if (!name_from_text(text, name, &ignored))
        return false;
    *out = arena_bytes(arena, buf_bytes(name));
    return true;
}

static bool take_oid(const char *text, struct arena *arena, struct bytes *out)
{
    struct error ignored = { 0 };
    SCOPED(buf_free) struct buf *oid = buf_new(OID_OCTETS_MAX);
    if (!oid_from_text(text, oid, &ignored))
        return false;
    *out = arena_bytes(arena, buf_bytes(oid));
    return true;
}

static void put_address_text(struct bytes value, struct buf *out)
{
    char text[INET6_ADDRSTRLEN];
    if (inet_ntop(value.len == 4 ? AF_INET : AF_INET6, value.data, text, sizeof text))
        buf_add_text(out, text);
}

static void put_name_text(struct bytes value, struct buf *out)
{
    name_text(value, out);
}

static void put_oid_text(struct bytes value, struct buf *out)
{
    char text[OID_TEXT_OCTETS_MAX];
    if (oid_text(value, text))
        buf_add_text(out, text);
}

#define CONSTRUCTED(n) DER_CONTEXT_CONSTRUCTED(n)

/* clang-format off */
static const struct kind kinds[] = { /* RFC 5280 §4.2.1.6 */
    /*                   prefix      tag             read           check       from_text     put_text */
    [SAN_OTHER]         = { "other",   CONSTRUCTED(0), read_other,    is_never,   NULL,         hex_encode_lower },
    [SAN_EMAIL]         = { "email",   DER_CONTEXT(1), read_text,     is_email,   take_text,    NULL },
    [SAN_DNS]           = { "dns",     DER_CONTEXT(2), read_text,     is_dns,     take_text,    NULL },
    [SAN_X400]          = { "x400",    CONSTRUCTED(3), read_sequence, is_never,   NULL,         hex_encode_lower },
    [SAN_DIRECTORY]     = { "dirname", CONSTRUCTED(4), read_name,     is_name,    take_name,    put_name_text },
    [SAN_EDI]           = { "edi",     CONSTRUCTED(5), read_sequence, is_never,   NULL,         hex_encode_lower },
    [SAN_URI]           = { "uri",     DER_CONTEXT(6), read_text,     is_uri,     take_text,    NULL },
    [SAN_IP]            = { "ip",      DER_CONTEXT(7), read_address,  is_address, take_address, put_address_text },
    [SAN_REGISTERED_ID] = { "rid",     DER_CONTEXT(8), read_oid,      oid_is_valid, take_oid,   put_oid_text },
    [SAN_UPN]           = { "upn",     CONSTRUCTED(0), NULL,          is_upn,     take_text,    NULL },
};
/* clang-format on */

static bool read_san(struct der *names, struct san *out)
{
    uint8_t tag;
    struct bytes content;
    if (!der_any(names, &tag, &content, NULL))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (kinds[i].tag != tag || !kinds[i].read)
            continue;
        out->type = (enum san_type)i;
        return kinds[i].read(content, out);
    }
    return false;
}

static void put_san(const struct san *san, struct buf *out)
{
    if (san->type != SAN_UPN) {
        der_put(out, kinds[san->type].tag, san->value);
        return;
    }
    struct der_mark other = der_begin(out, kinds[SAN_UPN].tag);
    der_put_oid(out, oid_bytes(OID_MS_UPN));
    struct der_mark value = der_begin(out, OTHER_VALUE);
    der_put(out, DER_UTF8_STRING, san->value);
    der_end(out, value);
    der_end(out, other);
}

static bool count_sans(struct der names, size_t *count, struct error *err)
{
    *count = 0;
    while (der_any(&names, NULL, NULL, NULL))
        if (++*count > SANS_MAX)
            return fail(err, ERR_TOO_LARGE, "subjectAltName: more than %d names", SANS_MAX);
    if (*count == 0 || !der_at_end(&names))
        return fail(err, ERR_MALFORMED, "subjectAltName: RFC 5280 §4.2.1.6: not GeneralNames");
    return true;
}

static bool addresses_equal(struct bytes a, struct bytes b)
{
    struct bytes a_local;
    struct bytes b_local;
    struct bytes a_host;
    struct bytes b_host;
    if (!split_at(a, &a_local, &a_host) || !split_at(b, &b_local, &b_host))
        return bytes_equal(a, b);
    return bytes_equal(a_local, b_local) && equal_caseless(a_host, b_host);
}

bool sans_parse(struct bytes general_names, struct arena *arena, struct sans *out,
                struct error *err)
{
    struct der whole = der_of(general_names);
    struct der names;
    size_t count;
    if (!der_enter(&whole, DER_SEQUENCE, &names))
        return fail(err, ERR_MALFORMED, "subjectAltName: RFC 5280 §4.2.1.6: not GeneralNames");
    if (!der_end_of(&whole, "subjectAltName", err) || !count_sans(names, &count, err))
        return false;
    struct san *items = arena_take(arena, count * sizeof *items);
    for (size_t i = 0; i < count; i++)
        if (!read_san(&names, &items[i]))
            return fail(err, ERR_MALFORMED, "subjectAltName: RFC 5280 §4.2.1.6: name %zu is none",
                        i + 1);
    *out = (struct sans){ items, count };
    return true;
}

bool san_check(const struct san *san, struct error *err)
{
    if (san->value.len <= SAN_OCTETS_MAX && kinds[san->type].check(san->value))
        return true;
    return fail(err, ERR_INVALID, "subjectAltName: a name of type %s cannot be issued",
                kinds[san->type].prefix);
}

bool san_is_sid(const struct san *san)
{
    return san->type == SAN_URI && starts_with(san->value, "tag:microsoft.com,2022-09-14:sid:");
}

bool san_from_text(const char *text, struct arena *arena, struct san *out, struct error *err)
{
    const char *colon = strchr(text, ':');
    struct bytes prefix = { (const uint8_t *)text, colon ? (size_t)(colon - text) : 0 };
    for (size_t i = 0; colon && i < ARRAY_LEN(kinds); i++) {
        if (!kinds[i].from_text || !equal_caseless(prefix, bytes_of_text(kinds[i].prefix)))
            continue;
        out->type = (enum san_type)i;
        if (kinds[i].from_text(colon + 1, arena, &out->value) && san_check(out, err))
            return true;
        error_clear(err);
        return fail(err, ERR_INVALID, "subjectAltName: \"%.200s\" is no %s name", colon + 1,
                    kinds[i].prefix);
    }
    return fail(err, ERR_INVALID,
                "subjectAltName: expected dns:, email:, uri:, ip:, upn:, "
                "dirname: or rid: and a value");
}

void san_text(const struct san *san, struct buf *out)
{
    const struct kind *kind = &kinds[san->type];
    buf_add_format(out, "%s:", kind->prefix);
    if (kind->put_text)
        kind->put_text(san->value, out);
    else
        buf_add(out, san->value);
}

bool san_equal(const struct san *a, const struct san *b)
{
    if (a->type != b->type)
        return false;
    if (a->type == SAN_DNS)
        return equal_caseless(a->value, b->value);
    if (a->type == SAN_EMAIL || a->type == SAN_UPN)
        return addresses_equal(a->value, b->value);
    if (a->type == SAN_DIRECTORY)
        return name_equal(a->value, b->value);
    return bytes_equal(a->value, b->value);
}

void sans_encode(const struct sans *sans, struct buf *out)
{
    struct der_mark sequence = der_begin(out, DER_SEQUENCE);
    for (size_t i = 0; i < sans->count; i++)
        put_san(&sans->items[i], out);
    der_end(out, sequence);
}

bool sans_contain(const struct sans *sans, const struct san *san)
{
    for (size_t i = 0; i < sans->count; i++)
        if (san_equal(&sans->items[i], san))
            return true;
    return false;
}
