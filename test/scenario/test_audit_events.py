"""/deviceManagement/auditEvents: every change is told, and found by time, actor, activity and object."""
from urllib.parse import quote

import pytest

from conftest import CAS

EVENTS = "/beta/deviceManagement/auditEvents"


@pytest.fixture(scope="module")
def told(server):
    ca = server.create_ca()
    other = server.token(subject="ann@example.org")
    assert server.api("PATCH", f"{CAS}/{ca['id']}", {"description": "x"}, token=other).status_code == 200
    return ca


def find(server, text, path=EVENTS):
    reply = server.api("GET", f"{path}?$filter=" + quote(text))
    assert reply.status_code == 200, reply.text
    return reply.json()["value"]


def test_a_change_is_found_by_its_object(server, told):
    mine = f"resources/any(r:r/resourceId eq '{told['id']}')"
    events = find(server, mine)
    assert {"Create CloudCertificationAuthority", "Patch CloudCertificationAuthority"} <= {each["activityType"] for each in events}
    last = events[-1]
    assert last["actor"]["userPrincipalName"] == "ann@example.org"
    assert last["resources"] == [{"auditResourceType": last["resources"][0]["auditResourceType"], "resourceId": told["id"]}]
    assert last["activityResult"] == "Success" and last["activityOperationType"] == "Patch"
    assert server.api("GET", f"{EVENTS}/{last['id']}").json()["id"] == last["id"]
    assert find(server, mine, "/v1.0/deviceManagement/auditEvents") == events


def test_by_actor_activity_and_time(server, told):
    mine = f"resources/any(r:r/resourceId eq '{told['id']}')"
    assert len(find(server, mine + " and actor/userPrincipalName eq 'ann@example.org'")) == 1
    assert len(find(server, "startswith(actor/userPrincipalName,'ann@') and " + mine)) == 1
    assert len(find(server, mine + " and activityType eq 'Create CloudCertificationAuthority'")) == 1
    assert len(find(server, mine + " and activityDateTime ge 2020-01-01T00:00:00Z")) == len(find(server, mine))
    assert find(server, mine + " and activityDateTime lt 2020-01-01T00:00:00Z") == []
    newest = server.api("GET", EVENTS + "?$orderby=activityDateTime desc&$top=1").json()["value"][0]
    assert newest["activityDateTime"] >= find(server, mine)[0]["activityDateTime"]


@pytest.mark.parametrize("text,word", [
    ("actor eq 'x'", "actor"), ("actor/nothing eq 'x'", "actor/nothing"), ("actor/userPrincipalName/x eq 'x'", "no property"),
    ("resources/resourceId eq 'x'", "resources/resourceId"), ("activity eq 'x'", "activity")])
def test_what_cannot_be_asked_is_named(server, text, word):
    reply = server.api("GET", f"{EVENTS}?$filter=" + quote(text))
    assert reply.status_code == 400 and word in reply.json()["error"]["message"], reply.text


def test_nobody_writes_history(server, told):
    event = find(server, f"resources/any(r:r/resourceId eq '{told['id']}')")[0]
    for method in ("PATCH", "DELETE"):
        assert server.api(method, f"{EVENTS}/{event['id']}", {}).status_code == 405
    assert server.api("POST", EVENTS, {}).status_code == 405
    assert server.api("GET", EVENTS, token=server.token(scopes=["User.Read.All"])).status_code == 403
