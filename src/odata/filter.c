#include "odata/filter.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "odata/lexer.h"
#include "odata/literal.h"

#include <string.h>
#include <strings.h>

/* A recursive descent; the grammar:
 *     any        = all *( "or" all )
 *     all        = one *( "and" one )
 *     one        = "not" one / "(" any ")" / comparison
 *     comparison = property operator literal
 *                / property "in" "(" literal *( "," literal ) ")"
 *                / function "(" property "," literal ")" [ "eq" ( "true" / "false" ) ]
 *                / collection "/any(" [ variable ":" variable [ "/" member ] "eq" literal ] ")"
 */

enum { WORD_OCTETS_SHOWN = 64 };

struct parser {
    struct lexer lexer;
    const struct entity *entity;
    struct arena *arena;
    unsigned depth;
    unsigned values;
};

#define OF(type) (1u << PROPERTY_##type)

enum {
    EQUAL_TYPES = OF(STRING) | OF(INT) | OF(BOOL) | OF(TIME) | OF(ENUM) | OF(HEX),
    ORDER_TYPES = OF(STRING) | OF(INT) | OF(TIME),
};

/* Operators and functions, and the types of properties that have them. */
static const struct word {
    const char *text;
    enum filter_operator operator;
    unsigned types;
} operators[] = {
    // clang-format off
    { "eq", FILTER_EQ, EQUAL_TYPES },
    { "ne", FILTER_NE, EQUAL_TYPES },
    { "gt", FILTER_GT, ORDER_TYPES },
    { "ge", FILTER_GE, ORDER_TYPES },
    { "lt", FILTER_LT, ORDER_TYPES },
    { "le", FILTER_LE, ORDER_TYPES },
    { "in", FILTER_IN, EQUAL_TYPES & ~(unsigned)OF(BOOL) },
    { "has", FILTER_EQ, 0 }, /* these five are named in the refusal, no more */
    { "add", FILTER_EQ, 0 },
    { "sub", FILTER_EQ, 0 },
    { "mul", FILTER_EQ, 0 },
    { "div", FILTER_EQ, 0 },
    { "mod", FILTER_EQ, 0 },
    { 0 },
}, functions[] = {
    { "startswith", FILTER_STARTS_WITH, OF(STRING) },
    { "endswith",   FILTER_ENDS_WITH,   OF(STRING) },
    { "contains",   FILTER_CONTAINS,    OF(STRING) },
    { 0 },
    // clang-format on
};

/* Graph writes startswith and startsWith. */
static const struct word *word_of(const struct word *words, const char *text)
{
    const struct word *word = words;
    while (word->text && strcasecmp(word->text, text) != 0)
        word++;
    return word->text ? word : NULL;
}

static const struct filter *node(struct parser *parser, enum filter_operator operator,
                                 const struct filter * left, const struct filter *right)
{
    struct filter *filter = arena_take(parser->arena, sizeof *filter);
    *filter = (struct filter){ .operator= operator, .left = left, .right = right };
    return filter;
}

static struct filter *comparison_of(struct parser *parser, enum filter_operator operator,
                                    const struct property * property)
{
    struct filter *filter = arena_take(parser->arena, sizeof *filter);
    *filter = (struct filter){ .operator= operator, .property = property };
    return filter;
}

static bool count_value(struct parser *parser, struct error *err)
{
    return ++parser->values <= FILTER_VALUES_MAX ||
           fail(err, ERR_INVALID, "$filter: more than %d comparisons", FILTER_VALUES_MAX);
}

static bool take(struct parser *parser, enum token_kind kind, const char *mark, struct error *err)
{
    if (parser->lexer.token.kind != kind)
        return fail(err, ERR_INVALID, "$filter: a '%s' is missing", mark);
    lexer_advance(&parser->lexer);
    return true;
}

