"""The command line, as its own help tells it."""
import json
import re

import pytest

from conftest import PROGRAM, run

COMMANDS = [line.strip().split("  ")[0] for line in run(PROGRAM, "--help").stdout.splitlines()
            if line.startswith("  ")]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command):
    shown = run(PROGRAM, *command.split(), "--help").stdout
    assert "usage:" in shown and re.search(r"example:\n  cloudpki " + command, shown)


@pytest.mark.parametrize("group", ["ca", "cert"])
def test_a_group_tells_its_commands(group):
    shown = run(PROGRAM, group, "--help").stdout
    assert re.search(r"example:\n  cloudpki " + group, shown)
    for command in COMMANDS:
        assert (f"  {command} " in shown) == command.startswith(group + " ")
    for words in ([group], [group, "nothing"]):
        done = run(PROGRAM, *words, check=False)
        assert done.returncode == 2 and f"usage: cloudpki {group} COMMAND" in done.stderr


def test_misuse_exits_with_2():
    for words in ([], ["nothing"], ["serve", "--nothing"], ["ca", "show"], ["ca", "create", "--type", "leaf"],
                  ["token", "--lifetime", "soon"], ["cert", "list"], ["ca", "show", "a", "b"]):
        assert run(PROGRAM, *words, check=False).returncode == 2, words


def test_failure_exits_with_1(server):
    done = server.cli_process("ca", "show", "00000000-0000-4000-8000-000000000000", check=False)
    assert done.returncode == 1 and done.stderr.startswith("cloudpki ca show: ")


def test_without_anything_the_data_directory_lets_its_owner_in(server):
    if server.database.url:
        pytest.skip("the database stands in no cloudpki.ini here")
    shown = run(PROGRAM, "ca", "list", "--data", server.data_dir)
    assert shown.stdout.startswith("ID ")


def test_a_ca_from_making_to_deleting(server):
    root = server.cli("ca", "create", "--name", "CLI root", "--o", "Acme", "--c", "CH")
    assert root["subjectName"] == "C=CH,O=Acme,CN=CLI root"
    ca = server.cli("ca", "create", "--type", "issuing", "--issuer", root["id"], "--name", "CLI issuing")
    assert server.cli("ca", "pause", ca["id"])["certificationAuthorityStatus"] == "paused"
    assert server.cli("ca", "resume", ca["id"])["certificationAuthorityStatus"] == "active"
    listed = [row["id"] for row in server.cli("ca", "list")]
    assert root["id"] in listed and ca["id"] in listed
    chain = server.cli_process("ca", "chain", ca["id"]).stdout
    assert chain.count("BEGIN CERTIFICATE") == 2
    server.cli("ca", "pause", ca["id"])
    assert server.cli("ca", "revoke", ca["id"])["certificationAuthorityStatus"] == "revoked"
    assert server.cli_process("ca", "delete", ca["id"]).stdout == ""
    assert server.cli_process("ca", "delete", root["id"]).stdout == ""


def test_a_certificate_from_challenge_to_revocation(server, hierarchy):
    _, ca = hierarchy
    made = server.cli("challenge", "--ca", ca["id"], "--subject", "CN=cli-device", "--expires", "10m")
    assert len(made["challenge"]) == 32
    leaf = server.enrol(ca["id"])
    assert server.cli("cert", "show", "--ca", ca["id"], leaf["id"])["serialNumber"] == leaf["serialNumber"]
    found = server.cli("cert", "find", "--ca", ca["id"], leaf["serialNumber"].lower())
    assert found["id"] == leaf["id"]
    revoked = server.cli("cert", "revoke", "--ca", ca["id"], "--serial", leaf["serialNumber"],
                         "--reason", "keyCompromise")
    assert revoked["certificateStatus"] == "revoked"
    rows = server.cli("cert", "list", "--ca", ca["id"], "--status", "revoked")
    assert [row["id"] for row in rows] == [leaf["id"]]


def test_tables_are_for_people_and_json_for_programs(server, hierarchy):
    table = server.cli_process("ca", "list").stdout.splitlines()
    assert table[0].split()[:3] == ["ID", "NAME", "STATUS"]
    assert isinstance(json.loads(server.cli_process("ca", "list", "--json").stdout), list)
