/*
 * san - GeneralNames, RFC 5280 §4.2.1.6: the subject alternative names we can read and write.
 *
 * Text form TYPE:VALUE, as on the CLI: "dns:d.example.org", "email:a@b", "uri:https://…",
 * "ip:192.0.2.1", "upn:u@example.org" (otherName 1.3.6.1.4.1.311.20.2.3), "dirname:CN=…",
 * "rid:1.2.3". Values are checked: DNS names by RFC 1034 preferred syntax with "_" and a leading
 * "*." admitted, addresses by RFC 5321 shape, URIs absolute. Errors: ERR_INVALID, ERR_MALFORMED.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct error;

enum san_type {
    SAN_OTHER,
    SAN_EMAIL,
    SAN_DNS,
    SAN_X400,
    SAN_DIRECTORY,
    SAN_EDI,
    SAN_URI,
    SAN_IP,
    SAN_REGISTERED_ID,
    SAN_UPN, /* our name for one kind of otherName */
};

enum { SANS_MAX = 100 };

struct san {
    enum san_type type;
    struct bytes value; /* text octets; 4 or 16 for IP; DER for directory; OID content; for OTHER
                           the whole otherName content */
};

struct sans {
    struct san *items;
    size_t count;
};

bool sans_parse(struct bytes general_names, struct arena *arena, struct sans *out,
                struct error *err) MUST_CHECK; /* the SEQUENCE, at least one name */

/* Form is checked when parsed; this is for names that we are asked to put into a certificate:
 * values as above. otherName but UPN, x400Address and ediPartyName never pass. ERR_INVALID. */
bool san_check(const struct san *san, struct error *err) MUST_CHECK;

/* A URI "tag:microsoft.com,2022-09-14:sid:…", which maps to an account. */
bool san_is_sid(const struct san *san);

bool san_from_text(const char *text, struct arena *arena, struct san *out,
                   struct error *err) MUST_CHECK;
void san_text(const struct san *san, struct buf *out);
bool san_equal(const struct san *a, const struct san *b);   /* DNS and mail hosts without case */
void sans_encode(const struct sans *sans, struct buf *out); /* the SEQUENCE */
bool sans_contain(const struct sans *sans, const struct san *san);
