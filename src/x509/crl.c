#include "x509/crl.h"

#include "base/error.h"
#include "x509/extension.h"
#include "x509/name.h"
#include "x509/oid.h"

#include <string.h>

enum {
    HEADER_OCTETS_MAX = 6,
    HEAD_OCTETS_MAX = 65536,
    SERIAL_OCTETS = 64, /* so every length inside an entry is one octet */
    UTC_TIME_OCTETS = 15,
    GENERALIZED_TIME_OCTETS = 17,
    VERSION_2 = 1,
};

/* SEQUENCE OF one Extension: reasonCode, OCTET STRING of ENUMERATED; the last octet is the reason.
 */
static const uint8_t reason_extension[] = {
    0x30, 0x0c, 0x30, 0x0a, 0x06, 0x03, 0x55, 0x1d, 0x15, 0x04, 0x03, 0x0a, 0x01,
};

/* From here on times are GeneralizedTime: 2050-01-01, §5.1.2.4. */
static const time_t year_2050 = 2524608000;
static const time_t year_10000 = 253402300800;

static void put_two(uint8_t *out, uint32_t value)
{
    uint32_t tens = value * 103 >> 10; /* value / 10 below 100 */
    out[0] = (uint8_t)('0' + tens);
    out[1] = (uint8_t)('0' + value - tens * 10);
}

/* Days since the epoch to a date of the Gregorian calendar; strftime would take longer than all
 * the rest of an entry. Years begin in March here, so that leap days end them. */
static void put_date(uint8_t out[8], uint32_t days)
{
    uint32_t shifted = days + 719468; /* since 0000-03-01 */
    uint32_t era = shifted / 146097;
    uint32_t day_of_era = shifted % 146097;
    uint32_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    uint32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    uint32_t month = (5 * day_of_year + 2) / 153;
    uint32_t day = day_of_year - (153 * month + 2) / 5 + 1;
    uint32_t calendar_month = month < 10 ? month + 3 : month - 9;
    uint32_t year = year_of_era + era * 400 + (calendar_month <= 2);
    put_two(out, year / 100);
    put_two(out + 2, year % 100);
    put_two(out + 4, calendar_month);
    put_two(out + 6, day);
}

/* Appends the whole Time element; t is not before 1970. */
static size_t put_time(uint8_t *out, time_t t)
{
    bool is_utc = t < year_2050;
    uint8_t text[14];
    uint32_t second = (uint32_t)(t % 86400);
    put_date(text, (uint32_t)(t / 86400));
    put_two(text + 8, second / 3600);
    put_two(text + 10, second / 60 % 60);
    put_two(text + 12, second % 60);
    size_t skipped = is_utc ? 2 : 0;
    size_t len = sizeof text - skipped;
    out[0] = is_utc ? DER_UTC_TIME : DER_GENERALIZED_TIME;
    out[1] = (uint8_t)(len + 1);
    memcpy(out + 2, text + skipped, len);
    out[2 + len] = 'Z';
    return len + 3;
}

static bool is_writable(const struct crl_entry *entry)
{
    return entry->serial.len > 0 && entry->serial.len <= SERIAL_OCTETS &&
           !(entry->serial.data[0] & 0x80) && entry->revoked_at >= 0 &&
           entry->revoked_at < year_10000 && entry->reason >= 0 &&
           entry->reason <= REASON_AA_COMPROMISE;
}

static void put_number(struct buf *out, enum oid id, bool is_critical, int64_t number)
{
    SCOPED(buf_free) struct buf *value = buf_new(16);
    der_put_small(value, number);
    extension_put(out, id, is_critical, buf_bytes(value));
}

/* ---- reading ---- */

static bool malformed(struct error *err, const char *what)
{
    return fail(err, ERR_MALFORMED, "crl: RFC 5280 §5: %s", what);
}

static bool read_small(struct bytes value, int64_t *out, struct error *err)
{
    struct der der = der_of(value);
    return (der_small(&der, out) && *out >= 0 && der_at_end(&der)) ||
           malformed(err, "a list number is not one we can read");
}

static bool read_key_identifier(struct bytes value, struct crl *out, struct error *err)
{
    struct der der = der_of(value);
    struct der inside;
    if (!der_enter(&der, DER_SEQUENCE, &inside) || !der_at_end(&der))
        return malformed(err, "authorityKeyIdentifier");
    if (der_next_is(&inside, DER_CONTEXT(0)) &&
        !der_take(&inside, DER_CONTEXT(0), &out->authority_key_identifier))
        return malformed(err, "authorityKeyIdentifier");
    return true;
}

