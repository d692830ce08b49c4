#!/usr/bin/env python3
"""Makes the OCSP requests and CRLs of this folder with OpenSSL 3; see README.md."""
import pathlib
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
X509 = HERE.parent / "x509"
CONFIG = """
[ca]
default_ca = ours
[ours]
database = {dir}/index.txt
crlnumber = {dir}/number
default_md = sha256
default_crl_days = 7
[complete]
authorityKeyIdentifier = keyid
freshestCRL = URI:http://localhost:8080/crl/x/v1/delta.crl
[delta]
authorityKeyIdentifier = keyid
2.5.29.27 = critical, ASN1:INTEGER:4096
[indirect]
issuingDistributionPoint = critical, @idp
[idp]
indirectCRL = TRUE
"""
REVOKED = [  # serial, reason
    ("4000000000000000000000000000000A", ""),
    ("5000000000000000000000000000000B", ",keyCompromise"),
    ("6000000000000000000000000000000C", ",superseded"),
]


def openssl(*args):
    subprocess.run(["openssl", *map(str, args)], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def pem(folder, name):
    out = folder / (name + ".pem")
    openssl("x509", "-inform", "der", "-in", X509 / (name + ".cer"), "-out", out)
    return out


def requests(folder):
    ca, leaf, late = (pem(folder, n) for n in ("p256", "leaf", "late"))
    sub = pem(folder, "sub")
    base = ["ocsp", "-issuer", ca]
    openssl(*base, "-no_nonce", "-cert", leaf, "-reqout", HERE / "sha1.ocsp")
    openssl(*base, "-no_nonce", "-sha256", "-cert", leaf, "-reqout", HERE / "sha256.ocsp")
    openssl(*base, "-no_nonce", "-sha384", "-cert", leaf, "-reqout", HERE / "sha384.ocsp")
    openssl(*base, "-cert", leaf, "-reqout", HERE / "nonce.ocsp")
    openssl(*base, "-cert", leaf, "-cert", late, "-cert", sub, "-reqout", HERE / "several.ocsp")
    openssl(*base, "-cert", leaf, "-signer", ca, "-signkey", X509 / "p256.key.pem", "-reqout",
            HERE / "signed.ocsp")


def lists(folder):
    config = folder / "config"
    config.write_text(CONFIG.format(dir=folder))
    ca = pem(folder, "p256")

    def make(name, revoked, extensions):
        (folder / "index.txt").write_text("".join(
            f"R\t491231235959Z\t250213101706Z{reason}\t{serial}\tunknown\t/CN=d\n"
            for serial, reason in revoked))
        (folder / "number").write_text("1001\n")
        openssl("ca", "-config", config, "-gencrl", "-cert", ca, "-keyfile",
                X509 / "p256.key.pem", "-crlexts", extensions, "-out", folder / "crl.pem")
        openssl("crl", "-in", folder / "crl.pem", "-outform", "der", "-out", HERE / name)

    make("empty.crl", [], "complete")
    make("complete.crl", REVOKED, "complete")
    make("delta.crl", REVOKED[1:], "delta")
    make("indirect.crl", REVOKED, "indirect")


with tempfile.TemporaryDirectory() as name:
    requests(pathlib.Path(name))
    lists(pathlib.Path(name))
