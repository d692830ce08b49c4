"""A SCEP client for tests, RFC 8894, that can also misbehave: every part of a message may be given.

DER is written here, keys and ciphers are Python's cryptography.
"""
import base64
import datetime
import os
import uuid
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import AttributeOID, NameOID

SUCCESS, FAILURE, PENDING = "0", "2", "3"
BAD_ALG, BAD_MESSAGE_CHECK, BAD_REQUEST, BAD_TIME, BAD_CERT_ID = "0", "1", "2", "3", "4"
RENEWAL_REQ, PKCS_REQ, CERT_POLL, GET_CERT, GET_CRL = "17", "19", "20", "21", "22"

DATA, SIGNED_DATA, ENVELOPED_DATA = (f"1.2.840.113549.1.7.{n}" for n in (1, 2, 3))
CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
RSA = "1.2.840.113549.1.1.1"
MESSAGE_TYPE, PKI_STATUS, FAIL_INFO, SENDER_NONCE, RECIPIENT_NONCE, TRANSACTION_ID = (
    f"2.16.840.1.113733.1.9.{n}" for n in range(2, 8))
FAIL_INFO_TEXT = "1.3.6.1.5.5.7.24.1"
DIGESTS = {"sha1": ("1.3.14.3.2.26", hashes.SHA1), "sha256": ("2.16.840.1.101.3.4.2.1", hashes.SHA256),
           "sha384": ("2.16.840.1.101.3.4.2.2", hashes.SHA384),
           "sha512": ("2.16.840.1.101.3.4.2.3", hashes.SHA512)}
CIPHERS = {"aes128": ("2.16.840.1.101.3.4.1.2", algorithms.AES, 16),
           "aes192": ("2.16.840.1.101.3.4.1.22", algorithms.AES, 24),
           "aes256": ("2.16.840.1.101.3.4.1.42", algorithms.AES, 32),
           "des3": ("1.2.840.113549.3.7", algorithms.TripleDES, 24)}


# ---- DER ----

def der(tag, *parts):
    content = b"".join(parts)
    if len(content) < 128:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def sequence(*parts):
    return der(0x30, *parts)


