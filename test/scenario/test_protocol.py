"""What the API says in headers: preferences, conditions, what a client can read, which methods there are."""
import json
import time
import uuid

import pytest

from conftest import CAS


@pytest.fixture(scope="module")
def ca(server):
    return server.create_ca()


def get(server, path, **headers):
    return server.api("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})


def test_every_reply_says_who_answered_what(server, ca):
    for reply in (get(server, ca["id"]), get(server, str(uuid.uuid4())), server.api("DELETE", CAS), get(server, "/beta/x"),
                  server.api("GET", CAS, token=""), server.api("OPTIONS", CAS), server.api("POST", CAS, data=b"x" * 2000000)):
        uuid.UUID(reply.headers["request-id"])
        assert reply.headers["client-request-id"] and reply.headers["Date"]
        assert reply.headers["OData-Version"] == "4.0"
        assert json.loads(reply.headers["x-ms-ags-diagnostic"])["ServerInfo"]["RoleInstance"]
    mine = str(uuid.uuid4())
    assert get(server, ca["id"], client_request_id=mine).headers["client-request-id"] == mine
    assert get(server, ca["id"], client_request_id="x: y").headers["client-request-id"] != "x: y"


def test_what_is_created_has_a_location(server):
    reply = server.api("POST", CAS, json=server.wanted_ca())
    assert reply.status_code == 201 and reply.headers["Location"].endswith("/" + reply.json()["id"])
    assert reply.headers["ETag"] == reply.json()["@odata.etag"]


# ---- Prefer, RFC 7240 ----

def test_a_change_may_be_answered_with_nothing(server, ca):
    headers = {"Prefer": "return=minimal"}
    reply = server.api("PATCH", ca["id"], json={"description": "less"}, headers=headers)
    assert (reply.status_code, reply.content) == (204, b"")
    assert reply.headers["Preference-Applied"] == "return=minimal" and "Content-Type" not in reply.headers
    assert get(server, ca["id"]).headers["ETag"] == reply.headers["ETag"]
    reply = server.api("POST", CAS, json=server.wanted_ca(), headers=headers)
    assert (reply.status_code, reply.content) == (204, b"")
    assert reply.headers["OData-EntityId"] == reply.headers["Location"]
    assert server.api("GET", reply.headers["Location"]).status_code == 200
    reply = get(server, ca["id"], Prefer="return=minimal")
    assert reply.status_code == 200 and "Preference-Applied" not in reply.headers


def test_pages_are_as_long_as_preferred(server):
    for _ in range(3):
        server.create_ca()
    for options, prefer, length in (("", "odata.maxpagesize=2", 2), ("?$top=3", "maxpagesize=2", 2),
                                    ("?$top=1", "odata.maxpagesize=2", 1)):
        reply = get(server, CAS + options, Prefer=prefer)
        assert len(reply.json()["value"]) == length
        assert reply.headers["Preference-Applied"] == "odata.maxpagesize=2"
    page = get(server, CAS, Prefer="odata.maxpagesize=2").json()
    following = get(server, page["@odata.nextLink"], Prefer="odata.maxpagesize=1").json()
    assert len(following["value"]) == 1 and following["value"][0]["id"] not in [each["id"] for each in page["value"]]
    for prefer in ("odata.maxpagesize=0", "odata.maxpagesize=x", "odata.maxpagesize=-1"):
        reply = get(server, CAS, Prefer=prefer)
        assert reply.status_code == 200 and "Preference-Applied" not in reply.headers


def test_preferences_are_told_together(server):
    reply = get(server, CAS, Prefer="include-unknown-enum-members, odata.maxpagesize=5, wait=10",
                ConsistencyLevel="eventual")
    assert reply.headers["Preference-Applied"] == "odata.maxpagesize=5, include-unknown-enum-members"


# ---- conditions, RFC 9110 §13 ----

def test_what_is_known_is_not_sent_again(server, ca):
    known = get(server, ca["id"])
    etag = known.headers["ETag"]
    for header in (etag, etag[2:], f'"x", {etag}', "*"):
        reply = get(server, ca["id"], If_None_Match=header)
        assert (reply.status_code, reply.content) == (304, b""), header
        assert reply.headers["ETag"] == etag
    assert server.api("HEAD", ca["id"], headers={"If-None-Match": etag}).status_code == 304
    for header in ('W/"0"', "7", ""):
        assert get(server, ca["id"], If_None_Match=header).status_code == 200
    assert get(server, ca["id"] + "?$expand=versions", If_None_Match=etag).status_code == 200
    assert get(server, CAS, If_None_Match=etag).status_code == 200
    server.api("PATCH", ca["id"], json={"description": uuid.uuid4().hex})
    reply = get(server, ca["id"], If_None_Match=etag)
    assert reply.status_code == 200 and reply.headers["ETag"] != etag


def test_what_time_has_changed_is_sent_again(new_server):
    """A status that expires has the revision that it had before."""
    server = new_server()
    ca = server.create_ca()
    etag = get(server, ca["id"]).headers["ETag"]
    assert get(server, ca["id"], If_None_Match=etag).status_code == 304
    now = int(time.time())
    server.change_rows(f"UPDATE cas SET created_at = {now - 90}, modified_at = {now - 90}, not_after = {now - 30}")
    reply = get(server, ca["id"], If_None_Match=etag)
    assert reply.status_code == 200 and reply.json()["certificationAuthorityStatus"] != "active"


# ---- what a client can read, RFC 9110 §12.5 ----

def test_annotations_may_be_left_out(server, ca):
    accept = "application/json;odata.metadata=none"
    reply = get(server, ca["id"], Accept=accept)
    assert "odata.metadata=none" in reply.headers["Content-Type"]
    assert not [name for name in reply.json() if name.startswith("@odata")] and reply.json()["id"] == ca["id"]
    page = get(server, CAS + "?$top=1&$count=true", Accept=accept).json()
    assert set(page) == {"@odata.nextLink", "@odata.count", "value"} and "@odata.etag" not in page["value"][0]
    assert "odata.metadata=minimal" in get(server, ca["id"], Accept="*/*").headers["Content-Type"]


def test_who_cannot_read_json_is_told_before_anything_happens(server, ca):
    before = get(server, ca["id"]).json()
    for accept in ("application/xml", "text/html", "application/json;q=0", "application/json;odata.metadata=full"):
        reply = get(server, ca["id"], Accept=accept)
        assert reply.status_code == 406 and reply.json()["error"]["code"] == "NotAcceptable", accept
        assert server.api("PATCH", ca["id"], json={"description": "no"}, headers={"Accept": accept}).status_code == 406
    assert get(server, ca["id"]).json() == before
    assert get(server, CAS + "/$count", Accept="text/plain").status_code == 200
    assert get(server, CAS + "/$count", Accept="application/json").status_code == 200
    assert get(server, CAS + "/$count", Accept="image/png").status_code == 406
    assert get(server, ca["id"], Accept="application/json;IEEE754Compatible=true").status_code == 200


# ---- methods ----

def test_options_tells_the_methods(server, ca):
    for path, methods in ((CAS, {"GET", "HEAD", "POST", "OPTIONS"}),
                          (f"{CAS}/{ca['id']}", {"GET", "HEAD", "PATCH", "DELETE", "OPTIONS"})):
        reply = server.api("OPTIONS", path, token="")
        assert reply.status_code == 204 and set(reply.headers["Allow"].split(", ")) == methods
        refused = server.api("PUT", path, json={})
        assert refused.status_code == 405 and refused.headers["Allow"] == reply.headers["Allow"]
    assert server.api("OPTIONS", "/beta/nothing", token="").status_code == 404


def test_head_is_get_without_its_body(server, ca):
    for path in (CAS, f"{CAS}/{ca['id']}", f"{CAS}/$count", f"{CAS}/{ca['id']}/versions"):
        head, whole = server.api("HEAD", path), server.api("GET", path)
        assert head.status_code == 200 and head.content == b""
        for name in ("Content-Type", "Content-Length", "ETag"):
            assert head.headers.get(name) == whole.headers.get(name), (path, name)
    assert server.api("HEAD", str(uuid.uuid4())).status_code == 404
    assert server.api("HEAD", CAS, token="").status_code == 401


# ---- budget ----

def test_a_caller_has_a_budget(new_server):
    server = new_server(settings=["api.requests_per_minute=10"])
    for _ in range(10):
        assert server.api("GET", CAS).status_code == 200
    for method, path in (("GET", CAS), ("POST", CAS), ("POST", "/beta/$batch")):
        reply = server.api(method, path, json={})
        assert reply.status_code == 429 and 1 <= int(reply.headers["Retry-After"]) <= 6, reply.headers
        assert reply.json()["error"]["code"] == "TooManyRequests" and reply.headers["request-id"]
    assert server.api("GET", "/beta", token="").status_code == 200
    assert server.api("GET", CAS, token="nonsense").status_code == 401
    other = server.token(subject="somebody else")
    requests = [{"id": str(number), "method": "GET", "url": "deviceManagement/cloudCertificationAuthority"} for number in range(12)]
    replies = server.api("POST", "/beta/$batch", json={"requests": requests}, token=other).json()["responses"]
    assert [each["status"] for each in replies] == [200] * 9 + [429] * 3
    assert int(replies[-1]["headers"]["Retry-After"]) >= 1


# ---- gzip ----

def test_long_answers_come_in_gzip(server, ca):
    for _ in range(2):
        server.create_ca()
    plain = server.api("GET", CAS, headers={"Accept-Encoding": "identity"})
    packed = server.api("GET", CAS, headers={"Accept-Encoding": "br, gzip"})
    assert "Content-Encoding" not in plain.headers and packed.headers["Content-Encoding"] == "gzip"
    assert packed.json() == plain.json()
    assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"]) / 2
    assert "Accept-Encoding" in plain.headers["Vary"] and "Accept-Encoding" in packed.headers["Vary"]
    head = server.api("HEAD", CAS, headers={"Accept-Encoding": "gzip"})
    assert head.headers["Content-Length"] == packed.headers["Content-Length"]
    for path, coding in ((CAS + "/$count", "gzip"), (str(uuid.uuid4()), "gzip"), (CAS, "gzip;q=0"), (CAS, "br")):
        assert "Content-Encoding" not in server.api("GET", path, headers={"Accept-Encoding": coding}).headers


def test_secrets_are_not_compressed(server, ca):
    """What stands next to a secret must not tell of it by the answer's length (BREACH)."""
    _, issuing = server.create_hierarchy()
    wish = {"subjectName": "CN=" + "x" * 60, "subjectAlternativeNames": [], "deviceName": "y" * 200}
    reply = server.api("POST", f"{issuing['id']}/cloudpki.createScepChallenge", json=wish, headers={"Accept-Encoding": "gzip"})
    assert reply.status_code == 200 and "Content-Encoding" not in reply.headers
    path = f"deviceManagement/cloudCertificationAuthority/{issuing['id']}"
    listing = {"id": "1", "method": "GET", "url": path}
    making = {"id": "2", "method": "POST", "url": path + "/cloudpki.createScepChallenge", "body": wish,
              "headers": {"Content-Type": "application/json"}}
    for requests, packed in (([listing], True), ([listing, making], False)):
        reply = server.api("POST", "/beta/$batch", json={"requests": requests}, headers={"Accept-Encoding": "gzip"})
        assert [each["status"] for each in reply.json()["responses"]] == [200] * len(requests)
        assert (reply.headers.get("Content-Encoding") == "gzip") == packed


# ---- CORS, Fetch standard ----

def test_pages_of_known_origins_may_call(new_server, server):
    page = "https://console.example"
    mine = new_server(settings=[f"api.cors_origins={page} http://localhost:3000"])
    asked = {"Origin": page, "Access-Control-Request-Method": "PATCH",
             "Access-Control-Request-Headers": "authorization,content-type,prefer,if-match,consistencylevel,client-request-id"}
    reply = mine.api("OPTIONS", CAS, headers=asked, token="")
    assert reply.status_code == 204 and reply.headers["Access-Control-Allow-Origin"] == page
    allowed = {name.strip().lower() for name in reply.headers["Access-Control-Allow-Headers"].split(",")}
    assert set(asked["Access-Control-Request-Headers"].split(",")) <= allowed
    assert "PATCH" in reply.headers["Access-Control-Allow-Methods"] and int(reply.headers["Access-Control-Max-Age"]) > 0
    for token, status in ((None, 200), ("", 401)):
        reply = mine.api("GET", CAS, headers={"Origin": page}, token=token)
        assert reply.status_code == status and reply.headers["Access-Control-Allow-Origin"] == page
        assert "request-id" in reply.headers["Access-Control-Expose-Headers"] and "Origin" in reply.headers["Vary"]
        assert "Access-Control-Allow-Credentials" not in reply.headers
    for origin in ("https://evil.example", "null", page + ".evil.example", page.upper()):
        reply = mine.api("GET", CAS, headers={"Origin": origin})
        assert "Access-Control-Allow-Origin" not in reply.headers and "Origin" in reply.headers["Vary"]
    for method in ("GET", "OPTIONS"):
        reply = server.api(method, CAS, headers=asked)
        assert not [name for name in reply.headers if name.lower().startswith("access-control")]
