"""Family D: certificates of CAs for TLS inspection, policies and their rules."""
import base64
import datetime
import json
import os
import pathlib
import tempfile
import time
import uuid

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from conftest import CAS, CLIENT_AUTH, Server, run

TLS = "/beta/networkAccess/tls"
CERTIFICATES = TLS + "/externalCertificateAuthorityCertificates"
POLICIES = "/beta/networkAccess/tlsInspectionPolicies"
REVEAL = {"Prefer": "include-unknown-enum-members"}
FQDN = "#microsoft.graph.networkaccess.tlsInspectionFqdnDestination"
CATEGORY = "#microsoft.graph.networkaccess.tlsInspectionWebCategoryDestination"
NOW = datetime.datetime.utcnow().replace(microsecond=0)
DAY = datetime.timedelta(days=1)
EXTENSIONS = ("basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\n"
              "extendedKeyUsage=serverAuth\nsubjectKeyIdentifier=hash\n")


def example(kind):
    name = f"../data/graph/externalCertificateAuthorityCertificate.create.{kind}.json"
    with open(os.path.join(os.path.dirname(__file__), name)) as file:
        return json.load(file)


def short_name():
    return uuid.uuid4().hex[:12]


# ---- an outside CA ----

def name_of(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Outside:
    """A root, perhaps a CA below it, made with OpenSSL's library."""

    def __init__(self, name="Outside Root", issuer=None, path_length=None, days=3650, ekus=None, digest=None, begin=None):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.issuer = issuer
        name = f"{name} {uuid.uuid4().hex[:8]}"
        self.certificate = (issuer or self).sign(
            name_of(name), self.key.public_key(), own=name_of(name), days=days, path_length=path_length, ekus=ekus,
            digest=digest, begin=begin)

    def sign(self, subject, public_key, own=None, days=730, is_ca=True, path_length=None, critical=True, usages=(True, True),
             ekus=(ExtendedKeyUsageOID.SERVER_AUTH,), digest=None, begin=None):
        builder = (x509.CertificateBuilder().subject_name(subject)
                   .issuer_name(self.certificate.subject if hasattr(self, "certificate") else own)
                   .public_key(public_key).serial_number(x509.random_serial_number())
                   .not_valid_before(begin or NOW - DAY).not_valid_after(NOW + days * DAY)
                   .add_extension(x509.BasicConstraints(is_ca, path_length if is_ca else None), critical)
                   .add_extension(x509.KeyUsage(True, False, False, False, False, usages[0], usages[1], False, False), True)
                   .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), False))
        if ekus:
            builder = builder.add_extension(x509.ExtendedKeyUsage(list(ekus)), False)
        return builder.sign(self.key, digest or hashes.SHA256())

    def chain(self):
        return [self.certificate] + (self.issuer.chain() if self.issuer else [])


def pem(*certificates):
    return "".join(each.public_bytes(serialization.Encoding.PEM).decode() for each in certificates)


def der(certificate):
    return certificate.public_bytes(serialization.Encoding.DER)


def request_of(one):
    return x509.load_pem_x509_csr(one["certificateSigningRequest"].encode())


def signed(one, outside, **wishes):
    csr = request_of(one)
    return outside.sign(csr.subject, csr.public_key(), **wishes)


def path_of(one):
    return f"{CERTIFICATES}/{one['id']}"


def read(server, one):
    reply = server.api("GET", path_of(one), headers=REVEAL)
    assert reply.status_code == 200, reply.text
    return reply.json()


def upload(server, one, certificate, chain):
    return server.api("PATCH", path_of(one), {"certificate": certificate, "chain": chain})


def turn(server, one, status):
    return server.api("PATCH", path_of(one), {"status": status}, headers=REVEAL)


def refused(reply, word, status=400):
    assert reply.status_code == status, reply.text
    assert word in reply.json()["error"]["message"], reply.text


def create(server, **wishes):
    wish = {"name": short_name(), "commonName": "Contoso Inspection", "organizationName": "Contoso Ltd", **wishes}
    reply = server.api("POST", CERTIFICATES, wish)
    assert reply.status_code == 201, reply.text
    return reply.json()


@pytest.fixture(scope="module")
def fast():
    """A server whose keys are quick to make."""
    running = Server(settings=["limits.cas=1000", "api.requests_per_minute=0", "inspection.key=p256"])
    yield running
    status, log = running.destroy()
    assert status == 0, log[-8000:]


@pytest.fixture(scope="module")
def root():
    return Outside()


@pytest.fixture(scope="module")
def between(root):
    return Outside("Outside Issuing", root)


@pytest.fixture()
def made(fast):
    return create(fast)


@pytest.fixture()
def uploaded(fast, made, root):
    reply = upload(fast, made, pem(signed(made, root)), pem(root.certificate))
    assert reply.status_code == 204, reply.text
    yield made
    fast.api("DELETE", path_of(made))


