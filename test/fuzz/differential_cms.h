/*
 * differential_cms - CMS messages that our readers accept, OpenSSL accepts and reads alike.
 *
 * BER goes in, as it comes from a peer. NULL, or what differs. Names and certificates are views
 * to our reader, which their own readers judge before they are used: those that these refuse, and
 * parts that are skipped unread, are no difference.
 */
#pragma once

#include "base/bytes.h"

const char *differ_signed_data(struct bytes ber);
const char *differ_enveloped_data(struct bytes ber);

/* What ber_to_der made, it makes again, and OpenSSL sees the same element. */
const char *differ_ber(struct bytes ber);
