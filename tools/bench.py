#!/usr/bin/env python3
"""./bench: starts servers built for speed and prints one table of figures with their ratios.

Every ratio compares two things measured in this run, on this machine, one right after the other;
where it matters they alternate and the medians count.
"""
import os
import re
import resource
import socket
import sqlite3
import statistics
import sys
import tempfile
import time

TEST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "test")
sys.path[:0] = [TEST, os.path.join(TEST, "bench")]
import lists  # noqa: E402
import sign  # noqa: E402
from conftest import free_port, run  # noqa: E402
from measure import PROGRAMS, ROUNDS, processor_seconds, program, row, rows, running, serving  # noqa: E402

from cryptography import x509  # noqa: E402
from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.x509 import ocsp  # noqa: E402
from base64 import b64encode  # noqa: E402
from urllib.parse import quote  # noqa: E402

SECONDS = 3


# ---- enrolments ----

def enrol():
    for key, name in (("rsa2048", "RSA-2048"), ("eCP256", "P-256")):
        with serving() as server:
            _, ca = server.create_hierarchy(certificateKeySize=key)
            challenge = server.challenge(ca["id"], uses=1000000, lifetimeInSeconds=86400)["challenge"]
            ours, costs, clients, floors, bares = [], [], [], [], []
            for _ in range(ROUNDS):
                before = processor_seconds(server.process)
                # Each client waits for its commit: with few of them the cores wait for the disk.
                done = program("scep_load", server.http_port, ca["id"], challenge, 8000, 256)
                costs.append((processor_seconds(server.process) - before) / done["enrolments"] * 1e6)
                clients.append(done["processor_seconds"] / done["enrolments"] * 1e6)
                ours.append(done["enrolments"] / done["seconds"])
                bare = program("floor", 2)
                floors.append(bare[key])
                bares.append(bare[f"{key}_us"])
            mine, floor = statistics.median(ours), statistics.median(floors)
            row(f"SCEP enrolments/s, stored, {name} CA", f"{mine:,.0f}", f"{floor:,.0f} bare cryptography",
                f"{mine / floor:.2f}", "≥ 0.9")
            # Stays true where other programs want the processors too.
            cost, bare = statistics.median(costs), statistics.median(bares)
            row(f"µs of processor time per enrolment, {name} CA", f"{cost:,.0f}",
                f"{bare:,.0f} bare cryptography; the load program's own {statistics.median(clients):.0f}",
                f"{bare / cost:.2f}", "")


# ---- OCSP ----

def wrk(url, script=None):
    words = ["wrk", "-t1", "-c32", f"-d{SECONDS}s", url]
    if script:
        words[1:1] = ["-s", script]
    shown = run(*words).stdout
    if "Non-2xx" in shown:
        raise SystemExit(f"{url}: {shown}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", shown).group(1))


NGINX = """worker_processes auto; daemon off; pid {where}/pid; error_log /dev/null;
events {{ worker_connections 1024; }}
http {{ access_log off; sendfile on; tcp_nopush on; open_file_cache max=100; keepalive_requests 100000000;
  client_body_temp_path {where}/b; proxy_temp_path {where}/p; fastcgi_temp_path {where}/f; uwsgi_temp_path {where}/u; scgi_temp_path {where}/s;
  server {{ listen 127.0.0.1:{port} reuseport; root {where}; default_type application/ocsp-response;
    add_header Cache-Control "public, max-age=60"; error_page 405 =200 $uri; }} }}
"""


def ocsp_rates():
    with serving() as server, tempfile.TemporaryDirectory() as where:
        _, ca = server.create_hierarchy()
        leaf = x509.load_pem_x509_certificate(server.enrol(ca["id"])["pem"].encode())
        issuer = x509.load_der_x509_certificate(server.fetch(ca["certificateDownloadUrl"]))
        der = ocsp.OCSPRequestBuilder().add_certificate(leaf, issuer, hashes.SHA1()).build() \
            .public_bytes(serialization.Encoding.DER)
        path = f"/ocsp/{ca['id']}/{quote(b64encode(der).decode(), safe='')}"
        answer = server.fetch(server.http_url + path)
        with open(f"{where}/answer", "wb") as out:
            out.write(answer)
        escaped = "".join(f"\\{octet:03d}" for octet in der)
        with open(f"{where}/post.lua", "w") as out:
            out.write(f'wrk.method = "POST"\nwrk.body = "{escaped}"\n'
                      'wrk.headers["Content-Type"] = "application/ocsp-request"\n')
        constant, nginx = free_port(), free_port()
        with open(f"{where}/nginx.conf", "w") as out:
            out.write(NGINX.format(where=where, port=nginx))
        os.chmod(where, 0o755)
        with running(f"{PROGRAMS}/constant", constant, f"{where}/answer", "application/ocsp-response", port=constant), \
                running("nginx", "-p", where, "-c", f"{where}/nginx.conf", "-g", "user root;", port=nginx):
            for method, script in (("GET", None), ("POST", f"{where}/post.lua")):
                targets = {
                    "ours": server.http_url + (path if method == "GET" else f"/ocsp/{ca['id']}"),
                    "constant": f"http://127.0.0.1:{constant}/x",
                    "nginx": f"http://127.0.0.1:{nginx}/answer",
                }
                rates = {name: [] for name in targets}
                for _ in range(ROUNDS):
                    for name, url in targets.items():
                        # nginx takes no POST for a file: its GET is the mark for both
                        rates[name].append(wrk(url, None if name == "nginx" else script))
                median = {name: statistics.median(values) for name, values in rates.items()}
                row(f"OCSP {method}/s from memory", f"{median['ours']:,.0f}",
                    f"{median['constant']:,.0f} constant octets, same HTTP library",
                    f"{median['ours'] / median['constant']:.2f}", "≥ 0.9")
                row(f"OCSP {method}/s from memory", f"{median['ours']:,.0f}",
                    f"{median['nginx']:,.0f} nginx, static file (GET)",
                    f"{median['ours'] / median['nginx']:.2f}", "≥ 0.9")


