/* Ten thousands of mutants of good objects: none that we accept may read otherwise to OpenSSL. */
#include "unit/unit.h"

#include "fuzz/differential.h"

#include <stdio.h>
#include <string.h>

enum { MUTANT_OCTETS_MAX = 4096, MUTANTS_OF_EACH = 3000 };

typedef const char *differ_fn(struct bytes der);

struct sample {
    const char *file;
    differ_fn *differ;
};

static const struct sample samples[] = {
    { "rsa2048.cer", differ_certificate },
    { "p256.cer", differ_certificate },
    { "p256k.cer", differ_certificate },
    { "p384.cer", differ_certificate },
    { "p521.cer", differ_certificate },
    { "pss.cer", differ_certificate },
    { "sub.cer", differ_certificate },
    { "leaf.cer", differ_certificate },
    { "late.cer", differ_certificate },
    { "critical.cer", differ_certificate },
    { "v1.cer", differ_certificate },
    { "ed25519.cer", differ_certificate },
    { "explicit.cer", differ_certificate },
    { "rsa2048.csr", differ_csr },
    { "p256.csr", differ_csr },
    { "p384.csr", differ_csr },
    { "full.csr", differ_csr },
    { "microsoft.csr", differ_csr },
    { "sid.csr", differ_csr },
    { "sid-uri.csr", differ_csr },
    { "empty-subject.csr", differ_csr },
    { "rsa2048.spki", differ_spki },
    { "p256.spki", differ_spki },
    { "p256k.spki", differ_spki },
    { "p384.spki", differ_spki },
    { "p521.spki", differ_spki },
    { "p256-compressed.spki", differ_spki },
    { "p256-hybrid.spki", differ_spki },
    { "explicit.spki", differ_spki },
    { "../status/sha1.ocsp", differ_ocsp_request },
    { "../status/sha256.ocsp", differ_ocsp_request },
    { "../status/nonce.ocsp", differ_ocsp_request },
    { "../status/several.ocsp", differ_ocsp_request },
    { "../status/signed.ocsp", differ_ocsp_request },
    { "../status/empty.crl", differ_crl },
    { "../status/complete.crl", differ_crl },
    { "../status/delta.crl", differ_crl },
};

/* xorshift64: the same mutants on every machine. */
static uint64_t next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Octets that mean something to a DER reader come more often than chance would have them. */
static uint8_t octet(uint64_t *state)
{
    static const uint8_t telling[] = { 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0c, 0x13, 0x17,
                                       0x18, 0x30, 0x31, 0x7f, 0x80, 0x81, 0x82, 0xa0, 0xa3, 0xff };
    uint64_t draw = next(state);
    return draw & 1 ? telling[(draw >> 1) % sizeof telling] : (uint8_t)(draw >> 8);
}

static size_t mutate(uint8_t octets[MUTANT_OCTETS_MAX], size_t len, uint64_t *state)
{
    size_t at = next(state) % len;
    switch (next(state) % 6) {
    case 0:
        memmove(octets + at, octets + at + 1, len - at - 1);
        return len - 1;
    case 1:
        memmove(octets + at + 1, octets + at, len - at);
        octets[at] = octet(state);
        return len + 1;
    case 2:
        octets[at] = (uint8_t)(octets[at] + 1);
        return len;
    case 3:
        octets[at] = (uint8_t)(octets[at] ^ 1u << next(state) % 8);
        return len;
    default:
        octets[at] = octet(state);
        return len;
    }
}

static void try_mutants(const struct sample *sample, struct bytes good)
{
    uint64_t state = 0x9e3779b97f4a7c15u;
    for (size_t i = 0; i < MUTANTS_OF_EACH; i++) {
        uint8_t octets[MUTANT_OCTETS_MAX];
        size_t len = good.len;
        memcpy(octets, good.data, len);
        for (size_t times = 1 + next(&state) % 2; times; times--)
            len = mutate(octets, len, &state);
        const char *field = sample->differ((struct bytes){ octets, len });
        if (field)
            unit_fail("%s, mutant %zu: %s differs", sample->file, i, field);
    }
}

TEST(readers_accept_only_what_openssl_reads_alike)
{
    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        char path[64];
        snprintf(path, sizeof path, "x509/%s", samples[i].file);
        struct bytes good = unit_file(path);
        assert_true(good.len + 2 <= MUTANT_OCTETS_MAX);
        assert_null(samples[i].differ(good));
        try_mutants(&samples[i], good);
    }
}
