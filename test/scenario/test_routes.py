"""Every row of the API's route table: who may call it, what it says about ids that are not the caller's."""
import glob
import os
import re
import uuid

import pytest

from conftest import CAS, TOP
from test_network_access import make_network, rule_wish
from test_pkis import make, wish
from test_sign_in_settings import make_directory

ROW = re.compile(r'\{ "([a-z.]+)",\s+\w+, HTTP_([A-Z]+),\s+([^,]+), +(\w+),[^,]+, +\w+, +\S+ +(\S+),')
DEFINITION = re.compile(r"^#define (\w+)\s+(.*)$", re.M)

# The scopes for reading and writing of each family, and a role that a delegated caller then needs.
ACCESS = {
    "CA": ("DeviceManagementCloudCA.Read.All", "DeviceManagementCloudCA.ReadWrite.All", None),
    "PKI": ("PublicKeyInfrastructure.Read.All", "PublicKeyInfrastructure.ReadWrite.All",
            "Privileged Authentication Administrator"),
    "SUBSCRIPTION": ("DeviceManagementConfiguration.Read.All", "DeviceManagementConfiguration.ReadWrite.All", None),
    "NETWORK": ("NetworkAccess.Read.All", "NetworkAccess.ReadWrite.All", "Security Administrator"),
    "ORGANIZATION": ("Organization.Read.All", "Organization.ReadWrite.All", "Global Administrator"),
    "POLICY": ("Policy.Read.All", "Policy.ReadWrite.AuthenticationMethod", "Authentication Policy Administrator"),
    "USERS": ("User.Read.All", "User.ReadWrite.All", "User Administrator"),
    "GROUPS": ("Group.Read.All", "Group.ReadWrite.All", "Groups Administrator"),
    "APPLICATION": ("Application.Read.All", "Application.ReadWrite.All", "Application Administrator"),
    "AUDIT": ("DeviceManagementApps.Read.All", None, None),
    "REPORT": ("DeviceManagementCloudCA.Read.All", None, None),
}
ALSO_OPEN = {
    "CA": {"DeviceManagementConfiguration.Read.All", "DeviceManagementConfiguration.ReadWrite.All"},
    "REPORT": {"DeviceManagementCloudCA.ReadWrite.All", "DeviceManagementConfiguration.Read.All",
               "DeviceManagementConfiguration.ReadWrite.All"},
    "AUDIT": {"DeviceManagementApps.ReadWrite.All", "DeviceManagementConfiguration.Read.All",
              "DeviceManagementConfiguration.ReadWrite.All"},
    "USERS": {"Directory.Read.All", "Directory.ReadWrite.All"},
    "GROUPS": {"Directory.Read.All", "Directory.ReadWrite.All"},
}
OPEN_TO_ANY_ROLE = {"CA_READ", "CA_WRITE", "SUBSCRIPTION_READ", "SUBSCRIPTION_WRITE", "NETWORK_READ", "USERS_READ",
                    "GROUPS_READ", "APPLICATION_READ", "AUDIT_READ", "REPORT_READ"}

# What an operation with a body takes when nothing but the id in its path is wrong.
BODIES = {
    "ca.create": None,  # has no id in its path
    "ca.change": {"description": "x"},
    "ca.status": {"certificationAuthorityStatus": "paused", "certificationAuthorityVersion": 1},
    "ca.revoke": {"certificationAuthorityVersion": 1},
    "ca.upload": {"signedCertificate": "AAAA", "trustChainCertificates": []},
    "leaf.search": {"certificateSerialNumber": "4000"},
    "leaf.revoke": {"leafCertificateId": str(uuid.uuid4())},
    "leaf.revoke.serial": {"certificateSerialNumber": "4000"},
    "cloudpki.challenge": {"allowAnyName": True},
    "cloudpki.approve": {"enrolmentId": str(uuid.uuid4())},
    "cloudpki.reject": {"enrolmentId": str(uuid.uuid4())},
    "cloudpki.scep.change": {"allowSha1": True},
    "cloudpki.ca.revoke": {"reason": "keyCompromise"},
    "ca.activate": {"certificationAuthorityVersion": 1},
    "cloudpki.preview": {"activationDateTime": "2030-01-01T00:00:00Z"},
    "cloudpki.sign": {"certificateSigningRequest": "x", "allowAnyName": True},
    "cloudpki.leaves.revoke": {"filter": "deviceName eq 'x'"},
    "cloudpki.leaf.revoke": {"reason": "keyCompromise"},
    "cloudpki.leaf.revoke.all": {"reason": "keyCompromise"},
    "application.create": {"displayName": "robot"},
    "application.change": {"description": "x"},
    "password.add": {"passwordCredential": {"displayName": "x"}},
    "password.remove": {"keyId": str(uuid.uuid4())},
    "pki.create": {"displayName": "Contoso"},
    "pki.change": {"displayName": "x"},
    "pki.upload": {"uploadUrl": "https://pki.example.org/a.p7b", "sha256FileHash": "0" * 64},
    "trusted.create": {"certificate": "AAAA", "thumbprint": "00", "expirationDateTime": "2040-01-01T00:00:00Z"},
    "trusted.change": {"displayName": "x"},
    "deleted.restore": {},
    "report.leaves": {"certificationAuthorityId": str(uuid.uuid4())},
    "report.leaves.summary": {"certificationAuthorityId": str(uuid.uuid4())},
    "subscription.create": {"displayName": "x", "cloudPkiProvider": "symantec"},
    "subscription.change": {"description": "x"},
    "subscription.change.alias": {"description": "x"},
    "classic.create": {"certificateAuthorities": [{"certificate": "AAAA", "isRootAuthority": True}]},
    "method.change": {"@odata.type": "#microsoft.graph.x509CertificateAuthenticationMethodConfiguration"},
    "user.create": {"displayName": "x", "userPrincipalName": "x@contoso.com"},
    "user.change": {"displayName": "x"},
    "group.create": {"displayName": "x"},
    "group.change": {"displayName": "x"},
    "member.add": {"@odata.id": f"users/{uuid.uuid4()}"},
    "subscription.create.alias": {"displayName": "x", "cloudPkiProvider": "symantec"},
    "inspection.create": {"name": "inspector", "commonName": "Inspection", "organizationName": "Contoso"},
    "inspection.change": {"status": "enabled"},
    "cloudpki.inspection.sign": {"certificationAuthorityId": str(uuid.uuid4())},
    "policy.create": {"name": "Contoso", "settings": {"defaultAction": "bypass"}},
    "policy.change": {"description": "x"},
    "rule.create": rule_wish(),
    "rule.change": {"description": "x"},
}


