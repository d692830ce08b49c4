#include "x509/crl.h"

#include "base/error.h"
#include "base/memory.h"
#include "x509/extension.h"
#include "x509/oid.h"

#include <openssl/evp.h>
#include <string.h>

enum {
    HEADER_OCTETS_MAX = 6,
    ENTRY_OCTETS_MAX = 128, /* so every length inside an entry is one octet */
    REASON_OCTETS = 14,
    UTC_TIME_OCTETS = 15,
    GENERALIZED_TIME_OCTETS = 17,
    HEAD_OCTETS_MAX = 65536,
    VERSION_2 = 1,
};

/* SEQUENCE OF one Extension: reasonCode, OCTET STRING of ENUMERATED; the last octet is the reason.
 */
static const uint8_t reason_extension[REASON_OCTETS - 1] = {
    0x30, 0x0c, 0x30, 0x0a, 0x06, 0x03, 0x55, 0x1d, 0x15, 0x04, 0x03, 0x0a, 0x01,
};

/* From here on times are GeneralizedTime: 2050-01-01, §5.1.2.4. */
static const time_t year_2050 = 2524608000;

struct crl_writer {
    size_t piece_octets;
    crl_put_fn *put;
    void *context;
    EVP_MD_CTX *digest;
    struct buf *algorithm;
    struct buf *tail; /* the extensions, written after the entries */
    struct buf *piece;
    struct buf *first; /* piece 0, once it is full */
    int64_t position;  /* of piece */
    uint64_t promised; /* octets of entries still to come */
    uint64_t size;     /* octets written, outermost header not counted */
    bool is_signed_part;
};

static void put_two(uint8_t *out, int value)
{
    out[0] = (uint8_t)('0' + value / 10);
    out[1] = (uint8_t)('0' + value % 10);
}

/* Days since the epoch to a date of the Gregorian calendar; strftime would take longer than all
 * the rest of an entry. Years begin in March here, so that leap days end them. */
static void put_date(uint8_t out[8], int64_t days)
{
    int64_t shifted = days + 719468; /* since 0000-03-01 */
    int64_t era = shifted / 146097;
    int64_t day_of_era = shifted % 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    int day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    int calendar_month = (int)(month < 10 ? month + 3 : month - 9);
    int year = (int)(year_of_era + era * 400 + (calendar_month <= 2));
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
    int second = (int)(t % 86400);
    put_date(text, t / 86400);
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
    return entry->serial.len > 0 && entry->serial.len <= 64 && !(entry->serial.data[0] & 0x80) &&
           entry->revoked_at >= 0 && entry->reason >= 0 && entry->reason <= 10;
}

static size_t encode_entry(const struct crl_entry *entry, uint8_t out[ENTRY_OCTETS_MAX])
{
    size_t len = 2;
    out[len++] = DER_INTEGER;
    out[len++] = (uint8_t)entry->serial.len;
    memcpy(out + len, entry->serial.data, entry->serial.len);
    len += entry->serial.len;
    len += put_time(out + len, entry->revoked_at);
    if (entry->reason != REASON_UNSPECIFIED) {
        memcpy(out + len, reason_extension, sizeof reason_extension);
        len += sizeof reason_extension;
        out[len++] = (uint8_t)entry->reason;
    }
    out[0] = DER_SEQUENCE;
    out[1] = (uint8_t)(len - 2);
    return len;
}

static bool digest_piece(struct crl_writer *writer)
{
    struct bytes octets = buf_bytes(writer->piece);
    return EVP_DigestUpdate(writer->digest, octets.data, octets.len) == 1;
}

static bool flush(struct crl_writer *writer, struct error *err)
{
    if (writer->is_signed_part && !digest_piece(writer))
        return fail(err, ERR_INTERNAL, "crl: the digest cannot be computed");
    if (writer->position == 0) {
        writer->first = TAKE(writer->piece);
        writer->piece = buf_new(writer->piece_octets);
    } else if (!writer->put(writer->context, writer->position, buf_bytes(writer->piece), err)) {
        return false;
    }
    buf_truncate(writer->piece, 0);
    writer->position++;
    return true;
}

/* Piece 0 leaves room for the outermost header. */
static bool write_octets(struct crl_writer *writer, struct bytes octets, struct error *err)
{
    while (octets.len) {
        size_t reserved = writer->position ? 0 : HEADER_OCTETS_MAX;
        size_t room = writer->piece_octets - reserved - buf_len(writer->piece);
        size_t len = octets.len < room ? octets.len : room;
        buf_add(writer->piece, (struct bytes){ octets.data, len });
        octets = (struct bytes){ octets.data + len, octets.len - len };
        writer->size += len;
        if (len == room && !flush(writer, err))
            return false;
    }
    return true;
}

static void put_number(struct buf *out, enum oid id, bool is_critical, int64_t number)
{
    SCOPED(buf_free) struct buf *value = buf_new(16);
    der_put_small(value, number);
    extension_put(out, id, is_critical, buf_bytes(value));
}

/* §5.2: what a complete list and its deltas carry. */
static struct buf *encode_tail(const struct crl_head *head)
{
    struct buf *out = buf_new(HEAD_OCTETS_MAX);
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
    return out;
}

