"""SCEP by a client of our own that also misbehaves: RFC 8894, pki-rules §3, §4."""
import base64
import concurrent.futures
import os
import uuid
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from conftest import SERVER_AUTH
from consistency import query
from scep_client import (BAD_ALG, BAD_CERT_ID, BAD_MESSAGE_CHECK, BAD_REQUEST, CERT_POLL, FAILURE, GET_CERT,
                         GET_CRL, MESSAGE_TYPE, PENDING, PKCS_REQ, RENEWAL_REQ, SENDER_NONCE, SUCCESS,
                         TRANSACTION_ID, Client, Device, attribute, der, enveloped, integer, octets, printable)

KEY = rsa.generate_private_key(65537, 2048)
OTHER_KEY = rsa.generate_private_key(65537, 2048)
THIRD_KEY = rsa.generate_private_key(65537, 2048)


class Story:
    """An issuing CA, a client of it and devices that share few keys, because keys are slow."""

    def __init__(self, server, **wishes):
        self.server = server
        self.root, self.ca = server.create_hierarchy(**wishes)
        self.id = self.ca["id"]
        self.client = Client(server.session, f"{server.http_url}/scep/{self.id}")

    def secret(self, **wishes):
        return self.server.challenge(self.id, **wishes)["challenge"]

    def device(self, subject="CN=device", key=KEY):
        return Device(subject, key)

    def enrolled(self, subject="CN=device", key=KEY, **wishes):
        device = self.device(subject, key)
        device.certificate = self.client.enrol(device, self.secret(**wishes)).certificate
        return device

    def count(self):
        return len(self.server.api("GET", f"{self.id}/cloudCertificationAuthorityLeafCertificate?$top=999")
                   .json()["value"])

    def pending(self):
        return self.server.api("GET", f"{self.id}/cloudpki.pendingRequests").json()["value"]

    def decide(self, action):
        for request in self.pending():
            reply = self.server.api("POST", f"{self.id}/cloudpki.{action}", json={"enrolmentId": request["id"]})
            assert reply.status_code in (200, 204), reply.text


@pytest.fixture(scope="module")
def story(server):
    return Story(server)


@pytest.fixture(scope="module")
def rsa_story(server):
    return Story(server, certificateKeySize="rsa2048")


@pytest.fixture(scope="module")
def early(request):
    """A server on which RenewalReq may come before the last half of a certificate's life."""
    from conftest import Server
    running = Server(settings=["ca.early_renewal=1"])
    yield Story(running)
    running.destroy()


# ---- the operations beside PKIOperation ----

def test_capabilities(story):
    reply = story.client.get("GetCACaps")
    assert reply.status_code == 200 and reply.headers["Content-Type"].startswith("text/plain")
    assert reply.text.endswith("\n")
    lines = set(reply.text.split())
    assert lines == {"AES", "DES3", "POSTPKIOperation", "Renewal", "SHA-256", "SHA-384", "SHA-512", "SCEPStandard"}
    for same in ("getcacaps", "GETCACAPS"):
        assert story.client.get(same, message="0").text == reply.text
    query = story.server.session.get(f"{story.client.url}?OPERATION=GetCACaps")
    assert query.text == reply.text


def test_capabilities_follow_the_settings(server):
    own = Story(server)
    reply = server.api("POST", f"{own.id}/cloudpki.configureScep", json={"allowSha1": True, "allowSingleDes": True})
    assert reply.status_code == 200, reply.text
    assert "SHA-1" in own.client.get("GetCACaps").text.split()


def test_certificates_end_in_a_root(story):
    for message in ("0", "1", "x", story.id):
        reply = story.client.get("GetCACert", message=message)
        assert reply.status_code == 200
    ra, ca, root = story.client.chain
    assert ra.issuer == ca.subject and ca.issuer == root.subject and root.issuer == root.subject
    usage = ra.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.digital_signature and usage.key_encipherment