/* "actor/userPrincipalName": a nested value whose members have columns of the row. */
static const struct property *property_at(const struct parser *parser, const char *path)
{
    size_t len = strcspn(path, "/");
    const char *name = arena_text_of(parser->arena, (struct bytes){ (const uint8_t *)path, len });
    const struct property *property = property_find(parser->entity, name);
    if (!path[len] || !property)
        return property;
    bool is_flat = property->type == PROPERTY_COMPLEX && !property->column;
    return is_flat ? property_find(property->detail, path + len + 1) : NULL;
}

static const struct property *property_named(const struct parser *parser, const char *name,
                                             struct error *err)
{
    const struct property *property = property_at(parser, name);
    if (!property)
        return fail_null(err, ERR_INVALID, "$filter: %s has no property '%.*s'",
                         parser->entity->name, WORD_OCTETS_SHOWN, name);
    return property;
}

static bool check_operator(const struct word *word, const struct property *property,
                           const char *text, struct error *err)
{
    if (!word)
        return fail(err, ERR_INVALID, "$filter: an operator such as eq must follow '%s'",
                    property->name);
    if (!(word->types & 1u << property->type) || !(property->flags & FILTER) ||
        !literal_is_possible(property))
        return fail(err, ERR_INVALID, "$filter: operator '%s' is not supported on '%s'", text,
                    property->name);
    return true;
}

/* ---- comparisons ---- */

static const struct filter *read_list(struct parser *parser, const struct property *property,
                                      struct error *err)
{
    struct filter *filter = comparison_of(parser, FILTER_IN, property);
    struct value *values = arena_take(parser->arena, FILTER_VALUES_MAX * sizeof *values);
    if (!take(parser, TOKEN_OPEN, "(", err))
        return NULL;
    for (;;) {
        struct value value;
        if (!count_value(parser, err) || !literal_read(&parser->lexer, property, &value, err))
            return NULL;
        if (value.type == VALUE_NULL)
            return fail_null(err, ERR_INVALID, "$filter: null cannot be in the list of '%s'",
                             property->name);
        values[filter->value_count++] = value;
        if (parser->lexer.token.kind != TOKEN_COMMA)
            break;
        lexer_advance(&parser->lexer);
    }
    filter->values = values;
    return take(parser, TOKEN_CLOSE, ")", err) ? filter : NULL;
}

static const struct filter *parse_infix(struct parser *parser, const char *name, struct error *err)
{
    const struct property *property = property_named(parser, name, err);
    const char *text = parser->lexer.token.text;
    bool is_word = parser->lexer.token.kind == TOKEN_WORD;
    const struct word *word = is_word ? word_of(operators, text) : NULL;
    if (!property || !check_operator(word, property, text, err))
        return NULL;
    lexer_advance(&parser->lexer);
    if (word->operator== FILTER_IN)
        return read_list(parser, property, err);
    struct filter *filter = comparison_of(parser, word->operator, property);
    if (!literal_read(&parser->lexer, property, &filter->value, err))
        return NULL;
    bool is_order = (word->types & ORDER_TYPES) == word->types;
    if (is_order && filter->value.type == VALUE_NULL)
        return fail_null(err, ERR_INVALID, "$filter: operator '%s' does not compare '%s' with null",
                         word->text, property->name);
    return filter;
}

/* contains(a,'b') eq true is what some clients write. */
static const struct filter *parse_truth(struct parser *parser, const struct filter *filter,
                                        struct error *err)
{
    if (!lexer_is(&parser->lexer, "eq"))
        return filter;
    lexer_advance(&parser->lexer);
    bool is_true = lexer_is(&parser->lexer, "true");
    if (!is_true && !lexer_is(&parser->lexer, "false"))
        return fail_null(err, ERR_INVALID, "$filter: a function is compared with true or false");
    lexer_advance(&parser->lexer);
    return is_true ? filter : node(parser, FILTER_NOT, filter, NULL);
}

