/* A pkiMessage on its whole way: read, verified (and taken whatever that says, because a fuzzer
 * cannot sign), opened with a fixed content key, its content read, and answered. */
#include "base/arena.h"
#include "base/error.h"
#include "scep/message.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* The key that the corpus is encrypted with: octets 0, 1, 2 … */
static bool fixed_key(void *context, bool is_oaep, struct bytes block, uint8_t *out, size_t out_len,
                      struct error *err)
{
    (void)context;
    (void)is_oaep;
    (void)block;
    (void)err;
    for (size_t i = 0; i < out_len; i++)
        out[i] = (uint8_t)i;
    return true;
}

static bool no_signature(void *context, enum digest digest, struct bytes digest_octets,
                         struct buf *out, struct error *err)
{
    (void)context;
    (void)digest;
    (void)err;
    buf_add(out, digest_octets);
    return true;
}

static void answer(const struct scep_request *request)
{
    struct error err = { .code = ERR_NONE };
    SCOPED(buf_free) struct buf *out = buf_new(SCEP_REPLY_OCTETS_MAX);
    struct scep_reply reply = { .status = SCEP_FAILURE,
                                .fail_info = SCEP_BAD_REQUEST,
                                .fail_text = "fuzzed",
                                .signer = &request->signer,
                                .sign = no_signature };
    struct cms_signed read;
    if (!scep_reply_encode(request, &reply, out, &err) ||
        !cms_parse_signed(buf_bytes(out), &read, &err))
        abort();
}

static void read_content(const struct scep_opened *opened, const struct spki *signer,
                         struct arena *arena)
{
    struct error errors[3] = { { .code = ERR_NONE } };
    struct csr csr;
    struct cms_identifier identifier;
    struct bytes issuer;
    struct bytes subject;
    bool csr_read = scep_opened_csr(opened, signer, arena, &csr, &errors[0]);
    bool identifier_read = scep_opened_identifier(opened, &identifier, &errors[1]);
    bool names_read = scep_opened_names(opened, &issuer, &subject, &errors[2]);
    if (csr_read + identifier_read + names_read > 1)
        abort();
}

static void open_message(const struct scep_request *request, struct arena *arena)
{
    struct error err = { .code = ERR_NONE };
    struct cms_enveloped envelope;
    struct scep_opened opened;
    if (scep_envelope_parse(request, true, arena, &envelope, &err) && envelope.recipient_count &&
        scep_envelope_open(&envelope, &envelope.recipients[0], fixed_key, NULL, arena, &opened,
                           &err))
        read_content(&opened, &request->signer.spki, arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct error err = { .code = ERR_NONE };
    struct error refused = { .code = ERR_NONE };
    struct scep_request request;
    SCOPED(arena_free) struct arena *arena = arena_new();
    if (!scep_request_parse((struct bytes){ data, len }, arena, &request, &err))
        return 0;
    if (scep_request_verify(&request, true, &refused) != (refused.code == ERR_NONE))
        abort();
    open_message(&request, arena);
    if (request.has_signer_certificate)
        answer(&request);
    return 0;
}