# ---- create ----

def test_before_anything_is_made_there_is_an_empty_collection(new_server):
    server = new_server()
    reply = server.api("GET", CERTIFICATES)
    assert reply.status_code == 200 and reply.json()["value"] == []
    assert server.api("GET", POLICIES).json()["value"] == []


def test_the_documented_request_gives_the_documented_reply(server):
    wish = {**example("request"), "name": "ContosoCA"}
    reply = server.api("POST", CERTIFICATES, wish)
    assert reply.status_code == 201, reply.text
    one, documented = reply.json(), example("response")
    assert set(documented) - {"@odata.type"} <= set(one)
    for name in ("name", "commonName", "organizationName"):
        assert one[name] == wish[name]
    assert one["status"] == documented["status"] == "csrGenerated"
    assert one["validity"] is None  # the page shows dates before there is a certificate
    assert uuid.UUID(one["id"])
    assert reply.headers["Location"].endswith(path_of(one))
    assert one["@odata.context"].endswith("#networkAccess/tls/externalCertificateAuthorityCertificates/$entity")
    csr = request_of(one)
    assert csr.is_signature_valid and isinstance(csr.public_key(), rsa.RSAPublicKey) and csr.public_key().key_size == 2048


def test_the_documented_name_is_taken_where_any_is_allowed(new_server):
    server = new_server(settings=["inspection.any_name=1", "inspection.key=p256"])
    reply = server.api("POST", CERTIFICATES, example("request"))
    assert reply.status_code == 201 and reply.json()["name"] == example("request")["name"]


def test_the_request_asks_for_what_the_product_needs(made, tmp_path):
    csr = request_of(made)
    assert isinstance(csr.public_key(), ec.EllipticCurvePublicKey)
    asked = {each.oid._name: each for each in csr.extensions}
    assert asked["basicConstraints"].critical and asked["basicConstraints"].value.ca
    assert asked["keyUsage"].value.key_cert_sign and asked["keyUsage"].value.crl_sign
    assert list(asked["extendedKeyUsage"].value) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert csr.subject.rfc4514_string() == "CN=Contoso Inspection,O=Contoso Ltd"
    (tmp_path / "csr.pem").write_text(made["certificateSigningRequest"])
    assert "verify OK" in run("openssl", "req", "-in", tmp_path / "csr.pem", "-verify", "-noout").stderr


@pytest.mark.parametrize("wishes,word", [
    ({"name": None}, "name"), ({"name": ...}, "name: is required"), ({"name": ""}, "name"), ({"name": "a b"}, "blanks"),
    ({"name": "1234567890123"}, "12 characters"), ({"name": "a\nb"}, "control"), ({"name": 7}, "name"),
    ({"commonName": ...}, "commonName"), ({"commonName": ""}, "commonName"), ({"commonName": "x" * 65}, "commonName"),
    ({"commonName": "a\u0000b"}, ""), ({"organizationName": ...}, "organizationName"),
    ({"organizationName": "x" * 65}, "organizationName"), ({"certificate": "x"}, "certificate"), ({"chain": "x"}, "chain"),
    ({"other": 1}, "other"), ({"@odata.type": "#microsoft.graph.group"}, "@odata.type"),
])
def test_what_cannot_be_made_is_named(fast, wishes, word):
    wish = {"name": short_name(), "commonName": "C", "organizationName": "O", **wishes}
    refused(fast.api("POST", CERTIFICATES, {key: value for key, value in wish.items() if value is not ...}), word)


def test_a_name_is_never_free_again(fast):
    name = "Burnt-" + uuid.uuid4().hex[:4]
    one = create(fast, name=name)
    for other in (name, name.upper()):
        refused(fast.api("POST", CERTIFICATES, {"name": other, "commonName": "C", "organizationName": "O"}), "name", 409)
    assert fast.api("DELETE", path_of(one)).status_code == 204
    assert fast.api("GET", path_of(one)).status_code == 404
    reply = fast.api("POST", CERTIFICATES, {"name": name, "commonName": "C", "organizationName": "O"})
    refused(reply, "never free", 409)
    assert reply.json()["error"]["code"] == "nameAlreadyExists"
    keys = fast.change_rows(f"SELECT count(*) FROM inspection_cas WHERE name = '{name}'")
    assert keys.strip() == "0"


def test_the_key_goes_with_it(fast, made):
    key_id = fast.change_rows(f"SELECT key_id FROM inspection_cas WHERE id = '{made['id']}'").strip()
    asked = f"SELECT purpose FROM keys WHERE id = '{key_id}'"
    assert fast.change_rows(asked).strip() == "inspection"
    assert fast.api("DELETE", path_of(made)).status_code == 204
    assert fast.change_rows(asked).strip() == ""


