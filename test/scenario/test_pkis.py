"""Trust stores: PKIs and the CAs in them, deleted and restored, bundles uploaded, and every wrong turn."""
import base64
import contextlib
import datetime
import hashlib
import http.server
import os
import threading
import time
import uuid

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

from conftest import TOP
from test_cas import NOBODY, refusal, step

PATH = "directory/publicKeyInfrastructure/certificateBasedAuthConfigurations"
PKI = "/beta/" + PATH
DELETED = "/beta/directory/deletedItems"
DELETED_PKI = DELETED + "/microsoft.graph.certificateBasedAuthPki"
DELETED_CA = DELETED + "/microsoft.graph.certificateAuthorityDetail"
MEGABYTE = 1024 * 1024


# ---- certificates ----

def name(common_name):
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Contoso Ltd"),
                      x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def make(common_name=None, issuer=None, is_ca=True, days=365, crl_url=None, signs=True):
    """A P-256 CA certificate; self-signed unless issuer names somebody, whose key nobody has."""
    key = ec.generate_private_key(ec.SECP256R1())
    common_name = common_name or f"CA {uuid.uuid4().hex[:12]}"
    now = datetime.datetime.utcnow().replace(microsecond=0)
    builder = (x509.CertificateBuilder().subject_name(name(common_name)).issuer_name(name(issuer or common_name))
               .public_key(key.public_key()).serial_number(x509.random_serial_number())
               .not_valid_before(now - datetime.timedelta(days=1000))
               .not_valid_after(now + datetime.timedelta(days=days))
               .add_extension(x509.BasicConstraints(is_ca, None), True)
               .add_extension(x509.KeyUsage(True, False, False, False, False, signs, True, False, False), True)
               .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False))
    if crl_url:
        builder = builder.add_extension(x509.CRLDistributionPoints([x509.DistributionPoint(
            [x509.UniformResourceIdentifier(url) for url in ("ldap://contoso/cn=x", crl_url)], None, None, None)]), False)
    signer = ec.generate_private_key(ec.SECP256R1()) if issuer else key
    return builder.sign(signer, hashes.SHA256())


def der(certificate):
    return certificate.public_bytes(serialization.Encoding.DER)


def thumbprint(certificate):
    return certificate.fingerprint(hashes.SHA1()).hex().upper()


def wish(one, /, **more):
    """What a client sends to add this certificate."""
    wanted = {"certificate": base64.b64encode(der(one)).decode(),
              "expirationDateTime": one.not_valid_after.strftime("%Y-%m-%dT%H:%M:%SZ"),
              "thumbprint": thumbprint(one)}
    wanted.update(more)
    return {key: value for key, value in wanted.items() if value is not ...}


def p7b(certificates):
    return pkcs7.serialize_certificates(certificates, serialization.Encoding.DER)


def data_file(name):
    with open(os.path.join(TOP, "test/data/x509", name), "rb") as file:
        return file.read()


# ---- callers ----

TOKENS = {}


def token(server):
    """Of an application that keeps trust stores; one per server."""
    if server not in TOKENS:
        TOKENS[server] = server.token(scopes=["PublicKeyInfrastructure.ReadWrite.All"],
                                      roles=["Privileged Authentication Administrator"])
    return TOKENS[server]


def call(server, method, path, json=None, **more):
    return server.api(method, path, json=json, token=token(server), **more)


def create_pki(server, **wanted):
    return step("create a PKI", call(server, "POST", PKI, wanted), 201)


def members(pki):
    return f"{PKI}/{pki['id']}/certificateAuthorities"


def add(server, pki, one, /, **more):
    return step("add a CA", call(server, "POST", members(pki), wish(one, **more)), 201)


# ---- PKIs ----

