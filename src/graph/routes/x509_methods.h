/*
 * x509_methods - the policy of signing in with certificates, below /policies; see
 * directory/x509_methods.h.
 */
#pragma once

#include "graph/crud.h"

extern const struct crud x509_method_crud;

route_fn x509_methods_list; /* the one method there is, as a collection */
route_fn x509_method_show;
route_fn x509_method_patch;