def test_lists_filter_and_show_members(fast, made):
    for option in (f"name eq '{made['name']}'", f"startswith(name,'{made['name'][:11]}')",
                   f"commonName eq 'Contoso Inspection' and id eq '{made['id']}'"):
        found = fast.api("GET", f"{CERTIFICATES}?$filter={option}").json()["value"]
        assert [each["id"] for each in found] == [made["id"]], option
    one = fast.api("GET", f"{path_of(made)}?$select=name,validity").json()
    assert {key for key in one if "@" not in key} == {"name", "validity"}
    assert int(fast.api("GET", CERTIFICATES + "/$count").text) >= 1


def test_the_container_expands(fast, made):
    assert "externalCertificateAuthorityCertificates" not in fast.api("GET", TLS).json()
    shown = fast.api("GET", TLS + "?$expand=externalCertificateAuthorityCertificates($select=id)").json()
    assert made["id"] in [each["id"] for each in shown["externalCertificateAuthorityCertificates"]]
    assert fast.api("GET", "/beta/networkAccess").status_code == 200
    assert fast.api("GET", "/v1.0/networkAccess/tls").status_code == 404


# ---- upload ----

def test_openssl_signs_the_request(fast, made, tmp_path):
    """The tools that an administrator has."""
    (tmp_path / "csr.pem").write_text(made["certificateSigningRequest"])
    (tmp_path / "ext.cnf").write_text(EXTENSIONS)
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "root.key", "-out", "root.pem", "-days", "3650",
        "-subj", "/CN=Corporate Root", "-addext", "basicConstraints=critical,CA:TRUE", cwd=tmp_path)
    run("openssl", "x509", "-req", "-in", "csr.pem", "-CA", "root.pem", "-CAkey", "root.key", "-days", "365", "-sha256",
        "-extfile", "ext.cnf", "-out", "made.pem", cwd=tmp_path)
    reply = upload(fast, made, (tmp_path / "made.pem").read_text(), (tmp_path / "root.pem").read_text())
    assert reply.status_code == 204 and reply.content == b"", reply.text
    one = read(fast, made)
    assert one["status"] == "disabled"
    (tmp_path / "kept.pem").write_text(one["certificate"])
    (tmp_path / "chain.pem").write_text(one["chain"])
    run("openssl", "verify", "-CAfile", "chain.pem", "-purpose", "any", "kept.pem", cwd=tmp_path)
    end = run("openssl", "x509", "-in", "made.pem", "-noout", "-enddate", "-dateopt", "iso_8601", cwd=tmp_path).stdout
    assert end.strip().split("=")[1].replace(" ", "T") == one["validity"]["endDateTime"]


def pkcs7(certificates):
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(pem(*certificates))
        file.flush()
        return run("openssl", "crl2pkcs7", "-nocrl", "-certfile", file.name).stdout


def base64_of(octets):
    return base64.b64encode(octets).decode()


