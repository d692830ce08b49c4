"""Stock SCEP clients enrol and renew under RSA and EC CAs: strongSwan's pki, certmonger, scepclient."""
import hashlib
import os
import shutil
import subprocess
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from conftest import Server, run, scep_certificates, scep_enrol
from scep_client import Client

SCEP_SUBMIT = "/usr/lib/certmonger/scep-submit"

pytestmark = pytest.mark.skipif(not shutil.which("pki"), reason="strongswan-pki is not installed")


class Story:
    """A hierarchy and a directory for a client's files."""

    def __init__(self, server, where, **wishes):
        self.server, self.where = server, str(where)
        self.root, self.ca = server.create_hierarchy(**wishes)
        self.id = self.ca["id"]
        self.url = f"{server.http_url}/scep/{self.id}"

    def path(self, name):
        return os.path.join(self.where, name)

    def read(self, name):
        with open(self.path(name)) as file:
            return file.read()

    def write(self, name, text):
        with open(self.path(name), "w") as out:
            out.write(text)

    def secret(self, **wishes):
        return self.server.challenge(self.id, **wishes)["challenge"]

    def configure(self, **settings):
        reply = self.server.api("POST", f"{self.id}/cloudpki.configureScep", json=settings)
        assert reply.status_code == 200, reply.text

    def decide(self, action):
        for request in self.server.api("GET", f"{self.id}/cloudpki.pendingRequests").json()["value"]:
            self.server.api("POST", f"{self.id}/cloudpki.{action}", json={"enrolmentId": request["id"]})

    def check(self, pem, common_name):
        """The chain holds for openssl, the name is the one asked for."""
        certificate = x509.load_pem_x509_certificate(pem.encode())
        names = [one.value for one in certificate.subject if one.oid == x509.NameOID.COMMON_NAME]
        assert names == [common_name]
        for file, ca in (("root.pem", self.root), ("issuer.pem", self.ca)):
            der = self.server.fetch(ca["certificateDownloadUrl"])
            self.write(file, run("openssl", "x509", "-inform", "DER", stdin=der).stdout.decode())
        self.write("leaf.pem", pem)
        run("openssl", "verify", "-x509_strict", "-CAfile", self.path("root.pem"), "-untrusted",
            self.path("issuer.pem"), self.path("leaf.pem"))
        return certificate


@pytest.fixture(params=["eCP256", "rsa2048", "eCP384", "eCP521"])
def story(request, server, tmp_path):
    return Story(server, tmp_path, certificateKeySize=request.param)


@pytest.fixture(scope="module")
def early():
    running = Server(settings=["ca.early_renewal=1"])
    yield running
    running.destroy()


# ---- strongSwan 5.9.8 ----

def enrol(story, common_name, *extra, secret=None, **how):
    return scep_enrol(story.server, story.id, secret or story.secret(), f"C=CH, O=Acme, CN={common_name}",
                      story.where, extra=extra, **how)


def test_strongswan(story):
    pem = enrol(story, "swan", sans=["d.example.org"])
    certificate = story.check(pem, "swan")
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["d.example.org"]


@pytest.mark.parametrize("extra", [("--cipher", "des3"), ("--cipher", "aes"), ("--digest", "sha384"),
                                   ("--digest", "sha512"), ("--rsa-padding", "pss"),
                                   ("--cipher", "des3", "--digest", "sha512", "--rsa-padding", "pss")])
def test_strongswan_algorithms(server, tmp_path, extra):
    own = Story(server, tmp_path)
    own.check(enrol(own, "swan", *extra), "swan")


def test_strongswan_renews(early, tmp_path):
    own = Story(early, tmp_path)
    dn = "C=CH, O=Acme, CN=swan"
    own.write("old.pem", enrol(own, "swan"))
    os.rename(own.path("key.pem"), own.path("old-key.pem"))
    own.write("new-key.pem", run("pki", "--gen", "--type", "rsa", "--size", "2048", "--outform", "pem").stdout)
    ra, root, between = scep_certificates(early, own.id, own.where)
    words = [word for name in [root, *between] for word in ("--cacert", name)]
    renewed = run("pki", "--scep", "--url", own.url, "--in", "new-key.pem", "--dn", dn, "--cert", "old.pem",
                  "--key", "old-key.pem", "--cacert-enc", ra, "--cacert-sig", ra, *words, "--outform", "pem",
                  cwd=own.where).stdout
    certificate = own.check(renewed, "swan")
    assert certificate.serial_number != x509.load_pem_x509_certificate(own.read("old.pem").encode()).serial_number


def test_strongswan_waits_for_approval(server, tmp_path):
    own = Story(server, tmp_path)
    approve = threading.Timer(3, own.decide, ["approve"])
    approve.start()
    own.check(enrol(own, "swan", secret=own.secret(requiresApproval=True)), "swan")
    approve.join()


def test_strongswan_is_refused(server, tmp_path):
    own = Story(server, tmp_path)
    with pytest.raises(AssertionError, match="badRequest"):
        enrol(own, "swan", secret="wrong")


def test_strongswan_keys_enough_for_both_forms_of_serial(server, tmp_path):
    """Half of its self-signed serials need a leading zero: it writes them in two ways."""
    own = Story(server, tmp_path)
    secret = own.secret(uses=8)
    for i in range(8):
        own.check(enrol(own, f"swan{i}", secret=secret), f"swan{i}")
        os.unlink(own.path("key.pem"))


# ---- certmonger 0.79 ----