def integer(value):
    return der(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def octets(value):
    return der(0x04, value)


def printable(text):
    return der(0x13, text.encode())


def oid(dotted):
    first, second, *rest = map(int, dotted.split("."))
    out = b""
    for arc in [first * 40 + second, *rest]:
        part = bytes([arc & 0x7f])
        while arc := arc >> 7:
            part = bytes([0x80 | arc & 0x7f]) + part
        out += part
    return der(0x06, out)


def algorithm(dotted, parameters=b"\x05\x00"):
    return sequence(oid(dotted), parameters)


def elements(content):
    """The elements end to end in content: (tag, content, whole)."""
    out = []
    while content:
        tag, length, header = content[0], content[1], 2
        if length & 0x80:
            header += length & 0x7f
            length = int.from_bytes(content[2:header], "big")
        out.append((tag, content[header:header + length], content[:header + length]))
        content = content[header + length:]
    return out


def inside(content, *path):
    """The content of the element found by walking indexes down from the first one."""
    for index in path:
        content = elements(content)[index][1]
    return content


# ---- CMS ----

def digest_of(name, data):
    digest = hashes.Hash(DIGESTS[name][1]())
    digest.update(data)
    return digest.finalize()


def issuer_and_serial(certificate):
    return sequence(certificate.issuer.public_bytes(), integer(certificate.serial_number))


def attribute(dotted, *values):
    return sequence(oid(dotted), der(0x31, *values))


def enveloped(content, recipients, cipher="aes128", key_block=None, key=None):
    name, cipher_class, key_length = CIPHERS[cipher]
    block = cipher_class.block_size // 8
    key, iv = key or os.urandom(key_length), os.urandom(block)
    pad = block - len(content) % block
    encryptor = Cipher(cipher_class(key), modes.CBC(iv)).encryptor()
    encrypted = encryptor.update(content + bytes([pad]) * pad) + encryptor.finalize()
    infos = [sequence(integer(0), issuer_and_serial(recipient), algorithm(RSA),
                      octets(key_block or recipient.public_key().encrypt(key, padding.PKCS1v15())))
             for recipient in recipients]
    return sequence(oid(ENVELOPED_DATA), der(0xa0, sequence(
        integer(0), der(0x31, *infos),
        sequence(oid(DATA), algorithm(name, octets(iv)), der(0x80, encrypted)))))


def signed(content, attributes, certificate, key, digest="sha256", signers=1, digests=1):
    attributes = sorted([attribute(CONTENT_TYPE, oid(DATA)),
                         attribute(MESSAGE_DIGEST, octets(digest_of(digest, content))), *attributes])
    to_sign = der(0x31, *attributes)
    chosen = DIGESTS[digest][1]()
    is_rsa = isinstance(key, rsa.RSAPrivateKey)
    signature = key.sign(to_sign, padding.PKCS1v15(), chosen) if is_rsa else key.sign(to_sign, ec.ECDSA(chosen))
    how = algorithm(RSA) if is_rsa else algorithm("1.2.840.10045.4.3.2", b"")
    info = sequence(integer(1), issuer_and_serial(certificate), algorithm(DIGESTS[digest][0]),
                    der(0xa0, *attributes), how, octets(signature))
    return sequence(oid(SIGNED_DATA), der(0xa0, sequence(
        integer(1), der(0x31, *[algorithm(DIGESTS[digest][0])] * digests),
        sequence(oid(DATA), der(0xa0, octets(content))),
        der(0xa0, certificate.public_bytes(serialization.Encoding.DER)),
        der(0x31, *[info] * signers))))


def decrypt(content, key):
    body = inside(content, 0, 1, 0)
    recipient = elements(inside(body, 1))[0][1]
    secret = key.decrypt(elements(recipient)[3][1], padding.PKCS1v15())
    info = elements(elements(body)[2][1])
    name, iv = elements(info[1][1])[0][2], elements(info[1][1])[1][1]
    cipher_class = next(row[1] for row in CIPHERS.values() if oid(row[0]) == name)
    decryptor = Cipher(cipher_class(secret), modes.CBC(iv)).decryptor()
    plain = decryptor.update(info[2][1]) + decryptor.finalize()
    return plain[:-plain[-1]]


# ---- SCEP ----

class Reply:
    """A CertRep, its signature checked; content is decrypted when there is some."""

    def __init__(self, body, key):
        self.body = body
        data = inside(body, 0, 1, 0)
        parts = elements(data)
        self.has_content = len(elements(parts[2][1])) == 2
        self.content = inside(parts[2][1], 1, 0) if self.has_content else b""
        self.signer = x509.load_der_x509_certificate(elements(parts[3][1])[0][2])
        info = elements(elements(parts[-1][1])[0][1])
        digest = next(row[1] for row in DIGESTS.values() if oid(row[0]) == elements(info[2][1])[0][2])
        self.digest = digest.name
        attributes = info[3][1]
        self.signer.public_key().verify(info[5][1], der(0x31, attributes), padding.PKCS1v15(), digest())
        self.attributes = {elements(one)[0][2]: inside(one, 1, 0) for _, one, _ in elements(attributes)}
        assert self.get(MESSAGE_TYPE) == b"3"
        self.status = self.text(PKI_STATUS)
        self.fail_info = self.text(FAIL_INFO)
        self.fail_text = self.text(FAIL_INFO_TEXT)
        self.transaction = self.text(TRANSACTION_ID)
        self.recipient_nonce = self.get(RECIPIENT_NONCE)
        self.sender_nonce = self.get(SENDER_NONCE)
        self.plain = decrypt(self.content, key) if self.content else b""

    def get(self, dotted):
        return self.attributes.get(oid(dotted))

    def text(self, dotted):
        value = self.get(dotted)
        return None if value is None else value.decode()

    @property
    def certificates(self):
        return pkcs7.load_der_pkcs7_certificates(self.plain)

    @property
    def certificate(self):
        assert self.status == SUCCESS, (self.status, self.fail_info, self.fail_text)
        return self.certificates[0]

    @property
    def crl(self):
        found = elements(inside(self.plain, 0, 1, 0))
        return x509.load_der_x509_crl(next(content for tag, content, _ in found if tag == 0xa1))

    @property
    def refusal(self):
        return (self.status, self.fail_info)


def name(text):
    known = {"CN": NameOID.COMMON_NAME, "O": NameOID.ORGANIZATION_NAME, "C": NameOID.COUNTRY_NAME,
             "OU": NameOID.ORGANIZATIONAL_UNIT_NAME}
    pairs = [pair.strip().split("=", 1) for pair in text.split(",") if pair]
    return x509.Name([x509.NameAttribute(known[kind], value) for kind, value in pairs])


class Device:
    """A key and, until it has a better one, a self-signed certificate."""

    def __init__(self, subject="CN=device", key=None, bits=2048):
        self.key = key or rsa.generate_private_key(65537, bits)
        self.subject = name(subject)
        now = datetime.datetime.utcnow()
        self.certificate = (
            x509.CertificateBuilder().subject_name(self.subject).issuer_name(self.subject)
            .public_key(self.key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=30)).sign(self.key, hashes.SHA256()))

    def csr(self, challenge=None, subject=None, sans=(), extensions=(), digest=hashes.SHA256, key=None,
            signing_key=None):
        builder = x509.CertificateSigningRequestBuilder().subject_name(name(subject) if subject is not None
                                                                       else self.subject)
        if sans:
            builder = builder.add_extension(x509.SubjectAlternativeName(list(sans)), critical=False)
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        if challenge is not None:
            builder = builder.add_attribute(AttributeOID.CHALLENGE_PASSWORD, challenge.encode())
        request = builder.sign(key or self.key, digest()).public_bytes(serialization.Encoding.DER)
        if not signing_key:
            return request
        info, how, _ = (whole for _, _, whole in elements(elements(request)[0][1]))
        signature = signing_key.sign(info, padding.PKCS1v15(), digest())
        return sequence(info, how, der(0x03, b"\x00", signature))


