/*
 * listen - one TCP port shared by several sockets of this process, and by no other process.
 */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>
#include <stddef.h>

struct error;

/* Opens count sockets on "address:port" or "[address]:port"; port 0 takes a free one. They are
 * bound, not yet listening. Errors: ERR_CONFLICT when the address is taken, ERR_INVALID when it
 * is none of this machine. */
bool listen_bind(const char *address, int *sockets, size_t count, unsigned *port,
                 struct error *err) MUST_CHECK;
