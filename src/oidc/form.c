#include "oidc/form.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

#include <string.h>

static struct bytes take_until(struct bytes *rest, uint8_t separator)
{
    const uint8_t *end = rest->len ? memchr(rest->data, separator, rest->len) : NULL;
    struct bytes part = { rest->data, end ? (size_t)(end - rest->data) : rest->len };
    size_t used = end ? part.len + 1 : part.len;
    *rest = (struct bytes){ rest->data + used, rest->len - used };
    return part;
}

const char *form_decode(struct bytes text, struct arena *arena)
{
    struct error ignored = { 0 };
    SCOPED(buf_free) struct buf *spaced = buf_new(text.len);
    SCOPED(buf_free) struct buf *decoded = buf_new(text.len);
    for (size_t i = 0; i < text.len; i++)
        buf_add_octet(spaced, text.data[i] == '+' ? ' ' : text.data[i]);
    if (!percent_decode(buf_bytes(spaced), decoded, &ignored) || !text_is_utf8(buf_bytes(decoded)))
        return NULL;
    return arena_text(arena, buf_text(decoded));
}

static bool add_member(struct bytes pair, struct arena *arena, struct form *out, struct error *err)
{
    struct bytes rest = pair;
    struct bytes name = take_until(&rest, '=');
    struct form_member member = { form_decode(name, arena), form_decode(rest, arena) };
    if (!member.name || !member.value)
        return fail(err, ERR_MALFORMED, "form: a parameter is not UTF-8 in percent-encoding");
    if (!*member.value)
        return true;
    if (form_find(out, member.name))
        return fail(err, ERR_MALFORMED, "form: a parameter comes twice");
    if (out->count == FORM_MEMBERS_MAX)
        return fail(err, ERR_MALFORMED, "form: more than %d parameters", FORM_MEMBERS_MAX);
    out->members[out->count++] = member;
    return true;
}

bool form_parse(struct bytes body, struct arena *arena, struct form *out, struct error *err)
{
    out->count = 0;
    while (body.len > 0)
        if (!add_member(take_until(&body, '&'), arena, out, err))
            return false;
    return true;
}

const char *form_find(const struct form *form, const char *name)
{
    for (size_t i = 0; i < form->count; i++)
        if (text_equal(form->members[i].name, name))
            return form->members[i].value;
    return NULL;
}
