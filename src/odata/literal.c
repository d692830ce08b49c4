#include "odata/literal.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "base/times.h"
#include "odata/serial.h"

#include <ctype.h>
#include <string.h>

static bool refuse_value(const struct property *property, const char *must_be, struct error *err)
{
    return fail(err, ERR_INVALID, "$filter: '%s' is compared with %s", property->name, must_be);
}

struct literal {
    enum token_kind kind;
    const char *text;
    struct arena *arena;
};

/* A GUID may stand without quotes; ids are stored in lower case. */
static const char *lower(struct arena *arena, const char *text)
{
    char *copy = arena_text(arena, text);
    for (char *p = copy; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    return copy;
}

typedef bool literal_fn(const struct property *property, const struct literal *literal,
                        struct value *out, struct error *err);

static bool read_text_value(const struct property *property, const struct literal *literal,
                            struct value *out, struct error *err)
{
    bool is_guid = literal->kind == TOKEN_WORD && text_is_uuid(literal->text);
    if (literal->kind != TOKEN_STRING && !is_guid)
        return refuse_value(property, "a text in single quotes", err);
    *out = V_TEXT(is_guid ? lower(literal->arena, literal->text) : literal->text);
    return true;
}

static bool read_int_value(const struct property *property, const struct literal *literal,
                           struct value *out, struct error *err)
{
    int64_t number;
    if (literal->kind != TOKEN_WORD || !text_int(literal->text, INT32_MIN, INT32_MAX, &number))
        return refuse_value(property, "a whole number", err);
    *out = V_INT(number);
    return true;
}

static bool read_bool_value(const struct property *property, const struct literal *literal,
                            struct value *out, struct error *err)
{
    bool is_true = text_equal(literal->text, "true");
    if (literal->kind != TOKEN_WORD || (!is_true && !text_equal(literal->text, "false")))
        return refuse_value(property, "true or false", err);
    *out = V_INT(is_true);
    return true;
}

static bool read_time_value(const struct property *property, const struct literal *literal,
                            struct value *out, struct error *err)
{
    time_t t;
    const char *midnight = arena_format(literal->arena, "%.10sT00:00:00Z", literal->text);
    bool is_date = strlen(literal->text) == strlen("2025-02-13");
    if (!times_parse(is_date ? midnight : literal->text, &t))
        return refuse_value(property, "a time such as 2025-02-13T10:17:06Z", err);
    *out = V_INT(t);
    return true;
}

static bool read_enum_value(const struct property *property, const struct literal *literal,
                            struct value *out, struct error *err)
{
    const struct enum_texts *texts = property->detail;
    int64_t number = literal->kind == TOKEN_STRING ? enum_from_text(texts, literal->text) : -1;
    if (number < 0)
        return fail(err, ERR_INVALID, "$filter: '%s' is compared with a member of %s in quotes",
                    property->name, texts->name);
    *out = V_INT(number);
    return true;
}

static bool read_hex_value(const struct property *property, const struct literal *literal,
                           struct value *out, struct error *err)
{
    struct bytes octets;
    if (literal->kind != TOKEN_STRING)
        return refuse_value(property, "hexadecimal digits in single quotes", err);
    if (!serial_from_text(literal->text, literal->arena, &octets, err))
        return error_context(err, "$filter: '%s'", property->name);
    *out = V_BLOB(octets);
    return true;
}

static literal_fn *const literals[] = {
    // clang-format off
    [PROPERTY_STRING]    = read_text_value,
    [PROPERTY_INT]       = read_int_value,
    [PROPERTY_BOOL]      = read_bool_value,
    [PROPERTY_TIME]      = read_time_value,
    [PROPERTY_ENUM]      = read_enum_value,
    [PROPERTY_BINARY]    = NULL,
    [PROPERTY_HEX]       = read_hex_value,
    [PROPERTY_STRINGS]   = NULL,
    [PROPERTY_COMPLEX]   = NULL,
    [PROPERTY_COMPLEXES] = NULL,
    [PROPERTY_DERIVED]   = NULL,
    // clang-format on
};

/* microsoft.graph.cloudCertificationAuthorityStatus'paused' is the same as 'paused'. */
static void skip_type_prefix(struct lexer *lexer, const struct property *property)
{
    const struct enum_texts *texts = property->detail;
    const char *text = lexer->token.text;
    if (property->type != PROPERTY_ENUM || lexer->token.kind != TOKEN_WORD || *lexer->rest != '\'')
        return;
    const char *dot = strrchr(text, '.');
    if (text_equal(dot ? dot + 1 : text, texts->name))
        lexer_advance(lexer);
}

bool literal_is_possible(const struct property *property)
{
    return literals[property->type] != NULL;
}

bool literal_read(struct lexer *lexer, const struct property *property, struct value *out,
                  struct error *err)
{
    skip_type_prefix(lexer, property);
    const struct literal literal = { lexer->token.kind, lexer->token.text, lexer->arena };
    if (literal.kind != TOKEN_WORD && literal.kind != TOKEN_STRING)
        return fail(err, ERR_INVALID, "$filter: a value must follow '%s'", property->name);
    if (lexer_is(lexer, "null"))
        *out = V_NULL; /* store/ knows how the column says so */
    else if (!literals[property->type](property, &literal, out, err))
        return false;
    lexer_advance(lexer);
    return true;
}
