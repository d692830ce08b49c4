"""Families E and F and what they need: organization, classic store, X.509 method, users, groups."""
import base64
import json
import os
import uuid

import pytest

from conftest import TOP
from test_pkis import data_file, der, make

METHOD = "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/x509Certificate"
METHODS = METHOD.rpartition("/")[0]
TYPE = "#microsoft.graph.x509CertificateAuthenticationMethodConfiguration"
STORE_ID = "29728ade-6ae4-4ee9-9103-412912537da5"
SKI = "00112233445566778899AABBCCDDEEFF00112233"


def b64(octets):
    return base64.b64encode(octets).decode()


def ca(one, **more):
    return {"certificate": b64(der(one)), "isRootAuthority": one.issuer == one.subject, **more}


def example(name):
    with open(os.path.join(TOP, "test/data/graph", name)) as file:
        return json.load(file)


def refused(reply, *words, status=400):
    assert reply.status_code == status, reply.text
    for word in words:
        assert word in reply.json()["error"]["message"], reply.text
    return reply.json()["error"]["code"]


def make_directory(server):
    """A classic store below the organization, and two users who are in a group: their ids by the names in paths."""
    def post(path, json, status=201):
        reply = server.api("POST", "/beta/" + path, json)
        assert reply.status_code == status, reply.text
        return reply.json() if reply.content else None
    organization = server.api("GET", "/beta/organization").json()["value"][0]["id"]
    store = post(f"organization/{organization}/certificateBasedAuthConfiguration", {"certificateAuthorities": [ca(make())]})["id"]
    group = post("groups", {"displayName": "Engineers"})["id"]
    for _ in range(2):
        user = post("users", {"displayName": "Bob", "userPrincipalName": f"{uuid.uuid4().hex}@contoso.com"})["id"]
        post(f"groups/{group}/members/$ref", {"@odata.id": f"users/{user}"}, 204)
    return {"organization": organization, "configuration": store, "user": user, "group": group}


@pytest.fixture(params=["beta", "v1.0"])
def version(request):
    return "/" + request.param


@pytest.fixture(scope="module")
def tenant(server):
    found = server.api("GET", "/v1.0/organization")
    assert found.status_code == 200, found.text
    assert len(found.json()["value"]) == 1
    return found.json()["value"][0]


@pytest.fixture(scope="module")
def stranger(server):
    return server.token(tenant=str(uuid.uuid4()), scopes=[
        "Organization.ReadWrite.All", "Policy.ReadWrite.AuthenticationMethod", "Policy.Read.All", "User.ReadWrite.All",
        "Group.ReadWrite.All"], roles=["Global Administrator"])


# ---- organization and the classic store ----

@pytest.fixture()
def store(server, tenant):
    """The path of the classic store, which is empty before and after."""
    path = f"/beta/organization/{tenant['id']}/certificateBasedAuthConfiguration"
    server.api("DELETE", f"{path}/{STORE_ID}")
    yield path
    server.api("DELETE", f"{path}/{STORE_ID}")


def test_a_tenant_is_an_organization(server, tenant, version, stranger):
    path = f"{version}/organization"
    one = server.api("GET", f"{path}/{tenant['id']}")
    assert one.status_code == 200 and one.json()["displayName"] == "default"
    assert one.json()["deletedDateTime"] is None and one.json()["createdDateTime"] > "2020"
    assert server.api("GET", f"{path}/{tenant['id'].upper()}").json()["id"] == tenant["id"]
    assert server.api("GET", f"{path}('{tenant['id']}')").json()["id"] == tenant["id"]
    assert server.api("GET", f"{path}/$count").text == "1"
    assert server.api("GET", f"{path}?$select=id").json()["value"] == [{"id": tenant["id"]}]
    assert server.api("GET", path, token=stranger).json()["value"] == []
    assert server.api("GET", f"{path}/{tenant['id']}", token=stranger).status_code == 404
    for method in ("PATCH", "DELETE"):
        assert server.api(method, f"{path}/{tenant['id']}", {}).status_code == 405


def test_the_documented_request_gives_the_documented_reply(server, store, version):
    root = make()
    path = store.replace("/beta", version)
    body = example("certificateBasedAuthConfiguration.create.request.json")
    body["certificateAuthorities"][0].update(
        certificate=b64(der(root)), certificateRevocationListUrl="http://crl.contoso.com/root.crl",
        deltaCertificateRevocationListUrl="http://crl.contoso.com/root-delta.crl")
    reply = server.api("POST", path, body)
    assert reply.status_code == 201, reply.text
    assert reply.headers["Location"].endswith(f"{path}/{STORE_ID}")
    documented = example("certificateBasedAuthConfiguration.create.response.json")
    documented["id"] = STORE_ID
    ski = root.extensions.get_extension_for_oid(
        __import__("cryptography").x509.ObjectIdentifier("2.5.29.14")).value.digest.hex().upper()
    common_name = root.subject.rfc4514_string().split("CN=")[1].split(",")[0]
    documented["certificateAuthorities"] = [{**body["certificateAuthorities"][0], "issuerSki": ski,
                                             "issuer": f"O=Contoso Ltd,CN={common_name}"}]
    got = {name: value for name, value in reply.json().items() if not name.startswith("@")}
    assert got == documented
    assert server.api("GET", f"{path}/{STORE_ID}").json()["certificateAuthorities"] == documented["certificateAuthorities"]
    assert [each["id"] for each in server.api("GET", path).json()["value"]] == [STORE_ID]
    inside = server.api("GET", path.rpartition("/")[0] + "?$expand=certificateBasedAuthConfiguration").json()
    assert inside["certificateBasedAuthConfiguration"][0]["id"] == STORE_ID