def test_other_paths_and_listeners(story):
    server = story.server
    for base in (server.http_url, server.https_url):
        for path in ("", "/pkiclient.exe", "/cgi-bin/pkiclient.exe", "/PKICLIENT.EXE"):
            reply = server.session.get(f"{base}/scep/{story.id}{path}?operation=GetCACaps")
            assert reply.status_code == 200, path
        assert server.session.get(f"{base}/scep/{story.id}/other?operation=GetCACaps").status_code == 404


def test_what_there_is_not(story):
    server, url = story.server, story.client.url
    assert story.client.get("GetNextCACert").status_code == 404
    assert story.client.get("NoSuchThing").status_code == 400
    assert server.session.get(url).status_code == 400
    assert story.client.get("PKIOperation").status_code == 400
    assert story.client.get("GetCACert%00").status_code == 400
    assert server.session.put(url + "?operation=GetCACaps").status_code == 405
    nobody = f"{server.http_url}/scep/00000000-0000-4000-8000-000000000000"
    for operation in ("GetCACaps", "GetCACert", "PKIOperation&message=MAA"):
        assert server.session.get(f"{nobody}?operation={operation}").status_code == 404


# ---- enrolment ----

@pytest.mark.parametrize("size", ["eCP256", "eCP256k", "eCP384", "eCP521", "rsa2048"])
def test_enrolment_under_every_kind_of_key(server, size):
    own = Story(server, certificateKeySize=size)
    device = own.device("CN=d, O=Acme")
    reply = own.client.enrol(device, own.secret(), transaction="a/b+c=")
    certificate = reply.certificate
    assert certificate.public_key().public_numbers() == KEY.public_key().public_numbers()
    assert certificate.issuer == own.client.ca.subject
    assert reply.transaction == "a/b+c=" and reply.recipient_nonce == b"0123456789abcdef"
    assert len(reply.sender_nonce) == 16 and reply.signer == own.client.ra
    assert reply.digest == "sha256"


@pytest.mark.parametrize("cipher", ["aes128", "aes192", "aes256", "des3"])
@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
def test_ciphers_and_digests(story, cipher, digest):
    device = story.device()
    reply = story.client.ask(device, PKCS_REQ, device.csr(story.secret()), cipher=cipher, digest=digest)
    assert reply.certificate and reply.digest == digest


def test_messages_by_get_in_every_variant(story):
    device = story.device()
    secret, transaction = story.secret(), "get-variants"
    message = story.client.message(device, PKCS_REQ, device.csr(secret), transaction=transaction)
    standard = base64.b64encode(message).decode()
    wrapped = "\n".join(standard[i:i + 64] for i in range(0, len(standard), 64)) + "\n"
    variants = [quote(standard, safe=""), quote(standard, safe="+/="), standard.replace("+", "%20"),
                base64.urlsafe_b64encode(message).decode(), base64.urlsafe_b64encode(message).decode().rstrip("="),
                standard.rstrip("="), quote(wrapped, safe=""), wrapped.replace("\n", "%0A").replace("+", "%2B")]
    serials = set()
    for variant in variants:
        reply = story.server.session.get(f"{story.client.url}?operation=PKIOperation&message={variant}")
        serials.add(story.client.read(device, reply).certificate.serial_number)
    assert len(serials) == 1
    body = story.server.session.post(f"{story.client.url}?operation=PKIOperation", data=standard)
    assert story.client.read(device, body).certificate.serial_number in serials


def test_the_same_request_gets_the_same_certificate(story):
    device, secret = story.device(), story.secret()
    first = story.client.enrol(device, secret, transaction="repeat-me").certificate
    again = story.client.enrol(device, secret, transaction="repeat-me").certificate
    assert first == again
    other = story.device(key=OTHER_KEY)
    assert story.client.enrol(other, secret, transaction="repeat-me").refusal == (FAILURE, BAD_REQUEST)
    assert story.client.enrol(device, secret, transaction="another").refusal == (FAILURE, BAD_REQUEST)


