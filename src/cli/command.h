/*
 * command - the command line: one row per command, one row per option.
 *
 * Options are --name VALUE, --name=VALUE or flags; what is left are arguments. Every command has
 * --help, made from its rows, with an example. Exit status: 0, 1 (failed), 2 (misused).
 */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_MISUSED = 2 };

enum option_type { OPTION_TEXT, OPTION_FLAG, OPTION_LIST };

struct option_row {
    const char *name; /* without dashes; NULL ends a table */
    enum option_type type;
    const char *metavar; /* "ID"; NULL for flags */
    const char *help;
};

struct command_line;

struct command {
    const char *name;      /* "ca create"; NULL ends a table */
    const char *summary;   /* one line for the list */
    const char *arguments; /* "ID", "[NAME]"; NULL: none */
    unsigned arguments_min, arguments_max;
    const struct option_row *options; /* own ones; may be NULL */
    bool is_remote; /* speaks the API: also takes --url --token --ca-file --data --json */
    const char *example;
    int (*run)(struct command_line *line);
};

/* Where the API is and what lets us in; given on the command line or filled by local_access. */
struct access {
    const char *url; /* "https://127.0.0.1:8443" */
    const char *token;
    const char *ca_file; /* NULL: the system's roots */
};

/* Fills what is NULL, from the environment or a readable data directory (data may be NULL). */
typedef bool local_access_fn(const char *data, struct arena *arena, struct access *access,
                             struct error *err);

/* Finds the command and runs it; tables are searched in order. */
int command_main(int argc, char **argv, const struct command *const *tables,
                 local_access_fn *local_access);

/* ---- for run() ---- */

const char *line_option(const struct command_line *line, const char *name); /* NULL if not given */
bool line_flag(const struct command_line *line, const char *name);
size_t line_list(const struct command_line *line, const char *name, const char *const **values);
const char *line_argument(const struct command_line *line, size_t index); /* NULL if not given */

/* A whole number option; prints what is wrong and returns false. */
bool line_int(const struct command_line *line, const char *name, int64_t min, int64_t max,
              int64_t *out);

/* "90", "90s", "15m", "1h", "7d" to seconds; prints what is wrong and returns false. */
bool line_duration(const struct command_line *line, const char *name, int64_t *seconds);

/* Of a remote command; texts live in the arena. */
bool line_access(const struct command_line *line, struct arena *arena, struct access *out,
                 struct error *err) MUST_CHECK;

/* "cloudpki ca create: MESSAGE" on standard error; the exit status to return. */
int line_misused(const struct command_line *line, const char *format, ...) PRINTF_LIKE(2, 3);
int line_failed(const struct command_line *line, const struct error *err);
