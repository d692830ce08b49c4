#!/usr/bin/env python3
"""Makes the objects of this folder anew with the openssl command; see README.md."""

import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).parent

CONFIG = """
[req]
distinguished_name = dn
prompt = no
[dn]
C = CH
ST = Zurich
L = Zurich
O = Acme GmbH
OU = Devices
CN = device-17
[ca]
basicConstraints = critical, CA:TRUE, pathlen:1
keyUsage = critical, digitalSignature, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[sub]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
nameConstraints = critical, permitted;DNS:example.org, excluded;email:example.net
certificatePolicies = 2.5.29.32.0
[leaf]
basicConstraints = CA:FALSE
keyUsage = digitalSignature, keyEncipherment
extendedKeyUsage = clientAuth, serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
crlDistributionPoints = URI:http://pki.example.org/ca.crl
authorityInfoAccess = OCSP;URI:http://pki.example.org/ocsp, caIssuers;URI:http://pki.example.org/ca.cer
noCheck = ignored
subjectAltName = @names
[names]
DNS.1 = d.example.org
DNS.2 = *.example.org
email.1 = someone@example.org
URI.1 = https://example.org/d
IP.1 = 192.0.2.1
IP.2 = 2001:db8::1
RID.1 = 1.2.3.4
otherName.1 = 1.3.6.1.4.1.311.20.2.3;UTF8:someone@example.org
dirName.1 = dn
[critical]
basicConstraints = CA:FALSE
1.2.3.4.5 = critical, DER:0500
[request]
distinguished_name = dn
prompt = no
attributes = challenge
req_extensions = wanted
[challenge]
challengePassword = correct horse
[wanted]
basicConstraints = CA:FALSE
keyUsage = digitalSignature, keyEncipherment
extendedKeyUsage = clientAuth, 1.3.6.1.4.1.311.20.2.2
subjectAltName = DNS:d.example.org, IP:192.0.2.1, otherName:1.3.6.1.4.1.311.20.2.3;UTF8:someone@example.org
[sid]
1.3.6.1.4.1.311.25.2 = DER:303ea03c060a2b060104018237190201a02e042c532d312d352d32312d313030343333363334382d313137373233383931352d3638323030333333302d353132
[sid_uri]
subjectAltName = @sid_names
[sid_names]
URI.1 = "tag:microsoft.com,2022-09-14:sid:S-1-5-21-1-2-3-1000"
[wants_ca]
basicConstraints = CA:TRUE
"""

KEYS = {
    "rsa1024": ["RSA", "rsa_keygen_bits:1024"],
    "rsa2048": ["RSA", "rsa_keygen_bits:2048"],
    "rsa3072": ["RSA", "rsa_keygen_bits:3072"],
    "rsa4096": ["RSA", "rsa_keygen_bits:4096"],
    "p256": ["EC", "ec_paramgen_curve:prime256v1"],
    "p256k": ["EC", "ec_paramgen_curve:secp256k1"],
    "p384": ["EC", "ec_paramgen_curve:secp384r1"],
    "p521": ["EC", "ec_paramgen_curve:secp521r1"],
    "explicit": ["EC", "ec_paramgen_curve:prime256v1", "ec_param_enc:explicit"],
    "ed25519": ["ED25519"],
}

# name: key, digest, further arguments of req -x509
CERTIFICATES = {
    "rsa2048": ("rsa2048", "sha256", []),
    "rsa3072": ("rsa3072", "sha384", []),
    "rsa4096": ("rsa4096", "sha512", []),
    "p256": ("p256", "sha256", []),
    "p256k": ("p256k", "sha256", []),
    "p384": ("p384", "sha384", []),
    "p521": ("p521", "sha512", []),
    "pss": ("rsa2048", "sha256", ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"]),
    "rsa1024": ("rsa1024", "sha256", []),
    "sha1": ("rsa2048", "sha1", []),
    "explicit": ("explicit", "sha256", []),
    "ed25519": ("ed25519", None, []),
}


def openssl(*arguments, stdin=None):
    return subprocess.run(["openssl", *map(str, arguments)], input=stdin, check=True,
                          capture_output=True).stdout


def key(name):
    return HERE / f"{name}.key.pem"


def make_keys():
    for name, (algorithm, *options) in KEYS.items():
        arguments = [a for option in options for a in ("-pkeyopt", option)]
        openssl("genpkey", "-algorithm", algorithm, *arguments, "-out", key(name))
        openssl("pkey", "-in", key(name), "-pubout", "-outform", "DER", "-out", HERE / f"{name}.spki")
    for form in ("compressed", "hybrid"):
        openssl("ec", "-in", key("p256"), "-pubout", "-conv_form", form, "-outform", "DER",
                "-out", HERE / f"p256-{form}.spki")


def digest_option(digest):
    return [f"-{digest}"] if digest else []


def make_certificates(config):
    for name, (key_name, digest, more) in CERTIFICATES.items():
        openssl("req", "-x509", "-new", "-config", config, "-extensions", "ca", "-key", key(key_name),
                *digest_option(digest), *more, "-days", 3650, "-outform", "DER", "-out", HERE / f"{name}.cer")


def issue(config, name, section, key_name, issuer, issuer_key, days=3650, more=()):
    request = openssl("req", "-new", "-config", config, "-key", key(key_name), "-subj",
                      f"/C=CH/O=Acme GmbH/CN={name}")
    openssl("x509", "-req", "-CA", HERE / issuer, "-CAform", "DER", "-CAkey", key(issuer_key), "-days", days,
            "-sha256", "-extfile", config, "-extensions", section, *more, "-outform", "DER",
            "-out", HERE / f"{name}.cer", stdin=request)


def make_requests(config):
    wanted = {
        "rsa2048": ("rsa2048", "sha256", []), "p256": ("p256", "sha256", []), "p256k": ("p256k", "sha256", []),
        "p384": ("p384", "sha384", []), "p521": ("p521", "sha512", []), "rsa1024": ("rsa1024", "sha256", []),
        "sha1": ("rsa2048", "sha1", []), "sid": ("p256", "sha256", ["-reqexts", "sid"]),
        "sid-uri": ("p256", "sha256", ["-reqexts", "sid_uri"]),
        "wants-ca": ("p256", "sha256", ["-reqexts", "wants_ca"]),
    }
    for name, (key_name, digest, more) in wanted.items():
        openssl("req", "-new", "-config", config, "-key", key(key_name), *digest_option(digest), *more,
                "-outform", "DER", "-out", HERE / f"{name}.csr")
    text = Path(config).read_text().replace("[req]", "[unused]").replace("[request]", "[req]")
    Path(config).write_text(text)
    openssl("req", "-new", "-config", config, "-key", key("rsa2048"), "-sha256", "-outform", "DER",
            "-out", HERE / "full.csr")
    openssl("req", "-new", "-config", config, "-key", key("rsa2048"), "-sha256", "-subj", "/", "-outform", "DER",
            "-out", HERE / "empty-subject.csr")


def length(n):
    if n < 0x80:
        return bytes([n])
    octets = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(octets)]) + octets