def test_there_is_one_store_and_it_is_not_changed(server, store):
    body = {"certificateAuthorities": [ca(make()), ca(make(issuer="Elsewhere"))]}
    assert server.api("GET", store).json()["value"] == []
    assert server.api("GET", f"{store}/{STORE_ID}").status_code == 404
    assert server.api("POST", store, body).status_code == 201
    assert refused(server.api("POST", store, body), "there is one already") == "Request_MultipleObjectsWithSameKeyValue"
    for method in ("PATCH", "PUT"):
        reply = server.api(method, f"{store}/{STORE_ID}", body)
        assert reply.status_code == 405 and "DELETE" in reply.headers["Allow"]
    assert server.api("DELETE", f"{store}/{uuid.uuid4()}").status_code == 404
    assert server.api("DELETE", f"{store}/{STORE_ID}").status_code == 204
    assert server.api("DELETE", f"{store}/{STORE_ID}").status_code == 404
    assert server.api("POST", store, body).status_code == 201


def test_other_tenants_have_stores_of_their_own(server, store, stranger):
    body = {"certificateAuthorities": [ca(make())]}
    assert server.api("POST", store, body, token=stranger).status_code == 404
    assert server.api("POST", store, body).status_code == 201
    assert server.api("GET", store, token=stranger).status_code == 404
    assert server.api("DELETE", f"{store}/{STORE_ID}", token=stranger).status_code == 404
    assert len(server.api("GET", store).json()["value"]) == 1


ROOT = make()
BAD_CAS = [
    ([], "at least one"),
    (None, "may not be null"),
    ({}, "array"),
    ([{}], "certificateAuthorities[0].certificate: is required", "certificateAuthorities[0].isRootAuthority: is required"),
    ([{"certificate": b64(der(ROOT))}], "isRootAuthority"),
    ([{"certificate": b64(der(ROOT)), "isRootAuthority": None}], "isRootAuthority"),
    ([{"certificate": b64(der(ROOT)), "isRootAuthority": "true"}], "isRootAuthority"),
    ([{"certificate": b64(der(ROOT)), "isRootAuthority": False}], "isRootAuthority: the certificate is self-signed"),
    ([ca(make(issuer="Elsewhere"), isRootAuthority=True)], "isRootAuthority: the certificate is not self-signed"),
    ([ca(ROOT), ca(ROOT)], "certificateAuthorities[1].certificate: it is there twice"),
    ([ca(ROOT, certificate="AAAA")], "certificateAuthorities[0]: certificate"),
    ([ca(ROOT, certificate="%%")], "base64"),
    ([ca(ROOT, certificate=b64(der(ROOT) + b"\0"))], "certificate"),
    ([ca(ROOT, certificate=b64(der(ROOT)[:-1]))], "certificate"),
    ([ca(make(is_ca=False))], "it is no CA"),
    ([ca(make(days=-1))], "it has expired"),
    ([ca(make(signs=False))], "keyCertSign"),
    ([ca(ROOT, certificateRevocationListUrl="https://crl.contoso.com/a.crl")], "certificateRevocationListUrl: must be one http URL"),
    ([ca(ROOT, certificateRevocationListUrl="ldap://contoso/cn=a")], "certificateRevocationListUrl"),
    ([ca(ROOT, certificateRevocationListUrl="")], "certificateRevocationListUrl"),
    ([ca(ROOT, deltaCertificateRevocationListUrl="crl")], "deltaCertificateRevocationListUrl"),
    ([ca(ROOT, issuer=7)], "issuer"),
    ([ca(ROOT, other=1)], "no such property"),
    ([ca(ROOT, **{"@odata.type": "#microsoft.graph.user"})], "@odata.type"),
    ([ca(ROOT)] * 101, "at most 100"),
]


@pytest.mark.parametrize("cas,words", [(row[0], row[1:]) for row in BAD_CAS], ids=[row[1] + str(i) for i, row in enumerate(BAD_CAS)])
def test_what_cannot_be_a_store_is_named(server, store, cas, words):
    refused(server.api("POST", store, {"certificateAuthorities": cas}), *words)
    assert server.api("GET", store).json()["value"] == []


def test_pem_is_read_and_der_is_shown(server, store):
    from cryptography.hazmat.primitives.serialization import Encoding
    reply = server.api("POST", store, {"certificateAuthorities": [ca(ROOT, certificate=b64(ROOT.public_bytes(Encoding.PEM)))]})
    assert reply.status_code == 201, reply.text
    assert reply.json()["certificateAuthorities"][0]["certificate"] == b64(der(ROOT))


def test_weak_certificates_are_refused(server, store):
    weak = [name for name in os.listdir(os.path.join(TOP, "test/data/x509")) if "sha1" in name or "1024" in name]
    for name in weak:
        body = {"certificateAuthorities": [{"certificate": b64(data_file(name)), "isRootAuthority": True}]}
        assert server.api("POST", store, body).status_code == 400, name


# ---- the X.509 method ----

