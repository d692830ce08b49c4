"""A running cloudpki for tests, and the steps that every story needs.

CLOUDPKI_BUILD names the build directory (build/check), TEST_POSTGRES a PostgreSQL server on which
each Server gets a database of its own; without it they run on SQLite.
"""
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid

import pytest
import requests

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(TOP, os.environ.get("CLOUDPKI_BUILD", "build/check"))
PROGRAM = os.path.join(BUILD, "cloudpki")
CAS = "/beta/deviceManagement/cloudCertificationAuthority"
CLIENT_AUTH = "1.3.6.1.5.5.7.3.2"
SERVER_AUTH = "1.3.6.1.5.5.7.3.1"

sys.path.append(os.path.join(TOP, "test/scenario"))  # whose steps test/interop takes too


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(*command, stdin=None, check=True, **options):
    """Runs a program and gives the finished process; output is text unless stdin is bytes."""
    is_text = not isinstance(stdin, bytes)
    done = subprocess.run([str(word) for word in command], input=stdin, capture_output=True,
                          text=is_text, timeout=120, **options)
    if check:
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done


NPM = os.path.join(TOP, "test/npm")


def node(script, given, environment=None, timeout=120):
    """What a script of test/npm says, in JSON, to what it is given in JSON."""
    done = subprocess.run(["node", os.path.join(NPM, script)], input=json.dumps(given), capture_output=True,
                          text=True, timeout=timeout, env=dict(os.environ, **(environment or {})))
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
    return json.loads(done.stdout)


@pytest.fixture(scope="session")
def npm():
    """The packages of test/npm's lock file, installed unless they are."""
    lock, installed = (os.path.join(NPM, name) for name in ("package-lock.json", "node_modules/.package-lock.json"))
    if not os.path.exists(installed) or os.path.getmtime(installed) < os.path.getmtime(lock):
        run("npm", "ci", "--ignore-scripts", cwd=NPM)
    return node


# What any test has asked the API in this run: the query behind the path, and whether it was taken.
QUERIES = {}


class Database:
    """A fresh database for one server: SQLite in its data directory, or one of PostgreSQL's."""

    def __init__(self):
        self.base = os.environ.get("TEST_POSTGRES")
        self.url = None
        if self.base:
            self.name = "t" + uuid.uuid4().hex[:16]
            self.execute(f'CREATE DATABASE "{self.name}"', self.base)
            path, _, query = self.base.partition("?")
            scheme, _, rest = path.partition("://")
            host = rest.split("/")[0]
            self.url = f"{scheme}://{host}/{self.name}" + (f"?{query}" if query else "")

    @staticmethod
    def execute(sql, url):
        return run("psql", "-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-c", sql, url).stdout

    def drop(self):
        if self.base:
            self.execute(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)', self.base)


