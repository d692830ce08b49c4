/*
 * floor - how often a second the bare cryptography of one SCEP enrolment goes through, on as many
 * threads as there are cores: nothing parsed, nothing stored, every context ready.
 *
 *     floor SECONDS
 *
 * prints {"rsa2048": N, "eCP256": N, …}, enrolments per second, and the processor time of each.
 *
 * Six operations: verify the message, open the envelope, verify the CSR, sign the certificate
 * (RSA-2048 or P-256), close the reply's envelope, sign the reply. AES and SHA are left out:
 * under 1 % of it.
 */
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { OCTETS_MAX = 512 };

struct keys {
    EVP_PKEY *ca, *ra, *client;
    double seconds;
    long done;
};

struct result {
    double rate;
    double processor_us;
};

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double now(void)
{
    return seconds(CLOCK_MONOTONIC);
}

static EVP_PKEY_CTX *context_for(EVP_PKEY *key, int (*init)(EVP_PKEY_CTX *), int is_signature)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    if (init(context) <= 0)
        abort();
    if (EVP_PKEY_is_a(key, "RSA"))
        EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING);
    if (is_signature)
        EVP_PKEY_CTX_set_signature_md(context, EVP_sha256());
    return context;
}

static void *run(void *argument)
{
    struct keys *keys = argument;
    unsigned char digest[32] = { 1 }, secret[16] = { 2 };
    unsigned char signature[OCTETS_MAX], envelope[OCTETS_MAX], out[OCTETS_MAX];
    size_t signature_len = sizeof signature, envelope_len = sizeof envelope, len;
    EVP_PKEY_CTX *client_sign = context_for(keys->client, EVP_PKEY_sign_init, 1);
    EVP_PKEY_CTX *client_verify = context_for(keys->client, EVP_PKEY_verify_init, 1);
    EVP_PKEY_CTX *client_encrypt = context_for(keys->client, EVP_PKEY_encrypt_init, 0);
    EVP_PKEY_CTX *ra_encrypt = context_for(keys->ra, EVP_PKEY_encrypt_init, 0);
    EVP_PKEY_CTX *ra_decrypt = context_for(keys->ra, EVP_PKEY_decrypt_init, 0);
    EVP_PKEY_CTX *ra_sign = context_for(keys->ra, EVP_PKEY_sign_init, 1);
    EVP_PKEY_CTX *ca_sign = context_for(keys->ca, EVP_PKEY_sign_init, 1);
    EVP_PKEY_sign(client_sign, signature, &signature_len, digest, sizeof digest);
    EVP_PKEY_encrypt(ra_encrypt, envelope, &envelope_len, secret, sizeof secret);
    double end = now() + keys->seconds;
    while (now() < end) {
        int ok =
            EVP_PKEY_verify(client_verify, signature, signature_len, digest, sizeof digest) == 1;
        len = sizeof out;
        ok &= EVP_PKEY_decrypt(ra_decrypt, out, &len, envelope, envelope_len) == 1;
        ok &= EVP_PKEY_verify(client_verify, signature, signature_len, digest, sizeof digest) == 1;
        len = sizeof out;
        ok &= EVP_PKEY_sign(ca_sign, out, &len, digest, sizeof digest) == 1;
        len = sizeof out;
        ok &= EVP_PKEY_encrypt(client_encrypt, out, &len, secret, sizeof secret) == 1;
        len = sizeof out;
        ok &= EVP_PKEY_sign(ra_sign, out, &len, digest, sizeof digest) == 1;
        if (!ok)
            abort();
        keys->done++;
    }
    return NULL;
}

static struct result measure(EVP_PKEY *ca, EVP_PKEY *ra, EVP_PKEY *client, double length)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    pthread_t *threads = calloc((size_t)cores, sizeof *threads);
    struct keys *each = calloc((size_t)cores, sizeof *each);
    double began = now();
    double used = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (long i = 0; i < cores; i++) {
        each[i] =
            (struct keys){ EVP_PKEY_dup(ca), EVP_PKEY_dup(ra), EVP_PKEY_dup(client), length, 0 };
        pthread_create(&threads[i], NULL, run, &each[i]);
    }
    double done = 0;
    for (long i = 0; i < cores; i++) {
        pthread_join(threads[i], NULL);
        done += (double)each[i].done;
    }
    used = seconds(CLOCK_PROCESS_CPUTIME_ID) - used;
    return (struct result){ done / (now() - began), used / done * 1e6 };
}

int main(int argc, char **argv)
{
    double length = argc > 1 ? atof(argv[1]) : 3;
    EVP_PKEY *ra = EVP_RSA_gen(2048), *client = EVP_RSA_gen(2048);
    EVP_PKEY *rsa = EVP_RSA_gen(2048), *ec = EVP_EC_gen("P-256");
    struct result with_rsa = measure(rsa, ra, client, length);
    struct result with_ec = measure(ec, ra, client, length);
    printf("{\"rsa2048\": %.1f, \"eCP256\": %.1f, \"rsa2048_us\": %.1f, \"eCP256_us\": %.1f}\n",
           with_rsa.rate, with_ec.rate, with_rsa.processor_us, with_ec.processor_us);
    return 0;
}