@pytest.fixture()
def method(server, version):
    path = version + METHOD
    assert server.api("DELETE", path).status_code == 204
    yield path
    assert server.api("DELETE", path).status_code == 204


def patch(server, path, **members):
    return server.api("PATCH", path, {"@odata.type": TYPE, **members})


def group(server, **more):
    body = {"displayName": "Engineers", "mailEnabled": False, "mailNickname": "engineers", "securityEnabled": True, **more}
    reply = server.api("POST", "/v1.0/groups", body)
    assert reply.status_code == 201, reply.text
    return reply.json()


def target(id, type="group", **more):
    return {"id": id, "targetType": type, **more}


def settings(server, path):
    reply = server.api("GET", path)
    assert reply.status_code == 200, reply.text
    return {name: value for name, value in reply.json().items() if not name.startswith("@odata.") or name == "@odata.type"}


DEFAULTS = {
    "@odata.type": TYPE, "id": "X509Certificate", "state": "disabled", "excludeTargets": [],
    "certificateUserBindings": [
        {"priority": 1, "trustAffinityLevel": "low", "userProperty": "userPrincipalName", "x509CertificateField": "PrincipalName"},
        {"priority": 2, "trustAffinityLevel": "low", "userProperty": "userPrincipalName", "x509CertificateField": "RFC822Name"}],
    "authenticationModeConfiguration": {"rules": [], "x509CertificateAuthenticationDefaultMode": "x509CertificateSingleFactor",
                                        "x509CertificateDefaultRequiredAffinityLevel": "low"},
    "certificateAuthorityScopes": [], "issuerHintsConfiguration": {"state": "disabled"},
    "crlValidationConfiguration": {"state": "disabled", "exemptedCertificateAuthoritiesSubjectKeyIdentifiers": []},
    "includeTargets": [{"id": "all_users", "targetType": "group", "isRegistrationRequired": False}],
}


def test_before_anything_is_written_there_are_defaults(server, method):
    assert settings(server, method) == DEFAULTS
    for spelling in (METHOD.replace("x509", "X509"), METHODS + "('x509Certificate')", METHODS.upper() + "/X509CERTIFICATE"):
        assert settings(server, "/beta" + spelling) == DEFAULTS
    listed = server.api("GET", "/beta" + METHODS).json()["value"]
    assert [{k: v for k, v in one.items() if k != "@odata.etag"} for one in listed] == [DEFAULTS]
    assert server.api("GET", "/beta" + METHODS + "/fido2").status_code == 404
    assert server.api("GET", method + "?$select=id").status_code == 400
    for verb in ("POST", "PUT"):
        assert server.api(verb, method, {}).status_code == 405


def test_settings_are_changed_and_deleted(server, method):
    some, others = group(server)["id"], group(server)["id"]
    wanted = {
        "state": "enabled",
        "certificateUserBindings": [
            {"priority": 3, "userProperty": "certificateUserIds", "x509CertificateField": "SubjectKeyIdentifier", "trustAffinityLevel": "high"},
            {"priority": 0, "userProperty": "onPremisesUserPrincipalName", "x509CertificateField": "PrincipalName", "trustAffinityLevel": "low"}],
        "authenticationModeConfiguration": {
            "x509CertificateAuthenticationDefaultMode": "x509CertificateMultiFactor",
            "x509CertificateDefaultRequiredAffinityLevel": "high",
            "rules": [
                {"x509CertificateRuleType": "issuerSubject", "identifier": "CN=ContosoCA,DC=Contoso,DC=org",
                 "issuerSubjectIdentifier": None, "policyOidIdentifier": None, "x509CertificateRequiredAffinityLevel": None,
                 "x509CertificateAuthenticationMode": "x509CertificateMultiFactor"},
                {"x509CertificateRuleType": "policyOID", "identifier": "1.2.3.4", "issuerSubjectIdentifier": None,
                 "policyOidIdentifier": None, "x509CertificateRequiredAffinityLevel": "high",
                 "x509CertificateAuthenticationMode": None}]},
        "certificateAuthorityScopes": [
            {"subjectKeyIdentifier": SKI, "publicKeyInfrastructureIdentifier": "Contoso PKI", "includeTargets": [target(some)]}],
        "issuerHintsConfiguration": {"state": "enabled"},
        "crlValidationConfiguration": {"state": "enabled", "exemptedCertificateAuthoritiesSubjectKeyIdentifiers": [SKI]},
        "includeTargets": [target(some, isRegistrationRequired=False)],
        "excludeTargets": [target(others)],
    }
    reply = patch(server, method, **wanted)
    assert reply.status_code == 204 and not reply.content, reply.text
    assert settings(server, method) == {"@odata.type": TYPE, "id": "X509Certificate", **wanted}
    # What is not sent stays; a nested value is changed member by member, a collection as a whole.
    assert patch(server, method, crlValidationConfiguration={"state": "disabled"}, excludeTargets=[]).status_code == 204
    now = settings(server, method)
    assert now["crlValidationConfiguration"] == {"state": "disabled", "exemptedCertificateAuthoritiesSubjectKeyIdentifiers": [SKI]}
    assert now["excludeTargets"] == [] and now["state"] == "enabled"
    # What was read may be sent back whole, even when a group is gone by now.
    assert server.api("DELETE", f"/beta/groups/{others}").status_code == 204
    assert server.api("PATCH", method, server.api("GET", method).json()).status_code == 204
    assert server.api("DELETE", method).status_code == 204
    assert settings(server, method) == DEFAULTS