def tlv(tag, *content):
    content = b"".join(content)
    return bytes([tag]) + length(len(content)) + content


def elements(content):
    """The elements of a constructed content, whole."""
    while content:
        at, n = 2, content[1]
        if n & 0x80:
            at, n = 2 + (n & 0x7F), int.from_bytes(content[2:2 + (n & 0x7F)], "big")
        yield content[:at + n]
        content = content[at + n:]


def inside(element):
    at = 2 + (element[1] & 0x7F if element[1] & 0x80 else 0)
    return element[at:]


def signed(tbs, algorithm, key_name):
    with tempfile.NamedTemporaryFile() as file:
        file.write(tbs)
        file.flush()
        signature = openssl("dgst", "-sha256", "-sign", key(key_name), file.name)
    return tlv(0x30, tbs, algorithm, tlv(0x03, b"\0", signature))


def make_v1():
    """As certmonger signs its SCEP requests with: version 1, GeneralizedTime before 2050."""
    tbs, algorithm, _ = elements(inside((HERE / "rsa2048.cer").read_bytes()))
    _, serial, inner, issuer, _, subject, spki, _ = elements(inside(tbs))
    validity = tlv(0x30, tlv(0x18, b"20250101000000Z"), tlv(0x18, b"20260101000000Z"))
    v1 = tlv(0x30, serial, inner, issuer, validity, subject, spki)
    (HERE / "v1.cer").write_bytes(signed(v1, algorithm, "rsa2048"))


def make_microsoft():
    """full.csr with Microsoft's OID on the extension request, and its other attributes beside it."""
    info, algorithm, _ = elements(inside((HERE / "full.csr").read_bytes()))
    version, subject, spki, attributes = elements(inside(info))
    pkcs9 = bytes.fromhex("06092a864886f70d01090e")
    microsoft = bytes.fromhex("060a2b06010401823702010e")
    request = next(a for a in elements(inside(attributes)) if pkcs9 in a)
    values = list(elements(inside(request)))[1]
    os_version = tlv(0x30, bytes.fromhex("060a2b0601040182370d0203"),
                     tlv(0x31, tlv(0x16, b"10.0.19045.2")))
    attributes = tlv(0xA0, os_version, tlv(0x30, microsoft, values))
    csr = signed(tlv(0x30, version, subject, spki, attributes), algorithm, "rsa2048")
    (HERE / "microsoft.csr").write_bytes(csr)


def flip(name):
    der = bytearray((HERE / name).read_bytes())
    der[-20] ^= 1
    (HERE / f"flipped{Path(name).suffix}").write_bytes(der)


def main():
    with tempfile.NamedTemporaryFile("w", suffix=".cnf") as config:
        config.write(CONFIG)
        config.flush()
        make_keys()
        make_certificates(config.name)
        issue(config.name, "sub", "sub", "p384", "p256.cer", "p256")
        issue(config.name, "leaf", "leaf", "rsa2048", "p256.cer", "p256")
        issue(config.name, "late", "leaf", "rsa2048", "p256.cer", "p256", days=20000)
        issue(config.name, "critical", "critical", "p256", "p256.cer", "p256")
        make_requests(config.name)
    make_v1()
    make_microsoft()
    flip("rsa2048.cer")
    flip("rsa2048.csr")


if __name__ == "__main__":
    main()
