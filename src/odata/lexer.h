/*
 * lexer - words of $filter and $search; OData ABNF, cut down to what they need.
 */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>

struct arena;

enum token_kind {
    TOKEN_END,
    TOKEN_WORD,
    TOKEN_STRING,
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_COMMA,
    TOKEN_BROKEN /* a text without its closing quote */
};

struct token {
    enum token_kind kind;
    const char *text; /* of a word, or a text without its quotes */
};

struct lexer {
    const char *rest;
    struct token token; /* the one looked at */
    struct arena *arena;
};

struct lexer lexer_of(const char *text, struct arena *arena); /* looks at the first token */
void lexer_advance(struct lexer *lexer);
bool lexer_is(const struct lexer *lexer, const char *word);

/* A name right behind what was looked at, such as the variable of any(x:…), NULL without. */
const char *lexer_take_variable(struct lexer *lexer);