def test_a_revoked_certificate_is_not_given_out_again(story):
    device, secret = story.device(), story.secret()
    certificate = story.client.enrol(device, secret, transaction="revoke-me").certificate
    reply = story.server.api("POST", f"{story.id}/revokeLeafCertificateBySerialNumber",
                             json={"certificateSerialNumber": f"{certificate.serial_number:X}"})
    assert reply.status_code == 200, reply.text
    again = story.client.enrol(device, secret, transaction="revoke-me")
    assert again.refusal == (FAILURE, BAD_REQUEST)


def test_64_parallel_uses_of_a_one_time_challenge_issue_once(server):
    own = Story(server)
    secret = own.secret()
    device = own.device()
    messages = [own.client.message(device, PKCS_REQ, device.csr(secret)) for _ in range(64)]
    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        replies = [own.client.read(device, reply) for reply in pool.map(own.client.post, messages)]
    assert [reply.status for reply in replies].count(SUCCESS) == 1
    assert {reply.fail_info for reply in replies if reply.status != SUCCESS} == {BAD_REQUEST}
    assert own.count() == 1


def test_a_challenge_with_uses(server):
    own = Story(server)
    secret = own.secret(uses=3)
    replies = [own.client.enrol(own.device(f"CN=d{i}"), secret) for i in range(4)]
    assert [reply.status for reply in replies] == [SUCCESS] * 3 + [FAILURE]


# ---- challenges that do not fit ----

def test_challenges_that_are_none(server, story):
    own = Story(server)
    used = own.secret()
    own.client.enrol(own.device(), used).certificate
    texts = set()
    for secret in (None, "", "wrong", used, story.secret(), used.lower() + "x", "0" * 32):
        reply = own.client.enrol(own.device(), secret)
        assert reply.refusal == (FAILURE, BAD_REQUEST), secret
        assert reply.has_content and reply.content == b""
        texts.add(reply.fail_text)
    assert len(texts) == 1
    assert own.count() == 1


def test_what_a_challenge_binds(server):
    own = Story(server)
    dns = [x509.DNSName("d.example.org")]
    bound = dict(subjectName="CN=bound,O=Acme", subjectAlternativeNames=["dns:d.example.org"],
                 extendedKeyUsages=[SERVER_AUTH])
    server_auth = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    code_signing = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING])
    secret = own.secret(**bound)
    bad = [dict(subject="CN=other, O=Acme"), dict(subject="CN=bound, O=Acme, OU=more"),
           dict(sans=[x509.DNSName("e.example.org")]), dict(sans=dns + [x509.DNSName("e.example.org")]),
           dict(sans=dns + [x509.RFC822Name("a@example.org")]), dict(extensions=[code_signing]),
           dict(extensions=[x509.BasicConstraints(ca=True, path_length=None)])]
    for wishes in bad:
        reply = own.client.enrol(own.device("CN=bound, O=Acme"), secret, **wishes)
        assert reply.refusal == (FAILURE, BAD_REQUEST), wishes
    assert own.count() == 0
    certificate = own.client.enrol(own.device("CN=bound, O=Acme"), secret, sans=dns,
                                   extensions=[server_auth]).certificate
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["d.example.org"]
    absent = own.client.enrol(own.device("CN=bound, O=Acme"), own.secret(**bound)).certificate
    names = absent.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["d.example.org"]


def test_the_sid_extension_is_removed(story):
    sid = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.311.25.2"), bytes.fromhex(
        "3040a03e060a2b060104018237190201a0300430") + b"S-1-5-21-1111111111-2222222222-33333333-500xxxxx")
    certificate = story.client.enrol(story.device(), story.secret(), extensions=[sid]).certificate
    assert not [one for one in certificate.extensions if one.oid.dotted_string == "1.3.6.1.4.1.311.25.2"]


# ---- signatures and keys ----

