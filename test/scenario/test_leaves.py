"""Certificates of devices over the API: challenged, enrolled, found, approved, revoked, deleted."""
import os
import uuid

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from conftest import CAS, CLIENT_AUTH, run, scep_certificates

LEAF = "cloudCertificationAuthorityLeafCertificate"
ALL = f"/beta/deviceManagement/{LEAF}"
NOBODY = "00000000-0000-4000-8000-000000000000"


def step(label, reply, status):
    assert reply.status_code == status, f"{label}: {reply.status_code} {reply.text}"
    return reply.json() if reply.content else None


def refusal(label, reply, status, *words):
    message = step(label, reply, status)["error"]["message"]
    for word in words:
        assert word in message, f"{label}: {message}"


def by_serial(server, ca, serial, action="searchCloudCertificationAuthorityLeafCertificateBySerialNumber"):
    return server.api("POST", f"{ca['id']}/{action}", json={"certificateSerialNumber": serial})


# ---- challenges ----

def test_a_challenge_is_shown_once(server, hierarchy):
    _, ca = hierarchy
    made = step("make", server.api("POST", f"{ca['id']}/cloudpki.createScepChallenge", json={
        "subjectName": "CN=laptop-7,O=Acme", "subjectAlternativeNames": ["dns:laptop-7.example.org"],
        "extendedKeyUsages": [CLIENT_AUTH], "deviceId": "d7", "userPrincipalName": "ann@example.org",
        "validityInDays": 30, "uses": 3, "lifetimeInSeconds": 600}), 200)
    assert made["@odata.context"].endswith("#cloudpki.scepChallengeSecret")
    assert len(made["challenge"]) == 32 and made["uses"] == 3
    assert made["scepServerUrl"] == ca["scepServerUrl"]
    assert made["challenge"] not in server.log()


@pytest.mark.parametrize("body,word", [
    ({}, "subjectName"), ({"subjectName": "nonsense"}, "subjectName"), ({"subjectName": 7}, "subjectName"),
    ({"subjectName": "CN=x", "allowAnyName": True}, "allowAnyName"), ({"allowAnyName": "yes"}, "allowAnyName"),
    ({"allowAnyName": True, "uses": 0}, "uses"), ({"allowAnyName": True, "uses": 1000001}, "uses"),
    ({"allowAnyName": True, "lifetimeInSeconds": 59}, "lifetimeInSeconds"),
    ({"allowAnyName": True, "lifetimeInSeconds": 31 * 86400}, "lifetimeInSeconds"),
    ({"subjectName": "CN=x", "subjectAlternativeNames": ["nonsense"]}, "subjectAlternativeNames"),
    ({"subjectName": "CN=x", "subjectAlternativeNames": "dns:a"}, "subjectAlternativeNames"),
    ({"allowAnyName": True, "extendedKeyUsages": ["2.5.29.37.0"]}, "extendedKeyUsages"),
    ({"allowAnyName": True, "extendedKeyUsages": ["1.3.6.1.5.5.7.3.9"]}, "extendedKeyUsages"),
    ({"allowAnyName": True, "colour": "blue"}, "colour"),
    ({"allowAnyName": True, "deviceName": "x" * 257}, "deviceName"),
])
def test_challenges_that_cannot_be(server, hierarchy, body, word):
    refusal("make", server.api("POST", f"{hierarchy[1]['id']}/cloudpki.createScepChallenge", json=body), 400, word)


def test_a_root_gives_no_challenges(server, hierarchy):
    root, _ = hierarchy
    refusal("root", server.api("POST", f"{root['id']}/cloudpki.createScepChallenge", json={"allowAnyName": True}), 409)
    refusal("nobody", server.api("POST", f"{NOBODY}/cloudpki.createScepChallenge", json={"allowAnyName": True}), 404)


def test_a_static_challenge_comes_and_goes(server, hierarchy):
    _, ca = hierarchy
    made = server.challenge(ca["id"], isStatic=True)
    assert made["isStatic"] and made["expirationDateTime"] is None
    for _ in range(2):
        step("end", server.api("POST", f"{ca['id']}/cloudpki.endStaticScepChallenge"), 204)


