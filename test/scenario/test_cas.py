"""The life of cloud CAs over the API: made, shown, changed, paused, revoked, deleted, and every wrong turn."""
import base64
import datetime
import uuid

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from conftest import CAS, CLIENT_AUTH, SERVER_AUTH

NOBODY = "00000000-0000-4000-8000-000000000000"
EXTERNAL = "issuingCertificationAuthorityWithExternalRoot"


def step(label, reply, status):
    assert reply.status_code == status, f"{label}: {reply.status_code} {reply.text}"
    return reply.json() if reply.content else None


def refusal(label, reply, status, *words):
    error = step(label, reply, status)["error"]
    assert set(error) == {"code", "message", "innerError"}, label
    assert set(error["innerError"]) == {"date", "request-id", "client-request-id"}, label
    for word in words:
        assert word in error["message"], f"{label}: {error['message']}"
    return error


def set_status(server, ca, status, version=1):
    return server.api("POST", f"{ca['id']}/changeCloudCertificationAuthorityStatus",
                      json={"certificationAuthorityStatus": status, "certificationAuthorityVersion": version})


def revoke(server, ca, version=1):
    return server.api("POST", f"{ca['id']}/revokeCloudCertificationAuthorityCertificate",
                      json={"certificationAuthorityVersion": version})


# ---- making ----

def test_a_root_is_made_and_shown(server):
    name = f"Story root {uuid.uuid4().hex[:8]}"
    reply = server.api("POST", CAS, json=server.wanted_ca(
        commonName=name, description="the first", organizationName="Acme, Inc.", organizationUnit="IT+Ops",
        countryName="CH", stateName="Zürich", localityName="Zürich", roleScopeTagIds=["0", "7"]))
    made = step("create", reply, 201)
    assert reply.headers["Location"] == f"{server.https_url}{CAS}/{made['id']}"
    assert reply.headers["OData-Version"] == "4.0"
    assert made["@odata.context"].endswith("/beta/$metadata#deviceManagement/cloudCertificationAuthority/$entity")
    assert made["commonName"] == name and made["certificationAuthorityStatus"] == "active"
    assert made["subjectName"].startswith("C=CH,ST=Zürich,L=Zürich,O=Acme\\, Inc.,OU=IT\\+Ops,CN=")
    assert made["roleScopeTagIds"] == ["0", "7"] and made["versionNumber"] == 1
    assert made["thumbprint"] == made["thumbprint"].upper() and len(made["thumbprint"]) == 40
    assert made["scepServerUrl"] is None and made["issuerCommonName"] is None
    assert made["keyPlatform"] == "software"
    assert made["validityStartDateTime"].endswith("Z")
    assert made["activeVersion"]["certificationAuthorityVersionStatus"] == "active"
    assert made["activeVersion"]["id"] == f"{made['id']}_1"
    shown = step("show", server.api("GET", made["id"]), 200)
    assert shown == made


def test_an_issuing_ca_hangs_under_its_root(server, hierarchy):
    root, ca = hierarchy
    assert ca["certificationAuthorityIssuerId"] == root["id"]
    assert ca["issuerCommonName"] == root["commonName"] == ca["rootCertificateCommonName"]
    assert ca["scepServerUrl"] == f"{server.http_url}/scep/{ca['id']}"
    assert ca["validityEndDateTime"] <= root["validityEndDateTime"]
    certificate = x509.load_der_x509_certificate(server.fetch(ca["certificateDownloadUrl"]))
    issuer = x509.load_der_x509_certificate(server.fetch(root["certificateDownloadUrl"]))
    assert certificate.issuer == issuer.subject
    issuer.public_key().verify(certificate.signature, certificate.tbs_certificate_bytes, ec.ECDSA(hashes.SHA256()))


@pytest.mark.parametrize("size", ["rsa2048", "rsa3072", "rsa4096", "eCP256", "eCP256k", "eCP384", "eCP521"])
def test_every_key_size(server, size):
    made = server.create_ca(certificateKeySize=size)
    assert made["certificateKeySize"] == size
    x509.load_der_x509_certificate(server.fetch(made["certificateDownloadUrl"]))


@pytest.mark.parametrize("hashing", ["sha256", "sha384", "sha512"])
def test_every_hash(server, hashing):
    made = server.create_ca(cloudCertificationAuthorityHashingAlgorithm=hashing)
    certificate = x509.load_der_x509_certificate(server.fetch(made["certificateDownloadUrl"]))
    assert certificate.signature_hash_algorithm.name == hashing


