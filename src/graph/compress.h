/*
 * compress - long answers in gzip, RFC 1952, RFC 9110 §8.4.1.3.
 *
 * Answers that carry a secret stay as they are: who can have his own words put next to a secret
 * learns it from the lengths (BREACH).
 */
#pragma once

struct exchange;

/* Compresses the reply if it is long, no secret and the caller takes gzip. */
void compress_reply(struct exchange *exchange);
