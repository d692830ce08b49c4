"""OData on the API: options, paging, paths, and bodies that cannot be."""
import json
import os
import uuid
from urllib.parse import quote

import pytest

from conftest import CAS


def get(server, options="", path=CAS, **more):
    return server.api("GET", path + ("?" + options if options else ""), **more)


def refused(reply, status, *words):
    assert reply.status_code == status, reply.text
    message = reply.json()["error"]["message"]
    for word in words:
        assert word in message, message


@pytest.fixture(scope="module")
def seven(server):
    """Seven roots that share a description nobody filters by; in the order they were made."""
    mark = uuid.uuid4().hex[:8]
    return [server.create_ca(displayName=f"Page {mark}", commonName=f"Page {mark} {i}") for i in range(7)]


def test_select(server, seven):
    reply = get(server, "$select=id,displayName", f"{CAS}/{seven[0]['id']}").json()
    assert set(reply) == {"@odata.context", "@odata.etag", "id", "displayName"}
    assert reply["@odata.context"].endswith("cloudCertificationAuthority(id,displayName)/$entity")
    reply = get(server, "$select=activeVersion", f"{CAS}/{seven[0]['id']}").json()
    assert set(reply) == {"@odata.context", "@odata.etag", "activeVersion"}


def test_expand(server, seven):
    reply = get(server, "$expand=versions", f"{CAS}/{seven[0]['id']}").json()
    assert [each["versionNumber"] for each in reply["versions"]] == [1]


def test_filter(server, seven):
    one = seven[3]
    for text in (f"id eq '{one['id']}'", f"thumbprint eq '{one['thumbprint']}'",
                 f"serialNumber eq '{one['serialNumber'].lower()}'",
                 f"displayName eq '{one['displayName']}' and commonName eq '{one['commonName']}'",
                 f"(commonName eq '{one['commonName']}')",
                 f"createdDateTime eq {one['createdDateTime']} and commonName eq '{one['commonName']}'"):
        found = get(server, "$filter=" + quote(text)).json()["value"]
        assert [each["id"] for each in found] == [one["id"]], text
    assert get(server, "$filter=" + quote("displayName eq 'O''Neil'")).json()["value"] == []
    assert get(server, "filter=" + quote("commonName eq 'x'' OR 1=1 --'")).json()["value"] == []


def test_filter_on_status(server, seven):
    mine = f"displayName eq '{seven[0]['displayName']}' and certificationAuthorityStatus eq "
    assert len(get(server, "$filter=" + quote(mine + "'active'")).json()["value"]) == 7
    assert len(get(server, "$filter=" + quote(mine + "'expired'")).json()["value"]) == 0
    typed = mine + "microsoft.graph.cloudCertificationAuthorityStatus'active'"
    assert len(get(server, "$filter=" + quote(typed)).json()["value"]) == 7


def test_pages(server, seven):
    chosen = "$filter=" + quote(f"displayName eq '{seven[0]['displayName']}'")
    for order in ("", "&$orderby=commonName", "&$orderby=commonName%20desc", "&$orderby=displayName,id%20desc",
                  "&$orderby=validityEndDateTime%20desc,commonName%20asc"):
        whole = get(server, chosen + order).json()
        assert "@odata.nextLink" not in whole
        link, seen, pages = f"{CAS}?{chosen}{order}&$top=3&$count=true", [], 0
        while link:
            page = server.api("GET", link).json()
            assert ("@odata.count" in page) == (pages == 0)
            assert len(page["value"]) == (3 if pages < 2 else 1)
            seen += [each["id"] for each in page["value"]]
            link, pages = page.get("@odata.nextLink"), pages + 1
        assert pages == 3 and seen == [each["id"] for each in whole["value"]], order


def test_a_page_is_not_shifted_by_what_comes_meanwhile(server, seven):
    chosen = f"{CAS}?$top=3&$orderby=commonName&$filter=" + quote(f"displayName eq '{seven[0]['displayName']}'")
    first = server.api("GET", chosen).json()
    before = server.create_ca(displayName=seven[0]["displayName"], commonName=f"Aaa {uuid.uuid4()}")
    extra = server.create_ca(displayName=seven[0]["displayName"], commonName=f"Zzz {uuid.uuid4()}")
    seen, link = [each["id"] for each in first["value"]], first["@odata.nextLink"]
    while link:
        page = server.api("GET", link).json()
        seen += [each["id"] for each in page["value"]]
        link = page.get("@odata.nextLink")
    assert seen == [each["id"] for each in seven] + [extra["id"]]
    for each in (before, extra):
        assert server.api("DELETE", each["id"]).status_code == 204


