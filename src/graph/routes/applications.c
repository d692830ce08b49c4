#include "graph/routes/applications.h"

#include "auth/applications.h"
#include "base/arena.h"
#include "base/error.h"
#include "graph/access.h"
#include "graph/exchange.h"
#include "graph/request.h"
#include "model/application.h"

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
    return (struct application_actor){ &request->caller, request->exchange->id, access_covers };
}

static bool create(struct request *request, const void *wish, void *out, struct error *err)
{
    const struct application_actor actor = actor_of(request);
    return application_create(request->graph->auth, &actor, wish, request->now, request->arena, out,
                              err);
}

static bool change(struct request *request, const void *stored, const void *wish, void *out,
                   struct error *err)
{
    (void)stored;
    const struct application_actor actor = actor_of(request);
    return application_change(request->graph->auth, &actor, wish, request->now, request->arena, out,
                              err);
}

static bool forget(struct request *request, const void *stored, struct error *err)
{
    const struct application *application = stored;
    const struct application_actor actor = actor_of(request);
    return application_delete(request->graph->auth, &actor, application->id, request->now, err);
}

const struct crud application_crud = {
    .entity = &application_entity,
    .id = ID_APPLICATION,
    .create = create,
    .change = change,
    .remove = forget,
};

bool password_add(struct request *request, struct result *result, struct error *err)
{
    struct application application;
    struct password_wish wish = { 0 };
    struct password_credential *made = arena_take(request->arena, sizeof *made);
    const struct application_actor actor = actor_of(request);
    result->items = (struct items){ made, 1 };
    return request_read_body(request, &wish, err) &&
           crud_find_to_change(request, &application_crud, &application, err) &&
           application_add_password(request->graph->auth, &actor, application.id, &wish.credential,
                                    request->now, request->arena, made, err);
}

bool password_remove(struct request *request, struct result *result, struct error *err)
{
    (void)result;
    struct application application;
    struct password_choice choice = { 0 };
    const struct application_actor actor = actor_of(request);
    return request_read_body(request, &choice, err) &&
           crud_find_to_change(request, &application_crud, &application, err) &&
           application_remove_password(request->graph->auth, &actor, application.id, choice.key_id,
                                       request->now, err);
}
