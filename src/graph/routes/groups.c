#include "graph/routes/groups.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "directory/groups.h"
#include "graph/request.h"
#include "graph/routes/directory.h"
#include "model/group.h"

#include <ctype.h>
#include <string.h>

enum { REFERENCE_CHARACTERS_MAX = 2048 };

static bool create(struct request *request, const void *wish, void *out, struct error *err)
{
    const struct actor actor = request_actor(request);
    return group_create(request->graph->store, &actor, wish, request->now, request->arena, out,
                        err);
}

static bool change(struct request *request, const void *stored, const void *wish, void *out,
                   struct error *err)
{
    (void)stored;
    const struct actor actor = request_actor(request);
    return group_change(request->graph->store, &actor, wish, request->now, out, err);
}

static bool forget(struct request *request, const void *stored, struct error *err)
{
    const struct actor actor = request_actor(request);
    return group_delete(request->graph->store, &actor, stored, request->now, err);
}

const struct crud group_crud = {
    .entity = &group_entity,
    .id = ID_GROUP,
    .create = create,
    .change = change,
    .remove = forget,
};

const struct crud group_member_crud = {
    .entity = &group_member_entity,
    .id = ID_USER,
    .owner = &group_crud,
    .owner_column = "group_id",
};

/* Members are directory objects; the reply tells that these are users. */
bool members_list(struct request *request, struct result *result, struct error *err)
{
    result->tells_type = true;
    return directory_list(request, result, err);
}

/* ---- references ---- */

struct reference {
    const char *url;
};

static const struct property reference_properties[] = {
    // clang-format off
    { "@odata.id", NULL, PROPERTY_STRING, REQUIRED, AT(reference, url), NULL, 1, REFERENCE_CHARACTERS_MAX },
    { 0 },
    // clang-format on
};

const struct entity reference_entity = { .name = "reference",
                                         .properties = reference_properties,
                                         .size = sizeof(struct reference) };

/* Where the id of one begins, behind '/' or "('", which becomes the end of the set's path. */
static char *cut_id(char *path)
{
    size_t len = strlen(path);
    char *slash = strrchr(path, '/');
    char *key = strstr(slash ? slash : path, "('");
    if (key && text_equal(path + len - 2, "')")) {
        *key = path[len - 2] = '\0';
        return key + 2;
    }
    if (slash)
        *slash = '\0';
    return slash ? slash + 1 : path + len;
}

/* Absolute or relative, of any host: clients write that of Graph itself, whichever they speak to.
 * Only the end counts: users/{id}, users('{id}'), directoryObjects/{id}. */
static const char *user_of(const char *url, struct arena *arena, struct error *err)
{
    char *path = arena_text(arena, url);
    char *id = cut_id(path);
    const char *slash = strrchr(path, '/');
    const char *set = slash ? slash + 1 : path;
    bool is_set = text_equal_caseless(set, "users") || text_equal_caseless(set, "directoryObjects");
    if (!is_set || !text_is_uuid(id))
        return fail_null(err, ERR_INVALID,
                         "@odata.id: must end with users/{id} or directoryObjects/{id}");
    for (char *p = id; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    return id;
}

/* The group that the path names, without a session. */
static bool find_group(struct request *request, struct group *out, struct error *err)
{
    bool is_good = crud_find(request, &group_crud, out, err);
    request_end_session(request);
    return is_good;
}

bool member_add(struct request *request, struct result *result, struct error *err)
{
    (void)result;
    struct group group;
    struct reference reference = { NULL };
    const struct actor actor = request_actor(request);
    if (!find_group(request, &group, err) || !request_read_body(request, &reference, err))
        return false;
    const char *user_id = user_of(reference.url, request->arena, err);
    return user_id &&
           group_add_member(request->graph->store, &actor, group.id, user_id, request->now, err);
}

bool member_remove(struct request *request, struct result *result, struct error *err)
{
    (void)result;
    struct group group;
    const struct actor actor = request_actor(request);
    return find_group(request, &group, err) &&
           group_remove_member(request->graph->store, &actor, group.id,
                               request->target.ids[ID_USER], request->now, err);
}
