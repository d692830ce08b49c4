#include "cli/remote.h"

#include "base/arena.h"
#include "base/bytes.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_OCTETS_MAX = 64 * 1024 * 1024, TIMEOUT_S = 120, CELL_WIDTH_MAX = 60 };

static size_t keep(char *data, size_t size, size_t count, void *context)
{
    struct buf *out = context;
    buf_add(out, (struct bytes){ (const uint8_t *)data, size * count });
    return buf_ok(out) ? size * count : 0;
}

static void free_list(struct curl_slist *list)
{
    curl_slist_free_all(list);
}
DEFINE_SCOPED(struct curl_slist *, free_list)
DEFINE_SCOPED(CURL *, curl_easy_cleanup)

static struct curl_slist *headers_for(const struct access *access, bool has_body,
                                      struct arena *arena)
{
    struct curl_slist *headers = NULL;
    if (access->token)
        headers = curl_slist_append(headers,
                                    arena_format(arena, "Authorization: Bearer %s", access->token));
    if (has_body)
        headers = curl_slist_append(headers, "Content-Type: application/json");
    return curl_slist_append(headers, "Expect:");
}

static bool exchange(const struct access *access, const char *method, const char *url,
                     const char *body, struct buf *out, long *status, struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    SCOPED(curl_easy_cleanup) CURL *curl = curl_easy_init();
    SCOPED(free_list) struct curl_slist *headers = headers_for(access, body != NULL, arena);
    char why[CURL_ERROR_SIZE] = "";
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http");
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)TIMEOUT_S);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    if (access->ca_file)
        curl_easy_setopt(curl, CURLOPT_CAINFO, access->ca_file);
    if (body)
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    if (curl_easy_perform(curl) != CURLE_OK)
        return fail(err, ERR_BUSY, "%s: %s", url, *why ? why : "no answer");
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, status);
    return true;
}

static bool refused(const json_t *answer, long status, struct error *err)
{
    const char *message =
        json_string_value(json_object_get(json_object_get(answer, "error"), "message"));
    enum error_code code = status == 404   ? ERR_NOT_FOUND
                           : status >= 500 ? ERR_INTERNAL
                                           : ERR_INVALID;
    return fail(err, code, "%s (HTTP %ld)", message ? message : "refused without a reason", status);
}

static bool call_url(const struct access *access, const char *method, const char *url,
                     const json_t *body, json_t **answer, struct error *err)
{
    SCOPED(buf_free) struct buf *out = buf_new(ANSWER_OCTETS_MAX);
    char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    long status = 0;
    bool ok = exchange(access, method, url, text, out, &status, err);
    free(text);
    if (!ok)
        return false;
    *answer = NULL;
    struct error unreadable = { .code = ERR_NONE };
    if (buf_len(out) > 0)
        *answer = json_read(buf_bytes(out), &unreadable);
    if (status >= 200 && status < 300)
        return *answer || buf_len(out) == 0 ||
               fail(err, ERR_MALFORMED, "%s: %s", url, unreadable.message);
    refused(*answer, status, err);
    json_decref(*answer);
    *answer = NULL;
    return false;
}

bool remote_call(const struct access *access, const char *method, const char *path,
                 const json_t *body, json_t **answer, struct error *err)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    return call_url(access, method, arena_format(arena, "%s%s", access->url, path), body, answer,
                    err);
}

bool remote_get(const struct access *access, const char *url, struct buf *out, struct error *err)
{
    long status = 0;
    struct access open = { .url = access->url, .token = NULL, .ca_file = access->ca_file };
    if (!exchange(&open, "GET", url, NULL, out, &status, err))
        return false;
    return status == 200 || fail(err, ERR_NOT_FOUND, "%s: HTTP %ld", url, status);
}

const char *remote_escape(struct arena *arena, const char *text)
{
    SCOPED(buf_free) struct buf *out = buf_new(8192);
    percent_encode(text, out);
    return arena_text(arena, buf_text(out));
}

