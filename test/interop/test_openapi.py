"""The OpenAPI document: judged by a reader of others, and held against what the server really does
by a fuzzer that takes it for its only source (test/npm/openapi.cjs)."""
import copy
import os

import pytest

from conftest import CAS, Server
from test_network_access import make_network
from test_sign_in_settings import make_directory

SECONDS = float(os.environ.get("CLOUDPKI_OPENAPI_SECONDS", 35))
SEED = int(os.environ.get("CLOUDPKI_OPENAPI_SEED", 20261121))
ONE_CA = CAS.removeprefix("/beta") + "/{ca}"


@pytest.fixture(scope="module")
def estate():
    """A server of its own, since all that can be changed or deleted will be, by more requests than any caller has."""
    server = Server(settings=["api.requests_per_minute=0", "limits.cas=100000"])
    _, ca = server.create_hierarchy()
    for _ in range(2):
        server.enrol(ca["id"])
    for path, name in (("applications", "A program"),
                       ("directory/publicKeyInfrastructure/certificateBasedAuthConfigurations", "A trust store")):
        made = server.api("POST", f"/beta/{path}", json={"displayName": name})
        assert made.status_code == 201, made.text
    make_network(server)
    make_directory(server)
    yield server
    status, log = server.destroy()
    assert status == 0 and "http.failed" not in log, log[-4000:]


def document(server, version="beta"):
    reply = server.session.get(f"{server.https_url}/{version}/openapi.json", timeout=60)
    assert reply.status_code == 200, reply.text
    return reply.json()


def fuzz(server, npm, seconds, version="beta", document=None):
    given = {"url": server.https_url, "token": server.token(), "version": version, "seconds": seconds, "seed": SEED,
             "document": document}
    return npm("openapi.cjs", given, {"NODE_EXTRA_CA_CERTS": server.session.verify}, timeout=4 * seconds + 120)


def test_the_document_has_every_path_and_no_secret_in_a_reply(server):
    beta, v1 = document(server), document(server, "v1.0")
    assert set(v1["paths"]) < set(beta["paths"]) and ONE_CA in beta["paths"] and ONE_CA not in v1["paths"]
    assert beta["servers"] == [{"url": f"{server.https_url}/beta"}]
    for path, methods in beta["paths"].items():
        for method, operation in methods.items():
            declared = {row["name"] for row in operation["parameters"] if row["in"] == "path"}
            assert declared == {part[1:-1] for part in path.split("/") if part.startswith("{")}, path
            assert operation["security"] or operation["operationId"].startswith("service."), operation["operationId"]
            assert ("requestBody" in operation) <= (method in ("post", "patch", "put")), path
    names = [operation["operationId"] for methods in beta["paths"].values() for operation in methods.values()]
    assert len(names) == len(set(names))


def less(document):
    """Only what is about CAs, so that a second finds what is wrong."""
    part = copy.deepcopy(document)
    part["paths"] = {path: {"get": methods["get"]} for path, methods in part["paths"].items()
                     if path in (ONE_CA, ONE_CA.rpartition("/")[0])}
    return part


def without_a_status(document):
    del document["paths"][ONE_CA]["get"]["responses"]["404"]


def with_another_type(document):
    document["components"]["schemas"]["microsoft.graph.cloudCertificationAuthority"]["properties"]["displayName"] = {
        "type": "integer"}


def with_a_member_more(document):
    document["components"]["schemas"]["microsoft.graph.cloudCertificationAuthority"]["required"].append("shoeSize")


def with_a_member_less(document):
    del document["components"]["schemas"]["microsoft.graph.cloudCertificationAuthority"]["properties"]["thumbprint"]


def with_another_media_type(document):
    content = document["paths"][ONE_CA]["get"]["responses"]["200"]["content"]
    content["application/pdf"] = content.pop("application/json")


def with_a_word_less(document):
    enum = document["components"]["schemas"]["microsoft.graph.cloudCertificationAuthority"]["properties"][
        "certificationAuthorityStatus"]["enum"]
    enum.remove("active")


@pytest.mark.parametrize("harm", [without_a_status, with_another_type, with_a_member_more, with_a_member_less,
                                  with_another_media_type, with_a_word_less], ids=lambda harm: harm.__name__)
def test_the_fuzzer_finds_what_is_wrong(estate, npm, harm):
    harmed = less(document(estate))
    harm(harmed)
    assert any(problem.startswith("ca.") for problem in fuzz(estate, npm, 3, document=harmed)["problems"])


def test_the_document_itself_is_judged(estate, npm):
    broken = less(document(estate))
    broken["paths"][ONE_CA]["get"]["parameters"][0].pop("in")
    assert any(problem.startswith("the document:") for problem in fuzz(estate, npm, 1, document=broken)["problems"])


def test_the_server_does_what_its_document_says(estate, npm):
    told = fuzz(estate, npm, SECONDS)
    assert not told["problems"], "\n".join(told["problems"])
    assert told["requests"] > 500 and {"200", "201", "204", "400", "404"} <= set(told["statuses"]), told


def test_v1_does_too(estate, npm):
    told = fuzz(estate, npm, SECONDS / 7, "v1.0")
    assert not told["problems"], "\n".join(told["problems"])