/* §4.2: no extension stands twice. */
static bool is_repeated(const struct extension *extension, uint32_t *seen)
{
    static const enum oid read[] = { OID_CRL_NUMBER, OID_DELTA_CRL_INDICATOR,
                                     OID_AUTHORITY_KEY_IDENTIFIER, OID_FRESHEST_CRL };
    for (size_t i = 0; i < ARRAY_LEN(read); i++) {
        if (extension->id != read[i])
            continue;
        bool was_seen = *seen & 1u << i;
        *seen |= 1u << i;
        return was_seen;
    }
    return false;
}

static bool read_extension(const struct extension *extension, struct crl *out, struct error *err)
{
    if (extension->id == OID_CRL_NUMBER)
        return read_small(extension->value, &out->number, err);
    if (extension->id == OID_DELTA_CRL_INDICATOR) {
        out->is_delta = true;
        return read_small(extension->value, &out->base_number, err);
    }
    if (extension->id == OID_AUTHORITY_KEY_IDENTIFIER)
        return read_key_identifier(extension->value, out, err);
    if (extension->id == OID_FRESHEST_CRL)
        out->freshest = extension->value;
    return !extension->is_critical || malformed(err, "unknown critical extension");
}

static bool read_extensions(struct der *tbs, struct crl *out, struct error *err)
{
    struct der tagged, list;
    if (!der_enter(tbs, DER_CONTEXT_CONSTRUCTED(0), &tagged) ||
        !der_enter(&tagged, DER_SEQUENCE, &list) || !der_at_end(&tagged) || der_at_end(&list))
        return malformed(err, "crlExtensions");
    struct extension extension;
    uint32_t seen = 0;
    while (extension_next(&list, &extension, err)) {
        if (is_repeated(&extension, &seen))
            return malformed(err, "an extension stands twice");
        if (!read_extension(&extension, out, err))
            return false;
    }
    return !err->code;
}

static bool is_algorithm(struct bytes der)
{
    struct der whole = der_of(der);
    struct der fields;
    struct bytes oid;
    return der_enter(&whole, DER_SEQUENCE, &fields) && der_oid(&fields, &oid) &&
           (der_at_end(&fields) || der_any(&fields, NULL, NULL, NULL)) && der_at_end(&fields);
}

/* An empty revokedCertificates is refused: §5.1.2.6 says absent. */
static bool read_tbs(struct crl *out, struct error *err)
{
    struct der whole = der_of(out->tbs);
    struct der tbs;
    int64_t version;
    struct bytes algorithm;
    if (!der_enter(&whole, DER_SEQUENCE, &tbs) || !der_small(&tbs, &version) ||
        version != VERSION_2 || !der_take_whole(&tbs, DER_SEQUENCE, &algorithm) ||
        !bytes_equal(algorithm, out->algorithm) || !is_algorithm(algorithm) ||
        !der_take_whole(&tbs, DER_SEQUENCE, &out->issuer) || !der_time(&tbs, &out->this_update) ||
        !der_time(&tbs, &out->next_update))
        return malformed(err, "the head of the list");
    if (!name_check(out->issuer, err))
        return error_context(err, "crl issuer");
    if (der_next_is(&tbs, DER_SEQUENCE) &&
        (!der_take(&tbs, DER_SEQUENCE, &out->entries) || !out->entries.len))
        return malformed(err, "revokedCertificates");
    if (!der_at_end(&tbs) && !read_extensions(&tbs, out, err))
        return false;
    return der_end_of(&tbs, "crl", err);
}

static bool read_reason(const struct extension *extension, struct crl_entry *out)
{
    struct der der = der_of(extension->value);
    struct bytes content;
    if (!der_take(&der, DER_ENUMERATED, &content) || content.len != 1 || !der_at_end(&der))
        return false;
    out->reason = content.data[0];
    return reason_text((int)out->reason) != NULL;
}

static bool read_entry_extensions(struct der *entry, struct crl_entry *out, struct error *err)
{
    struct der list;
    if (!der_enter(entry, DER_SEQUENCE, &list) || der_at_end(&list))
        return malformed(err, "crlEntryExtensions");
    struct extension extension;
    bool has_reason = false;
    while (extension_next(&list, &extension, err)) {
        bool is_reason = extension.id == OID_REASON_CODE;
        if (is_reason ? has_reason || !read_reason(&extension, out) : extension.is_critical)
            return malformed(err, "an entry's extension");
        has_reason = has_reason || is_reason;
    }
    return !err->code;
}

/* ---- */

