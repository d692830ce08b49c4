"""Programs that call the API with a token of their own: registered, proven, limited, forgotten."""
import base64
import datetime
import json
import time
import uuid

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding

from conftest import CAS

READ = "DeviceManagementCloudCA.Read.All"
WRITE = "DeviceManagementCloudCA.ReadWrite.All"
KEEPER = "Application.ReadWrite.All"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(claims, key, algorithm="RS256", **header):
    text = ".".join(b64(json.dumps(part).encode())
                    for part in (dict({"alg": algorithm, "typ": "JWT"}, **header), claims))
    if algorithm == "RS256":
        signature = key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    elif algorithm == "PS256":
        signature = key.sign(text.encode(), padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    else:
        r, s = utils.decode_dss_signature(key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return f"{text}.{b64(signature)}"


def certificate_of(key, days=30):
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "robot")])
    now = datetime.datetime.utcnow()
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=days)).sign(key, hashes.SHA256()))
    return base64.b64encode(made.public_bytes(Encoding.DER)).decode()


@pytest.fixture(scope="module")
def keeper(server):
    return server.token(scopes=[KEEPER, "AppRoleAssignment.ReadWrite.All"], roles=["Application Administrator"])


@pytest.fixture(scope="module")
def metadata(server):
    return server.session.get(server.https_url + "/.well-known/openid-configuration").json()


def create(server, keeper, **members):
    reply = server.api("POST", "/v1.0/applications", json=dict({"displayName": "robot"}, **members), token=keeper)
    assert reply.status_code == 201, reply.text
    return reply.json()


def add_password(server, keeper, application, **wishes):
    reply = server.api("POST", f"/v1.0/applications/{application['id']}/addPassword",
                       json={"passwordCredential": wishes}, token=keeper)
    assert reply.status_code == 200, reply.text
    return reply.json()


def ask(server, metadata, auth=None, **form):
    form.setdefault("grant_type", "client_credentials")
    return server.session.post(metadata["token_endpoint"], data=form, auth=auth)


def test_an_application_from_registration_to_its_end(server, keeper, metadata):
    application = create(server, keeper, grantedAppRoles=[READ])
    secret = add_password(server, keeper, application, displayName="first")
    assert len(secret["secretText"]) >= 40 and secret["secretText"].startswith(secret["hint"])
    shown = server.api("GET", f"/v1.0/applications/{application['id']}", token=keeper).json()
    assert shown["passwordCredentials"][0]["secretText"] is None
    assert shown["passwordCredentials"][0]["keyId"] == secret["keyId"]
    listed = server.api("GET", f"/v1.0/applications?$filter=appId eq '{application['appId']}'", token=keeper)
    assert [each["id"] for each in listed.json()["value"]] == [application["id"]]

    proof = {"client_id": application["appId"], "client_secret": secret["secretText"]}
    reply = ask(server, metadata, scope="https://graph.microsoft.com/.default", **proof)
    assert reply.status_code == 200 and reply.headers["Cache-Control"] == "no-store", reply.text
    assert reply.json()["token_type"] == "Bearer" and reply.json()["expires_in"] == 3600
    token = reply.json()["access_token"]
    assert server.api("GET", CAS, token=token).status_code == 200
    assert server.api("POST", CAS, json=server.wanted_ca(), token=token).status_code == 403

    reply = server.api("PATCH", f"/v1.0/applications/{application['id']}",
                       json={"grantedAppRoles": [READ, WRITE]}, token=keeper)
    assert reply.status_code == 204, reply.text
    token = ask(server, metadata, scope="cloudpki/.default", **proof).json()["access_token"]
    assert server.api("POST", CAS, json=server.wanted_ca(), token=token).status_code == 201

    reply = server.api("POST", f"/v1.0/applications/{application['id']}/removePassword",
                       json={"keyId": secret["keyId"]}, token=keeper)
    assert reply.status_code == 204, reply.text
    assert ask(server, metadata, **proof).status_code == 401
    assert server.api("DELETE", f"/v1.0/applications/{application['id']}", token=keeper).status_code == 204
    assert server.api("GET", f"/v1.0/applications/{application['id']}", token=keeper).status_code == 404


def test_a_removed_secret_ends_however_its_id_is_written(server, keeper, metadata):
    application = create(server, keeper)
    secret = add_password(server, keeper, application)
    reply = server.api("POST", f"/v1.0/applications/{application['id']}/removePassword",
                       json={"keyId": secret["keyId"].upper()}, token=keeper)
    assert reply.status_code == 204, reply.text
    proof = {"client_id": application["appId"], "client_secret": secret["secretText"]}
    assert ask(server, metadata, **proof).status_code == 401


