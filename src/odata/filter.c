#include "odata/filter.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "base/times.h"
#include "odata/serial.h"

#include <string.h>

/* A lexer and a recursive descent; the grammar:
 *     all        = one *( "and" one )
 *     one        = "(" all ")" / comparison
 *     comparison = property "eq" literal
 */

enum { WORD_OCTETS_SHOWN = 64 };

enum token_kind {
    TOKEN_END,
    TOKEN_WORD,
    TOKEN_STRING,
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_COMMA,
    TOKEN_BROKEN
};

struct token {
    enum token_kind kind;
    const char *text; /* of a word, or a string without quotes */
};

struct parser {
    const char *rest;
    struct token token; /* the one looked at */
    const struct entity *entity;
    struct arena *arena;
    unsigned depth;
    unsigned comparisons;
};

/* What OData has and this cut has not: named in the refusal instead of "syntax error". */
static const char *const other_operators[] = { "ne", "gt",  "ge",  "lt",  "le",  "has",
                                               "in", "add", "sub", "mul", "div", "mod" };

static const struct token broken = { TOKEN_BROKEN, "" };

/* A quote within is doubled; the closing one is consumed. */
static struct token read_string(struct parser *parser)
{
    char *text = arena_take(parser->arena, strlen(parser->rest) + 1);
    size_t len = 0;
    for (const char *p = parser->rest + 1; *p; p++) {
        if (*p == '\'' && p[1] != '\'') {
            parser->rest = p + 1;
            return (struct token){ TOKEN_STRING, text };
        }
        p += *p == '\'';
        text[len++] = *p;
    }
    return broken;
}

static struct token read_word(struct parser *parser)
{
    size_t len = strcspn(parser->rest, " \t(),'");
    const char *text =
        arena_text_of(parser->arena, (struct bytes){ (const uint8_t *)parser->rest, len });
    parser->rest += len;
    return (struct token){ TOKEN_WORD, text };
}

static void advance(struct parser *parser)
{
    static const char marks[] = "(),";
    static const enum token_kind kinds[] = { TOKEN_OPEN, TOKEN_CLOSE, TOKEN_COMMA };
    parser->rest += strspn(parser->rest, " \t");
    const char *mark = *parser->rest ? strchr(marks, *parser->rest) : NULL;
    if (!*parser->rest)
        parser->token = (struct token){ TOKEN_END, "" };
    else if (mark)
        parser->token = (struct token){ kinds[mark - marks], (parser->rest++, "") };
    else if (*parser->rest == '\'')
        parser->token = read_string(parser);
    else
        parser->token = read_word(parser);
}

static bool token_is(const struct parser *parser, const char *word)
{
    return parser->token.kind == TOKEN_WORD && text_equal(parser->token.text, word);
}

static bool refuse_value(const struct property *property, const char *must_be, struct error *err)
{
    return fail(err, ERR_INVALID, "$filter: '%s' is compared with %s", property->name, must_be);
}

/* ---- literals, one reader per type ---- */

struct literal {
    enum token_kind kind;
    const char *text;
    struct arena *arena;
};

typedef bool literal_fn(const struct property *property, const struct literal *literal,
                        struct value *out, struct error *err);

