"""Tokens of an outside OpenID provider, which is an HTTP server of the test's own."""
import base64
import contextlib
import hashlib
import hmac
import http.server
import json
import threading
import time
import uuid

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from conftest import CAS

READ = "DeviceManagementCloudCA.Read.All"
WRITE = "DeviceManagementCloudCA.ReadWrite.All"
THEIRS = "9c1f3c1e-5a0f-4d0e-9f55-2f2c6c1b7d10"


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value):
    return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


class Key:
    def __init__(self, algorithm, name=None):
        self.algorithm, self.name = algorithm, name or uuid.uuid4().hex
        if algorithm[:2] in ("RS", "PS"):
            self.key = rsa.generate_private_key(65537, 2048)
        elif algorithm[:2] == "ES":
            self.key = ec.generate_private_key(ec.SECP256R1() if algorithm == "ES256" else ec.SECP384R1())
        else:
            self.key = ed25519.Ed25519PrivateKey.generate()

    def jwk(self):
        public = self.key.public_key()
        shared = {"kid": self.name, "use": "sig"}
        if isinstance(public, rsa.RSAPublicKey):
            numbers = public.public_numbers()
            return dict(shared, kty="RSA", n=number(numbers.n), e=number(numbers.e), x5c=["junk"])
        if isinstance(public, ec.EllipticCurvePublicKey):
            size = public.key_size // 8
            numbers = public.public_numbers()
            return dict(shared, kty="EC", crv=f"P-{public.key_size}", alg=self.algorithm,
                        x=b64(numbers.x.to_bytes(size, "big")), y=b64(numbers.y.to_bytes(size, "big")))
        return dict(shared, kty="OKP", crv="Ed25519", x=b64(public.public_bytes(Encoding.Raw, PublicFormat.Raw)))

    def sign(self, claims, **header):
        header = dict({"alg": self.algorithm, "typ": "JWT", "kid": self.name}, **header)
        header = {name: value for name, value in header.items() if value is not None}
        text = ".".join(b64(json.dumps(part).encode()) for part in (header, claims))
        return f"{text}.{b64(self.signature(text.encode()))}"

    def signature(self, text):
        digest = {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}.get(self.algorithm[2:], hashes.SHA256)()
        if self.algorithm[:2] == "RS":
            return self.key.sign(text, padding.PKCS1v15(), digest)
        if self.algorithm[:2] == "PS":
            return self.key.sign(text, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
        if self.algorithm[:2] == "ES":
            size = self.key.key_size // 8
            r, s = utils.decode_dss_signature(self.key.sign(text, ec.ECDSA(digest)))
            return r.to_bytes(size, "big") + s.to_bytes(size, "big")
        return self.key.sign(text)


class Provider:
    """Says what the test wants: keys, or `body` instead of them; counts what it is asked."""

    def __init__(self):
        self.keys, self.body, self.delay, self.asked = [], None, 0, 0
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                if self.path.startswith("/keys"):
                    provider.asked += 1
                    time.sleep(provider.delay)
                    body = provider.body or json.dumps({"keys": [key.jwk() for key in provider.keys]}).encode()
                else:
                    body = json.dumps({"issuer": provider.url, "jwks_uri": provider.url + "/keys"}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Cache-Control", "max-age=3600")
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def claims(self, **changes):
        now = int(time.time())
        claims = dict({"iss": self.url, "aud": "api://pki", "sub": "alice", "tid": THEIRS, "iat": now, "nbf": now,
                       "exp": now + 600, "scp": WRITE}, **changes)
        return {name: value for name, value in claims.items() if value is not None}

    def settings(self, **more):
        wanted = dict({"issuer": self.url, "audience": "api://pki", "tenants": THEIRS}, **more)
        return [f"provider.idp.{name}={value}" for name, value in wanted.items() if value is not None]


@pytest.fixture
def provider():
    made = Provider()
    yield made
    made.close()


@pytest.fixture(scope="module")
def estate():
    """One server and provider for all that changes neither."""
    from conftest import Server
    provider = Provider()
    provider.keys = [Key(algorithm) for algorithm in ("RS256", "ES256", "ES384", "EdDSA")]
    server = Server(settings=provider.settings() + ["role.Branch.scope_tags=7"])
    yield server, provider
    status, log = server.destroy()
    provider.close()
    assert status == 0, log[-8000:]


def get(server, token, method="GET", **more):
    return server.api(method, CAS, token=token, **more)


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"])
def test_every_algorithm(estate, algorithm):
    server, provider = estate
    key = next(key for key in provider.keys if key.algorithm[:2] == algorithm[:2].replace("P", "R")
               and (key.algorithm == algorithm or algorithm[:2] in ("RS", "PS")))
    kept, key.algorithm = key.algorithm, algorithm
    try:
        assert get(server, key.sign(provider.claims())).status_code == 200
    finally:
        key.algorithm = kept


def test_who_a_token_makes(estate):
    server, provider = estate
    key = provider.keys[0]
    assert get(server, key.sign(provider.claims(scp=READ))).status_code == 200
    assert get(server, key.sign(provider.claims(scp=READ)), "POST", json=server.wanted_ca()).status_code == 403
    assert get(server, key.sign(provider.claims(scp=None, scope=f"openid {READ}"))).status_code == 200
    assert get(server, key.sign(provider.claims(scp=None, roles=[WRITE])), "POST",
               json=server.wanted_ca()).status_code == 201
    applications = "/v1.0/applications"
    keeper = provider.claims(scp="Application.ReadWrite.All", wids=["62e90394-69f5-4237-9190-012177145e10"])
    assert server.api("POST", applications, json={"displayName": "x"}, token=key.sign(keeper)).status_code == 201
    keeper["wids"] = ["88d8e3e3-8f55-4a1e-953a-9b9898b8876b"]
    assert server.api("POST", applications, json={"displayName": "x"}, token=key.sign(keeper)).status_code == 403
    robot = provider.claims(scp=None, roles=["Application.ReadWrite.All"])
    assert server.api("POST", applications, json={"displayName": "x"}, token=key.sign(robot)).status_code == 201


def test_tokens_that_are_refused(estate):
    server, provider = estate
    key, now = provider.keys[0], int(time.time())
    stranger = Key("RS256", key.name)
    refused = [
        stranger.sign(provider.claims()),
        key.sign(provider.claims(), alg="none"),
        key.sign(provider.claims(), alg="HS256"),
        key.sign(provider.claims(), alg="ES256"),
        key.sign(provider.claims(), typ="id+jwt"),
        key.sign(provider.claims(), typ=None),
        key.sign(provider.claims(), crit=["b64"], b64=False),
        key.sign(provider.claims(exp=now - 61)),
        key.sign(provider.claims(exp=None)),
        key.sign(provider.claims(nbf=now + 120)),
        key.sign(provider.claims(iat=now + 120)),
        key.sign(provider.claims(aud="api://other")),
        key.sign(provider.claims(aud=None)),
        key.sign(provider.claims(iss="https://evil.example")),
        key.sign(provider.claims(iss=provider.url + "/")),
        key.sign(provider.claims(tid=str(uuid.uuid4()))),
        key.sign(provider.claims(tid=None)),
        key.sign(provider.claims(sub=None)),
        key.sign(provider.claims(scp=None)),
        key.sign(provider.claims(scp={"a": 1})),
        key.sign(provider.claims(more="x" * 9000)),
        key.sign(provider.claims()) + "x",
    ]
    for i, token in enumerate(refused):
        reply = get(server, token)
        assert reply.status_code == 401, (i, reply.status_code, reply.text)
        assert reply.json()["error"]["code"] == "InvalidAuthenticationToken"
    for name in ("../../etc/passwd", "' OR 1=1 --", "x" * 3000, "\u0001", ""):
        assert get(server, key.sign(provider.claims(), kid=name)).status_code == 401


def test_hmac_with_the_providers_key(estate):
    """RFC 8725 §2.1: the public key is no secret."""
    server, provider = estate
    key = provider.keys[0]
    pem = key.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    header, claims, _ = key.sign(provider.claims(), alg="HS256").split(".")
    forged = b64(hmac.new(pem, f"{header}.{claims}".encode(), hashlib.sha256).digest())
    assert get(server, f"{header}.{claims}.{forged}").status_code == 401


def test_a_limited_role_reaches_its_cas_only(estate):
    server, provider = estate
    key = provider.keys[0]
    mine = server.create_ca(roleScopeTagIds=["7"])
    other = server.create_ca(roleScopeTagIds=["70", "\"7"])
    token = key.sign(provider.claims(wids=["Branch"]))
    listed = get(server, token).json()["value"]
    assert [ca["id"] for ca in listed] == [mine["id"]]
    assert server.api("GET", f"{CAS}/$count", token=token).text == "1"
    assert server.api("GET", mine["id"], token=token).status_code == 200
    for method, path, body in (("GET", "", None), ("DELETE", "", None), ("PATCH", "", {"description": "x"}),
                               ("GET", "/versions", None),
                               ("GET", "/cloudCertificationAuthorityLeafCertificate", None),
                               ("POST", "/cloudpki.createScepChallenge", {"allowAnyName": True})):
        assert server.api(method, other["id"] + path, json=body, token=token).status_code == 404
    leaves = "/beta/deviceManagement/cloudCertificationAuthorityLeafCertificate"
    _, issuing = server.create_hierarchy()
    server.enrol(issuing["id"])
    assert server.api("GET", leaves, token=token).json()["value"] == []
    assert server.api("GET", leaves).json()["value"] != []
    made = server.api("POST", CAS, json=server.wanted_ca(), token=token)
    assert made.status_code == 201 and made.json()["roleScopeTagIds"] == ["7"]
    for tags in (["0"], ["7", "0"]):
        assert server.api("POST", CAS, json=server.wanted_ca(roleScopeTagIds=tags), token=token).status_code == 403
        assert server.api("PATCH", mine["id"], json={"roleScopeTagIds": tags}, token=token).status_code == 403
    auditor = key.sign(provider.claims(wids=["Branch"], scp="DeviceManagementApps.Read.All"))
    events = "/beta/deviceManagement/auditEvents"
    about = {resource["resourceId"] for event in server.api("GET", events + "?$top=999", token=auditor).json()["value"]
             for resource in event["resources"]}
    assert mine["id"] in about and not about & {other["id"], issuing["id"]}
    foreign = server.api("GET", f"{events}?$filter=resources/any(r:r/resourceId eq '{other['id']}')").json()["value"][0]
    assert server.api("GET", f"{events}/{foreign['id']}", token=auditor).status_code == 404
    below = server.create_ca(issuer=mine["id"], roleScopeTagIds=["7"])
    leaf = server.enrol(below["id"])
    counted = f"{events}/$count?$filter=resources/any(r:r/resourceId eq '{leaf['id']}')"
    assert int(server.api("GET", counted, token=auditor).text) > 0
    shared = server.create_ca(roleScopeTagIds=["7", "9"])
    for tags, status in ((["7"], 403), ([], 403), (["9"], 403), (["9", "7"], 200)):
        assert server.api("PATCH", shared["id"], json={"roleScopeTagIds": tags}, token=token).status_code == status
    everywhere = key.sign(provider.claims(wids=["Branch", "3a2c62db-5318-420d-8d74-23affee5d9d5"]))
    assert server.api("GET", other["id"], token=everywhere).status_code == 200


def test_a_key_that_is_changed(new_server, provider):
    """An unknown kid makes the server look, once, while the caller waits; a flood of them does not."""
    first, second = Key("ES256"), Key("ES256")
    provider.keys = [first]
    server = new_server(settings=provider.settings())
    assert get(server, first.sign(provider.claims())).status_code == 200
    time.sleep(1.1)  # what was asked this very second is not asked again
    provider.keys = [second]
    assert get(server, second.sign(provider.claims())).status_code == 200
    assert get(server, Key("ES256", "gone").sign(provider.claims())).status_code == 401
    for i in range(200):
        reply = get(server, Key.sign(second, provider.claims(), kid=f"made-up-{i}"))
        assert reply.status_code in (401, 503)
    assert provider.asked <= 8
    assert get(server, second.sign(provider.claims())).status_code == 200


@pytest.mark.parametrize("what", ["huge", "junk", "empty", "away"])
def test_keys_that_cannot_be_had(new_server, provider, what):
    key = Key("ES256")
    provider.keys = [key]
    provider.body = {"huge": b" " * (10 * 1024 * 1024), "junk": b"<html>", "empty": b'{"keys":[]}'}.get(what)
    if what == "away":
        provider.close()
    server = new_server(settings=provider.settings())
    for _ in range(8):
        reply = get(server, key.sign(provider.claims()))
        assert reply.status_code == 401, reply.text
    assert get(server, server.token()).status_code == 200
    assert "event=provider.keys provider=idp result=failed" in server.log()
    if what == "away":
        provider.__init__()


def test_a_slow_provider_holds_up_nobody(new_server, provider):
    key = Key("ES256")
    provider.keys, provider.delay = [key], 4
    server = new_server(settings=provider.settings())
    replies = []
    waiting = [threading.Thread(target=lambda: replies.append(get(server, key.sign(provider.claims())).status_code))
               for _ in range(6)]
    for each in waiting:
        each.start()
    started = time.time()
    for _ in range(5):
        assert get(server, server.token()).status_code == 200
    assert time.time() - started < 3
    for each in waiting:
        each.join()
    assert set(replies) <= {200, 503} and 200 in replies, replies
    assert get(server, key.sign(provider.claims())).status_code == 200


@pytest.mark.parametrize("settings", [
    {"issuer": "http://idp.example"}, {"issuer": None}, {"issuer": "https://idp.example/{tenant}"},
    {"issuer": "https://idp.example/{tenant}", "tenants": None, "jwks_url": "https://idp.example/keys"},
    {"algorithms": "HS256"}, {"algorithms": "none"}, {"tenants": "x=y"}, {"jwks_url": "file:///etc/passwd"},
    {"unknown": "x"}])
def test_settings_that_cannot_be(provider, settings, tmp_path):
    from conftest import PROGRAM, run
    words = [word for each in provider.settings(**settings) for word in ("--set", each)]
    done = run(PROGRAM, "init", "--data", tmp_path / "var", *words, check=False)
    assert done.returncode != 0 and "provider" in done.stderr, done.stderr