def test_a_stale_change_is_refused(server, method):
    assert patch(server, method, state="enabled").status_code == 204
    tag = server.api("GET", method).headers["ETag"]
    body = {"@odata.type": TYPE, "state": "disabled"}
    assert server.api("PATCH", method, body, headers={"If-Match": 'W/"77"'}).status_code == 412
    assert server.api("PATCH", method, body, headers={"If-Match": tag}).status_code == 204
    assert server.api("PATCH", method, body, headers={"If-Match": tag}).status_code == 412


def test_the_type_of_hidden_rules_is_shown_to_who_asks(server, method):
    rule = {"x509CertificateRuleType": "issuerSubjectAndPolicyOID", "issuerSubjectIdentifier": SKI, "policyOidIdentifier": "1.2.3",
            "x509CertificateAuthenticationMode": "x509CertificateMultiFactor"}
    assert patch(server, method, authenticationModeConfiguration={"rules": [rule]}).status_code == 204
    hidden = server.api("GET", method).json()["authenticationModeConfiguration"]["rules"][0]
    shown = server.api("GET", method, headers={"Prefer": "include-unknown-enum-members"})
    assert hidden["x509CertificateRuleType"] == "unknownFutureValue"
    assert shown.json()["authenticationModeConfiguration"]["rules"][0]["x509CertificateRuleType"] == "issuerSubjectAndPolicyOID"


def binding(**more):
    return {"priority": 1, "userProperty": "userPrincipalName", "x509CertificateField": "PrincipalName", **more}


def rule(type="issuerSubject", **more):
    return {"x509CertificateRuleType": type, "x509CertificateAuthenticationMode": "x509CertificateMultiFactor", **more}


def with_rules(*rules):
    return {"authenticationModeConfiguration": {"rules": list(rules)}}


def with_scopes(*scopes):
    return {"certificateAuthorityScopes": list(scopes)}


EVERYBODY = [target("all_users")]
NOBODY = str(uuid.uuid4())

BAD_SETTINGS = [
    ({"state": "on"}, "state"),
    ({"state": "unknownFutureValue"}, "state"),
    ({"id": "other"}, "id: may not be changed"),
    ({"other": 1}, "no such property"),
    ({"@odata.type": "#microsoft.graph.fido2AuthenticationMethodConfiguration"}, "@odata.type"),
    ({"certificateUserBindings": {}}, "array"),
    ({"certificateUserBindings": [{}]}, "priority: is required", "userProperty: is required", "x509CertificateField: is required"),
    ({"certificateUserBindings": [binding(priority=-1)]}, "certificateUserBindings[0].priority"),
    ({"certificateUserBindings": [binding(priority=2 ** 31)]}, "certificateUserBindings[0].priority"),
    ({"certificateUserBindings": [binding(priority="1")]}, "certificateUserBindings[0].priority"),
    ({"certificateUserBindings": [binding(), binding(x509CertificateField="RFC822Name")]}, "certificateUserBindings[1]: priority"),
    ({"certificateUserBindings": [binding(), binding(priority=2)]}, "certificateUserBindings[1]: it is there twice"),
    ({"certificateUserBindings": [binding(x509CertificateField="principalName")]}, "x509CertificateField"),
    ({"certificateUserBindings": [binding(userProperty="mail")]}, "userProperty"),
    ({"certificateUserBindings": [binding(x509CertificateField="Subject")]}, "userProperty: Subject"),
    ({"certificateUserBindings": [binding(trustAffinityLevel="high")]}, "trustAffinityLevel"),
    ({"certificateUserBindings": [binding(x509CertificateField="SHA1PublicKey", userProperty="certificateUserIds", trustAffinityLevel="low")]}, "trustAffinityLevel"),
    ({"authenticationModeConfiguration": []}, "object"),
    ({"authenticationModeConfiguration": {"x509CertificateAuthenticationDefaultMode": "none"}}, "x509CertificateAuthenticationDefaultMode"),
    (with_rules({}), "x509CertificateRuleType: is required"),
    (with_rules(rule("other", identifier=SKI)), "x509CertificateRuleType"),
    (with_rules(rule("unknownFutureValue", identifier=SKI)), "x509CertificateRuleType"),
    (with_rules(rule()), "rules[0]: identifier: is required"),
    (with_rules(rule(identifier="")), "identifier: is required"),
    (with_rules(rule(identifier="not a name")), "identifier"),
    (with_rules(rule(identifier="ABC")), "identifier"),
    (with_rules(rule(identifier=SKI, issuerSubjectIdentifier="AABB")), "issuerSubjectIdentifier"),
    (with_rules(rule(identifier=SKI, policyOidIdentifier="1.2.3")), "no other criterion"),
    (with_rules(rule("policyOID", identifier=SKI)), "identifier"),
    (with_rules(rule("policyOID", identifier="1.2.")), "identifier"),
    (with_rules(rule("policyOID", identifier="3.2.1")), "identifier"),
    (with_rules(rule("policyOID")), "identifier: is required"),
    (with_rules(rule("issuerSubjectAndPolicyOID", identifier=SKI)), "issuerSubjectIdentifier: is required"),
    (with_rules(rule("issuerSubjectAndPolicyOID", issuerSubjectIdentifier=SKI)), "policyOidIdentifier: is required"),
    (with_rules(rule("issuerSubjectAndPolicyOID", issuerSubjectIdentifier="x", policyOidIdentifier="1.2")), "issuerSubjectIdentifier"),
    (with_rules({"x509CertificateRuleType": "policyOID", "identifier": "1.2"}), "x509CertificateAuthenticationMode"),
    (with_rules(rule(identifier=SKI), rule(identifier=SKI.lower())), "rules[1]: it is there twice"),
    (with_rules(rule("policyOID", identifier="1.2"), rule("policyOID", policyOidIdentifier="1.2")), "rules[1]: it is there twice"),
    (with_scopes({}), "includeTargets: is required", "subjectKeyIdentifier: is required"),
    (with_scopes({"subjectKeyIdentifier": "xyz", "includeTargets": EVERYBODY}), "subjectKeyIdentifier"),
    (with_scopes({"subjectKeyIdentifier": SKI, "includeTargets": []}), "includeTargets"),
    (with_scopes({"subjectKeyIdentifier": SKI, "includeTargets": [target(NOBODY)]}), "certificateAuthorityScopes[0]: includeTargets[0]"),
    (with_scopes({"subjectKeyIdentifier": SKI, "includeTargets": EVERYBODY}, {"subjectKeyIdentifier": SKI.lower(), "includeTargets": EVERYBODY}), "certificateAuthorityScopes[1]: it is there twice"),
    ({"crlValidationConfiguration": None}, "crlValidationConfiguration"),
    ({"crlValidationConfiguration": {"state": None}}, "state"),
    ({"crlValidationConfiguration": {"exemptedCertificateAuthoritiesSubjectKeyIdentifiers": ["x"]}}, "exempted"),
    ({"crlValidationConfiguration": {"exemptedCertificateAuthoritiesSubjectKeyIdentifiers": [SKI, SKI.lower()]}}, "twice"),
    ({"issuerHintsConfiguration": {"state": "maybe"}}, "issuerHintsConfiguration.state"),
    ({"includeTargets": None}, "includeTargets"),
    ({"includeTargets": [{}]}, "includeTargets[0].id: is required", "includeTargets[0].targetType: is required"),
    ({"includeTargets": [target(NOBODY)]}, "includeTargets[0]", NOBODY),
    ({"includeTargets": [target(NOBODY, "user")]}, "includeTargets[0]", NOBODY),
    ({"includeTargets": [target("everybody")]}, "includeTargets[0]: id"),
    ({"includeTargets": [target("all_users", "user")]}, "targetType"),
    ({"includeTargets": EVERYBODY * 2}, "includeTargets[1].id: it is there twice"),
    ({"includeTargets": [target("all_users", "device")]}, "targetType"),
    ({"excludeTargets": EVERYBODY}, "excludeTargets[0].id"),
    ({"excludeTargets": [target(NOBODY)]}, "excludeTargets[0]", NOBODY),
    ({"excludeTargets": [target("all_users", isRegistrationRequired=True)]}, "isRegistrationRequired"),
]


