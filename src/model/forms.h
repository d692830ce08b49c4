/*
 * forms - what texts of more than one entity must look like; see struct text_form.
 *
 * Form only: whether an identifier is known, or a URL leads anywhere, is for others to say.
 */
#pragma once

#include "model/property.h"

extern const struct text_form url_form;            /* http or https */
extern const struct text_form plain_url_form;      /* http only: where CRLs are fetched from */
extern const struct text_form oid_form;            /* dotted */
extern const struct text_form key_identifier_form; /* hex of a subject key identifier */