# ---- CRLs ----

def fill_revocations(path, ca_id, tenant_id, count):
    """Serials as ours are: 16 octets, the first 0x40-0x7F, in no order."""
    database = sqlite3.connect(path)
    now = int(time.time())

    def made():
        for i in range(count):
            mixed = ((i + 1) * 0x9E3779B97F4A7C15F39CC0605CEDC835) & ((1 << 128) - 1)
            serial = ((mixed & ((1 << 126) - 1)) | (1 << 126)).to_bytes(16, "big")
            yield (ca_id, serial, tenant_id, 1, "", i % 6, now, now + 365 * 86400)

    with database:
        database.execute("DELETE FROM revocations WHERE ca_id = ?", (ca_id,))
        database.executemany("INSERT OR IGNORE INTO revocations (ca_id, serial, tenant_id, version, certificate_id, "
                             "reason, revoked_at, not_after) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", made())
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def crl():
    with serving() as server:
        _, ca = server.create_hierarchy()
        server.stop()
        path = os.path.join(server.data_dir, "cloudpki.db")
        tenant_id = run("sqlite3", path, "SELECT id FROM tenants").stdout.strip()
        for count in (100000, 1000000):
            fill_revocations(path, ca["id"], tenant_id, count)
            done = [program("crl_load", f"sqlite:{path}", f"{server.data_dir}/master.key", ca["id"])
                    for _ in range(ROUNDS)]
            took = statistics.median(each["publish_s"] for each in done)
            floor = statistics.median(each["floor_s"] for each in done)
            memory = max(each["memory_mib"] for each in done)
            assert done[0]["entries"] == count, done
            row(f"CRL of {count:,} entries, seconds", f"{took:.2f}", f"{floor:.2f} rows + SHA-256 + signature",
                f"{took / floor:.2f}", "< 3")
            row(f"CRL of {count:,} entries, memory above the start", f"{memory:.0f} MiB", "", "", "< 32 MiB")


# ---- memory ----

def resident_mib(process):
    with open(f"/proc/{process.pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1)) / 1024


def memory():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 40000), hard))
    with serving() as server:
        idle = resident_mib(server.process)
        row("memory idle", f"{idle:.0f} MiB", "", "", "< 32 MiB")
        connections = []
        for _ in range(10000):
            connections.append(socket.create_connection(("127.0.0.1", server.http_port)))
        time.sleep(1)
        row("memory with 10,000 idle connections", f"{resident_mib(server.process):.0f} MiB", "", "", "")
        for connection in connections:
            connection.close()
        _, ca = server.create_hierarchy()
        challenge = server.challenge(ca["id"], uses=1000000, lifetimeInSeconds=86400)["challenge"]
        for _ in range(10):
            program("scep_load", server.http_port, ca["id"], challenge, 10000, 64)
        row("memory after 100,000 certificates", f"{resident_mib(server.process):.0f} MiB", "", "", "")


# ---- tokens ----

def tokens():
    done = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as directory:
            done.append(program("token_load", directory))
    seen, new, signature = (statistics.median(each[name] for each in done)
                            for name in ("seen_us", "new_us", "signature_us"))
    row("a token seen before", f"{seen:.2f} µs", "", "", "< 5 µs")
    row("a new token", f"{new:.0f} µs", f"{signature:.0f} µs its signature check", f"{new / signature:.2f}", "≤ 1.3")


BENCHES = {"enrol": enrol, "ocsp": ocsp_rates, "crl": crl, "memory": memory, "tokens": tokens,
           "lists": lists.bench, "sign": sign.bench}

wanted = sys.argv[1:] or list(BENCHES)
for name in wanted:
    if name not in BENCHES:
        sys.exit(f"bench: there is no {name}; known: {' '.join(BENCHES)}")
    print(f"== {name}", flush=True)
    BENCHES[name]()

print("\n| what | ours | limit or peer | ratio | aim |\n| --- | ---: | ---: | ---: | --- |")
for entry in rows:
    print("| " + " | ".join(entry) + " |")
