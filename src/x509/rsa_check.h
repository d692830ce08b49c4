/*
 * rsa_check - RSA moduli that are known to be breakable, whatever their length.
 *
 * ROCA (CVE-2017-15361) by the fingerprint of its authors (Nemec et al., CCS 2017, §3.3): such
 * a modulus is a power of 65537 modulo every small prime. Close primes by the first hundred
 * rounds of Fermat's factorization.
 */
#pragma once

#include "base/bytes.h"

/* What is wrong with an odd modulus, as a clause; NULL when nothing is. */
const char *rsa_weakness(struct bytes modulus);
