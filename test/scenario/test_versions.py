"""A CA gets another key: renewed, tried, activated; the old version goes on telling. Signing CSRs, holds, many at once."""
import base64
import datetime
import os
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from conftest import CLIENT_AUTH, Server, run, scep_certificates, scep_enrol
from test_leaves import refusal, step

LEAF = "cloudCertificationAuthorityLeafCertificate"
YEAR = 365 * 86400


def age(server, ca, seconds=3 * YEAR):
    """As if it had been made that much earlier."""
    server.change_rows(f"UPDATE cas SET not_before = not_before - {seconds}, not_after = not_after - {seconds} "
                       f"WHERE id = '{ca['id']}'")


def get(server, ca, rest=""):
    return step("get", server.api("GET", f"{ca['id']}{rest}"), 200)


def versions(server, ca):
    return {one["versionNumber"]: one for one in get(server, ca, "/versions")["value"]}


def renewed(server, **wishes):
    root, ca = server.create_hierarchy(**wishes)
    age(server, ca)
    step("renew", server.api("POST", f"{ca['id']}/renew"), 204)
    return root, get(server, ca)


def activate(server, ca, number=2):
    return step("activate", server.api("POST", f"{ca['id']}/activate",
                                       json={"certificationAuthorityVersion": number}), 200)


def write(where, name, octets):
    with open(os.path.join(where, name), "wb") as out:
        out.write(octets)
    return os.path.join(where, name)


def pem_of(server, url):
    return run("openssl", "x509", "-inform", "DER", stdin=server.fetch(url)).stdout.decode().encode()


def new_csr(name="server", sans=()):
    key = ec.generate_private_key(ec.SECP256R1())
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
    if sans:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(one) for one in sans]), False)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def sign(server, ca, csr, **wishes):
    return server.api("POST", f"{ca['id']}/cloudpki.signCertificateRequest",
                      json={"certificateSigningRequest": csr, **wishes})


# ---- renewing ----

def test_a_ca_is_renewed_from_half_of_its_validity_on(server, hierarchy):
    root, ca = hierarchy
    refusal("too early", server.api("POST", f"{ca['id']}/renew"), 409, "half of its validity", "20")
    refusal("root", server.api("POST", f"{root['id']}/renew"), 409, "root")
    age(server, ca)
    assert server.api("POST", f"{ca['id']}/renew").status_code == 204
    refusal("pending", server.api("POST", f"{ca['id']}/renew"), 409, "version 2 is pending")
    after = get(server, ca)
    assert after["displayName"] == f"{ca['displayName']} (V2.0)"
    assert after["versionNumber"] == 1 and after["thumbprint"] == ca["thumbprint"]
    one, two = versions(server, ca)[1], versions(server, ca)[2]
    assert one["certificationAuthorityVersionStatus"] == "active" and one["decommissionDateTime"] is None
    assert two["certificationAuthorityVersionStatus"] == "staged"
    assert two["decommissionDateTime"] and two["usage"]["issuedStagedLeafCertificateCount"] == 0
    assert two["scepServerUrl"] == f"{ca['scepServerUrl']}/v2"


def test_the_tunnels_answer_as_the_gets(server, hierarchy):
    _, ca = hierarchy
    one = step("A16", server.api("POST", f"{ca['id']}/getCloudCertificationAuthorityVersion"), 200)
    assert one["id"] == f"{ca['id']}_1"
    many = step("A17", server.api("POST", f"{ca['id']}/getCloudCertificationAuthorityVersions"), 200)
    assert [each["id"] for each in many["value"]] == [one["id"]]