# How a certificate and the chain above it, two CAs long, are written.
FORMS = {
    "PEM": lambda certificate, chain: (pem(certificate), pem(*chain)),
    "any order": lambda certificate, chain: (pem(certificate), pem(*reversed(chain))),
    "CRLF": lambda certificate, chain: (pem(certificate).replace("\n", "\r\n"), pem(*chain).replace("\n", "\r\n")),
    "base64 of PEM": lambda certificate, chain: (base64_of(pem(certificate).encode()), base64_of(pem(*chain).encode())),
    "base64 of DER": lambda certificate, chain: (base64_of(der(certificate)), pem(*chain)),
    "PKCS#7": lambda certificate, chain: (pem(certificate), pkcs7(chain)),
    "text between": lambda certificate, chain: (pem(certificate), "subject=CN = x\n" + pem(chain[0]) + "\n" + pem(chain[1]) + "\n"),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_read(fast, made, between, form):
    certificate, chain = signed(made, between), between.chain()
    reply = upload(fast, made, *FORMS[form](certificate, chain))
    assert reply.status_code == 204, reply.text
    one = read(fast, made)
    assert (one["certificate"], one["chain"]) == (pem(certificate), pem(*chain))
    assert fast.api("DELETE", path_of(made)).status_code == 204


def wrong_uploads():
    """A name, what the upload is made of, and a word of the refusal."""
    other = ec.generate_private_key(ec.SECP256R1()).public_key()

    def usual(one, root, between):
        return pem(signed(one, root)), pem(root.certificate)

    def variant(**wishes):
        return lambda one, root, between: (pem(signed(one, root, **wishes)), pem(root.certificate))

    def under(**wishes):
        def make(one, root, between):
            above = Outside("Odd", root, **wishes)
            return pem(signed(one, above)), pem(*above.chain())
        return make

    def odd_root(**wishes):
        def make(one, root, between):
            above = Outside("Odd Root", **wishes)
            return pem(signed(one, above)), pem(above.certificate)
        return make

    def changed(change):
        return lambda one, root, between: change(*usual(one, root, between))

    return {
        "another key": (lambda one, root, between: (pem(root.sign(name_of("x"), other)), pem(root.certificate)), "its key is not"),
        "no CA": (variant(is_ca=False), "do not say CA"),
        "constraints not critical": (variant(critical=False), "not critical"),
        "no keyCertSign": (variant(usages=(False, True)), "keyUsage"),
        "no cRLSign": (variant(usages=(True, False)), "keyUsage"),
        "no extended usage": (variant(ekus=None), "serverAuth"),
        "another extended usage": (variant(ekus=[ExtendedKeyUsageOID.CLIENT_AUTH]), "serverAuth"),
        "five months": (variant(days=152), "six months"),
        "a day short of six months": (variant(days=181), "six months"),
        "expired": (variant(days=-1, begin=NOW - 400 * DAY), "expired"),
        "not yet valid": (variant(begin=NOW + DAY), "not valid yet"),
        "a chain without its root": (lambda one, root, between: (pem(signed(one, between)), pem(between.certificate)), "is missing"),
        "a chain that lacks its middle": (lambda one, root, between: (pem(signed(one, between)), pem(root.certificate)), "is missing"),
        "another chain": (lambda one, root, between: (pem(signed(one, root)), pem(Outside().certificate)), "is missing"),
        "more than a chain": (lambda one, root, between: (pem(signed(one, root)), pem(root.certificate, between.certificate)), "no link"),
        "an expired issuer": (under(days=-1, begin=NOW - 400 * DAY), "expired"),
        "an expired root": (odd_root(days=-1, begin=NOW - 400 * DAY), "expired"),
        "pathLen 0 above": (too_deep, "pathLenConstraint"),
        "usages above": (under(ekus=[ExtendedKeyUsageOID.CLIENT_AUTH]), "extended key usages"),
        "trailing junk": (changed(lambda certificate, chain: (certificate + "junk", chain)), "certificate"),
        "trailing junk in the chain": (changed(lambda certificate, chain: (certificate, chain + "junk")), "chain"),
        "junk": (changed(lambda certificate, chain: ("not a certificate", chain)), "certificate"),
        "half": (changed(lambda certificate, chain: (certificate[:300], chain)), "certificate"),
        "nothing": (changed(lambda certificate, chain: ("", chain)), "certificate"),
        "no chain": (changed(lambda certificate, chain: (certificate, None)), "chain"),
        "no certificate": (changed(lambda certificate, chain: (None, chain)), "certificate"),
        "an empty chain": (changed(lambda certificate, chain: (certificate, "")), "chain"),
        "two certificates": (changed(lambda certificate, chain: (certificate + chain, chain)), "one certificate"),
        "a private key": (changed(lambda certificate, chain: (certificate + "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n",
                                                              chain)), "private key"),
        "DER with a byte behind": (lambda one, root, between: (base64.b64encode(der(signed(one, root)) + b"\0").decode(),
                                                               pem(root.certificate)), "certificate"),
        "the root itself": (lambda one, root, between: (pem(root.certificate), pem(root.certificate)), "self-signed"),
        "a signature of SHA-1": (sha1_below, "sha1"),
        "a root of SHA-1": (sha1_root, "sha1"),
    }


def too_deep(one, root, between):
    low = Outside("Low", Outside("Tight", root, path_length=0))
    return pem(signed(one, low)), pem(*low.chain())


def sha1_files(one, digest, root_digest):
    """OpenSSL's tool signs with SHA-1 still."""
    with tempfile.TemporaryDirectory() as where:
        where = pathlib.Path(where)
        (where / "csr.pem").write_text(one["certificateSigningRequest"])
        (where / "ext.cnf").write_text(EXTENSIONS)
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "root.key", "-out", "root.pem", "-days", "3650",
            "-subj", "/CN=Old Root", f"-{root_digest}", cwd=where)
        run("openssl", "x509", "-req", "-in", "csr.pem", "-CA", "root.pem", "-CAkey", "root.key", "-days", "365",
            f"-{digest}", "-extfile", "ext.cnf", "-out", "made.pem", cwd=where)
        return (where / "made.pem").read_text(), (where / "root.pem").read_text()


def sha1_below(one, root, between):
    return sha1_files(one, "sha1", "sha256")


def sha1_root(one, root, between):
    return sha1_files(one, "sha256", "sha1")


WRONG = wrong_uploads()


@pytest.fixture(scope="module")
def pending(fast):
    return create(fast)


