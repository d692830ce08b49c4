#include "unit/unit.h"

#include "base/arena.h"
#include "ocsp/target.h"

#include <string.h>

static bool decodes(const char *text, const char *hex)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct bytes out;
    if (!target_decode(text, arena, &out))
        return false;
    assert_true(bytes_equal(out, unit_hex(hex)));
    return true;
}

TEST(rfc_6960_a_1_base64_is_read_as_the_field_writes_it)
{
    static const struct {
        const char *text;
        const char *hex;
    } rows[] = {
        { "", "" },
        { "MA==", "30" },
        { "MA", "30" },
        { "MAA=", "3000" },
        { "MAA%3D", "3000" },
        { "MAA%3d", "3000" },
        { "MA%3D%3D", "30" },
        { "%4dAA=", "3000" },
        { "MP//", "30ffff" },
        { "MP%2F%2f", "30ffff" },
        { "MP%2F/", "30ffff" },
        { "MP__", "30ffff" },
        { "MPv7", "30fbfb" },
        { "MPu+", "30fbbe" },
        { "MPu%2B", "30fbbe" },
        { "MPu%2b", "30fbbe" },
        { "MPu-", "30fbbe" },
        { "MPu%20", "30fbbe" },
        { "MP%0D%0Au+", "30fbbe" },
        { "MAA=%0A", "3000" },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_true(decodes(rows[i].text, rows[i].hex));
}

TEST(rfc_6960_a_1_what_is_not_base64_is_refused)
{
    static const char *const rows[] = { "M",     "MA=A",  "MA==MA", "M*A=", "MA%",   "MA%3",
                                        "MA%zz", "MAAAA", "=MA",    "MA.=", "MA%3DA" };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_false(decodes(rows[i], ""));
}

static void check_take(const char *path, const char *ca_id, const char *left)
{
    char out[OCSP_CA_ID_OCTETS];
    target_take_ca(&path, out);
    assert_string_equal(out, ca_id);
    assert_string_equal(path, left);
}

#define ID "01234567-89ab-4cde-8f01-23456789abcd"

TEST(target_takes_the_ca_and_the_slashes_around_it)
{
    check_take("", "", "");
    check_take("/", "", "");
    check_take(ID, ID, "");
    check_take(ID "/", ID, "");
    check_take(ID "/MEUw", ID, "MEUw");
    check_take(ID "//MEUw/x", ID, "MEUw/x");
    check_take("/" ID "/MEUw", ID, "MEUw");
    check_take("01234567-89AB-4CDE-8F01-23456789ABCD/MEUw", ID, "MEUw");
    check_take("MEUw/x//y", "", "MEUw/x//y");
    check_take("//MEUw", "", "MEUw");
    check_take("01234567-89ab-4cde-8f01-23456789abcg/MEUw", "",
               "01234567-89ab-4cde-8f01-23456789abcg/MEUw");
}