/* Written in place: a list has a million of them. */
void crl_put_entry(struct buf *out, const struct crl_entry *entry)
{
    bool has_reason = entry->reason != REASON_UNSPECIFIED;
    size_t time_octets = entry->revoked_at < year_2050 ? UTC_TIME_OCTETS : GENERALIZED_TIME_OCTETS;
    size_t inside =
        2 + entry->serial.len + time_octets + (has_reason ? sizeof reason_extension + 1 : 0);
    if (!is_writable(entry)) {
        buf_fail(out);
        return;
    }
    uint8_t *p = buf_extend(out, 2 + inside);
    if (!p)
        return;
    *p++ = DER_SEQUENCE;
    *p++ = (uint8_t)inside;
    *p++ = DER_INTEGER;
    *p++ = (uint8_t)entry->serial.len;
    memcpy(p, entry->serial.data, entry->serial.len);
    p += entry->serial.len;
    p += put_time(p, entry->revoked_at);
    if (has_reason) {
        memcpy(p, reason_extension, sizeof reason_extension);
        p[sizeof reason_extension] = (uint8_t)entry->reason;
    }
}

void crl_put_begin(struct buf *out, const struct crl_head *head, uint64_t entries_octets)
{
    SCOPED(buf_free) struct buf *fields = buf_new(HEAD_OCTETS_MAX);
    SCOPED(buf_free) struct buf *end = buf_new(HEAD_OCTETS_MAX);
    uint8_t header[HEADER_OCTETS_MAX];
    der_put_small(fields, VERSION_2);
    buf_add(fields, head->algorithm);
    buf_add(fields, head->issuer);
    der_put_time(fields, head->this_update);
    der_put_time(fields, head->next_update);
    if (entries_octets) /* §5.1.2.6: absent when nothing is revoked */
        buf_add(fields, (struct bytes){ header, der_header(DER_SEQUENCE, entries_octets, header) });
    crl_put_end(end, head);
    if (!buf_ok(fields) || !buf_ok(end))
        buf_fail(out);
    size_t len = buf_len(fields) + entries_octets + buf_len(end);
    buf_add(out, (struct bytes){ header, der_header(DER_SEQUENCE, len, header) });
    buf_add(out, buf_bytes(fields));
}

void crl_put_end(struct buf *out, const struct crl_head *head)
{
    struct der_mark tagged = der_begin(out, DER_CONTEXT_CONSTRUCTED(0));
    struct der_mark extensions = der_begin(out, DER_SEQUENCE);
    extension_put_authority_key_identifier(out, head->key_identifier);
    put_number(out, OID_CRL_NUMBER, false, head->number);
    if (head->is_delta)
        put_number(out, OID_DELTA_CRL_INDICATOR, true, head->base_number);
    if (head->freshest_url)
        extension_put_crl_url(out, OID_FRESHEST_CRL, head->freshest_url);
    der_end(out, extensions);
    der_end(out, tagged);
}

void crl_put_signature(struct buf *out, const struct crl_head *head, struct bytes signature)
{
    buf_add(out, head->algorithm);
    der_put_bits(out, signature);
}

void crl_put_header(struct buf *out, uint64_t octets)
{
    uint8_t header[HEADER_OCTETS_MAX];
    buf_add(out, (struct bytes){ header, der_header(DER_SEQUENCE, octets, header) });
}

bool crl_parse(struct bytes der, struct crl *out, struct error *err)
{
    *out = (struct crl){ .der = der, .number = -1 };
    struct der whole = der_of(der);
    struct der list;
    if (!der_enter(&whole, DER_SEQUENCE, &list) || !der_at_end(&whole) ||
        !der_take_whole(&list, DER_SEQUENCE, &out->tbs) ||
        !der_take_whole(&list, DER_SEQUENCE, &out->algorithm) ||
        !der_bits(&list, &out->signature) || !der_at_end(&list))
        return malformed(err, "not a CertificateList");
    return read_tbs(out, err);
}

bool crl_next_entry(struct der *entries, struct crl_entry *out, struct error *err)
{
    if (der_at_end(entries))
        return false;
    *out = (struct crl_entry){ .reason = REASON_UNSPECIFIED };
    struct der entry;
    if (!der_enter(entries, DER_SEQUENCE, &entry) || !der_integer(&entry, &out->serial) ||
        !der_time(&entry, &out->revoked_at))
        return malformed(err, "an entry of revokedCertificates");
    if (!der_at_end(&entry) && !read_entry_extensions(&entry, out, err))
        return false;
    return der_end_of(&entry, "crl entry", err);
}

bool crl_find(const struct crl *crl, struct bytes serial, struct crl_entry *out)
{
    struct der entries = der_of(crl->entries);
    struct error err = { 0 };
    while (crl_next_entry(&entries, out, &err))
        if (bytes_equal(out->serial, serial))
            return true;
    return false;
}
