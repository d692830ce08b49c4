#include "unit/unit.h"

#include "base/arena.h"
#include "base/text.h"
#include "ca/issue/sign_request.h"
#include "ca/world_test.h"
#include "model/grant.h"
#include "x509/certificate.h"
#include "x509/name.h"

#include <semaphore.h>
#include <string.h>

struct answer {
    struct issued issued;
    struct error err;
    struct bytes chain;
    struct arena *arena;
    sem_t is_done;
};

static void note(void *context, const struct issued *issued, const struct error *err)
{
    struct answer *answer = context;
    answer->issued = *issued;
    answer->chain = arena_bytes(answer->arena, issued->chain);
    answer->err = *err;
    sem_post(&answer->is_done);
}

static struct answer sign(struct world *world, const struct grant *grant, struct bytes csr,
                          int64_t version)
{
    struct answer answer = { .arena = world->arena };
    const struct sign_request request = {
        .ca_id = grant->ca_id,
        .version = version,
        .csr = csr,
        .grant = grant,
        .actor = "admin",
        .now = world->now,
        .arena = world->arena,
    };
    sem_init(&answer.is_done, 0, 0);
    ca_sign_request(world->authority, &request, note, &answer);
    sem_wait(&answer.is_done);
    sem_destroy(&answer.is_done);
    return answer;
}

static struct grant grant_for(struct world *world, const char *ca_id, const char *subject)
{
    struct challenge challenge = world_challenge(world, ca_id, subject);
    struct grant grant = grant_of_challenge(&challenge, world->now);
    grant.challenge_id = NULL;
    return grant;
}

static struct bytes pem_of(struct world *world, const char *label, struct bytes der)
{
    struct buf *text = buf_new(65536);
    pem_encode(label, der, text);
    struct bytes copy = arena_bytes(world->arena, buf_bytes(text));
    buf_free(text);
    return copy;
}

static struct bytes base64_of(struct world *world, struct bytes octets)
{
    struct buf *text = buf_new(65536);
    base64_encode(octets, text);
    struct bytes copy = arena_bytes(world->arena, buf_bytes(text));
    buf_free(text);
    return copy;
}

WORLD_TEST(sign_request_reads_pem_der_and_base64_of_either)
{
    struct ca ca = world_issuing(world);
    struct grant grant = grant_for(world, ca.id, "CN=server");
    const struct csr_wish wish = { .subject = "CN=server" };
    struct bytes der = world_csr(world, &wish)->der;
    struct bytes pem = pem_of(world, "CERTIFICATE REQUEST", der);
    const struct bytes given[] = { der, pem, pem_of(world, "NEW CERTIFICATE REQUEST", der),
                                   base64_of(world, der), base64_of(world, pem) };
    for (size_t i = 0; i < ARRAY_LEN(given); i++) {
        struct answer answer = sign(world, &grant, given[i], 0);
        unit_ok(answer.issued.outcome == ISSUE_ISSUED, &answer.err);
    }
    assert_int_equal(world_audits(world, "Create CloudCertificationAuthorityLeafCertificate"), 5);
}

WORLD_TEST(sign_request_answers_with_row_and_chain)
{
    struct ca ca = world_issuing(world);
    struct grant grant = grant_for(world, ca.id, "CN=server");
    grant.device_name = "rack-1";
    grant.validity_days = 30;
    const struct csr_wish wish = { .subject = "CN=server" };
    struct answer answer = sign(world, &grant, world_csr(world, &wish)->der, 0);
    unit_ok(answer.issued.outcome == ISSUE_ISSUED, &answer.err);
    const struct leaf *leaf = answer.issued.leaf;
    struct leaf stored = world_stored(world, leaf->id);
    assert_true(bytes_equal(stored.certificate, leaf->certificate));
    assert_string_equal(stored.device_name, "rack-1");
    assert_int_equal(leaf->status, LEAF_ACTIVE);
    assert_int_equal(leaf->not_after - leaf->not_before + 1, 30 * 24 * 3600);
    uint8_t *all = arena_take(world->arena, answer.issued.issuer.len + answer.chain.len);
    memcpy(all, answer.issued.issuer.data, answer.issued.issuer.len);
    memcpy(all + answer.issued.issuer.len, answer.chain.data, answer.chain.len);
    struct bytes chain = { all, answer.issued.issuer.len + answer.chain.len };
    assert_int_equal(world_verify(leaf->certificate, chain, world->now), 0);
}

WORLD_TEST(sign_request_refuses_what_it_cannot_read)
{
    struct ca ca = world_issuing(world);
    struct grant grant = grant_for(world, ca.id, "CN=server");
    const struct csr_wish wish = { .subject = "CN=server" };
    struct bytes der = world_csr(world, &wish)->der;
    const struct bytes given[] = {
        BYTES_NONE,
        bytes_of_text("not a CSR"),
        { der.data, der.len - 1 },
        pem_of(world, "CERTIFICATE", der),
        base64_of(world, bytes_of_text("not a CSR")),
    };
    for (size_t i = 0; i < ARRAY_LEN(given); i++) {
        struct answer answer = sign(world, &grant, given[i], 0);
        assert_int_equal(answer.issued.outcome, ISSUE_FAILED);
        assert_int_equal(answer.err.code, ERR_BAD_CSR);
    }
}

WORLD_TEST(sign_request_wants_possession_and_what_was_granted)
{
    struct ca ca = world_issuing(world);
    struct grant grant = grant_for(world, ca.id, "CN=server");
    const struct csr_wish wish = { .subject = "CN=server" };
    const struct csr_wish other = { .subject = "CN=other" };
    struct bytes der = arena_bytes(world->arena, world_csr(world, &wish)->der);
    uint8_t *spoilt = arena_take(world->arena, der.len);
    memcpy(spoilt, der.data, der.len);
    spoilt[der.len - 1] ^= 1;
    struct answer answer = sign(world, &grant, (struct bytes){ spoilt, der.len }, 0);
    assert_int_equal(answer.issued.outcome, ISSUE_FAILED);
    assert_int_equal(answer.err.code, ERR_BAD_SIGNATURE);
    answer = sign(world, &grant, world_csr(world, &other)->der, 0);
    assert_int_equal(answer.err.code, ERR_BAD_CSR);
    answer = sign(world, &grant, der, 2);
    assert_int_equal(answer.err.code, ERR_NOT_FOUND);
}