def test_secrets_in_the_header(server, keeper, metadata):
    application = create(server, keeper, grantedAppRoles=[READ])
    secret = add_password(server, keeper, application)["secretText"]
    assert ask(server, metadata, auth=(application["appId"], secret)).status_code == 200
    reply = ask(server, metadata, auth=(application["appId"], secret + "x"))
    assert reply.status_code == 401 and reply.headers["WWW-Authenticate"].startswith("Basic")
    assert reply.json()["error"] == "invalid_client"
    both = ask(server, metadata, auth=(application["appId"], secret), client_secret=secret)
    assert both.status_code == 400 and both.json()["error"] == "invalid_request"


def test_bad_token_requests(server, keeper, metadata):
    application = create(server, keeper)
    proof = {"client_id": application["appId"],
             "client_secret": add_password(server, keeper, application)["secretText"]}
    for form, error in (
            (dict(proof, grant_type="password"), "unsupported_grant_type"),
            (dict(proof, grant_type=""), "invalid_request"),
            (dict(proof, scope="openid"), "invalid_scope"),
            (dict(proof, scope="https://x/.default https://y/.default"), "invalid_scope"),
            (dict(proof, scope="other/.default"), "invalid_scope"),
            (dict(proof, client_secret=""), "invalid_client"),
            (dict(proof, client_id=""), "invalid_request"),
            (dict(proof, client_id=str(uuid.uuid4())), "invalid_client"),
            (dict(proof, client_id="' OR 1=1 --"), "invalid_client"),
            (dict(proof, client_secret="x" * 60000), "invalid_client"),
            (dict(proof, client_assertion="x"), "invalid_request")):
        reply = ask(server, metadata, **form)
        assert reply.status_code in (400, 401) and reply.json()["error"] == error, (form, reply.text)
    for body, content_type in ((b"grant_type=client_credentials&grant_type=x", "application/x-www-form-urlencoded"),
                               (b"%zz=1", "application/x-www-form-urlencoded"), (b"{}", "application/json")):
        reply = server.session.post(metadata["token_endpoint"], data=body, headers={"Content-Type": content_type})
        assert reply.status_code in (400, 415) and reply.json()["error"] == "invalid_request"
    other = metadata["token_endpoint"].replace(metadata["token_endpoint"].split("/")[3], str(uuid.uuid4()))
    assert server.session.post(other, data=dict(proof, grant_type="client_credentials")).status_code == 401
    assert server.session.get(server.http_url + "/.well-known/openid-configuration").status_code == 404


def assertion(application, metadata, key, algorithm="RS256", header=None, **changes):
    now = int(time.time())
    claims = {"iss": application["appId"], "sub": application["appId"], "aud": metadata["token_endpoint"],
              "jti": str(uuid.uuid4()), "iat": now, "nbf": now, "exp": now + 600}
    claims.update(changes)
    return sign({name: value for name, value in claims.items() if value is not None}, key, algorithm, **(header or {}))


def with_assertion(server, metadata, application, text):
    return ask(server, metadata, client_id=application["appId"], client_assertion_type=ASSERTION,
               client_assertion=text)


@pytest.mark.parametrize("kind", ["RS256", "PS256", "ES256"])
def test_private_key_jwt(server, keeper, metadata, kind):
    key = ec.generate_private_key(ec.SECP256R1()) if kind == "ES256" else rsa.generate_private_key(65537, 2048)
    application = create(server, keeper, grantedAppRoles=[READ], keyCredentials=[
        {"type": "AsymmetricX509Cert", "usage": "Verify", "key": certificate_of(key)}])
    assert application["keyCredentials"][0]["keyId"]
    text = assertion(application, metadata, key, kind, {"x5t": "any"})
    reply = with_assertion(server, metadata, application, text)
    assert reply.status_code == 200, reply.text
    assert server.api("GET", CAS, token=reply.json()["access_token"]).status_code == 200
    again = with_assertion(server, metadata, application, text)
    assert again.status_code == 401 and again.json()["error"] == "invalid_client"
    issuer = assertion(application, metadata, key, kind, aud=metadata["issuer"])
    assert with_assertion(server, metadata, application, issuer).status_code == 200


