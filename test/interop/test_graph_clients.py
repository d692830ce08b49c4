"""Published clients of Graph run every operation, and every reply is of its published type.

The stories are TypeScript (test/npm/graph), one per family of the API's description; each client
runs each of them against the server as it stands.
"""
import base64
import hashlib
import json
import os
import re
import shutil
import uuid

import pytest
from cryptography.hazmat.primitives import serialization

from conftest import NPM, Server, node, run
from test_cas import Outside
from test_pkis import data_file, files, make, p7b, wish as authority_wish  # noqa: F401 (a fixture)
from test_subscriptions import certificate, key_file, text
from test_versions import age, new_csr

CLIENTS = ["plain", "sdk"]

# How many operations a family has.
OPERATIONS = {"A": 33, "B": 17, "C": 5, "D": 12, "E": 4, "F": 3}


@pytest.fixture(scope="module")
def programs(npm, tmp_path_factory):
    """The compiled stories, beside the packages that they import."""
    where = tmp_path_factory.mktemp("graph")
    os.symlink(os.path.join(NPM, "node_modules"), where / "node_modules")
    tsc(where, "-p", os.path.join(NPM, "graph"), "--outDir", str(where))
    return where


def tsc(where, *words, check=True):
    done = run(os.path.join(NPM, "node_modules/.bin/tsc"), *words, check=False, cwd=where)
    assert done.returncode == 0 or not check, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def own_server():
    running = Server(settings=["limits.cas=10000", "api.requests_per_minute=0", "trust.upload_hosts=127.0.0.1"])
    yield running
    status, log = running.destroy()
    assert status == 0, f"the server ended with {status}: {log[-8000:]}"


# ---- what no request can make ----

def pem(what):
    return what.public_bytes(serialization.Encoding.PEM).decode()


def outside_root():
    outside = Outside()
    key = outside.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                    serialization.NoEncryption()).decode()
    return {"certificate": pem(outside.certificate), "key": key}


class Tenant:
    """A tenant of its own, so that stories do not meet."""

    def __init__(self, server):
        self.server = server
        name = str(uuid.uuid4())
        server.change_rows(f"INSERT INTO tenants (id, tenant_id, name, created_at) VALUES ('{name}', '{name}', 'Contoso', 1)")
        self.token = server.token(tenant=name)

    def api(self, method, path, json, status):
        reply = self.server.api(method, path, json=json, token=self.token)
        assert reply.status_code == status, reply.text
        return reply.json()

    def hierarchy(self):
        cas = "/beta/deviceManagement/cloudCertificationAuthority"
        root = self.api("POST", cas, self.server.wanted_ca(), 201)
        return self.api("POST", cas, self.server.wanted_ca(
            cloudCertificationAuthorityType="issuingCertificationAuthority",
            certificationAuthorityIssuerId=root["id"], validityPeriodInYears=5), 201)

    def expired_leaf(self, ca):
        leaf = self.api("POST", f"{ca['id']}/cloudpki.signCertificateRequest",
                        {"certificateSigningRequest": new_csr("expired"), "allowAnyName": True}, 200)
        self.server.change_rows(f"UPDATE certificates SET not_before = 1000, not_after = 2000 WHERE id = '{leaf['id']}'")
        return {"ca": {"id": ca["id"]}, "leaf": leaf["id"]}


def subscription():
    key = serialization.load_pem_private_key(outside_root()["key"].encode(), None)
    return {
        "@odata.type": "#microsoft.graph.cloudPkiSubscription", "cloudPkiProvider": "symantec",
        "displayName": "Contoso at Symantec", "description": "Ours",
        "credentials": {"adminUserName": "admin", "adminPassword": "secret",
                        "authenticationCertificate": key_file("other secret"),
                        "authenticationCertificatePassword": "other secret"},
        "trustedRootCertificate": text(certificate(True, key).public_bytes(serialization.Encoding.DER)),
    }


def given_a(tenant, _files):
    ca = tenant.hierarchy()
    expired = tenant.expired_leaf(ca)
    age(tenant.server, ca)
    return {"requests": [new_csr(f"device-{i}") for i in range(3)], "root": outside_root(), "renewable": ca["id"],
            "expired": expired}


def given_b(_tenant, served):
    bundle = p7b([make(issuer=f"Issuer {i}", crl_url=f"http://crl.contoso.com/{i}.crl") for i in range(5)])
    name = f"/{uuid.uuid4()}.p7b"
    served.files[name] = bundle
    return {"authorities": [authority_wish(make(), displayName="One", certificateAuthorityType="root"),
                            authority_wish(make(), displayName="Two")],
            "bundle": {"uploadUrl": served.url + name, "sha256FileHash": hashlib.sha256(bundle).hexdigest()}}