def read_rows(path):
    with open(path) as file:
        source = file.read()
    words = dict(DEFINITION.findall(source))

    def text_of(expression):
        parts = re.findall(r'"[^"]*"|\w+', expression)
        return "".join(part[1:-1] if part[0] == '"' else text_of(words[part]) for part in parts)

    rows = [(name, method, text_of(path), words.get(access, access).replace("ACCESS_", ""), body != "NULL")
            for name, method, path, access, body in ROW.findall(source)]
    assert len(rows) == len(re.findall(r"^    \{ \"", source, re.M)), "a row is not understood: " + path
    return rows


def read_routes():
    """The tables as they stand in the source, so that a row that is added is tried too."""
    return [row for path in sorted(glob.glob(os.path.join(TOP, "src/graph/routes/*_rows.c")))
            for row in read_rows(path)]


ROUTES = read_routes()
GUARDED = [row for row in ROUTES if row[3] not in ("OPEN", "CALLER")]
MAKE_IDS = {"subscription.create.alias"}  # the id in its path is what it makes
WITH_IDS = [row for row in ROUTES if "{" in row[2] and row[0] not in MAKE_IDS]


def names(rows):
    return [row[0] for row in rows]


EVERY_SCOPE = {scope for family in ACCESS.values() for scope in family[:2] if scope} | {
    scope for more in ALSO_OPEN.values() for scope in more}
TOKENS = {}


def cached_token(server, scopes, role=None, **more):
    wanted = (server.data_dir, tuple(sorted(scopes)), role, tuple(more.items()))
    if wanted not in TOKENS:
        TOKENS[wanted] = server.token(scopes=wanted[1], roles=[role] if role else [], **more)
    return TOKENS[wanted]


def everything(server, **more):
    return cached_token(server, EVERY_SCOPE, "Global Administrator", **more)


def access_of(row):
    """The scopes that open it, and the role that a delegated caller needs, or None."""
    family, _, kind = row[3].rpartition("_")
    read, write, role = ACCESS[family]
    scopes = {read, write} | ALSO_OPEN.get(family, set())
    opening = {scope for scope in scopes if scope and (kind == "READ" or "Write" in scope)}
    return opening, None if row[3] in OPEN_TO_ANY_ROLE else role


def make_pki(server):
    """A PKI that was deleted, one that was not, and a CA in it."""
    token, path = everything(server), "/beta/directory/publicKeyInfrastructure/certificateBasedAuthConfigurations"
    gone, kept = [server.api("POST", path, json={}, token=token).json()["id"] for _ in range(2)]
    authority = server.api("POST", f"{path}/{kept}/certificateAuthorities", json=wish(make()), token=token)
    server.api("DELETE", f"{path}/{gone}", token=token)
    return gone, kept, authority.json()["id"]


