#!/usr/bin/env python3
"""Words that may not stand in src/: unsafe calls, PKCS7_*, unfinished marks, files too long."""
import os
import re
import sys

top = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

RULES = [
    (r"\bPKCS7_\w", "PKCS7_ has a history of use after free: use CMS"),
    (r"\b(strcpy|strcat|sprintf|strtok|atoi|gets|alloca|localtime)\s*\(", "not used here"),
    (r"\b(TODO|FIXME|XXX)\b", "unfinished mark"),
    (r"\bgoto\b", "ownership is scoped, not goto"),
]
LINES_MAX = 700


def faults():
    for folder, _, names in os.walk(os.path.join(top, "src")):
        for name in names:
            path = os.path.join(folder, name)
            if not name.endswith((".c", ".h")):
                continue
            lines = open(path).read().split("\n")
            shown = os.path.relpath(path, top)
            for number, line in enumerate(lines, 1):
                for pattern, why in RULES:
                    if re.search(pattern, line):
                        yield f"{shown}:{number}: {why}: {line.strip()}"
                if re.search(r"\bgetenv\s*\(", line) and not shown.startswith("src/server/") \
                        and not name.endswith("_test.c"):
                    yield f"{shown}:{number}: getenv only in server/"
            if len(lines) > LINES_MAX:
                yield f"{shown}: {len(lines)} lines: is it one thing?"


found = list(faults())
print("\n".join(found) if found else "source rules hold")
sys.exit(1 if found else 0)
