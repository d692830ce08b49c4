/*
 * authority_inside - what the files of ca/ share; nobody else includes it.
 *
 * authority.c makes and frees the parts in this order; each part has its own lock and its own
 * file, and is reached through the authority only.
 */
#pragma once

#include "ca/authority.h"

struct issuers;    /* issuer.c */
struct publisher;  /* publish.c */
struct responders; /* responder.c */
struct ras;        /* ra.c */

struct authority {
    struct store *store;
    struct keys *keys;
    struct pool *workers;
    struct pool *desk;
    struct metrics *metrics;
    struct authority_settings settings;
    struct issuers *issuers;
    struct publisher *publisher;
    struct responders *responders;
    struct ras *ras;
};

struct publisher *publisher_new(void);
void publisher_free(struct publisher *publisher);

struct responders *responders_new(void);
void responders_free(struct responders *responders);

struct issuers *issuers_new(void);
void issuers_free(struct issuers *issuers);

struct ras *ras_new(void);
void ras_free(struct ras *ras);
