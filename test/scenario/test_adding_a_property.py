"""The worked example of docs/graph.md, done: a row, a member and a migration are a property."""
import os
import re
import shutil
import subprocess

import pytest

import conftest
from conftest import CAS, TOP, Server, run

SOURCES = ("src", "test/unit", "test/bench", "test/fuzz", "test/meson.build", "meson.build", "meson_options.txt")


def example():
    with open(os.path.join(TOP, "docs/graph.md"), encoding="utf-8") as file:
        blocks = re.findall(r"^```diff\n(.*?)^```$", file.read(), re.M | re.S)
    assert len(blocks) == 3
    return "".join(blocks)


@pytest.fixture
def program(tmp_path):
    """Ours with the example applied, without sanitizers: a quarter of a minute."""
    tree = tmp_path / "tree"
    for name in SOURCES:
        copy = shutil.copytree if os.path.isdir(os.path.join(TOP, name)) else shutil.copy
        os.makedirs(os.path.dirname(tree / name), exist_ok=True)
        copy(os.path.join(TOP, name), tree / name)
    run("patch", "-p1", "--fuzz=0", stdin=example(), cwd=tree)
    run("meson", "setup", "build", "-Dbuildtype=plain", "-Doptimization=0", cwd=tree)
    done = subprocess.run(["ninja", "-C", "build", "cloudpki"], cwd=tree, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout[-4000:]
    return str(tree / "build/cloudpki")


def test_a_row_a_member_and_a_migration_are_a_property(program, monkeypatch):
    monkeypatch.setattr(conftest, "PROGRAM", program)
    server = Server()
    try:
        ca = server.create_ca(supportContact="desk@example.org")
        other = server.create_ca()
        assert ca["supportContact"] == "desk@example.org" and other["supportContact"] is None
        too_long = server.api("PATCH", ca["id"], json={"supportContact": "x" * 257})
        assert too_long.status_code == 400 and "supportContact" in too_long.text
        changed = server.api("PATCH", ca["id"], json={"supportContact": "help@example.org"})
        assert changed.status_code == 200, changed.text
        for query in ("$filter=supportContact eq 'help@example.org'", "$filter=supportContact ne null", "$search=\"help@\""):
            found = server.api("GET", f"{CAS}?$select=id,supportContact&{query}").json()["value"]
            assert [(each["id"], each["supportContact"]) for each in found] == [(ca["id"], "help@example.org")], query
        refused = server.api("GET", f"{CAS}?$orderby=supportContact")
        assert refused.status_code == 400 and "supportContact" in refused.text
        metadata = server.api("GET", "/beta/$metadata?$format=json", token="").json()
        assert metadata["microsoft.graph"]["cloudCertificationAuthority"]["supportContact"] == {"$Nullable": True}
        schemas = server.api("GET", "/beta/openapi.json", token="").json()["components"]["schemas"]
        told = schemas["microsoft.graph.cloudCertificationAuthority.change"]["properties"]["supportContact"]
        assert told["maxLength"] == 256 and told["type"] == ["string", "null"]
    finally:
        status, log = server.destroy()
    assert status == 0, log[-4000:]