@pytest.mark.parametrize("member,value,word", [
    ("displayName", "", "displayName"),
    ("displayName", 7, "displayName"),
    ("displayName", None, "displayName"),
    ("displayName", "x" * 257, "displayName"),
    ("displayName", ..., "displayName"),
    ("commonName", "x" * 65, "commonName"),
    ("commonName", "new\nline", "commonName"),
    ("commonName", ..., "commonName"),
    ("countryName", "CHE", "countryName"),
    ("countryName", "C1", "countryName"),
    ("organizationName", "x" * 65, "organizationName"),
    ("localityName", "x" * 129, "localityName"),
    ("cloudCertificationAuthorityType", "leaf", "cloudCertificationAuthorityType"),
    ("cloudCertificationAuthorityType", "unknown", "cloudCertificationAuthorityType"),
    ("certificateKeySize", "rsa1024", "certificateKeySize"),
    ("cloudCertificationAuthorityHashingAlgorithm", "sha1", "cloudCertificationAuthorityHashingAlgorithm"),
    ("cloudCertificationAuthorityHashingAlgorithm", ..., "cloudCertificationAuthorityHashingAlgorithm"),
    ("validityPeriodInYears", 0, "validityPeriodInYears"),
    ("validityPeriodInYears", 51, "validityPeriodInYears"),
    ("validityPeriodInYears", "10", "validityPeriodInYears"),
    ("validityPeriodInYears", 2.5, "validityPeriodInYears"),
    ("extendedKeyUsages", [{"name": "any", "objectIdentifier": "2.5.29.37.0"}], "extendedKeyUsages"),
    ("extendedKeyUsages", [{"name": "ocsp", "objectIdentifier": "1.3.6.1.5.5.7.3.9"}], "extendedKeyUsages"),
    ("extendedKeyUsages", [{"name": "x", "objectIdentifier": "x"}], "extendedKeyUsages"),
    ("extendedKeyUsages", "clientAuth", "extendedKeyUsages"),
    ("certificationAuthorityIssuerId", NOBODY, "certificationAuthorityIssuerId"),
    ("@odata.type", "#microsoft.graph.user", "@odata.type"),
    ("colour", "blue", "colour"),
])
def test_values_that_cannot_be_are_named(server, member, value, word):
    refusal("create", server.api("POST", CAS, json=server.wanted_ca(**{member: value})), 400, word)


def test_two_cas_may_not_have_names_that_are_alike(server):
    first = server.create_ca()
    again = server.wanted_ca(commonName="  " + first["commonName"].upper() + " ")
    refusal("create", server.api("POST", CAS, json=again), 409, "commonName")


def test_a_display_name_may_stand_twice(server):
    server.create_ca(displayName="the same")
    server.create_ca(displayName="the same")


def test_an_issuing_ca_may_not_outlive_or_outdo_its_root(server):
    root = server.create_ca(validityPeriodInYears=2, extendedKeyUsages=[
        {"name": "client", "objectIdentifier": CLIENT_AUTH}])
    wanted = server.wanted_ca(cloudCertificationAuthorityType="issuingCertificationAuthority",
                              certificationAuthorityIssuerId=root["id"], validityPeriodInYears=5,
                              extendedKeyUsages=[{"name": "server", "objectIdentifier": SERVER_AUTH}])
    refusal("both at once", server.api("POST", CAS, json=wanted), 400, "validityPeriodInYears", "extendedKeyUsages")


def test_only_so_many_cas(new_server):
    server = new_server(settings=["limits.cas=2"])
    server.create_ca()
    server.create_ca()
    refusal("the third", server.api("POST", CAS, json=server.wanted_ca()), 507)


# ---- changing ----

def test_what_may_change_changes(server):
    ca = server.create_ca()
    changed = step("change", server.api("PATCH", ca["id"], json={
        "displayName": "New name", "description": "new", "roleScopeTagIds": []}), 200)
    assert (changed["displayName"], changed["description"], changed["roleScopeTagIds"]) == ("New name", "new", [])
    assert changed["eTag"] != ca["eTag"] and changed["@odata.etag"] != ca["@odata.etag"]
    whole = step("what was read goes back whole", server.api("PATCH", ca["id"], json=changed), 200)
    assert whole["displayName"] == "New name"