class Estate:
    """A root, an issuing CA and a leaf of the usual tenant; a caller of another one."""

    def __init__(self, server):
        self.root, self.ca = server.create_hierarchy()
        self.leaf = server.enrol(self.ca["id"])
        self.stranger = everything(server, tenant=str(uuid.uuid4()))
        application = server.api("POST", "/beta/applications", json={"displayName": "robot"}, token=everything(server))
        gone, pki, authority = make_pki(server)
        subscription = server.api("POST", "/beta/deviceManagement/cloudPkiSubscriptions", token=everything(server), json={
            "displayName": "x", "cloudPkiProvider": "symantec", "credentials": {"adminUserName": "a", "adminPassword": "b"}})
        event = server.api("GET", "/beta/deviceManagement/auditEvents?$top=1", token=everything(server)).json()["value"][0]
        inspector, policy, rule = make_network(server)
        self.ids = {**make_directory(server), "externalCertificateAuthorityCertificate": inspector["id"], "tlsInspectionPolicy": policy["id"],
                    "policyRule": rule["id"], "subscription": subscription.json()["id"], "event": event["id"],
                    "pki": pki, "certificateAuthority": authority, "item": gone, "ca": self.ca["id"], "version": f"{self.ca['id']}_1", "leaf": self.leaf["id"],
                    "application": application.json()["id"]}


@pytest.fixture(scope="module")
def estate(server):
    return Estate(server)


def call(server, row, ids, **more):
    name, method, path, _, has_body = row
    assert has_body == (name in BODIES), f"{name} needs a body here"
    path = "/beta/" + re.sub(r"\{(\w+)\}", lambda match: ids[match.group(1)], path)
    body = BODIES.get(name) or ({} if has_body else None)
    more.setdefault("token", everything(server))
    return server.api(method, path, json=body, **more)


def test_the_table_is_read():
    assert {"ca.list", "ca.create", "leaf.get.all", "cloudpki.leaf.revoke"} <= set(names(ROUTES))
    assert len(WITH_IDS) > 25


def test_rows_for_anybody_are_few(server, estate):
    """The service document needs no token; a batch any, since its requests are asked for theirs."""
    assert {row[0]: row[3] for row in ROUTES if row not in GUARDED} == {
        "service.get": "OPEN", "service.metadata": "OPEN", "service.openapi": "OPEN", "batch": "CALLER"}
    for row in ROUTES:
        if row[3] == "OPEN":
            assert call(server, row, estate.ids, token="").status_code == 200
        if row[3] == "CALLER":
            assert call(server, row, estate.ids, token="").status_code == 401


@pytest.mark.parametrize("row", GUARDED, ids=names(GUARDED))
def test_no_row_is_open(server, estate, row):
    reply = call(server, row, estate.ids, token="")
    assert reply.status_code == 401 and reply.headers["WWW-Authenticate"].startswith("Bearer"), reply.text
    opening, role = access_of(row)
    wrong = cached_token(server, EVERY_SCOPE - opening, "Global Administrator")
    assert call(server, row, estate.ids, token=wrong).status_code == 403
    if role:
        token = cached_token(server, opening, "Printer Administrator")
        assert call(server, row, estate.ids, token=token).status_code == 403
        assert call(server, row, estate.ids, token=cached_token(server, opening)).status_code == 403


@pytest.mark.parametrize("row", WITH_IDS, ids=names(WITH_IDS))
def test_s5_another_tenants_ids_are_not_found(server, estate, row):
    reply = call(server, row, estate.ids, token=estate.stranger)
    assert reply.status_code == 404, reply.text
    for told in (estate.ca["commonName"], estate.leaf["serialNumber"], estate.leaf["subjectName"]):
        assert told not in reply.text


@pytest.mark.parametrize("row", WITH_IDS, ids=names(WITH_IDS))
def test_ids_of_nobody_are_not_found(server, estate, row):
    nobody = str(uuid.uuid4())
    for kind in re.findall(r"\{(\w+)\}", row[2]):
        for wrong in (nobody, f"{nobody}_1", "nobody", "'", "%27%20OR%201%3D1", "%C3%A9", "x" * 300,
                      estate.leaf["id"] if kind == "ca" else estate.root["id"]):
            reply = call(server, row, dict(estate.ids, **{kind: wrong}))
            assert reply.status_code == 404, f"{kind} {wrong}: {reply.status_code} {reply.text}"
            assert reply.json()["error"]["code"]


@pytest.mark.parametrize("row", WITH_IDS, ids=names(WITH_IDS))
def test_ids_that_climb_or_hide_are_refused(server, estate, row):
    for wrong in ("%2e%2e", "..%2f..", "%00", f"{estate.ids['ca']}%00", "%", "%zz", "%ff"):
        ids = {kind: wrong for kind in estate.ids}
        reply = call(server, row, ids)
        assert reply.status_code in (400, 404), f"{wrong}: {reply.status_code} {reply.text}"


def test_after_all_of_it_nothing_has_changed(server, estate):
    ca = server.api("GET", f"{CAS}/{estate.ca['id']}").json()
    assert ca == estate.ca
    leaf = server.api("GET", f"{CAS}/{estate.ca['id']}/cloudCertificationAuthorityLeafCertificate/{estate.leaf['id']}")
    assert leaf.json()["certificateStatus"] == "active"
    listed = server.api("GET", CAS, token=estate.stranger).json()["value"]
    assert listed == []