@pytest.mark.parametrize("version", ["beta", "v1.0"])
def test_a_pki_is_made_shown_and_renamed(server, version):
    path = f"/{version}/{PATH}"
    reply = call(server, "POST", path, {"displayName": "Contoso PKI"})
    made = step("create", reply, 201)
    assert reply.headers["Location"] == f"{server.https_url}{path}/{made['id']}"
    assert made["@odata.context"].endswith(f"/{version}/$metadata#{PATH}/$entity")
    assert {key: value for key, value in made.items() if not key.startswith("@")} == {
        "id": made["id"], "displayName": "Contoso PKI", "status": None, "statusDetails": None,
        "deletedDateTime": None, "lastModifiedDateTime": made["lastModifiedDateTime"]}
    assert made == step("get", call(server, "GET", f"{path}/{made['id']}"), 200)
    renamed = step("rename", call(server, "PATCH", f"{path}/{made['id']}", {"displayName": "Fabrikam"}), 200)
    assert renamed["displayName"] == "Fabrikam"
    assert step("to nothing", call(server, "PATCH", f"{path}/{made['id']}", {"displayName": None}), 200)["displayName"] is None
    selected = step("select", call(server, "GET", f"{path}/{made['id']}?$select=status"), 200)
    assert set(selected) - {"@odata.context"} == {"status"}


def test_what_a_pki_cannot_be(server):
    pki = create_pki(server)
    assert pki["displayName"] is None
    step("256 characters", call(server, "POST", PKI, {"displayName": "x" * 256}), 201)
    error = refusal("257", call(server, "POST", PKI, {"displayName": "x" * 257}), 400, "displayName", "256")
    assert error["code"] == "Request_BadRequest"
    refusal("a number", call(server, "POST", PKI, {"displayName": 5}), 400, "displayName")
    refusal("another member", call(server, "POST", PKI, {"name": "x"}), 400, "name")
    refusal("status", call(server, "PATCH", f"{PKI}/{pki['id']}", {"status": "succeeded"}), 400, "status")
    refusal("nobody", call(server, "GET", f"{PKI}/{NOBODY}"), 404)
    refusal("expand", call(server, "GET", f"{PKI}?$expand=certificateAuthorities"), 400)
    refusal("skip", call(server, "GET", f"{PKI}?$skip=1"), 400)
    refusal("top 1000", call(server, "GET", f"{PKI}?$top=1000"), 400, "$top", "999")
    step("top 999", call(server, "GET", f"{PKI}?$top=999"), 200)


def test_pkis_are_listed_page_by_page(new_server):
    server = new_server()
    made = [create_pki(server, displayName=f"PKI {number:03}")["id"] for number in range(101)]
    first = step("default", call(server, "GET", f"{PKI}?$count=true"), 200)
    assert [row["id"] for row in first["value"]] == made[:100] and first["@odata.count"] == 101
    rest = step("next", call(server, "GET", first["@odata.nextLink"]), 200)
    assert [row["id"] for row in rest["value"]] == made[100:] and "@odata.nextLink" not in rest
    assert call(server, "GET", f"{PKI}/$count", headers={"ConsistencyLevel": "eventual"}).text == "101"
    found = step("filter", call(server, "GET", f"{PKI}?$filter=startswith(displayName,'PKI 09')&$orderby=displayName desc"), 200)
    assert [row["displayName"] for row in found["value"]] == [f"PKI 09{number}" for number in range(9, -1, -1)]
    one = step("eq", call(server, "GET", f"{PKI}?$filter=displayName eq 'PKI 007'"), 200)
    assert len(one["value"]) == 1


# ---- CAs ----

def test_a_ca_is_what_its_certificate_says(server):
    pki = create_pki(server)
    certificate = make("Contoso2 CA1", issuer="Contoso2", crl_url="http://crl.contoso.com/1.crl")
    reply = call(server, "POST", members(pki), wish(certificate, certificateAuthorityType="intermediate",
                                                    isIssuerHintEnabled=True))
    made = step("add", reply, 201)
    assert reply.headers["Location"] == f"{server.https_url}{members(pki)}/{made['id']}"
    key_identifier = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    assert {key: value for key, value in made.items() if key not in ("@odata.context", "@odata.etag")} == {
        "@odata.type": "#microsoft.graph.certificateAuthorityDetail", "id": made["id"], "deletedDateTime": None,
        "certificateAuthorityType": "intermediate", "certificate": wish(certificate)["certificate"],
        "displayName": "Contoso2 CA1", "issuer": "Contoso2",
        "issuerSubjectKeyIdentifier": key_identifier.hex().upper(), "createdDateTime": made["createdDateTime"],
        "expirationDateTime": wish(certificate)["expirationDateTime"], "thumbprint": thumbprint(certificate),
        "certificateRevocationListUrl": None, "deltaCertificateRevocationListUrl": None, "isIssuerHintEnabled": True}
    shown = step("get", call(server, "GET", f"{members(pki)}/{made['id']}"), 200)
    assert {key: shown[key] for key in shown if not key.startswith("@")} == {
        key: made[key] for key in made if not key.startswith("@")}
    assert add(server, pki, make())["certificateAuthorityType"] == "root"
    assert call(server, "GET", f"{members(pki)}/$count").text == "2"


