#!/usr/bin/env python3
"""Writes the migrations as C: embed.py OUT FILE.sql... (numbered, in order)"""

import os
import sys
import textwrap


def octets(text):
    """As numbers, for ISO C caps the length of a string literal at 4,095."""
    numbers = ", ".join(str(octet) for octet in text.encode("ascii") + b"\0")
    return textwrap.fill(numbers, 96, initial_indent="    ", subsequent_indent="    ")


def main():
    out, *files = sys.argv[1:]
    names = [os.path.basename(path)[: -len(".sql")] for path in files]
    if [int(name.split("_")[0]) for name in names] != list(range(1, len(names) + 1)):
        sys.exit("migrations must be numbered 1, 2, 3 without gaps: " + " ".join(names))
    with open(out, "w", encoding="ascii") as target:
        target.write('#include "store/migrate.h"\n\n#include <stddef.h>\n\n')
        for path, name in zip(files, names):
            with open(path, encoding="ascii") as source:
                lines = [line for line in source if not line.startswith("--")]
            target.write("static const char sql_%s[] = {\n%s\n};\n\n" % (name, octets("".join(lines))))
        target.write("const struct migration migrations[] = {\n")
        for name in names:
            target.write('    { "%s", sql_%s },\n' % (name, name))
        target.write("    { NULL, NULL },\n};\n")


main()