# ---- certificates ----

@pytest.fixture(scope="module")
def estate(server):
    """A hierarchy and three enrolled devices."""
    root, ca = server.create_hierarchy()
    return root, ca, [server.enrol(ca["id"], deviceId=f"device {i}", userPrincipalName=f"user{i}@example.org")
                      for i in range(3)]


def test_a_leaf_is_shown_as_it_is(server, estate):
    _, ca, leaves = estate
    leaf = leaves[0]
    certificate = x509.load_pem_x509_certificate(leaf["pem"].encode())
    shown = step("show", server.api("GET", f"{ca['id']}/{LEAF}/{leaf['id']}"), 200)
    assert int(shown["serialNumber"], 16) == certificate.serial_number
    assert shown["subjectName"] == certificate.subject.rfc4514_string()
    assert shown["issuerId"] == ca["id"] and ca["commonName"] in shown["issuerName"]
    assert shown["certificateStatus"] == "active" and shown["revocationDateTime"] is None
    assert shown["crlDistributionPointUrl"] == ca["certificateRevocationListUrl"]
    assert shown["ocspResponderUri"] == ca["ocspResponderUri"]
    assert shown["extendedKeyUsages"] == [CLIENT_AUTH]
    assert shown["deviceId"] == "device 0" and shown["userPrincipalName"] == "user0@example.org"
    assert shown["certificationAuthorityVersionNumber"] == 1
    assert shown["thumbprint"] == run("openssl", "x509", "-noout", "-fingerprint", "-sha1", stdin=leaf["pem"]) \
        .stdout.strip().split("=")[1].replace(":", "")
    top = step("over all CAs", server.api("GET", f"{ALL}/{leaf['id']}"), 200)
    assert top["serialNumber"] == shown["serialNumber"]
    expanded = server.api("GET", f"{ca['id']}/{LEAF}/{leaf['id']}?$expand=cloudCertificationAuthorityVersion").json()
    assert expanded["cloudCertificationAuthorityVersion"]["thumbprint"] == ca["thumbprint"]


def test_leaves_are_listed_without_the_offices(server, estate):
    _, ca, leaves = estate
    mine = {leaf["id"] for leaf in leaves}
    listed = step("list", server.api("GET", f"{ca['id']}/{LEAF}"), 200)["value"]
    assert {each["id"] for each in listed} == mine  # neither RA nor responder
    tunnel = step("tunnel", server.api(
        "POST", f"{ca['id']}/getAllCloudCertificationAuthorityLeafCertificates"), 200)["value"]
    assert {each["id"] for each in tunnel} == mine
    assert server.api("GET", f"{ca['id']}/{LEAF}/$count").text == str(len(mine))
    filtered = server.api("GET", f"{ca['id']}/{LEAF}?$filter=deviceId eq 'device 1'&$select=id,deviceId").json()
    assert [each["deviceId"] for each in filtered["value"]] == ["device 1"]
    pages, link = [], f"{CAS}/{ca['id']}/{LEAF}?$top=1&$orderby=deviceId desc"
    while link:
        page = server.api("GET", link).json()
        pages += [each["deviceId"] for each in page["value"]]
        link = page.get("@odata.nextLink")
    assert pages == ["device 2", "device 1", "device 0"]


def ending_first(server, ca, **options):
    """The ids of a list, followed one by one to its end."""
    url, ids = f"{CAS}/{ca['id']}/{LEAF}", []
    options = {f"${name}": value for name, value in {**options, "top": 1}.items()}
    while url:
        page = step("page", server.api("GET", url, params=options), 200)
        ids += [leaf["id"] for leaf in page["value"]]
        url, options = page.get("@odata.nextLink"), None
    return ids


