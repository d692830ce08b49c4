#include "graph/routes/batches.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "base/times.h"
#include "graph/batch.h"
#include "graph/errors.h"
#include "graph/exchange.h"
#include "graph/handle.h"
#include "graph/request.h"

enum {
    REPLIES_OCTETS_MAX = 16 * 1024 * 1024,
    SMALL_OCTETS_MAX = 64 * 1024, /* always fits: what is done must be told */
    TEXT_OCTETS_MAX = 2 * SMALL_OCTETS_MAX,
    BODY_OCTETS_MAX = REPLIES_OCTETS_MAX + BATCH_ITEMS_MAX * TEXT_OCTETS_MAX,
    HTTP_ERROR_MIN = 400
};

struct run {
    struct request *request; /* the batch's */
    struct result *result;
    struct json_writer writer;
    uint32_t failed; /* bit n: the n-th item */
};

static bool check_time(const struct request *request, struct error *err)
{
    if (times_monotonic_ms() < http_job_deadline_ms(request->exchange->job))
        return true;
    return fail(err, ERR_BUSY, "the time for this batch is over: it was not begun");
}

static bool run_item(const struct run *run, struct exchange *exchange, struct error *err)
{
    struct request *request = request_new(run->request->graph, exchange, run->request->now);
    request->caller = run->request->caller;
    bool is_good =
        check_time(run->request, err) && handle_open(request, err) && handle_run(request, err);
    request_close(request);
    return is_good;
}

static void refuse(const struct run *run, struct exchange *exchange, const struct error *err)
{
    http_log_error(run->request->exchange->job, err);
    errors_answer(exchange, err);
}

static void answer_item(struct run *run, const struct batch_item *item, struct exchange *exchange)
{
    struct error err = { .code = ERR_NONE };
    if (run->failed & item->needs)
        errors_answer_dependency(exchange);
    else if (!run_item(run, exchange, &err))
        refuse(run, exchange, &err);
}

/* The rest of the batch is answered all the same. */
static void check_room(const struct run *run, struct exchange *exchange)
{
    struct error err = { .code = ERR_NONE };
    size_t len = exchange->reply ? buf_len(exchange->reply) : 0;
    if (len <= SMALL_OCTETS_MAX || buf_len(run->writer.out) + len <= REPLIES_OCTETS_MAX)
        return;
    fail(&err, ERR_TOO_LARGE, "the replies of this batch are longer than %d octets: ask for less",
         REPLIES_OCTETS_MAX);
    exchange->header_count = 0;
    refuse(run, exchange, &err);
}

static void write_headers(struct json_writer *writer, const struct exchange *exchange)
{
    json_key(writer, "headers");
    json_open_object(writer);
    if (exchange->content_type)
        json_member(writer, "Content-Type", exchange->content_type);
    for (size_t i = 0; i < exchange->header_count; i++)
        json_member(writer, exchange->headers[i].name, exchange->headers[i].value);
    json_close_object(writer);
}

/* JSON as it is, all else as base64url (OData JSON §19.4). */
static void write_body(struct json_writer *writer, const struct exchange *exchange)
{
    struct bytes body = buf_bytes(exchange->reply);
    json_key(writer, "body");
    if (text_starts_with(exchange->content_type, "application/json")) {
        json_raw(writer, body);
        return;
    }
    SCOPED(buf_free) struct buf *text = buf_new(TEXT_OCTETS_MAX);
    base64url_encode(body, text);
    json_text(writer, buf_text(text));
}

static void write_item(struct run *run, const struct batch_item *item,
                       const struct exchange *exchange)
{
    struct json_writer *writer = &run->writer;
    json_open_object(writer);
    json_member(writer, "id", item->id);
    json_member_int(writer, "status", exchange->status);
    write_headers(writer, exchange);
    if (exchange->content_type && exchange->reply)
        write_body(writer, exchange);
    json_close_object(writer);
}

static void take_item(struct run *run, const struct batch *batch, size_t number)
{
    const struct batch_item *item = &batch->items[number];
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct exchange exchange = { .method = item->method,
                                 .path = item->path,
                                 .query = item->query,
                                 .json = item->body,
                                 .id = run->request->exchange->id,
                                 .arena = arena,
                                 .sent = item->headers };
    answer_item(run, item, &exchange);
    check_room(run, &exchange);
    if (exchange.is_secret)
        run->request->exchange->is_secret = true;
    if (exchange.status >= HTTP_ERROR_MIN)
        run->failed |= 1u << number;
    write_item(run, item, &exchange);
    exchange_clear(&exchange);
}

static void take_items(struct run *run, const struct batch *batch)
{
    json_open_object(&run->writer);
    json_key(&run->writer, "responses");
    json_open_array(&run->writer);
    for (size_t i = 0; i < batch->count; i++)
        take_item(run, batch, batch->order[i]);
    json_close_array(&run->writer);
    json_close_object(&run->writer);
}

bool batch_post(struct request *request, struct result *result, struct error *err)
{
    struct batch *batch = arena_take(request->arena, sizeof *batch);
    const char *version = route_version_text(request->target.version);
    if (!request->exchange->job)
        return fail(err, ERR_INVALID, "a batch may not stand in a batch");
    if (!batch_read(request->body, version, request->arena, batch, err))
        return false;
    result->document = buf_new(BODY_OCTETS_MAX);
    struct run run = { request, result, json_writer_to(result->document), 0 };
    take_items(&run, batch);
    return true;
}