def test_a_staged_version_enrols_at_its_own_address(server, tmp_path):
    _, ca = renewed(server)
    secret = server.challenge(ca["id"])["challenge"]
    pem = scep_enrol(server, f"{ca['id']}/v2", secret, "CN=trial", str(tmp_path))
    for url, name in ((versions(server, ca)[2]["certificateDownloadUrl"], "v2.pem"),):
        write(tmp_path, name, pem_of(server, url))
    run("openssl", "verify", "-partial_chain", "-CAfile", str(tmp_path / "v2.pem"), stdin=pem.encode())
    assert versions(server, ca)[2]["usage"]["issuedStagedLeafCertificateCount"] == 1
    assert get(server, ca, f"/{LEAF}")["value"][0]["certificationAuthorityVersionNumber"] == 2
    refusal("paused", server.api("POST", f"{ca['id']}/changeCloudCertificationAuthorityStatus", json={
        "certificationAuthorityStatus": "paused", "certificationAuthorityVersion": 2}), 409, "version 2")
    step("cancel", server.api("POST", f"{ca['id']}/revokeCloudCertificationAuthorityCertificate",
                              json={"certificationAuthorityVersion": 2}), 200)
    assert versions(server, ca)[2]["certificationAuthorityVersionStatus"] == "revoked"
    assert get(server, ca)["certificationAuthorityStatus"] == "active"
    assert server.session.get(f"{server.http_url}/scep/{ca['id']}/v2?operation=GetCACaps").status_code == 404


@pytest.mark.parametrize("key", ["eCP256", "rsa2048"])
def test_get_next_ca_cert_is_signed_by_the_current_ca(server, tmp_path, key):
    _, ca = server.create_hierarchy(certificateKeySize=key)
    url = f"{server.http_url}/scep/{ca['id']}"
    assert "GetNextCACert" not in server.session.get(f"{url}?operation=GetCACaps").text
    assert server.session.get(f"{url}?operation=GetNextCACert").status_code == 404
    age(server, ca)
    step("renew", server.api("POST", f"{ca['id']}/renew"), 204)
    assert "GetNextCACert\n" in server.session.get(f"{url}?operation=GetCACaps").text
    reply = server.session.get(f"{url}?operation=GetNextCACert")
    assert reply.headers["Content-Type"] == "application/x-x509-next-ca-cert"
    write(tmp_path, "next.p7", reply.content)
    write(tmp_path, "ca.pem", pem_of(server, ca["certificateDownloadUrl"]))
    run("openssl", "cms", "-verify", "-inform", "DER", "-in", "next.p7", "-certfile", "ca.pem", "-CAfile", "ca.pem",
        "-partial_chain", "-purpose", "any", "-out", "inner.p7", cwd=tmp_path)
    shown = run("openssl", "pkcs7", "-inform", "DER", "-in", "inner.p7", "-print_certs", cwd=tmp_path).stdout
    assert pem_of(server, versions(server, ca)[2]["certificateDownloadUrl"]).decode().strip() in shown
    activate(server, ca)
    assert server.session.get(f"{url}?operation=GetNextCACert").status_code == 404


def test_the_production_address_is_served_by_the_new_version(server, tmp_path):
    root, ca = renewed(server)
    staged = versions(server, ca)[2]
    after = activate(server, ca)
    assert after["versionNumber"] == 2 and after["thumbprint"] == staged["thumbprint"]
    assert after["serialNumber"] == staged["serialNumber"] and after["certificationAuthorityStatus"] == "active"
    assert after["scepServerUrl"] == ca["scepServerUrl"]
    assert versions(server, ca)[1]["certificationAuthorityVersionStatus"] == "retired"
    assert server.session.get(f"{server.http_url}/scep/{ca['id']}/v2?operation=GetCACaps").status_code == 404
    leaf = server.enrol(ca["id"])
    assert leaf["certificationAuthorityVersionNumber"] == 2
    refusal("again", server.api("POST", f"{ca['id']}/activate", json={"certificationAuthorityVersion": 2}), 409)
    write(tmp_path, "root.pem", pem_of(server, root["certificateDownloadUrl"]))
    write(tmp_path, "ca.pem", pem_of(server, after["certificateDownloadUrl"]))
    run("openssl", "verify", "-x509_strict", "-CAfile", "root.pem", "-untrusted", "ca.pem", stdin=leaf["pem"].encode(),
        cwd=tmp_path)


