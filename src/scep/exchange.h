/*
 * exchange - one PKIOperation from its message to its CertRep.
 *
 * Lives in the arena of its HTTP job, because the answer may come later and on another thread.
 * Exactly one of exchange_succeed, _pend, _refuse answers; after it, or once the exchange was
 * handed to ca_issue, nothing may touch it any more.
 */
#pragma once

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/error.h"
#include "model/grant.h"
#include "scep/message.h"

#include <stdbool.h>
#include <time.h>

struct arena;
struct http_job;
struct issuer;
struct message_row;
struct officer;
struct scep;

struct exchange {
    struct scep *scep;
    struct http_job *job;
    struct arena *arena;
    const char *ca_id;
    int64_t version; /* 0: the active one; else it is staged */
    time_t now;
    const struct message_row *row; /* what it asks for; never NULL */
    struct scep_request request;
    struct officer *ra; /* the recipient, or the current one; NULL until known */
    struct certificate ra_certificate;
    struct cms_enveloped envelope;
    struct scep_opened opened;
    struct csr csr;
    struct grant grant;
};

/* true: answered or handed on. false: err says why, and the caller refuses. */
typedef bool exchange_fn(struct exchange *exchange, struct error *err);

struct message_row {
    const char *name; /* label in log and metrics */
    exchange_fn *run; /* NULL: no message for a CA, or none at all */
};

/* One for each kind that is counted by itself, SCEP_KINDS_MAX at most; a type without a row of
 * its own has the first. */
extern const struct message_row message_rows[];
extern const size_t message_row_count;

/* From the octets of a pkiMessage to its answer. err is filled on false: nothing was answered and
 * no CertRep is possible. */
bool exchange_run(struct scep *scep, struct http_job *job, const struct issuer *issuer,
                  struct bytes message, time_t now, struct error *err) MUST_CHECK;

/* With these certificates, the asked one first, or with a CRL. */
void exchange_succeed(struct exchange *exchange, const struct bytes *certificates, size_t count);
void exchange_succeed_crl(struct exchange *exchange, struct bytes crl);
void exchange_pend(struct exchange *exchange);
void exchange_refuse(struct exchange *exchange, const struct error *err);