@pytest.mark.parametrize("member,value", [
    ("commonName", "Other"), ("certificateKeySize", "rsa2048"), ("validityPeriodInYears", 11),
    ("cloudCertificationAuthorityType", "issuingCertificationAuthority"), ("extendedKeyUsages", []),
    ("organizationName", "Other"), ("thumbprint", "00"), ("versionNumber", 2), ("id", NOBODY),
    ("certificationAuthorityStatus", "revoked"), ("scepServerUrl", "http://elsewhere/"),
])
def test_what_may_not_change_is_refused(server, hierarchy, member, value):
    refusal("change", server.api("PATCH", hierarchy[0]["id"], json={member: value}), 400, member)


def test_a_change_names_the_version_it_was_made_on(server):
    ca = server.create_ca()
    path, old = ca["id"], ca["@odata.etag"]
    step("the current", server.api("PATCH", path, json={"description": "1"}, headers={"If-Match": old}), 200)
    refusal("a stale one", server.api("PATCH", path, json={"description": "2"}, headers={"If-Match": old}), 412)
    refusal("a stale eTag", server.api("PATCH", path, json={"description": "2", "eTag": ca["eTag"]}), 412)
    refusal("not quoted", server.api("PATCH", path, json={"description": "2"}, headers={"If-Match": "7"}), 400)
    refusal("a stale deletion", server.api("DELETE", path, headers={"If-Match": old}), 412)
    refusal("a stale action", server.api("POST", f"{path}/cloudpki.revoke", json={}, headers={"If-Match": old}), 412)
    step("any", server.api("PATCH", path, json={"description": "3"}, headers={"If-Match": "*"}), 200)
    now = step("show", server.api("GET", path), 200)
    assert now["description"] == "3"
    step("deletion", server.api("DELETE", path, headers={"If-Match": now["@odata.etag"]}), 204)


# ---- pausing, revoking, deleting ----

def test_an_issuing_ca_in_and_out_of_order(server, hierarchy):
    root, ca = hierarchy
    refusal("revoke an active CA", revoke(server, ca), 409)
    refusal("delete an active CA", server.api("DELETE", ca["id"]), 409)
    refusal("delete its root", server.api("DELETE", root["id"]), 409)
    refusal("revoke a root", revoke(server, root), 409)
    for status in ("revoked", "signingPending", "unknown", "expired", "unknownFutureValue"):
        refusal(f"set to {status}", set_status(server, ca, status), 400)
    refusal("resume an active CA", set_status(server, ca, "active"), 409)
    refusal("pause a version that is not there", set_status(server, ca, "paused", version=9), 404)
    assert step("pause", set_status(server, ca, "paused"), 200)["certificationAuthorityStatus"] == "paused"
    refusal("pause again", set_status(server, ca, "paused"), 409)
    assert step("resume", set_status(server, ca, "active"), 200)["certificationAuthorityStatus"] == "active"
    step("pause", set_status(server, ca, "paused"), 200)
    assert step("revoke", revoke(server, ca), 200)["certificationAuthorityStatus"] == "revoked"
    refusal("revoke again", revoke(server, ca), 409)
    refusal("resume a revoked CA", set_status(server, ca, "active"), 409)
    refusal("a challenge of it", server.api("POST", f"{ca['id']}/cloudpki.createScepChallenge",
                                            json={"allowAnyName": True}), 409)
    assert step("delete", server.api("DELETE", ca["id"]), 204) is None
    for method, path in (("GET", ca["id"]), ("PATCH", ca["id"]), ("DELETE", ca["id"]),
                         ("GET", f"{ca['id']}/versions"), ("GET", f"{ca['id']}/activeVersion")):
        refusal(f"{method} after it", server.api(method, path, json={} if method == "PATCH" else None), 404)
    step("its root goes too", server.api("DELETE", root["id"]), 204)
    refusal("its name stays taken", server.api("POST", CAS, json=server.wanted_ca(commonName=ca["commonName"])), 409)


def test_a_compromised_ca_is_revoked_at_once(server, hierarchy):
    _, ca = hierarchy
    refusal("an unknown reason", server.api("POST", f"{ca['id']}/cloudpki.revoke", json={"reason": "mood"}), 400,
            "reason")
    revoked = step("revoke", server.api("POST", f"{ca['id']}/cloudpki.revoke", json={"reason": "keyCompromise"}), 200)
    assert revoked["certificationAuthorityStatus"] == "revoked"


# ---- under somebody else's root ----