def test_csr_signatures_and_keys(story):
    device = story.device()
    flipped = bytearray(device.csr(story.secret()))
    flipped[-1] ^= 1
    by_other = device.csr(story.secret(), signing_key=OTHER_KEY)
    for csr in (bytes(flipped), by_other):
        assert story.client.ask(device, PKCS_REQ, csr).refusal == (FAILURE, BAD_MESSAGE_CHECK)
    weak = Device(bits=1024)
    assert story.client.enrol(weak, story.secret()).refusal == (FAILURE, BAD_ALG)
    sha1 = device.csr(story.secret(), digest=hashes.SHA1)
    assert story.client.ask(device, PKCS_REQ, sha1).refusal == (FAILURE, BAD_ALG)
    weak_inside = device.csr(story.secret(), key=weak.key)
    assert story.client.ask(device, PKCS_REQ, weak_inside).refusal == (FAILURE, BAD_ALG)


def test_a_self_signed_signer_holds_the_key(story):
    device, other = story.device(), story.device(key=OTHER_KEY)
    reply = story.client.ask(other, PKCS_REQ, device.csr(story.secret()))
    assert reply.refusal == (FAILURE, BAD_REQUEST)


def test_requesters_with_ec_keys(story):
    device = Device(key=ec.generate_private_key(ec.SECP256R1()))
    reply = story.client.post(story.client.message(device, PKCS_REQ, device.csr(story.secret())))
    assert story.client.read(device, reply).refusal == (FAILURE, BAD_ALG)


def test_the_outer_signature(story):
    device = story.device()
    message = bytearray(story.client.message(device, PKCS_REQ, device.csr(story.secret())))
    message[-1] ^= 1
    assert story.client.read(device, story.client.post(bytes(message))).refusal == (FAILURE, BAD_MESSAGE_CHECK)
    sha1 = story.client.ask(device, PKCS_REQ, device.csr(story.secret()), digest="sha1")
    assert sha1.refusal == (FAILURE, BAD_ALG)


# ---- messages ----

def typed(*values):
    return [attribute(MESSAGE_TYPE, value) for value in values] + [
        attribute(TRANSACTION_ID, printable("typed")), attribute(SENDER_NONCE, octets(b"n" * 16))]


def test_message_types_from_0_to_255(story):
    device = story.device()
    csr = device.csr("wrong")
    known = {PKCS_REQ, RENEWAL_REQ, CERT_POLL, GET_CERT, GET_CRL}
    for number in range(256):
        if str(number) in known:
            continue
        reply = story.client.ask(device, None, csr, attributes=typed(printable(str(number))))
        assert reply.refusal == (FAILURE, BAD_REQUEST), number


def test_message_types_that_are_none(story):
    device = story.device()
    csr = device.csr(story.secret())
    for values in ((), (printable("19"), printable("19")), (printable("x"),), (printable("256"),),
                   (printable(""),), (integer(19),)):
        reply = story.client.ask(device, None, csr, attributes=typed(*values))
        assert reply.refusal == (FAILURE, BAD_REQUEST), values
    doubled = [attribute(MESSAGE_TYPE, printable("19"), printable("19")), *typed()]
    assert story.client.ask(device, None, csr, attributes=doubled).refusal == (FAILURE, BAD_REQUEST)


def test_without_a_transaction_there_is_no_cert_rep(story):
    device = story.device()
    for values in ((), (printable("a"), printable("b")), (octets(b"a"),), (printable(""),),
                   (printable("a" * 257),), (der(0x13, b"a\nb"),)):
        attributes = [attribute(MESSAGE_TYPE, printable("19")),
                      *[attribute(TRANSACTION_ID, value) for value in values]]
        reply = story.client.post(story.client.message(device, None, b"", attributes=attributes))
        assert reply.status_code == 400 and reply.headers["Content-Type"].startswith("text/plain"), values


def test_nonces(story):
    device = story.device()
    for nonce in (b"", b"1", b"x" * 64):
        reply = story.client.ask(device, "99", b"", nonce=nonce)
        assert (reply.recipient_nonce or b"") == nonce
    long = story.client.ask(device, PKCS_REQ, device.csr(story.secret()), nonce=b"x" * 65)
    assert long.refusal == (FAILURE, BAD_REQUEST) and long.recipient_nonce is None
    absent = typed(printable("19"))[:-1]
    reply = story.client.ask(device, None, device.csr(story.secret()), attributes=absent)
    assert reply.status == SUCCESS and reply.recipient_nonce is None


