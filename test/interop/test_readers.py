"""What we write, others read without complaint: OpenSSL, Python's cryptography, GnuTLS' certtool."""
import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509 import ocsp
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from conftest import run

# certtool of GnuTLS 3.7 knows no secp256k1.
KEYS = ["eCP256", "eCP256k", "eCP384", "eCP521", "rsa2048"]


def utc(name, certificate):
    return getattr(certificate, name).replace(tzinfo=datetime.timezone.utc)


def extension(certificate, oid):
    return certificate.extensions.get_extension_for_oid(oid)


@pytest.fixture(scope="module", params=KEYS)
def family(request, server):
    root, ca = server.create_hierarchy(certificateKeySize=request.param)
    leaf = server.enrol(ca["id"])
    ders = {
        "root": server.fetch(root["certificateDownloadUrl"]),
        "ca": server.fetch(ca["certificateDownloadUrl"]),
        "crl": server.fetch(ca["certificateRevocationListUrl"]),
        "root crl": server.fetch(root["certificateRevocationListUrl"]),
        "delta": server.fetch(ca["certificateRevocationListUrl"].replace("current", "delta")),
        "leaf": run("openssl", "x509", "-outform", "DER", stdin=leaf["pem"].encode()).stdout,
    }
    chain = run("openssl", "pkcs7", "-inform", "DER", "-print_certs",
                stdin=server.session.get(f"{server.http_url}/scep/{ca['id']}?operation=GetCACert").content)
    pems = chain.stdout.decode().split("-----END CERTIFICATE-----")
    ders["ra"] = run("openssl", "x509", "-outform", "DER",
                     stdin=(pems[0] + "-----END CERTIFICATE-----\n").encode()).stdout
    certificates = {name: x509.load_der_x509_certificate(ders[name]) for name in ("root", "ca", "leaf", "ra")}
    request_der = ocsp.OCSPRequestBuilder().add_certificate(
        certificates["leaf"], certificates["ca"], hashes.SHA256()).build().public_bytes(serialization.Encoding.DER)
    answer = server.session.post(ca["ocspResponderUri"], data=request_der,
                                 headers={"Content-Type": "application/ocsp-request"}).content
    return {"key": request.param, "ders": ders, "certificates": certificates,
            "ocsp": ocsp.load_der_ocsp_response(answer), "root": root, "ca": ca}


def test_cryptography_reads_names_and_dates(family):
    for name, certificate in family["certificates"].items():
        assert certificate.version is x509.Version.v3, name
        assert certificate.serial_number.bit_length() <= 127 and certificate.serial_number >> 120 >= 0x40, name
        assert utc("not_valid_before", certificate) < utc("not_valid_after", certificate)
        assert certificate.issuer.rfc4514_string(), name


def test_s2_ca_profile(family):
    root, ca = family["certificates"]["root"], family["certificates"]["ca"]
    for certificate, path_length in ((root, 1), (ca, 0)):
        constraints = extension(certificate, ExtensionOID.BASIC_CONSTRAINTS)
        assert constraints.critical and constraints.value.ca and constraints.value.path_length == path_length
        usage = extension(certificate, ExtensionOID.KEY_USAGE)
        assert usage.critical and usage.value.key_cert_sign and usage.value.crl_sign
        assert usage.value.digital_signature and not usage.value.key_encipherment
        assert not extension(certificate, ExtensionOID.SUBJECT_KEY_IDENTIFIER).critical
    with pytest.raises(x509.ExtensionNotFound):
        extension(root, ExtensionOID.CRL_DISTRIBUTION_POINTS)
    assert extension(ca, ExtensionOID.CRL_DISTRIBUTION_POINTS) and extension(ca, ExtensionOID.AUTHORITY_INFORMATION_ACCESS)


