#include "unit/unit.h"

#include "base/log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Runs with standard error in a file and returns what was written after the time. */
static const char *written(enum log_level level, const char *value, char *out, size_t room)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    int kept = dup(STDERR_FILENO);
    dup2(fileno(file), STDERR_FILENO);
    log_event(level, "test.done", { "left_out", NULL }, { "object", value });
    dup2(kept, STDERR_FILENO);
    close(kept);
    rewind(file);
    size_t len = fread(out, 1, room - 1, file);
    out[len] = '\0';
    fclose(file);
    const char *after = strchr(out, ' ');
    return after ? after + 1 : out;
}

TEST(log_line_is_key_and_value_with_foreign_text_escaped)
{
    static const char *const rows[][2] = {
        { "plain-1.2:3/", "plain-1.2:3/" },
        { "", "\"\"" },
        { "two words", "\"two words\"" },
        { "a=b", "\"a=b\"" },
        { "x\nlevel=error", "\"x\\nlevel=error\"" },
        { "say \"\\\"", "\"say \\\"\\\\\\\"\"" },
        { "\x1b[2J", "\"\\x1b[2J\"" },
        { "Zoë", "\"Zoë\"" },
        { "\xff", "\"\\xff\"" },
        { "\xc2\x9b", "\"\\xc2\\x9b\"" },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char expected[200];
        snprintf(expected, sizeof expected, "level=warning event=test.done object=%s\n",
                 rows[i][1]);
        char out[1000];
        assert_string_equal(written(LOG_WARNING, rows[i][0], out, sizeof out), expected);
    }
}

TEST(log_cuts_a_long_value_and_stays_one_line)
{
    static char value[10000];
    memset(value, 'x', sizeof value - 1);
    char out[20000];
    const char *line = written(LOG_INFO, value, out, sizeof out);
    assert_in_range(strlen(line), 2000, 2200);
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

TEST(log_drops_what_is_below_the_level)
{
    char out[1000];
    assert_string_equal(written(LOG_DEBUG, "x", out, sizeof out), "");
    log_set_level(LOG_DEBUG);
    assert_true(strlen(written(LOG_DEBUG, "x", out, sizeof out)) > 0);
    log_set_level(LOG_INFO);
}

TEST(log_gate_opens_once_a_second_and_counts_the_others)
{
    static const struct {
        int64_t now_ms;
        bool opens;
        unsigned left_out;
    } rows[] = {
        { 5000, true, 0 },  { 5000, false, 0 }, { 5999, false, 0 }, { 6000, true, 2 },
        { 6999, false, 0 }, { 9000, true, 1 },  { 10000, true, 0 },
    };
    struct log_gate gate = { 0 };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        unsigned left_out = 0;
        assert_int_equal(log_gate_opens(&gate, rows[i].now_ms, &left_out), rows[i].opens);
        assert_int_equal(left_out, rows[i].left_out);
    }
}

TEST(log_level_has_a_text)
{
    enum log_level level = LOG_INFO;
    assert_true(log_level_from_text("warning", &level) && level == LOG_WARNING);
    assert_false(log_level_from_text("WARN", &level));
    assert_false(log_level_from_text(NULL, &level));
}
