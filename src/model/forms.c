#include "model/forms.h"

#include <string.h>
#include <strings.h>

enum { KEY_IDENTIFIER_HEX_MAX = 128 };

/* An LDAP URL is of no use to who fetches over http. */
static bool is_url(const char *text, const char *scheme)
{
    size_t len = strlen(scheme);
    if (strncasecmp(text, scheme, len) != 0 || text[len] == '\0' || text[len] == '/')
        return false;
    for (; *text; text++)
        if (*text <= 0x20 || *text > 0x7e || strchr("\"<>\\^`{|}", *text))
            return false;
    return true;
}

static bool is_plain_url(const char *text)
{
    return is_url(text, "http://");
}

static bool is_any_url(const char *text)
{
    return is_plain_url(text) || is_url(text, "https://");
}

/* x509/ knows which values can be. */
static bool is_oid(const char *text)
{
    bool has_dot = false;
    for (const char *p = text; *p; p++) {
        bool is_digit = *p >= '0' && *p <= '9';
        if (!is_digit && (*p != '.' || p == text || p[-1] == '.' || !p[1]))
            return false;
        has_dot |= *p == '.';
    }
    return has_dot;
}

static bool is_key_identifier(const char *text)
{
    size_t len = strlen(text);
    return len > 0 && len % 2 == 0 && len <= KEY_IDENTIFIER_HEX_MAX &&
           strspn(text, "0123456789abcdefABCDEF") == len;
}

const struct text_form url_form = { is_any_url, "one http or https URL" };
const struct text_form plain_url_form = { is_plain_url, "one http URL" };
const struct text_form oid_form = { is_oid, "an object identifier such as 1.3.6.1.5.5.7.3.2" };
const struct text_form key_identifier_form = { is_key_identifier,
                                               "a subject key identifier in hexadecimal" };
