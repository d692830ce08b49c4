"""SQL, markup and every kind of odd text, in every string that a client may write: kept as it is, and nothing else happens."""
import uuid
from urllib.parse import quote

import pytest

from conftest import CAS

ODD = ["'; DROP TABLE cas; --", "\" OR 1=1 --", "$1", "$now", "{int}", "%s%n%x", "<script>alert(1)</script>", "&amp;", "\\u0041\\",
       "\\", "../../etc/passwd", "line\nbreak\ttab", "\u202eright to left", "\U0001f511 key", "e\u0301", "NULL", "null", "_%", "* ? [a-z]",
       "%00", "a" * 200]
PKIS = "/v1.0/directory/publicKeyInfrastructure/certificateBasedAuthConfigurations"
CREDENTIALS = {"adminUserName": "a", "adminPassword": "b"}


def places(server):
    """Where a text is written, and what else the body needs."""
    ca = server.create_ca()
    return [
        (f"{CAS}/{ca['id']}", "PATCH", "displayName", {}),
        (f"{CAS}/{ca['id']}", "PATCH", "description", {}),
        (PKIS, "POST", "displayName", {}),
        ("/v1.0/applications", "POST", "displayName", {}),
        ("/v1.0/applications", "POST", "description", {"displayName": "x"}),
        ("/beta/deviceManagement/cloudPkiSubscriptions", "POST", "displayName",
         {"cloudPkiProvider": "symantec", "credentials": CREDENTIALS}),
        ("/beta/deviceManagement/cloudPkiSubscriptions", "POST", "description",
         {"displayName": "x", "cloudPkiProvider": "symantec", "credentials": CREDENTIALS}),
    ]


@pytest.fixture(scope="module")
def where(server):
    return places(server)


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_a_text_comes_back_as_it_was_or_is_refused_by_name(server, where, text):
    for path, method, name, rest in where:
        if name == "displayName" and len(text) > 120 and path.endswith("applications"):
            continue
        reply = server.api(method, path, {**rest, name: text})
        if reply.status_code == 400:
            assert name in reply.json()["error"]["message"], reply.text
            continue
        assert reply.status_code in (200, 201), f"{path}: {reply.text}"
        assert reply.json()[name] == text
        own = path if method == "PATCH" else f"{path}/{reply.json()['id']}"
        assert server.api("GET", own).json()[name] == text


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_a_text_in_a_filter_finds_itself_and_nothing_else(server, text):
    mark = uuid.uuid4().hex
    made = server.api("POST", "/v1.0/applications", {"displayName": mark, "description": text})
    assert made.status_code in (201, 400)
    literal = "'" + text.replace("'", "''") + "'"
    for path, name in ((CAS, "displayName"), (PKIS, "displayName"), ("/v1.0/applications", "displayName")):
        for filter_text in (f"{name} eq {literal}", f"startswith({name},{literal})", f"not contains({name},{literal}) and {name} eq '{mark}'"):
            reply = server.api("GET", f"{path}?$filter=" + quote(filter_text))
            assert reply.status_code == 200, f"{filter_text}: {reply.text}"
            found = [each[name] for each in reply.json()["value"]]
            assert all(text in each or each == mark for each in found), found


@pytest.mark.parametrize("text", ODD[:6])
def test_a_text_that_is_no_id_is_found_nowhere(server, text):
    for path in (CAS, PKIS, "/v1.0/applications", "/beta/deviceManagement/cloudPkiSubscriptions", "/v1.0/directory/deletedItems"):
        assert server.api("GET", f"{path}/{quote(text, safe='')}").status_code in (400, 404)


def test_octets_that_are_no_text_are_refused(server, where):
    for path, method, name, rest in where[:2]:
        for octets in (b'{"%s": "\xff"}', b'{"%s": "\xc0\x80"}', b'{"%s": "\\u0000"}', b'{"%s": "\\ud800"}'):
            reply = server.api(method, path, data=octets % name.encode(), headers={"Content-Type": "application/json"})
            assert reply.status_code == 400, f"{octets}: {reply.text}"
