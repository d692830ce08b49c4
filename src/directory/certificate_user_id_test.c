#include "unit/unit.h"

#include "base/attributes.h"
#include "base/error.h"
#include "directory/certificate_user_id.h"

static bool fits(const char *text)
{
    struct error err = { .code = ERR_NONE };
    return certificate_user_id_check(text, &err);
}

TEST(every_form_is_taken)
{
    static const char *const good[] = {
        "X509:<PN>bob@contoso.com", "X509:<RFC822>bob@contoso.com", "X509:<S>CN=bob",
        "X509:<I>CN=CA<S>CN=bob",   "X509:<I>CN=CA<SR>0aF1",        "X509:<SKI>0aF1",
        "X509:<SHA1-PUKEY>0aF1",
    };
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        if (!fits(good[i]))
            unit_fail("%s", good[i]);
}

TEST(what_is_near_a_form_is_refused)
{
    static const char *const bad[] = {
        "",
        "X509:",
        "X509:bob",
        "x509:<PN>bob",
        " X509:<PN>bob",
        "X509:<pn>bob",
        "X509:<PN>",
        "X509:<PN>b\tb",
        "X509:<SKI>",
        "X509:<SKI>0g",
        "X509:<SKI>00 ",
        "X509:<SHA1-PUKEY>00:11",
        "X509:<I>CN=CA",
        "X509:<I>CN=CA<S>",
        "X509:<I><S>CN=bob",
        "X509:<I>CN=CA<SR>",
        "X509:<I>CN=CA<SR>0g",
        "X509:<S>",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (fits(bad[i]))
            unit_fail("%s", bad[i]);
}