def test_assertions_that_are_refused(server, keeper, metadata):
    key, stranger = rsa.generate_private_key(65537, 2048), rsa.generate_private_key(65537, 2048)
    now = int(time.time())
    application = create(server, keeper, keyCredentials=[{"key": certificate_of(key)}])
    other = create(server, keeper)
    bad = [assertion(application, metadata, stranger),
           assertion(application, metadata, key, aud="https://other.example/token"),
           assertion(application, metadata, key, aud=None),
           assertion(application, metadata, key, iss=other["appId"]),
           assertion(application, metadata, key, sub=other["appId"]),
           assertion(application, metadata, key, jti=None),
           assertion(application, metadata, key, exp=None),
           assertion(application, metadata, key, exp=now - 61),
           assertion(application, metadata, key, exp=now + 2 * 86400)]
    for text in bad[:5] + bad[5:]:
        reply = with_assertion(server, metadata, application, text)
        assert reply.status_code in (401, 429) and "access_token" not in reply.text, reply.text
    reply = ask(server, metadata, client_id=application["appId"], client_assertion_type="x", client_assertion=bad[0])
    assert reply.json()["error"] == "invalid_request"


def test_keys_that_are_refused(server, keeper):
    weak = rsa.generate_private_key(65537, 1024)
    for key in (certificate_of(weak), certificate_of(ec.generate_private_key(ec.SECP521R1())), "AAAA", "", None):
        reply = server.api("POST", "/v1.0/applications",
                           json={"displayName": "x", "keyCredentials": [{"key": key}]}, token=keeper)
        assert reply.status_code == 400, (key, reply.text)


def test_wrong_secrets_are_limited(new_server):
    server = new_server()
    metadata = server.session.get(server.https_url + "/.well-known/openid-configuration").json()
    client = str(uuid.uuid4())
    statuses = [ask(server, metadata, client_id=client, client_secret="x").status_code for _ in range(12)]
    assert statuses[:10] == [401] * 10 and statuses[-1] == 429


def test_nobody_gives_more_than_he_has(server):
    weak = server.token(scopes=[KEEPER, READ], roles=["Application Administrator"])
    reply = server.api("POST", "/v1.0/applications", json={"displayName": "x", "grantedAppRoles": [WRITE]}, token=weak)
    assert reply.status_code == 403, reply.text
    assert create(server, weak, grantedAppRoles=[READ])["grantedAppRoles"] == [READ]


def test_nobody_sheds_his_roles_or_tags_through_an_application(new_server):
    server = new_server(settings=["role.Branch.scope_tags=7"])
    trust = "PublicKeyInfrastructure.ReadWrite.All"
    strong = server.token(scopes=[KEEPER, "AppRoleAssignment.ReadWrite.All"], roles=["Application Administrator"])
    for scope, roles in ((trust, ["Application Administrator"]), (READ, ["Application Administrator", "Branch"])):
        weak = server.token(scopes=[KEEPER, scope], roles=roles)
        reply = server.api("POST", "/v1.0/applications", json={"displayName": "x", "grantedAppRoles": [scope]}, token=weak)
        assert reply.status_code == 403, reply.text
        path = f"/v1.0/applications/{create(server, strong, grantedAppRoles=[scope])['id']}"
        assert server.api("POST", path + "/addPassword", json={}, token=weak).status_code == 403
        own = create(server, weak)
        assert server.api("PATCH", f"/v1.0/applications/{own['id']}", json={"grantedAppRoles": [scope]},
                          token=weak).status_code == 403
    both = server.token(scopes=[KEEPER, trust], roles=["Application Administrator", "Authentication Administrator"])
    assert create(server, both, grantedAppRoles=[trust])["grantedAppRoles"] == [trust]


def test_delegated_keepers_need_their_role(server):
    token = server.token(scopes=[KEEPER])
    assert server.api("POST", "/v1.0/applications", json={"displayName": "x"}, token=token).status_code == 403
    named = server.token(scopes=[KEEPER], roles=["9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"])
    assert server.api("POST", "/v1.0/applications", json={"displayName": "x"}, token=named).status_code == 201


def test_the_metadata_and_the_keys(server, metadata):
    tenant = metadata["issuer"].split("/")[3]
    same = server.session.get(f"{server.https_url}/{tenant}/v2.0/.well-known/openid-configuration").json()
    assert same == metadata
    keys = server.session.get(metadata["jwks_uri"]).json()["keys"]
    assert [key["kty"] for key in keys] == ["EC"] and "d" not in keys[0]
    header, claims, signature = server.token().split(".")
    numbers = ec.EllipticCurvePublicNumbers(
        *(int.from_bytes(base64.urlsafe_b64decode(keys[0][name] + "="), "big") for name in "xy"), ec.SECP256R1())
    raw = base64.urlsafe_b64decode(signature + "==")
    numbers.public_key().verify(
        utils.encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")),
        f"{header}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    assert json.loads(base64.urlsafe_b64decode(claims + "=="))["iss"] == metadata["issuer"]