def test_a_place_in_a_list_is_good_for_nothing_else(server, seven):
    page = get(server, "$top=1").json()
    place = page["@odata.nextLink"].split("$skiptoken=")[1]
    refused(get(server, "$top=1&$orderby=id&$skiptoken=" + place), 400, "$skiptoken")
    refused(get(server, "$top=1&$filter=id%20eq%20'x'&$skiptoken=" + place), 400, "$skiptoken")
    refused(get(server, "$skiptoken=" + place, f"{CAS}/{seven[0]['id']}/versions"), 400, "$skiptoken")
    refused(get(server, "$skiptoken=" + place[:-1]), 400, "$skiptoken")
    refused(get(server, "$skiptoken=" + "A" * len(place)), 400, "$skiptoken")
    refused(get(server, "$skiptoken="), 400, "$skiptoken")
    stranger = server.token(tenant=str(uuid.uuid4()))
    refused(get(server, "$top=1&$skiptoken=" + place, token=stranger), 400, "$skiptoken")
    colleague = server.token(subject="somebody@example.org")
    refused(get(server, "$top=1&$skiptoken=" + place, token=colleague), 400, "$skiptoken")
    assert get(server, "$top=2&$skiptoken=" + place).status_code == 200


def test_count(server, seven):
    chosen = "$filter=" + quote(f"displayName eq '{seven[0]['displayName']}'")
    reply = get(server, chosen, CAS + "/$count")
    assert reply.text == "7" and reply.headers["Content-Type"].startswith("text/plain")
    assert get(server, chosen + "&$count=true").json()["@odata.count"] == 7


def test_expand_takes_options_of_its_own(server, seven):
    one = f"{CAS}/{seven[0]['id']}"
    reply = get(server, "$select=id&$expand=versions($select=id,versionNumber;$filter=versionNumber%20ge%201)", one).json()
    assert set(reply) == {"@odata.context", "@odata.etag", "id", "versions"}
    assert [set(each) for each in reply["versions"]] == [{"id", "versionNumber"}]
    assert get(server, "$expand=versions($filter=versionNumber%20gt%201)", one).json()["versions"] == []


def test_members_of_nested_values_are_selected(server, seven):
    reply = get(server, "$select=extendedKeyUsages/objectIdentifier", f"{CAS}/{seven[0]['id']}").json()
    assert {name for usage in reply["extendedKeyUsages"] for name in usage} == {"objectIdentifier"}


def names_by(server, text):
    """The last words of the names that a filter finds."""
    found = get(server, "$top=999&$filter=" + quote(text))
    assert found.status_code == 200, found.text
    return sorted(each["commonName"].split()[-1] for each in found.json()["value"])


def test_every_operator(server, seven):
    mark = seven[0]["displayName"]
    mine = f"displayName eq '{mark}' and "
    name = f"{mark} "
    assert names_by(server, mine + f"commonName ne '{name}3'") == list("012456")
    assert names_by(server, mine + f"commonName gt '{name}3'") == list("456")
    assert names_by(server, mine + f"commonName ge '{name}3'") == list("3456")
    assert names_by(server, mine + f"commonName lt '{name}3'") == list("012")
    assert names_by(server, mine + f"commonName le '{name}3'") == list("0123")
    assert names_by(server, f"commonName in ('{name}1', '{name}5', 'nobody')") == list("15")
    assert names_by(server, mine + f"not (commonName eq '{name}1' or commonName eq '{name}2')") == list("03456")
    assert names_by(server, f"startswith(commonName,'{name}') and endswith(commonName,' 4')") == ["4"]
    assert names_by(server, f"contains(commonName,'{name[1:]}') and commonName ge '{name}6'") == ["6"]
    assert names_by(server, mine + "description eq null") == list("0123456")
    assert names_by(server, mine + "description ne null") == []
    assert names_by(server, mine + f"createdDateTime le {seven[0]['createdDateTime']} or commonName eq '{name}6'")[-1] == "6"
    assert names_by(server, mine + "validityEndDateTime gt 2100-01-01T00:00:00Z") == []
    assert names_by(server, mine + "certificateKeySize in ('eCP256','rsa2048')") == list("0123456")
    assert names_by(server, mine + "roleScopeTagIds/any(t:t eq '0')") == list("0123456")
    assert names_by(server, mine + "roleScopeTagIds/any(t:t eq '1')") == []
    usage = seven[0]["extendedKeyUsages"][0]["objectIdentifier"]
    assert names_by(server, mine + f"extendedKeyUsages/any(u:u/objectIdentifier eq '{usage}')") == list("0123456")


