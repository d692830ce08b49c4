#include "odata/csdl_inside.h"
#include "odata/options.h"
#include "odata/schema.h"

#define VOCABULARIES "https://oasis-tcs.github.io/odata-vocabularies/vocabularies/"
#define CAPABILITIES "Org.OData.Capabilities.V1."

const struct csdl_vocabulary csdl_vocabularies[] = {
    { VOCABULARIES "Org.OData.Core.V1", "Org.OData.Core.V1", "Core" },
    { VOCABULARIES "Org.OData.Capabilities.V1", "Org.OData.Capabilities.V1", "Capabilities" },
    { 0 },
};

const struct csdl_capability csdl_capabilities[] = {
    // clang-format off
    { CAPABILITIES "CountRestrictions",  "Countable",  OPTION_COUNT,    NULL,                      0 },
    { CAPABILITIES "ExpandRestrictions", "Expandable", OPTION_EXPAND,   NULL,                      0 },
    { CAPABILITIES "FilterRestrictions", "Filterable", OPTION_FILTER,   "NonFilterableProperties", FILTER },
    { CAPABILITIES "NavigationRestrictions", "Referenceable", 0,     NULL,                      0 }, /* no $ref */
    { CAPABILITIES "SearchRestrictions", "Searchable", OPTION_SEARCH,   NULL,                      0 },
    { CAPABILITIES "SkipSupported",      NULL,         OPTION_SKIP,     NULL,                      0 },
    { CAPABILITIES "SortRestrictions",   "Sortable",   OPTION_ORDER_BY, "NonSortableProperties",   SORT },
    { CAPABILITIES "TopSupported",       NULL,         OPTION_TOP,      NULL,                      0 },
    { 0 },
    // clang-format on
};

bool csdl_is_exception(const struct csdl_capability *capability, const struct property *property)
{
    return property->name && !(property->flags & capability->flag);
}

const char *csdl_term_of(const struct property *property)
{
    if (property->flags & READ_ONLY)
        return "Org.OData.Core.V1.Computed";
    return property->flags & CREATE_ONLY ? "Org.OData.Core.V1.Immutable" : NULL;
}
