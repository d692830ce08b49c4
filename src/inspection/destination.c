#include "inspection/destination.h"

#include "base/error.h"
#include "base/text.h"
#include "model/tls_policy.h"

#include <ctype.h>
#include <string.h>

enum { LABEL_OCTETS_MAX = 63, FQDN_OCTETS_MAX = 253, VALUE_OCTETS_SHOWN = 100 };

static bool is_label(const char *label, size_t len)
{
    if (len == 0 || len > LABEL_OCTETS_MAX || label[0] == '-' || label[len - 1] == '-')
        return false;
    for (size_t i = 0; i < len; i++)
        if (!isascii((unsigned char)label[i]) ||
            (!isalnum((unsigned char)label[i]) && label[i] != '-'))
            return false;
    return true;
}

/* 192.0.2.1 is an address and no name. */
static bool is_number(const char *label)
{
    return label[strspn(label, "0123456789")] == '\0';
}

bool destination_is_fqdn(const char *text)
{
    const char *name = text_starts_with(text, "*.") ? text + 2 : text;
    const char *label = name;
    size_t labels = 1;
    if (strlen(text) > FQDN_OCTETS_MAX)
        return false;
    for (const char *dot = strchr(label, '.'); dot; dot = strchr(label, '.'), labels++) {
        if (!is_label(label, (size_t)(dot - label)))
            return false;
        label = dot + 1;
    }
    return labels >= 2 && is_label(label, strlen(label)) && !is_number(label);
}

/* Names of categories are words: "Gambling", "AlcoholAndTobacco". */
static bool is_category(const char *text)
{
    return !text_has_control(text) && !strchr(text, ' ');
}

static bool check_values(const struct tls_destination *destination, struct error *err)
{
    bool is_fqdn = destination->type == TLS_DESTINATION_FQDN;
    if (destination->values.count == 0)
        return fail(err, ERR_INVALID, "matchingConditions.destinations: values are missing");
    for (size_t i = 0; i < destination->values.count; i++) {
        const char *value = destination->values.items[i];
        if (is_fqdn ? destination_is_fqdn(value) : is_category(value))
            continue;
        return fail(err, ERR_INVALID, "matchingConditions.destinations: '%.*s' is no %s",
                    VALUE_OCTETS_SHOWN, value,
                    is_fqdn ? "full host name such as www.example.com or *.example.com"
                            : "name of a category");
    }
    return true;
}

bool destinations_take(struct list *destinations, int64_t *count, struct error *err)
{
    struct tls_destination *items = destinations->items;
    *count = 0;
    if (destinations->count == 0)
        return fail(err, ERR_INVALID, "matchingConditions.destinations: at least one is needed");
    for (size_t i = 0; i < destinations->count; i++) {
        if (items[i].type == TLS_DESTINATION_WEB_CATEGORIES)
            items[i].type = TLS_DESTINATION_WEB_CATEGORY;
        if (!check_values(&items[i], err))
            return false;
        *count += (int64_t)items[i].values.count;
    }
    return true;
}
