"""Stock software asks for status: openssl, GnuTLS' ocsptool, nginx. clients.md "Status"."""
import os
import re
import shutil
import socket
import subprocess
import time
from base64 import b64encode
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509 import ocsp

from conftest import SERVER_AUTH, free_port, run


class Story:
    """A hierarchy, two leaves of which one is revoked, and the files that clients read."""

    def __init__(self, server, where, key_size, **wishes):
        self.server, self.where = server, str(where)
        self.root, self.ca = server.create_hierarchy(certificateKeySize=key_size, **wishes)
        self.good = server.enrol(self.ca["id"])
        self.bad = server.enrol(self.ca["id"])
        self.write("good.pem", self.good["pem"])
        self.write("bad.pem", self.bad["pem"])
        for name, ca in (("root", self.root), ("ca", self.ca)):
            der = server.fetch(ca["certificateDownloadUrl"])
            self.write(f"{name}.pem", run("openssl", "x509", "-inform", "DER", stdin=der).stdout.decode())
        reply = server.api("POST", f"{self.ca['id']}/revokeLeafCertificate",
                           json={"leafCertificateId": self.bad["id"]})
        assert reply.status_code == 200, reply.text

    def write(self, name, text):
        with open(os.path.join(self.where, name), "w") as out:
            out.write(text)

    def path(self, name):
        return os.path.join(self.where, name)

    def run(self, *words, check=True):
        return run(*words, check=check, cwd=self.where)

    def wait_for_lists(self):
        """Lists follow a revocation within seconds: others are waited for."""
        serial = int(self.bad["serialNumber"], 16)
        for _ in range(100):
            der = self.server.fetch(self.ca["certificateRevocationListUrl"])
            crl = x509.load_der_x509_crl(der)
            if crl.get_revoked_certificate_by_serial_number(serial):
                return crl
            time.sleep(0.1)
        raise AssertionError("the CRL does not list the revoked certificate")


@pytest.fixture(scope="module", params=["eCP256", "rsa2048"])
def story(request, server, tmp_path_factory):
    return Story(server, tmp_path_factory.mktemp("status"), request.param)


@pytest.mark.parametrize("digest", ["-sha1", "-sha256"])
def test_openssl_ocsp_tells_good_from_revoked(story, digest):
    url = story.ca["ocspResponderUri"]
    done = story.run("openssl", "ocsp", "-issuer", "ca.pem", digest, "-cert", "good.pem", "-cert", "bad.pem",
                     "-url", url, "-CAfile", "root.pem")
    assert "Response verify OK" in done.stderr
    assert "good.pem: good" in done.stdout
    assert "bad.pem: revoked" in done.stdout


def test_openssl_ocsp_of_the_issuing_ca_asks_the_root(story):
    done = story.run("openssl", "ocsp", "-issuer", "root.pem", "-cert", "ca.pem",
                     "-url", story.root["ocspResponderUri"], "-CAfile", "root.pem")
    assert "Response verify OK" in done.stderr and "ca.pem: good" in done.stdout


def test_openssl_ocsp_never_says_good_for_a_serial_we_did_not_issue(story):
    done = story.run("openssl", "ocsp", "-issuer", "ca.pem", "-serial", "0x4000000000000000000000000000ABCD",
                     "-url", story.ca["ocspResponderUri"], "-CAfile", "root.pem")
    assert ": unknown" in done.stdout


def test_openssl_ocsp_at_another_issuer_is_unauthorized(story, server):
    _, other = server.create_hierarchy()
    done = story.run("openssl", "ocsp", "-issuer", "ca.pem", "-cert", "good.pem", "-url",
                     other["ocspResponderUri"], "-CAfile", "root.pem", check=False)
    assert "unauthorized" in done.stdout + done.stderr


def kind_of_signer(story):
    """Who signed: the key of the certificate in the answer, or "ca" without one."""
    request = request_for(story, nonce=os.urandom(16))  # none that was signed before
    reply = story.server.session.post(story.ca["ocspResponderUri"], data=request)
    answer = ocsp.load_der_ocsp_response(reply.content)
    if answer.response_status != ocsp.OCSPResponseStatus.SUCCESSFUL:
        return answer.response_status
    if answer.certificates:
        return "rsa" if isinstance(answer.certificates[0].public_key(), rsa.RSAPublicKey) else "p256"
    ca = x509.load_pem_x509_certificate(open(story.path("ca.pem"), "rb").read())
    assert answer.responder_key_hash == x509.SubjectKeyIdentifier.from_public_key(ca.public_key()).digest
    assert answer.signature_hash_algorithm.name == "sha384"
    return "ca"


