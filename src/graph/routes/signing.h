/*
 * signing - cloudpki.signCertificateRequest: a CSR in, a certificate out, answered after the commit
 * without a thread that waits for it.
 */
#pragma once

#include "graph/route.h"

struct entity;

extern const struct entity sign_wish_entity;          /* parameters */
extern const struct entity signed_certificate_entity; /* the reply */

route_fn sign_request_action;
