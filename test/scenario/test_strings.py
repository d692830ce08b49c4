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


ENTITIES = {  # what each needs to be made, beside the string that is tried; the rest is told by the OpenAPI document
    CAS: {"cloudCertificationAuthorityType": "rootCertificationAuthority", "certificateKeySize": "eCP256",
          "cloudCertificationAuthorityHashingAlgorithm": "sha256", "validityPeriodInYears": 5, "displayName": "x",
          "extendedKeyUsages": [{"name": "Client", "objectIdentifier": "1.3.6.1.5.5.7.3.2"}]},
    PKIS.replace("v1.0", "beta"): {},
    "/beta/applications": {"displayName": "x"},
    "/beta/deviceManagement/cloudPkiSubscriptions": {"displayName": "x", "cloudPkiProvider": "symantec", "credentials": CREDENTIALS},
    "/beta/networkAccess/tlsInspectionPolicies": {"name": "x", "settings": {"defaultAction": "bypass"}},
    "/beta/networkAccess/tls/externalCertificateAuthorityCertificates": {"commonName": "x", "organizationName": "x"},
    "/beta/users": {"displayName": "x", "accountEnabled": True},
    "/beta/groups": {"displayName": "x"},
}
FRESH = {"commonName": "x", "userPrincipalName": "x@example.org", "name": "x"}  # what no two may share


@pytest.fixture(scope="module")
def document(server):
    return server.api("GET", "/beta/openapi.json", token="").json()


def strings_of(document, path):
    """The members of the body that makes one: texts that are neither a choice nor a form such as a time."""
    body = document["paths"][path.removeprefix("/beta")]["post"]["requestBody"]["content"]["application/json"]["schema"]
    while "$ref" in body:
        body = document["components"]["schemas"][body["$ref"].split("/")[-1]]
    kinds = {name: kind for name, kind in body["properties"].items() if not name.startswith("@")}
    return {name for name, kind in kinds.items()
            if "string" in kind.get("type", []) and not {"readOnly", "format", "enum", "contentEncoding"} & set(kind)}


@pytest.mark.parametrize("path", ENTITIES)
def test_a_text_comes_back_as_it_was_or_is_refused_by_name(server, document, path):
    names = strings_of(document, path)
    before = server.api("GET", CAS + "/$count").text
    assert names
    taken = set()
    for name in sorted(names):
        for text in ODD:
            fresh = {key: uuid.uuid4().hex[:10] + value[1:] for key, value in FRESH.items() if key in names}
            reply = server.api("POST", path, {**fresh, **ENTITIES[path], **fresh, name: text})
            if reply.status_code in (400, 409):
                assert name in reply.json()["error"]["message"], f"{name}: {text!r}: {reply.text}"
                continue
            assert reply.status_code == 201, f"{name}: {text!r}: {reply.text}"
            made = reply.json()
            own = f"{path}/{made['id']}"
            assert made[name] == text and server.api("GET", own).json()[name] == text, name
            taken.add(name)
            assert server.api("DELETE", own).status_code == 204
    assert taken, f"{path}: nothing of {names} was taken"
    assert server.api("GET", CAS + "/$count").text == before


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


def test_octets_that_are_no_text_are_refused(server):
    for path in ENTITIES:
        for octets in (b'{"displayName": "\xff"}', b'{"displayName": "\xc0\x80"}', b'{"name": "\\u0000"}', b'{"name": "\\ud800"}'):
            reply = server.api("POST", path, data=octets, headers={"Content-Type": "application/json"})
            assert reply.status_code == 400, f"{octets}: {reply.text}"
