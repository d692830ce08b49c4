/*
 * error - why something failed: filled once where it happened, answered once at the edge.
 *
 * Whoever can fail takes `struct error *err` last and returns bool or a pointer; true or
 * non-NULL is success. err may not be NULL. Messages are one clause, name the object and the
 * rule, and hold no secret, because operators and peers both read them.
 */
#pragma once
#define BASE_ERROR_INCLUDED

#include "base/attributes.h"

#include <stdbool.h>

/* Named for what the peer can do about it. Every front owns one row per code. */
enum error_code {
    ERR_NONE,
    ERR_MALFORMED,       /* the bytes are not what the protocol says */
    ERR_INVALID,         /* well formed, but a value cannot be */
    ERR_BAD_CSR,         /* the request is not one that we may sign */
    ERR_BAD_SIGNATURE,   /* a signature or possession proof does not verify */
    ERR_WEAK_ALGORITHM,  /* an algorithm or key below what we accept */
    ERR_BAD_CHALLENGE,   /* enrolment secret unknown, expired, used up or for something else */
    ERR_UNAUTHENTICATED, /* no token, or none that we accept */
    ERR_FORBIDDEN,       /* known caller, not allowed */
    ERR_NOT_FOUND,
    ERR_METHOD_NOT_ALLOWED,
    ERR_NOT_ACCEPTABLE,
    ERR_TIMEOUT,      /* the request did not arrive in time */
    ERR_CONFLICT,     /* the present state forbids it, or the name is taken */
    ERR_PRECONDITION, /* If-Match names another version */
    ERR_TOO_LARGE,
    ERR_TARGET_TOO_LONG,
    ERR_UNSUPPORTED_MEDIA,
    ERR_HEADERS_TOO_LARGE,
    ERR_THROTTLED, /* too many from this caller: try later */
    ERR_INTERNAL,
    ERR_NOT_SUPPORTED,   /* the protocol knows it, we do not offer it */
    ERR_BUSY,            /* a queue is full or the database is away: try later */
    ERR_OUTCOME_UNKNOWN, /* the connection broke during COMMIT: look before repeating */
    ERR_QUOTA,           /* a product limit of this installation is reached */
    ERR_COUNT
};

enum { ERROR_MESSAGE_OCTETS = 768 };

struct error {
    enum error_code code;
    char message[ERROR_MESSAGE_OCTETS];
    const char *file; /* where it was first raised */
    int line;
};

/* Lets the compiler see that fail() and error_context() are false, and what a caller therefore
 * never reads. */
static inline bool error_false(bool raised)
{
    (void)raised;
    return false;
}

/* Fills err unless an earlier cause stands there; always false. */
#define fail(err, code, ...) \
    error_false(error_raise((err), (code), __FILE__, __LINE__, __VA_ARGS__))

/* The same for functions that return a pointer. */
#define fail_null(err, code, ...) \
    (error_raise((err), (code), __FILE__, __LINE__, __VA_ARGS__), NULL)

bool error_raise(struct error *err, enum error_code code, const char *file, int line,
                 const char *format, ...) PRINTF_LIKE(5, 6);

/* Puts "format: " before the message; once per layer, on the way up. Always false. */
#define error_context(err, ...) error_false(error_add_context((err), __VA_ARGS__))

bool error_add_context(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);

void error_clear(struct error *err);

/* The HTTP status that fits, 200 for ERR_NONE. */
int error_http_status(enum error_code code);

/* "not_found", for logs and metrics. */
const char *error_code_text(enum error_code code);
