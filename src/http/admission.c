#include "http/admission.h"

#include "base/memory.h"
#include "base/metrics.h"
#include "http/server.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum { ADDRESS_BUCKETS = 4096 };

struct address {
    struct address *next;
    uint64_t bits;
    unsigned connections;
};

struct admission {
    unsigned connections_max;
    unsigned per_address_max;
    unsigned handshakes_max;
    size_t memory_octets_max;
    atomic_uint connections;
    atomic_uint handshakes;
    atomic_size_t memory_octets;
    struct metric *gauge;
    struct metric *memory_gauge;
    pthread_mutex_t lock; /* guards the buckets */
    struct address *buckets[ADDRESS_BUCKETS];
};

static bool take_one(atomic_uint *count, unsigned max)
{
    if (atomic_fetch_add(count, 1) < max)
        return true;
    atomic_fetch_sub(count, 1);
    return false;
}

static struct address_key key_of(const struct sockaddr *peer)
{
    struct address_key key = { 0 };
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    if (peer->sa_family == AF_INET) {
        memcpy(&v4, peer, sizeof v4);
        key.bits = UINT64_C(1) << 32 | ntohl(v4.sin_addr.s_addr);
    } else if (peer->sa_family == AF_INET6) {
        memcpy(&v6, peer, sizeof v6);
        memcpy(&key.bits, &v6.sin6_addr, sizeof key.bits);
    }
    return key;
}

static struct address **bucket_of(struct admission *admission, uint64_t bits)
{
    return &admission->buckets[(bits * UINT64_C(0x9E3779B97F4A7C15)) >> 52];
}

static bool count_address(struct admission *admission, uint64_t bits)
{
    struct address **bucket = bucket_of(admission, bits);
    struct address *address = *bucket;
    while (address && address->bits != bits)
        address = address->next;
    if (address && address->connections >= admission->per_address_max)
        return false;
    if (!address) {
        address = memory_new(sizeof *address);
        address->bits = bits;
        address->next = *bucket;
        *bucket = address;
    }
    address->connections++;
    return true;
}

static void uncount_address(struct admission *admission, uint64_t bits)
{
    struct address **link = bucket_of(admission, bits);
    while (*link && (*link)->bits != bits)
        link = &(*link)->next;
    struct address *address = *link;
    if (!address || --address->connections > 0)
        return;
    *link = address->next;
    memory_free(address);
}

struct admission *admission_new(const struct http_limits *limits, struct metrics *metrics)
{
    struct admission *admission = memory_new(sizeof *admission);
    admission->connections_max = limits->connections_max;
    admission->per_address_max = limits->connections_per_address_max;
    admission->handshakes_max = limits->handshakes_max;
    admission->memory_octets_max = limits->memory_octets_max;
    pthread_mutex_init(&admission->lock, NULL);
    if (metrics) {
        admission->gauge = metrics_gauge(metrics, "cloudpki_http_connections",
                                         "Connections open at this moment.", NULL);
        admission->memory_gauge = metrics_gauge(metrics, "cloudpki_http_request_memory_bytes",
                                                "Octets of long requests in memory.", NULL);
    }
    return admission;
}

bool admission_enter(struct admission *admission, const struct sockaddr *peer,
                     struct address_key *key)
{
    *key = (struct address_key){ 0 };
    if (!take_one(&admission->connections, admission->connections_max))
        return false;
    struct address_key wanted = key_of(peer);
    if (admission->per_address_max && wanted.bits) {
        pthread_mutex_lock(&admission->lock);
        bool fits = count_address(admission, wanted.bits);
        pthread_mutex_unlock(&admission->lock);
        if (!fits) {
            atomic_fetch_sub(&admission->connections, 1);
            return false;
        }
        *key = wanted;
    }
    if (admission->gauge)
        metric_add(admission->gauge, 1);
    return true;
}

void admission_leave(struct admission *admission, struct address_key key)
{
    atomic_fetch_sub(&admission->connections, 1);
    if (admission->gauge)
        metric_add(admission->gauge, -1);
    if (!key.bits)
        return;
    pthread_mutex_lock(&admission->lock);
    uncount_address(admission, key.bits);
    pthread_mutex_unlock(&admission->lock);
}

bool admission_start_handshake(struct admission *admission)
{
    return take_one(&admission->handshakes, admission->handshakes_max);
}

void admission_end_handshake(struct admission *admission)
{
    atomic_fetch_sub(&admission->handshakes, 1);
}

bool admission_hold(struct admission *admission, size_t octets)
{
    if (octets == 0)
        return true;
    if (atomic_fetch_add(&admission->memory_octets, octets) + octets >
        admission->memory_octets_max) {
        atomic_fetch_sub(&admission->memory_octets, octets);
        return false;
    }
    if (admission->memory_gauge)
        metric_add(admission->memory_gauge, (double)octets);
    return true;
}

void admission_give_back(struct admission *admission, size_t octets)
{
    if (octets == 0)
        return;
    atomic_fetch_sub(&admission->memory_octets, octets);
    if (admission->memory_gauge)
        metric_add(admission->memory_gauge, -(double)octets);
}

bool admission_has_room(const struct admission *admission, size_t octets)
{
    size_t held = atomic_load(&admission->memory_octets);
    return held <= admission->memory_octets_max && octets <= admission->memory_octets_max - held;
}

void admission_free(struct admission *admission)
{
    if (!admission)
        return;
    for (size_t i = 0; i < ADDRESS_BUCKETS; i++) {
        while (admission->buckets[i]) {
            struct address *next = admission->buckets[i]->next;
            memory_free(admission->buckets[i]);
            admission->buckets[i] = next;
        }
    }
    pthread_mutex_destroy(&admission->lock);
    memory_free(admission);
}
