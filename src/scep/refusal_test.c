#include "unit/unit.h"

#include "scep/refusal.h"

#include <string.h>

TEST(refusal_has_a_row_for_every_error)
{
    for (size_t code = ERR_NONE; code < ERR_COUNT; code++) {
        const struct scep_error_row *row = &scep_error_rows[code];
        if (row->fail_info == SCEP_FAIL_NONE || !row->text || !row->text[0])
            unit_fail("%s", error_code_text((enum error_code)code));
        assert_int_equal(row->fail_info == SCEP_HTTP_STATUS,
                         scep_fail_info_text(row->fail_info) == NULL);
    }
}

/* pki-rules §4: a client that may try later must not take the answer for its request's fault. */
TEST(pki_rules_4_busy_and_internal_are_never_a_cert_rep)
{
    static const enum error_code codes[] = { ERR_BUSY, ERR_INTERNAL, ERR_OUTCOME_UNKNOWN,
                                             ERR_THROTTLED };
    for (size_t i = 0; i < ARRAY_LEN(codes); i++)
        assert_int_equal(scep_error_rows[codes[i]].fail_info, SCEP_HTTP_STATUS);
    assert_int_equal(error_http_status(ERR_BUSY), 503);
    assert_int_equal(error_http_status(ERR_INTERNAL), 500);
}

TEST(pki_rules_4_bad_time_is_never_sent)
{
    for (enum scep_fail_info info = SCEP_FAIL_NONE; info < SCEP_FAIL_COUNT; info++) {
        const char *text = scep_fail_info_text(info);
        assert_true(!text || strcmp(text, "3") != 0);
    }
}

static const char *text_of(enum error_code code, const char *message, struct buf *out)
{
    struct error err = { .code = ERR_NONE };
    fail(&err, code, "%s", message);
    buf_truncate(out, 0);
    scep_refusal_text(&err, out);
    return buf_text(out);
}

/* pki-rules §4: one text, whatever was wrong with challenge or decryption. */
TEST(refusal_tells_no_reason_for_secrets)
{
    static const enum error_code codes[] = { ERR_BAD_CHALLENGE, ERR_BAD_SIGNATURE };
    SCOPED(buf_free) struct buf *out = buf_new(1024);
    for (size_t i = 0; i < ARRAY_LEN(codes); i++)
        assert_null(strstr(text_of(codes[i], "why", out), "why"));
    assert_non_null(strstr(text_of(ERR_BAD_CSR, "why", out), "why"));
}

TEST(refusal_repeats_no_control_characters)
{
    SCOPED(buf_free) struct buf *out = buf_new(1024);
    assert_null(strstr(text_of(ERR_BAD_CSR, "a\nb", out), "a"
                                                          "\n"));
    assert_null(strstr(text_of(ERR_BAD_CSR, "\xff\xfe", out), "\xff"));
}
