"""Family C: cloudPkiSubscription."""
import base64
import datetime
import json
import os
import uuid

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

SUBSCRIPTIONS = "/beta/deviceManagement/cloudPkiSubscriptions"
ALIAS = "/beta/cloudPkiSubscriptions"
SECRETS = ("Canary-Password-1", "Canary-Password-2")


def certificate(is_ca, key, days=30):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Provider")])
    now = datetime.datetime.utcnow()
    return (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=60))
            .not_valid_after(now + datetime.timedelta(days=days))
            .add_extension(x509.BasicConstraints(is_ca, None), True).sign(key, hashes.SHA256()))


def text(octets):
    return base64.b64encode(octets).decode()


def key_file(password=SECRETS[1], days=30):
    key = ec.generate_private_key(ec.SECP256R1())
    return text(pkcs12.serialize_key_and_certificates(
        b"admin", key, certificate(False, key, days), None, serialization.BestAvailableEncryption(password.encode())))


@pytest.fixture(scope="module")
def wish():
    """The documented request, its placeholders replaced."""
    key = ec.generate_private_key(ec.SECP256R1())
    with open(os.path.join(os.path.dirname(__file__), "../data/graph/cloudPkiSubscription.create.request.json")) as file:
        body = json.load(file)
    body["credentials"].update(adminPassword=SECRETS[0], authenticationCertificate=key_file(),
                               authenticationCertificatePassword=SECRETS[1])
    body["trustedRootCertificate"] = text(certificate(True, key).public_bytes(serialization.Encoding.DER))
    return body


@pytest.fixture()
def made(server, wish):
    reply = server.api("POST", SUBSCRIPTIONS, wish)
    assert reply.status_code == 201, reply.text
    return reply


def test_the_documented_request_gives_the_documented_reply(server, wish, made):
    with open(os.path.join(os.path.dirname(__file__), "../data/graph/cloudPkiSubscription.create.response.json")) as file:
        documented = json.load(file)
    reply = made.json()
    assert set(documented) - {"@odata.type"} <= set(reply)
    for name in ("cloudPkiProvider", "description", "displayName", "trustedRootCertificate"):
        assert reply[name] == wish[name], name
    assert reply["credentials"] is None
    assert (reply["syncStatus"], reply["lastSyncError"], reply["version"]) == ("unKnown", None, 1)
    assert reply["lastSyncDateTime"] == "0001-01-01T00:00:00Z"
    assert made.headers["Location"].endswith(f"{SUBSCRIPTIONS}/{reply['id']}")


def test_what_was_made_is_listed_read_and_changed(server, made):
    one = made.json()
    path = f"{SUBSCRIPTIONS}/{one['id']}"
    assert server.api("GET", path).json()["displayName"] == one["displayName"]
    assert server.api("GET", f"{ALIAS}/{one['id']}").json()["id"] == one["id"]
    found = server.api("GET", SUBSCRIPTIONS + f"?$filter=id eq '{one['id']}'").json()["value"]
    assert [each["id"] for each in found] == [one["id"]]
    changed = server.api("PATCH", path, {"displayName": "Other"})
    assert changed.status_code == 200 and changed.json()["version"] == 2
    # What was read may be sent back whole: null credentials mean those that are there.
    whole = {name: value for name, value in changed.json().items() if not name.startswith("@odata.context")}
    assert server.api("PATCH", path, whole).status_code == 200
    stale = server.api("PATCH", path, {"description": "x"}, headers={"If-Match": 'W/"1"'})
    assert stale.status_code == 412
    assert server.api("PATCH", path, {"syncStatus": "succeeded"}).status_code == 400
    assert server.api("DELETE", path).status_code == 204
    assert server.api("GET", path).status_code == 404
    assert server.api("DELETE", path).status_code == 404


def test_an_id_in_the_path_becomes_its_id(server, wish):
    new = str(uuid.uuid4())
    reply = server.api("POST", f"{ALIAS}/{new.upper()}", wish)
    assert reply.status_code == 201 and reply.json()["id"] == new
    assert reply.headers["Location"].endswith(f"{SUBSCRIPTIONS}/{new}")
    assert server.api("POST", f"{ALIAS}/{new}", wish).status_code == 409
    assert server.api("POST", f"{ALIAS}/not-a-guid", wish).status_code == 400


