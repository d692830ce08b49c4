#include "graph/batch.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

#include <string.h>

struct reading {
    const char *version;
    struct arena *arena;
    struct batch *out;
};

typedef bool read_fn(struct reading *reading, const json_t *value, struct batch_item *item,
                     struct error *err);

static const struct {
    const char *text;
    enum http_method method;
} methods[] = {
    // clang-format off
    { "GET",    HTTP_GET },
    { "POST",   HTTP_POST },
    { "PUT",    HTTP_PUT },
    { "PATCH",  HTTP_PATCH },
    { "DELETE", HTTP_DELETE },
    // clang-format on
};

/* NULL when it is no text, or one that no line may hold. */
static const char *line_of(const json_t *value)
{
    const char *text = json_string_value(value);
    return text && !text_has_control(text) ? text : NULL;
}

static const struct batch_item *find_item(const struct batch *batch, const char *id)
{
    for (size_t i = 0; i < batch->count; i++)
        if (text_equal_caseless(batch->items[i].id, id))
            return &batch->items[i];
    return NULL;
}

static bool read_id(struct reading *reading, const json_t *value, struct batch_item *item,
                    struct error *err)
{
    const char *id = line_of(value);
    if (!id || !*id || strlen(id) > BATCH_ID_OCTETS_MAX)
        return fail(err, ERR_INVALID, "id: a text of up to %d octets is needed",
                    BATCH_ID_OCTETS_MAX);
    if (find_item(reading->out, id))
        return fail(err, ERR_INVALID, "id: another request has it; upper and lower case are one");
    item->id = arena_text(reading->arena, id);
    return true;
}

static bool read_method(struct reading *reading, const json_t *value, struct batch_item *item,
                        struct error *err)
{
    (void)reading;
    const char *text = json_string_value(value);
    for (size_t i = 0; text && i < ARRAY_LEN(methods); i++)
        if (text_equal_caseless(text, methods[i].text)) {
            item->method = methods[i].method;
            return true;
        }
    return fail(err, ERR_INVALID, "method: must be GET, POST, PUT, PATCH or DELETE");
}

/* RFC 3986 §4.2: what has a colon in its first segment, or begins with two slashes, is absolute. */
static bool read_url(struct reading *reading, const json_t *value, struct batch_item *item,
                     struct error *err)
{
    const char *url = line_of(value);
    if (!url || !*url)
        return fail(err, ERR_INVALID, "url: a text is needed");
    if (text_starts_with(url, "//") || url[strcspn(url, ":/?")] == ':' || strchr(url, '#'))
        return fail(err, ERR_INVALID, "url: must be relative to /%s", reading->version);
    url += *url == '/';
    size_t len = strcspn(url, "?");
    item->path = arena_format(reading->arena, "/%s/%.*s", reading->version, (int)len, url);
    item->query = url[len] ? arena_text(reading->arena, url + len + 1) : NULL;
    return true;
}

static bool read_headers(struct reading *reading, const json_t *value, struct batch_item *item,
                         struct error *err)
{
    size_t count = 0;
    size_t size = json_object_size(value);
    if (size > BATCH_HEADERS_MAX)
        return fail(err, ERR_INVALID, "headers: %d at most", BATCH_HEADERS_MAX);
    struct header *headers = arena_take(reading->arena, (size + 1) * sizeof *headers);
    item->headers = headers;
    if (!value || json_is_null(value))
        return true;
    if (!json_is_object(value))
        return fail(err, ERR_INVALID, "headers: an object of texts is needed");
    void *at = json_object_iter((json_t *)(uintptr_t)value);
    for (; at; at = json_object_iter_next((json_t *)(uintptr_t)value, at)) {
        const char *text = line_of(json_object_iter_value(at));
        if (!text)
            return fail(err, ERR_INVALID, "headers: each must be a text of one line");
        headers[count++] = (struct header){ arena_text(reading->arena, json_object_iter_key(at)),
                                            arena_text(reading->arena, text) };
    }
    return true;
}

