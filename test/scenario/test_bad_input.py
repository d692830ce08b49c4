"""What cannot be is refused by name and changes nothing: every property of every body, forms of JSON, names that are
alike, tokens, orders of actions."""
import base64
import json
import os
import time
import uuid

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from conftest import CAS, PROGRAM, SERVER_AUTH, run
from scep_client import BAD_REQUEST, FAILURE, SUCCESS, Client, Device
from test_cas import EXTERNAL, Outside, refusal, revoke, set_status, step, upload

NOBODY = "00000000-0000-4000-8000-000000000000"
JSON = {"Content-Type": "application/json"}

# What no property of a kind may be; `most` is its longest text.
NEVER = {
    "text": [7, 1.5, True, [], ["x"], {}, "a\0b"],
    "name": [7, 1.5, True, [], ["x"], {}, "a\0b", "a\nb", "a\x1bb", "a\x7fb"],
    "id": [7, True, [], {}, "nobody", "../x", NOBODY + "0", "a\0b"],
    "enum": [7, True, [], {}, "", "nothing", "sha256 ", "unknownFutureValue", "a\0b"],
    "number": ["1", "", 1.5, True, [], {}, -1, -2**31, 2**31, 2**63, -2**63 - 1, 2**64, 10**400],
    "boolean": ["true", "", 0, 1, [], {}],
    "texts": ["x", 7, True, {}, [7], [None], [[]], [{}], ["a\0b"]],
    "usages": ["x", 7, True, {}, [7], [None], ["1.3.6.1.5.5.7.3.2"], [[]], [{}], [{"colour": "blue"}],
               [{"name": 7, "objectIdentifier": SERVER_AUTH}], [{"name": "x", "objectIdentifier": 7}],
               [{"name": "x", "objectIdentifier": "1." * 200 + "1"}], [{"name": "x", "objectIdentifier": "9.9.9"}],
               [{"name": "x" * 300, "objectIdentifier": SERVER_AUTH}],
               [{"name": "x", "objectIdentifier": SERVER_AUTH}] * 2000],
    "chain": ["x", 7, {}, [7], [None], [{}], [{"certificate": 7}], [{"certificate": ""}],
              [{"certificate": "AAAA", "colour": "blue"}]],
}

# body: property, kind, longest text (0: none of ours), whether null says that it is absent
CREATE = [
    ("displayName", "text", 256, False), ("description", "text", 1024, True),
    ("cloudCertificationAuthorityType", "enum", 64, False), ("certificationAuthorityIssuerId", "id", 64, True),
    ("validityPeriodInYears", "number", 0, False), ("commonName", "name", 64, False),
    ("organizationName", "name", 64, True), ("organizationUnit", "name", 64, True), ("countryName", "name", 2, True),
    ("stateName", "name", 128, True), ("localityName", "name", 128, True), ("certificateKeySize", "enum", 64, False),
    ("cloudCertificationAuthorityHashingAlgorithm", "enum", 64, False), ("extendedKeyUsages", "usages", 0, False),
    ("roleScopeTagIds", "texts", 0, True),
]
CHALLENGE = [
    ("subjectName", "text", 1024, True), ("subjectAlternativeNames", "texts", 0, True),
    ("extendedKeyUsages", "texts", 0, True), ("allowAnyName", "boolean", 0, False), ("sid", "text", 256, True),
    ("deviceName", "text", 256, True), ("deviceId", "text", 256, True), ("devicePlatform", "text", 256, True),
    ("userPrincipalName", "text", 256, True), ("userId", "text", 256, True), ("validityInDays", "number", 0, False),
    ("requiresApproval", "boolean", 0, False), ("isStatic", "boolean", 0, False), ("uses", "number", 0, False),
    ("lifetimeInSeconds", "number", 0, False),
]
VERSION = ("certificationAuthorityVersion", "number", 0, False)
ACTIONS = {
    "cloudpki.createScepChallenge": ({"allowAnyName": True}, CHALLENGE),
    "changeCloudCertificationAuthorityStatus": (
        {"certificationAuthorityStatus": "paused", "certificationAuthorityVersion": 1},
        [("certificationAuthorityStatus", "enum", 64, False), VERSION]),
    "revokeCloudCertificationAuthorityCertificate": ({"certificationAuthorityVersion": 1}, [VERSION]),
    "uploadExternallySignedCertificationAuthorityCertificate": (
        {"signedCertificate": "AAAA", "trustChainCertificates": [{"displayName": "", "certificate": "AAAA"}],
         "certificationAuthorityVersion": 1},
        [("signedCertificate", "text", 20000, False), ("trustChainCertificates", "chain", 0, False), VERSION]),
    "searchCloudCertificationAuthorityLeafCertificateBySerialNumber": (
        {"certificateSerialNumber": "4000"}, [("certificateSerialNumber", "text", 128, False)]),
    "revokeLeafCertificate": ({"leafCertificateId": NOBODY}, [("leafCertificateId", "text", 64, False)]),
    "revokeLeafCertificateBySerialNumber": (
        {"certificateSerialNumber": "4000"}, [("certificateSerialNumber", "text", 128, False)]),
    "cloudpki.approve": ({"enrolmentId": NOBODY}, [("enrolmentId", "text", 64, False)]),
    "cloudpki.reject": ({"enrolmentId": NOBODY}, [("enrolmentId", "text", 64, False)]),
    "cloudpki.configureScep": ({"allowSha1": False}, [("allowSha1", "boolean", 0, False),
                                                      ("allowSingleDes", "boolean", 0, False)]),
    "cloudpki.revoke": ({}, [("reason", "enum", 64, True), VERSION]),
}
EVERY = [("create", *row) for row in CREATE] + [
    (action, *row) for action, (_, rows) in ACTIONS.items() for row in rows]


