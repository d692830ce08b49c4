"""Who may call the API: tokens, scopes, tenants."""
import base64
import json
import uuid

import pytest
from cryptography.hazmat.primitives import hashes, hmac

from conftest import CAS

READ = "DeviceManagementCloudCA.Read.All"
WRITE = "DeviceManagementCloudCA.ReadWrite.All"
OLD_READ = "DeviceManagementConfiguration.Read.All"
OLD_WRITE = "DeviceManagementConfiguration.ReadWrite.All"


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def altered(token, header=None, claims=None, signature=None):
    parts = token.split(".")
    for i, change in ((0, header), (1, claims)):
        if change:
            value = dict(json.loads(decode(parts[i])), **change)
            parts[i] = encode(json.dumps(value).encode())
    if signature is not None:
        parts[2] = signature
    return ".".join(parts)


def expect_401(server, token, headers=None):
    reply = server.api("GET", CAS, token=token, headers=headers)
    assert reply.status_code == 401, reply.text
    assert reply.headers["WWW-Authenticate"].startswith("Bearer")
    assert reply.json()["error"]["code"] == "InvalidAuthenticationToken"


def test_without_a_token_nobody_comes_in(server):
    expect_401(server, "")
    expect_401(server, "", {"Authorization": "Basic YTpi"})
    expect_401(server, "", {"Authorization": "Bearer"})
    expect_401(server, "", {"Authorization": "Bearer "})


def test_tokens_that_are_not_ours(server):
    token = server.token()
    assert server.api("GET", CAS, token=token).status_code == 200
    header, claims, signature = token.split(".")
    expect_401(server, altered(token, header={"alg": "none"}, signature=""))
    expect_401(server, altered(token, header={"alg": "none"}))
    expect_401(server, altered(token, header={"crit": ["exp"]}))
    expect_401(server, altered(token, header={"kid": "../../etc/passwd"}))
    expect_401(server, altered(token, header={"kid": "' OR 1=1 --"}))
    expect_401(server, altered(token, header={"kid": str(uuid.uuid4())}))
    expect_401(server, altered(token, header={"typ": "id+jwt"}))
    expect_401(server, altered(token, claims={"scp": WRITE + " Everything"}))
    expect_401(server, altered(token, claims={"aud": "other"}))
    expect_401(server, altered(token, claims={"iss": "https://elsewhere/"}))
    expect_401(server, altered(token, claims={"tid": str(uuid.uuid4())}))
    expect_401(server, altered(token, claims={"exp": 9999999999}))
    expect_401(server, token[:-1])
    expect_401(server, token + "A")
    expect_401(server, f"{header}.{claims}")
    expect_401(server, f"{header}.{claims}.{signature}.{signature}")
    expect_401(server, "x" * 9000)


def test_hmac_with_the_public_key_is_no_signature(server):
    token = altered(server.token(), header={"alg": "HS256"})
    signed = token.rsplit(".", 1)[0]
    for secret in (b"", b"cloudpki", json.loads(decode(token.split(".")[0]))["kid"].encode()):
        mac = hmac.HMAC(secret or b"\0", hashes.SHA256())
        mac.update(signed.encode())
        expect_401(server, f"{signed}.{encode(mac.finalize())}")


def test_a_token_that_has_expired(server):
    claims = json.loads(decode(server.token(lifetime="60s").split(".")[1]))
    assert claims["exp"] - claims["iat"] == 60
    assert server.cli_process("token", "--lifetime", "25h", check=False).returncode != 0


@pytest.mark.parametrize("scope,reads,writes", [
    (READ, 200, 403), (WRITE, 200, 201), (OLD_READ, 200, 403), (OLD_WRITE, 200, 201),
    ("PublicKeyInfrastructure.ReadWrite.All", 403, 403), (READ.lower(), 403, 403), (READ[:-1], 403, 403),
])
def test_scopes_open_what_they_say(server, scope, reads, writes):
    token = server.token(scopes=[scope])
    assert server.api("GET", CAS, token=token).status_code == reads
    reply = server.api("POST", CAS, json=server.wanted_ca(), token=token)
    assert reply.status_code == writes
    if writes == 403:
        assert WRITE in reply.json()["error"]["message"]
        assert 'error="insufficient_scope"' in reply.headers["WWW-Authenticate"]