class Client:
    def __init__(self, session, url):
        self.session, self.url = session, url
        chain = self.get("GetCACert")
        assert chain.headers["Content-Type"] == "application/x-x509-ca-ra-cert", chain.text
        self.chain = pkcs7.load_der_pkcs7_certificates(chain.content)
        self.ra, self.ca = self.chain[0], self.chain[1]

    def get(self, operation, **more):
        query = "&".join(f"{key}={value}" for key, value in dict(operation=operation, **more).items())
        return self.session.get(f"{self.url}?{query}", timeout=60)

    def message(self, device, kind, content, *, transaction=None, nonce=b"0123456789abcdef", attributes=None,
                recipients=None, cipher="aes128", digest="sha256", key_block=None, envelope=None, signers=1,
                digests=1):
        if attributes is None:
            attributes = [attribute(MESSAGE_TYPE, printable(kind)),
                          attribute(TRANSACTION_ID, printable(transaction or uuid.uuid4().hex)),
                          attribute(SENDER_NONCE, octets(nonce))]
        if envelope is None:
            envelope = enveloped(content, recipients if recipients is not None else [self.ra], cipher, key_block)
        return signed(envelope, attributes, device.certificate, device.key, digest, signers, digests)

    def post(self, message):
        return self.session.post(f"{self.url}?operation=PKIOperation", data=message, timeout=60,
                                 headers={"Content-Type": "application/x-pki-message"})

    def get_message(self, message):
        return self.get("PKIOperation", message=quote(base64.b64encode(message), safe=""))

    @staticmethod
    def read(device, reply):
        assert reply.status_code == 200, f"{reply.status_code} {reply.text}"
        assert reply.headers["Content-Type"] == "application/x-pki-message"
        return Reply(reply.content, device.key)

    def ask(self, device, kind, content, **how):
        return self.read(device, self.post(self.message(device, kind, content, **how)))

    def enrol(self, device, challenge, *, transaction=None, **wishes):
        return self.ask(device, PKCS_REQ, device.csr(challenge, **wishes), transaction=transaction)

    def renew(self, device, new_device, *, transaction=None, **wishes):
        return self.ask(device, RENEWAL_REQ, new_device.csr(**wishes), transaction=transaction)

    def poll(self, device, transaction):
        return self.ask(device, CERT_POLL, sequence(self.ca.subject.public_bytes(), device.subject.public_bytes()),
                        transaction=transaction)

    def fetch_certificate(self, device, issuer, serial):
        return self.ask(device, GET_CERT, sequence(issuer.public_bytes(), integer(serial)))

    def fetch_crl(self, device, issuer, serial):
        return self.ask(device, GET_CRL, sequence(issuer.public_bytes(), integer(serial)))
