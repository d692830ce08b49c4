/* Conditional requests, RFC 9110 §13: what a cache already has is not sent again. */
#include "base/text.h"
#include "base/times.h"
#include "http/job.h"

#include <string.h>

/* RFC 9110 §13.1.2 compares weakly: the tag's W/ does not count. */
static const char *opaque(const char *etag)
{
    return etag[0] == 'W' && etag[1] == '/' ? etag + 2 : etag;
}

/* A list of entity tags; a tag is quoted and holds no quote. */
static bool lists_etag(const char *list, const char *etag)
{
    const char *wanted = opaque(etag);
    size_t len = strlen(wanted);
    for (const char *p = list + strspn(list, ", \t"); *p; p += strspn(p, ", \t")) {
        p = opaque(p);
        const char *end = *p == '"' ? strchr(p + 1, '"') : NULL;
        if (!end)
            return false;
        end++;
        if ((size_t)(end - p) == len && memcmp(p, wanted, len) == 0)
            return true;
        p = end;
    }
    return false;
}

static bool is_current(const struct http_job *job, const char *etag, time_t last_modified)
{
    const char *none_match = http_job_header(job, "If-None-Match");
    if (none_match)
        return text_equal(none_match, "*") || (etag && lists_etag(none_match, etag));
    const char *since_text = http_job_header(job, "If-Modified-Since");
    time_t since = 0;
    return since_text && last_modified > 0 && times_parse_http(since_text, &since) &&
           last_modified <= since;
}

bool http_reply_not_modified(struct http_job *job, const char *etag, time_t last_modified)
{
    if (etag)
        http_job_add_header(job, "ETag", etag);
    if (last_modified > 0) {
        char text[TIMES_TEXT_OCTETS];
        times_http_text(last_modified, text);
        http_job_add_header(job, "Last-Modified", text);
    }
    if ((job->method != HTTP_GET && job->method != HTTP_HEAD) ||
        !is_current(job, etag, last_modified))
        return false;
    http_reply(job, 304, NULL, BYTES_NONE);
    return true;
}