def test_a_retired_version_publishes_and_answers(server, tmp_path):
    root, ca = server.create_hierarchy()
    old_url = ca["certificateRevocationListUrl"]
    good, bad = server.enrol(ca["id"]), server.enrol(ca["id"])
    old = pem_of(server, ca["certificateDownloadUrl"])
    age(server, ca)
    step("renew", server.api("POST", f"{ca['id']}/renew"), 204)
    activate(server, ca)
    new = server.enrol(ca["id"])
    for leaf in (bad, new):
        step("revoke", server.api("POST", f"{ca['id']}/revokeLeafCertificate",
                                  json={"leafCertificateId": leaf["id"]}), 200)
    for name, octets in (("root.pem", pem_of(server, root["certificateDownloadUrl"])), ("v1.pem", old),
                         ("v2.pem", pem_of(server, get(server, ca)["certificateDownloadUrl"])),
                         ("good.pem", good["pem"].encode()), ("bad.pem", bad["pem"].encode()),
                         ("new.pem", new["pem"].encode())):
        write(tmp_path, name, octets)
    for name, issuer, verdict in (("good", "v1", "good"), ("bad", "v1", "revoked"), ("new", "v2", "revoked")):
        said = run("openssl", "ocsp", "-issuer", f"{issuer}.pem", "-cert", f"{name}.pem", "-url",
                   ca["ocspResponderUri"], "-CAfile", "root.pem", "-no_nonce", cwd=tmp_path)
        assert f"{name}.pem: {verdict}" in said.stdout and "Response verify OK" in said.stderr
    for url, issuer in ((old_url, "v1.pem"), (get(server, ca)["certificateRevocationListUrl"], "v2.pem")):
        listed = wait_for(server, url, lambda crl: len(crl) == 2)
        assert {one.serial_number for one in listed} == {int(bad["serialNumber"], 16), int(new["serialNumber"], 16)}
        write(tmp_path, "list.crl", server.fetch(url))
        said = run("openssl", "crl", "-inform", "DER", "-in", "list.crl", "-CAfile", issuer, "-noout", cwd=tmp_path)
        assert "verify OK" in said.stderr


def wait_for(server, url, holds):
    """Lists follow a change within seconds: others are waited for."""
    for _ in range(100):
        crl = x509.load_der_x509_crl(server.fetch(url))
        if holds(crl):
            return crl
        time.sleep(0.1)
    raise AssertionError("the list does not say so")


def test_what_was_encrypted_to_the_retired_ra_is_still_read(server, tmp_path):
    _, ca = server.create_hierarchy()
    where = str(tmp_path)
    ra, root, between = scep_certificates(server, ca["id"], where)
    old_ra = (tmp_path / ra).read_bytes()
    age(server, ca)
    step("renew", server.api("POST", f"{ca['id']}/renew"), 204)
    activate(server, ca)
    scep_certificates(server, ca["id"], where)
    assert (tmp_path / ra).read_bytes() != old_ra
    write(where, "old-ra.pem", old_ra)
    write(where, "key.pem", run("pki", "--gen", "--type", "rsa", "--size", "2048", "--outform", "pem").stdout.encode())
    words = [word for name in [root, *between] for word in ("--cacert", name)]
    pem = run("pki", "--scep", "--url", f"{server.http_url}/scep/{ca['id']}", "--in", "key.pem", "--dn", "CN=late",
              "--password", server.challenge(ca["id"])["challenge"], "--cacert-enc", "old-ra.pem", "--cacert-sig",
              "old-ra.pem", *words, "--outform", "pem", cwd=where).stdout
    write(where, "v2.pem", pem_of(server, get(server, ca)["certificateDownloadUrl"]))
    run("openssl", "verify", "-partial_chain", "-CAfile", "v2.pem", stdin=pem.encode(), cwd=where)