def test_lists_that_are_empty_or_long(story):
    device = story.device()
    csr = device.csr(story.secret())
    for wrong in (dict(signers=0), dict(signers=2), dict(digests=0), dict(digests=17)):
        reply = story.client.post(story.client.message(device, PKCS_REQ, csr, **wrong))
        assert reply.status_code in (400, 413), wrong
    ra, ca = story.client.ra, Device(key=OTHER_KEY).certificate
    for recipients in ([], [ca], [ra] * 17):
        reply = story.client.ask(device, PKCS_REQ, csr, recipients=recipients)
        assert reply.refusal == (FAILURE, BAD_MESSAGE_CHECK), len(recipients)
    assert story.client.ask(device, PKCS_REQ, csr, recipients=[ca, ra, ca]).status == SUCCESS


def test_what_is_inside_and_cannot_be_read(story):
    device = story.device()
    csr = device.csr(story.secret())
    cases = [dict(content=b""), dict(content=b"\x30\x00"), dict(content=csr[:-1]), dict(content=csr + b"\x00"),
             dict(content=csr, envelope=b""), dict(content=csr, envelope=csr),
             dict(content=csr, key_block=os.urandom(256)), dict(content=csr, key_block=b"\x00" * 256),
             dict(content=csr, key_block=b"\xff" * 256), dict(content=csr, key_block=b"\x01"),
             dict(content=csr, key_block=b"\x01" * 512)]
    answers = set()
    for case in cases:
        reply = story.client.ask(device, PKCS_REQ, case.pop("content"), **case)
        answers.add((reply.status, reply.fail_info, reply.fail_text))
    assert answers == {(FAILURE, BAD_MESSAGE_CHECK, answers.pop()[2])} or len(answers) == 0


def filler(count):
    return bytes(os.urandom(1)[0] or 1 for _ in range(count))


# Blocks of RFC 8017 §7.2.1 for a key of 16 octets and a modulus of 256, each wrong in a way of its own.
MALFORMED_BLOCKS = {
    "first octet": lambda: b"\x01\x02" + filler(237) + b"\x00" + os.urandom(16),
    "type 0": lambda: b"\x00\x00" + filler(237) + b"\x00" + os.urandom(16),
    "type 1": lambda: b"\x00\x01" + b"\xff" * 237 + b"\x00" + os.urandom(16),
    "no separator": lambda: b"\x00\x02" + filler(254),
    "separator one early": lambda: b"\x00\x02" + filler(236) + b"\x00" + filler(17),
    "separator one late": lambda: b"\x00\x02" + filler(238) + b"\x00" + filler(15),
    "seven octets of padding": lambda: b"\x00\x02" + filler(7) + b"\x00" + os.urandom(246),
    "zero in the padding": lambda: b"\x00\x02" + filler(100) + b"\x00" + filler(136) + b"\x00" + os.urandom(16),
    "key of another cipher": lambda: b"\x00\x02" + filler(221) + b"\x00" + os.urandom(32),
    "no key": lambda: b"\x00\x02" + filler(253) + b"\x00",
    "another key": lambda: b"\x00\x02" + filler(237) + b"\x00" + os.urandom(16),
    "noise": lambda: b"\x00" + os.urandom(255),
    "nothing": lambda: bytes(256),
}


def encrypted_as_it_is(block, certificate):
    numbers = certificate.public_key().public_numbers()
    return pow(int.from_bytes(block, "big"), numbers.e, numbers.n).to_bytes(256, "big")


def log_line(server, transaction):
    """What is logged of a transaction, without what differs in each."""
    line, = (line for line in server.log().splitlines() if f"transaction={transaction}" in line)
    return " ".join(word for word in line.split() if word.split("=")[0] not in ("time", "request", "transaction"))