def bad_values(kind, most, may_be_null):
    values = list(NEVER[kind])
    if most:
        values += ["x" * (most + 1), "é" * (most + 1), "x" * 100000]
    return values if may_be_null else values + [None]


def post_raw(server, path, body):
    return server.api("POST", path, data=body, headers=JSON)


@pytest.fixture(scope="module")
def bystander(server):
    """A hierarchy on which every action is tried and none may succeed."""
    return server.create_hierarchy()


@pytest.mark.parametrize("action,member,kind,most,may_be_null", EVERY, ids=[f"{row[0]}-{row[1]}" for row in EVERY])
def test_every_property_refuses_what_it_cannot_be(server, bystander, action, member, kind, most, may_be_null):
    _, ca = bystander
    for value in bad_values(kind, most, may_be_null):
        if action == "create":
            reply = server.api("POST", CAS, json=dict(server.wanted_ca(), **{member: value}))
        else:
            reply = server.api("POST", f"{ca['id']}/{action}", json=dict(ACTIONS[action][0], **{member: value}))
        text = json.dumps(value)
        assert reply.status_code == 400, f"{text[:80]}: {reply.status_code} {reply.text[:300]}"
        error = reply.json()["error"]
        assert error["code"] and error["innerError"]["request-id"]
        is_of_json = "\\u0000" in text or isinstance(value, int) and abs(value) >= 2**63  # refused by line and column
        assert (member if not is_of_json else "json: line") in error["message"], f"{text[:80]}: {error['message']}"
        assert "\0" not in error["message"] and len(reply.content) < 4096


@pytest.mark.parametrize("member,kind,most,may_be_null", [row for row in CREATE if row[0] in (
    "displayName", "description", "roleScopeTagIds")], ids=["displayName", "description", "roleScopeTagIds"])
def test_every_change_refuses_what_it_cannot_be(server, bystander, member, kind, most, may_be_null):
    root, _ = bystander
    for value in bad_values(kind, most, may_be_null):
        refusal(json.dumps(value)[:80], server.api("PATCH", root["id"], json={member: value}), 400)
    assert server.api("GET", root["id"]).json() == root


def test_nothing_has_come_of_it(server, bystander):
    for ca in bystander:
        assert server.api("GET", ca["id"]).json() == ca
    assert server.api("GET", f"{bystander[1]['id']}/cloudpki.pendingRequests").json()["value"] == []


# ---- JSON ----

DEEP = [b"[" * 10000, b"[" * 10000 + b"]" * 10000, b'{"a":' * 10000 + b"1" + b"}" * 10000,
        b'{"extendedKeyUsages":' + b"[" * 10000 + b"]" * 10000 + b"}"]
TWICE = [b'{"commonName":"a","commonName":"b"}', b'{"a":1,"a":1}', b'{"a":1,"\\u0061":2}',
         b'{"extendedKeyUsages":[{"name":"a","name":"b"}]}']