def check_status(story):
    url = story.ca["ocspResponderUri"]
    words = ["openssl", "ocsp", "-issuer", "ca.pem", "-cert", "good.pem", "-cert", "bad.pem", "-url", url]
    done = story.run(*words, "-CAfile", "root.pem")
    assert "Response verify OK" in done.stderr
    assert "good.pem: good" in done.stdout and "bad.pem: revoked" in done.stdout
    done = story.run("ocsptool", f"--ask={url}", "--load-issuer", "ca.pem", "--load-cert", "good.pem",
                     "--load-signer", "ca.pem", check=False)
    assert "Verifying OCSP Response: Success" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("key_size", ["eCP256", "rsa2048"])
def test_every_kind_of_responder_is_believed_and_replaces_the_one_before(new_server, tmp_path, key_size):
    own = Story(new_server(settings=["status.responder=ca"]), tmp_path, key_size,
                cloudCertificationAuthorityHashingAlgorithm="sha384")
    for kind in ("ca", "rsa", "p256", "ca"):
        own.server.settings = [f"status.responder={kind}"]
        own.server.restart()
        for _ in range(100):  # the timer makes the responder, right after the start
            if kind_of_signer(own) == kind:
                break
            time.sleep(0.1)
        assert kind_of_signer(own) == kind
        check_status(own)


@pytest.mark.parametrize("nonce", ["--nonce", "--no-nonce"])
def test_ocsptool_verifies_our_answers(story, nonce):
    words = ["ocsptool", f"--ask={story.ca['ocspResponderUri']}", "--load-issuer", "ca.pem",
             "--load-cert", "good.pem", "--load-trust", "root.pem"]
    done = story.run(*words, *(["--nonce"] if nonce == "--nonce" else []), check=False)
    assert "good" in done.stdout.lower(), done.stdout + done.stderr
    revoked = story.run(*[word if word != "good.pem" else "bad.pem" for word in words], check=False)
    assert "revoked" in revoked.stdout.lower(), revoked.stdout + revoked.stderr


def test_openssl_verify_follows_the_distribution_points(story):
    story.wait_for_lists()
    words = ["openssl", "verify", "-crl_check", "-crl_download", "-CAfile", "root.pem", "-untrusted", "ca.pem"]
    assert story.run(*words, "good.pem").stdout.strip() == "good.pem: OK"
    refused = story.run(*words, "bad.pem", check=False)
    assert refused.returncode != 0 and "certificate revoked" in refused.stdout + refused.stderr


def test_openssl_verify_checks_the_whole_chain_with_deltas(story):
    story.wait_for_lists()
    lists = ""
    for ca in (story.root, story.ca):
        for name in ("current", "delta"):
            der = story.server.fetch(ca["certificateRevocationListUrl"].replace("current", name))
            lists += run("openssl", "crl", "-inform", "DER", stdin=der).stdout.decode()
    story.write("lists.pem", lists)
    words = ["openssl", "verify", "-crl_check_all", "-extended_crl", "-use_deltas", "-CRLfile", "lists.pem",
             "-CAfile", "root.pem", "-untrusted", "ca.pem"]
    assert "good.pem: OK" in story.run(*words, "good.pem").stdout
    assert story.run(*words, "bad.pem", check=False).returncode != 0


def test_certtool_reads_the_list(story):
    story.wait_for_lists()
    der = story.server.fetch(story.ca["certificateRevocationListUrl"])
    shown = run("certtool", "--crl-info", "--inder", stdin=der).stdout.decode()
    assert story.bad["serialNumber"].lower() in shown.lower().replace(":", "")


def request_for(story, name="good.pem", nonce=None):
    certificate = x509.load_pem_x509_certificate(open(story.path(name), "rb").read())
    issuer = x509.load_pem_x509_certificate(open(story.path("ca.pem"), "rb").read())
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1())
    if nonce:
        builder = builder.add_extension(x509.OCSPNonce(nonce), False)
    return builder.build().public_bytes(serialization.Encoding.DER)


def variants(der):
    text = b64encode(der).decode()
    return {
        "percent": quote(text, safe=""),
        "percent in lower case": re.sub("%..", lambda m: m.group().lower(), quote(text, safe="")),
        "plain": text,
        "plus percent-encoded only": text.replace("+", "%2B"),
        "a slash too many before it": "/" + text,
    }


