"""Certificates signed over HTTPS, stored and durable, beside their floors and beside cfssl."""
import contextlib
import json
import os
import statistics
import tempfile
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from conftest import CAS, Database, free_port, run
from measure import ROUNDS, postgres_server, processor_seconds, program, request_octets, row, running, serving, \
    write_requests

COUNT, PEER_COUNT, CONNECTIONS, KEYS = 4000, 1000, 64, 64

# What cfssl's certdb writes to; its package ships no migrations.
PEER_TABLES = """
CREATE TABLE certificates (serial_number bytea NOT NULL, authority_key_identifier bytea NOT NULL, ca_label bytea,
    status bytea NOT NULL, reason int, expiry timestamptz, revoked_at timestamptz, pem bytea NOT NULL,
    PRIMARY KEY (serial_number, authority_key_identifier));
CREATE TABLE ocsp_responses (serial_number bytea NOT NULL, authority_key_identifier bytea NOT NULL, body bytea NOT NULL,
    expiry timestamptz, PRIMARY KEY (serial_number, authority_key_identifier),
    FOREIGN KEY (serial_number, authority_key_identifier) REFERENCES certificates);
"""


def make_csrs(count):
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(KEYS)]
    for i in range(count):
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"server-{i}.example.org")])
        csr = x509.CertificateSigningRequestBuilder().subject_name(name).sign(keys[i % KEYS], hashes.SHA256())
        yield csr.public_bytes(serialization.Encoding.PEM).decode()


def post(path, body, headers=None):
    given = dict(headers or {}, **{"Content-Type": "application/json"})
    return request_octets("POST", path, given, json.dumps(body).encode())


def load(port, path, process):
    """Certificates a second, and µs of processor time for each: the server's and the load program's."""
    before = processor_seconds(process)
    done = program("http_load", port, CONNECTIONS, 1, path, "tls")
    cost = (processor_seconds(process) - before) / done["requests"] * 1e6
    return done["requests"] / done["seconds"], cost, done["processor_seconds"] / done["requests"] * 1e6


def signatures():
    """P-256 signatures a second on every core."""
    shown = run("openssl", "speed", "-mr", "-seconds", "2", "-multi", os.cpu_count(), "ecdsap256").stdout
    line = next(each for each in shown.splitlines() if each.startswith("+F4:"))
    return float(line.split(":")[3])


def commits(url):
    done = program("commit_load", url, COUNT, CONNECTIONS)
    return done["commits"] / done["seconds"]


@contextlib.contextmanager
def store_of_its_own():
    """A database like the server's, on the same disk."""
    database = Database()
    try:
        with tempfile.TemporaryDirectory() as where:
            yield database.url or f"sqlite:{where}/store.db"
    finally:
        database.drop()


def measure(csrs):
    """Medians of the rate, the processor times, and the floors."""
    with serving(settings=["api.requests_per_minute=0"]) as server, tempfile.NamedTemporaryFile() as requests, \
            store_of_its_own() as store:
        _, ca = server.create_hierarchy()
        path = f"{CAS}/{ca['id']}/cloudpki.signCertificateRequest"
        headers = {"Authorization": "Bearer " + server.token()}
        write_requests(requests.name, [post(path, {"certificateSigningRequest": csr, "allowAnyName": True}, headers) for csr in csrs])
        rounds = []
        for _ in range(ROUNDS):
            rounds.append((*load(server.https_port, requests.name, server.process), signatures(), commits(store)))
    return [statistics.median(each) for each in zip(*rounds)]


def libpq_words(url):
    """As cfssl's driver reads them."""
    query = parse_qs(urlsplit(url).query)
    return f"host={query['host'][0]} user={query['user'][0]} dbname={urlsplit(url).path[1:]} sslmode=disable"


def peer(csrs):
    """cfssl serve over TLS with a P-256 CA and a database in the same PostgreSQL."""
    database = Database()
    Database.execute(PEER_TABLES, database.url)
    with tempfile.TemporaryDirectory() as where:
        def write(name, content):
            with open(f"{where}/{name}", "w") as out:
                out.write(content)
        asked = json.dumps({"CN": "Bench", "hosts": ["127.0.0.1"], "key": {"algo": "ecdsa", "size": 256}})
        made = json.loads(run("cfssl", "genkey", "-initca", "-", stdin=asked).stdout)
        write("ca.pem", made["cert"])
        write("ca-key.pem", made["key"])
        write("db.json", json.dumps({"driver": "postgres", "data_source": libpq_words(database.url)}))
        write("config.json", json.dumps({"signing": {"default": {
            "usages": ["digital signature", "client auth"], "expiry": "8760h"}}}))
        write_requests(f"{where}/requests",
                       [post("/api/v1/cfssl/sign", {"certificate_request": csr}) for csr in csrs[:PEER_COUNT]])
        port = free_port()
        with running("cfssl", "serve", "-address", "127.0.0.1", "-port", port, "-ca", f"{where}/ca.pem", "-ca-key",
                     f"{where}/ca-key.pem", "-config", f"{where}/config.json", "-db-config", f"{where}/db.json",
                     "-tls-cert", f"{where}/ca.pem", "-tls-key", f"{where}/ca-key.pem", "-loglevel", "5",
                     port=port) as process:
            rounds = [load(port, f"{where}/requests", process) for _ in range(ROUNDS)]
        stored = int(Database.execute("SELECT count(*) FROM certificates", database.url))
        assert stored == ROUNDS * PEER_COUNT, stored
    database.drop()
    return [statistics.median(each) for each in zip(*rounds)]


def report(database, measured):
    rate, cost, client, floor, committed = measured
    lower = min(floor, committed)
    row(f"certificates signed/s over HTTPS, {database}", f"{rate:,.0f}",
        f"{lower:,.0f}, the lower of {floor:,.0f} P-256 signatures and {committed:,.0f} commits in groups",
        f"{rate / lower:.2f}", "≥ 0.7")
    row(f"µs of processor time per certificate signed, {database}", f"{cost:,.0f}",
        f"the load program's own {client:,.0f}", "", "")


def bench():
    csrs = list(make_csrs(COUNT))
    report("SQLite", measure(csrs))
    with postgres_server():
        ours = measure(csrs)
        report("PostgreSQL", ours)
        rate, cost, _ = peer(csrs)
        row("certificates signed/s over HTTPS, PostgreSQL", f"{ours[0]:,.0f}", f"{rate:,.0f} cfssl serve",
            f"{ours[0] / rate:.1f}", "≥ 10")
        row("µs of processor time per certificate signed, PostgreSQL", f"{ours[1]:,.0f}", f"{cost:,.0f} cfssl serve",
            f"{cost / ours[1]:.1f}", "")
