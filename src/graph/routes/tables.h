/*
 * tables - the operations of the API, one table per family; see graph/route.h.
 */
#pragma once

#include "graph/route.h"

extern const struct route network_routes[];      /* D: TLS inspection */
extern const struct route application_routes[];  /* registered callers */
extern const struct route directory_routes[];    /* E, F: organization, policies, users, groups */
extern const struct route pki_routes[];          /* B: trust stores */
extern const struct route audit_routes[];        /* what has happened */
extern const struct route report_routes[];       /* tables of leaf certificates */
extern const struct route subscription_routes[]; /* C: cloudPkiSubscription */
extern const struct route ca_routes[]; /* A: cloud certification authorities, and ours on them */
extern const struct route service_routes[]; /* the service document, $batch */