def test_a_list_limited_by_its_end_comes_in_that_order(server):
    _, ca = server.create_hierarchy()
    days = {}
    for validity in (30, 10, 20):
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"d{validity}")])
        csr = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
        days[validity] = step("sign", server.api("POST", f"{ca['id']}/cloudpki.signCertificateRequest", json={
            "certificateSigningRequest": csr.public_bytes(serialization.Encoding.PEM).decode(),
            "allowAnyName": True, "validityInDays": validity}), 200)["id"]
    by_end = [days[10], days[20], days[30]]
    assert ending_first(server, ca) == [days[30], days[10], days[20]]
    assert ending_first(server, ca, filter="certificateStatus eq 'active'") == by_end
    assert ending_first(server, ca, filter="deviceName eq null and validityEndDateTime gt 2020-01-01T00:00:00Z") == by_end
    assert ending_first(server, ca, filter="certificateStatus eq 'active'", orderby="subjectName desc") == \
        [days[30], days[20], days[10]]
    assert ending_first(server, ca, filter="certificateStatus eq 'expired'") == []
    step("revoke", server.api("POST", f"{ca['id']}/{LEAF}/{days[10]}/cloudpki.revoke", json={}), 200)
    assert ending_first(server, ca, filter="certificateStatus eq 'revoked'") == [days[10]]
    assert ending_first(server, ca, filter="certificateStatus eq 'active'") == [days[20], days[30]]


def test_a_serial_is_found_however_it_is_written(server, estate):
    _, ca, leaves = estate
    serial = leaves[0]["serialNumber"]
    colons = ":".join(serial[i:i + 2] for i in range(0, len(serial), 2))
    for text in (serial, serial.lower(), "00" + serial, colons, colons.lower()):
        assert step(text, by_serial(server, ca, text), 200)["id"] == leaves[0]["id"]
    for text, status in (("4A", 404), ("xyz", 400), ("", 400), ("A" * 200, 400), ("A" * 60, 400)):
        refusal(text, by_serial(server, ca, text), status)
    refusal("a number", by_serial(server, ca, 7), 400, "certificateSerialNumber")
    other = server.create_ca()
    refusal("another CA's", by_serial(server, other, serial), 404)
    refusal("by id too", server.api("GET", f"{other['id']}/{LEAF}/{leaves[0]['id']}"), 404)


def test_the_serial_of_an_office_is_not_found(server, estate, tmp_path):
    _, ca, _ = estate
    ra = scep_certificates(server, ca["id"], tmp_path)[0]
    serial = run("openssl", "x509", "-noout", "-serial", "-in", os.path.join(tmp_path, ra)).stdout.split("=")[1].strip()
    refusal("RA", by_serial(server, ca, serial), 404)
    refusal("revoke RA", by_serial(server, ca, serial, "revokeLeafCertificateBySerialNumber"), 404)


def test_leaves_are_neither_made_nor_changed(server, estate):
    _, ca, leaves = estate
    refusal("make", server.api("POST", f"{ca['id']}/{LEAF}", json={}), 405)
    refusal("change", server.api("PATCH", f"{ca['id']}/{LEAF}/{leaves[0]['id']}", json={}), 405)
    refusal("delete", server.api("DELETE", f"{ca['id']}/{LEAF}/{leaves[0]['id']}"), 409, "expired")
    refusal("nobody", server.api("DELETE", f"{ca['id']}/{LEAF}/{NOBODY}"), 404)


def test_three_ways_to_revoke(server):
    _, ca = server.create_hierarchy()
    one, two, three = [server.enrol(ca["id"]) for _ in range(3)]
    leaf = f"{ca['id']}/{LEAF}"
    other = server.create_ca()
    refusal("through another CA", server.api("POST", f"{other['id']}/revokeLeafCertificate",
                                             json={"leafCertificateId": one["id"]}), 404)
    revoked = step("by id", server.api("POST", f"{ca['id']}/revokeLeafCertificate",
                                       json={"leafCertificateId": one["id"]}), 200)
    assert revoked["certificateStatus"] == "revoked" and revoked["revocationDateTime"]
    step("by serial", by_serial(server, ca, two["serialNumber"], "revokeLeafCertificateBySerialNumber"), 200)
    for reason in ("mood", "CertificateHold", 1):
        refusal(f"for {reason}", server.api("POST", f"{leaf}/{three['id']}/cloudpki.revoke", json={"reason": reason}),
                400, "reason")
    step("with a reason", server.api("POST", f"{leaf}/{three['id']}/cloudpki.revoke",
                                     json={"reason": "keyCompromise"}), 200)
    refusal("twice", server.api("POST", f"{leaf}/{three['id']}/cloudpki.revoke", json={}), 409)
    first = step("the first date stays", server.api("GET", f"{leaf}/{one['id']}"), 200)
    assert first["revocationDateTime"] == revoked["revocationDateTime"]
    listed = server.api("GET", f"{leaf}?$filter=certificateStatus eq 'revoked'&$count=true").json()
    assert listed["@odata.count"] == 3
    assert server.api("GET", f"{leaf}/$count?$filter=certificateStatus eq 'active'").text == "0"