def test_malformed_rsa_blocks_are_answered_alike(story):
    """Same answer, same log, same audit for each kind and for the right padding around another key: nobody learns from
    us which blocks are well formed (Bleichenbacher). That they take the same path inside is unpad_test's."""
    device = story.device()
    csr = device.csr(story.secret())
    audit_before = query(story.server, "SELECT count(*) FROM audit_events WHERE activity LIKE '%Leaf%'")
    seen = {}
    for kind, make in MALFORMED_BLOCKS.items():
        for i in range(8):
            transaction = f"{kind} {i} {uuid.uuid4().hex}".replace(" ", "-")[-40:]
            block = encrypted_as_it_is(make(), story.client.ra)
            reply = story.client.ask(device, PKCS_REQ, csr, key_block=block, transaction=transaction)
            seen.setdefault((reply.status, reply.fail_info, reply.fail_text, len(reply.body),
                             log_line(story.server, transaction)), set()).add(kind)
    assert len(seen) == 1, seen
    answer = next(iter(seen))
    assert answer[:2] == (FAILURE, BAD_MESSAGE_CHECK) and "code=bad_signature" in answer[4]
    assert query(story.server, "SELECT count(*) FROM audit_events WHERE activity LIKE '%Leaf%'") == audit_before
    # The blocks above are what they say: the same way of making one gives a good one too.
    key = os.urandom(16)
    good = b"\x00\x02" + filler(237) + b"\x00" + key
    envelope = enveloped(csr, [story.client.ra], key=key, key_block=encrypted_as_it_is(good, story.client.ra))
    assert story.client.ask(device, PKCS_REQ, csr, envelope=envelope).status == SUCCESS


def test_messages_truncated_and_oversized(story):
    device = story.device()
    message = story.client.message(device, PKCS_REQ, device.csr(story.secret()))
    for length in [*range(0, 64), *range(64, len(message), 97), len(message) - 1]:
        assert story.client.post(message[:length]).status_code == 400, length
    assert story.client.post(message + b"\x00").status_code == 400
    assert story.client.post(b"\x30" + b"\x80" * 200000).status_code in (400, 413)
    assert story.client.post(b"\x30" * 1000000).status_code == 413
    assert story.client.post(b"M" * 200000).status_code in (400, 413)


# ---- approval ----

def test_approval(server):
    own = Story(server)
    device, secret = own.device("CN=waits"), own.secret(requiresApproval=True)
    first = own.client.enrol(device, secret, transaction="waits")
    assert first.status == PENDING and first.has_content and first.content == b"" and first.fail_info is None
    assert own.client.enrol(device, secret, transaction="waits").status == PENDING
    assert own.client.poll(device, "waits").status == PENDING
    assert own.count() == 0
    stranger = own.device("CN=stranger", OTHER_KEY)
    assert own.client.poll(stranger, "waits").refusal == (FAILURE, BAD_CERT_ID)
    own.decide("approve")
    certificate = own.client.poll(device, "waits").certificate
    assert own.client.enrol(device, secret, transaction="waits").certificate == certificate
    assert own.client.poll(device, "unknown").refusal == (FAILURE, BAD_CERT_ID)
    assert own.count() == 1


def test_rejection(server):
    own = Story(server)
    device, secret = own.device("CN=waits"), own.secret(requiresApproval=True)
    assert own.client.enrol(device, secret, transaction="rejected").status == PENDING
    own.decide("reject")
    assert own.client.poll(device, "rejected").refusal == (FAILURE, BAD_REQUEST)
    assert own.client.enrol(device, secret, transaction="rejected").refusal == (FAILURE, BAD_REQUEST)
    assert own.count() == 0


# ---- renewal ----