GIVEN = {
    "A": given_a,
    "B": given_b,
    "C": lambda *_: {"subscription": subscription()},
    "D": lambda *_: {"root": outside_root()},
    "E": lambda *_: {"authorities": [authority_wish(make())]},
    "F": lambda *_: {},
}


def say(programs, script, *servers, **given):
    """What a program answers that talks to the first server; the roots of all are what it is told to trust."""
    (programs / "roots.pem").write_text("".join(open(each.session.verify).read() for each in servers))
    return node(str(programs / f"{script}.mjs"), {"url": servers[0].https_url, **given},
                {"NODE_EXTRA_CA_CERTS": str(programs / "roots.pem")})


@pytest.fixture(scope="module")
def tell(programs, own_server, files):  # noqa: F811
    """Runs a family by a client; once, however many tests look at it."""
    told = {}

    def telling(client, family):
        if (client, family) not in told:
            tenant = Tenant(own_server)
            told[client, family] = say(programs, f"run_{client}", own_server, family=family, token=tenant.token,
                                       **GIVEN[family](tenant, files))
        return told[client, family]

    return telling


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("family", OPERATIONS)
def test_a_client_runs_every_operation(tell, client, family):
    done = tell(client, family)["done"]
    assert {f"{family}{number}" for number in range(1, OPERATIONS[family] + 1)} <= set(done)


@pytest.fixture(scope="module")
def slow_server():
    """It takes 60 requests a minute."""
    running = Server(settings=["api.requests_per_minute=60"])
    yield running
    running.destroy()


@pytest.mark.parametrize("client", CLIENTS)
def test_pages_batches_retries_headers_errors(programs, own_server, slow_server, client):
    authority = own_server.wanted_ca()
    slow = {"url": slow_server.https_url, "token": Tenant(slow_server).token}
    say(programs, f"habits_{client}", own_server, slow_server, token=Tenant(own_server).token, authority=authority, slow=slow)


# ---- the published types ----

PUBLISHED_OTHERWISE = ["CloudCertificationAuthorityVersion", "CloudPkiSubscription", "ExternalCertificateAuthorityCertificate"]
WITHOUT_TYPES = {"count", "nothing", "document", "ours"}


def type_text(name):
    """The name of a published type as TypeScript writes it."""
    namespace, _, name = name.rpartition(".")
    if name in PUBLISHED_OTHERWISE:
        return name
    return f"graph.Networkaccess.{name}" if namespace else f"graph.{name}"


def declaration(number, reply):
    name, body = reply["type"], reply["body"]
    if name == "DirectoryObject":  # which one is told
        name = body["@odata.type"].rpartition(".")[2]
        name = name[0].upper() + name[1:]
    shape = f"Replies<{type_text(name[:-2])}>" if name.endswith("[]") else f"Reply<{type_text(name)}>"
    return f"export const reply_{number}: {shape} = {json.dumps(body)}; // {reply['operation']}"


def compile_replies(programs, where, replies):
    """What the compiler says to replies as literals of their types: names, kinds, nulls, enums, excess."""
    shutil.copy(os.path.join(NPM, "graph/published.mts"), where)
    os.symlink(os.path.join(NPM, "node_modules"), where / "node_modules")
    lines = [f'import type {{ {", ".join(PUBLISHED_OTHERWISE)}, graph, Replies, Reply }} from "./published.mjs";']
    lines += [declaration(number, reply) for number, reply in enumerate(replies)]
    (where / "replies.mts").write_text("\n".join(lines) + "\n")
    return tsc(where, "--strict", "--noEmit", "--skipLibCheck", "--module", "nodenext", "--target", "es2022",
               "--types", "node", "replies.mts", check=False)


def test_every_reply_is_of_its_published_type(tell, programs, tmp_path):
    replies = [reply for client in CLIENTS for family in OPERATIONS for reply in tell(client, family)["replies"]
               if reply["type"] not in WITHOUT_TYPES]
    assert len(replies) > 100
    said = compile_replies(programs, tmp_path, replies)
    assert not said, said


WRONG = [{"displayNam": "a name that is not there"}, {"validityPeriodInYears": "5"}, {"displayName": None},
         {"certificationAuthorityStatus": "asleep"}, {"activeVersion": {"version": 1}}, {"extendedKeyUsages": {"name": "x"}}]


def test_a_reply_of_another_type_does_not_compile(tell, programs, tmp_path):
    reply = next(one for one in tell("plain", "A")["replies"] if one["operation"] == "A3")
    said = compile_replies(programs, tmp_path, [reply, *(dict(reply, body={**reply["body"], **each}) for each in WRONG)])
    lines = {int(number) for number in re.findall(r"^replies\.mts\((\d+),", said, re.MULTILINE)}
    assert lines == {3 + number for number in range(len(WRONG))}, said  # two lines before: the import, the right one
