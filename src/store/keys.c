#include "base/arena.h"
#include "base/error.h"
#include "store/rows.h"
#include "store/statement.h"
#include "store/statements.h"

static const struct statement insert = {
    "INSERT INTO keys (id, tenant_id, purpose, type, spki, private_sealed, created_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7)",
    "ttttbbi"
};
static const struct statement find = {
    "SELECT id, tenant_id, purpose, type, spki, private_sealed, created_at FROM keys WHERE id = $1",
    "t"
};
static const struct statement destroy = { "DELETE FROM keys WHERE id = $1", "t" };

const struct statement *const key_statements[] = { &insert, &find, &destroy, NULL };

struct found {
    struct arena *arena;
    struct key_row *out;
    bool is_found;
};

static bool keep(const struct row *row, void *context, struct error *err)
{
    (void)err;
    struct found *found = context;
    struct arena *arena = found->arena;
    *found->out = (struct key_row){
        .id = arena_text(arena, row_text(row, 0)),
        .tenant_id = arena_text(arena, row_text(row, 1)),
        .purpose = arena_text(arena, row_text(row, 2)),
        .type = arena_text(arena, row_text(row, 3)),
        .spki = arena_bytes(arena, row_bytes(row, 4)),
        .private_sealed = arena_bytes(arena, row_bytes(row, 5)),
        .created_at = row_int(row, 6),
    };
    found->is_found = true;
    return true;
}

bool keys_insert(struct session *session, const struct key_row *key, struct error *err)
{
    return session_execute(session, &insert,
                           VALUES(V_TEXT(key->id), V_TEXT(key->tenant_id), V_TEXT(key->purpose),
                                  V_TEXT(key->type), V_BLOB(key->spki), V_BLOB(key->private_sealed),
                                  V_INT(key->created_at)),
                           err) ||
           error_context(err, "key %s", key->id);
}

bool keys_find(struct session *session, const char *id, struct arena *arena, struct key_row *out,
               struct error *err)
{
    struct found found = { arena, out, false };
    return session_query(session, &find, VALUES(V_TEXT(id)), keep, &found, err) &&
           (found.is_found || fail(err, ERR_NOT_FOUND, "there is no key %s", id));
}

bool keys_destroy(struct session *session, const char *id, struct error *err)
{
    static const struct expectation one = { 1, ERR_NOT_FOUND, "there is no such key" };
    return session_expect(session, &destroy, VALUES(V_TEXT(id)), &one, err);
}
