#include "directory/x509_settings.h"

#include "base/error.h"
#include "base/text.h"
#include "model/forms.h"
#include "model/x509_method.h"
#include "x509/name.h"

/* "" is how some clients write null. */
static bool is_given(const char *text)
{
    return text && *text;
}

/* ---- bindings ---- */

static const char *const user_properties[] = { "certificateUserIds", "userPrincipalName",
                                               "onPremisesUserPrincipalName" };

/* The fields of a certificate, how hard they are to forge by asking another CA for a certificate,
 * and how many of the properties, from the first, they may be compared with. */
static const struct field {
    const char *name;
    enum x509_affinity affinity;
    size_t properties;
} fields[] = {
    // clang-format off
    { "PrincipalName",         AFFINITY_LOW,  3 },
    { "RFC822Name",            AFFINITY_LOW,  3 },
    { "IssuerAndSubject",      AFFINITY_LOW,  1 },
    { "Subject",               AFFINITY_LOW,  1 },
    { "SubjectKeyIdentifier",  AFFINITY_HIGH, 1 },
    { "SHA1PublicKey",         AFFINITY_HIGH, 1 },
    { "IssuerAndSerialNumber", AFFINITY_HIGH, 1 },
    // clang-format on
};

static const struct field *field_of(const struct x509_binding *binding)
{
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        if (text_equal(fields[i].name, binding->field))
            return &fields[i];
    return NULL;
}

static bool may_name(const struct field *field, const char *property)
{
    for (size_t i = 0; i < field->properties; i++)
        if (text_equal(user_properties[i], property))
            return true;
    return false;
}

static bool check_field(struct x509_binding *binding, struct error *err)
{
    const struct field *field = field_of(binding);
    if (!field)
        return fail(err, ERR_INVALID, "x509CertificateField: no field is called '%.64s'",
                    binding->field);
    if (!may_name(field, binding->user_property))
        return fail(err, ERR_INVALID, "userProperty: %s cannot be compared with '%.64s'",
                    field->name, binding->user_property);
    if (binding->affinity == AFFINITY_NONE)
        binding->affinity = field->affinity;
    return binding->affinity == field->affinity ||
           fail(err, ERR_INVALID, "trustAffinityLevel: that of %s is %s", field->name,
                enum_text(&x509_affinity_texts, field->affinity));
}

static bool check_alone(const struct x509_binding *bindings, size_t number, struct error *err)
{
    const struct x509_binding *binding = &bindings[number];
    for (size_t i = 0; i < number; i++) {
        if (bindings[i].priority == binding->priority)
            return fail(err, ERR_INVALID, "priority: another binding has the same");
        if (text_equal(bindings[i].field, binding->field) &&
            text_equal(bindings[i].user_property, binding->user_property))
            return fail(err, ERR_INVALID, "it is there twice");
    }
    return true;
}

static bool check_bindings(struct x509_method *method, struct error *err)
{
    struct x509_binding *bindings = method->bindings.items;
    for (size_t i = 0; i < method->bindings.count; i++)
        if (!check_field(&bindings[i], err) || !check_alone(bindings, i, err))
            return error_context(err, "certificateUserBindings[%zu]", i);
    return true;
}

/* ---- rules ---- */

static bool check_issuer(const char *member, const char *text, struct error *err)
{
    struct error ignored = { .code = ERR_NONE };
    SCOPED(buf_free) struct buf *name = buf_new(NAME_OCTETS_MAX);
    return key_identifier_form.fits(text) || name_from_text(text, name, &ignored) ||
           fail(err, ERR_INVALID, "%s: must be a subject key identifier in hexadecimal or a name",
                member);
}

static bool check_policy(const char *member, const char *text, struct error *err)
{
    struct error ignored = { .code = ERR_NONE };
    SCOPED(buf_free) struct buf *oid = buf_new(OID_TEXT_OCTETS_MAX);
    return (oid_form.fits(text) && oid_from_text(text, oid, &ignored)) ||
           fail(err, ERR_INVALID, "%s: must be %s", member, oid_form.must_be);
}

/* One criterion: `identifier`, or the member that is called after it, or both alike. */
static bool check_single(const struct x509_rule *rule, const char *own, const char *own_member,
                         const char *other, struct error *err)
{
    if (is_given(other))
        return fail(err, ERR_INVALID, "a rule of this type has no other criterion");
    if (is_given(rule->identifier) && is_given(own) && !text_equal_caseless(rule->identifier, own))
        return fail(err, ERR_INVALID, "identifier: %s says something else", own_member);
    return is_given(rule->identifier) || is_given(own) ||
           fail(err, ERR_INVALID, "identifier: is required");
}

static const char *criterion(const struct x509_rule *rule, const char *own)
{
    return is_given(rule->identifier) ? rule->identifier : own;
}

static bool check_issuer_rule(const struct x509_rule *rule, struct error *err)
{
    const char *own = rule->issuer_identifier;
    return check_single(rule, own, "issuerSubjectIdentifier", rule->policy_oid, err) &&
           check_issuer("identifier", criterion(rule, own), err);
}

static bool check_policy_rule(const struct x509_rule *rule, struct error *err)
{
    const char *own = rule->policy_oid;
    return check_single(rule, own, "policyOidIdentifier", rule->issuer_identifier, err) &&
           check_policy("identifier", criterion(rule, own), err);
}

