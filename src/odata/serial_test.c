#include "unit/unit.h"

#include "base/arena.h"
#include "odata/serial.h"

/* pki-rules §1: any case, colons, leading zeros; as the INTEGER's content octets. */
TEST(serial_is_read_as_people_write_it)
{
    static const struct {
        const char *text;
        const char *hex;
    } rows[] = {
        { "4a", "4A" },
        { "4A", "4A" },
        { "4a:ff", "4AFF" },
        { "00004aff", "4AFF" },
        { "aff", "0AFF" },
        { "80", "0080" },
        { "0080", "0080" },
        { "0", "00" },
        { "4a ff", "4AFF" },
        { "7fffffffffffffffffffffffffffffffffffffff", "7fffffffffffffffffffffffffffffffffffffff" },
    };
    SCOPED(arena_free) struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct error err = { 0 };
        struct bytes serial;
        unit_ok(serial_from_text(rows[i].text, arena, &serial, &err), &err);
        assert_true(bytes_equal(serial, unit_hex(rows[i].hex)));
    }
}

TEST(serial_that_cannot_be_is_refused)
{
    static const char *const texts[] = {
        "",
        ":",
        "xyz",
        "4a-ff",
        "0x4a",
        "4a\n",
        "ffffffffffffffffffffffffffffffffffffffff", /* 21 octets with its 00 */
        "017fffffffffffffffffffffffffffffffffffffff",
    };
    SCOPED(arena_free) struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct error err = { 0 };
        struct bytes serial;
        assert_false(serial_from_text(texts[i], arena, &serial, &err));
        assert_int_equal(err.code, ERR_INVALID);
    }
}