class Outside:
    """A root that is not ours."""

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Outside {uuid.uuid4().hex[:8]}")])
        self.certificate = self.build(self.name, self.key.public_key(), path_length=1)

    def build(self, subject, public_key, is_ca=True, path_length=0, days=3650, key_cert_sign=True):
        now = datetime.datetime.utcnow()
        builder = x509.CertificateBuilder(
            issuer_name=self.name, subject_name=subject, public_key=public_key,
            serial_number=x509.random_serial_number(), not_valid_before=now - datetime.timedelta(days=1),
            not_valid_after=now + datetime.timedelta(days=days))
        usage = x509.KeyUsage(True, False, False, False, False, key_cert_sign, key_cert_sign, False, False)
        return (builder.add_extension(x509.BasicConstraints(is_ca, path_length if is_ca else None), True)
                .add_extension(usage, True)
                .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), False)
                .sign(self.key, hashes.SHA256()))


def encoded(certificate):
    return base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode()


def upload(server, ca, certificate, *chain, version=1):
    return server.api("POST", f"{ca['id']}/uploadExternallySignedCertificationAuthorityCertificate", json={
        "signedCertificate": certificate if isinstance(certificate, str) else encoded(certificate),
        "trustChainCertificates": [{"displayName": "", "certificate": encoded(each)} for each in chain],
        "certificationAuthorityVersion": version})


def test_a_ca_under_an_external_root(server):
    outside = Outside()
    ca = server.create_ca(cloudCertificationAuthorityType=EXTERNAL, validityPeriodInYears=...)
    assert ca["certificationAuthorityStatus"] == "signingPending"
    assert ca["thumbprint"] is None and ca["scepServerUrl"] is None and ca["activeVersion"] is None
    refusal("no active version", server.api("GET", f"{ca['id']}/activeVersion"), 404)
    refusal("pause it", set_status(server, ca, "paused"), 409)
    csr = x509.load_der_x509_csr(base64.b64decode(ca["certificateSigningRequest"]))
    assert csr.is_signature_valid

    stranger = ec.generate_private_key(ec.SECP256R1()).public_key()
    good = outside.build(csr.subject, csr.public_key())
    refusal("another key", upload(server, ca, outside.build(csr.subject, stranger), outside.certificate), 400)
    refusal("another subject", upload(server, ca, outside.build(outside.name, csr.public_key()), outside.certificate),
            400)
    refusal("not a CA", upload(server, ca, outside.build(csr.subject, csr.public_key(), is_ca=False),
                               outside.certificate), 400)
    refusal("may not sign", upload(server, ca, outside.build(csr.subject, csr.public_key(), key_cert_sign=False),
                                   outside.certificate), 400)
    refusal("expired", upload(server, ca, outside.build(csr.subject, csr.public_key(), days=-0.5),
                              outside.certificate), 400)
    refusal("no chain", upload(server, ca, good), 400)
    refusal("a foreign chain", upload(server, ca, good, Outside().certificate), 400)
    refusal("more than the chain", upload(server, ca, good, outside.certificate, Outside().certificate), 400)
    refusal("no certificate", upload(server, ca, "AAAA", outside.certificate), 400)
    refusal("not base64", upload(server, ca, "!", outside.certificate), 400, "signedCertificate")
    refusal("another version", upload(server, ca, good, outside.certificate, version=2), 404)

    done = step("upload", upload(server, ca, good, outside.certificate), 200)
    assert done["certificationAuthorityStatus"] == "active"
    assert done["rootCertificateCommonName"] == outside.name.rfc4514_string().removeprefix("CN=")
    assert done["scepServerUrl"] and done["activeVersion"]["versionNumber"] == 1
    refusal("upload again", upload(server, ca, good, outside.certificate), 409)
    served = x509.load_der_x509_certificate(server.fetch(done["certificateDownloadUrl"]))
    assert served == good


