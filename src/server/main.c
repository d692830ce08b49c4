#include "cli/commands.h"
#include "server/commands.h"
#include "server/local.h"

#include <malloc.h>
#include <stdio.h>
#include <sys/resource.h>

/* Keys and tokens are in memory, and a core would hold them. The limit does not bind handlers that
 * read a core from a pipe: for them the filter leaves out what is private and anonymous, core(5).
 */
static void leave_no_core(void)
{
    const struct rlimit none = { 0, 0 };
    (void)setrlimit(RLIMIT_CORE, &none);
    FILE *filter = fopen("/proc/self/coredump_filter", "we");
    if (filter) {
        fputs("0", filter);
        fclose(filter);
    }
}

/* What a request took is kept for the next one: given back to the kernel after each, it comes
 * back page by page, cleared, which costs as much as the answer. */
static void keep_memory(void)
{
    enum { HELD_OCTETS = 1024 * 1024 };
    (void)mallopt(M_MMAP_THRESHOLD, HELD_OCTETS);
    (void)mallopt(M_TRIM_THRESHOLD, HELD_OCTETS);
}

int main(int argc, char **argv)
{
    const struct command *const tables[] = { server_commands, cli_commands, NULL };
    leave_no_core();
    keep_memory();
    return command_main(argc, argv, tables, local_access);
}