@pytest.mark.parametrize("path", ["", "cloudpki.createScepChallenge", "revokeLeafCertificate"])
def test_json_that_is_deep_or_says_things_twice(server, bystander, path):
    where = f"{bystander[1]['id']}/{path}" if path else CAS
    for body in DEEP + TWICE:
        refusal(body[:40], post_raw(server, where, body), 400)
    refusal("a change", server.api("PATCH", bystander[0]["id"], data=DEEP[1], headers=JSON), 400)
    refusal("a change", server.api("PATCH", bystander[0]["id"], headers=JSON,
                                   data=b'{"description":"a","description":"b"}'), 400)


def test_json_of_many_members(server):
    many = {f"member{i}": i for i in range(20000)}
    assert server.api("POST", CAS, json=many).status_code in (400, 413)
    assert server.api("POST", CAS, json=server.wanted_ca(roleScopeTagIds=["x"] * 5000)).status_code == 400


# ---- names that are alike, limits ----

def test_s1_names_that_are_alike(server):
    mark = uuid.uuid4().hex[:8]
    server.create_ca(commonName=f"Zürich  {mark} x")
    for alike in (f"Zürich {mark} x", f"zürich {mark} X", f"ZÜRICH {mark} X", f"  Zürich   {mark}   x  "):
        refusal(alike, server.api("POST", CAS, json=server.wanted_ca(commonName=alike)), 409, "commonName")
    for other in (f"Zürich{mark} x", f"Zurich {mark} x", f"Zürich {mark} xx"):
        step(other, server.api("POST", CAS, json=server.wanted_ca(commonName=other)), 201)


def test_s1_names_that_are_alike_at_the_same_moment(server):
    from concurrent.futures import ThreadPoolExecutor
    wanted = server.wanted_ca()
    with ThreadPoolExecutor(8) as pool:
        codes = sorted(pool.map(lambda _: server.api("POST", CAS, json=wanted).status_code, range(8)))
    assert codes == [201] + [409] * 7


def test_one_ca_more_than_the_setting_allows(new_server):
    server = new_server(settings=["limits.cas=3"])
    from concurrent.futures import ThreadPoolExecutor
    with ThreadPoolExecutor(6) as pool:
        codes = sorted(pool.map(lambda _: server.api("POST", CAS, json=server.wanted_ca()).status_code, range(6)))
    assert codes == [201] * 3 + [507] * 3
    refusal("one more", server.api("POST", CAS, json=server.wanted_ca()), 507, "3")
    assert server.api("GET", f"{CAS}/$count").text == "3"
    first = server.api("GET", CAS).json()["value"][0]
    step("one goes", server.api("DELETE", first["id"]), 204)
    step("another may come", server.api("POST", CAS, json=server.wanted_ca()), 201)


# ---- out of order ----

def test_a_ca_that_waits_for_its_certificate_does_nothing_else(server):
    ca = server.create_ca(cloudCertificationAuthorityType=EXTERNAL, validityPeriodInYears=...)
    refusal("pause", set_status(server, ca, "paused"), 409)
    refusal("resume", set_status(server, ca, "active"), 409)
    refusal("revoke", revoke(server, ca), 409)
    refusal("compromise", server.api("POST", f"{ca['id']}/cloudpki.revoke", json={"reason": "keyCompromise"}), 409)
    refusal("challenge", server.api("POST", f"{ca['id']}/cloudpki.createScepChallenge", json={"allowAnyName": True}),
            409)
    wanted = server.wanted_ca(cloudCertificationAuthorityType="issuingCertificationAuthority",
                              certificationAuthorityIssuerId=ca["id"], validityPeriodInYears=1)
    refusal("issue a CA", server.api("POST", CAS, json=wanted), 400, "certificationAuthorityIssuerId")
    for path in (f"/scep/{ca['id']}?operation=GetCACert", f"/crl/{ca['id']}/v1/current.crl", f"/ca/{ca['id']}/v1/ca.cer"):
        assert server.session.get(server.http_url + path).status_code == 404, path
    step("delete", server.api("DELETE", ca["id"]), 204)
    refusal("delete again", server.api("DELETE", ca["id"]), 404)


def test_uploads_are_for_cas_that_wait(server, bystander):
    outside = Outside()
    for ca in bystander:
        own = x509.load_der_x509_certificate(server.fetch(ca["certificateDownloadUrl"]))
        good = outside.build(own.subject, own.public_key())
        refusal("not under an external root", upload(server, ca, good, outside.certificate), 409)