def test_a_device_of_the_old_version_renews_under_the_new_one(tmp_path):
    server = Server(settings=["ca.early_renewal=1"])
    try:
        _, ca = server.create_hierarchy()
        where = str(tmp_path)
        secret = server.challenge(ca["id"])["challenge"]
        write(where, "old.pem", scep_enrol(server, ca["id"], secret, "CN=swan", where).encode())
        os.rename(tmp_path / "key.pem", tmp_path / "old-key.pem")
        age(server, ca)
        step("renew", server.api("POST", f"{ca['id']}/renew"), 204)
        activate(server, ca)
        key = run("pki", "--gen", "--type", "rsa", "--size", "2048", "--outform", "pem").stdout
        write(where, "key.pem", key.encode())
        ra, root, between = scep_certificates(server, ca["id"], where)
        words = [word for name in [root, *between] for word in ("--cacert", name)]
        pem = run("pki", "--scep", "--url", f"{server.http_url}/scep/{ca['id']}", "--in", "key.pem", "--dn", "CN=swan",
                  "--cert", "old.pem", "--key", "old-key.pem", "--cacert-enc", ra, "--cacert-sig", ra, *words,
                  "--outform", "pem", cwd=where).stdout
        write(where, "v2.pem", pem_of(server, get(server, ca)["certificateDownloadUrl"]))
        run("openssl", "verify", "-partial_chain", "-CAfile", "v2.pem", stdin=pem.encode(), cwd=where)
    finally:
        server.destroy()


def test_the_cli_renews_and_activates(server, hierarchy):
    _, ca = hierarchy
    age(server, ca)
    said = server.cli("ca", "renew", ca["id"])
    assert {one["certificationAuthorityVersionStatus"] for one in said} == {"active", "staged"}
    assert f"{ca['scepServerUrl']}/v2" in [one["scepServerUrl"] for one in said]
    assert server.cli_process("ca", "renew", ca["id"], check=False).returncode == 1
    server.cli("ca", "activate", ca["id"])
    assert get(server, ca)["versionNumber"] == 2


# ---- under an external root ----

def sign_by_root(csr, key, root):
    """What an external issuer would do with the CSR."""
    request = x509.load_der_x509_csr(base64.b64decode(csr))
    builder = (x509.CertificateBuilder().subject_name(request.subject).issuer_name(root).public_key(
        request.public_key()).serial_number(x509.random_serial_number()).not_valid_before(
            datetime.datetime.utcnow() - datetime.timedelta(days=1)).not_valid_after(
                datetime.datetime.utcnow() + datetime.timedelta(days=1000)))
    for extension in request.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    return builder.sign(key, hashes.SHA256())


def new_root():
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Outside {time.time_ns()}")])
    now = datetime.datetime.utcnow()
    root = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=2))
            .not_valid_after(now + datetime.timedelta(days=2000))
            .add_extension(x509.BasicConstraints(True, None), True)
            .add_extension(x509.KeyUsage(False, False, False, False, False, True, True, False, False), True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False).sign(key, hashes.SHA256()))
    return key, name, root


def upload(server, ca, outside, csr):
    key, name, root = outside
    der = lambda one: base64.b64encode(one.public_bytes(serialization.Encoding.DER)).decode()
    signed = sign_by_root(csr, key, name)
    return server.api("POST", f"{ca['id']}/uploadExternallySignedCertificationAuthorityCertificate", json={
        "signedCertificate": der(signed), "trustChainCertificates": [{"displayName": "root", "certificate": der(root)}]})


def test_a_ca_under_an_external_root_is_renewed(server):
    outside = new_root()
    ca = server.create_ca(cloudCertificationAuthorityType="issuingCertificationAuthorityWithExternalRoot")
    step("first", upload(server, ca, outside, ca["certificateSigningRequest"]), 200)
    age(server, ca, 600 * 86400)
    step("renew", server.api("POST", f"{ca['id']}/renew"), 204)
    pending = get(server, ca)
    assert pending["certificationAuthorityStatus"] == "active" and pending["versionNumber"] == 1
    assert pending["certificateSigningRequest"] not in (None, ca["certificateSigningRequest"])
    assert versions(server, ca)[2]["certificationAuthorityVersionStatus"] in ("signingPending", "unknownFutureValue")
    refusal("not yet", server.api("POST", f"{ca['id']}/activate", json={"certificationAuthorityVersion": 2}), 409)
    refusal("old CSR", upload(server, ca, outside, ca["certificateSigningRequest"]), 400, "signedCertificate")
    step("second", upload(server, ca, outside, pending["certificateSigningRequest"]), 200)
    staged = versions(server, ca)[2]
    assert staged["certificationAuthorityVersionStatus"] == "staged" and staged["decommissionDateTime"]
    assert get(server, ca)["certificateSigningRequest"] is None
    after = activate(server, ca)
    assert after["thumbprint"] == staged["thumbprint"]
    assert server.enrol(ca["id"])["certificationAuthorityVersionNumber"] == 2


