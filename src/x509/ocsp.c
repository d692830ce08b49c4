#include "x509/ocsp.h"

#include "base/error.h"
#include "x509/der.h"
#include "x509/extension.h"
#include "x509/name.h"
#include "x509/oid.h"
#include "x509/reason.h"

#include <string.h>

enum {
    REQUEST_VERSION = DER_CONTEXT_CONSTRUCTED(0),
    REQUESTOR_NAME = DER_CONTEXT_CONSTRUCTED(1),
    REQUEST_EXTENSIONS = DER_CONTEXT_CONSTRUCTED(2),
    REQUEST_SIGNATURE = DER_CONTEXT_CONSTRUCTED(0),
    SINGLE_EXTENSIONS = DER_CONTEXT_CONSTRUCTED(0),
    DIRECTORY_NAME = DER_CONTEXT_CONSTRUCTED(4),
    BY_KEY = DER_CONTEXT_CONSTRUCTED(2),
    STATUS_GOOD = DER_CONTEXT(0),
    STATUS_REVOKED = DER_CONTEXT_CONSTRUCTED(1),
    STATUS_UNKNOWN = DER_CONTEXT(2),
};

static bool malformed(struct error *err, const char *what)
{
    return fail(err, ERR_MALFORMED, "ocsp request: RFC 6960 §4.1: %s", what);
}

/* Parameters are NULL or absent; SHA-1 is written both ways. */
static bool read_algorithm(struct der *cert_id, struct ocsp_cert_id *out)
{
    struct der algorithm;
    struct bytes oid;
    if (!der_enter(cert_id, DER_SEQUENCE, &algorithm) || !der_oid(&algorithm, &oid) ||
        !(der_at_end(&algorithm) || der_null(&algorithm)) || !der_at_end(&algorithm))
        return false;
    enum digest digest = digest_from_oid(oid_find(oid));
    bool is_ours = digest == DIGEST_SHA1 || digest == DIGEST_SHA256;
    out->digest = is_ours ? digest : DIGEST_NONE;
    return true;
}

static bool read_cert_id(struct der *request, struct ocsp_cert_id *out)
{
    if (!der_take_whole(request, DER_SEQUENCE, &out->der) || out->der.len > OCSP_CERT_ID_OCTETS_MAX)
        return false;
    struct der whole = der_of(out->der);
    struct der fields;
    return der_enter(&whole, DER_SEQUENCE, &fields) && read_algorithm(&fields, out) &&
           der_octets(&fields, &out->name_hash) && der_octets(&fields, &out->key_hash) &&
           der_integer(&fields, &out->serial) && der_at_end(&fields);
}

/* RFC 9654 §2.1: Nonce ::= OCTET STRING (SIZE(1..128)), once. */
static bool read_nonce(struct bytes value, struct ocsp_request *out, struct error *err)
{
    struct der der = der_of(value);
    if (out->has_nonce || !der_octets(&der, &out->nonce) || !der_at_end(&der) ||
        out->nonce.len == 0 || out->nonce.len > OCSP_NONCE_OCTETS_MAX)
        return malformed(err, "a nonce has 1 to 128 octets (RFC 9654 §2.1)");
    out->has_nonce = true;
    return true;
}

/* What stands in [n] EXPLICIT Extensions. out NULL: of a single request, where we know none. */
static bool read_extensions(struct der *from, uint8_t tag, struct ocsp_request *out,
                            struct error *err)
{
    struct der tagged, list;
    if (!der_enter(from, tag, &tagged) || !der_enter(&tagged, DER_SEQUENCE, &list) ||
        !der_at_end(&tagged))
        return malformed(err, "extensions");
    struct extension extension;
    while (extension_next(&list, &extension, err)) {
        bool is_nonce = out && extension.id == OID_OCSP_NONCE;
        if (is_nonce && !read_nonce(extension.value, out, err))
            return false;
        if (!is_nonce && extension.is_critical)
            return malformed(err, "a critical extension that we do not know (§4.4)");
    }
    return !err->code;
}