class Certmonger:
    """certmonger on a bus of its own; HOME is the story's directory."""

    def __init__(self, story):
        self.story = story
        self.lines = [f"getcert add-scep-ca -s -c cloudpki -u {story.url}"]

    def run(self, *lines):
        script = "\n".join(["mkdir -p .config/certmonger .cache", *self.lines, *lines])
        environment = dict(os.environ, HOME=self.story.where)
        done = subprocess.run(["dbus-run-session", "--", "sh", "-c", script], env=environment, timeout=120,
                              cwd=self.story.where, capture_output=True, text=True)
        return done.stdout + done.stderr

    def request(self, secret):
        where = self.story.where
        return (f'getcert request -s -c cloudpki -I one -k {where}/key.pem -f {where}/cert.pem '
                f'-N "CN=monger,O=Acme" -L {secret} -w -v')


needs_certmonger = pytest.mark.skipif(not os.path.exists(SCEP_SUBMIT), reason="certmonger is not installed")


@needs_certmonger
def test_certmonger_reads_capabilities_and_certificates(server, tmp_path):
    own = Story(server, tmp_path)
    capabilities = run(SCEP_SUBMIT, "-u", own.url, "-c").stdout.split()
    assert {"AES", "Renewal", "SHA-256", "POSTPKIOperation", "SCEPStandard"} <= set(capabilities)
    certificates = run(SCEP_SUBMIT, "-u", own.url, "-C").stdout
    assert certificates.count("BEGIN CERTIFICATE") == 3


@needs_certmonger
def test_certmonger(story):
    monger = Certmonger(story)
    said = monger.run(monger.request(story.secret()), "getcert list -s")
    assert "status: MONITORING" in said, said
    story.check(story.read("cert.pem"), "monger")


@needs_certmonger
def test_certmonger_renews_with_another_use_of_its_challenge(server, tmp_path):
    """It knows no RenewalReq: a new key goes out as PKCSReq, with the challenge it was given first."""
    own = Story(server, tmp_path)
    monger = Certmonger(own)
    keep = f"cp {own.where}/cert.pem {own.where}/first.pem"
    said = monger.run(monger.request(own.secret(uses=2)), keep, "getcert rekey -s -i one -w -v", "getcert list -s")
    assert "status: MONITORING" in said and "ca-error" not in said, said
    assert own.read("first.pem") != own.read("cert.pem")
    own.check(own.read("cert.pem"), "monger")


@needs_certmonger
def test_certmonger_is_refused(server, tmp_path):
    own = Story(server, tmp_path)
    monger = Certmonger(own)
    said = monger.run(monger.request("wrong"), "getcert list -s")
    assert "status: CA_REJECTED" in said and "not permitted" in said, said


@needs_certmonger
def test_certmonger_waits_for_approval(server, tmp_path):
    own = Story(server, tmp_path)
    monger = Certmonger(own)
    stop = threading.Event()

    def approve():
        while not stop.wait(0.5):
            own.decide("approve")

    thread = threading.Thread(target=approve)
    thread.start()
    request = monger.request(own.secret(requiresApproval=True)).replace(" -w -v", "")
    said = monger.run(request, "sleep 4", "getcert resubmit -s -i one -w -v", "getcert list -s")
    stop.set()
    thread.join()
    assert "status: MONITORING" in said, said
    own.check(own.read("cert.pem"), "monger")


# ---- scepclient 2.1 ----

class ScepClient:
    def __init__(self, story):
        self.story = story

    def run(self, secret, *extra):
        done = subprocess.run(
            ["scepclient", "-server-url", self.story.url, "-private-key", self.story.path("key.pem"), "-certificate",
             self.story.path("cert.pem"), "-challenge", secret, "-cn", "client", "-organization", "Acme",
             "-keySize", "2048", *extra], cwd=self.story.where, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout + done.stderr

    def certificate(self):
        return self.story.read("cert.pem")


needs_scepclient = pytest.mark.skipif(not shutil.which("scepclient"), reason="scep is not installed")


@needs_scepclient
def test_scepclient_enrols_and_renews_where_its_algorithms_are_allowed(early, tmp_path):
    own = Story(early, tmp_path, certificateKeySize="rsa2048")
    own.configure(allowSha1=True, allowSingleDes=True)
    # It encrypts to each certificate of GetCACert, so each must be RSA: an RSA root too.
    client = ScepClient(own)
    status, said = client.run(own.secret())
    assert status == 0, said
    first = client.certificate()
    own.check(first, "client")
    status, said = client.run("")
    assert status == 0, said
    assert client.certificate() != first
    own.check(client.certificate(), "client")


@needs_scepclient
def test_scepclient_is_told_bad_alg_otherwise(server, tmp_path):
    own = Story(server, tmp_path, certificateKeySize="rsa2048")
    status, said = ScepClient(own).run(own.secret())
    assert status != 0 and "badAlg" in said, said
    own.configure(allowSha1=True, allowSingleDes=False)
    status, said = ScepClient(own).run(own.secret())
    assert status != 0 and "badAlg" in said, said


@needs_scepclient
def test_scepclient_under_an_ec_ca(server, tmp_path):
    """Without a fingerprint it fails in itself on the first EC certificate; with that of the RA it works."""
    own = Story(server, tmp_path)
    own.configure(allowSha1=True, allowSingleDes=True)
    client = ScepClient(own)
    status, said = client.run(own.secret())
    assert status != 0 and "pkcs7.Encrypt" in said
    for name in ("key.pem", "csr.pem", "self.pem"):
        if os.path.exists(own.path(name)):
            os.unlink(own.path(name))
    ra = Client(server.session, own.url).ra.public_bytes(serialization.Encoding.DER)
    status, said = client.run(own.secret(), "-ca-fingerprint", hashlib.sha256(ra).hexdigest())
    assert status == 0, said
    own.check(client.certificate(), "client")
