#include "graph/routes/applications.h"

#include "auth/applications.h"
#include "base/arena.h"
#include "base/error.h"
#include "graph/exchange.h"
#include "graph/list.h"
#include "graph/request.h"
#include "graph/routes/cas.h"
#include "model/application.h"
#include "odata/entity_read.h"

struct password_wish {
    struct password_credential credential;
};

struct password_choice {
    const char *key_id;
};

static const struct property password_wish_properties[] = {
    // clang-format off
    { "passwordCredential", NULL, PROPERTY_COMPLEX, NULLABLE, AT(password_wish, credential), &password_credential_entity, 0, 0 },
    { 0 },
    // clang-format on
};

const struct entity password_wish_entity = { .name = "addPassword",
                                             .properties = password_wish_properties,
                                             .size = sizeof(struct password_wish) };

static const struct property password_choice_properties[] = {
    // clang-format off
    { "keyId", NULL, PROPERTY_STRING, REQUIRED, AT(password_choice, key_id), NULL, 1, 64 },
    { 0 },
    // clang-format on
};

const struct entity password_choice_entity = { .name = "removePassword",
                                               .properties = password_choice_properties,
                                               .size = sizeof(struct password_choice) };

static struct application_actor actor_of(const struct request *request)
{
    return (struct application_actor){ &request->caller, request->exchange->id };
}

static bool find(struct request *request, struct application *out, struct error *err)
{
    struct query query = { .entity = &application_entity };
    query_fix(&query, "id", V_TEXT(request->target.ids[ID_APPLICATION]));
    return list_find(request, &query, out, err);
}

static bool find_to_change(struct request *request, struct application *out, struct error *err)
{
    bool is_good = find(request, out, err) && request_check_match(request, out->revision, err);
    request_end_session(request);
    return is_good;
}

static bool read_changes(struct request *request, struct application *out, struct error *err)
{
    return find_to_change(request, out, err) &&
           entity_read_changes(&application_entity, request->body, &request->graph->urls,
                               request->reveal_enum_members, request->arena, out, err);
}

static bool answer(struct request *request, const struct application *application,
                   struct result *result)
{
    struct application *copy = arena_take(request->arena, sizeof *copy);
    *copy = *application;
    result->items = (struct items){ copy, 1 };
    return true;
}

bool applications_list(struct request *request, struct result *result, struct error *err)
{
    struct query query = { .entity = &application_entity };
    return list_read(request, &query, result, err);
}

bool applications_count(struct request *request, struct result *result, struct error *err)
{
    struct query query = { .entity = &application_entity };
    return list_count(request, &query, result, err);
}

bool application_get(struct request *request, struct result *result, struct error *err)
{
    struct application application;
    return find(request, &application, err) && answer(request, &application, result);
}

bool application_post(struct request *request, struct result *result, struct error *err)
{
    struct application wanted = { 0 };
    struct application application;
    const struct application_actor actor = actor_of(request);
    if (!request_read_body(request, &wanted, err) ||
        !application_create(request->graph->auth, &actor, &wanted, request->now, request->arena,
                            &application, err))
        return false;
    result->location_id = application.id;
    return answer(request, &application, result);
}

/* Without If-Match the change goes onto whatever stands there, so a loser in a race tries again. */
bool application_patch(struct request *request, struct result *result, struct error *err)
{
    (void)result;
    struct application wanted;
    struct application application;
    const struct application_actor actor = actor_of(request);
    for (int attempt = 1; read_changes(request, &wanted, err); attempt++) {
        if (application_change(request->graph->auth, &actor, &wanted, request->now, request->arena,
                               &application, err))
            return true;
        if (err->code != ERR_PRECONDITION || request_has_match(request) ||
            attempt == CHANGE_ATTEMPTS)
            return false;
        error_clear(err);
    }
    return false;
}

bool application_remove(struct request *request, struct result *result, struct error *err)
{
    (void)result;
    struct application application;
    const struct application_actor actor = actor_of(request);
    return find_to_change(request, &application, err) &&
           application_delete(request->graph->auth, &actor, application.id, request->now, err);
}

bool password_add(struct request *request, struct result *result, struct error *err)
{
    struct application application;
    struct password_wish wish = { 0 };
    struct password_credential *made = arena_take(request->arena, sizeof *made);
    const struct application_actor actor = actor_of(request);
    result->items = (struct items){ made, 1 };
    return request_read_body(request, &wish, err) && find_to_change(request, &application, err) &&
           application_add_password(request->graph->auth, &actor, application.id, &wish.credential,
                                    request->now, request->arena, made, err);
}

bool password_remove(struct request *request, struct result *result, struct error *err)
{
    (void)result;
    struct application application;
    struct password_choice choice = { 0 };
    const struct application_actor actor = actor_of(request);
    return request_read_body(request, &choice, err) && find_to_change(request, &application, err) &&
           application_remove_password(request->graph->auth, &actor, application.id, choice.key_id,
                                       request->now, err);
}