static bool read_request(struct der *list, struct ocsp_cert_id *out, struct error *err)
{
    struct der request;
    if (!der_enter(list, DER_SEQUENCE, &request) || !read_cert_id(&request, out))
        return malformed(err, "a Request");
    if (der_next_is(&request, SINGLE_EXTENSIONS) &&
        !read_extensions(&request, SINGLE_EXTENSIONS, NULL, err))
        return false;
    return der_end_of(&request, "ocsp request", err);
}

static bool read_list(struct der *tbs, struct ocsp_request *out, struct error *err)
{
    struct der list;
    if (!der_enter(tbs, DER_SEQUENCE, &list) || der_at_end(&list))
        return malformed(err, "requestList is empty or missing");
    while (!der_at_end(&list)) {
        if (out->count == OCSP_CERT_IDS_MAX)
            return malformed(err, "more than 32 CertIDs");
        if (!read_request(&list, &out->cert_ids[out->count], err))
            return false;
        out->count++;
    }
    return true;
}

/* DEFAULT v1 is absent in DER; clients that write it out are understood too. */
static bool read_version(struct der *tbs)
{
    struct der tagged;
    int64_t version;
    return !der_next_is(tbs, REQUEST_VERSION) ||
           (der_enter(tbs, REQUEST_VERSION, &tagged) && der_small(&tagged, &version) &&
            version == 0 && der_at_end(&tagged));
}

/* A directoryName, as everybody who signs requests writes; nothing is done with it. */
static bool read_requestor(struct der *tbs)
{
    struct der general, directory;
    struct bytes name;
    struct error err = { 0 };
    return !der_next_is(tbs, REQUESTOR_NAME) ||
           (der_enter(tbs, REQUESTOR_NAME, &general) &&
            der_enter(&general, DIRECTORY_NAME, &directory) && der_at_end(&general) &&
            der_take_whole(&directory, DER_SEQUENCE, &name) && der_at_end(&directory) &&
            name_check(name, &err));
}

static bool read_tbs(struct der *tbs, struct ocsp_request *out, struct error *err)
{
    if (!read_version(tbs) || !read_requestor(tbs))
        return malformed(err, "version or requestorName");
    if (!read_list(tbs, out, err))
        return false;
    if (der_next_is(tbs, REQUEST_EXTENSIONS) && !read_extensions(tbs, REQUEST_EXTENSIONS, out, err))
        return false;
    return der_end_of(tbs, "ocsp request", err);
}

/* ---- writing ---- */

static void put_tagged_time(struct buf *out, uint8_t tag, time_t t)
{
    struct der_mark tagged = der_begin(out, tag);
    der_put_generalized(out, t);
    der_end(out, tagged);
}

static void put_revoked(const struct ocsp_single *single, struct buf *out)
{
    struct der_mark info = der_begin(out, STATUS_REVOKED);
    der_put_generalized(out, single->revoked_at);
    if (single->reason != REASON_UNSPECIFIED) {
        uint8_t reason = (uint8_t)single->reason;
        struct der_mark tagged = der_begin(out, DER_CONTEXT_CONSTRUCTED(0));
        der_put(out, DER_ENUMERATED, (struct bytes){ &reason, 1 });
        der_end(out, tagged);
    }
    der_end(out, info);
}

static void put_single(const struct ocsp_single *single, struct buf *out)
{
    struct der_mark response = der_begin(out, DER_SEQUENCE);
    buf_add(out, single->cert_id);
    if (single->status == OCSP_REVOKED)
        put_revoked(single, out);
    else
        der_put(out, single->status == OCSP_GOOD ? STATUS_GOOD : STATUS_UNKNOWN, BYTES_NONE);
    der_put_generalized(out, single->this_update);
    put_tagged_time(out, DER_CONTEXT_CONSTRUCTED(0), single->next_update);
    der_end(out, response);
}