@pytest.mark.parametrize("case", WRONG, ids=list(WRONG))
def test_every_wrong_upload_is_refused(fast, pending, root, between, case):
    make, word = WRONG[case]
    certificate, chain = make(pending, root, between)
    body = {key: value for key, value in (("certificate", certificate), ("chain", chain)) if value is not None}
    refused(fast.api("PATCH", path_of(pending), body), word)
    one = read(fast, pending)
    assert (one["status"], one["certificate"], one["chain"], one["validity"]) == ("csrGenerated", None, None, None)


def test_server_owned_members_stay(fast, made):
    for change in ({"name": "x"}, {"commonName": "x"}, {"organizationName": "x"}, {"certificateSigningRequest": "x"},
                   {"validity": {"startDateTime": "2030-01-01T00:00:00Z", "endDateTime": "2031-01-01T00:00:00Z"}}):
        refused(fast.api("PATCH", path_of(made), change), next(iter(change)))
    whole = {name: value for name, value in read(fast, made).items() if name != "@odata.context"}
    assert fast.api("PATCH", path_of(made), whole, headers=REVEAL).status_code == 204
    assert fast.api("PATCH", path_of(made), {}, headers={"If-Match": 'W/"1"'}).status_code == 412


# ---- the state machine ----

def test_one_is_enabled_at_a_time(fast, uploaded, root):
    other = create(fast)
    assert upload(fast, other, pem(signed(other, root)), pem(root.certificate)).status_code == 204
    assert turn(fast, uploaded, "enabled").status_code == 204
    assert read(fast, uploaded)["status"] == "enabled"
    refused(turn(fast, other, "enabled"), uploaded["name"], 409)
    assert read(fast, other)["status"] == "disabled"
    assert turn(fast, uploaded, "disabled").status_code == 204
    assert turn(fast, other, "active").status_code == 204
    assert read(fast, other)["status"] == "enabled"
    assert fast.api("DELETE", path_of(other)).status_code == 204
    assert turn(fast, uploaded, "enabled").status_code == 204


def test_upload_and_enable_in_one_go(fast, made, root):
    body = {"certificate": pem(signed(made, root)), "chain": pem(root.certificate), "status": "enabled"}
    assert fast.api("PATCH", path_of(made), body).status_code == 204
    assert read(fast, made)["status"] == "enabled"
    refused(upload(fast, made, pem(signed(made, root)), pem(root.certificate)), "disable it first", 409)
    assert fast.api("DELETE", path_of(made)).status_code == 204


def test_what_came_after_the_sentinel_is_hidden_unless_asked_for(fast, uploaded):
    assert fast.api("GET", path_of(uploaded)).json()["status"] == "unknownFutureValue"
    assert read(fast, uploaded)["status"] == "disabled"


@pytest.mark.parametrize("asked", ["enabled", "disabled", "active", "revoked", "enrolling", "expired"])
def test_without_a_certificate_nothing_is_enabled(fast, made, asked):
    refused(turn(fast, made, asked), "status", 409)


@pytest.mark.parametrize("asked,status", [("unknownFutureValue", 400), ("nonsense", 400), (7, 400), ("creating", 409),
                                          ("csrGenerated", 409), ("expired", 409), ("expiring", 409), ("enrolling", 409)])
def test_other_states_are_not_asked_for(fast, uploaded, asked, status):
    refused(turn(fast, uploaded, asked), "status", status)


def test_revoked_is_for_good(fast, uploaded, root):
    assert turn(fast, uploaded, "revoked").status_code == 204
    assert read(fast, uploaded)["status"] == "revoked"
    refused(turn(fast, uploaded, "enabled"), "revoked", 409)
    refused(upload(fast, uploaded, pem(signed(uploaded, root)), pem(root.certificate)), "revoked", 409)


def pass_time(server, one, days):
    """As if its certificate ended in so many days."""
    end = int((datetime.datetime.now(datetime.timezone.utc) + days * DAY).timestamp())
    server.change_rows(f"UPDATE inspection_cas SET not_after = {end} WHERE id = '{one['id']}'")


def test_the_clock_has_a_say(fast, uploaded, root):
    other = create(fast)
    assert upload(fast, other, pem(signed(other, root)), pem(root.certificate)).status_code == 204
    assert turn(fast, uploaded, "enabled").status_code == 204
    pass_time(fast, uploaded, 20)
    assert read(fast, uploaded)["status"] == "expiring"
    refused(turn(fast, other, "enabled"), uploaded["name"], 409)
    pass_time(fast, uploaded, -1)
    assert read(fast, uploaded)["status"] == "expired"
    found = fast.api("GET", f"{CERTIFICATES}?$filter=status eq 'expired'", headers=REVEAL).json()["value"]
    assert uploaded["id"] in [each["id"] for each in found]
    refused(turn(fast, uploaded, "enabled"), "expired", 409)
    assert turn(fast, other, "enabled").status_code == 204
    assert upload(fast, uploaded, pem(signed(uploaded, root)), pem(root.certificate)).status_code == 204
    assert read(fast, uploaded)["status"] == "disabled"
    assert fast.api("DELETE", path_of(other)).status_code == 204


