#include "cli/command.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { OPTIONS_GIVEN_MAX = 256, ARGUMENTS_MAX = 64 };

struct given {
    const struct option_row *row;
    const char *value;
};

struct command_line {
    const struct command *command;
    local_access_fn *local_access;
    struct given given[OPTIONS_GIVEN_MAX];
    size_t given_count;
    const char *arguments[ARGUMENTS_MAX];
    size_t argument_count;
    const char *list[OPTIONS_GIVEN_MAX];
};

static const struct option_row remote_options[] = {
    // clang-format off
    { "url",     OPTION_TEXT, "URL",   "address of the API (CLOUDPKI_URL)" },
    { "token",   OPTION_TEXT, "TOKEN", "access token (CLOUDPKI_TOKEN)" },
    { "ca-file", OPTION_TEXT, "FILE",  "root certificate of the API in PEM (CLOUDPKI_CA_FILE)" },
    { "data",    OPTION_TEXT, "DIR",   "data directory: gives address, root and a short token" },
    { "json",    OPTION_FLAG, NULL,    "print JSON instead of a table" },
    { 0 },
    // clang-format on
};

static const struct option_row common_options[] = {
    { "help", OPTION_FLAG, NULL, "print this text" },
    { 0 },
};

static const struct option_row *find_in(const struct option_row *rows, const char *name, size_t len)
{
    for (; rows && rows->name; rows++)
        if (strlen(rows->name) == len && memcmp(rows->name, name, len) == 0)
            return rows;
    return NULL;
}

static const struct option_row *find_option(const struct command *command, const char *name,
                                            size_t len)
{
    const struct option_row *row = find_in(command->options, name, len);
    if (!row && command->is_remote)
        row = find_in(remote_options, name, len);
    return row ? row : find_in(common_options, name, len);
}

static void print_rows(const struct option_row *rows)
{
    for (; rows && rows->name; rows++) {
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", rows->name, rows->metavar ? " " : "",
                 rows->metavar ? rows->metavar : "");
        printf("  %-26s %s%s\n", left, rows->help,
               rows->type == OPTION_LIST ? "; may be repeated" : "");
    }
}

static int print_help(const struct command *command)
{
    printf("cloudpki %s - %s\n\nusage: cloudpki %s [OPTION]…%s%s\n\noptions:\n", command->name,
           command->summary, command->name, command->arguments ? " " : "",
           command->arguments ? command->arguments : "");
    print_rows(command->options);
    if (command->is_remote)
        print_rows(remote_options);
    print_rows(common_options);
    printf("\nexample:\n  %s\n", command->example);
    return EXIT_DONE;
}

static int print_commands(const struct command *const *tables, FILE *out)
{
    fputs("cloudpki - the certificate service that you run yourself\n\n"
          "usage: cloudpki COMMAND [OPTION]…\n\n",
          out);
    for (; *tables; tables++)
        for (const struct command *command = *tables; command->name; command++)
            fprintf(out, "  %-16s %s\n", command->name, command->summary);
    fputs("\ncloudpki COMMAND --help tells more, with an example.\n", out);
    return out == stdout ? EXIT_DONE : EXIT_MISUSED;
}

static bool is_in_group(const struct command *command, const char *group)
{
    size_t len = strlen(group);
    return strncmp(command->name, group, len) == 0 && command->name[len] == ' ';
}

/* "ca": what its commands are; NULL when no command begins with this word. */
static const struct command *find_group(const struct command *const *tables, const char *group)
{
    for (; *tables; tables++)
        for (const struct command *command = *tables; command->name; command++)
            if (is_in_group(command, group))
                return command;
    return NULL;
}

static int print_group(const struct command *const *tables, const char *group,
                       const struct command *first, FILE *out)
{
    fprintf(out, "usage: cloudpki %s COMMAND [OPTION]…\n\n", group);
    for (; *tables; tables++)
        for (const struct command *command = *tables; command->name; command++)
            if (is_in_group(command, group))
                fprintf(out, "  %-16s %s\n", command->name, command->summary);
    fprintf(out, "\ncloudpki %s --help tells more.\n\nexample:\n  %s\n", first->name,
            first->example);
    return out == stdout ? EXIT_DONE : EXIT_MISUSED;
}

/* What is no command: a group by itself tells its commands. */
static int answer_unknown(const struct command *const *tables, int argc, char **argv)
{
    const struct command *first = find_group(tables, argv[1]);
    bool has_word = first && argc > 2;
    if (has_word && strcmp(argv[2], "--help") == 0)
        return print_group(tables, argv[1], first, stdout);
    if (!first || has_word)
        fprintf(stderr, "cloudpki: there is no command '%s%s%s'\n\n", argv[1], has_word ? " " : "",
                has_word ? argv[2] : "");
    return first ? print_group(tables, argv[1], first, stderr) : print_commands(tables, stderr);
}

/* How many words of argv the command's name takes; 0 when it is another. */
static int words_matched(const struct command *command, int argc, char **argv)
{
    const char *rest = command->name;
    for (int words = 1; words < argc; words++) {
        size_t len = strcspn(rest, " ");
        if (strlen(argv[words]) != len || memcmp(argv[words], rest, len) != 0)
            return 0;
        rest += len;
        if (!*rest)
            return words;
        rest++;
    }
    return 0;
}

static const struct command *find_command(const struct command *const *tables, int argc,
                                          char **argv, int *words)
{
    for (; *tables; tables++)
        for (const struct command *command = *tables; command->name; command++) {
            *words = words_matched(command, argc, argv);
            if (*words > 0)
                return command;
        }
    return NULL;
}

