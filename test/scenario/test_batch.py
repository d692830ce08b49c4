"""POST $batch: many requests in one, each as if it had come alone."""
import base64
import json
import uuid

import pytest

from conftest import CAS

BATCH = "/beta/$batch"
LIST = "deviceManagement/cloudCertificationAuthority"
JSON = {"Content-Type": "application/json"}


def get(number, url=LIST, **more):
    return dict({"id": str(number), "method": "GET", "url": url}, **more)


def post(number, body, url=LIST, **more):
    return dict({"id": str(number), "method": "POST", "url": url, "headers": JSON, "body": body}, **more)


def run(server, *requests, **more):
    """The replies by id."""
    reply = server.api("POST", BATCH, json={"requests": list(requests)}, **more)
    assert reply.status_code == 200, reply.text
    assert reply.headers["Content-Type"].startswith("application/json")
    replies = {each["id"]: each for each in reply.json()["responses"]}
    assert list(sorted(replies)) == sorted(each["id"] for each in requests)
    return replies


def refused(server, body, *words):
    reply = server.api("POST", BATCH, json=body)
    assert reply.status_code == 400, reply.text
    for word in words:
        assert word in reply.json()["error"]["message"]


@pytest.fixture(scope="module")
def ca(server):
    server.create_ca()
    return server.create_ca()


def test_each_request_is_answered_as_if_alone(server, ca):
    wanted = server.wanted_ca()
    replies = run(server, get(1, f"/{LIST}/{ca['id']}"), get(2, f"{LIST}?$top=1&$select=id"), post(3, wanted),
                  get(4, f"{LIST}/{uuid.uuid4()}"), get(5, f"{LIST}/$count"), get(6, "nothing"),
                  dict(get(7, f"{LIST}/{ca['id']}"), method="PUT"), get(8, f"{LIST}?$select=nothing"), get(9, "/"))
    alone = server.api("GET", ca["id"])
    assert replies["1"]["status"] == 200 and replies["1"]["body"] == alone.json()
    for name in ("ETag", "OData-Version", "Content-Type"):
        assert replies["1"]["headers"][name] == alone.headers[name]
    assert list(replies["2"]["body"]["value"][0]) == ["@odata.etag", "id"] and replies["2"]["body"]["@odata.nextLink"]
    assert replies["3"]["status"] == 201 and replies["3"]["body"]["commonName"] == wanted["commonName"]
    assert server.api("GET", replies["3"]["headers"]["Location"]).json()["id"] == replies["3"]["body"]["id"]
    assert replies["4"]["status"] == 404 and replies["4"]["body"]["error"]["code"] == "ResourceNotFound"
    text = replies["5"]["body"]
    assert int(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))) > 1
    assert replies["6"]["status"] == 404
    assert replies["7"]["status"] == 405 and "PATCH" in replies["7"]["headers"]["Allow"]
    assert replies["8"]["status"] == 400 and "nothing" in replies["8"]["body"]["error"]["message"]
    assert replies["9"]["status"] == 200 and replies["9"]["body"]["value"]


def test_headers_of_a_request_are_its_own(server, ca):
    one = f"{LIST}/{ca['id']}"
    etag = server.api("GET", ca["id"]).headers["ETag"]
    mine = str(uuid.uuid4())
    replies = run(server, get(1, one, headers={"if-none-match": etag}), get(2, one, headers={"client-request-id": mine}),
                  dict(post(3, {"description": "x"}, one), method="PATCH", headers=dict(JSON, **{"If-Match": '"0"'})),
                  dict(post(4, {"description": "x"}, one), method="patch", headers=dict(JSON, Prefer="return=minimal")),
                  get(5, one, headers={"Accept": "text/html"}))
    assert replies["1"]["status"] == 304 and "body" not in replies["1"]
    assert replies["2"]["headers"]["client-request-id"] == mine
    assert replies["3"]["status"] == 412
    assert replies["4"]["status"] == 204 and "body" not in replies["4"]
    assert replies["4"]["headers"]["Preference-Applied"] == "return=minimal"
    assert replies["5"]["status"] == 406


def test_requests_may_wait_for_others(server):
    name = server.wanted_ca()
    replies = run(server, get("last", f"{LIST}?$filter=commonName eq '{name['commonName']}'", dependsOn=["FIRST"]),
                  post("first", name, dependsOn=[]))
    assert replies["first"]["status"] == 201 and len(replies["last"]["body"]["value"]) == 1


def test_what_waits_for_a_failure_is_not_run(server):
    wanted = server.wanted_ca()
    replies = run(server, get(1, "nothing"), post(2, wanted, dependsOn=["1"]), get(3, dependsOn=["2"]), get(4))
    assert [replies[number]["status"] for number in "1234"] == [404, 424, 424, 200]
    assert replies["2"]["body"]["error"]["code"] == "FailedDependency"
    names = [each["commonName"] for each in server.api("GET", CAS + "?$orderby=createdDateTime desc&$top=50").json()["value"]]
    assert wanted["commonName"] not in names


def test_the_caller_is_that_of_the_batch(server, ca):
    """An item's own token counts for nothing, neither for more nor for less."""
    strong, weak = server.token(), server.token(scopes=["DeviceManagementCloudCA.Read.All"])
    foreign = server.token(tenant=str(uuid.uuid4()))
    claimed = {"Authorization": f"Bearer {strong}"}
    one = f"{LIST}/{ca['id']}"
    change = dict(post(2, {"description": "stolen"}, one), method="PATCH", headers=dict(JSON, **claimed))
    replies = run(server, get(1, one, headers=claimed), change, token=weak)
    assert [replies[number]["status"] for number in "12"] == [200, 403]
    replies = run(server, get(1, one, headers=claimed), change, token=foreign)
    assert [replies[number]["status"] for number in "12"] == [404, 404]
    replies = run(server, get(1, one, headers={"Authorization": "Bearer nonsense"}))
    assert replies["1"]["status"] == 200
    assert server.api("POST", BATCH, json={"requests": [get(1)]}, token="").status_code == 401
    assert server.api("GET", ca["id"]).json()["description"] != "stolen"