# ---- signed by one of our own ----

def sign_with(server, one, ca, **wishes):
    return server.api("POST", path_of(one) + "/cloudpki.signWith", {"certificationAuthorityId": ca["id"], **wishes},
                      headers=REVEAL)


def is_listed(server, one, ca):
    """Whether the CA's list has the certificate."""
    serial = x509.load_pem_x509_certificate(one["certificate"].encode()).serial_number
    url = server.api("GET", f"{CAS}/{ca['id']}").json()["certificateRevocationListUrl"]
    for _ in range(200):
        listed = x509.load_der_x509_crl(server.fetch(url)).get_revoked_certificate_by_serial_number(serial)
        if listed:
            return True
        time.sleep(0.1)
    return False


def test_a_root_of_ours_signs_it(fast, made, tmp_path):
    own = fast.create_ca()
    reply = sign_with(fast, made, own)
    assert reply.status_code == 200, reply.text
    one = reply.json()
    assert one["status"] == "disabled" and read(fast, made)["certificate"] == one["certificate"]
    certificate = x509.load_pem_x509_certificate(one["certificate"].encode())
    assert certificate.public_key().public_numbers() == request_of(one).public_key().public_numbers()
    constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical and constraints.value == x509.BasicConstraints(True, 0)
    assert list(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [ExtendedKeyUsageOID.SERVER_AUTH]
    (tmp_path / "one.pem").write_text(one["certificate"])
    (tmp_path / "chain.pem").write_text(one["chain"])
    run("openssl", "verify", "-x509_strict", "-CAfile", "chain.pem", "one.pem", cwd=tmp_path)
    assert turn(fast, made, "enabled").status_code == 204
    assert turn(fast, made, "revoked").status_code == 204
    assert read(fast, made)["status"] == "revoked"
    assert is_listed(fast, one, own)


def test_what_is_deleted_or_replaced_is_revoked(fast, made):
    own = fast.create_ca()
    first = sign_with(fast, made, own, validityInDays=300).json()
    second = sign_with(fast, made, own).json()
    assert first["certificate"] != second["certificate"]
    assert is_listed(fast, first, own)
    assert fast.api("DELETE", path_of(made)).status_code == 204
    assert is_listed(fast, second, own)


def test_the_signer_must_be_able_to(fast, made):
    own = fast.create_ca(validityPeriodInYears=8)
    below = fast.create_ca(issuer=own["id"])
    refused(sign_with(fast, made, below), "pathLenConstraint 0", 409)
    refused(sign_with(fast, made, {"id": str(uuid.uuid4())}), "certificationAuthorityId", 404)
    refused(sign_with(fast, made, own, validityInDays=3650), "the CA ends before")
    refused(sign_with(fast, made, own, validityInDays=150), "six months")
    refused(fast.api("POST", path_of(made) + "/cloudpki.signWith", {}), "certificationAuthorityId")
    clients_only = fast.create_ca(extendedKeyUsages=[{"name": "c", "objectIdentifier": CLIENT_AUTH}])
    refused(sign_with(fast, made, clients_only), "extended key usages", 409)
    paused = fast.api("POST", f"{CAS}/{own['id']}/changeCloudCertificationAuthorityStatus",
                      {"certificationAuthorityStatus": "paused", "certificationAuthorityVersion": 1})
    assert paused.status_code == 200, paused.text
    refused(sign_with(fast, made, own), "paused", 409)
    assert read(fast, made)["status"] == "csrGenerated"


def test_it_is_audited(fast, made, uploaded):
    rows = fast.change_rows(f"SELECT activity FROM audit_events WHERE object_id = '{made['id']}'").split("\n")
    for activity in ("Create ExternalCertificateAuthorityCertificate", "Patch ExternalCertificateAuthorityCertificate"):
        assert activity in rows


# ---- policies ----

def new_policy(server, **wishes):
    reply = server.api("POST", POLICIES, {"name": "Policy", "settings": {"defaultAction": "bypass"}, **wishes})
    assert reply.status_code == 201, reply.text
    return reply.json()


def rule_wish(priority=100, **wishes):
    return {"@odata.type": "#microsoft.graph.networkaccess.tlsInspectionRule", "name": "Rule", "priority": priority,
            "description": "d", "action": "bypass", "settings": {"status": "enabled"},
            "matchingConditions": {"destinations": [{"@odata.type": FQDN, "values": ["www.contoso.com", "*.contoso.net"]}]},
            **wishes}


def rules_of(policy):
    return f"{POLICIES}/{policy['id']}/policyRules"


def make_network(server):
    """A CA for TLS inspection, a policy and a rule of it."""
    inspector, policy = create(server), new_policy(server)
    made = server.api("POST", rules_of(policy), rule_wish())
    assert made.status_code == 201, made.text
    return inspector, policy, made.json()


@pytest.fixture()
def policy(fast):
    made = new_policy(fast, description="for tests", settings={"defaultAction": "inspect"})
    yield made
    fast.api("DELETE", f"{POLICIES}/{made['id']}")


def test_a_policy_lives(fast, policy):
    path = f"{POLICIES}/{policy['id']}"
    assert policy["version"] == "1.0.0" and policy["settings"] == {"defaultAction": "inspect"}
    assert policy["lastModifiedDateTime"].endswith("Z")
    assert policy["@odata.type"] == "#microsoft.graph.networkaccess.tlsInspectionPolicy"
    reply = fast.api("PATCH", path, {"name": "Other", "settings": {"defaultAction": "bypass"}})
    assert reply.status_code == 204 and reply.content == b""
    changed = fast.api("GET", path).json()
    assert (changed["name"], changed["version"]) == ("Other", "1.0.1")
    assert changed["settings"] == {"defaultAction": "bypass"} and changed["description"] == "for tests"
    assert fast.api("PATCH", path, {"version": "9"}).status_code == 400
    assert fast.api("DELETE", path).status_code == 204
    assert fast.api("GET", path).status_code == 404


@pytest.mark.parametrize("wish,word", [
    ({"settings": {"defaultAction": "bypass"}}, "name"), ({"name": "x"}, "settings"), ({"name": "x", "settings": None}, "settings"),
    ({"name": "x", "settings": {}}, "settings.defaultAction"), ({"name": "x", "settings": {"defaultAction": "allow"}}, "defaultAction"),
    ({"name": "x", "settings": {"defaultAction": "unknownFutureValue"}}, "defaultAction"),
    ({"name": "x", "settings": {"defaultAction": None}}, "defaultAction"),
    ({"name": "", "settings": {"defaultAction": "bypass"}}, "name"), ({"name": "x" * 300, "settings": {"defaultAction": "bypass"}}, "name"),
])
def test_a_policy_that_cannot_be(fast, wish, word):
    refused(fast.api("POST", POLICIES, wish), word)


def test_a_rule_lives(fast, policy):
    reply = fast.api("POST", rules_of(policy), rule_wish())
    assert reply.status_code == 201, reply.text
    rule = reply.json()
    assert {name: rule[name] for name in rule_wish()} == rule_wish()
    path = f"{rules_of(policy)}/{rule['id']}"
    assert reply.headers["Location"].endswith(path)
    assert fast.api("GET", path).json()["matchingConditions"] == rule["matchingConditions"]
    change = {"priority": 7, "matchingConditions": {"destinations": [{"@odata.type": CATEGORY, "values": ["Gambling"]}]}}
    reply = fast.api("PATCH", path, change)
    assert reply.status_code == 204 and reply.content == b"", reply.text
    changed = fast.api("GET", path).json()
    assert changed["priority"] == 7 and changed["matchingConditions"] == change["matchingConditions"]
    assert changed["settings"] == {"status": "enabled"} and changed["name"] == "Rule"
    shown = fast.api("GET", f"{POLICIES}/{policy['id']}?$expand=policyRules").json()
    assert [each["id"] for each in shown["policyRules"]] == [rule["id"]]
    assert shown["policyRules"][0]["@odata.type"] == "#microsoft.graph.networkaccess.tlsInspectionRule"
    assert shown["version"] == "1.0.2", "a rule's changes are its policy's"
    assert int(fast.api("GET", rules_of(policy) + "/$count").text) == 1
    assert fast.api("DELETE", path).status_code == 204
    assert fast.api("GET", path).status_code == 404


def test_rules_are_found_by_priority(fast, policy):
    for priority in (300, 100, 200):
        assert fast.api("POST", rules_of(policy), rule_wish(priority)).status_code == 201
    listed = fast.api("GET", rules_of(policy) + "?$orderby=priority").json()["value"]
    assert [each["priority"] for each in listed] == [100, 200, 300]
    refused(fast.api("POST", rules_of(policy), rule_wish(200)), "priority", 409)
    refused(fast.api("PATCH", f"{rules_of(policy)}/{listed[0]['id']}", {"priority": 300}), "priority", 409)
    assert fast.api("PATCH", f"{rules_of(policy)}/{listed[0]['id']}", {"priority": 100}).status_code == 204
    other = new_policy(fast)
    assert fast.api("POST", rules_of(other), rule_wish(200)).status_code == 201
    assert fast.api("GET", f"{rules_of(other)}/{listed[0]['id']}").status_code == 404
    assert fast.api("DELETE", f"{POLICIES}/{other['id']}").status_code == 204


def test_types_are_read_as_samples_write_them(fast, policy):
    spellings = [FQDN, FQDN[1:], CATEGORY, CATEGORY[1:], CATEGORY.replace("Category", "Categories"),
                 CATEGORY[1:].replace("Category", "Categories")]
    destinations = [{"@odata.type": name, "values": ["example.com"]} for name in spellings]
    reply = fast.api("POST", rules_of(policy), rule_wish(matchingConditions={"destinations": destinations}))
    assert reply.status_code == 201, reply.text
    shown = [each["@odata.type"] for each in reply.json()["matchingConditions"]["destinations"]]
    assert shown == [FQDN] * 2 + [CATEGORY] * 4


def destination(*values, of=FQDN):
    return {"matchingConditions": {"destinations": [{"@odata.type": of, "values": list(values)}]}}


@pytest.mark.parametrize("wish,word", [
    ({"name": ...}, "name"), ({"priority": ...}, "priority"), ({"action": ...}, "action"), ({"settings": ...}, "settings"),
    ({"settings": {}}, "settings.status"), ({"matchingConditions": ...}, "matchingConditions"),
    ({"matchingConditions": {}}, "destinations"), ({"matchingConditions": {"destinations": []}}, "at least one"),
    ({"matchingConditions": {"destinations": [{"values": ["a.example"]}]}}, "@odata.type"),
    ({"matchingConditions": {"destinations": [{"@odata.type": FQDN}]}}, "values"),
    ({"matchingConditions": {"destinations": [7]}}, "destinations[0]"),
    ({"priority": -1}, "priority"), ({"priority": "100"}, "priority"), ({"priority": 1.5}, "priority"), ({"priority": None}, "priority"),
    ({"priority": 2 ** 63}, ""), ({"action": "block"}, "action"), ({"settings": {"status": "reportOnly"}}, "status"),
    (destination("a.example", of="#microsoft.graph.networkaccess.ipAddress"), "@odata.type"),
    (destination(), "values"), (destination(""), "values"), (destination("localhost"), "localhost"),
    (destination("a..example.com"), "host name"), (destination("*"), "host name"), (destination("*.com."), "host name"),
    (destination("a.*.example.com"), "host name"), (destination("*example.com"), "host name"), (destination("-a.example.com"), "host name"),
    (destination("a_b.example.com"), "host name"), (destination("192.0.2.1"), "host name"), (destination("https://example.com"), "host name"),
    (destination("bücher.example"), "host name"), (destination("x" * 64 + ".example.com"), "host name"),
    (destination(".".join(["x" * 60] * 5)), "values"), (destination("a b", of=CATEGORY), "category"),
])
def test_a_rule_that_cannot_be(fast, policy, wish, word):
    body = {key: value for key, value in {**rule_wish(), **wish}.items() if value is not ...}
    refused(fast.api("POST", rules_of(policy), body), word)


def test_a_rule_needs_its_policy(fast):
    assert fast.api("POST", f"{POLICIES}/{uuid.uuid4()}/policyRules", rule_wish()).status_code == 404


def test_an_int64_comes_back_whole(fast, policy):
    reply = fast.api("POST", rules_of(policy), rule_wish(2 ** 63 - 1))
    assert reply.status_code == 201 and reply.json()["priority"] == 2 ** 63 - 1


def test_there_is_an_end_to_everything(new_server):
    """100 policies, 1,000 rules, 8,000 destinations."""
    server = new_server(settings=["api.requests_per_minute=0"])
    policy = new_policy(server)
    full = destination(*[f"h{number}.example.com" for number in range(7999)])
    assert server.api("POST", rules_of(policy), rule_wish(1, **full)).status_code == 201
    rule = server.api("POST", rules_of(policy), rule_wish(2, **destination("a.example.com")))
    assert rule.status_code == 201
    full_now = server.api("POST", rules_of(policy), rule_wish(3, **destination("b.example.com")))
    assert full_now.status_code >= 400 and "8000" in full_now.text
    assert server.api("PATCH", f"{rules_of(policy)}/{rule.json()['id']}", destination("c.example.com")).status_code == 204
    server.change_rows("UPDATE tls_rules SET destination_count = 0")
    tenant = server.change_rows("SELECT tenant_id FROM tls_policies").strip()
    rows = (f"('r{number}', '{tenant}', 'none', 'r', {number}, 1, 1, '{{}}', 0, 1, 1)" for number in range(998))
    server.change_rows("INSERT INTO tls_rules (id, tenant_id, policy_id, name, priority, action, status, conditions, "
                       "destination_count, revision, created_at) VALUES " + ",".join(rows))
    reply = server.api("POST", rules_of(policy), rule_wish(4))
    assert reply.status_code >= 400 and "1000" in reply.text
    for _ in range(99):
        new_policy(server)
    reply = server.api("POST", POLICIES, {"name": "x", "settings": {"defaultAction": "bypass"}})
    assert reply.status_code >= 400 and "100" in reply.text