/* The TBSCertList up to its first entry, its own header included. */
static struct buf *encode_head(const struct crl_head *head, uint64_t entries_octets,
                               size_t tail_octets)
{
    SCOPED(buf_free) struct buf *fields = buf_new(HEAD_OCTETS_MAX);
    der_put_small(fields, VERSION_2);
    buf_add(fields, head->algorithm);
    buf_add(fields, head->issuer);
    der_put_time(fields, head->this_update);
    der_put_time(fields, head->next_update);
    uint8_t header[HEADER_OCTETS_MAX];
    if (entries_octets) /* §5.1.2.6: absent when nothing is revoked */
        buf_add(fields, (struct bytes){ header, der_header(DER_SEQUENCE, entries_octets, header) });
    struct buf *out = buf_new(HEAD_OCTETS_MAX);
    size_t len = buf_len(fields) + entries_octets + tail_octets;
    buf_add(out, (struct bytes){ header, der_header(DER_SEQUENCE, len, header) });
    buf_add(out, buf_bytes(fields));
    return out;
}

static bool put_first(struct crl_writer *writer, struct error *err)
{
    struct buf *first = writer->first ? writer->first : writer->piece;
    uint8_t header[HEADER_OCTETS_MAX];
    size_t header_len = der_header(DER_SEQUENCE, writer->size, header);
    SCOPED(buf_free) struct buf *whole = buf_new(buf_len(first) + header_len);
    buf_add(whole, (struct bytes){ header, header_len });
    buf_add(whole, buf_bytes(first));
    writer->size += header_len;
    return writer->put(writer->context, 0, buf_bytes(whole), err);
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
    while (extension_next(&list, &extension, err))
        if (!read_extension(&extension, out, err))
            return false;
    return !err->code;
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
        !bytes_equal(algorithm, out->algorithm) ||
        !der_take_whole(&tbs, DER_SEQUENCE, &out->issuer) || !der_time(&tbs, &out->this_update) ||
        !der_time(&tbs, &out->next_update))
        return malformed(err, "the head of the list");
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
    while (extension_next(&list, &extension, err))
        if (extension.id == OID_REASON_CODE ? !read_reason(&extension, out) : extension.is_critical)
            return malformed(err, "an entry's extension");
    return !err->code;
}

/* ---- */

size_t crl_entry_octets(const struct crl_entry *entry)
{
    size_t time_len = entry->revoked_at < year_2050 ? UTC_TIME_OCTETS : GENERALIZED_TIME_OCTETS;
    size_t reason_len = entry->reason == REASON_UNSPECIFIED ? 0 : REASON_OCTETS;
    return 2 + 2 + entry->serial.len + time_len + reason_len;
}

struct crl_writer *crl_writer_new(const struct crl_head *head, uint64_t entries_octets,
                                  size_t piece_octets, crl_put_fn *put, void *context,
                                  struct error *err)
{
    SCOPED(crl_writer_free) struct crl_writer *writer = memory_new(sizeof *writer);
    writer->piece_octets = piece_octets;
    writer->put = put;
    writer->context = context;
    writer->promised = entries_octets;
    writer->is_signed_part = true;
    writer->algorithm = buf_copy(head->algorithm);
    writer->piece = buf_new(piece_octets);
    writer->tail = encode_tail(head);
    writer->digest = EVP_MD_CTX_new();
    SCOPED(buf_free) struct buf *begin = encode_head(head, entries_octets, buf_len(writer->tail));
    if (!writer->digest || EVP_DigestInit_ex(writer->digest, digest_md(head->digest), NULL) != 1)
        return fail_null(err, ERR_INTERNAL, "crl: the digest cannot be computed");
    if (!buf_ok(begin) || !buf_ok(writer->tail))
        return fail_null(err, ERR_TOO_LARGE, "crl: the issuer's name or an address is too long");
    if (!write_octets(writer, buf_bytes(begin), err))
        return NULL;
    return TAKE(writer);
}

bool crl_writer_add(struct crl_writer *writer, const struct crl_entry *entry, struct error *err)
{
    if (!is_writable(entry))
        return fail(err, ERR_INTERNAL, "crl: an entry that cannot be written");
    uint8_t octets[ENTRY_OCTETS_MAX];
    size_t len = encode_entry(entry, octets);
    if (len > writer->promised)
        return fail(err, ERR_INTERNAL, "crl: more entries than were measured");
    writer->promised -= len;
    return write_octets(writer, (struct bytes){ octets, len }, err);
}

bool crl_writer_digest(struct crl_writer *writer, uint8_t out[DIGEST_OCTETS_MAX], struct error *err)
{
    if (writer->promised)
        return fail(err, ERR_INTERNAL, "crl: fewer entries than were measured");
    if (!write_octets(writer, buf_bytes(writer->tail), err))
        return false;
    if (!digest_piece(writer) || EVP_DigestFinal_ex(writer->digest, out, NULL) != 1)
        return fail(err, ERR_INTERNAL, "crl: the digest cannot be computed");
    writer->is_signed_part = false;
    return true;
}

bool crl_writer_finish(struct crl_writer *writer, struct bytes signature, uint64_t *size,
                       struct error *err)
{
    SCOPED(buf_free) struct buf *end = buf_new(HEAD_OCTETS_MAX);
    buf_add(end, buf_bytes(writer->algorithm));
    der_put_bits(end, signature);
    if (writer->is_signed_part || !buf_ok(end))
        return fail(err, ERR_INTERNAL, "crl: signed too early");
    if (!write_octets(writer, buf_bytes(end), err))
        return false;
    if (writer->position && buf_len(writer->piece) && !flush(writer, err))
        return false;
    if (!put_first(writer, err))
        return false;
    *size = writer->size;
    return true;
}

void crl_writer_free(struct crl_writer *writer)
{
    if (!writer)
        return;
    EVP_MD_CTX_free(writer->digest);
    buf_free(writer->algorithm);
    buf_free(writer->tail);
    buf_free(writer->piece);
    buf_free(writer->first);
    memory_free(writer);
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
