#include "x509/template.h"

#include "base/memory.h"
#include "x509/der.h"

struct template
{
    struct buf *version;   /* [0] EXPLICIT INTEGER v3 */
    struct buf *algorithm; /* AlgorithmIdentifier: inside and outside are the same, §4.1.1.2 */
    struct buf *issuer;
    struct buf *extensions;
};

static struct buf *version_3(void)
{
    struct buf *out = buf_new(16);
    struct der_mark version = der_begin(out, DER_CONTEXT_CONSTRUCTED(0));
    der_put_small(out, 2);
    der_end(out, version);
    return out;
}

static void put_validity(const struct template_fields *fields, struct buf *out)
{
    struct der_mark validity = der_begin(out, DER_SEQUENCE);
    der_put_time(out, fields->not_before);
    der_put_time(out, fields->not_after);
    der_end(out, validity);
}

/* Lengths are known beforehand, so nothing is moved afterwards as der_end would. */
static void put_header(uint8_t tag, size_t content_len, struct buf *out)
{
    uint8_t header[6];
    buf_add(out, (struct bytes){ header, der_header(tag, content_len, header) });
}

static void put_extensions(struct bytes fixed, struct bytes more, struct buf *out)
{
    uint8_t header[6];
    size_t len = fixed.len + more.len;
    if (len == 0)
        return; /* SIZE (1..MAX): an empty list is left out */
    put_header(DER_CONTEXT_CONSTRUCTED(3), der_header(DER_SEQUENCE, len, header) + len, out);
    put_header(DER_SEQUENCE, len, out);
    buf_add(out, fixed);
    buf_add(out, more);
}

void template_fill(const struct template *template, const struct template_fields *fields,
                   struct buf *out)
{
    struct der_mark tbs = der_begin(out, DER_SEQUENCE);
    buf_add(out, buf_bytes(template->version));
    der_put(out, DER_INTEGER, fields->serial);
    buf_add(out, buf_bytes(template->algorithm));
    buf_add(out, buf_bytes(template->issuer));
    put_validity(fields, out);
    buf_add(out, fields->subject);
    buf_add(out, fields->spki);
    put_extensions(buf_bytes(template->extensions), fields->extensions, out);
    der_end(out, tbs);
}

void template_join(const struct template *template, struct bytes tbs, struct bytes signature,
                   struct buf *out)
{
    struct der_mark certificate = der_begin(out, DER_SEQUENCE);
    buf_add(out, tbs);
    buf_add(out, buf_bytes(template->algorithm));
    der_put_bits(out, signature);
    der_end(out, certificate);
}

struct template *template_new(const struct template_fixed *fixed)
{
    struct template *template = memory_new(sizeof *template);
    template->version = version_3();
    template->algorithm = buf_new(64);
    signature_algorithm_put(fixed->key_type, fixed->digest, template->algorithm);
    template->issuer = buf_copy(fixed->issuer);
    template->extensions = buf_copy(fixed->extensions);
    return template;
}

void template_free(struct template *template)
{
    if (!template)
        return;
    buf_free(template->version);
    buf_free(template->algorithm);
    buf_free(template->issuer);
    buf_free(template->extensions);
    memory_free(template);
}
