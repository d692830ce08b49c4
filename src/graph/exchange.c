#include "graph/exchange.h"

#include "base/text.h"

#include <assert.h>

struct exchange exchange_of_job(struct http_job *job)
{
    return (struct exchange){
        .method = http_job_method(job),
        .path = http_job_path(job),
        .query = http_job_query(job),
        .body = http_job_body(job),
        .id = http_job_id(job),
        .arena = http_job_arena(job),
        .job = job,
    };
}

const char *exchange_header(const struct exchange *exchange, const char *name)
{
    if (exchange->job)
        return http_job_header(exchange->job, name);
    for (const struct header *header = exchange->sent; header->name; header++)
        if (text_equal_caseless(header->name, name))
            return header->value;
    return NULL;
}

void exchange_add_header(struct exchange *exchange, const char *name, const char *value)
{
    assert(exchange->header_count < EXCHANGE_HEADERS_MAX);
    exchange->headers[exchange->header_count++] = (struct header){ name, value };
}

void exchange_answer(struct exchange *exchange, int status, const char *content_type,
                     struct buf *reply)
{
    buf_free(exchange->reply);
    exchange->status = status;
    exchange->content_type = content_type;
    exchange->reply = reply;
}

void exchange_send(struct exchange *exchange, struct http_job *job)
{
    struct bytes body = exchange->reply ? buf_bytes(exchange->reply) : (struct bytes){ NULL, 0 };
    for (size_t i = 0; i < exchange->header_count; i++)
        http_job_add_header(job, exchange->headers[i].name, exchange->headers[i].value);
    struct buf *reply = exchange->reply; /* the job, and exchange with it, ends with the reply */
    exchange->reply = NULL;
    http_reply(job, exchange->status, exchange->content_type, body);
    buf_free(reply);
}

void exchange_clear(struct exchange *exchange)
{
    buf_free(exchange->reply);
    exchange->reply = NULL;
}