static const char *cell(const json_t *object, const char *member, char number[32])
{
    const json_t *value = json_object_get(object, member);
    if (json_is_string(value))
        return json_string_value(value);
    if (json_is_boolean(value))
        return json_is_true(value) ? "yes" : "no";
    if (!json_is_integer(value))
        return "-";
    snprintf(number, 32, "%lld", (long long)json_integer_value(value));
    return number;
}

static int width_of(const json_t *rows, const struct column *column)
{
    size_t width = strlen(column->title);
    size_t i;
    const json_t *row;
    char number[32];
    json_array_foreach(rows, i, row)
    {
        size_t len = text_characters(cell(row, column->member, number));
        width = len > width ? len : width;
    }
    return (int)(width > CELL_WIDTH_MAX ? CELL_WIDTH_MAX : width);
}

/* Control characters of a peer never reach the terminal. */
static void print_cell(const char *text, int width)
{
    size_t used = text_characters(text);
    for (const char *p = text; *p; p++)
        putchar((unsigned char)*p < 0x20 || *p == 0x7f ? '?' : *p);
    for (; used < (size_t)width; used++)
        putchar(' ');
}

static void print_row(const json_t *row, const struct column *columns, const int *widths)
{
    char number[32];
    for (size_t i = 0; columns[i].member; i++) {
        const char *text = row ? cell(row, columns[i].member, number) : columns[i].title;
        print_cell(text, columns[i + 1].member ? widths[i] : 0);
        fputs(columns[i + 1].member ? "  " : "\n", stdout);
    }
}

void remote_print_table(const json_t *rows, const struct column *columns)
{
    int widths[16];
    for (size_t i = 0; columns[i].member; i++)
        widths[i] = width_of(rows, &columns[i]);
    print_row(NULL, columns, widths);
    size_t i;
    const json_t *row;
    json_array_foreach(rows, i, row)
    {
        print_row(row, columns, widths);
    }
}

void remote_print_object(const json_t *object, const struct column *columns)
{
    char number[32];
    const char *notice = json_string_value(json_object_get(object, "@cloudpki.notice"));
    for (; columns->member; columns++) {
        printf("%-14s ", columns->title);
        print_cell(cell(object, columns->member, number), 0);
        putchar('\n');
    }
    if (notice) {
        putchar('\n');
        print_cell(notice, 0);
        putchar('\n');
    }
}

void remote_print_json(const json_t *json)
{
    json_dumpf(json, stdout, JSON_INDENT(2));
    putchar('\n');
}

int remote_run(struct command_line *line, const char *method, const char *path, const json_t *body,
               const struct column *columns)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct error err = { .code = ERR_NONE };
    struct access access;
    json_t *answer = NULL;
    if (!line_access(line, arena, &access, &err) ||
        !remote_call(&access, method, path, body, &answer, &err))
        return line_failed(line, &err);
    if (answer && line_flag(line, "json"))
        remote_print_json(answer);
    else if (answer)
        remote_print_object(answer, columns);
    json_decref(answer);
    return EXIT_DONE;
}

static bool fetch_pages(const struct access *access, const char *path, int64_t limit, json_t *rows,
                        struct arena *arena, struct error *err)
{
    const char *url = arena_format(arena, "%s%s", access->url, path);
    while (url && (int64_t)json_array_size(rows) < limit) {
        json_t *page = NULL;
        if (!call_url(access, "GET", url, NULL, &page, err))
            return false;
        json_array_extend(rows, json_object_get(page, "value"));
        url = arena_text(arena, json_string_value(json_object_get(page, "@odata.nextLink")));
        json_decref(page);
    }
    while ((int64_t)json_array_size(rows) > limit)
        json_array_remove(rows, json_array_size(rows) - 1);
    return true;
}

int remote_list(struct command_line *line, const char *path, int64_t limit,
                const struct column *columns)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct error err = { .code = ERR_NONE };
    struct access access;
    json_t *rows = json_array();
    bool ok = line_access(line, arena, &access, &err) &&
              fetch_pages(&access, path, limit, rows, arena, &err);
    if (ok && line_flag(line, "json"))
        remote_print_json(rows);
    else if (ok)
        remote_print_table(rows, columns);
    json_decref(rows);
    return ok ? EXIT_DONE : line_failed(line, &err);
}
