#include "x509/rsa_check.h"

#include "base/attributes.h"

#include <openssl/bn.h>
#include <stdbool.h>
#include <stdint.h>

enum { FERMAT_ROUNDS = 100, SIEVES = 6 };

DEFINE_SCOPED(BIGNUM *, BN_free)
DEFINE_SCOPED(BN_CTX *, BN_CTX_free)

/* Primes whose multiplicative group is larger than what 65537 generates. */
static const uint8_t roca_primes[] = { 11, 13, 17,  19,  37,  53,  61,  71, 73,
                                       79, 97, 103, 107, 109, 127, 151, 157 };

/* A square is a square modulo each; of other numbers one in 500 passes all. */
static const uint8_t sieve_moduli[SIEVES] = { 64, 63, 61, 59, 55, 53 };

struct sieve {
    unsigned modulus;
    unsigned root;    /* of the first candidate */
    unsigned number;  /* being factored */
    uint64_t squares; /* bit n: n is a square */
};

static bool is_power_of_65537(unsigned residue, unsigned prime)
{
    unsigned step = 65537 % prime;
    unsigned power = 1;
    do {
        if (power == residue)
            return true;
        power = power * step % prime;
    } while (power != 1);
    return false;
}

static bool is_roca(const BIGNUM *n)
{
    for (size_t i = 0; i < sizeof roca_primes; i++) {
        unsigned prime = roca_primes[i];
        if (!is_power_of_65537((unsigned)BN_mod_word(n, prime), prime))
            return false;
    }
    return true;
}

/* The least root with root² ≥ value; value < 2^62. */
static BN_ULONG root_of_word(BN_ULONG value)
{
    BN_ULONG root = 0;
    for (BN_ULONG bit = (BN_ULONG)1 << 31; bit; bit >>= 1)
        if ((root | bit) * (root | bit) < value)
            root |= bit;
    return root + 1;
}

/* A number not below n's root, right in its first thirty bits: Newton doubles them each round. */
static bool first_guess(const BIGNUM *n, BIGNUM *root)
{
    int excess = BN_num_bits(n) - 60;
    int shift = excess > 0 ? (excess + 1) & ~1 : 0;
    return BN_rshift(root, n, shift) && BN_set_word(root, root_of_word(BN_get_word(root) + 1)) &&
           BN_lshift(root, root, shift / 2);
}

static bool floor_root(const BIGNUM *n, BIGNUM *root, BIGNUM *next, BN_CTX *context)
{
    if (!first_guess(n, root))
        return false;
    for (;;) {
        if (!BN_div(next, NULL, n, root, context) || !BN_add(next, next, root) ||
            !BN_rshift1(next, next))
            return false;
        if (BN_cmp(next, root) >= 0)
            return true;
        if (!BN_copy(root, next))
            return false;
    }
}

static struct sieve sieve_of(unsigned modulus, const BIGNUM *n, const BIGNUM *root)
{
    struct sieve sieve = { .modulus = modulus };
    sieve.root = (unsigned)BN_mod_word(root, modulus);
    sieve.number = (unsigned)BN_mod_word(n, modulus);
    for (unsigned i = 0; i <= modulus / 2; i++)
        sieve.squares |= (uint64_t)1 << i * i % modulus;
    return sieve;
}

static bool passes(const struct sieve sieves[SIEVES], unsigned round)
{
    for (size_t i = 0; i < SIEVES; i++) {
        unsigned root = sieves[i].root + round;
        unsigned rest = (root * root + sieves[i].modulus - sieves[i].number) % sieves[i].modulus;
        if (!(sieves[i].squares >> rest & 1))
            return false;
    }
    return true;
}

/* Is (root + round)² - n a square? Memory that is gone counts as yes: the key is refused. */
static bool factors(const BIGNUM *n, const BIGNUM *root, unsigned round, BN_CTX *context)
{
    SCOPED(BN_free) BIGNUM *rest = BN_dup(root);
    SCOPED(BN_free) BIGNUM *b = BN_new();
    SCOPED(BN_free) BIGNUM *square = BN_new();
    if (!rest || !b || !square || !BN_add_word(rest, round) || !BN_sqr(rest, rest, context) ||
        !BN_sub(rest, rest, n))
        return true;
    if (BN_is_zero(rest))
        return true;
    return !floor_root(rest, b, square, context) || !BN_sqr(square, b, context) ||
           BN_cmp(square, rest) == 0;
}

/* Fermat: n = a² - b² with a just above the root of n. */
static bool has_close_primes(const BIGNUM *n, BN_CTX *context)
{
    SCOPED(BN_free) BIGNUM *root = BN_new();
    SCOPED(BN_free) BIGNUM *square = BN_new();
    if (!root || !square || !floor_root(n, root, square, context) || !BN_sqr(square, root, context))
        return true;
    if (BN_cmp(square, n) < 0 && !BN_add_word(root, 1))
        return true;
    struct sieve sieves[SIEVES];
    for (size_t i = 0; i < SIEVES; i++)
        sieves[i] = sieve_of(sieve_moduli[i], n, root);
    for (unsigned round = 0; round < FERMAT_ROUNDS; round++)
        if (passes(sieves, round) && factors(n, root, round, context))
            return true;
    return false;
}

const char *rsa_weakness(struct bytes modulus)
{
    SCOPED(BN_CTX_free) BN_CTX *context = BN_CTX_new();
    SCOPED(BN_free) BIGNUM *n = BN_bin2bn(modulus.data, (int)modulus.len, NULL);
    if (!context || !n)
        return "could not be examined";
    if (is_roca(n))
        return "has the form of CVE-2017-15361";
    return has_close_primes(n, context) ? "is the product of primes too close" : NULL;
}