@pytest.mark.parametrize("name", list(variants(b"").keys()))
@pytest.mark.parametrize("version", ["HTTP/1.0", "HTTP/1.1"])
def test_ocsp_by_get_in_every_escape(story, name, version):
    path = f"/ocsp/{story.ca['id']}/{variants(request_for(story))[name]}"
    host = "Host: x\r\n" if version == "HTTP/1.1" else ""
    with socket.create_connection(("127.0.0.1", story.server.http_port), timeout=20) as client:
        client.sendall(f"GET {path} {version}\r\n{host}Connection: close\r\n\r\n".encode())
        reply = b"".join(iter(lambda: client.recv(65536), b""))
    head, _, body = reply.partition(b"\r\n\r\n")
    assert b" 200 " in head.split(b"\r\n")[0], head
    answer = ocsp.load_der_ocsp_response(body)
    assert answer.certificate_status == ocsp.OCSPCertStatus.GOOD


def test_ocsp_get_may_be_cached_and_asked_conditionally(story):
    url = f"{story.ca['ocspResponderUri']}/{quote(b64encode(request_for(story)).decode(), safe='')}"
    first = story.server.session.get(url)
    assert first.headers["Content-Type"] == "application/ocsp-response"
    assert re.search(r"max-age=\d+", first.headers["Cache-Control"])
    again = story.server.session.get(url, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304 and again.content == b""


def test_crl_may_be_asked_conditionally(story):
    url = story.ca["certificateRevocationListUrl"]
    first = story.server.session.get(url)
    again = story.server.session.get(url, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    head = story.server.session.head(url)
    assert head.status_code == 200 and int(head.headers["Content-Length"]) == len(first.content)


NGINX = """
worker_processes 1; daemon off; pid {where}/nginx.pid; error_log {where}/nginx.log info;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {where}/b; proxy_temp_path {where}/p; fastcgi_temp_path {where}/f;
    uwsgi_temp_path {where}/u; scgi_temp_path {where}/s;
    resolver 127.0.0.1:1;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {where}/chain.pem; ssl_certificate_key {where}/key.pem;
        ssl_stapling on; ssl_stapling_verify on; ssl_trusted_certificate {where}/trusted.pem;
        ssl_client_certificate {where}/root.pem; ssl_verify_client optional; ssl_verify_depth 4;
        ssl_ocsp on; ssl_ocsp_responder {responder};
        location / {{ return 200 "$ssl_client_verify\\n"; }}
    }}
}}
"""


def wait_for_port(port):
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("nginx does not listen")


@pytest.fixture
def nginx(story, server, tmp_path):
    web = server.enrol(story.ca["id"], extendedKeyUsages=[SERVER_AUTH])
    for name in ("root.pem", "ca.pem", "good.pem", "bad.pem"):
        shutil.copy(story.path(name), tmp_path)
    issuer, root = (tmp_path / "ca.pem").read_text(), (tmp_path / "root.pem").read_text()
    (tmp_path / "chain.pem").write_text(web["pem"] + issuer)
    (tmp_path / "trusted.pem").write_text(issuer + root)
    (tmp_path / "key.pem").write_text(web["key"])
    for name, leaf in (("good", story.good), ("bad", story.bad)):
        (tmp_path / f"{name}-key.pem").write_text(leaf["key"])
        (tmp_path / f"{name}-chain.pem").write_text(leaf["pem"] + issuer)
    port = free_port()
    (tmp_path / "nginx.conf").write_text(
        NGINX.format(where=tmp_path, port=port, responder=server.http_url + "/ocsp"))
    os.chmod(tmp_path, 0o777)
    process = subprocess.Popen(["nginx", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf"),
                                "-g", "user root;"], stderr=subprocess.PIPE)
    wait_for_port(port)
    yield port, tmp_path
    process.terminate()
    process.wait(timeout=20)


def test_nginx_staples_our_answer(story, nginx):
    port, where = nginx
    for _ in range(40):  # nginx fetches after the first handshake
        shown = run("openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-status", "-CAfile", "root.pem",
                    stdin="", cwd=where, check=False).stdout
        if "Cert Status: good" in shown:
            return
        time.sleep(0.25)
    raise AssertionError(shown + (where / "nginx.log").read_text())


def test_nginx_asks_us_about_client_certificates(story, nginx):
    port, where = nginx
    verdicts = {}
    for name in ("good", "bad"):
        done = run("curl", "-sS", "--cacert", "root.pem", "--resolve", f"localhost:{port}:127.0.0.1", "-k",
                   "--cert", f"{name}-chain.pem", "--key", f"{name}-key.pem", f"https://localhost:{port}/",
                   cwd=where, check=False)
        verdicts[name] = done.stdout.strip()
    assert verdicts["good"] == "SUCCESS", (where / "nginx.log").read_text()
    assert "SUCCESS" not in verdicts["bad"]
