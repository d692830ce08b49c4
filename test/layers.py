#!/usr/bin/env python3
"""Holds the includes of src/ to src/LAYERS, and compiles each header alone."""
import os
import re
import subprocess
import sys

top = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
src = os.path.join(top, "src")


def read_layers():
    layers = {}
    for line in open(os.path.join(src, "LAYERS")):
        if line.strip():
            name, _, below = line.partition(":")
            layers[name.strip()] = below.split()
    return layers


def sources():
    for folder, _, names in os.walk(src):
        for name in sorted(names):
            if name.endswith((".c", ".h")):
                path = os.path.join(folder, name)
                yield os.path.relpath(path, src), path


def wrong_includes(layers):
    for name, path in sources():
        layer = name.split(os.sep)[0]
        if layer not in layers:
            yield f"{name}: folder {layer} does not stand in LAYERS"
            continue
        allowed = layers[layer]
        for number, line in enumerate(open(path), 1):
            found = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            if not found:
                continue
            target = found.group(1).split("/")[0]
            is_test_helper = target in ("unit", "fuzz", "support") and name.endswith(("_test.c", "_test.h"))
            if target != layer and target not in allowed and allowed != ["*"] and not is_test_helper:
                yield f"{name}:{number}: {layer} may not include {found.group(1)}"
            elif not is_test_helper and not os.path.exists(os.path.join(src, found.group(1))):
                yield f"{name}:{number}: {found.group(1)} is not there"


def broken_headers():
    flags = ["-std=c17", "-D_GNU_SOURCE", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-x", "c",
             f"-I{src}", f"-I{top}/test", "-Wno-pragma-once-outside-header", "-Wno-unused-function"]
    headers = [path for name, path in sources() if name.endswith(".h")]
    for path in headers:
        unit = f'#include "{path}"\nextern int nothing;\n'
        done = subprocess.run(["gcc", *flags, "-"], input=unit, text=True, capture_output=True)
        if done.returncode != 0:
            yield f"{os.path.relpath(path, top)} does not compile alone:\n{done.stderr}"


faults = [*wrong_includes(read_layers()), *broken_headers()]
print("\n".join(faults) if faults else "layers hold")
sys.exit(1 if faults else 0)