def test_the_version_is_that_of_the_batch(server, ca):
    reply = server.api("POST", "/v1.0/$batch", json={"requests": [get(1), get(2, "/beta/" + LIST)]})
    assert [each["status"] for each in reply.json()["responses"]] == [404, 404]


def test_twenty_requests_and_no_more(server):
    assert len(run(server, *(get(number, LIST + "?$top=1") for number in range(20)))) == 20
    refused(server, {"requests": [get(number) for number in range(21)]}, "20")
    refused(server, {"requests": []}, "requests")
    refused(server, {}, "requests")


def test_a_batch_that_cannot_be_does_nothing(server):
    wanted = post(1, server.wanted_ca())
    before = server.api("GET", CAS + "/$count").text
    refused(server, {"requests": [wanted, get("A"), get("a")]}, "requests[2]", "id")
    refused(server, {"requests": [wanted, get(2, dependsOn=["3"]), get(3, dependsOn=["2"])]}, "circle")
    refused(server, {"requests": [wanted, get(2, dependsOn=["2"])]}, "circle")
    refused(server, {"requests": [wanted, get(2, dependsOn=["nobody"])]}, "dependsOn")
    refused(server, {"requests": [wanted, get(2, dependsOn="1")]}, "dependsOn")
    refused(server, {"requests": [wanted, get(2, "https://127.0.0.1/beta/" + LIST)]}, "url")
    refused(server, {"requests": [wanted, get(2, "//127.0.0.1/beta/" + LIST)]}, "url")
    refused(server, {"requests": [wanted, get(2, "x\r\nHost: y")]}, "url")
    refused(server, {"requests": [wanted, get(2, headers={"Accept": "a\r\nb: c"})]}, "headers")
    refused(server, {"requests": [wanted, get(2, headers={str(i): "x" for i in range(100)})]}, "headers")
    refused(server, {"requests": [wanted, dict(get(2), method="CONNECT")]}, "method")
    refused(server, {"requests": [wanted, dict(get(2), atomicityGroup="g")]}, "atomicityGroup")
    refused(server, {"requests": [wanted, "x"]}, "requests[1]")
    refused(server, [wanted])
    assert server.api("GET", CAS + "/$count").text == before


def test_no_batch_in_a_batch(server):
    inner = {"requests": [get(1)]}
    for url in ("$batch", "/$batch", "%24BATCH", "/$batch/"):
        replies = run(server, post(1, inner, url), get(2))
        assert replies["1"]["status"] == 400 and "batch" in replies["1"]["body"]["error"]["message"]
        assert replies["2"]["status"] == 200
    nested = {"requests": []}
    for _ in range(40):
        nested = {"requests": [post(1, nested, "$batch")]}
    refused(server, nested)


def test_bodies_of_requests(server):
    wanted = server.wanted_ca()
    replies = run(server, dict(post(1, wanted), headers={}), dict(post(2, wanted), headers={"Content-Type": "text/plain"}),
                  post(3, None), post(4, "e30"), post(5, []), post(6, {"displayName": "x" * 3000}),
                  {"id": "7", "method": "POST", "url": LIST})
    assert [replies[number]["status"] for number in "1234567"] == [415, 415, 400, 400, 400, 400, 400]
    for each in replies.values():
        assert each["body"]["error"]["innerError"]["request-id"]


def test_urls_that_climb_or_hide(server, ca):
    for url in ("../healthz", "..", "%2e%2e/healthz", f"{LIST}/%00", f"{LIST}/%", "x/" * 3000, f"{LIST}//{ca['id']}", "?", "??"):
        assert run(server, get(1, url))["1"]["status"] in (400, 404) or url in ("?", "??")


def test_failures_are_logged_once_each(server):
    mark = uuid.uuid4().hex
    run(server, get(1, f"{LIST}?$select={mark}"), get(2, f"{LIST}?$select={mark}"))
    lines = [line for line in server.log().split("\n") if mark in line]
    assert len(lines) == 2 and all("route=batch" in line or "route=graph" in line for line in lines)


def test_each_request_is_counted(server):
    def count(operation):
        text = server.session.get(server.http_url + "/metrics").text
        return sum(float(line.split()[-1]) for line in text.split("\n") if f'operation="{operation}"' in line)
    before = count("ca.list"), count("batch")
    run(server, get(1), get(2), get(3))
    assert (count("ca.list"), count("batch")) == (before[0] + 3, before[1] + 1)


def test_the_service_document_tells_what_there_is(server):
    for version in ("beta", "v1.0"):
        for path in (f"/{version}", f"/{version}/"):
            reply = server.api("GET", path, token="")
            assert reply.status_code == 200 and reply.json()["@odata.context"].endswith(f"/{version}/$metadata")
            kinds = {each["name"]: each["kind"] for each in reply.json()["value"]}
            assert kinds["applications"] == "EntitySet" and "$batch" not in kinds
            assert kinds["deviceManagement"] == kinds["directory"] == "Singleton"
    for path in ("/v2.0", "/v9/x", "/v2.0/$batch"):
        reply = server.api("GET", path)
        assert reply.status_code == 404 and json.loads(reply.text)["error"]["code"]
