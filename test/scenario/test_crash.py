"""Nothing that a client received is lost: kill -9 at random while enrolling. CLOUDPKI_KILLS says how often."""
import concurrent.futures
import os
import random
import tempfile
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from conftest import run, scep_enrol
from consistency import damage, query

KILLS = int(os.environ.get("CLOUDPKI_KILLS", "3"))
CLIENTS = 4


def enrol_until_killed(server, ca_id, challenge, key, received):
    while True:
        with tempfile.TemporaryDirectory() as where:
            with open(os.path.join(where, "key.pem"), "w") as out:
                out.write(key)
            try:
                received.append(scep_enrol(server, ca_id, challenge, f"CN=d{random.random()}", where))
            except AssertionError:
                return


def ocsp_status(server, ca, issuer, pem):
    certificate = x509.load_pem_x509_certificate(pem.encode())
    der = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1()).build() \
        .public_bytes(serialization.Encoding.DER)
    reply = server.session.post(ca["ocspResponderUri"], data=der,
                                headers={"Content-Type": "application/ocsp-request"})
    return certificate.serial_number, ocsp.load_der_ocsp_response(reply.content).certificate_status


def test_no_certificate_is_lost_by_a_kill(new_server):
    server = new_server()
    _, ca = server.create_hierarchy()
    issuer = x509.load_der_x509_certificate(server.fetch(ca["certificateDownloadUrl"]))
    challenge = server.challenge(ca["id"], uses=1000000, lifetimeInSeconds=86400)["challenge"]
    keys = [run("pki", "--gen", "--type", "rsa", "--size", "2048", "--outform", "pem").stdout for _ in range(CLIENTS)]
    received = []
    for _ in range(KILLS):
        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            tasks = [pool.submit(enrol_until_killed, server, ca["id"], challenge, key, received) for key in keys]
            time.sleep(random.uniform(0.5, 3))
            server.kill()
            for task in tasks:
                task.result()
        server.start()
    assert received
    for pem in received:
        serial, status = ocsp_status(server, ca, issuer, pem)
        assert status == ocsp.OCSPCertStatus.GOOD
        reply = server.api("POST", f"{ca['id']}/searchCloudCertificationAuthorityLeafCertificateBySerialNumber",
                           json={"certificateSerialNumber": f"{serial:X}"})
        assert reply.status_code == 200, reply.text
    server.stop()
    assert damage(server) == []
    server.start()


def test_damage_is_found(new_server):
    """The checks above can fail: rows that go missing are noticed."""
    server = new_server()
    _, ca = server.create_hierarchy()
    server.enrol(ca["id"])
    server.stop()
    assert damage(server) == []
    for table, name in (("certificates", "an enrolment without its certificate"),
                        ("keys", "a version without its key"),
                        ("crl_chunks", "a current list without all its octets")):
        query(server, f"DELETE FROM {table}")
        assert any(line.startswith(name) for line in damage(server)), table
