#include "unit/unit.h"

#include "base/attributes.h"
#include "base/error.h"
#include "directory/x509_settings.h"
#include "model/x509_method.h"

#include <string.h>

#define SKI "00112233445566778899aabbccddeeff00112233"

static struct error check(struct x509_method *method)
{
    struct error err = { .code = ERR_NONE };
    bool is_good = x509_settings_check(method, &err);
    assert_int_equal(is_good, err.code == ERR_NONE);
    return err;
}

static bool takes_binding(struct x509_binding *binding)
{
    struct x509_method method;
    x509_method_default("t1", &method);
    method.bindings = (struct list){ binding, 1 };
    return check(&method).code == ERR_NONE;
}

TEST(the_defaults_are_good)
{
    struct x509_method method;
    x509_method_default("t1", &method);
    assert_int_equal(check(&method).code, ERR_NONE);
}

TEST(each_field_names_what_the_table_says)
{
    static const struct {
        const char *field;
        enum x509_affinity affinity;
        bool names_names;
    } rows[] = {
        { "PrincipalName", AFFINITY_LOW, true },
        { "RFC822Name", AFFINITY_LOW, true },
        { "IssuerAndSubject", AFFINITY_LOW, false },
        { "Subject", AFFINITY_LOW, false },
        { "SubjectKeyIdentifier", AFFINITY_HIGH, false },
        { "SHA1PublicKey", AFFINITY_HIGH, false },
        { "IssuerAndSerialNumber", AFFINITY_HIGH, false },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct x509_binding binding = { 0, AFFINITY_NONE, "certificateUserIds", rows[i].field };
        assert_true(takes_binding(&binding));
        assert_int_equal(binding.affinity, rows[i].affinity);
        binding.affinity = AFFINITY_LOW + AFFINITY_HIGH - rows[i].affinity;
        assert_false(takes_binding(&binding));
        binding = (struct x509_binding){ 0, AFFINITY_NONE, "userPrincipalName", rows[i].field };
        assert_int_equal(takes_binding(&binding), rows[i].names_names);
        binding =
            (struct x509_binding){ 0, AFFINITY_NONE, "onPremisesUserPrincipalName", rows[i].field };
        assert_int_equal(takes_binding(&binding), rows[i].names_names);
        binding = (struct x509_binding){ 0, AFFINITY_NONE, "mail", rows[i].field };
        assert_false(takes_binding(&binding));
    }
}

static const char *refusal_of_rule(struct x509_rule rule)
{
    static struct error err;
    struct x509_method method;
    x509_method_default("t1", &method);
    method.modes.rules = (struct list){ &rule, 1 };
    err = check(&method);
    return err.message;
}

TEST(a_rule_needs_what_its_type_asks_for)
{
    static const struct {
        struct x509_rule rule;
        const char *word; /* NULL: it is good */
    } cases[] = {
        { { SKI, NULL, NULL, MODE_MULTI_FACTOR, 0, RULE_ISSUER }, NULL },
        { { NULL, SKI, NULL, MODE_MULTI_FACTOR, 0, RULE_ISSUER }, NULL },
        { { SKI, SKI, "", MODE_MULTI_FACTOR, 0, RULE_ISSUER }, NULL },
        { { "CN=CA,DC=contoso", NULL, NULL, 0, AFFINITY_HIGH, RULE_ISSUER }, NULL },
        { { "1.2.3", NULL, NULL, MODE_SINGLE_FACTOR, 0, RULE_POLICY }, NULL },
        { { NULL, NULL, "1.2.3", MODE_SINGLE_FACTOR, 0, RULE_POLICY }, NULL },
        { { NULL, SKI, "1.2.3", MODE_MULTI_FACTOR, 0, RULE_ISSUER_AND_POLICY }, NULL },
        { { "both", "CN=CA", "1.2.3", MODE_MULTI_FACTOR, 0, RULE_ISSUER_AND_POLICY }, NULL },
        { { SKI, NULL, NULL, 0, 0, RULE_ISSUER }, "x509CertificateAuthenticationMode" },
        { { NULL, NULL, NULL, MODE_MULTI_FACTOR, 0, RULE_ISSUER }, "is required" },
        { { SKI, "AABB", NULL, MODE_MULTI_FACTOR, 0, RULE_ISSUER }, "something else" },
        { { SKI, NULL, "1.2.3", MODE_MULTI_FACTOR, 0, RULE_ISSUER }, "no other criterion" },
        { { "1.2.3", SKI, NULL, MODE_MULTI_FACTOR, 0, RULE_POLICY }, "no other criterion" },
        { { "1.2.3.", NULL, NULL, MODE_MULTI_FACTOR, 0, RULE_POLICY }, "object identifier" },
        { { "9.2.3", NULL, NULL, MODE_MULTI_FACTOR, 0, RULE_POLICY }, "object identifier" },
        { { "1.2.3", SKI, NULL, MODE_MULTI_FACTOR, 0, RULE_ISSUER_AND_POLICY }, "policyOid" },
        { { SKI, NULL, "1.2.3", MODE_MULTI_FACTOR, 0, RULE_ISSUER_AND_POLICY }, "issuerSubject" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *told = refusal_of_rule(cases[i].rule);
        if (cases[i].word ? !strstr(told, cases[i].word) : *told != '\0')
            unit_fail("%zu: %s", i, told);
    }
}

TEST(rules_that_ask_the_same_are_refused)
{
    struct x509_rule rules[] = {
        { SKI, NULL, NULL, MODE_MULTI_FACTOR, 0, RULE_ISSUER },
        { NULL, "00112233445566778899AABBCCDDEEFF00112233", NULL, MODE_SINGLE_FACTOR, 0,
          RULE_ISSUER },
    };
    struct x509_method method;
    x509_method_default("t1", &method);
    method.modes.rules = (struct list){ rules, 2 };
    assert_non_null(strstr(check(&method).message, "rules[1]: it is there twice"));
    rules[1].issuer_identifier = "AABB";
    assert_int_equal(check(&method).code, ERR_NONE);
}

TEST(targets_are_everybody_or_have_ids)
{
    static const struct {
        struct method_target target;
        bool is_good;
    } cases[] = {
        { { ALL_USERS, false, TARGET_GROUP }, true },
        { { ALL_USERS, false, TARGET_USER }, false },
        { { "01a1fd2d-0d5d-771a-9cb5-64e520f67b03", false, TARGET_USER }, true },
        { { "01a1fd2d-0d5d-771a-9cb5-64e520f67b0", false, TARGET_USER }, false },
        { { "", false, TARGET_GROUP }, false },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct x509_method method;
        struct method_target target = cases[i].target;
        x509_method_default("t1", &method);
        method.included = (struct list){ &target, 1 };
        assert_int_equal(check(&method).code == ERR_NONE, cases[i].is_good);
        method.included.count = 0;
        method.excluded = (struct list){ &target, 1 };
        assert_int_equal(check(&method).code == ERR_NONE,
                         cases[i].is_good && strcmp(target.id, ALL_USERS) != 0);
    }
}
