#include "graph/documents.h"

#include "base/arena.h"
#include "base/memory.h"
#include "graph/describe.h"
#include "odata/csdl.h"
#include "odata/openapi.h"
#include "odata/schema.h"

#include <openssl/evp.h>
#include <string.h>

enum { DOCUMENT_OCTETS_MAX = 16 * 1024 * 1024, HASH_OCTETS = 32 };

struct made {
    struct buf *body;
    int64_t revision;
};

struct documents {
    struct made beta[DOCUMENT_COUNT];
    struct made v1[DOCUMENT_COUNT];
};

static const struct {
    void (*write)(const struct schema *schema, struct buf *out);
    const char *content_type;
} formats[DOCUMENT_COUNT] = {
    // clang-format off
    [DOCUMENT_METADATA_XML]  = { csdl_write_xml,  "application/xml" },
    [DOCUMENT_METADATA_JSON] = { csdl_write_json, "application/json" },
    [DOCUMENT_OPENAPI]       = { openapi_write,   "application/json" },
    // clang-format on
};

static int64_t revision_of(struct bytes body)
{
    uint8_t hash[HASH_OCTETS];
    size_t len = sizeof hash;
    uint64_t number = 0;
    if (EVP_Q_digest(NULL, "SHA256", NULL, body.data, body.len, hash, &len))
        memcpy(&number, hash, sizeof number);
    return (int64_t)(number & INT64_MAX);
}

static void make(const struct route *const *tables, enum api_version version, const char *url,
                 struct made out[DOCUMENT_COUNT])
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct schema schema;
    describe(tables, version, url, arena, &schema);
    for (int i = 0; i < DOCUMENT_COUNT; i++) {
        out[i].body = buf_new(DOCUMENT_OCTETS_MAX);
        formats[i].write(&schema, out[i].body);
        out[i].revision = revision_of(buf_bytes(out[i].body));
    }
}

struct documents *documents_new(const struct route *const *tables, const char *url)
{
    struct documents *documents = memory_new(sizeof *documents);
    make(tables, API_BETA, url, documents->beta);
    make(tables, API_V1, url, documents->v1);
    return documents;
}

struct document documents_get(const struct documents *documents, enum api_version version,
                              enum document_format format)
{
    const struct made *made = version == API_BETA ? documents->beta : documents->v1;
    return (struct document){ buf_bytes(made[format].body), formats[format].content_type,
                              made[format].revision };
}

void documents_free(struct documents *documents)
{
    if (!documents)
        return;
    for (int i = 0; i < DOCUMENT_COUNT; i++) {
        buf_free(documents->beta[i].body);
        buf_free(documents->v1[i].body);
    }
    memory_free(documents);
}
