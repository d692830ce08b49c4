#include "unit/unit.h"

#include "base/random.h"
#include "base/text.h"

#include <string.h>

enum { TIME_CHARACTERS = 18 }; /* of the text, version and fraction among them */

TEST(rfc_9562_5_7_uuids_are_of_version_7)
{
    char uuid[UUID_TEXT_OCTETS];
    for (size_t i = 0; i < 1000; i++) {
        random_uuid(uuid);
        assert_true(text_is_uuid(uuid));
        assert_int_equal(uuid[14], '7');
        assert_non_null(strchr("89ab", uuid[19]));
    }
}

TEST(uuids_begin_with_their_time_and_never_repeat)
{
    char last[UUID_TEXT_OCTETS] = "";
    char uuid[UUID_TEXT_OCTETS];
    for (size_t i = 0; i < 1000; i++) {
        random_uuid(uuid);
        assert_true(strncmp(last, uuid, TIME_CHARACTERS) <= 0);
        assert_string_not_equal(last, uuid);
        memcpy(last, uuid, sizeof uuid);
    }
    assert_true(strcmp(uuid, "0190") > 0); /* later than 2024 */
}
