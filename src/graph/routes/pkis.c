#include "graph/routes/pkis.h"

#include "base/error.h"
#include "graph/crud.h"
#include "graph/request.h"
#include "trust/pkis.h"
#include "trust/trusted_cas.h"
#include "trust/upload.h"

/* ---- PKIs ---- */

static bool create_pki(struct request *request, const void *wish, void *out, struct error *err)
{
    struct actor actor = request_actor(request);
    return pki_create(request->graph->trust, &actor, wish, request->now, request->arena, out, err);
}

static bool change_pki(struct request *request, const void *stored, const void *wish, void *out,
                       struct error *err)
{
    (void)stored;
    struct actor actor = request_actor(request);
    return pki_change(request->graph->trust, &actor, wish, request->now, request->arena, out, err);
}

static bool remove_pki(struct request *request, const void *stored, struct error *err)
{
    const struct pki *pki = stored;
    struct actor actor = request_actor(request);
    return pki_delete(request->graph->trust, &actor, pki->id, request->now, err);
}

const struct crud pki_crud = { .entity = &pki_entity,
                               .id = ID_PKI,
                               .create = create_pki,
                               .change = change_pki,
                               .remove = remove_pki };

bool pki_upload(struct request *request, struct result *result, struct error *err)
{
    (void)result;
    struct pki_upload_wish wish = { 0 };
    struct pki pki;
    struct actor actor = request_actor(request);
    if (!crud_find(request, &pki_crud, &pki, err) || !request_read_body(request, &wish, err))
        return false;
    request_end_session(request);
    return upload_begin(request->graph->trust, &actor, pki.id, &wish, request->now, err);
}

/* ---- the CAs in them ---- */

static bool create_ca(struct request *request, const void *wish, void *out, struct error *err)
{
    struct actor actor = request_actor(request);
    return trusted_ca_add(request->graph->trust, &actor, request->target.ids[ID_PKI], wish,
                          request->now, request->arena, out, err);
}

static bool change_ca(struct request *request, const void *stored, const void *wish, void *out,
                      struct error *err)
{
    (void)stored;
    struct actor actor = request_actor(request);
    return trusted_ca_change(request->graph->trust, &actor, wish, request->now, request->arena, out,
                             err);
}

static bool remove_ca(struct request *request, const void *stored, struct error *err)
{
    const struct trusted_ca *ca = stored;
    struct actor actor = request_actor(request);
    return trusted_ca_delete(request->graph->trust, &actor, ca->pki_id, ca->id, request->now, err);
}

const struct crud trusted_ca_crud = { .entity = &trusted_ca_entity,
                                      .id = ID_TRUSTED_CA,
                                      .owner = &pki_crud,
                                      .owner_column = "pki_id",
                                      .create = create_ca,
                                      .change = change_ca,
                                      .remove = remove_ca };

/* Pages and samples of the API spell one member otherwise than its metadata. */
static void mend_spelling(json_t *body)
{
    static const char spelt[] = "deltacertificateRevocationListUrl";
    json_t *url = json_object_get(body, spelt);
    if (!url)
        return;
    json_object_set(body, "deltaCertificateRevocationListUrl", url);
    json_object_del(body, spelt);
}

bool trusted_ca_post(struct request *request, struct result *result, struct error *err)
{
    mend_spelling(request->body);
    result->tells_type = true;
    return crud_create(request, result, err);
}

bool trusted_ca_patch(struct request *request, struct result *result, struct error *err)
{
    mend_spelling(request->body);
    return crud_change(request, result, err);
}

/* ---- deleted items ---- */

/* What matters to users only. */
struct restoration {
    bool reconciles;
    const char *user_principal_name;
};

static const struct property restoration_properties[] = {
    // clang-format off
    { "autoReconcileProxyConflict", NULL, PROPERTY_BOOL,   NULLABLE, AT(restoration, reconciles),          NULL, 0, 0 },
    { "newUserPrincipalName",       NULL, PROPERTY_STRING, NULLABLE, AT(restoration, user_principal_name), NULL, 0, 0 },
    { 0 },
    // clang-format on
};

const struct entity restoration_entity = { .name = "restore",
                                           .properties = restoration_properties,
                                           .size = sizeof(struct restoration) };

const struct crud deleted_pki_crud = { .entity = &pki_deleted_entity, .id = ID_ITEM };
const struct crud deleted_ca_crud = { .entity = &trusted_ca_deleted_entity, .id = ID_ITEM };

/* One of this kind; false without err when there is none of the path's id. */
static bool find_deleted(struct request *request, const struct crud *crud, void *out,
                         struct error *err)
{
    if (crud_find(request, crud, out, err))
        return true;
    if (err->code == ERR_NOT_FOUND)
        error_clear(err);
    return false;
}

/* The path does not say what an item is, so the reply does. */
static bool tell(struct request *request, const struct entity *entity, const void *object,
                 struct result *result)
{
    result->entity = entity;
    result->tells_type = true;
    return crud_answer(request, entity, object, result);
}

static bool fail_not_found(struct error *err)
{
    return err->code != ERR_NONE
               ? false
               : fail(err, ERR_NOT_FOUND, "there is no deleted item with this id");
}

bool deleted_item_get(struct request *request, struct result *result, struct error *err)
{
    struct pki pki;
    struct trusted_ca ca;
    if (find_deleted(request, &deleted_pki_crud, &pki, err))
        return tell(request, &pki_deleted_entity, &pki, result);
    if (err->code == ERR_NONE && find_deleted(request, &deleted_ca_crud, &ca, err))
        return tell(request, &trusted_ca_deleted_entity, &ca, result);
    return fail_not_found(err);
}

static bool restore_pki(struct request *request, const char *id, struct result *result,
                        struct error *err)
{
    struct pki pki;
    struct actor actor = request_actor(request);
    request_end_session(request);
    return pki_restore(request->graph->trust, &actor, id, request->now, request->arena, &pki,
                       err) &&
           tell(request, &pki_entity, &pki, result);
}

static bool restore_ca(struct request *request, const char *id, struct result *result,
                       struct error *err)
{
    struct trusted_ca ca;
    struct actor actor = request_actor(request);
    request_end_session(request);
    return trusted_ca_restore(request->graph->trust, &actor, id, request->now, request->arena, &ca,
                              err) &&
           tell(request, &trusted_ca_entity, &ca, result);
}

bool deleted_item_restore(struct request *request, struct result *result, struct error *err)
{
    struct pki pki;
    struct trusted_ca ca;
    struct restoration ignored = { 0 };
    if (!request_read_body(request, &ignored, err))
        return false;
    if (find_deleted(request, &deleted_pki_crud, &pki, err))
        return restore_pki(request, pki.id, result, err);
    if (err->code == ERR_NONE && find_deleted(request, &deleted_ca_crud, &ca, err))
        return restore_ca(request, ca.id, result, err);
    return fail_not_found(err);
}

bool deleted_item_purge(struct request *request, struct result *result, struct error *err)
{
    (void)result;
    struct pki pki;
    struct trusted_ca ca;
    struct actor actor = request_actor(request);
    bool is_pki = find_deleted(request, &deleted_pki_crud, &pki, err);
    bool is_ca =
        !is_pki && err->code == ERR_NONE && find_deleted(request, &deleted_ca_crud, &ca, err);
    request_end_session(request);
    if (is_pki)
        return pki_purge(request->graph->trust, &actor, pki.id, request->now, err);
    return is_ca ? trusted_ca_purge(request->graph->trust, &actor, ca.id, request->now, err)
                 : fail_not_found(err);
}
