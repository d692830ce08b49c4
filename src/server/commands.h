/*
 * commands - serve, init, token, config: what needs the data directory itself.
 */
#pragma once

#include "cli/command.h"

extern const struct command server_commands[];