def test_a_version_that_waits_for_its_certificate_is_given_up(server):
    outside = new_root()
    ca = server.create_ca(cloudCertificationAuthorityType="issuingCertificationAuthorityWithExternalRoot")
    step("first", upload(server, ca, outside, ca["certificateSigningRequest"]), 200)
    age(server, ca, 600 * 86400)
    step("renew", server.api("POST", f"{ca['id']}/renew"), 204)
    step("cancel", server.api("POST", f"{ca['id']}/revokeCloudCertificationAuthorityCertificate",
                              json={"certificationAuthorityVersion": 2}), 200)
    assert get(server, ca)["certificateSigningRequest"] is None
    step("renew", server.api("POST", f"{ca['id']}/renew"), 204)
    assert get(server, ca)["displayName"].endswith(" (V3.0)")


# ---- what a renewal would mean ----

def test_a_preview_tells_when_and_whom(server, hierarchy):
    _, ca = hierarchy
    leaf = server.enrol(ca["id"])
    told = step("preview", server.api("POST", f"{ca['id']}/cloudpki.previewRenewal"), 200)
    assert told["versionNumber"] == 1 and told["pendingVersionNumber"] == 0
    assert 900 < told["daysUntilRenewable"] < 920
    assert told["outlivingCertificateCount"] == 1 and told["cutCertificateCount"] == 0
    assert told["outlivingCertificates"][0]["id"] == leaf["id"]
    assert told["lastCertificateEndDateTime"] == leaf["validityEndDateTime"]
    assert told["lastSafeDateTime"] < told["validityEndDateTime"] == ca["validityEndDateTime"]
    later = step("later", server.api("POST", f"{ca['id']}/cloudpki.previewRenewal",
                                     json={"activationDateTime": ca["validityEndDateTime"]}), 200)
    assert later["outlivingCertificateCount"] == 0 and later["outlivingCertificates"] == []


# ---- signing ----

def test_a_request_is_signed(server, hierarchy, tmp_path):
    _, ca = hierarchy
    made = step("sign", sign(server, ca, new_csr("web", ["web.example.org"]), subjectName="CN=web",
                             subjectAlternativeNames=["dns:web.example.org"], deviceName="rack", validityInDays=30,
                             userPrincipalName="ann@example.org"), 200)
    certificate = x509.load_pem_x509_certificate(made["certificate"].encode())
    assert f"{certificate.serial_number:X}" == made["serialNumber"].lstrip("0")
    write(tmp_path, "chain.pem", made["certificateChain"].encode())
    run("openssl", "verify", "-x509_strict", "-CAfile", "chain.pem", stdin=made["certificate"].encode(), cwd=tmp_path)
    row = get(server, ca, f"/{LEAF}/{made['id']}")
    assert row["thumbprint"] == made["thumbprint"] and row["deviceName"] == "rack"
    assert row["userPrincipalName"] == "ann@example.org" and row["certificateStatus"] == "active"
    assert made["@odata.context"].endswith("#cloudpki.signedCertificate")


@pytest.mark.parametrize("wishes,status,word", [
    ({}, 400, "subjectName"), ({"subjectName": "CN=other"}, 400, "subject"),
    ({"allowAnyName": True, "extendedKeyUsages": ["2.5.29.37.0"]}, 400, "extendedKeyUsages"),
    ({"allowAnyName": True, "extendedKeyUsages": ["1.3.6.1.5.5.7.3.8"]}, 400, "extended key usages"),
    ({"allowAnyName": True, "validityInDays": 100000}, 400, "validityInDays"),
    ({"allowAnyName": True, "certificationAuthorityVersion": 9}, 404, "version"),
    ({"allowAnyName": True, "colour": "blue"}, 400, "colour"),
    ({"allowAnyName": True, "certificateSigningRequest": "nonsense!"}, 400, "csr"),
])
def test_requests_that_are_not_signed(server, hierarchy, wishes, status, word):
    refusal("sign", sign(server, hierarchy[1], wishes.pop("certificateSigningRequest", new_csr()), **wishes), status,
            word)


