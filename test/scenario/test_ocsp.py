"""OCSP over the wire when what comes is no question, or not one for us; pki-rules §6."""
import os
from base64 import b64encode
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from scep_client import algorithm, der, integer, octets, oid, sequence

GOOD, MALFORMED, UNAUTHORIZED = (ocsp.OCSPResponseStatus.SUCCESSFUL, ocsp.OCSPResponseStatus.MALFORMED_REQUEST,
                                 ocsp.OCSPResponseStatus.UNAUTHORIZED)
SHA1 = "1.3.14.3.2.26"
NONCE = "1.3.6.1.5.5.7.48.1.2"


class Story:
    def __init__(self, server):
        self.server = server
        self.root, self.ca = server.create_hierarchy()
        self.leaf = x509.load_pem_x509_certificate(server.enrol(self.ca["id"])["pem"].encode())
        self.issuer = x509.load_der_x509_certificate(server.fetch(self.ca["certificateDownloadUrl"]))
        self.url = self.ca["ocspResponderUri"]
        asked = ocsp.OCSPRequestBuilder().add_certificate(self.leaf, self.issuer, hashes.SHA1()).build()
        self.good = asked.public_bytes(serialization.Encoding.DER)
        self.name_hash, self.key_hash = asked.issuer_name_hash, asked.issuer_key_hash

    def cert_id(self, serial, name_hash=None, key_hash=None):
        return sequence(algorithm(SHA1), octets(name_hash or self.name_hash), octets(key_hash or self.key_hash),
                        integer(serial))

    def request(self, *cert_ids, nonce=None):
        parts = [sequence(*[sequence(one) for one in cert_ids])]
        if nonce is not None:
            parts.append(der(0xa2, sequence(sequence(oid(NONCE), octets(octets(nonce))))))
        return sequence(sequence(*parts))

    def post(self, body, url=None):
        return self.server.session.post(url or self.url, data=body, timeout=60,
                                        headers={"Content-Type": "application/ocsp-request"})

    def status(self, body, url=None):
        reply = self.post(body, url)
        assert reply.status_code == 200, f"{reply.status_code} {reply.text}"
        assert reply.headers["Content-Type"] == "application/ocsp-response"
        return ocsp.load_der_ocsp_response(reply.content).response_status

    def is_well(self):
        return self.status(self.good) == GOOD


@pytest.fixture(scope="module")
def story(server):
    return Story(server)


def test_s6_what_is_no_request_is_malformed(story):
    one = story.cert_id(story.leaf.serial_number)
    cut = [story.good[:length] for length in range(0, len(story.good), 3)]
    cases = [b"", b"\x30\x00", b"\x30\x80\x00\x00", story.good + b"\x00", os.urandom(200), b"{}", *cut,
             story.request(), story.request(*[one] * 33), story.request(one, nonce=b""),
             story.request(one, nonce=b"x" * 129), sequence(sequence(integer(1), sequence(sequence(one)))),
             story.request(sequence(algorithm(SHA1), octets(story.name_hash), octets(story.key_hash)))]
    for case in cases:
        assert story.status(case) == MALFORMED, case[:80].hex()
    for nonce in (b"x", b"x" * 128):
        assert story.status(story.request(one, nonce=nonce)) == GOOD
    assert story.status(story.request(*[one] * 32)) == GOOD


def test_s6_whose_issuer_is_not_ours_is_unauthorized(story):
    one = story.cert_id(story.leaf.serial_number)
    foreign = story.cert_id(story.leaf.serial_number, key_hash=b"x" * 20)
    for request in (story.request(foreign), story.request(story.cert_id(1, name_hash=b"x" * 20)),
                    story.request(story.cert_id(1, name_hash=b"x" * 64)), story.request(foreign, foreign)):
        assert story.status(request) == UNAUTHORIZED
    assert story.status(story.good, f"{story.server.http_url}/ocsp/00000000-0000-4000-8000-000000000000") == UNAUTHORIZED
    assert story.status(story.good, story.root["ocspResponderUri"]) == UNAUTHORIZED
    assert story.status(story.request(foreign, one)) == GOOD  # some ours: the others are unknown
    assert story.status(story.good, f"{story.server.http_url}/ocsp") == GOOD


def test_s6_a_serial_that_we_did_not_issue_is_unknown(story):
    for serial in (0, 1, 2**127 - 1, story.leaf.serial_number + 1, 2**159 - 1):
        reply = story.post(story.request(story.cert_id(serial)))
        answer = ocsp.load_der_ocsp_response(reply.content)
        assert answer.certificate_status == ocsp.OCSPCertStatus.UNKNOWN, serial


def test_a_megabyte_is_not_read(story):
    one = story.cert_id(story.leaf.serial_number)
    for body in (story.request(*[one] * 13000), b"\x30" * (1 << 20), os.urandom(1 << 20)):
        try:
            assert story.post(body).status_code == 413
        except OSError:
            pass  # it may hang up before all is sent
    url = f"{story.url}/{quote(b64encode(story.request(*[one] * 1000)).decode(), safe='')}"
    assert story.server.session.get(url).status_code in (400, 413, 414, 431)
    assert story.is_well()


def test_what_get_cannot_be(story):
    text = b64encode(story.good).decode()
    for tail in ("", "!", "%00", text[:-3], quote(text, safe="") + "/x", "A" * 2000, "%2e%2e/%2e%2e"):
        reply = story.server.session.get(f"{story.url}/{tail}")
        if reply.status_code == 200:
            assert ocsp.load_der_ocsp_response(reply.content).response_status == MALFORMED, tail
        else:
            assert reply.status_code in (400, 404, 405), f"{tail}: {reply.status_code}"
    for method in ("PUT", "DELETE", "PATCH"):
        assert story.server.session.request(method, story.url, data=story.good).status_code == 405
    assert story.is_well()


@pytest.mark.parametrize("max_age", [0, 7])
def test_s6_how_long_caches_may_keep_it_is_a_setting(new_server, max_age):
    own = Story(new_server(settings=[f"status.max_age={max_age}"]))
    text = quote(b64encode(own.good).decode(), safe="")
    for url in (f"{own.url}/{text}", own.ca["certificateRevocationListUrl"],
                own.ca["certificateRevocationListUrl"].replace("current", "delta")):
        told = own.server.session.get(url).headers["Cache-Control"]
        assert f"max-age={max_age}" in told.replace(" ", "").split(","), told


def test_s8_metrics_tell_the_age_of_what_is_served(story):
    assert story.is_well()
    lines = story.server.session.get(story.server.http_url + "/metrics").text.splitlines()
    for name in ("cloudpki_crl_age_seconds", "cloudpki_ocsp_oldest_answer_age_seconds"):
        values = [float(line.split()[-1]) for line in lines if line.startswith(name)]
        assert values and 0 <= values[0] < 3600, name
