#include "odata/lexer.h"

#include "base/arena.h"
#include "base/text.h"

#include <string.h>

static const struct token broken = { TOKEN_BROKEN, "" };

/* A quote within is doubled; the closing one is consumed. */
static struct token read_string(struct lexer *lexer)
{
    char *text = arena_take(lexer->arena, strlen(lexer->rest) + 1);
    size_t len = 0;
    for (const char *p = lexer->rest + 1; *p; p++) {
        if (*p == '\'' && p[1] != '\'') {
            lexer->rest = p + 1;
            return (struct token){ TOKEN_STRING, text };
        }
        p += *p == '\'';
        text[len++] = *p;
    }
    return broken;
}

static struct token read_word(struct lexer *lexer)
{
    size_t len = strcspn(lexer->rest, " \t(),'");
    const char *text =
        arena_text_of(lexer->arena, (struct bytes){ (const uint8_t *)lexer->rest, len });
    lexer->rest += len;
    return (struct token){ TOKEN_WORD, text };
}

struct lexer lexer_of(const char *text, struct arena *arena)
{
    struct lexer lexer = { .rest = text, .arena = arena };
    lexer_advance(&lexer);
    return lexer;
}

void lexer_advance(struct lexer *lexer)
{
    static const char marks[] = "(),";
    static const enum token_kind kinds[] = { TOKEN_OPEN, TOKEN_CLOSE, TOKEN_COMMA };
    lexer->rest += strspn(lexer->rest, " \t");
    const char *mark = *lexer->rest ? strchr(marks, *lexer->rest) : NULL;
    if (!*lexer->rest)
        lexer->token = (struct token){ TOKEN_END, "" };
    else if (mark)
        lexer->token = (struct token){ kinds[mark - marks], (lexer->rest++, "") };
    else if (*lexer->rest == '\'')
        lexer->token = read_string(lexer);
    else
        lexer->token = read_word(lexer);
}

bool lexer_is(const struct lexer *lexer, const char *word)
{
    return lexer->token.kind == TOKEN_WORD && text_equal(lexer->token.text, word);
}

const char *lexer_take_variable(struct lexer *lexer)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    const char *p = lexer->rest + strspn(lexer->rest, " \t");
    size_t len = strspn(p, letters);
    const char *behind = p + len + strspn(p + len, " \t");
    if (len == 0 || *behind != ':')
        return NULL;
    lexer->rest = behind + 1;
    return arena_text_of(lexer->arena, (struct bytes){ (const uint8_t *)p, len });
}