@pytest.mark.parametrize("change,word", [
    ({"cloudPkiProvider": "unKnown"}, "cloudPkiProvider"),
    ({"cloudPkiProvider": "other"}, "cloudPkiProvider"),
    ({"displayName": None}, "displayName"),
    ({"credentials": None}, "credentials"),
    ({"credentials": {}}, "credentials"),
    ({"credentials": {"adminUserName": "a"}}, "adminPassword"),
    ({"credentials": {"adminUserName": "a", "adminPassword": "b", "authenticationCertificatePassword": "c"}}, "authenticationCertificate"),
    ({"credentials": {"authenticationCertificate": "AAAA"}}, "PKCS #12"),
    ({"credentials": {"authenticationCertificate": key_file(), "authenticationCertificatePassword": "wrong"}}, "password does not open"),
    ({"credentials": {"authenticationCertificate": key_file()}}, "password does not open"),
    ({"credentials": {"authenticationCertificate": key_file(days=-1), "authenticationCertificatePassword": SECRETS[1]}}, "has ended"),
    ({"trustedRootCertificate": "AAAA"}, "trustedRootCertificate"),
    ({"trustedRootCertificate": text(certificate(False, ec.generate_private_key(ec.SECP256R1()))
                                     .public_bytes(serialization.Encoding.DER))}, "no root CA"),
])
def test_what_cannot_be_is_named(server, wish, change, word):
    reply = server.api("POST", SUBSCRIPTIONS, {**wish, **change})
    assert reply.status_code == 400, reply.text
    assert word in reply.json()["error"]["message"], reply.text


def test_a_file_of_old_windows_is_opened(server, wish, tmp_path):
    """RC2 and SHA-1, as exported there for twenty years."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (tmp_path / "pair.pem").write_bytes(pem + certificate(False, key).public_bytes(serialization.Encoding.PEM))
    assert os.system(f"openssl pkcs12 -export -legacy -in {tmp_path}/pair.pem -out {tmp_path}/pair.p12 -passout pass:old") == 0
    credentials = {"authenticationCertificate": text((tmp_path / "pair.p12").read_bytes()), "authenticationCertificatePassword": "old"}
    assert server.api("POST", SUBSCRIPTIONS, {**wish, "credentials": credentials}).status_code == 201


def stored_octets(server):
    """The sealed column in hexadecimal, whichever database."""
    asked = "encode(credentials_sealed, 'hex')" if server.database.url else "lower(hex(credentials_sealed))"
    return server.change_rows(f"SELECT {asked} FROM subscriptions")


def test_secrets_are_nowhere(server, made):
    path = f"{SUBSCRIPTIONS}/{made.json()['id']}"
    seen = made.text + server.api("GET", path).text + server.api("GET", SUBSCRIPTIONS).text + server.log()
    for secret in SECRETS:
        assert secret not in seen
        assert secret.encode().hex() not in stored_octets(server)


def test_only_what_is_not_there_is_made(server, wish):
    """If-None-Match: *, RFC 9110 §13.1.2; without it a 409."""
    path = f"{ALIAS}/{uuid.uuid4()}"
    answers = [server.api("POST", path, wish, headers=headers).status_code
               for headers in ({"If-None-Match": "*"}, {"If-None-Match": "*"}, {})]
    assert answers == [201, 412, 409]


def test_each_tenant_has_its_own_ids(server, wish, made):
    """That an id is taken elsewhere is nobody's business."""
    stranger = server.token(tenant=str(uuid.uuid4()), scopes=["DeviceManagementConfiguration.ReadWrite.All"])
    reply = server.api("POST", f"{ALIAS}/{made.json()['id']}", {**wish, "displayName": "Theirs"}, token=stranger)
    assert reply.status_code == 201
    assert server.api("GET", f"{SUBSCRIPTIONS}/{made.json()['id']}").json()["displayName"] == wish["displayName"]
    assert server.api("GET", f"{ALIAS}/{made.json()['id']}", token=stranger).json()["displayName"] == "Theirs"
