"""Every change writes an audit row in the same transaction: who, what, which object, in which request."""
import os
import sqlite3

import pytest

from conftest import CAS
from scep_client import Client, Device
from test_cas import EXTERNAL, Outside, step, upload

LEAF = "cloudCertificationAuthorityLeafCertificate"
OF_CA, OF_LEAF = "CloudCertificationAuthority", "CloudCertificationAuthorityLeafCertificate"
COLUMNS = "actor, activity, object_id, request_id, detail, is_success"


def audit_rows(server, object_id):
    query = f"SELECT {COLUMNS} FROM audit_events WHERE object_id = '{object_id}' ORDER BY at, id"
    if server.database.url:
        lines = server.database.execute(query, server.database.url).splitlines()
        return [tuple(line.split("|")) for line in lines]
    with sqlite3.connect(f"file:{os.path.join(server.data_dir, 'cloudpki.db')}?mode=ro", uri=True) as db:
        return [tuple("" if value is None else str(value) for value in row) for row in db.execute(query)]


class Story:
    def __init__(self, server):
        self.server = server
        self.token = server.token(subject="ann", scopes=["DeviceManagementCloudCA.ReadWrite.All"])

    def change(self, method, path, object_id, activity, json=None, status=200):
        """The change as ann makes it leaves exactly one row of this activity with its request's id."""
        reply = self.server.api(method, path, json=json, token=self.token)
        made = step(activity, reply, status)
        object_id = object_id or made["id"]
        mine = [row for row in audit_rows(self.server, object_id) if row[3] == reply.headers["request-id"]]
        assert [row[1] for row in mine] == [activity], mine
        assert mine[0][0] == "ann" and mine[0][5] == "1", mine
        return made


@pytest.fixture(scope="module")
def story(server):
    return Story(server)


def test_the_life_of_a_ca_is_on_record(story):
    server = story.server
    root = story.change("POST", CAS, None, f"Create {OF_CA}", server.wanted_ca(), 201)
    ca = story.change("POST", CAS, None, f"Create {OF_CA}", server.wanted_ca(
        cloudCertificationAuthorityType="issuingCertificationAuthority", certificationAuthorityIssuerId=root["id"],
        validityPeriodInYears=2), 201)
    one = ca["id"]
    story.change("PATCH", one, one, f"Patch {OF_CA}", {"description": "x"})
    story.change("POST", f"{one}/cloudpki.configureScep", one, f"ConfigureScep {OF_CA}", {"allowSha1": True})
    story.change("POST", f"{one}/cloudpki.createScepChallenge", one, "Create ScepChallenge", {"subjectName": "CN=x"})
    made = story.change("POST", f"{one}/cloudpki.createScepChallenge", one, "Create ScepChallenge",
                        {"allowAnyName": True, "isStatic": True})
    assert any("allows any name" in row[4] for row in audit_rows(server, one))
    assert made["challenge"] not in str(audit_rows(server, one))
    story.change("POST", f"{one}/cloudpki.endStaticScepChallenge", one, "Delete ScepChallenge", status=204)
    status = f"ChangeCloudCertificationAuthorityStatusAsync {OF_CA}"
    for wanted in ("paused", "active", "paused"):
        story.change("POST", f"{one}/changeCloudCertificationAuthorityStatus", one, status,
                     {"certificationAuthorityStatus": wanted, "certificationAuthorityVersion": 1})
    story.change("POST", f"{one}/revokeCloudCertificationAuthorityCertificate", one,
                 f"RevokeCloudCertificationAuthorityCertificateAsync {OF_CA}", {"certificationAuthorityVersion": 1})
    story.change("DELETE", one, one, f"Delete {OF_CA}", status=204)
    story.change("DELETE", root["id"], root["id"], f"Delete {OF_CA}", status=204)


def test_an_upload_is_on_record(story):
    from base64 import b64decode
    from cryptography import x509
    outside, server = Outside(), story.server
    ca = server.create_ca(cloudCertificationAuthorityType=EXTERNAL, validityPeriodInYears=...)
    csr = x509.load_der_x509_csr(b64decode(ca["certificateSigningRequest"]))
    step("upload", upload(server, ca, outside.build(csr.subject, csr.public_key()), outside.certificate), 200)
    activities = [row[1] for row in audit_rows(server, ca["id"])]
    assert f"UploadExternallySignedCertificationAuthorityCertificateAsync {OF_CA}" in activities


def test_the_life_of_a_certificate_is_on_record(story):
    server = story.server
    _, ca = server.create_hierarchy()
    leaf = server.enrol(ca["id"])
    created = audit_rows(server, leaf["id"])
    assert [(row[0], row[1]) for row in created] == [("scep", f"Create {OF_LEAF}")] and created[0][3]
    story.change("POST", f"{ca['id']}/revokeLeafCertificate", leaf["id"], f"RevokeLeafCertAsync {OF_LEAF}",
                 {"leafCertificateId": leaf["id"]})
    reply = server.api("POST", f"{ca['id']}/revokeLeafCertificate", json={"leafCertificateId": leaf["id"]})
    assert reply.status_code == 409
    assert len(audit_rows(server, leaf["id"])) == 2  # what did not happen changes nothing


def test_decisions_are_on_record(story):
    server = story.server
    _, ca = server.create_hierarchy()
    client = Client(server.session, f"{server.http_url}/scep/{ca['id']}")
    for action, activity in (("approve", "Approve"), ("reject", "Reject")):
        secret = server.challenge(ca["id"], requiresApproval=True)["challenge"]
        device = Device(f"CN={action}")
        client.enrol(device, secret, transaction=action)
        waiting = server.api("GET", f"{ca['id']}/cloudpki.pendingRequests").json()["value"][0]
        assert [row[1] for row in audit_rows(server, waiting["id"])] == [f"RequestApproval {OF_LEAF}"]
        reply = server.api("POST", f"{ca['id']}/cloudpki.{action}", json={"enrolmentId": waiting["id"]},
                           token=story.token)
        assert reply.status_code == 204
        polled = client.poll(device, action)
        if action == "approve":
            serial = f"{polled.certificate.serial_number:X}"
            leaf = server.api("POST", f"{ca['id']}/searchCloudCertificationAuthorityLeafCertificateBySerialNumber",
                              json={"certificateSerialNumber": serial}).json()
        object_id = leaf["id"] if action == "approve" else waiting["id"]
        assert ("ann", f"{activity} {OF_LEAF}") in [row[:2] for row in audit_rows(server, object_id)]
