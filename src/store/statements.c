#include "store/statements.h"

#include "model/application.h"
#include "model/audit.h"
#include "model/ca.h"
#include "model/challenge.h"
#include "model/classic_store.h"
#include "model/enrolment.h"
#include "model/group.h"
#include "model/inspection_ca.h"
#include "model/leaf.h"
#include "model/organization.h"
#include "model/pki.h"
#include "model/subscription.h"
#include "model/tls_policy.h"
#include "model/user.h"
#include "model/x509_method.h"
#include "store/engine.h"
#include "store/entity_sql.h"

#include <stdlib.h>
#include <string.h>

enum { PARAMETERS_MAX = 64 };

const struct entity *const stored_entities[] = {
    &application_entity,
    &audit_event_entity,
    &ca_entity,
    &ca_version_entity,
    &leaf_entity,
    &challenge_entity,
    &enrolment_entity,
    &pki_entity,
    &subscription_entity,
    &trusted_ca_entity,
    &inspection_ca_entity,
    &tls_policy_entity,
    &tls_rule_entity,
    &organization_entity,
    &classic_store_entity,
    &x509_method_entity,
    &user_entity,
    &group_entity,
    &group_member_entity,
    NULL,
};

static const struct statement *const *const tables[] = {
    audit_statements,      caller_statements,  ca_statements,        certificate_statements,
    challenge_statements,  crl_statements,     directory_statements, enrolment_statements,
    inspection_statements, key_statements,     pki_statements,       retirement_statements,
    revocation_statements, setting_statements, store_statements,
};

/* PostgreSQL takes a type for a parameter that stands nowhere, so the text itself is looked at. */
static bool check_parameters(const struct statement *statement, struct error *err)
{
    size_t count = strlen(statement->types);
    bool is_used[PARAMETERS_MAX + 1] = { false };
    size_t distinct = 0;
    for (const char *p = strchr(statement->sql, '$'); p; p = strchr(p + 1, '$')) {
        unsigned long number = strtoul(p + 1, NULL, 10);
        if (number < 1 || number > count || number > PARAMETERS_MAX)
            return fail(err, ERR_INTERNAL, "$%lu is not declared: %.200s", number, statement->sql);
        distinct += !is_used[number];
        is_used[number] = true;
    }
    return distinct == count || fail(err, ERR_INTERNAL, "%zu of %zu parameters are used: %.200s",
                                     distinct, count, statement->sql);
}

bool statement_check(struct session *session, const struct statement *statement, struct error *err)
{
    return check_parameters(statement, err) && session->engine->prepare(session, statement, err);
}

static bool check_entity(struct session *session, const struct entity *entity, struct error *err)
{
    const struct entity_sql *sql = entity_sql_of(session->store, entity);
    return statement_check(session, &sql->insert, err) &&
           statement_check(session, &sql->update, err) &&
           statement_check(session, &sql->get, err) &&
           statement_check(session, &sql->get_of_any_tenant, err);
}

bool statements_check(struct session *session, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
        for (const struct statement *const *row = tables[i]; *row; row++) {
            if (!statement_check(session, *row, err))
                return false;
        }
    }
    for (const struct entity *const *entity = stored_entities; *entity; entity++) {
        if (!check_entity(session, *entity, err))
            return error_context(err, "%s", (*entity)->name);
    }
    return true;
}
