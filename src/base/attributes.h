/*
 * attributes - compiler attributes, and the one idiom of ownership.
 *
 * A variable that owns is declared with what releases it:
 *
 *     SCOPED(buf_free) struct buf *der = buf_new(CRL_OCTETS_MAX);
 *
 * and is released on every path out of its block. TAKE(p) gives the value away
 * and leaves NULL behind.
 */
#pragma once

#define SCOPED(release) __attribute__((cleanup(release##_scoped)))
#define DEFINE_SCOPED(type, release)             \
    static inline void release##_scoped(type *p) \
    {                                            \
        if (*p)                                  \
            release(*p);                         \
    }
#define TAKE(p)                     \
    __extension__({                 \
        __typeof__(p) taken_ = (p); \
        (p) = NULL;                 \
        taken_;                     \
    })

#define MUST_CHECK        __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define NORETURN          __attribute__((noreturn))
#define UNUSED            __attribute__((unused))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
