/*
 * csdl_inside - what both formats of csdl.h share: names, vocabularies, capabilities.
 */
#pragma once

#include <stdbool.h>

struct property;

#define CSDL_MAIN_ALIAS "graph"
#define CSDL_CONTAINER  "GraphService"
#define CSDL_OPTIONAL   "Org.OData.Core.V1.OptionalParameter"

/* A published vocabulary whose terms are used. */
struct csdl_vocabulary {
    const char *url; /* without ".xml" or ".json" */
    const char *space;
    const char *alias;
};

extern const struct csdl_vocabulary csdl_vocabularies[]; /* ends with a NULL url */

/* What lists of a type can do, Org.OData.Capabilities.V1. */
struct csdl_capability {
    const char *term;
    const char *member;     /* of the term's record; NULL: the term is a Boolean itself */
    unsigned option;        /* OPTION_… that stands for it */
    const char *exceptions; /* member with the properties that cannot; NULL: none is told */
    unsigned flag;          /* of the properties that can */
};

extern const struct csdl_capability csdl_capabilities[]; /* ends with a NULL term */

bool csdl_is_exception(const struct csdl_capability *capability, const struct property *property);

/* Org.OData.Core.V1: who owns the property; NULL: callers do. */
const char *csdl_term_of(const struct property *property);