def test_a_ca_with_live_leaves_is_not_revoked(server):
    _, ca = server.create_hierarchy()
    leaf = server.enrol(ca["id"])
    pause = {"certificationAuthorityStatus": "paused", "certificationAuthorityVersion": 1}
    step("pause", server.api("POST", f"{ca['id']}/changeCloudCertificationAuthorityStatus", json=pause), 200)
    revoke = f"{ca['id']}/revokeCloudCertificationAuthorityCertificate"
    refusal("with a live leaf", server.api("POST", revoke, json={"certificationAuthorityVersion": 1}), 409)
    step("revoke the leaf", server.api("POST", f"{ca['id']}/revokeLeafCertificate",
                                       json={"leafCertificateId": leaf["id"]}), 200)
    step("now", server.api("POST", revoke, json={"certificationAuthorityVersion": 1}), 200)


# ---- approval ----

def ask(server, ca, challenge, where, name):
    """PKCSReq by strongSwan's client that stays pending, until it gives up."""
    ra, root, between = scep_certificates(server, ca["id"], where)
    key = os.path.join(where, "key.pem")
    if not os.path.exists(key):
        with open(key, "w") as out:
            out.write(run("pki", "--gen", "--type", "rsa", "--size", "2048", "--outform", "pem").stdout)
    words = ["pki", "--scep", "--url", ca["scepServerUrl"], "--in", "key.pem", "--dn", f"CN={name}",
             "--password", challenge, "--cacert-enc", ra, "--cacert-sig", ra, "--cacert", root, "--interval", "1",
             "--maxpolltime", "2", "--outform", "pem"]
    for each in between:
        words += ["--cacert", each]
    return run(*words, cwd=where, check=False)


def pending(server, ca):
    return step("pending", server.api("GET", f"{ca['id']}/cloudpki.pendingRequests"), 200)["value"]


def decide(server, ca, what, request_id):
    return server.api("POST", f"{ca['id']}/cloudpki.{what}", json={"enrolmentId": request_id})


def test_a_request_that_somebody_approves(server, hierarchy, tmp_path):
    _, ca = hierarchy
    secret = server.challenge(ca["id"], requiresApproval=True)["challenge"]
    assert ask(server, ca, secret, tmp_path, "waits").returncode != 0
    waiting = pending(server, ca)
    assert [each["subjectName"] for each in waiting] == ["CN=waits"]
    other = server.create_ca()
    refusal("through another CA", decide(server, other, "approve", waiting[0]["id"]), 404)
    refusal("nobody's", decide(server, ca, "approve", str(uuid.uuid4())), 404)
    step("approve", decide(server, ca, "approve", waiting[0]["id"]), 204)
    assert pending(server, ca) == []
    refusal("again", decide(server, ca, "approve", waiting[0]["id"]), 404)
    assert "BEGIN CERTIFICATE" in ask(server, ca, secret, tmp_path, "waits").stdout
    assert server.api("GET", f"{ca['id']}/{LEAF}/$count").text == "1"


def test_a_request_that_somebody_rejects(server, hierarchy, tmp_path):
    _, ca = hierarchy
    secret = server.challenge(ca["id"], requiresApproval=True)["challenge"]
    ask(server, ca, secret, tmp_path, "waits in vain")
    waiting = pending(server, ca)
    step("reject", decide(server, ca, "reject", waiting[0]["id"]), 204)
    refusal("too late", decide(server, ca, "approve", waiting[0]["id"]), 404)
    assert ask(server, ca, secret, tmp_path, "waits in vain").returncode != 0
    assert server.api("GET", f"{ca['id']}/{LEAF}/$count").text == "0"