@pytest.mark.parametrize("change,words", [(row[0], row[1:]) for row in BAD_SETTINGS], ids=[str(i) for i in range(len(BAD_SETTINGS))])
def test_settings_that_mean_nothing_are_named(server, change, words):
    path = "/beta" + METHOD
    refused(server.api("PATCH", path, {"@odata.type": TYPE, **change}), *words)
    assert settings(server, path) == DEFAULTS


def test_the_type_must_be_there(server):
    refused(server.api("PATCH", "/beta" + METHOD, {"state": "enabled"}), "@odata.type: is required")
    for body in ([], "x", None):
        assert server.api("PATCH", "/beta" + METHOD, body).status_code == 400


def test_other_tenants_have_settings_of_their_own(server, stranger):
    path = "/beta" + METHOD
    ours = group(server)["id"]
    assert patch(server, path, state="enabled").status_code == 204
    assert server.api("GET", path, token=stranger).json()["state"] == "disabled"
    refused(server.api("PATCH", path, {"@odata.type": TYPE, "includeTargets": [target(ours)]}, token=stranger), ours)
    assert server.api("DELETE", path, token=stranger).status_code == 204
    assert server.api("GET", path).json()["state"] == "enabled"
    assert server.api("DELETE", path).status_code == 204


# ---- users ----

def user(server, **more):
    name = uuid.uuid4().hex[:12]
    body = {"displayName": name, "userPrincipalName": f"{name}@contoso.com", **more}
    reply = server.api("POST", "/v1.0/users", body)
    assert reply.status_code == 201, reply.text
    return reply.json()


def ids(*values):
    return {"authorizationInfo": {"certificateUserIds": list(values)}}


GOOD_IDS = ["X509:<PN>bob@contoso.com", "X509:<RFC822>bob@contoso.com", "X509:<S>CN=bob,DC=contoso",
            "X509:<I>DC=com,DC=contoso,CN=CONTOSO-DC-CA<S>DC=com,DC=contoso,OU=UserAccounts,CN=bob",
            "X509:<SKI>123456789abcdef", "X509:<SHA1-PUKEY>123456789abcdef",
            "X509:<I>DC=com,DC=contoso,CN=CONTOSO-DC-CA<SR>b24134139f069b49997212a86ba0ef48"]