static bool read_body(struct reading *reading, const json_t *value, struct batch_item *item,
                      struct error *err)
{
    (void)reading;
    (void)err;
    item->body = value && !json_is_null(value) ? (json_t *)(uintptr_t)value : NULL;
    return true;
}

/* §19.1: both change what a request does, so they may not be passed over. */
static bool refuse(struct reading *reading, const json_t *value, struct batch_item *item,
                   struct error *err)
{
    (void)reading;
    (void)item;
    return !value || fail(err, ERR_INVALID, "atomicityGroup and if are not offered");
}

static const struct {
    const char *name;
    read_fn *read;
} members[] = {
    // clang-format off
    { "id",             read_id },
    { "method",         read_method },
    { "url",            read_url },
    { "headers",        read_headers },
    { "body",           read_body },
    { "atomicityGroup", refuse },
    { "if",             refuse },
    // clang-format on
};

static bool read_item(struct reading *reading, const json_t *json, struct batch_item *item,
                      struct error *err)
{
    if (!json_is_object(json))
        return fail(err, ERR_INVALID, "an object is needed");
    for (size_t i = 0; i < ARRAY_LEN(members); i++)
        if (!members[i].read(reading, json_object_get(json, members[i].name), item, err))
            return false;
    return true;
}

static bool read_items(struct reading *reading, const json_t *requests, struct error *err)
{
    struct batch *out = reading->out;
    for (size_t i = 0; i < json_array_size(requests); i++) {
        if (!read_item(reading, json_array_get(requests, i), &out->items[i], err))
            return error_context(err, "requests[%zu]", i);
        out->count++;
    }
    return true;
}

/* They may name requests further down. */
static bool read_needs(struct batch *batch, const json_t *json, struct batch_item *item,
                       struct error *err)
{
    const json_t *ids = json_object_get(json, "dependsOn");
    if (ids && !json_is_null(ids) && !json_is_array(ids))
        return fail(err, ERR_INVALID, "dependsOn: a list of ids is needed");
    for (size_t i = 0; i < json_array_size(ids); i++) {
        const char *id = json_string_value(json_array_get(ids, i));
        const struct batch_item *needed = id ? find_item(batch, id) : NULL;
        if (!needed)
            return fail(err, ERR_INVALID, "dependsOn: no request of this batch has that id");
        item->needs |= 1u << (needed - batch->items);
    }
    return true;
}

static bool read_all_needs(struct batch *batch, const json_t *requests, struct error *err)
{
    for (size_t i = 0; i < batch->count; i++)
        if (!read_needs(batch, json_array_get(requests, i), &batch->items[i], err))
            return error_context(err, "requests[%zu]", i);
    return true;
}

/* The first that is not placed and needs none that is not; count when there is none. */
static size_t find_ready(const struct batch *batch, uint32_t placed)
{
    size_t i = 0;
    while (i < batch->count && (placed >> i & 1 || batch->items[i].needs & ~placed))
        i++;
    return i;
}

static bool make_order(struct batch *batch, struct error *err)
{
    uint32_t placed = 0;
    for (size_t n = 0; n < batch->count; n++) {
        size_t ready = find_ready(batch, placed);
        if (ready == batch->count)
            return fail(err, ERR_INVALID,
                        "dependsOn: the requests wait for each other in a circle");
        batch->order[n] = ready;
        placed |= 1u << ready;
    }
    return true;
}

bool batch_read(const json_t *json, const char *version, struct arena *arena, struct batch *out,
                struct error *err)
{
    const json_t *requests = json_object_get(json, "requests");
    size_t size = json_array_size(requests);
    struct reading reading = { version, arena, out };
    *out = (struct batch){ .count = 0 };
    if (size == 0 || size > BATCH_ITEMS_MAX)
        return fail(err, ERR_INVALID, "requests: a list of 1 to %d requests is needed",
                    BATCH_ITEMS_MAX);
    return read_items(&reading, requests, err) && read_all_needs(out, requests, err) &&
           make_order(out, err);
}
