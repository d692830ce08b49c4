"""The documented create request of a cloud CA: sent as it stands, and with its placeholders replaced."""
import json
import os
import re
import uuid

from conftest import CAS, TOP

# The page's request has a text such as "Country Name value" wherever the reader shall put one.
DOCUMENTED = json.loads(re.sub(r"Example Root CA|Example|Security|CH|Zug", "Placeholder value",
                               open(os.path.join(TOP, "docs/examples/root.json")).read()))


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