def test_a_user_is_made_found_changed_and_deleted(server, version, stranger):
    path = f"{version}/users"
    name = uuid.uuid4().hex[:12]
    body = {"displayName": name, "userPrincipalName": f"{name.upper()}@Contoso.com", "mail": f"{name}@contoso.com",
            "onPremisesUserPrincipalName": f"{name}@contoso.local"}
    reply = server.api("POST", path, body)
    assert reply.status_code == 201, reply.text
    one = reply.json()
    assert reply.headers["Location"].endswith(f"{path}/{one['id']}")
    assert {key: one[key] for key in body} == body
    assert one["accountEnabled"] is True and one["authorizationInfo"] == {"certificateUserIds": []}
    mine = f"{path}/{one['id']}"
    assert server.api("GET", mine).json()["userPrincipalName"] == body["userPrincipalName"]
    assert server.api("GET", f"{path}/{name}@CONTOSO.com").json()["id"] == one["id"]
    assert server.api("GET", f"{path}/{name}%40contoso.com?$select=id").json()["id"] == one["id"]
    found = server.api("GET", f"{path}?$filter=displayName eq '{name}'&$count=true").json()
    assert found["@odata.count"] == 1 and found["value"][0]["id"] == one["id"]
    assert server.api("PATCH", mine, {"accountEnabled": False, **ids(f"X509:<PN>{name}")}).status_code == 204
    assert server.api("GET", f"{mine}?$select=authorizationInfo").json()["authorizationInfo"] == {
        "certificateUserIds": [f"X509:<PN>{name}"]}
    assert server.api("PATCH", f"{path}/{name}@contoso.com", {"mail": None}).status_code == 204
    assert server.api("GET", mine).json()["mail"] is None
    for token_path in (mine, f"{path}/{name}@contoso.com"):
        assert server.api("GET", token_path, token=stranger).status_code == 404
        assert server.api("DELETE", token_path, token=stranger).status_code == 404
    assert server.api("PATCH", mine, {"displayName": "x"}, headers={"If-Match": 'W/"1"'}).status_code == 412
    assert server.api("DELETE", mine).status_code == 204
    assert server.api("GET", mine).status_code == 404


def test_names_are_one_users_only(server, stranger):
    one = user(server)
    name = one["userPrincipalName"]
    body = {"displayName": "x", "userPrincipalName": name.upper()}
    assert refused(server.api("POST", "/beta/users", body), "userPrincipalName") == "Request_MultipleObjectsWithSameKeyValue"
    other = user(server)
    refused(server.api("PATCH", f"/beta/users/{other['id']}", {"userPrincipalName": name.upper()}), "userPrincipalName")
    assert server.api("PATCH", f"/beta/users/{one['id']}", {"userPrincipalName": name.upper()}).status_code == 204
    assert server.api("POST", "/beta/users", body, token=stranger).status_code == 201
    assert server.api("DELETE", f"/beta/users/{one['id']}").status_code == 204
    assert server.api("POST", "/beta/users", body).status_code == 201


def test_certificate_user_ids_are_one_users_only(server, stranger):
    mark = uuid.uuid4().hex
    mine, other = user(server, **ids(f"X509:<SKI>{mark}", f"X509:<PN>{mark}@x")), user(server)
    path = f"/beta/users/{other['id']}"
    assert refused(server.api("PATCH", path, ids(f"X509:<SKI>{mark.upper()}")), "certificateUserIds") == "Request_MultipleObjectsWithSameKeyValue"
    assert server.api("GET", path).json()["authorizationInfo"] == {"certificateUserIds": []}
    body = {"displayName": "x", "userPrincipalName": f"{mark}@contoso.com", **ids(f"X509:<PN>{mark}@x")}
    refused(server.api("POST", "/beta/users", body), "certificateUserIds")
    assert server.api("POST", "/beta/users", body, token=stranger).status_code == 201
    # The user's own may be sent again; what the user gives up is free, and so is a deleted user's.
    assert server.api("PATCH", f"/beta/users/{mine['id']}", ids(f"X509:<PN>{mark}@x")).status_code == 204
    assert server.api("PATCH", path, ids(f"X509:<SKI>{mark}")).status_code == 204
    assert server.api("DELETE", f"/beta/users/{mine['id']}").status_code == 204
    assert server.api("POST", "/beta/users", body).status_code == 201


def test_users_are_found_by_certificate_user_id(server):
    mark = uuid.uuid4().hex
    quoted = f"X509:<PN>o'neil \"{mark}\" \\ ä@contoso.com"
    one = user(server, **ids("X509:<SKI>" + mark, quoted))
    for asked, is_found in (("X509:<SKI>" + mark, True), (quoted, True), ("X509:<SKI>" + mark[:-1], False), (mark, False),
                            ("X509:<PN>%", False)):
        text = asked.replace("'", "''")
        for nested in ("x:x eq '{}'", "c: c eq '{}'"):
            reply = server.api("GET", "/v1.0/users", params={"$filter": f"authorizationInfo/certificateUserIds/any({nested.format(text)})"})
            assert reply.status_code == 200, reply.text
            assert [each["id"] for each in reply.json()["value"]] == ([one["id"]] if is_found else []), asked
    reply = server.api("GET", "/v1.0/users/$count", params={"$filter": f"authorizationInfo/certificateUserIds/any(x:x eq 'X509:<SKI>{mark}')"})
    assert reply.text == "1"
    for wrong in ("authorizationInfo/certificateUserIds/all(x:x eq 'a')", "authorizationInfo/other/any(x:x eq 'a')",
                  "authorizationInfo/any(x:x eq 'a')", "authorizationInfo eq null", "authorizationInfo/certificateUserIds eq 'a'",
                  "authorizationInfo/certificateUserIds/any(x:x/y eq 'a')", "displayName/certificateUserIds/any(x:x eq 'a')"):
        assert server.api("GET", "/v1.0/users", params={"$filter": wrong}).status_code == 400, wrong