def test_a_paused_ca_is_no_issuer_and_cannot_be_deleted(server):
    root, ca = server.create_hierarchy()
    step("pause the root", set_status(server, root, "paused"), 200)
    wanted = server.wanted_ca(cloudCertificationAuthorityType="issuingCertificationAuthority",
                              certificationAuthorityIssuerId=root["id"], validityPeriodInYears=1)
    refusal("issue under it", server.api("POST", CAS, json=wanted), 400, "certificationAuthorityIssuerId")
    refusal("delete the root", server.api("DELETE", root["id"]), 409)
    refusal("revoke the root", revoke(server, root), 409)
    step("pause the issuing CA", set_status(server, ca, "paused"), 200)
    refusal("delete it", server.api("DELETE", ca["id"]), 409)
    refusal("revoke another version", revoke(server, ca, version=2), 404)
    for url in (ca["certificateRevocationListUrl"], root["certificateRevocationListUrl"]):
        server.fetch(url)  # status goes on


# ---- tokens ----

CLOCK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
/* The clock of a token that was made two hours ago. */
time_t time(time_t *out)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    time_t then = now.tv_sec + (OFFSET);
    return out ? (*out = then) : then;
}
"""


def token_made(server, where, offset):
    """A token of the server's own authority, made when the clock stood elsewhere."""
    library = os.path.join(where, "clock.so")
    run("cc", "-shared", "-fPIC", f"-DOFFSET={offset}", "-x", "c", "-o", library, "-", stdin=CLOCK)
    linked = run("ldd", PROGRAM).stdout
    sanitizer = [line.split()[2] for line in linked.splitlines() if "libasan" in line]
    environment = dict(os.environ, LD_PRELOAD=" ".join(sanitizer + [library]))
    return run(PROGRAM, "token", *server.flags(), env=environment).stdout.strip()


@pytest.mark.parametrize("offset,word", [(-7200, "expired"), (7200, "not valid yet")])
def test_tokens_before_and_after_their_time(server, tmp_path, offset, word):
    token = token_made(server, tmp_path, offset)
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert abs(claims["iat"] - offset - time.time()) < 120
    refusal("token", server.api("GET", CAS, token=token), 401, word)
    step("at its time", server.api("GET", CAS, token=token_made(server, tmp_path, 0)), 200)


def test_tokens_for_another_service(server):
    token = run(PROGRAM, "token", *server.flags(), "--set", "token.audience=other").stdout.strip()
    refusal("audience", server.api("GET", CAS, token=token), 401, "aud")


def test_tokens_of_another_issuer(new_server):
    """The server's name is part of the issuer: with another name it is another authority."""
    server = new_server()
    token = server.token()
    server.settings.append("server.api_url=https://pki.example.org")
    server.restart()
    refusal("issuer", server.api("GET", CAS, token=token), 401, "iss")


# ---- challenges ----

def test_s3_a_challenge_that_has_expired_looks_like_one_that_never_was(server):
    _, ca = server.create_hierarchy()
    client = Client(server.session, f"{server.http_url}/scep/{ca['id']}")
    device = Device("CN=late")
    made = server.challenge(ca["id"], uses=5)
    assert client.enrol(device, made["challenge"]).status == SUCCESS
    server.change_rows(f"UPDATE challenges SET expires_at = {int(time.time()) - 1} WHERE id = '{made['id']}'")
    late = client.enrol(device, made["challenge"])
    never = client.enrol(device, "never")
    assert late.refusal == never.refusal == (FAILURE, BAD_REQUEST) and late.fail_text == never.fail_text


def test_s3_what_a_challenge_binds_by_key_usages_and_names(server):
    _, ca = server.create_hierarchy()
    client = Client(server.session, f"{server.http_url}/scep/{ca['id']}")
    device = Device("CN=bound")
    wishes = dict(subjectName="CN=bound", extendedKeyUsages=["1.3.6.1.5.5.7.3.2"])
    secret = server.challenge(ca["id"], **wishes)["challenge"]
    server_auth = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    both = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
    any_usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE])
    ocsp_signing = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING])
    other = Device("CN=other")
    for what in (dict(extensions=[server_auth]), dict(extensions=[both]), dict(extensions=[any_usage]),
                 dict(extensions=[ocsp_signing]), dict(subject="CN=Bound2"),
                 dict(sans=[x509.DNSName("x.example.org")]), dict(key=other.key)):
        assert client.enrol(device, secret, **what).refusal == (FAILURE, BAD_REQUEST), what
    assert client.enrol(device, secret).certificate.subject.rfc4514_string() == "CN=bound"
