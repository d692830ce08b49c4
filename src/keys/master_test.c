#include "unit/unit.h"

#include "keys/keys.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct place {
    char directory[32];
    char path[64];
};

static struct place place_new(void)
{
    struct place place = { .directory = "/tmp/master_test_XXXXXX" };
    assert_non_null(mkdtemp(place.directory));
    snprintf(place.path, sizeof place.path, "%s/master.key", place.directory);
    return place;
}

static void place_remove(const struct place *place)
{
    unlink(place->path);
    assert_int_equal(rmdir(place->directory), 0); /* nothing else was left there */
}

static void write_file(const char *path, const char *text, mode_t mode)
{
    unlink(path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(chmod(path, mode), 0);
}

#define HEX_63 "00112233445566778899aabbccddeeffFFEEDDCCBBAA9988776655443322110"

TEST(master_key_is_made_once_with_mode_0600)
{
    struct place place = place_new();
    struct error err = { 0 };
    uint8_t first[MASTER_KEY_OCTETS];
    uint8_t second[MASTER_KEY_OCTETS];
    unit_ok(keys_read_master(place.path, true, first, &err), &err);
    struct stat status;
    assert_int_equal(stat(place.path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(status.st_size, 65);
    unit_ok(keys_read_master(place.path, true, second, &err), &err);
    assert_memory_equal(first, second, sizeof first);
    place_remove(&place);
}

TEST(master_key_is_not_made_unless_it_may_be)
{
    struct place place = place_new();
    struct error err = { 0 };
    uint8_t key[MASTER_KEY_OCTETS];
    assert_false(keys_read_master(place.path, false, key, &err));
    assert_non_null(strstr(err.message, "cannot be opened"));
    assert_int_not_equal(access(place.path, F_OK), 0);
    place_remove(&place);
}

TEST(master_key_interrupted_in_the_making_is_made_again)
{
    struct place place = place_new();
    char beside[80];
    snprintf(beside, sizeof beside, "%s.new", place.path);
    write_file(beside, "0011", 0600);
    struct error err = { 0 };
    uint8_t key[MASTER_KEY_OCTETS];
    unit_ok(keys_read_master(place.path, true, key, &err), &err);
    place_remove(&place);
}

TEST(master_key_file_for_others_to_read_is_refused)
{
    static const mode_t modes[] = { 0644, 0640, 0604, 0620, 0610, 0666 };
    struct place place = place_new();
    for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
        struct error err = { 0 };
        uint8_t key[MASTER_KEY_OCTETS];
        write_file(place.path, HEX_63 "0", modes[i]);
        assert_false(keys_read_master(place.path, true, key, &err));
        assert_non_null(strstr(err.message, "chmod 600"));
    }
    place_remove(&place);
}

TEST(master_key_file_holds_64_digits_and_nothing_else)
{
    static const struct {
        const char *text;
        bool ok;
    } rows[] = {
        { HEX_63 "0\n", true },  { HEX_63 "0", true },      { HEX_63 "\n", false },
        { HEX_63, false },       { HEX_63 "00\n", false },  { HEX_63 "0\n\n", false },
        { HEX_63 "g\n", false }, { HEX_63 "0\r\n", false }, { "", false },
        { "\n", false },         { HEX_63 HEX_63, false },  { "0x" HEX_63, false },
    };
    struct place place = place_new();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct error err = { 0 };
        uint8_t key[MASTER_KEY_OCTETS];
        write_file(place.path, rows[i].text, 0400);
        assert_int_equal(keys_read_master(place.path, true, key, &err), rows[i].ok);
        if (rows[i].ok)
            assert_int_equal(key[1], 0x11);
        else
            assert_null(strstr(err.message, "0011"));
    }
    place_remove(&place);
}

TEST(master_key_that_is_a_directory_is_refused)
{
    struct error err = { 0 };
    uint8_t key[MASTER_KEY_OCTETS];
    assert_false(keys_read_master("/tmp", true, key, &err));
    assert_non_null(strstr(err.message, "not a regular file"));
}
