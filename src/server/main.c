#include "cli/commands.h"
#include "server/commands.h"
#include "server/local.h"

int main(int argc, char **argv)
{
    const struct command *const tables[] = { server_commands, cli_commands, NULL };
    return command_main(argc, argv, tables, local_access);
}
