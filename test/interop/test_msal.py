"""Microsoft's own library for tokens, unchanged: a program signs in with its secret and with its certificate."""
import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from base64 import b64encode

from conftest import CAS

msal = pytest.importorskip("msal")

READ = "DeviceManagementCloudCA.Read.All"


@pytest.fixture(scope="module")
def authority(server):
    metadata = server.session.get(server.https_url + "/.well-known/openid-configuration").json()
    return metadata["issuer"].rsplit("/", 1)[0]


@pytest.fixture(scope="module")
def keeper(server):
    return server.token(scopes=["Application.ReadWrite.All", READ], roles=["Application Administrator"])


def register(server, keeper, **members):
    reply = server.api("POST", "/v1.0/applications", token=keeper,
                       json=dict({"displayName": "msal", "grantedAppRoles": [READ]}, **members))
    assert reply.status_code == 201, reply.text
    return reply.json()


def client(server, authority, application, credential):
    return msal.ConfidentialClientApplication(
        application["appId"], authority=authority, client_credential=credential, http_client=server.session,
        validate_authority=False, instance_discovery=False)


def expect_token(server, found):
    assert "access_token" in found, found
    assert server.api("GET", CAS, token=found["access_token"]).status_code == 200


def test_msal_with_a_secret(server, authority, keeper):
    application = register(server, keeper)
    secret = server.api("POST", f"/v1.0/applications/{application['id']}/addPassword", token=keeper,
                        json={"passwordCredential": {"displayName": "msal"}}).json()["secretText"]
    caller = client(server, authority, application, secret)
    expect_token(server, caller.acquire_token_for_client(["https://graph.microsoft.com/.default"]))
    refused = client(server, authority, application, "wrong").acquire_token_for_client(["cloudpki/.default"])
    assert refused["error"] == "invalid_client"


def test_msal_with_a_certificate(server, authority, keeper):
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "msal")])
    now = datetime.datetime.utcnow()
    certificate = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
                   .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
                   .not_valid_after(now + datetime.timedelta(days=30)).sign(key, hashes.SHA256()))
    der = b64encode(certificate.public_bytes(Encoding.DER)).decode()
    application = register(server, keeper, keyCredentials=[{"key": der}])
    caller = client(server, authority, application, {
        "thumbprint": certificate.fingerprint(hashes.SHA1()).hex(),
        "private_key": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()})
    expect_token(server, caller.acquire_token_for_client(["https://graph.microsoft.com/.default"]))