static bool check_double_rule(const struct x509_rule *rule, struct error *err)
{
    if (!is_given(rule->issuer_identifier))
        return fail(err, ERR_INVALID, "issuerSubjectIdentifier: is required");
    if (!is_given(rule->policy_oid))
        return fail(err, ERR_INVALID, "policyOidIdentifier: is required");
    return check_issuer("issuerSubjectIdentifier", rule->issuer_identifier, err) &&
           check_policy("policyOidIdentifier", rule->policy_oid, err);
}

typedef bool rule_fn(const struct x509_rule *rule, struct error *err);
static rule_fn *const rule_checks[] = {
    // clang-format off
    [RULE_ISSUER]            = check_issuer_rule,
    [RULE_POLICY]            = check_policy_rule,
    [RULE_ISSUER_AND_POLICY] = check_double_rule,
    // clang-format on
};

static bool check_rule(const struct x509_rule *rule, struct error *err)
{
    if (rule->mode == MODE_NONE && rule->affinity == AFFINITY_NONE)
        return fail(err, ERR_INVALID,
                    "x509CertificateAuthenticationMode: it, or "
                    "x509CertificateRequiredAffinityLevel, is required");
    return rule_checks[rule->type](rule, err);
}

static bool is_same(const char *a, const char *b)
{
    return is_given(a) == is_given(b) && (!is_given(a) || text_equal_caseless(a, b));
}

static bool is_same_rule(const struct x509_rule *a, const struct x509_rule *b)
{
    if (a->type != b->type)
        return false;
    if (a->type == RULE_ISSUER)
        return is_same(criterion(a, a->issuer_identifier), criterion(b, b->issuer_identifier));
    if (a->type == RULE_POLICY)
        return is_same(criterion(a, a->policy_oid), criterion(b, b->policy_oid));
    return is_same(a->issuer_identifier, b->issuer_identifier) &&
           is_same(a->policy_oid, b->policy_oid);
}

/* Two that answer one question may answer it differently. */
static bool check_rules(struct x509_method *method, struct error *err)
{
    const struct x509_rule *rules = method->modes.rules.items;
    for (size_t i = 0; i < method->modes.rules.count; i++) {
        if (!check_rule(&rules[i], err))
            return error_context(err, "authenticationModeConfiguration.rules[%zu]", i);
        for (size_t j = 0; j < i; j++)
            if (is_same_rule(&rules[i], &rules[j]))
                return fail(err, ERR_INVALID,
                            "authenticationModeConfiguration.rules[%zu]: it is there twice", i);
    }
    return true;
}

/* ---- targets, scopes, exemptions ---- */

static bool check_target(const struct method_target *target, struct error *err)
{
    if (text_equal(target->id, ALL_USERS))
        return target->type == TARGET_GROUP ||
               fail(err, ERR_INVALID, "targetType: all_users is a group");
    return text_is_uuid(target->id) ||
           fail(err, ERR_INVALID, "id: must be all_users or the id of a user or group");
}

static bool check_targets(const struct list *list, const char *member, struct error *err)
{
    const struct method_target *targets = list->items;
    for (size_t i = 0; i < list->count; i++) {
        if (!check_target(&targets[i], err))
            return error_context(err, "%s[%zu]", member, i);
        for (size_t j = 0; j < i; j++)
            if (text_equal_caseless(targets[i].id, targets[j].id))
                return fail(err, ERR_INVALID, "%s[%zu].id: it is there twice", member, i);
    }
    return true;
}

static bool check_scope(const struct x509_scope *scopes, size_t number, struct error *err)
{
    const struct x509_scope *scope = &scopes[number];
    if (scope->targets.count == 0)
        return fail(err, ERR_INVALID, "includeTargets: at least one is needed");
    for (size_t i = 0; i < number; i++)
        if (is_same(scopes[i].key_identifier, scope->key_identifier) &&
            is_same(scopes[i].pki, scope->pki))
            return fail(err, ERR_INVALID, "it is there twice");
    return check_targets(&scope->targets, "includeTargets", err);
}

static bool check_scopes(struct x509_method *method, struct error *err)
{
    const struct x509_scope *scopes = method->scopes.items;
    for (size_t i = 0; i < method->scopes.count; i++)
        if (!check_scope(scopes, i, err))
            return error_context(err, "certificateAuthorityScopes[%zu]", i);
    return true;
}

static bool check_exempted(struct x509_method *method, struct error *err)
{
    static const char member[] =
        "crlValidationConfiguration.exemptedCertificateAuthoritiesSubjectKeyIdentifiers";
    const struct strings *exempted = &method->crl_check.exempted;
    for (size_t i = 0; i < exempted->count; i++) {
        if (!key_identifier_form.fits(exempted->items[i]))
            return fail(err, ERR_INVALID, "%s[%zu]: must be %s", member, i,
                        key_identifier_form.must_be);
        for (size_t j = 0; j < i; j++)
            if (text_equal_caseless(exempted->items[i], exempted->items[j]))
                return fail(err, ERR_INVALID, "%s[%zu]: it is there twice", member, i);
    }
    return true;
}

static bool check_excluded(struct x509_method *method, struct error *err)
{
    const struct method_target *targets = method->excluded.items;
    for (size_t i = 0; i < method->excluded.count; i++)
        if (text_equal(targets[i].id, ALL_USERS))
            return fail(err, ERR_INVALID,
                        "excludeTargets[%zu].id: without all users the method is disabled", i);
    return check_targets(&method->excluded, "excludeTargets", err);
}

bool x509_settings_check(struct x509_method *method, struct error *err)
{
    return check_bindings(method, err) && check_rules(method, err) && check_scopes(method, err) &&
           check_exempted(method, err) && check_targets(&method->included, "includeTargets", err) &&
           check_excluded(method, err);
}
