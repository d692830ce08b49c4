#include "store/migrate.h"

#include "base/bytes.h"
#include "base/times.h"
#include "store/engine.h"
#include "store/keep.h"

#include <string.h>

enum { SQL_OCTETS_MAX = 1024 * 1024 };

static const char make_table[] = "CREATE TABLE IF NOT EXISTS migrations (\n"
                                 "    number {int} PRIMARY KEY,\n"
                                 "    name {text} NOT NULL,\n"
                                 "    applied_at {int} NOT NULL\n"
                                 ") {strict}";

static const struct statement count_applied = { "SELECT count(*) FROM migrations", "" };
static const struct statement record = {
    "INSERT INTO migrations (number, name, applied_at) VALUES ($1, $2, $3)", "iti"
};

static const struct dialect_word *word_at(const struct engine *engine, const char *sql)
{
    for (size_t i = 0; i < DIALECT_WORDS; i++) {
        const struct dialect_word *word = &engine->words[i];
        if (strncmp(sql, word->word, strlen(word->word)) == 0)
            return word;
    }
    return NULL;
}

static bool run_dialect(struct session *session, const char *sql, struct error *err)
{
    SCOPED(buf_free) struct buf *text = buf_new(SQL_OCTETS_MAX);
    while (*sql) {
        const struct dialect_word *word = *sql == '{' ? word_at(session->engine, sql) : NULL;
        if (word)
            buf_add_text(text, word->text);
        else
            buf_add_octet(text, (uint8_t)*sql);
        sql += word ? strlen(word->word) : 1;
    }
    return session->engine->script(session, buf_text(text), err);
}

static bool apply(struct session *session, int64_t number, struct error *err)
{
    const struct migration *migration = &migrations[number - 1];
    return (run_dialect(session, migration->sql, err) &&
            session_execute(session, &record,
                            VALUES(V_INT(number), V_TEXT(migration->name), V_INT(times_now())),
                            err)) ||
           error_context(err, "migration %s", migration->name);
}

static bool apply_missing(struct session *session, struct error *err)
{
    int64_t applied = 0;
    int64_t known = 0;
    while (migrations[known].name)
        known++;
    if (!run_dialect(session, make_table, err) ||
        !session_query(session, &count_applied, NULL, 0, keep_int, &applied, err))
        return false;
    if (applied > known)
        return fail(err, ERR_CONFLICT, "database: it was made by a newer program");
    for (int64_t number = applied + 1; number <= known; number++) {
        if (!apply(session, number, err))
            return false;
    }
    return true;
}

bool migrate(struct session *session, struct error *err)
{
    if (!session->engine->script(session, session->engine->begin_locked, err))
        return false;
    if (apply_missing(session, err))
        return session->engine->script(session, "COMMIT", err);
    struct error ignored = { .code = ERR_NONE };
    session->engine->script(session, "ROLLBACK", &ignored);
    return false;
}
