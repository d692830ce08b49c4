"""/deviceManagement/reports: leaf certificates as tables."""
import pytest

REPORT = "/beta/deviceManagement/reports/retrieveCloudPkiLeafCertificateReport"
SUMMARY = "/beta/deviceManagement/reports/retrieveCloudPkiLeafCertificateSummaryReport"


@pytest.fixture(scope="module")
def three(server):
    """A CA with three leaves; one of them is revoked."""
    _, ca = server.create_hierarchy()
    leaves = [server.enrol(ca["id"], f"Report {i}") for i in range(3)]
    reply = server.api("POST", f"{ca['id']}/revokeLeafCertificate", {"leafCertificateId": leaves[1]["id"]})
    assert reply.status_code == 200
    return ca, leaves


def report(server, ca, path=REPORT, **wish):
    reply = server.api("POST", path, {"certificationAuthorityId": ca["id"], **wish})
    assert reply.status_code == 200, reply.text
    table = reply.json()
    assert all(len(row) == len(table["Schema"]) for row in table["Values"])
    names = [column["Column"] for column in table["Schema"]]
    return table, [dict(zip(names, row)) for row in table["Values"]]


def test_a_table_has_what_the_list_has(server, three):
    ca, leaves = three
    table, rows = report(server, ca)
    assert table["TotalRowCount"] == 3
    listed = server.api("GET", f"{ca['id']}/cloudCertificationAuthorityLeafCertificate").json()["value"]
    for row, leaf in zip(rows, listed):
        assert row == {name: leaf[name] for name in row}


def test_parameters_are_query_options(server, three):
    ca, leaves = three
    table, rows = report(server, ca, select=["id", "certificateStatus"], filter="certificateStatus eq 'revoked'")
    assert table["TotalRowCount"] == 1
    assert rows == [{"id": leaves[1]["id"], "certificateStatus": "revoked"}]
    table, rows = report(server, ca, select=["subjectName"], orderBy=["subjectName desc"], top=1, skip=1)
    assert table["TotalRowCount"] == 3 and [row["subjectName"] for row in rows] == ["CN=Report 1"]
    table, rows = report(server, ca, search="report 2")
    assert [row["subjectName"] for row in rows] == ["CN=Report 2"]


def test_the_summary_counts(server, three):
    _, rows = report(server, three[0], SUMMARY)
    assert {row["certificateStatus"]: row["count"] for row in rows} == {"active": 2, "revoked": 1, "expired": 0}
    _, rows = report(server, three[0], SUMMARY, select=["count"])
    assert rows == [{"count": 2}, {"count": 1}, {"count": 0}]


@pytest.mark.parametrize("path,wish,status,word", [
    (REPORT, {"filter": "nothing eq 'x'"}, 400, "nothing"), (REPORT, {"select": ["nothing"]}, 400, "nothing"),
    (REPORT, {"top": -1}, 400, "top"), (REPORT, {"orderBy": ["devicePlatform"]}, 400, "devicePlatform"),
    (REPORT, {"certificationAuthorityId": "nobody"}, 404, ""), (SUMMARY, {"select": ["nothing"]}, 400, "select"),
    (SUMMARY, {"certificationAuthorityId": None}, 400, "certificationAuthorityId")])
def test_what_cannot_be_is_named(server, three, path, wish, status, word):
    reply = server.api("POST", path, {"certificationAuthorityId": three[0]["id"], **wish})
    assert reply.status_code == status and word in reply.json()["error"]["message"], reply.text


def test_another_tenants_ca_is_not_found(server, three):
    stranger = server.token(tenant="aaaaaaaa-0000-4000-8000-000000000000")
    for path in (REPORT, SUMMARY):
        reply = server.api("POST", path, {"certificationAuthorityId": three[0]["id"]}, token=stranger)
        assert reply.status_code == 404