def test_s2_leaf_profile(family):
    leaf, ca = family["certificates"]["leaf"], family["certificates"]["ca"]
    assert not extension(leaf, ExtensionOID.BASIC_CONSTRAINTS).value.ca
    assert list(extension(leaf, ExtensionOID.EXTENDED_KEY_USAGE).value) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert extension(leaf, ExtensionOID.AUTHORITY_KEY_IDENTIFIER).value.key_identifier == \
        extension(ca, ExtensionOID.SUBJECT_KEY_IDENTIFIER).value.digest
    assert utc("not_valid_after", leaf) <= utc("not_valid_after", ca)


def test_s2_ra_profile(family):
    ra = family["certificates"]["ra"]
    assert ra.public_key().key_size >= 2048
    usage = extension(ra, ExtensionOID.KEY_USAGE)
    assert usage.critical and usage.value.digital_signature and usage.value.key_encipherment
    assert not usage.value.key_cert_sign
    assert [oid.dotted_string for oid in extension(ra, ExtensionOID.EXTENDED_KEY_USAGE).value] == ["1.3.6.1.5.5.7.3.28"]


def test_s2_responder_profile(family):
    answer = family["ocsp"]
    assert answer.certificate_status == ocsp.OCSPCertStatus.GOOD
    responder = answer.certificates[0]
    assert list(extension(responder, ExtensionOID.EXTENDED_KEY_USAGE).value) == [ExtendedKeyUsageOID.OCSP_SIGNING]
    assert extension(responder, ExtensionOID.OCSP_NO_CHECK)
    with pytest.raises(x509.ExtensionNotFound):
        extension(responder, ExtensionOID.CRL_DISTRIBUTION_POINTS)
    family["certificates"]["ca"].public_key()
    lifetime = responder.not_valid_after - responder.not_valid_before
    assert lifetime <= datetime.timedelta(days=31)


def test_cryptography_reads_the_lists(family):
    for name, issuer in (("crl", "ca"), ("root crl", "root"), ("delta", "ca")):
        crl = x509.load_der_x509_crl(family["ders"][name])
        assert crl.is_signature_valid(family["certificates"][issuer].public_key()), name
        assert crl.issuer == family["certificates"][issuer].subject
        assert extension(crl, ExtensionOID.CRL_NUMBER).value.crl_number > 0
    with pytest.raises(x509.ExtensionNotFound):
        extension(x509.load_der_x509_crl(family["ders"]["crl"]), ExtensionOID.DELTA_CRL_INDICATOR)
    assert extension(x509.load_der_x509_crl(family["ders"]["delta"]), ExtensionOID.DELTA_CRL_INDICATOR).critical


def test_openssl_verifies_strictly(family, tmp_path):
    for name, der in family["ders"].items():
        if name in ("root", "ca", "leaf", "ra"):
            pem = run("openssl", "x509", "-inform", "DER", stdin=der).stdout
            (tmp_path / f"{name}.pem").write_bytes(pem)
    for name in ("leaf", "ra"):
        done = run("openssl", "verify", "-x509_strict", "-CAfile", "root.pem", "-untrusted", "ca.pem", f"{name}.pem",
                   cwd=tmp_path)
        assert "OK" in done.stdout


def test_certtool_has_nothing_to_say(family, tmp_path):
    if family["key"] == "eCP256k":
        pytest.skip("GnuTLS knows no secp256k1")
    for name in ("root", "ca", "leaf", "ra"):
        shown = run("certtool", "--certificate-info", "--inder", stdin=family["ders"][name])
        assert b"error" not in (shown.stdout + shown.stderr).lower()
    chain = b"".join(run("openssl", "x509", "-inform", "DER", stdin=family["ders"][name]).stdout
                     for name in ("leaf", "ca", "root"))
    (tmp_path / "chain.pem").write_bytes(chain)
    verdict = run("certtool", "--verify-chain", "--infile", "chain.pem", cwd=tmp_path, check=False)
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr


def test_s1_thumbprint_and_serial_are_those_of_the_certificate(family):
    for name, row in (("root", family["root"]), ("ca", family["ca"])):
        certificate = family["certificates"][name]
        assert row["thumbprint"] == certificate.fingerprint(hashes.SHA1()).hex().upper()
        assert int(row["serialNumber"], 16) == certificate.serial_number
