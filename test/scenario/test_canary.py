"""Secrets that sing: none of what a caller, a device or the operator keeps secret is found in logs, audit rows, metrics,
errors, lists, or anywhere in the database; pki-rules §8."""
import collections
import glob
import hashlib
import os
import re
import sqlite3

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from conftest import CAS, run
from scep_client import FAILURE, SUCCESS, Client, Device
from test_routes import ROUTES, call

LEAF = "cloudCertificationAuthorityLeafCertificate"


def forms(secret):
    """A secret as text, octets and in hexadecimal, in either case."""
    plain = secret.encode()
    out = {plain, plain.hex().encode(), plain.hex().upper().encode()}
    if re.fullmatch(r"(?:[0-9a-fA-F]{2})+", secret):
        out |= {bytes.fromhex(secret), secret.lower().encode(), secret.upper().encode()}
    return out


class Story:
    """One life of a CA in which every kind of secret is used, rightly and wrongly, at the most talkative log level."""

    def __init__(self, server):
        self.server = server
        self.answers = []
        self.root, self.ca = server.create_hierarchy()
        self.client = Client(server.session, f"{server.http_url}/scep/{self.ca['id']}")
        self.master = open(os.path.join(server.data_dir, "master.key")).read().strip()
        self.key = rsa.generate_private_key(65537, 2048)
        once, many, fixed, waits = (self.challenge(**wishes)["challenge"] for wishes in (
            {}, {"uses": 3}, {"isStatic": True}, {"requiresApproval": True}))
        self.secrets = {"one-time challenge": once, "challenge": many, "static challenge": fixed,
                        "challenge to be approved": waits, "token": server.token(),
                        "signature of the token": server.token().split(".")[2], "master key": self.master}
        self.live(once, many, fixed, waits)
        self.ask_everything()

    def challenge(self, **wishes):
        return self.server.challenge(self.ca["id"], **wishes)

    def enrol(self, secret, **wishes):
        device = Device("CN=canary", self.key)
        return device, self.client.enrol(device, secret, **wishes)

    def live(self, once, many, fixed, waits):
        for secret in (once, many, fixed):
            device, reply = self.enrol(secret)
            assert reply.status == SUCCESS, reply.fail_text
        assert self.enrol(once, transaction="again")[1].status == FAILURE
        self.enrol(waits)
        for wrong in (many + "x", many.upper() + many, self.master):
            reply = self.enrol(wrong)[1]
            assert reply.status == FAILURE
            self.answers.append((reply.fail_text or "").encode())
        other = self.server.create_hierarchy()[1]
        stranger = Client(self.server.session, f"{self.server.http_url}/scep/{other['id']}")
        reply = stranger.enrol(Device("CN=canary", self.key), many)
        self.answers.append((reply.fail_text or "").encode())

    def ask_everything(self):
        """Secrets where they do not belong, and every route with and without them."""
        server, ca = self.server, self.ca["id"]
        many, token = self.secrets["challenge"], server.token()
        leaf = server.api("GET", f"{ca}/{LEAF}").json()["value"][0]["id"]
        for path in (f"/scep/{ca}?operation=PKIOperation&message={many}", f"/scep/{ca}?operation={many}",
                     f"/ocsp/{ca}?{many}", f"/?{many}", f"/beta/x?$filter={many}"):
            for base in (server.http_url, server.https_url):
                self.answers.append(server.session.get(base + path).content)
        server.api("GET", CAS, token=token[:-2])
        server.api("GET", f"{CAS}?$filter=colour eq 'x'")
        server.api("POST", CAS, data=('{"commonName": "' + many).encode(), headers={"Content-Type": "application/json"})
        ids = collections.defaultdict(lambda: "nobody", {"ca": ca, "version": f"{ca}_1", "leaf": leaf})
        for row in ROUTES:
            if row[1] == "GET" or row[3] == "READ":
                self.answers.append(call(server, row, ids).content)
        self.answers.append(server.session.get(server.http_url + "/metrics").content)
        self.answers.append(server.session.get(server.http_url + "/readyz").content)

    def database(self):
        """All rows as one text, binary columns in hexadecimal; and for SQLite the files as they are."""
        server = self.server
        if server.database.url:
            done = run("pg_dump", "--data-only", "--inserts", server.database.url, check=False)
            if done.returncode != 0:
                done = run("/usr/lib/postgresql/15/bin/pg_dump", "--data-only", "--inserts", server.database.url)
            return done.stdout.encode()
        text = run("sqlite3", os.path.join(server.data_dir, "cloudpki.db"), ".dump").stdout.encode()
        return text + b"".join(open(path, "rb").read() for path in glob.glob(server.data_dir + "/cloudpki.db*"))


@pytest.fixture(scope="module")
def story():
    from conftest import Server
    server = Server(settings=["server.log_level=debug"])
    yield Story(server)
    server.destroy()


KINDS = ["one-time challenge", "challenge", "static challenge", "challenge to be approved", "token",
         "signature of the token", "master key"]


@pytest.mark.parametrize("kind", KINDS)
def test_no_log_line_tells_a_secret(story, kind):
    log = story.server.log().encode()
    assert b"level=debug" in log or b"debug" in log
    for form in forms(story.secrets[kind]):
        assert form not in log


@pytest.mark.parametrize("kind", KINDS)
def test_no_answer_tells_a_secret(story, kind):
    assert len(story.answers) > 20
    for form in forms(story.secrets[kind]):
        for answer in story.answers:
            assert form not in answer, answer[:500]


@pytest.mark.parametrize("kind", KINDS)
def test_no_row_tells_a_secret(story, kind):
    rows = story.database()
    assert b"audit_events" in rows
    for form in forms(story.secrets[kind]):
        assert form not in rows
    assert hashlib.sha256(story.secrets[kind].encode()).hexdigest().encode() not in rows.lower()


def test_private_keys_stand_wrapped(story):
    """The wrapping hides even that it is PKCS#8: no algorithm identifier of a key is seen in a sealed column."""
    query = "SELECT private_sealed FROM keys"
    if story.server.database.url:
        sealed = [bytes.fromhex(line.removeprefix("\\x")) for line in
                  story.server.database.execute(query, story.server.database.url).split()]
    else:
        with sqlite3.connect(f"file:{story.server.data_dir}/cloudpki.db?mode=ro", uri=True) as db:
            sealed = [row[0] for row in db.execute(query)]
    assert len(sealed) > 4
    for one in sealed:
        for told in ("2a8648ce3d0201", "2a864886f70d010101", "2b81040022", "2a8648ce3d030107"):
            assert bytes.fromhex(told) not in one


def test_nobody_but_the_owner_reads_the_data_directory(story):
    where = story.server.data_dir
    for name in os.listdir(where):
        if name.startswith("cloudpki.db") or name in ("master.key", "tls.pem"):
            assert os.stat(os.path.join(where, name)).st_mode & 0o077 == 0, name


def test_a_core_holds_no_memory(story):
    process = f"/proc/{story.server.process.pid}"
    limit = next(line for line in open(process + "/limits") if line.startswith("Max core file size"))
    assert limit.split()[4:6] == ["0", "0"]
    assert int(open(process + "/coredump_filter").read(), 16) == 0