def test_search(server, seven):
    mark = seven[0]["displayName"].split()[-1]
    assert len(get(server, f"$search=%22{mark.upper()}%22").json()["value"]) == 7
    assert len(get(server, f"$search=%22commonName:{mark}%204%22").json()["value"]) == 1
    assert get(server, f"$search=%22{mark}%22%20AND%20nothing-like-it").json()["value"] == []


def test_skip(server, seven):
    chosen = "$filter=" + quote(f"displayName eq '{seven[0]['displayName']}'")
    page = get(server, chosen + "&$skip=2&$top=3").json()
    assert [each["id"] for each in page["value"]] == [each["id"] for each in seven[2:5]]
    rest = server.api("GET", page["@odata.nextLink"]).json()
    assert [each["id"] for each in rest["value"]] == [each["id"] for each in seven[5:]]


@pytest.mark.parametrize("options,words", [
    ("$search=%22%22", ["$search"]), ("$skip=-1", ["$skip"]), ("$apply=x", ["$apply"]), ("$format=xml", ["$format"]),
    ("colour=blue", ["colour"]), ("$top=0", ["$top"]), ("$top=1000", ["$top"]), ("$top=1&top=1", ["$top"]),
    ("$count=maybe", ["$count"]), ("$select=nothing", ["nothing"]), ("$select=tenant_id", ["tenant_id"]),
    ("$expand=nothing", ["nothing"]), ("$expand=versions($nothing=1)", ["$expand", "versions"]),
    ("$expand=cloudCertificationAuthorityLeafCertificate", ["$expand"]),
    ("$orderby=description", ["description"]), ("$orderby=displayName%20sideways", ["displayName"]),
    ("$filter=certificationAuthorityStatus%20ge%20'active'", ["ge", "certificationAuthorityStatus"]),
    ("$filter=startswith(createdDateTime,'a')", ["startswith", "createdDateTime"]),
    ("$filter=scepServerUrl%20eq%20'a'", ["eq", "scepServerUrl"]),
    ("$filter=" + "(" * 1000, ["nested"]), ("$filter=" + "not%20" * 1000, ["nested"]),
    ("$filter=" + "a" * 16500, []), ("$filter=%00", []),
])
def test_options_that_are_not_supported_are_named(server, options, words):
    refused(get(server, options), 400, *words)


def test_options_are_for_get(server, seven):
    refused(server.api("PATCH", f"{seven[0]['id']}?$select=id", json={}), 400, "$select")
    refused(server.api("POST", f"{CAS}?$top=1", json={}), 400, "$top")


def test_paths(server, seven):
    one = seven[0]["id"]
    for path in (f"/BETA/devicemanagement/cloudcertificationauthority/{one.upper()}", f"{CAS}('{one}')", f"{CAS}/{one}/"):
        assert server.api("GET", path).json()["id"] == one
    for path in ("/beta/nothing", "/v2.0/nothing", "/v2.0", f"{CAS}/nobody", f"{CAS}/{one}/nothing",
                 "/v1.0/deviceManagement/cloudCertificationAuthority", f"{CAS}//{one}",
                 "/beta/deviceManagement%2FcloudCertificationAuthority"):
        refused(server.api("GET", path), 404)
    reply = server.api("PUT", one, json={})
    refused(reply, 405)
    assert set(reply.headers["Allow"].split(", ")) == {"GET", "HEAD", "PATCH", "DELETE", "OPTIONS"}
    head = server.api("HEAD", one)
    assert head.status_code == 200 and head.content == b"" and int(head.headers["Content-Length"]) > 100


def test_paths_with_dots_are_refused(server):
    import http.client
    import ssl
    context = ssl.create_default_context(cafile=server.session.verify)
    for path in ("/beta/../healthz", "/beta/deviceManagement/../../etc/passwd", "/beta/%2e%2e/x", "/beta/./x"):
        connection = http.client.HTTPSConnection("127.0.0.1", server.https_port, context=context)
        connection.putrequest("GET", path, skip_host=False)
        connection.endheaders()
        assert connection.getresponse().status in (400, 404)
        connection.close()