def test_every_change_needs_the_write_scope(server, hierarchy):
    _, ca = hierarchy
    token = server.token(scopes=[READ])
    leaf = f"{ca['id']}/cloudCertificationAuthorityLeafCertificate/{uuid.uuid4()}"
    changes = [("PATCH", ca["id"]), ("DELETE", ca["id"]), ("DELETE", leaf), ("POST", f"{leaf}/cloudpki.revoke")]
    changes += [("POST", f"{ca['id']}/{action}") for action in (
        "postCloudCertificationAuthority", "patchCloudCertificationAuthority",
        "changeCloudCertificationAuthorityStatus", "revokeCloudCertificationAuthorityCertificate",
        "uploadExternallySignedCertificationAuthorityCertificate", "revokeLeafCertificate",
        "revokeLeafCertificateBySerialNumber", "cloudpki.createScepChallenge", "cloudpki.endStaticScepChallenge",
        "cloudpki.approve", "cloudpki.reject", "cloudpki.configureScep", "cloudpki.revoke")]
    for method, path in changes:
        reply = server.api(method, path, json={}, token=token)
        assert reply.status_code == 403, f"{method} {path}: {reply.status_code}"


def test_another_tenant_sees_nothing(server, hierarchy):
    root, ca = hierarchy
    stranger = server.token(tenant=str(uuid.uuid4()))
    listed = server.api("GET", CAS, token=stranger)
    assert listed.status_code == 200 and listed.json()["value"] == []
    assert server.api("GET", f"{CAS}/$count", token=stranger).text == "0"
    one, leaf = ca["id"], f"{ca['id']}/cloudCertificationAuthorityLeafCertificate"
    calls = [("GET", one), ("PATCH", one), ("DELETE", one), ("GET", f"{one}/activeVersion"),
             ("GET", f"{one}/versions"), ("GET", f"{one}/versions/$count"), ("GET", f"{one}/versions/{one}_1"),
             ("GET", leaf), ("GET", f"{leaf}/$count"), ("GET", f"{leaf}/{uuid.uuid4()}"),
             ("GET", f"{one}/cloudpki.pendingRequests"), ("GET", f"{one}/cloudpki.scepSettings"),
             ("POST", f"{one}/cloudpki.revoke"), ("POST", f"{one}/cloudpki.configureScep"),
             ("POST", f"{one}/cloudpki.endStaticScepChallenge")]
    calls += [("POST", f"{one}/{action}") for action in (
        "getAllCloudCertificationAuthority", "getCloudCertificationAuthority", "postCloudCertificationAuthority",
        "patchCloudCertificationAuthority", "getAllCloudCertificationAuthorityLeafCertificates")]
    bodies = {"changeCloudCertificationAuthorityStatus": {"certificationAuthorityStatus": "paused"},
              "revokeCloudCertificationAuthorityCertificate": {"certificationAuthorityVersion": 1},
              "uploadExternallySignedCertificationAuthorityCertificate": {
                  "signedCertificate": "AAAA", "trustChainCertificates": []},
              "searchCloudCertificationAuthorityLeafCertificateBySerialNumber": {"certificateSerialNumber": "00"},
              "revokeLeafCertificate": {"leafCertificateId": str(uuid.uuid4())},
              "revokeLeafCertificateBySerialNumber": {"certificateSerialNumber": "00"},
              "cloudpki.createScepChallenge": {"allowAnyName": True},
              "cloudpki.approve": {"enrolmentId": str(uuid.uuid4())},
              "cloudpki.reject": {"enrolmentId": str(uuid.uuid4())}}
    for method, path in calls:
        reply = server.api(method, path, json={} if method in ("PATCH", "POST") else None, token=stranger)
        assert reply.status_code == 404, f"{method} {path}: {reply.status_code} {reply.text}"
    for action, body in bodies.items():
        reply = server.api("POST", f"{one}/{action}", json=body, token=stranger)
        assert reply.status_code == 404, f"{action}: {reply.status_code} {reply.text}"
    wanted = server.wanted_ca(cloudCertificationAuthorityType="issuingCertificationAuthority",
                              certificationAuthorityIssuerId=root["id"], validityPeriodInYears=5)
    reply = server.api("POST", CAS, json=wanted, token=stranger)
    assert reply.status_code == 400 and "certificationAuthorityIssuerId" in reply.text
    assert server.api("GET", one).json()["certificationAuthorityStatus"] == "active"


def test_the_plain_port_has_no_api(server):
    for path in (CAS, "/beta", "/beta/", "/v1.0/x"):
        assert server.session.get(server.http_url + path, timeout=30).status_code == 404


def test_request_ids(server):
    mine = str(uuid.uuid4())
    for path in (CAS, CAS + "/nobody"):
        reply = server.api("GET", path, headers={"client-request-id": mine})
        assert reply.headers["client-request-id"] == mine
        uuid.UUID(reply.headers["request-id"])
    error = server.api("GET", CAS + "/nobody", headers={"client-request-id": mine})
    inner = error.json()["error"]["innerError"]
    assert inner["client-request-id"] == mine and inner["request-id"] == error.headers["request-id"]
    echoed = server.api("GET", CAS, headers={"client-request-id": "<script>"})
    assert echoed.headers["client-request-id"] == echoed.headers["request-id"]