static const struct filter *parse_function(struct parser *parser, const char *name,
                                           struct error *err)
{
    const struct word *word = word_of(functions, name);
    lexer_advance(&parser->lexer); /* "(" */
    const char *argument = parser->lexer.token.text;
    if (!word || parser->lexer.token.kind != TOKEN_WORD)
        return fail_null(err, ERR_INVALID, "$filter: '%.*s' is not supported on '%.*s'",
                         WORD_OCTETS_SHOWN, name, WORD_OCTETS_SHOWN, argument);
    const struct property *property = property_named(parser, argument, err);
    if (!property || !check_operator(word, property, word->text, err))
        return NULL;
    lexer_advance(&parser->lexer);
    struct filter *filter = comparison_of(parser, word->operator, property);
    if (!take(parser, TOKEN_COMMA, ",", err) ||
        !literal_read(&parser->lexer, property, &filter->value, err) ||
        !take(parser, TOKEN_CLOSE, ")", err))
        return NULL;
    if (filter->value.type == VALUE_NULL)
        return fail_null(err, ERR_INVALID, "$filter: '%s' of '%s' takes a text in single quotes",
                         word->text, property->name);
    return parse_truth(parser, filter, err);
}

/* ---- any() ---- */

/* "x" names an item of a collection of texts, "x/name" a member of a nested value. */
static bool find_member(const char *path, const char *variable, struct filter *filter,
                        struct error *err)
{
    size_t len = strlen(variable);
    const struct property *property = filter->property;
    bool is_variable = strncmp(path, variable, len) == 0;
    if (is_variable && property->type == PROPERTY_STRINGS && path[len] == '\0')
        return true;
    if (is_variable && property->type == PROPERTY_COMPLEXES && path[len] == '/')
        filter->member = property_find(property->detail, path + len + 1);
    if (!filter->member || filter->member->type != PROPERTY_STRING)
        return fail(err, ERR_INVALID, "$filter: any() on '%s' cannot compare '%.*s'",
                    property->name, WORD_OCTETS_SHOWN, path);
    return true;
}

static bool read_item(struct parser *parser, const char *variable, struct filter *filter,
                      struct error *err)
{
    static const struct property item = { .name = "an item", .type = PROPERTY_STRING };
    const char *path = parser->lexer.token.text;
    if (parser->lexer.token.kind != TOKEN_WORD || !find_member(path, variable, filter, err))
        return false;
    lexer_advance(&parser->lexer);
    if (!lexer_is(&parser->lexer, "eq"))
        return fail(err, ERR_INVALID, "$filter: within any() on '%s' only eq is supported",
                    filter->property->name);
    lexer_advance(&parser->lexer);
    if (!literal_read(&parser->lexer, &item, &filter->value, err))
        return false;
    return filter->value.type != VALUE_NULL ||
           fail(err, ERR_INVALID, "$filter: an item of '%s' is never null", filter->property->name);
}

/* A collection that always has one item, which stands in columns of the row. */
static void use_column_of_item(struct filter *filter)
{
    if (filter->property->column || !filter->member)
        return;
    filter->operator= FILTER_EQ;
    filter->property = filter->member;
    filter->member = NULL;
}

static const struct filter *parse_any_item(struct parser *parser, const char *path,
                                           struct error *err)
{
    size_t len = (size_t)(strrchr(path, '/') - path);
    const char *name = arena_text_of(parser->arena, (struct bytes){ (const uint8_t *)path, len });
    const struct property *property = property_named(parser, name, err);
    if (!property)
        return NULL;
    bool is_collection = property->type == PROPERTY_STRINGS || property->type == PROPERTY_COMPLEXES;
    if (!is_collection || !(property->flags & FILTER) || !text_equal(path + len, "/any") ||
        parser->lexer.token.kind != TOKEN_OPEN)
        return fail_null(err, ERR_INVALID, "$filter: '%.*s' is not supported on '%s'",
                         WORD_OCTETS_SHOWN, path + len, property->name);
    struct filter *filter = comparison_of(parser, FILTER_ANY, property);
    const char *variable = lexer_take_variable(&parser->lexer);
    lexer_advance(&parser->lexer);
    if (!variable && !property->column)
        return fail_null(err, ERR_INVALID, "$filter: '%s/any' needs a comparison", name);
    if (variable && !read_item(parser, variable, filter, err)) {
        if (err->code == ERR_NONE)
            (void)fail(err, ERR_INVALID, "$filter: any() on '%s': variable:comparison", name);
        return NULL;
    }
    use_column_of_item(filter);
    return take(parser, TOKEN_CLOSE, ")", err) ? filter : NULL;
}