static void put_nonce(struct bytes nonce, struct buf *out)
{
    uint8_t octets[OCSP_NONCE_OCTETS_MAX + 6];
    size_t len = der_header(DER_OCTET_STRING, nonce.len, octets);
    memcpy(octets + len, nonce.data, nonce.len);
    struct der_mark tagged = der_begin(out, DER_CONTEXT_CONSTRUCTED(1));
    struct der_mark extensions = der_begin(out, DER_SEQUENCE);
    extension_put(out, OID_OCSP_NONCE, false, (struct bytes){ octets, len + nonce.len });
    der_end(out, extensions);
    der_end(out, tagged);
}

bool ocsp_request_parse(struct bytes der, struct ocsp_request *out, struct error *err)
{
    out->count = 0;
    out->has_nonce = false;
    out->nonce = BYTES_NONE;
    struct der whole = der_of(der);
    struct der request, tbs;
    if (der.len > OCSP_REQUEST_OCTETS_MAX || !der_enter(&whole, DER_SEQUENCE, &request) ||
        !der_at_end(&whole) || !der_enter(&request, DER_SEQUENCE, &tbs))
        return malformed(err, "not an OCSPRequest");
    if (!read_tbs(&tbs, out, err))
        return false;
    if (!der_at_end(&request) && !der_take(&request, REQUEST_SIGNATURE, NULL))
        return malformed(err, "optionalSignature");
    return der_end_of(&request, "ocsp request", err);
}

void ocsp_put_data(const struct ocsp_data *data, struct buf *out)
{
    struct der_mark whole = der_begin(out, DER_SEQUENCE);
    struct der_mark responder = der_begin(out, BY_KEY);
    der_put(out, DER_OCTET_STRING, (struct bytes){ data->key_hash, OCSP_KEY_HASH_OCTETS });
    der_end(out, responder);
    der_put_generalized(out, data->produced_at);
    struct der_mark responses = der_begin(out, DER_SEQUENCE);
    for (size_t i = 0; i < data->count; i++)
        put_single(&data->singles[i], out);
    der_end(out, responses);
    if (data->has_nonce)
        put_nonce(data->nonce, out);
    der_end(out, whole);
}

void ocsp_put_response(struct bytes data, struct bytes algorithm, struct bytes signature,
                       struct bytes certificate, struct buf *out)
{
    uint8_t successful = OCSP_SUCCESSFUL;
    struct der_mark response = der_begin(out, DER_SEQUENCE);
    der_put(out, DER_ENUMERATED, (struct bytes){ &successful, 1 });
    struct der_mark tagged = der_begin(out, DER_CONTEXT_CONSTRUCTED(0));
    struct der_mark response_bytes = der_begin(out, DER_SEQUENCE);
    der_put_oid(out, oid_bytes(OID_OCSP_BASIC));
    struct der_mark octets = der_begin(out, DER_OCTET_STRING);
    struct der_mark basic = der_begin(out, DER_SEQUENCE);
    buf_add(out, data);
    buf_add(out, algorithm);
    der_put_bits(out, signature);
    if (certificate.len) {
        struct der_mark certs = der_begin(out, DER_CONTEXT_CONSTRUCTED(0));
        der_put(out, DER_SEQUENCE, certificate);
        der_end(out, certs);
    }
    der_end(out, basic);
    der_end(out, octets);
    der_end(out, response_bytes);
    der_end(out, tagged);
    der_end(out, response);
}

void ocsp_error(enum ocsp_response_status status, uint8_t out[OCSP_ERROR_OCTETS])
{
    const uint8_t whole[OCSP_ERROR_OCTETS] = { DER_SEQUENCE, 3, DER_ENUMERATED, 1,
                                               (uint8_t)status };
    memcpy(out, whole, sizeof whole);
}
