#include "unit/unit.h"

#include "graph/prefer.h"

static void expect(const char *header, bool enum_members, bool minimal, unsigned page_size)
{
    struct preferences read = preferences_read(header);
    if (read.enum_members != enum_members || read.minimal != minimal || read.page_size != page_size)
        unit_fail("%s: %d %d %u", header, read.enum_members, read.minimal, read.page_size);
}

TEST(prefer_reads_what_it_knows)
{
    expect(NULL, false, false, 0);
    expect("", false, false, 0);
    expect(" , ;,=", false, false, 0);
    expect("return=minimal", false, true, 0);
    expect("Return = \"minimal\" ; foo=bar", false, true, 0);
    expect("return=representation, return=minimal", false, false, 0);
    expect("odata.maxpagesize=5", false, false, 5);
    expect("maxpagesize=7,include-unknown-enum-members,return=minimal", true, true, 7);
    expect("IdType=\"ImmutableId\", INCLUDE-unknown-enum-members", true, false, 0);
}

TEST(prefer_passes_over_what_cannot_be)
{
    expect("odata.maxpagesize=0", false, false, 0);
    expect("odata.maxpagesize=-1", false, false, 0);
    expect("odata.maxpagesize=5x", false, false, 0);
    expect("odata.maxpagesize=99999999999999999999", false, false, 0);
    expect("odata.maxpagesize", false, false, 0);
    expect("return=maximal, returns=minimal", false, false, 0);
}