/* One "--name", "--name=value" or "--name value"; advances *i past a value it takes. */
static int take_option(struct command_line *line, int argc, char **argv, int *i)
{
    const char *name = argv[*i] + 2;
    size_t len = strcspn(name, "=");
    const struct option_row *row = find_option(line->command, name, len);
    if (!row)
        return line_misused(line, "there is no option --%.*s", (int)len, name);
    const char *value = name[len] == '=' ? name + len + 1 : NULL;
    if (row->type == OPTION_FLAG && value)
        return line_misused(line, "--%s takes no value", row->name);
    if (row->type != OPTION_FLAG && !value) {
        if (*i + 1 >= argc)
            return line_misused(line, "--%s needs a value", row->name);
        value = argv[++*i];
    }
    if (row->type != OPTION_LIST && line_option(line, row->name))
        return line_misused(line, "--%s is given twice", row->name);
    if (line->given_count == OPTIONS_GIVEN_MAX)
        return line_misused(line, "too many options");
    line->given[line->given_count++] = (struct given){ row, value ? value : "" };
    return EXIT_DONE;
}

static int take_arguments(struct command_line *line, int argc, char **argv, int first)
{
    bool only_arguments = false;
    for (int i = first; i < argc; i++) {
        if (!only_arguments && strcmp(argv[i], "--") == 0) {
            only_arguments = true;
        } else if (!only_arguments && text_starts_with(argv[i], "--")) {
            int status = take_option(line, argc, argv, &i);
            if (status != EXIT_DONE)
                return status;
        } else if (line->argument_count == ARGUMENTS_MAX) {
            return line_misused(line, "too many arguments");
        } else {
            line->arguments[line->argument_count++] = argv[i];
        }
    }
    return EXIT_DONE;
}

int command_main(int argc, char **argv, const struct command *const *tables,
                 local_access_fn *local_access)
{
    if (argc < 2)
        return print_commands(tables, stderr);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)
        return print_commands(tables, stdout);
    if (strcmp(argv[1], "--version") == 0)
        return puts("cloudpki " CLOUDPKI_VERSION) < 0 ? EXIT_FAILED : EXIT_DONE;
    int words = 0;
    const struct command *command = find_command(tables, argc, argv, &words);
    if (!command)
        return answer_unknown(tables, argc, argv);
    struct command_line line = { .command = command, .local_access = local_access };
    int status = take_arguments(&line, argc, argv, words + 1);
    if (status != EXIT_DONE)
        return status;
    if (line_flag(&line, "help"))
        return print_help(command);
    if (line.argument_count < command->arguments_min)
        return line_misused(&line, "needs %s", command->arguments);
    if (line.argument_count > command->arguments_max)
        return line_misused(&line, "'%s' is one argument too many",
                            line.arguments[command->arguments_max]);
    return command->run(&line);
}

const char *line_option(const struct command_line *line, const char *name)
{
    for (size_t i = 0; i < line->given_count; i++)
        if (strcmp(line->given[i].row->name, name) == 0)
            return line->given[i].value;
    return NULL;
}

bool line_flag(const struct command_line *line, const char *name)
{
    return line_option(line, name) != NULL;
}

size_t line_list(const struct command_line *line, const char *name, const char *const **values)
{
    struct command_line *scratch = (struct command_line *)(uintptr_t)line;
    size_t count = 0;
    for (size_t i = 0; i < line->given_count; i++)
        if (strcmp(line->given[i].row->name, name) == 0)
            scratch->list[count++] = line->given[i].value;
    *values = line->list;
    return count;
}

const char *line_argument(const struct command_line *line, size_t index)
{
    return index < line->argument_count ? line->arguments[index] : NULL;
}

bool line_int(const struct command_line *line, const char *name, int64_t min, int64_t max,
              int64_t *out)
{
    const char *text = line_option(line, name);
    if (!text || text_int(text, min, max, out))
        return true;
    line_misused(line, "--%s must be a whole number from %lld to %lld", name, (long long)min,
                 (long long)max);
    return false;
}

bool line_duration(const struct command_line *line, const char *name, int64_t *seconds)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };

    const char *text = line_option(line, name);
    if (!text)
        return true;
    SCOPED(memory_free) char *digits = memory_text(text);
    int64_t factor = 1;
    size_t len = strlen(digits);
    for (size_t i = 0; len > 0 && i < ARRAY_LEN(units); i++)
        if (digits[len - 1] == units[i].unit) {
            factor = units[i].seconds;
            digits[len - 1] = '\0';
            break;
        }
    if (!text_int(digits, 1, 3650L * 86400 / factor, seconds)) {
        line_misused(line, "--%s must be a time such as 90s, 15m, 1h or 7d", name);
        return false;
    }
    *seconds *= factor;
    return true;
}

bool line_access(const struct command_line *line, struct arena *arena, struct access *out,
                 struct error *err)
{
    *out = (struct access){ .url = line_option(line, "url"),
                            .token = line_option(line, "token"),
                            .ca_file = line_option(line, "ca-file") };
    return line->local_access(line_option(line, "data"), arena, out, err);
}

int line_misused(const struct command_line *line, const char *format, ...)
{
    va_list arguments;
    fprintf(stderr, "cloudpki %s: ", line->command->name);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\nsee cloudpki %s --help\n", line->command->name);
    return EXIT_MISUSED;
}

int line_failed(const struct command_line *line, const struct error *err)
{
    fprintf(stderr, "cloudpki %s: %s\n", line->command->name, err->message);
    return EXIT_FAILED;
}