@pytest.mark.parametrize("body,status", [
    (b"", 400), (b"{", 400), (b"[]", 400), (b"null", 400), (b'"x"', 400), (b"{} {}", 400), (b'{"a":1,"a":2}', 400),
    (b'{"displayName":"a\\u0000b"}', 400), (b'{"displayName":"\\ud800"}', 400), (b'{"displayName":"\xff"}', 400),
    (b'{"displayName":1e999}', 400), (b"[" * 10000 + b"]" * 10000, 400), (b'{"a":' * 10000, 400),
])
def test_bodies_that_cannot_be(server, body, status):
    reply = server.api("POST", CAS, data=body, headers={"Content-Type": "application/json"})
    assert reply.status_code == status, reply.text
    assert "error" in reply.json()


def test_bodies_that_are_not_json(server):
    body = json.dumps(server.wanted_ca())
    for kind in ("text/plain", "application/xml", "application/json;charset=utf-16", "application/jsonp", ""):
        reply = server.api("POST", CAS, data=body, headers={"Content-Type": kind})
        assert reply.status_code == 415, kind
    for kind in ("application/json", "Application/JSON; charset=UTF-8", "application/json;odata.metadata=full"):
        reply = server.api("POST", CAS, data=b"{}", headers={"Content-Type": kind})
        assert reply.status_code == 400, kind


def test_bodies_that_are_too_large(server):
    for size in (1024 * 1024 + 1, 100 * 1000 * 1000):
        try:
            reply = server.api("POST", CAS, data=b" " * size, headers={"Content-Type": "application/json"})
            assert reply.status_code == 413, reply.text
        except OSError:
            pass  # it may hang up before all is sent
    assert get(server).status_code == 200


def test_an_error_survives_any_text(server):
    for text in ("é" * 500, "\u202e", "<b>", "x\\\"y", "😀" * 200):
        reply = get(server, "$select=" + quote(text))
        refused(reply, 400)


def test_unknown_enum_members_are_hidden_until_asked_for(server, seven):
    reply = get(server, "", headers={"Prefer": "include-unknown-enum-members, odata.maxpagesize=5"})
    assert reply.status_code == 200


COPIES = """WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
    INSERT INTO certificates ({columns}) SELECT {values} FROM certificates, n WHERE certificates.id = '{id}'"""


def copy_leaf(server, leaf):
    """999 of it; they differ in id and serial only."""
    asked = ("SELECT column_name FROM information_schema.columns WHERE table_name = 'certificates'" if server.database.url
             else "SELECT name FROM pragma_table_info('certificates')")
    columns = server.change_rows(asked).split()
    number = "convert_to('n' || i, 'UTF8')" if server.database.url else "CAST('n' || i AS BLOB)"
    values = [{"id": "'n' || i", "serial": number}.get(name, "certificates." + name) for name in columns]
    server.change_rows(COPIES.format(columns=", ".join(columns), values=", ".join(values), id=leaf["id"]))


def peak_of(server, path):
    """Octets that the process has grown by, at most, while it answered."""
    process = f"/proc/{server.process.pid}"

    def kilobytes(name):
        with open(process + "/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith(name + ":"))
    with open(process + "/clear_refs", "w") as file:
        file.write("5")
    before = kilobytes("VmRSS")
    assert server.api("GET", path).status_code == 200
    return (kilobytes("VmHWM") - before) * 1024


def test_expanding_costs_what_is_there(new_server, monkeypatch):
    """Each row's link takes room for what it finds, not for the longest page."""
    monkeypatch.setenv("ASAN_OPTIONS", os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1")
    server = new_server()
    _, issuing = server.create_hierarchy()
    copy_leaf(server, server.enrol(issuing["id"]))
    leaves = f"{CAS}/{issuing['id']}/cloudCertificationAuthorityLeafCertificate?$top=999"
    plain = max(peak_of(server, leaves) for _ in range(3))
    expanded = max(peak_of(server, leaves + "&$expand=cloudCertificationAuthorityVersion") for _ in range(3))
    assert expanded < 4 * plain + 16 * 1024 * 1024, (plain, expanded)