def test_renewal(early):
    dns = [x509.DNSName("r.example.org")]
    device = early.device("CN=renews")
    secret = early.secret(subjectName="CN=renews", subjectAlternativeNames=["dns:r.example.org"])
    device.certificate = early.client.enrol(device, secret, sans=dns).certificate
    successor = early.device("CN=renews", OTHER_KEY)
    reply = early.client.renew(device, successor, transaction="renewal", sans=dns)
    renewed = reply.certificate
    assert renewed.subject == device.certificate.subject
    assert renewed.public_key().public_numbers() == OTHER_KEY.public_key().public_numbers()
    assert renewed.serial_number != device.certificate.serial_number
    assert early.client.renew(device, successor, transaction="renewal", sans=dns).certificate == renewed
    for wishes in (dict(subject="CN=other"), dict(sans=[x509.DNSName("x.example.org")])):
        refused = early.client.renew(device, successor, **wishes)
        assert refused.refusal == (FAILURE, BAD_REQUEST), wishes


def test_who_may_not_renew(early):
    device, new = early.enrolled("CN=renews"), early.device("CN=renews", OTHER_KEY)
    self_signed = early.device("CN=renews", THIRD_KEY)
    assert early.client.renew(self_signed, new).refusal == (FAILURE, BAD_REQUEST)
    other = Story(early.server).enrolled("CN=renews")
    assert early.client.renew(other, new).refusal == (FAILURE, BAD_REQUEST)
    early.server.api("POST", f"{early.id}/revokeLeafCertificateBySerialNumber",
                     json={"certificateSerialNumber": f"{device.certificate.serial_number:X}"})
    assert early.client.renew(device, new).refusal == (FAILURE, BAD_REQUEST)


def test_renewal_too_early(story):
    device = story.enrolled("CN=early")
    reply = story.client.renew(device, story.device("CN=early", OTHER_KEY))
    assert reply.refusal == (FAILURE, BAD_REQUEST)


def test_a_signed_pkcs_req_needs_a_challenge_too(story):
    device = story.enrolled("CN=again")
    new = story.device("CN=again", OTHER_KEY)
    assert story.client.ask(device, PKCS_REQ, new.csr()).refusal == (FAILURE, BAD_REQUEST)
    assert story.client.ask(device, PKCS_REQ, new.csr(story.secret())).status == SUCCESS


# ---- GetCert, GetCRL ----

@pytest.mark.parametrize("kind", ["story", "rsa_story"])
def test_certificates_and_lists_are_given_to_holders(request, kind):
    own = request.getfixturevalue(kind)
    device, ca = own.enrolled("CN=reader"), own.client.ca
    serial = device.certificate.serial_number
    assert own.client.fetch_certificate(device, ca.subject, serial).certificate == device.certificate
    crl = own.client.fetch_crl(device, ca.subject, serial).crl
    assert crl.issuer == ca.subject and crl.is_signature_valid(ca.public_key())
    assert own.client.fetch_certificate(device, ca.subject, serial + 1).refusal == (FAILURE, BAD_CERT_ID)
    assert own.client.fetch_crl(device, ca.subject, serial + 1).refusal == (FAILURE, BAD_CERT_ID)
    assert own.client.fetch_certificate(device, ca.issuer, serial).refusal == (FAILURE, BAD_CERT_ID)
    stranger = own.device("CN=stranger")
    for ask in (own.client.fetch_certificate, own.client.fetch_crl):
        assert ask(stranger, ca.subject, serial).refusal == (FAILURE, BAD_REQUEST)


# ---- CAs that do not issue ----

def test_a_paused_ca_refuses_and_resumes(server):
    own = Story(server)
    secret = own.secret()
    for status, answer in (("paused", (FAILURE, BAD_REQUEST)), ("active", (SUCCESS, None))):
        reply = server.api("POST", f"{own.id}/changeCloudCertificationAuthorityStatus",
                           json={"certificationAuthorityStatus": status, "certificationAuthorityVersion": 1})
        assert reply.status_code == 200, reply.text
        assert own.client.enrol(own.device(), secret, transaction=status).refusal == answer


def test_secrets_stay_out_of_the_log(server):
    own = Story(server)
    secret = own.secret()
    own.client.enrol(own.device(), secret).certificate
    own.client.enrol(own.device(), "canary-" + secret)
    assert secret not in server.log() and "canary-" not in server.log()
    assert secret not in server.session.get(server.http_url + "/metrics").text