class Server:
    def __init__(self, settings=(), **options):
        self.data_dir = tempfile.mkdtemp(prefix="cloudpki-")
        self.database = Database()
        self.https_port, self.http_port = free_port(), free_port()
        self.https_url = f"https://127.0.0.1:{self.https_port}"
        self.http_url = f"http://127.0.0.1:{self.http_port}"
        self.settings = list(settings)
        self.options = options
        self.process = None
        self.session = requests.Session()
        self.session.trust_env = False
        self._token = None
        self.start()

    # ---- the process ----

    def flags(self):
        flags = ["--data", self.data_dir, "--https", f"127.0.0.1:{self.https_port}"]
        if self.database.url:
            flags += ["--database", self.database.url]
        for setting in self.settings:
            flags += ["--set", setting]
        return flags

    def start(self):
        self.log_path = os.path.join(self.data_dir, "server.log")
        log = open(self.log_path, "a")
        self.process = subprocess.Popen(
            [PROGRAM, "serve", *self.flags(), "--http", f"127.0.0.1:{self.http_port}",
             "--public-url", self.http_url], stderr=log, stdout=log)
        for _ in range(600):
            if self.process.poll() is not None:
                raise AssertionError("the server ended: " + self.log())
            with contextlib.suppress(requests.ConnectionError):
                if self.session.get(self.http_url + "/readyz", timeout=5).status_code == 200:
                    break
            time.sleep(0.05)
        else:
            raise AssertionError("the server is not ready: " + self.log())
        self.session.verify = os.path.join(self.data_dir, "tls-root.pem")
        return self

    def stop(self, number=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(timeout=60)
        return self.process.returncode

    def kill(self):
        return self.stop(signal.SIGKILL)

    def restart(self):
        self.stop()
        return self.start()

    def log(self):
        with open(self.log_path, errors="replace") as log:
            return log.read()

    def destroy(self):
        status = self.stop()
        text = self.log()
        self.database.drop()
        shutil.rmtree(self.data_dir, ignore_errors=True)
        return status, text

    # ---- the tools ----

    def cli_process(self, *words, check=True):
        command = [PROGRAM, *words]
        if words[0] == "token":
            command += self.flags()
        environment = dict(os.environ, CLOUDPKI_URL=self.https_url, CLOUDPKI_TOKEN=self.token(),
                           CLOUDPKI_CA_FILE=self.session.verify) if words[0] != "token" else None
        return run(*command, check=check, env=environment)

    def cli(self, *words):
        """The JSON answer of a command."""
        return json.loads(self.cli_process(*words, "--json").stdout)

    def token(self, scopes=None, tenant=None, lifetime=None, subject=None, roles=()):
        is_usual = not (scopes or tenant or lifetime or subject or roles)
        if is_usual and self._token:
            return self._token
        words = ["token"]
        for scope in scopes or []:
            words += ["--scope", scope]
        for role in roles:
            words += ["--role", role]
        for name, value in (("tenant", tenant), ("lifetime", lifetime), ("subject", subject)):
            if value:
                words += [f"--{name}", value]
        token = self.cli_process(*words).stdout.strip()
        if is_usual:
            self._token = token
        return token

    # ---- the API ----

    def api(self, method, path, json=None, headers=None, token=None, **more):
        """A call; path is below the host, absolute, or below the CAs when it does not begin with /."""
        if path.startswith("http"):
            url = path
        elif path.startswith("/"):
            url = self.https_url + path
        else:
            url = f"{self.https_url}{CAS}/{path}"
        headers = dict(headers or {})
        if token is None:
            token = self.token()
        if token:
            headers.setdefault("Authorization", f"Bearer {token}")
        reply = self.session.request(method, url, json=json, headers=headers, timeout=120, **more)
        if "?" in reply.url:
            QUERIES[reply.url.partition("?")[2]] = reply.status_code < 400
        return reply

    def wanted_ca(self, **wishes):
        name = wishes.pop("commonName", None) or f"Test CA {uuid.uuid4().hex[:12]}"
        wanted = {
            "@odata.type": "#microsoft.graph.cloudCertificationAuthority",
            "displayName": name,
            "commonName": name,
            "cloudCertificationAuthorityType": "rootCertificationAuthority",
            "certificateKeySize": "eCP256",
            "cloudCertificationAuthorityHashingAlgorithm": "sha256",
            "validityPeriodInYears": 10,
            "extendedKeyUsages": [
                {"name": "Client authentication", "objectIdentifier": CLIENT_AUTH},
                {"name": "Server authentication", "objectIdentifier": SERVER_AUTH},
            ],
        }
        wanted.update(wishes)
        return {key: value for key, value in wanted.items() if value is not ...}

    def create_ca(self, **wishes):
        """A CA made through the API; a root unless issuer names one or makes it issuing."""
        issuer = wishes.pop("issuer", None)
        if issuer:
            wishes.setdefault("cloudCertificationAuthorityType", "issuingCertificationAuthority")
            wishes.setdefault("certificationAuthorityIssuerId", issuer)
            wishes.setdefault("validityPeriodInYears", 5)
        reply = self.api("POST", CAS, json=self.wanted_ca(**wishes))
        assert reply.status_code == 201, reply.text
        return reply.json()

    def create_hierarchy(self, **wishes):
        """A root and an issuing CA of the same kind of key."""
        key = {"certificateKeySize": wishes["certificateKeySize"]} if "certificateKeySize" in wishes else {}
        root = self.create_ca(**key)
        return root, self.create_ca(issuer=root["id"], **wishes)

    def challenge(self, ca_id, **wishes):
        """A challenge by cloudpki.createScepChallenge; allows any name unless it binds one."""
        if not {"subjectName", "subjectAlternativeNames"} & set(wishes):
            wishes.setdefault("allowAnyName", True)
        reply = self.api("POST", f"{ca_id}/cloudpki.createScepChallenge", json=wishes)
        assert reply.status_code in (200, 201), reply.text
        return reply.json()

    def enrol(self, ca_id, common_name=None, directory=None, **wishes):
        """A leaf through strongSwan's client; gives the API's row with "pem" and "key" added."""
        common_name = common_name or f"device-{uuid.uuid4().hex[:8]}"
        with contextlib.ExitStack() as stack:
            where = directory or stack.enter_context(tempfile.TemporaryDirectory())
            challenge = self.challenge(ca_id, **wishes)
            pem = scep_enrol(self, ca_id, challenge["challenge"], f"CN={common_name}", where)
            key = open(os.path.join(where, "key.pem")).read()
        serial = run("openssl", "x509", "-noout", "-serial", stdin=pem).stdout.strip().split("=")[1]
        reply = self.api("POST", f"{ca_id}/searchCloudCertificationAuthorityLeafCertificateBySerialNumber",
                         json={"certificateSerialNumber": serial})
        assert reply.status_code == 200, reply.text
        return dict(reply.json(), pem=pem, key=key)

    def change_rows(self, sql):
        """What no request can do: time passes for a row. Gives what the statement does."""
        if self.database.url:
            return self.database.execute(sql, self.database.url)
        return run("sqlite3", "-cmd", ".timeout 10000", os.path.join(self.data_dir, "cloudpki.db"), sql).stdout

    def fetch(self, url):
        reply = self.session.get(url, timeout=60)
        assert reply.status_code == 200, f"{url}: {reply.status_code} {reply.text}"
        return reply.content


def scep_certificates(server, ca_id, where):
    """GetCACert by strongSwan's client: paths of RA, root and the CAs between, issuing CA first."""
    url = f"{server.http_url}/scep/{ca_id}"
    run("pki", "--scepca", "--url", url, "--caout", "ca.pem", "--raout", "ra.pem", "--outform", "pem",
        "--force", cwd=where)
    found = sorted(name for name in os.listdir(where) if name.startswith("ca") and name.endswith(".pem"))
    return "ra.pem", "ca.pem", [name for name in found if name != "ca.pem"]


def scep_enrol(server, ca_id, challenge, dn, where, key_type="rsa", size=2048, sans=(), extra=()):
    """PKCSReq by strongSwan's client: the certificate in PEM; the key stays in where/key.pem."""
    ra, root, between = scep_certificates(server, ca_id, where)
    key = os.path.join(where, "key.pem")
    if not os.path.exists(key):
        with open(key, "w") as out:
            out.write(run("pki", "--gen", "--type", key_type, "--size", size, "--outform", "pem").stdout)
    words = ["pki", "--scep", "--url", f"{server.http_url}/scep/{ca_id}", "--in", "key.pem", "--dn", dn,
             "--password", challenge, "--cacert-enc", ra, "--cacert-sig", ra, "--cacert", root,
             "--interval", "1", "--maxpolltime", "20", "--outform", "pem"]
    for name in between:
        words += ["--cacert", name]
    for san in sans:
        words += ["--san", san]
    return run(*words, *extra, cwd=where).stdout


@pytest.fixture(scope="session")
def server():
    """One server for all stories that do not stop it."""
    running = Server(settings=["limits.cas=10000", "api.requests_per_minute=0"])
    yield running
    status, log = running.destroy()
    assert status == 0, f"the server ended with {status}: {log[-8000:]}"


@pytest.fixture
def new_server():
    """Servers of a test's own: new_server(settings=[…])."""
    made = []

    def make(**options):
        made.append(Server(**options))
        return made[-1]

    yield make
    for each in made:
        status, log = each.destroy()
        assert status in (0, -signal.SIGKILL), f"a server ended with {status}: {log[-8000:]}"


@pytest.fixture
def hierarchy(server):
    """A root and an issuing CA, P-256."""
    return server.create_hierarchy()