static bool read_text_value(const struct property *property, const struct literal *literal,
                            struct value *out, struct error *err)
{
    if (literal->kind != TOKEN_STRING)
        return refuse_value(property, "a text in single quotes", err);
    *out = V_TEXT(literal->text);
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
    if (!times_parse(literal->text, &t))
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
static void skip_type_prefix(struct parser *parser, const struct property *property)
{
    const struct enum_texts *texts = property->detail;
    const char *text = parser->token.text;
    if (property->type != PROPERTY_ENUM || parser->token.kind != TOKEN_WORD ||
        *parser->rest != '\'')
        return;
    if (text_starts_with(text, "microsoft.graph."))
        text += strlen("microsoft.graph.");
    if (text_equal(text, texts->name))
        advance(parser);
}

static bool read_literal(struct parser *parser, const struct property *property, struct value *out,
                         struct error *err)
{
    skip_type_prefix(parser, property);
    struct literal literal = { parser->token.kind, parser->token.text, parser->arena };
    if (literal.kind != TOKEN_WORD && literal.kind != TOKEN_STRING)
        return fail(err, ERR_INVALID, "$filter: a value must follow '%s eq'", property->name);
    if (token_is(parser, "null"))
        *out = V_NULL; /* store/ knows how the column says so */
    else if (!literals[property->type](property, &literal, out, err))
        return false;
    advance(parser);
    return true;
}

/* ---- grammar ---- */

static bool is_other_operator(const char *word)
{
    for (size_t i = 0; i < ARRAY_LEN(other_operators); i++)
        if (text_equal(other_operators[i], word))
            return true;
    return false;
}

/* startswith(displayName,'x'): names both when the first argument is a property. */
static bool refuse_function(struct parser *parser, const char *function, struct error *err)
{
    advance(parser);
    const char *argument = parser->token.kind == TOKEN_WORD ? parser->token.text : "its argument";
    return fail(err, ERR_INVALID, "$filter: '%.*s' is not supported on '%.*s'", WORD_OCTETS_SHOWN,
                function, WORD_OCTETS_SHOWN, argument);
}

static bool read_operator(struct parser *parser, const struct property *property, struct error *err)
{
    if (token_is(parser, "eq") && literals[property->type] && (property->flags & FILTER)) {
        advance(parser);
        return true;
    }
    if (token_is(parser, "eq") ||
        (parser->token.kind == TOKEN_WORD && is_other_operator(parser->token.text)))
        return fail(err, ERR_INVALID, "$filter: operator '%s' is not supported on '%s'",
                    parser->token.text, property->name);
    return fail(err, ERR_INVALID, "$filter: an operator such as eq must follow '%s'",
                property->name);
}

static const struct filter *parse_comparison(struct parser *parser, struct error *err)
{
    const char *word = parser->token.text;
    if (parser->token.kind != TOKEN_WORD)
        return fail_null(err, ERR_INVALID, "$filter: a comparison begins with a property");
    if (text_equal(word, "not"))
        return fail_null(err, ERR_INVALID, "$filter: 'not' is not supported");
    if (++parser->comparisons > FILTER_COMPARISONS_MAX)
        return fail_null(err, ERR_INVALID, "$filter: more than %d comparisons",
                         FILTER_COMPARISONS_MAX);
    advance(parser);
    if (parser->token.kind == TOKEN_OPEN) {
        (void)refuse_function(parser, word, err);
        return NULL;
    }
    const struct property *property = property_find(parser->entity, word);
    if (!property)
        return fail_null(err, ERR_INVALID, "$filter: %s has no property '%.*s'",
                         parser->entity->name, WORD_OCTETS_SHOWN, word);
    struct filter *filter = arena_take(parser->arena, sizeof *filter);
    filter->operator= FILTER_EQ;
    filter->property = property;
    bool is_good =
        read_operator(parser, property, err) && read_literal(parser, property, &filter->value, err);
    return is_good ? filter : NULL;
}

static bool open_group(struct parser *parser, struct error *err)
{
    if (++parser->depth > FILTER_DEPTH_MAX)
        return fail(err, ERR_INVALID, "$filter: nested deeper than %d", FILTER_DEPTH_MAX);
    advance(parser);
    return true;
}

static bool close_group(struct parser *parser, struct error *err)
{
    if (parser->token.kind != TOKEN_CLOSE)
        return fail(err, ERR_INVALID, "$filter: a ')' is missing");
    parser->depth--;
    advance(parser);
    return true;
}

static const struct filter *both_of(struct parser *parser, const struct filter *left,
                                    const struct filter *right)
{
    if (!left)
        return right;
    struct filter *both = arena_take(parser->arena, sizeof *both);
    *both = (struct filter){ .operator= FILTER_AND, .left = left, .right = right };
    return both;
}

static const struct filter *parse_all(struct parser *parser, struct error *err)
{
    const struct filter *all = NULL;
    for (;;) {
        const struct filter *one = NULL;
        if (parser->token.kind != TOKEN_OPEN)
            one = parse_comparison(parser, err);
        else if (open_group(parser, err) && (one = parse_all(parser, err)) &&
                 !close_group(parser, err))
            return NULL;
        if (!one)
            return NULL;
        all = both_of(parser, all, one);
        if (!token_is(parser, "and"))
            return all;
        advance(parser);
    }
}

const struct filter *filter_parse(const char *text, const struct entity *entity,
                                  struct arena *arena, struct error *err)
{
    struct parser parser = { .rest = text, .entity = entity, .arena = arena };
    if (strnlen(text, FILTER_OCTETS_MAX + 1) > FILTER_OCTETS_MAX)
        return fail_null(err, ERR_INVALID, "$filter: longer than %d octets", FILTER_OCTETS_MAX);
    advance(&parser);
    const struct filter *filter = parse_all(&parser, err);
    if (!filter || parser.token.kind == TOKEN_END)
        return filter;
    if (parser.token.kind == TOKEN_WORD)
        return fail_null(err, ERR_INVALID, "$filter: '%.*s' is not supported here",
                         WORD_OCTETS_SHOWN, parser.token.text);
    return fail_null(err, ERR_INVALID, "$filter: something is left over at its end");
}
