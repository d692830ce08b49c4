/*
 * connection - one accepted socket: its phase, its deadline, its place in the caps.
 *
 * evhttp has no callback for a connection that never completes a request, so each is registered
 * when its bufferevent is made, and a sweep closes those whose phase has lasted too long. All on
 * the loop's thread. A connection may be closed at any moment: a job that is out keeps the
 * request, which it owns until its reply is handed over.
 */
#pragma once

#include "http/admission.h"

#include <event2/bufferevent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct acceptor;
struct evhttp_connection;
struct evhttp_request;
struct http_job;
struct loop;

enum connection_phase {
    PHASE_HANDSHAKE,
    PHASE_IDLE, /* before a request's first octet */
    PHASE_HEADERS,
    PHASE_BODY,
    PHASE_JOB, /* the request is out; nothing is read, the job's deadline counts */
    PHASE_SENDING,
    PHASE_REFUSED, /* 503 before the request is whole: the rest is read and dropped */
};

struct connection {
    LIST_ENTRY(connection) link;
    struct loop *loop;
    const struct acceptor *acceptor;
    struct bufferevent *stream;
    struct evhttp_connection *http; /* NULL until it is settled */
    bufferevent_data_cb on_written; /* evhttp's own callbacks */
    bufferevent_event_cb on_event;
    int socket;
    enum connection_phase phase;
    int64_t deadline_ms;
    size_t line_octets;    /* of the header line under way */
    size_t name_octets;    /* of "Content-Length:", as many as that line begins with */
    size_t body_octets;    /* what Content-Length says; 0 once that has been checked */
    size_t request_octets; /* of the request under way, arrived so far */
    struct http_job *job;
    struct address_key address;
    bool is_refused;
    bool is_handshaking;
    bool is_admitted;
};

/* For evhttp_set_bevcb; arg is the acceptor. */
struct bufferevent *connection_open(struct event_base *base, void *acceptor);

/* Counts what has just been accepted and closes what is over a cap. */
void connection_settle_newborns(struct loop *loop);

void connection_handshake_done(void *connection);

/* The request is complete and belongs to job. */
struct connection *connection_begin_job(struct loop *loop, struct evhttp_request *request,
                                        struct http_job *job);

/* Whole reply is in the output; evhttp ends the request when it has left. */
void connection_end_job(struct connection *connection, struct evhttp_request *request,
                        uint64_t octets);

/* A reply in pieces has begun. */
void connection_begin_sending(struct connection *connection, uint64_t octets);

void connection_close(struct connection *connection);
void connection_sweep(struct loop *loop, int64_t now_ms);

/* Closes what waits for a request; true when nothing is left. */
bool connection_close_idle(struct loop *loop);
void connection_close_all(struct loop *loop);