@pytest.mark.parametrize("text", GOOD_IDS)
def test_forms_of_certificate_user_ids(server, text):
    one = user(server, **ids(text))
    assert one["authorizationInfo"]["certificateUserIds"] == [text]
    assert server.api("DELETE", f"/beta/users/{one['id']}").status_code == 204


@pytest.mark.parametrize("change,words", [
    (ids("bob"), ["certificateUserIds[0]"]),
    (ids("X509:<PN>"), ["certificateUserIds[0]"]),
    (ids("x509:<PN>bob"), ["certificateUserIds[0]"]),
    (ids("X509:<SKI>xyz"), ["certificateUserIds[0]"]),
    (ids("X509:<SHA1-PUKEY>12 34"), ["certificateUserIds[0]"]),
    (ids("X509:<I>CN=a"), ["certificateUserIds[0]"]),
    (ids("X509:<I>CN=a<SR>"), ["certificateUserIds[0]"]),
    (ids("X509:<I>CN=a<SR>xyz"), ["certificateUserIds[0]"]),
    (ids("X509:<I><S>CN=a"), ["certificateUserIds[0]"]),
    (ids("X509:<XX>a"), ["certificateUserIds[0]"]),
    (ids("X509:<PN>a\nb"), ["certificateUserIds[0]"]),
    (ids("X509:<PN>" + "a" * 1024), ["certificateUserIds[0]"]),
    (ids("X509:<PN>a", "X509:<PN>A"), ["certificateUserIds[1]: it is there twice"]),
    (ids(*[f"X509:<PN>{n}" for n in range(6)]), ["at most 5"]),
    (ids(7), ["certificateUserIds[0]"]),
    ({"authorizationInfo": {"certificateUserIds": "X509:<PN>a"}}, ["array"]),
    ({"authorizationInfo": []}, ["object"]),
    ({"authorizationInfo": {"other": []}}, ["no such property"]),
    ({"userPrincipalName": None}, ["userPrincipalName"]),
    ({"userPrincipalName": "bob"}, ["userPrincipalName"]),
    ({"userPrincipalName": "bob@"}, ["userPrincipalName"]),
    ({"userPrincipalName": "a b@contoso.com"}, ["userPrincipalName"]),
    ({"userPrincipalName": "a/b@contoso.com"}, ["userPrincipalName"]),
    ({"userPrincipalName": "a" * 110 + "@contoso.com"}, ["userPrincipalName"]),
    ({"displayName": ""}, ["displayName"]),
    ({"displayName": 7}, ["displayName"]),
    ({"accountEnabled": "yes"}, ["accountEnabled"]),
    ({"id": 7}, ["id"]),
    ({"password": "x"}, ["no such property"]),
])
def test_users_that_cannot_be_are_named(server, change, words):
    body = {"displayName": "x", "userPrincipalName": f"{uuid.uuid4().hex}@contoso.com", **change}
    refused(server.api("POST", "/beta/users", body), *words)


# ---- groups ----

def test_a_group_is_made_filled_emptied_and_deleted(server, version, stranger):
    path = f"{version}/groups"
    one, bob, eve = group(server), user(server, **ids(f"X509:<PN>{uuid.uuid4().hex}")), user(server)
    mine = f"{path}/{one['id']}"
    members = f"{mine}/members"
    assert one["securityEnabled"] is True and one["mailEnabled"] is False
    first = server.api("GET", members)
    assert first.status_code == 200 and first.json()["value"] == [], first.text
    references = [f"https://graph.microsoft.com/v1.0/directoryObjects/{bob['id']}", f"https://x/beta/users('{eve['id'].upper()}')"]
    for reference in references:
        reply = server.api("POST", f"{members}/$ref", {"@odata.id": reference})
        assert reply.status_code == 204, reply.text
    refused(server.api("POST", f"{members}/$ref", {"@odata.id": references[0]}), "member already")
    listed = server.api("GET", members).json()["value"]
    assert {each["id"] for each in listed} == {bob["id"], eve["id"]}
    by_name = [each["id"] for each in server.api("GET", f"{members}?$orderby=userPrincipalName desc").json()["value"]]
    assert by_name == [each["id"] for each in sorted((bob, eve), key=lambda each: each["userPrincipalName"], reverse=True)]
    by_age = server.api("GET", f"{members}?$orderby=createdDateTime&$top=1").json()
    assert server.api("GET", by_age["@odata.nextLink"]).json()["value"][0]["id"] not in [each["id"] for each in by_age["value"]]
    whole = server.api("GET", f"{version}/users/{bob['id']}").json()
    shown = next(each for each in listed if each["id"] == bob["id"])
    assert shown.pop("@odata.type") == "#microsoft.graph.user"
    assert shown == {name: value for name, value in whole.items() if not name.startswith("@")}
    assert server.api("GET", f"{members}/$count").text == "2"
    found = server.api("GET", f"{members}?$filter=userPrincipalName eq '{eve['userPrincipalName']}'&$select=id").json()["value"]
    assert [each["id"] for each in found] == [eve["id"]]
    first = server.api("GET", f"{members}?$top=1").json()
    assert len(first["value"] + server.api("GET", first["@odata.nextLink"]).json()["value"]) == 2
    for verb, end in (("GET", ""), ("POST", "/$ref"), ("DELETE", f"/{bob['id']}/$ref")):
        body = {"@odata.id": references[0]} if verb == "POST" else None
        assert server.api(verb, members + end, body, token=stranger).status_code == 404
    assert server.api("DELETE", f"{members}/{bob['id']}/$ref").status_code == 204
    assert server.api("DELETE", f"{members}/{bob['id']}/$ref").status_code == 404
    assert server.api("DELETE", f"{version}/users/{eve['id']}").status_code == 204
    assert server.api("GET", members).json()["value"] == []
    assert server.api("POST", f"{members}/$ref", {"@odata.id": references[0]}).status_code == 204
    assert server.api("PATCH", mine, {"displayName": "Others"}).status_code == 204
    assert server.api("GET", mine).json()["displayName"] == "Others"
    assert server.api("DELETE", mine).status_code == 204
    assert server.api("GET", mine).status_code == 404
    assert server.api("GET", f"{version}/users/{bob['id']}").status_code == 200