def test_a_certificate_comes_in_several_forms(server):
    pki = create_pki(server)
    for form in (der, lambda one: one.public_bytes(serialization.Encoding.PEM), lambda one: p7b([one]),
                 lambda one: pkcs7.serialize_certificates([one], serialization.Encoding.PEM)):
        certificate = make()
        made = add(server, pki, certificate, certificate=base64.b64encode(form(certificate)).decode(),
                   thumbprint=" ".join(thumbprint(certificate).lower()[i:i + 2] for i in range(0, 40, 2)))
        assert made["certificate"] == base64.b64encode(der(certificate)).decode()
        assert made["thumbprint"] == thumbprint(certificate)


def test_what_is_sent_beside_the_certificate_must_agree(server):
    pki = create_pki(server)
    certificate = make("Agreeing", issuer="Above")
    later = (certificate.not_valid_after + datetime.timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    for member, value in {"thumbprint": "00" * 20, "expirationDateTime": later, "issuer": "Fabrikam",
                          "issuerSubjectKeyIdentifier": "AB", "certificateAuthorityType": "root"}.items():
        refusal(member, call(server, "POST", members(pki), wish(certificate, **{member: value})), 400, member)
    for member in ("certificate", "thumbprint", "expirationDateTime"):
        refusal(f"no {member}", call(server, "POST", members(pki), wish(certificate, **{member: ...})), 400, member)
    for member, value in {"certificateRevocationListUrl": "ldap://x/y", "deltaCertificateRevocationListUrl": "http://",
                          "deltacertificateRevocationListUrl": "x", "isIssuerHintEnabled": "yes",
                          "certificateAuthorityType": "leaf", "displayName": "x" * 257, "surprise": 1}.items():
        refusal(member, call(server, "POST", members(pki), wish(certificate, **{member: value})), 400)
    assert call(server, "GET", f"{members(pki)}/$count").text == "0"
    same_time = certificate.not_valid_after.strftime("%Y-%m-%dT%H:%M:%S.0000000+00:00")
    add(server, pki, certificate, expirationDateTime=same_time, issuer="CN=Above, O=Contoso Ltd",
        thumbprint=thumbprint(certificate).lower(), deltacertificateRevocationListUrl="http://crl.contoso.com/d.crl")


def bad_certificates():
    good = make()
    key = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    pem = good.public_bytes(serialization.Encoding.PEM)
    return {
        "truncated": (der(good)[:-1], ""),
        "with junk": (der(good) + b"junk", "behind"),
        "pem with junk": (pem + b"junk", "behind"),
        "empty": (b"", ""),
        "text": (b"hello", ""),
        "two": (p7b([good, make()]), "2 certificates"),
        "not a CA": (der(make(is_ca=False)), "CA"),
        "no keyCertSign": (der(make(signs=False)), "keyCertSign"),
        "expired": (der(make(days=-1)), "expired"),
        "SHA-1": (data_file("sha1.cer"), "accept"),
        "1024 bits": (data_file("rsa1024.cer"), "1024"),
        "own curve": (data_file("explicit.cer"), ""),
        "unknown critical": (data_file("critical.cer"), ""),
        "flipped": (data_file("flipped.cer"), ""),
        "a private key": (key, "private key"),
        "a private key too": (pem + key, "private key"),
        "a private key in der": (data_file("rsa2048.key.pem"), "private key"),
        "a request": (data_file("p256.csr"), ""),
    }


@pytest.mark.parametrize("kind", sorted(bad_certificates()))
def test_certificates_that_are_not_taken(server, kind):
    octets, word = bad_certificates()[kind]
    pki = create_pki(server)
    wanted = {"certificate": base64.b64encode(octets).decode(), "thumbprint": "00" * 20,
              "expirationDateTime": "2040-01-01T00:00:00Z"}
    refusal(kind, call(server, "POST", members(pki), wanted), 400, "certificate", word)
    assert call(server, "GET", f"{members(pki)}/$count").text == "0"


def test_ten_thousand_certificates_are_too_many(server):
    pki = create_pki(server)
    wanted = {"certificate": base64.b64encode(p7b([make()] * 10000)).decode(), "thumbprint": "00",
              "expirationDateTime": "2040-01-01T00:00:00Z"}
    assert call(server, "POST", members(pki), wanted).status_code == 413


def test_a_certificate_is_in_a_pki_once(server):
    pki, other, certificate = create_pki(server), create_pki(server), make()
    first = add(server, pki, certificate)
    error = refusal("again", call(server, "POST", members(pki), wish(certificate)), 400, "duplicate certificate exists")
    assert error["code"] == "Request_MultipleObjectsWithSameKeyValue"
    add(server, other, certificate)
    step("delete", call(server, "DELETE", f"{members(pki)}/{first['id']}"), 204)
    add(server, pki, certificate)
    refusal("restore", call(server, "POST", f"{DELETED}/{first['id']}/restore"), 400, "duplicate")


def test_a_ca_is_changed(server):
    pki = create_pki(server)
    made = add(server, pki, make())
    path = f"{members(pki)}/{made['id']}"
    change = {"certificateAuthorityType": "intermediate", "displayName": "Mine", "isIssuerHintEnabled": True,
              "certificateRevocationListUrl": "http://crl.contoso.com/1.crl",
              "deltacertificateRevocationListUrl": "https://crl.contoso.com/2.crl"}
    changed = step("change", call(server, "PATCH", path, change), 200)
    assert changed["certificateAuthorityType"] == "intermediate" and changed["displayName"] == "Mine"
    assert changed["certificateRevocationListUrl"] == "http://crl.contoso.com/1.crl"
    assert changed["deltaCertificateRevocationListUrl"] == "https://crl.contoso.com/2.crl"
    round_trip = {key: value for key, value in changed.items() if not key.startswith("@")}
    step("the same again", call(server, "PATCH", path, round_trip), 200)
    back = step("back", call(server, "PATCH", path, {"certificateRevocationListUrl": None,
                                                     "certificateAuthorityType": None}), 200)
    assert back["certificateRevocationListUrl"] is None and back["certificateAuthorityType"] == "root"
    for member, value in {"thumbprint": "00", "issuer": "x", "certificate": "AAAA",
                          "expirationDateTime": "2040-01-01T00:00:00Z", "id": NOBODY}.items():
        refusal(member, call(server, "PATCH", path, {member: value}), 400, member)
    under = add(server, pki, make(issuer="Somebody"))
    refusal("no root", call(server, "PATCH", f"{members(pki)}/{under['id']}", {"certificateAuthorityType": "root"}),
            400, "certificateAuthorityType")
    refusal("of another PKI", call(server, "GET", f"{members(create_pki(server))}/{made['id']}"), 404)


def test_cas_are_filtered(server):
    pki = create_pki(server)
    rows = [add(server, pki, make(issuer=issuer, days=days)) for issuer, days in ((None, 100), ("Above", 50))]
    for text, expected in {f"thumbprint eq '{rows[0]['thumbprint']}'": rows[:1],
                           f"startswith(thumbprint,'{rows[1]['thumbprint'][:10]}')": rows[1:],
                           "certificateAuthorityType eq 'root'": rows[:1],
                           "certificateAuthorityType eq 'intermediate'": rows[1:],
                           f"expirationDateTime eq {rows[1]['expirationDateTime']}": rows[1:]}.items():
        found = step(text, call(server, "GET", f"{members(pki)}?$filter={text}"), 200)["value"]
        assert [row["id"] for row in found] == [row["id"] for row in expected], text
    ordered = step("order", call(server, "GET", f"{members(pki)}?$orderby=expirationDateTime"), 200)["value"]
    assert [row["id"] for row in ordered] == [rows[1]["id"], rows[0]["id"]]


# ---- deleted items ----

def test_a_pki_goes_and_comes_back_with_its_cas(server):
    pki = create_pki(server, displayName="Going")
    kept, gone = add(server, pki, make()), add(server, pki, make())
    step("delete one", call(server, "DELETE", f"{members(pki)}/{gone['id']}"), 204)
    step("delete all", call(server, "DELETE", f"{PKI}/{pki['id']}"), 204)
    for path in (f"{PKI}/{pki['id']}", members(pki), f"{members(pki)}/{kept['id']}"):
        refusal(path, call(server, "GET", path), 404)
    refusal("delete twice", call(server, "DELETE", f"{PKI}/{pki['id']}"), 404)
    listed = step("list", call(server, "GET", f"{DELETED_PKI}?$orderby=deletedDateTime desc&$count=true",
                               headers={"ConsistencyLevel": "eventual"}), 200)
    assert pki["id"] in [row["id"] for row in listed["value"]]
    cas = step("list CAs", call(server, "GET", f"{DELETED_CA}?$top=999"), 200)["value"]
    assert {kept["id"], gone["id"]} <= {row["id"] for row in cas}
    one = step("get", call(server, "GET", f"{DELETED}/{pki['id']}"), 200)
    assert one["@odata.type"] == "#microsoft.graph.certificateBasedAuthPki" and one["deletedDateTime"].endswith("Z")
    one = step("get a CA", call(server, "GET", f"{DELETED}/{gone['id']}"), 200)
    assert one["@odata.type"] == "#microsoft.graph.certificateAuthorityDetail" and one["thumbprint"] == gone["thumbprint"]
    refusal("not without its PKI", call(server, "POST", f"{DELETED}/{kept['id']}/restore"), 400, pki["id"])
    back = step("restore", call(server, "POST", f"{DELETED}/{pki['id']}/restore"), 200)
    assert back["@odata.type"] == "#microsoft.graph.certificateBasedAuthPki" and back["deletedDateTime"] is None
    assert [row["id"] for row in call(server, "GET", members(pki)).json()["value"]] == [kept["id"]]
    refusal("restore twice", call(server, "POST", f"{DELETED}/{pki['id']}/restore"), 404)
    step("restore the other", call(server, "POST", f"{DELETED}/{gone['id']}/restore", {}), 200)
    assert call(server, "GET", f"{members(pki)}/$count").text == "2"


def test_what_is_deleted_is_purged(server):
    pki = create_pki(server)
    ca = add(server, pki, make())
    refusal("not before it is deleted", call(server, "DELETE", f"{DELETED}/{pki['id']}"), 404)
    step("delete the CA", call(server, "DELETE", f"{members(pki)}/{ca['id']}"), 204)
    step("purge it", call(server, "DELETE", f"{DELETED}/{ca['id']}"), 204)
    refusal("it is gone", call(server, "GET", f"{DELETED}/{ca['id']}"), 404)
    step("delete the PKI", call(server, "DELETE", f"{PKI}/{pki['id']}"), 204)
    step("purge it", call(server, "DELETE", f"{DELETED}/{pki['id']}"), 204)
    refusal("it is gone", call(server, "POST", f"{DELETED}/{pki['id']}/restore"), 404)
    refusal("without a type", call(server, "GET", DELETED), 404)


def test_what_is_deleted_goes_after_30_days(new_server):
    server = new_server()
    pki, kept = create_pki(server), create_pki(server)
    add(server, pki, make())
    for each in (pki, kept):
        step("delete", call(server, "DELETE", f"{PKI}/{each['id']}"), 204)
    server.change_rows(f"UPDATE pkis SET deleted_at = deleted_at - {30 * 86400 + 60} WHERE id = '{pki['id']}'")
    server.restart()
    wait("purged", lambda: call(server, "GET", f"{DELETED}/{pki['id']}").status_code == 404)
    step("the other", call(server, "GET", f"{DELETED}/{kept['id']}"), 200)


# ---- uploads ----

def wait(label, is_true, seconds=40):
    end = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < end, label
        time.sleep(0.05)


class Files(http.server.ThreadingHTTPServer):
    """Serves octets by path; "redirect" ones are text, "slow" ones wait until released."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.redirects, self.asked = {}, {}, []
        self.slow, self.released = set(), threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path = self.path.partition("?")[0]
        self.server.asked.append(self.path)
        if path in self.server.slow:
            self.server.released.wait(60)
        body = self.server.files.get(path, b"")
        status = 302 if path in self.server.redirects else 200 if path in self.server.files else 404
        self.send_response(status)
        if status == 302:
            self.send_header("Location", self.server.redirects[path])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def files():
    served = Files()
    yield served
    served.released.set()
    served.shutdown()
    served.server_close()


@pytest.fixture
def fetching(new_server):
    return new_server(settings=["trust.upload_hosts=127.0.0.1, *.example.org"])


def upload(server, pki, url, octets=b"", **more):
    wanted = {"uploadUrl": url, "sha256FileHash": hashlib.sha256(octets).hexdigest()}
    wanted.update(more)
    return call(server, "POST", f"{PKI}/{pki['id']}/upload", wanted)


def outcome(server, pki):
    shown = lambda: call(server, "GET", f"{PKI}/{pki['id']}").json()
    wait("the upload ends", lambda: shown()["status"] != "running")
    return shown()["status"], shown()["statusDetails"]


def test_a_bundle_is_uploaded(fetching, files):
    certificates = [make(issuer=f"Issuer {number}", crl_url=f"http://crl.contoso.com/{number}.crl")
                    for number in range(40)]
    files.files["/good.p7b"] = p7b(certificates)
    pki = create_pki(fetching)
    reply = upload(fetching, pki, files.url + "/good.p7b?sig=secret", files.files["/good.p7b"])
    assert reply.status_code == 204 and not reply.content
    assert outcome(fetching, pki) == ("succeeded", "40 certificate authorities were added.")
    rows = step("list", call(fetching, "GET", members(pki)), 200)["value"]
    assert {row["thumbprint"] for row in rows} == {thumbprint(each) for each in certificates}
    assert all(row["certificateRevocationListUrl"].startswith("http://crl.contoso.com/") for row in rows)
    assert "secret" not in fetching.log()
    reply = upload(fetching, pki, files.url + "/good.p7b", files.files["/good.p7b"])
    assert reply.status_code == 204
    status, details = outcome(fetching, pki)
    assert status == "failed" and "duplicate certificate exists" in details
    assert call(fetching, "GET", f"{members(pki)}/$count").text == "40"


def test_a_bundle_may_be_text_or_redirected(fetching, files):
    certificates = [make(), make()]
    files.files["/pem"] = b"".join(b"# one\n" + each.public_bytes(serialization.Encoding.PEM) for each in certificates)
    files.redirects["/moved"] = "/pem"
    pki = create_pki(fetching)
    assert upload(fetching, pki, files.url + "/moved", files.files["/pem"]).status_code == 204
    assert outcome(fetching, pki)[0] == "succeeded"


def test_250_cas_fit_and_no_more(fetching, files):
    certificates = [make() for _ in range(250)]
    files.files["/250"] = p7b(certificates)
    files.files["/251"] = p7b(certificates + [make()])
    files.files["/10000"] = p7b([certificates[0]] * 4000)
    pki, other = create_pki(fetching), create_pki(fetching)
    for path in ("/251", "/10000"):
        assert upload(fetching, other, files.url + path, files.files[path]).status_code == 204
        status, details = outcome(fetching, other)
        assert status == "failed" and "more than 250" in details
    assert upload(fetching, pki, files.url + "/250", files.files["/250"]).status_code == 204
    assert outcome(fetching, pki)[0] == "succeeded"
    error = refusal("251", call(fetching, "POST", members(pki), wish(make())), 507, "250")
    assert error["code"] == "Directory_QuotaExceeded"


def test_urls_that_are_refused_at_once(server, fetching, files):
    pki = create_pki(server)
    refusal("no hosts", upload(server, pki, files.url + "/good"), 400, "trust.upload_hosts")
    pki = create_pki(fetching)
    port = files.server_port
    before = len(files.asked)
    for url in (f"http://localhost:{port}/a", f"http://[::1]:{port}/a", f"http://[::ffff:127.0.0.1]:{port}/a",
                f"http://2130706433:{port}/a", f"http://0x7f000001:{port}/a", f"http://0177.0.0.1:{port}/a",
                f"http://127.1:{port}/a", f"http://0.0.0.0:{port}/a", f"http://user:pw@127.0.0.1:{port}/a",
                "http://127.0.0.1:22/", "http://169.254.169.254/latest", "http://example.org/a", "ftp://127.0.0.1/a",
                "file:///etc/passwd", "http://contoso.com/a", "127.0.0.1", "", "http://127.0.0.1\\@contoso.com/"):
        refusal(url, upload(fetching, pki, url), 400, "uploadUrl")
    for digest in ("", "00", "g" * 64, "0" * 63, "0" * 65):
        refusal(digest, upload(fetching, pki, files.url + "/a", sha256FileHash=digest), 400, "sha256FileHash")
    refusal("no URL", call(fetching, "POST", f"{PKI}/{pki['id']}/upload", {"sha256FileHash": "0" * 64}), 400, "uploadUrl")
    refusal("no PKI", upload(fetching, {"id": NOBODY}, files.url + "/a"), 404)
    assert len(files.asked) == before
    assert call(fetching, "GET", f"{PKI}/{pki['id']}").json()["status"] is None


def test_uploads_that_fail_say_why(fetching, files):
    good = make()
    files.files["/big"] = b"0" * (2 * MEGABYTE + 1)
    files.files["/junk"] = p7b([good]) + b"junk"
    files.files["/cut"] = p7b([good])[:-1]
    files.files["/leaf"] = p7b([good, make(is_ca=False)])
    files.files["/expired"] = p7b([good, make(days=-1)])
    files.files["/twice"] = p7b([good, good])
    files.files["/key"] = good.public_bytes(serialization.Encoding.PEM) + data_file("p256.key.pem")
    files.redirects["/away"] = "http://contoso.com/bundle"
    files.redirects["/local"] = f"http://localhost:{files.server_port}/junk"
    files.redirects["/file"] = "file:///etc/passwd"
    files.redirects["/round"] = "/round"
    for path, word in {"/big": "larger", "/junk": "behind", "/cut": "", "/leaf": "certificate 2", "/twice": "duplicate",
                       "/expired": "expired", "/key": "private key", "/away": "list of allowed hosts",
                       "/local": "list of allowed hosts", "/file": "http", "/round": "redirected",
                       "/nothing": "404"}.items():
        pki = create_pki(fetching)
        assert upload(fetching, pki, files.url + path, files.files.get(path, b"")).status_code == 204
        status, details = outcome(fetching, pki)
        assert status == "failed" and word in details, f"{path}: {status} {details}"
        assert call(fetching, "GET", f"{members(pki)}/$count").text == "0"
    pki = create_pki(fetching)
    files.files["/other"] = p7b([good])
    assert upload(fetching, pki, files.url + "/other", b"another").status_code == 204
    status, details = outcome(fetching, pki)
    assert status == "failed" and "SHA-256" in details


def test_a_name_that_leads_to_loopback_is_not_fetched(new_server, files):
    server = new_server(settings=["trust.upload_hosts=pki.localhost"])
    pki = create_pki(server)
    before = len(files.asked)
    assert upload(server, pki, f"http://pki.localhost:{files.server_port}/good").status_code == 204
    status, details = outcome(server, pki)
    assert status == "failed" and "not public" in details
    assert len(files.asked) == before


def test_one_upload_at_a_time_and_over_a_restart(fetching, files):
    certificate = make()
    files.files["/slow"] = p7b([certificate])
    files.slow.add("/slow")
    files.released.clear()
    pki, other = create_pki(fetching), create_pki(fetching)
    assert upload(fetching, pki, files.url + "/slow", files.files["/slow"]).status_code == 204
    assert call(fetching, "GET", f"{PKI}/{pki['id']}").json()["status"] == "running"
    error = refusal("a second", upload(fetching, pki, files.url + "/slow"), 400, "running")
    assert error["code"]
    assert upload(fetching, other, files.url + "/slow", files.files["/slow"]).status_code == 204
    wait("it is asked for", lambda: "/slow" in files.asked)
    fetching.restart()
    assert call(fetching, "GET", f"{PKI}/{pki['id']}").json()["status"] == "running"
    files.released.set()
    for each in (pki, other):
        assert outcome(fetching, each)[0] == "succeeded"
        assert call(fetching, "GET", f"{members(each)}/$count").text == "1"


def test_an_upload_survives_a_kill(fetching, files):
    if fetching.database.url:
        pytest.skip("another node's uploads lapse after minutes")
    files.files["/killed"] = p7b([make()])
    files.slow.add("/killed")
    files.released.clear()
    pki = create_pki(fetching)
    assert upload(fetching, pki, files.url + "/killed", files.files["/killed"]).status_code == 204
    wait("it is asked for", lambda: "/killed" in files.asked)
    fetching.kill()
    files.released.set()
    fetching.start()
    assert outcome(fetching, pki)[0] == "succeeded"
