"""The documented create requests of a cloud CA and of a trusted one: as they stand, and with their placeholders replaced."""
import json
import os
import re
import uuid

from conftest import CAS, TOP
from test_pkis import PKI, make, wish

# The page's request has a text such as "Country Name value" wherever the reader shall put one.
DOCUMENTED = json.loads(re.sub(r"Example Root CA|Example|Security|CH|Zug", "Placeholder value",
                               open(os.path.join(TOP, "docs/examples/root.json")).read()))


def example(name):
    with open(os.path.join(TOP, "test/data/graph", name + ".json")) as file:
        return json.load(file)


def test_as_it_stands_it_names_each_value_that_cannot_be(server):
    wanted = dict(DOCUMENTED, countryName="Country Name value", extendedKeyUsages=[
        {"@odata.type": "microsoft.graph.extendedKeyUsage", "name": "Name value",
         "objectIdentifier": "Object Identifier value"}])
    reply = server.api("POST", CAS, json=wanted)
    assert reply.status_code == 400
    message = reply.json()["error"]["message"]
    assert "countryName" in message and "objectIdentifier" in message


def test_with_its_placeholders_replaced_it_gives_the_documented_reply(server):
    wanted = json.load(open(os.path.join(TOP, "docs/examples/root.json")))
    wanted["displayName"] = wanted["commonName"] = f"Documented {uuid.uuid4().hex[:8]}"
    reply = server.api("POST", CAS, json=wanted)
    assert reply.status_code == 201, reply.text
    made = reply.json()
    assert reply.headers["Location"].endswith(made["id"])
    assert set(wanted) - set(made) <= {"@odata.type"}
    for member in ("displayName", "description", "cloudCertificationAuthorityType", "validityPeriodInYears",
                   "organizationName", "organizationUnit", "countryName", "stateName", "localityName",
                   "certificateKeySize", "cloudCertificationAuthorityHashingAlgorithm", "commonName",
                   "keyPlatform", "roleScopeTagIds", "certificationAuthorityStatus"):
        assert made[member] == wanted[member], member
    assert [(usage["name"], usage["objectIdentifier"]) for usage in made["extendedKeyUsages"]] == \
        [(usage["name"], usage["objectIdentifier"]) for usage in wanted["extendedKeyUsages"]]
    assert made["subjectName"] == \
        f"C=CH,ST=Zug,L=Zug,O=Example,OU=Security,CN={wanted['commonName']}"
    assert made["versionNumber"] == 1 and len(made["thumbprint"]) == 40
    assert made["createdDateTime"].endswith("Z") and made["lastModifiedDateTime"].endswith("Z")
    documented = example("cloudCertificationAuthority.create.response")
    assert set(documented.get("value", documented)) - {"@odata.type"} <= set(made)


def test_a_trusted_ca_is_answered_as_documented(server):
    """The page's request has one member only; the three that it calls required go with it."""
    pki = server.api("POST", PKI, json={"displayName": "Contoso"}).json()
    certificate = make("Contoso2 CA1", issuer="Contoso2")
    wanted = wish(certificate, **example("certificateAuthorityDetail.create.request"))
    wanted.update(displayName="Contoso2 CA1", isIssuerHintEnabled=True)
    reply = server.api("POST", f"{PKI}/{pki['id']}/certificateAuthorities", json=wanted)
    assert reply.status_code == 201, reply.text
    made = reply.json()
    documented = example("certificateAuthorityDetail.create.response")
    # The published metadata spells this one otherwise, and what it says is what we show.
    documented["deltaCertificateRevocationListUrl"] = documented.pop("deltacertificateRevocationListUrl")
    own = {"@odata.type", "id", "certificate", "createdDateTime", "expirationDateTime", "thumbprint", "issuerSubjectKeyIdentifier"}
    assert set(documented) - {"@odata.type"} <= set(made)
    for name in set(documented) - own:
        assert made[name] == documented[name], name
    for name in ("certificate", "expirationDateTime", "thumbprint"):
        assert made[name] == wanted[name]


def test_as_it_stands_the_request_of_a_trusted_ca_names_what_it_lacks(server):
    pki = server.api("POST", PKI, json={"displayName": "Contoso"}).json()
    reply = server.api("POST", f"{PKI}/{pki['id']}/certificateAuthorities",
                       json=example("certificateAuthorityDetail.create.request"))
    message = reply.json()["error"]["message"]
    assert reply.status_code == 400
    assert "certificate" in message and "expirationDateTime" in message and "thumbprint" in message