@pytest.mark.parametrize("action", ["cloudpki.revoke", "revokeCloudCertificationAuthorityCertificate", "cli"])
def test_s7_revoking_says_that_the_external_issuer_must_do_so_too(server, hierarchy, action):
    outside = Outside()
    ca = server.create_ca(cloudCertificationAuthorityType=EXTERNAL, validityPeriodInYears=...)
    csr = x509.load_der_x509_csr(base64.b64decode(ca["certificateSigningRequest"]))
    step("upload", upload(server, ca, outside.build(csr.subject, csr.public_key()), outside.certificate), 200)
    step("pause", set_status(server, ca, "paused"), 200)
    if action == "cli":
        assert "external issuer" in server.cli_process("ca", "revoke", ca["id"]).stdout
    else:
        done = step("revoke", server.api("POST", f"{ca['id']}/{action}", json={"certificationAuthorityVersion": 1}), 200)
        assert "external issuer" in done["@cloudpki.notice"] and done["certificationAuthorityStatus"] == "revoked"
        refusal("resume", set_status(server, ca, "active"), 409)
    assert "@cloudpki.notice" not in step("read", server.api("GET", ca["id"]), 200)
    if action == "cli":
        return
    _, own = hierarchy
    step("pause ours", set_status(server, own, "paused"), 200)
    done = step("revoke ours", server.api("POST", f"{own['id']}/{action}", json={"certificationAuthorityVersion": 1}), 200)
    assert "@cloudpki.notice" not in done


def test_an_external_ca_that_waits_can_be_deleted(server):
    ca = server.create_ca(cloudCertificationAuthorityType=EXTERNAL, validityPeriodInYears=...)
    step("delete", server.api("DELETE", ca["id"]), 204)


def test_a_certificate_may_be_pem(server):
    outside = Outside()
    ca = server.create_ca(cloudCertificationAuthorityType=EXTERNAL, validityPeriodInYears=...)
    csr = x509.load_der_x509_csr(base64.b64decode(ca["certificateSigningRequest"]))
    pem = outside.build(csr.subject, csr.public_key()).public_bytes(serialization.Encoding.PEM)
    step("base64 of PEM", upload(server, ca, base64.b64encode(pem).decode(), outside.certificate), 200)


# ---- versions, tunnels ----

def test_versions_are_shown(server, hierarchy):
    _, ca = hierarchy
    versions = step("list", server.api("GET", f"{ca['id']}/versions"), 200)["value"]
    assert [each["versionNumber"] for each in versions] == [1]
    assert versions[0]["usage"] == {"issuedStagedLeafCertificateCount": 0}
    assert server.api("GET", f"{ca['id']}/versions/$count").text == "1"
    one = step("one", server.api("GET", f"{ca['id']}/versions/{versions[0]['id']}"), 200)
    assert one["thumbprint"] == ca["thumbprint"]
    active = step("active", server.api("GET", f"{ca['id']}/activeVersion"), 200)
    assert active["id"] == one["id"]
    refusal("another", server.api("GET", f"{ca['id']}/versions/{ca['id']}_2"), 404)


def test_actions_that_are_tunnels_for_get(new_server):
    server = new_server()
    root, ca = server.create_hierarchy()
    listed = step("all", server.api("POST", f"{ca['id']}/getAllCloudCertificationAuthority"), 200)["value"]
    assert {root["id"], ca["id"]} <= {each["id"] for each in listed}
    for action in ("getCloudCertificationAuthority", "microsoft.graph.getCloudCertificationAuthority",
                   "patchCloudCertificationAuthority"):
        assert step(action, server.api("POST", f"{ca['id']}/{action}"), 200)["id"] == ca["id"]
    step("post", server.api("POST", f"{ca['id']}/postCloudCertificationAuthority", json={}), 200)
    refusal("they take nothing", server.api("POST", f"{ca['id']}/patchCloudCertificationAuthority",
                                            json={"displayName": "x"}), 400, "no parameters")
    refusal("of nobody", server.api("POST", f"{NOBODY}/getAllCloudCertificationAuthority"), 404)
    refusal("by GET", server.api("GET", f"{ca['id']}/getCloudCertificationAuthority"), 405)


# ---- SCEP settings ----

def test_scep_settings_of_a_ca(server, hierarchy):
    _, ca = hierarchy
    shown = step("show", server.api("GET", f"{ca['id']}/cloudpki.scepSettings"), 200)
    assert (shown["allowSha1"], shown["allowSingleDes"]) == (False, False)
    step("change", server.api("POST", f"{ca['id']}/cloudpki.configureScep", json={"allowSha1": True}), 200)
    shown = step("show", server.api("GET", f"{ca['id']}/cloudpki.scepSettings"), 200)
    assert (shown["allowSha1"], shown["allowSingleDes"]) == (True, False)
    refusal("not a boolean", server.api("POST", f"{ca['id']}/cloudpki.configureScep", json={"allowSha1": 1}), 400,
            "allowSha1")