@pytest.mark.parametrize("body,status", [
    ({}, 400), ({"@odata.id": None}, 400), ({"@odata.id": 7}, 400), ({"@odata.id": ""}, 400), ({"@odata.id": "users"}, 400),
    ({"@odata.id": f"https://x/groups/{NOBODY}"}, 400), ({"@odata.id": NOBODY}, 400), ({"@odata.id": "https://x/users/bob"}, 400),
    ({"@odata.id": "https://x/users/"}, 400), ({"@odata.id": "users('"}, 400), ({"@odata.id": "')"}, 400), ({"@odata.id": "('')"}, 400),
    ({"@odata.id": f"https://x/users/{NOBODY}"}, 404), ({"@odata.id": f"users/{NOBODY}"}, 404), ({"id": NOBODY}, 400),
])
def test_references_that_lead_nowhere(server, body, status):
    path = f"/beta/groups/{group(server)['id']}/members/$ref"
    assert server.api("POST", path, body).status_code == status


def test_members_of_other_tenants_do_not_come_in(server, stranger):
    theirs = server.api("POST", "/beta/users", {"displayName": "x", "userPrincipalName": f"{uuid.uuid4().hex}@x.org"}, token=stranger)
    path = f"/beta/groups/{group(server)['id']}/members/$ref"
    assert server.api("POST", path, {"@odata.id": f"users/{theirs.json()['id']}"}).status_code == 404


@pytest.mark.parametrize("change", [{"displayName": None}, {"displayName": ""}, {"mailNickname": "x" * 65}, {"members": 1, "x": 2},
                                    {"securityEnabled": 1}])
def test_groups_that_cannot_be(server, change):
    assert server.api("POST", "/beta/groups", {"displayName": "x", **change}).status_code == 400


# ---- what is written down ----

def test_changes_are_audited(server, store):
    one, some = user(server), group(server)
    server.api("PATCH", f"/beta/users/{one['id']}", {"displayName": "x"})
    server.api("POST", f"/beta/groups/{some['id']}/members/$ref", {"@odata.id": f"users/{one['id']}"})
    server.api("DELETE", f"/beta/groups/{some['id']}/members/{one['id']}/$ref")
    server.api("PATCH", f"/beta/groups/{some['id']}", {"displayName": "x"})
    server.api("DELETE", f"/beta/groups/{some['id']}")
    server.api("DELETE", f"/beta/users/{one['id']}")
    server.api("POST", store, {"certificateAuthorities": [ca(make())]})
    server.api("DELETE", f"{store}/{STORE_ID}")
    patch(server, "/beta" + METHOD, state="enabled")
    server.api("DELETE", "/beta" + METHOD)
    rows = server.change_rows("SELECT activity FROM audit_events").splitlines()
    kind = "X509CertificateAuthenticationMethodConfiguration"
    assert {"Create User", "Patch User", "Delete User", "Create Group", "Patch Group", "Delete Group", "Add member to Group",
            "Remove member from Group", "Create CertificateBasedAuthConfiguration", "Delete CertificateBasedAuthConfiguration",
            f"Patch {kind}", f"Delete {kind}"} <= set(rows)


def test_what_expires_in_the_store_keeps_new_ones_out(server, store):
    assert server.api("POST", store, {"certificateAuthorities": [ca(make())]}).status_code == 201
    gone = b64(der(make(days=-1)))
    stored = json.loads(server.change_rows("SELECT certificate_authorities FROM classic_stores"))
    stored[0]["certificate"] = gone
    server.change_rows(f"UPDATE classic_stores SET certificate_authorities = '{json.dumps(stored, separators=(',', ':'))}'")
    refused(server.api("POST", store, {"certificateAuthorities": [ca(make())]}), "has expired")
    assert server.api("DELETE", f"{store}/{STORE_ID}").status_code == 204
    assert server.api("POST", store, {"certificateAuthorities": [ca(make())]}).status_code == 201