static const struct filter *parse_comparison(struct parser *parser, struct error *err)
{
    const char *word = parser->lexer.token.text;
    if (parser->lexer.token.kind != TOKEN_WORD)
        return fail_null(err, ERR_INVALID, "$filter: a comparison begins with a property");
    if (!count_value(parser, err))
        return NULL;
    lexer_advance(&parser->lexer);
    bool is_call = parser->lexer.token.kind == TOKEN_OPEN;
    if (is_call && strchr(word, '/'))
        return parse_any_item(parser, word, err);
    if (is_call)
        return parse_function(parser, word, err);
    return parse_infix(parser, word, err);
}

/* ---- joining ---- */

static bool go_deeper(struct parser *parser, struct error *err)
{
    if (++parser->depth > FILTER_DEPTH_MAX)
        return fail(err, ERR_INVALID, "$filter: nested deeper than %d", FILTER_DEPTH_MAX);
    lexer_advance(&parser->lexer);
    return true;
}

static const struct filter *parse_any(struct parser *parser, struct error *err);

static const struct filter *parse_one(struct parser *parser, struct error *err)
{
    bool is_not = lexer_is(&parser->lexer, "not");
    if (!is_not && parser->lexer.token.kind != TOKEN_OPEN)
        return parse_comparison(parser, err);
    if (!go_deeper(parser, err))
        return NULL;
    const struct filter *inner = is_not ? parse_one(parser, err) : parse_any(parser, err);
    parser->depth--;
    if (!inner)
        return NULL;
    if (is_not)
        return node(parser, FILTER_NOT, inner, NULL);
    return take(parser, TOKEN_CLOSE, ")", err) ? inner : NULL;
}

static const struct filter *parse_all(struct parser *parser, struct error *err)
{
    const struct filter *all = parse_one(parser, err);
    while (all && lexer_is(&parser->lexer, "and")) {
        lexer_advance(&parser->lexer);
        const struct filter *one = parse_one(parser, err);
        all = one ? node(parser, FILTER_AND, all, one) : NULL;
    }
    return all;
}

static const struct filter *parse_any(struct parser *parser, struct error *err)
{
    const struct filter *any = parse_all(parser, err);
    while (any && lexer_is(&parser->lexer, "or")) {
        lexer_advance(&parser->lexer);
        const struct filter *all = parse_all(parser, err);
        any = all ? node(parser, FILTER_OR, any, all) : NULL;
    }
    return any;
}

const struct filter *filter_parse(const char *text, const struct entity *entity,
                                  struct arena *arena, struct error *err)
{
    if (strnlen(text, FILTER_OCTETS_MAX + 1) > FILTER_OCTETS_MAX)
        return fail_null(err, ERR_INVALID, "$filter: longer than %d octets", FILTER_OCTETS_MAX);
    struct parser parser = { .lexer = lexer_of(text, arena), .entity = entity, .arena = arena };
    const struct filter *filter = parse_any(&parser, err);
    if (!filter || parser.lexer.token.kind == TOKEN_END)
        return filter;
    if (parser.lexer.token.kind == TOKEN_WORD)
        return fail_null(err, ERR_INVALID, "$filter: '%.*s' is not supported here",
                         WORD_OCTETS_SHOWN, parser.lexer.token.text);
    return fail_null(err, ERR_INVALID, "$filter: something is left over at its end");
}
