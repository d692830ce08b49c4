#include "graph/link.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "graph/request.h"
#include "model/ca.h"
#include "model/leaf.h"
#include "store/entity.h"
#include "store/rows.h"

enum { VERSIONS_SHOWN_MAX = QUERY_TOP_MAX };

static bool load_version(struct request *request, const char *ca_id, int64_t number,
                         struct items *out, struct error *err)
{
    struct ca_version *version = arena_take(request->arena, sizeof *version);
    struct session *session = request_session(request, err);
    if (!session ||
        !ca_versions_get(session, ca_id, number, request->now, request->arena, version, err))
        return false;
    *out = (struct items){ version, 1 };
    return true;
}

/* A CA that waits for its first certificate has no active version. */
static bool load_active_version(struct request *request, const void *owner, struct items *out,
                                struct error *err)
{
    const struct ca *ca = owner;
    *out = (struct items){ NULL, 0 };
    return ca->active_version == 0 || load_version(request, ca->id, ca->active_version, out, err);
}

static bool load_version_of_leaf(struct request *request, const void *owner, struct items *out,
                                 struct error *err)
{
    const struct leaf *leaf = owner;
    return load_version(request, leaf->ca_id, leaf->version, out, err);
}

struct collecting {
    struct ca_version *versions;
    size_t count;
};

static bool collect_version(const void *object, void *context, struct error *err)
{
    (void)err;
    struct collecting *collecting = context;
    collecting->versions[collecting->count++] = *(const struct ca_version *)object;
    return true;
}

static bool load_versions(struct request *request, const void *owner, struct items *out,
                          struct error *err)
{
    const struct ca *ca = owner;
    bool more;
    struct query query = {
        .entity = &ca_version_entity,
        .tenant_id = request->caller.tenant_id,
        .now = request->now,
        .fixed = { { "ca_id", V_TEXT(ca->id) } },
        .fixed_count = 1,
        .order = { { property_of_column(&ca_version_entity, "number"), false } },
        .order_count = 1,
        .top = VERSIONS_SHOWN_MAX,
    };
    struct collecting collecting = {
        arena_take(request->arena, VERSIONS_SHOWN_MAX * sizeof(struct ca_version)), 0
    };
    struct session *session = request_session(request, err);
    if (!session ||
        !entity_list(session, &query, request->arena, collect_version, &collecting, &more, err))
        return false;
    *out = (struct items){ collecting.versions, collecting.count };
    return true;
}

const struct link graph_links[] = {
    // clang-format off
    /* owner, name, target, collection, inlined, load */
    { &ca_entity,   "cloudCertificationAuthorityLeafCertificate", &leaf_entity,       true,  false, NULL },
    { &ca_entity,   "activeVersion",                              &ca_version_entity, false, true,  load_active_version },
    { &ca_entity,   "versions",                                   &ca_version_entity, true,  false, load_versions },
    { &leaf_entity, "cloudCertificationAuthorityVersion",         &ca_version_entity, false, false, load_version_of_leaf },
    { .name = NULL },
    // clang-format on
};

int link_find(const struct entity *owner, const char *name)
{
    for (int i = 0; graph_links[i].name; i++)
        if (graph_links[i].owner == owner && graph_links[i].load &&
            text_equal(graph_links[i].name, name))
            return i;
    return -1;
}

bool link_is_name(const struct entity *owner, const char *name)
{
    for (const struct link *link = graph_links; link->name; link++)
        if (link->owner == owner && text_equal(link->name, name))
            return true;
    return false;
}
