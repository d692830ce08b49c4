#include "store/draft.h"

#include "store/entity_sql.h"

size_t draft_take(struct draft *draft, struct value value, char type)
{
    if (draft->count == DRAFT_PARAMETERS_MAX) {
        draft->is_too_long = true;
        return draft->count;
    }
    draft->values[draft->count] = value;
    draft->types[draft->count] = type;
    return ++draft->count;
}

void draft_add_parameter(struct draft *draft, struct value value, char type)
{
    buf_add_format(draft->sql, "$%zu", draft_take(draft, value, type));
}

static size_t draft_now(struct draft *draft)
{
    if (draft->now_number == 0)
        draft->now_number = draft_take(draft, V_INT(draft->query->now), 'i');
    return draft->now_number;
}

void draft_add_column(struct draft *draft, const struct property *property)
{
    column_add(draft->sql, property, column_uses_now(property) ? draft_now(draft) : 0);
}

void draft_add_expression(struct draft *draft, const char *expression)
{
    expression_add(draft->sql, expression, expression_uses_now(expression) ? draft_now(draft) : 0);
}

void draft_begin_condition(struct draft *draft)
{
    buf_add_text(draft->sql, draft->joiner);
    draft->joiner = " AND ";
}