def test_a_staged_version_signs_too(server):
    _, ca = renewed(server)
    made = step("sign", sign(server, ca, new_csr(), allowAnyName=True, certificationAuthorityVersion=2), 200)
    assert made["certificationAuthorityVersionNumber"] == 2
    made = step("sign", sign(server, ca, new_csr(), allowAnyName=True, extendedKeyUsages=[CLIENT_AUTH]), 200)
    assert made["certificationAuthorityVersionNumber"] == 1


# ---- holds and many at once ----

def revoke(server, ca, leaf, reason):
    return server.api("POST", f"{ca['id']}/{LEAF}/{leaf['id']}/cloudpki.revoke", json={"reason": reason})


def test_a_hold_is_listed_and_released(server, hierarchy):
    _, ca = hierarchy
    leaf = step("sign", sign(server, ca, new_csr(), allowAnyName=True), 200)
    serial = int(leaf["serialNumber"], 16)
    held = step("hold", revoke(server, ca, leaf, "certificateHold"), 200)
    assert held["certificateStatus"] == "revoked" and held["revocationDateTime"]
    crl = wait_for(server, ca["certificateRevocationListUrl"],
                   lambda crl: crl.get_revoked_certificate_by_serial_number(serial))
    entry = crl.get_revoked_certificate_by_serial_number(serial)
    assert entry.extensions.get_extension_for_class(x509.CRLReason).value.reason == x509.ReasonFlags.certificate_hold
    refusal("hold again", revoke(server, ca, leaf, "certificateHold"), 409, "on hold")
    free = step("release", revoke(server, ca, leaf, "removeFromCRL"), 200)
    assert free["certificateStatus"] == "active" and free["revocationDateTime"] is None
    wait_for(server, ca["certificateRevocationListUrl"],
             lambda crl: not crl.get_revoked_certificate_by_serial_number(serial))
    delta = ca["certificateRevocationListUrl"].replace("current.crl", "delta.crl")
    entry = x509.load_der_x509_crl(server.fetch(delta)).get_revoked_certificate_by_serial_number(serial)
    assert entry.extensions.get_extension_for_class(x509.CRLReason).value.reason == x509.ReasonFlags.remove_from_crl
    refusal("release again", revoke(server, ca, leaf, "removeFromCRL"), 409, "not on hold")


def test_a_filter_revokes_many(server, hierarchy):
    _, ca = hierarchy
    action = f"{ca['id']}/{LEAF}/cloudpki.revokeCertificates"
    for name in ("east-1", "east-2", "west-1"):
        step("sign", sign(server, ca, new_csr(name), subjectName=f"CN={name}", deviceName=name), 200)
    east = {"filter": "startswith(deviceName, 'east')", "reason": "superseded"}
    told = step("dry", server.api("POST", action, json={**east, "dryRun": True}), 200)
    assert (told["matched"], told["revoked"]) == (2, 0)
    told = step("revoke", server.api("POST", action, json=east), 200)
    assert (told["matched"], told["revoked"]) == (2, 2)
    told = step("again", server.api("POST", action, json=east), 200)
    assert (told["matched"], told["revoked"]) == (0, 0)
    status = {one["deviceName"]: one["certificateStatus"] for one in get(server, ca, f"/{LEAF}")["value"]}
    assert status == {"east-1": "revoked", "east-2": "revoked", "west-1": "active"}


@pytest.mark.parametrize("body,word", [
    ({}, "filter"), ({"filter": ""}, "filter"), ({"filter": "nonsense"}, "filter"),
    ({"filter": "deviceName eq 'x'", "reason": "bad"}, "reason"),
    ({"filter": "deviceName eq 'x'", "dryRun": "yes"}, "dryRun"),
])
def test_filters_that_cannot_be(server, hierarchy, body, word):
    refusal("revoke", server.api("POST", f"{hierarchy[1]['id']}/{LEAF}/cloudpki.revokeCertificates", json=body), 400,
            word)
