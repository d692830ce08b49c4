#include "directory/certificate_user_id.h"

#include "base/error.h"
#include "base/text.h"

#include <string.h>

static bool is_hex(const char *text, size_t len)
{
    return strspn(text, "0123456789abcdefABCDEF") >= len;
}

static bool is_text(const char *text, size_t len)
{
    (void)text;
    (void)len;
    return true;
}

typedef bool fits_fn(const char *text, size_t len);

/* A second tag stands behind the first one's value. */
static const struct form {
    const char *tag;
    fits_fn *fits;
    const char *second; /* NULL: none */
    fits_fn *second_fits;
} forms[] = {
    // clang-format off
    { "<PN>",         is_text, NULL,   NULL },
    { "<RFC822>",     is_text, NULL,   NULL },
    { "<SKI>",        is_hex,  NULL,   NULL },
    { "<SHA1-PUKEY>", is_hex,  NULL,   NULL },
    { "<S>",          is_text, NULL,   NULL },
    { "<I>",          is_text, "<SR>", is_hex },
    { "<I>",          is_text, "<S>",  is_text },
    // clang-format on
};

static bool fits(const struct form *form, const char *text)
{
    size_t tag = strlen(form->tag);
    if (strncmp(text, form->tag, tag) != 0)
        return false;
    const char *value = text + tag;
    const char *second = form->second ? strstr(value, form->second) : NULL;
    size_t len = second ? (size_t)(second - value) : strlen(value);
    if (len == 0 || !form->fits(value, len) || (form->second && !second))
        return false;
    const char *rest = second ? second + strlen(form->second) : "";
    return !second || (*rest && form->second_fits(rest, strlen(rest)));
}

bool certificate_user_id_check(const char *text, struct error *err)
{
    static const char prefix[] = "X509:";
    bool is_good = false;
    if (text_starts_with(text, prefix) && !text_has_control(text))
        for (size_t i = 0; i < ARRAY_LEN(forms) && !is_good; i++)
            is_good = fits(&forms[i], text + sizeof prefix - 1);
    return is_good || fail(err, ERR_INVALID,
                           "'%.64s' is none of X509:<PN>, <RFC822>, <S>, <SKI>, <SHA1-PUKEY>, "
                           "<I>…<S>, <I>…<SR>",
                           text);
}
