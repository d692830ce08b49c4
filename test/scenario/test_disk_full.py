"""A full disk: what is refused is refused clearly, what was answered stays, and with room again all goes on. SQLite on
a small file system of its own; where none can be mounted the stories are skipped."""
import concurrent.futures
import os
import subprocess
import tempfile
import time

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from conftest import CAS, Server, run
from consistency import damage
from scep_client import SUCCESS, Client, Device

LEAF = "cloudCertificationAuthorityLeafCertificate"
CLEAR = {503, 507}


@pytest.fixture
def small_disk(tmp_path):
    if os.environ.get("TEST_POSTGRES"):
        pytest.skip("PostgreSQL has a disk of its own")
    where = str(tmp_path)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m,mode=0700", "tmpfs", where], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("no file system can be mounted here")
    yield where
    run("umount", "--lazy", where)  # logs stay open in this process


@pytest.fixture
def story(small_disk, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", small_disk)
    server = Server()
    monkeypatch.undo()
    yield Story(server, small_disk)
    status, log = server.destroy()
    assert status == 0, log[-4000:]


class Story:
    def __init__(self, server, where):
        self.server, self.ballast = server, os.path.join(where, "ballast")
        self.root, self.ca = server.create_hierarchy()
        self.client = Client(server.session, f"{server.http_url}/scep/{self.ca['id']}")
        self.key = rsa.generate_private_key(65537, 2048)
        self.secret = server.challenge(self.ca["id"], uses=1000000, lifetimeInSeconds=86400)["challenge"]

    def fill(self):
        with open(self.ballast, "wb", buffering=0) as out:
            for size in (1 << 20, 1 << 12):
                try:
                    while out.write(bytes(size)) == size:
                        pass
                except OSError:
                    pass

    def make_room(self):
        os.unlink(self.ballast)

    def enrol(self, i):
        """The serial of a certificate, or the HTTP status of the refusal."""
        device = Device(f"CN=device {i}", self.key)
        reply = self.client.post(self.client.message(device, "19", device.csr(self.secret)))
        if reply.status_code != 200:
            return reply.status_code, None
        read = self.client.read(device, reply)
        return read.status, read.certificate.serial_number if read.status == SUCCESS else None

    def serials(self):
        found, link = set(), f"{self.ca['id']}/{LEAF}?$top=999&$select=serialNumber"
        while link:
            page = self.server.api("GET", link).json()
            found |= {int(row["serialNumber"], 16) for row in page["value"]}
            link = page.get("@odata.nextLink")
        return found


def refused_clearly(reply):
    assert reply.status_code in CLEAR, f"{reply.status_code} {reply.text}"
    error = reply.json()["error"]
    assert error["code"] and error["message"]
    return error["message"]


def test_a_full_disk_is_said_and_passes(story):
    server, ca = story.server, story.ca
    issued = {story.enrol(i)[1] for i in range(3)}
    ocsp_before = server.fetch(ca["certificateRevocationListUrl"])
    story.fill()
    # What the journal still has room for succeeds; then all that writes is refused, and all that reads goes on.
    for i in range(400):
        status, serial = story.enrol(i)
        if serial is None:
            break
        issued.add(serial)
    assert status in CLEAR, status
    message = refused_clearly(server.api("PATCH", ca["id"], json={"description": "x" * 1000}))
    assert "full" in message or "room" in message or "busy" in message, message
    refused_clearly(server.api("POST", CAS, json=server.wanted_ca()))
    refused_clearly(server.api("POST", f"{ca['id']}/cloudpki.createScepChallenge", json={"allowAnyName": True}))
    assert server.api("GET", ca["id"]).json()["description"] is None
    assert server.fetch(ca["certificateRevocationListUrl"]) == ocsp_before
    assert server.session.get(server.http_url + "/healthz").status_code == 200
    assert story.serials() == issued

    story.make_room()
    for _ in range(100):
        if server.api("PATCH", ca["id"], json={"description": "room again"}).status_code == 200:
            break
        time.sleep(0.1)
    assert server.api("GET", ca["id"]).json()["description"] == "room again"
    status, serial = story.enrol("after")
    assert status == SUCCESS
    assert story.serials() == issued | {serial}
    server.stop()
    assert damage(server) == []
    server.start()
    assert story.serials() == issued | {serial}


def test_a_disk_that_fills_under_load_loses_nothing_that_was_answered(story):
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        tasks = [pool.submit(story.enrol, i) for i in range(120)]
        story.fill()
        results = [task.result() for task in tasks]
    story.make_room()
    issued = {serial for _, serial in results if serial}
    assert {status for status, serial in results if not serial} <= CLEAR
    story.server.kill()
    story.server.start()
    assert issued <= story.serials()
    assert story.enrol("after")[0] == SUCCESS
