/*
 * admission - how many connections and TLS handshakes there may be, over all loops, and how many
 * octets of requests they may hold in memory.
 *
 * Thread-safe. Addresses are counted only when there is a cap per address; of an IPv6 address
 * the first 64 bits count, since that is what one host is given.
 */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct admission;
struct http_limits;
struct metrics;

struct address_key {
    uint64_t bits; /* 0: not counted */
};

struct admission *admission_new(const struct http_limits *limits, struct metrics *metrics);

/* One connection more, unless that passes a cap; then nothing is counted. */
bool admission_enter(struct admission *admission, const struct sockaddr *peer,
                     struct address_key *key) MUST_CHECK;
void admission_leave(struct admission *admission, struct address_key key);

bool admission_start_handshake(struct admission *admission) MUST_CHECK;
void admission_end_handshake(struct admission *admission);

/* Octets that a request keeps in memory; false when that passes the budget: nothing is counted. */
bool admission_hold(struct admission *admission, size_t octets) MUST_CHECK;
void admission_give_back(struct admission *admission, size_t octets);

/* Whether so many more would fit at this moment. */
bool admission_has_room(const struct admission *admission, size_t octets);

void admission_free(struct admission *admission);
DEFINE_SCOPED(struct admission *, admission_free)
