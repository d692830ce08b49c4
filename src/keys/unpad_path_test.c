/* Which instructions run must not depend on the block. The kernel steps through a child one
 * instruction at a time, so this is counted, not timed; it sees the code as it was compiled. */
#include "unit/unit.h"

#include "keys/unpad.h"

#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* Short: each instruction is a round trip through the kernel. */
enum { BLOCK = 64, MESSAGE = 16, MESSAGE_AT = BLOCK - MESSAGE };

struct path {
    unsigned long steps;
    uint64_t hash; /* of the addresses of all instructions, in their order */
};

/* A well-formed block with one span of octets changed. */
struct kind {
    const char *name;
    size_t at;
    size_t len;
    uint8_t value;
};

static const struct kind pkcs1_kinds[] = {
    { "well formed", 0, 0, 0 },
    { "the first octet", 0, 1, 1 },
    { "the type", 1, 1, 1 },
    { "no padding", 2, MESSAGE_AT - 3, 0 },
    { "an early zero in the padding", 2, 1, 0 },
    { "a late zero in the padding", MESSAGE_AT - 2, 1, 0 },
    { "seven octets of padding", 9, 1, 0 },
    { "no separator", MESSAGE_AT - 1, 1, 7 },
    { "a message of zeros", MESSAGE_AT, MESSAGE, 0 },
    { "all zeros", 0, BLOCK, 0 },
    { "all ones", 0, BLOCK, 0xFF },
};

/* The mask of the one half depends on every octet of the other. */
static const struct kind oaep_kinds[] = {
    { "noise", 0, 0, 0 },
    { "all but the first octet", 1, BLOCK - 1, 0 },
};

static void make_block(uint8_t block[BLOCK], const struct kind *kind)
{
    memset(block, 0xA5, BLOCK);
    block[0] = 0;
    block[1] = 2;
    block[MESSAGE_AT - 1] = 0;
    memset(block + kind->at, kind->value, kind->len);
}

static void unpad_in_child(uint8_t block[BLOCK], bool is_oaep)
{
    uint8_t out[MESSAGE] = { 0 };
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
        _exit(1);
    raise(SIGSTOP);
    if (is_oaep)
        unpad_oaep(block, BLOCK, out, sizeof out);
    else
        unpad_pkcs1(block, BLOCK, out, sizeof out);
    _exit(0);
}

static bool step(pid_t child, int *status)
{
    return ptrace(PTRACE_SINGLESTEP, child, NULL, NULL) == 0 &&
           waitpid(child, status, 0) == child && WIFSTOPPED(*status);
}

/* Where this may not be watched, there are no steps. */
static struct path path_of(const struct kind *kind, bool is_oaep)
{
    struct path path = { 0, 14695981039346656037u };
    uint8_t block[BLOCK];
    int status = 0;
    siginfo_t info;
    make_block(block, kind);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        unpad_in_child(block, is_oaep);
    if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status))
        return path;
    while (step(child, &status) && ptrace(PTRACE_GETSIGINFO, child, NULL, &info) == 0) {
        path.hash = (path.hash ^ (uintptr_t)info.si_addr) * 1099511628211u;
        path.steps++;
    }
    return path;
}

static void check_kinds(const struct kind *kinds, size_t count, bool is_oaep)
{
    struct path first = path_of(&kinds[0], is_oaep);
    if (first.steps == 0)
        skip();
    assert_true(first.steps > BLOCK);
    for (size_t i = 1; i < count; i++) {
        struct path path = path_of(&kinds[i], is_oaep);
        if (path.steps != first.steps || path.hash != first.hash)
            unit_fail("%s: %lu steps, %s: %lu", kinds[0].name, first.steps, kinds[i].name,
                      path.steps);
    }
}

TEST(unpad_pkcs1_takes_one_path_for_every_block)
{
    check_kinds(pkcs1_kinds, ARRAY_LEN(pkcs1_kinds), false);
}

TEST(unpad_oaep_takes_one_path_for_every_block)
{
    check_kinds(oaep_kinds, ARRAY_LEN(oaep_kinds), true);
}
