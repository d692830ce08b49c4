/*
 * remote - one call to the API over HTTPS, and what to show of its answer.
 *
 * Errors carry the API's own sentence. Nothing here knows more than any other client could.
 */
#pragma once

#include "base/attributes.h"
#include "cli/command.h"

#include <jansson.h>
#include <stdbool.h>

struct arena;
struct buf;
struct error;

#define CA_PATH "/beta/deviceManagement/cloudCertificationAuthority"

/* path begins with a slash; body may be NULL. *answer is owned by the caller, NULL for 204. */
bool remote_call(const struct access *access, const char *method, const char *path,
                 const json_t *body, json_t **answer, struct error *err) MUST_CHECK;

/* A plain GET of any URL into out. */
bool remote_get(const struct access *access, const char *url, struct buf *out,
                struct error *err) MUST_CHECK;

/* Percent-encodes one path segment or value. */
const char *remote_escape(struct arena *arena, const char *text);

struct column {
    const char *title;
    const char *member; /* of the JSON object; NULL ends a table */
};

/* Rows of an array as a table. */
void remote_print_table(const json_t *rows, const struct column *columns);
/* Members of one object, one a line. */
void remote_print_object(const json_t *object, const struct column *columns);
void remote_print_json(const json_t *json);

/* Calls, prints and gives the exit status: the whole of most commands. */
int remote_run(struct command_line *line, const char *method, const char *path, const json_t *body,
               const struct column *columns);

/* The same for a collection, following nextLink up to `limit` rows. */
int remote_list(struct command_line *line, const char *path, int64_t limit,
                const struct column *columns);
