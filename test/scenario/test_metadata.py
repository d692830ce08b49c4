"""$metadata against the published one, member by member; in XML and JSON, of both versions."""
import os
import xml.etree.ElementTree as ET

import pytest

from conftest import TOP

EDMX = "{http://docs.oasis-open.org/odata/ns/edmx}"
EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
PUBLISHED = os.path.join(TOP, "test/data/graph/metadata.xml")
CAPABILITIES = "Org.OData.Capabilities.V1."

# What is published and not there yet: a subject, or all subjects below it. One that has come
# fails the test until it is taken out here.
NOT_YET = {
    "root directoryObjects",
    "root certificateBasedAuthConfiguration",

    "root authenticationMethodConfigurations",

    "microsoft.graph.endpoint",
    "microsoft.graph.servicePrincipal",
    "root servicePrincipals",
}

# What the cut-down file leaves out of Graph and we have; in namespaces of ours anything goes.
BEYOND = {
    "microsoft.graph.application",
    "microsoft.graph.passwordCredential",
    "microsoft.graph.keyCredential",
    "microsoft.graph.addPassword",
    "microsoft.graph.removePassword",
    "root applications",
    "root cloudPkiSubscriptions",
    "microsoft.graph.organization/createdDateTime",
    "microsoft.graph.organization/displayName",
    "microsoft.graph.authorizationInfo",
    "microsoft.graph.group",
    "microsoft.graph.user",
    "root groups",
    "root users",
    "microsoft.graph.auditActor",
    "microsoft.graph.auditEvent",
    "microsoft.graph.auditProperty",
    "microsoft.graph.auditResource",
    "microsoft.graph.deviceManagement/auditEvents",
}


def full(name):
    """The alias is another spelling of the namespace."""
    return name.replace("graph.", "microsoft.graph.") if name.replace("Collection(", "").startswith("graph.") else name


def nullable(element):
    return "" if element.get("Nullable") == "false" else " or null"


def facts_of_type(space, element):
    name = f"{space}.{element.get('Name')}"
    yield name, element.tag.replace(EDM, "")
    for attribute, word in (("BaseType", "is a"), ("Abstract", "abstract"), ("OpenType", "open")):
        if element.get(attribute):
            yield name, f"{word} {full(element.get(attribute))}"
    for key in element.iter(EDM + "PropertyRef"):
        yield name, f"key {key.get('Name')}"
    for row in element.findall(EDM + "Property"):
        yield f"{name}/{row.get('Name')}", full(row.get("Type")) + nullable(row)
    for row in element.findall(EDM + "NavigationProperty"):
        contains = " contained" if row.get("ContainsTarget") == "true" else ""
        yield f"{name}/{row.get('Name')}", full(row.get("Type")) + contains


def facts_of_enum(space, element):
    for member in element.findall(EDM + "Member"):
        yield f"{space}.{element.get('Name')}", f"{member.get('Name')} = {member.get('Value')}"


def facts_of_operation(space, element):
    first, *parameters = element.findall(EDM + "Parameter")
    name = f"{space}.{element.get('Name')}({full(first.get('Type'))})"
    yield name, element.tag.replace(EDM, "")
    for place, row in enumerate(parameters):
        yield name, f"{place}. {row.get('Name')}: {full(row.get('Type'))}{nullable(row)}"
    for row in element.findall(EDM + "ReturnType"):
        yield name, f"returns {full(row.get('Type'))}"


def facts_of_container(_, element):
    for row in element:
        yield f"root {row.get('Name')}", row.tag.replace(EDM, "") + " " + full(row.get("Type") or row.get("EntityType"))


def facts_of_annotations(_, element):
    for row in element.findall(EDM + "Annotation"):
        term = row.get("Term").replace(CAPABILITIES, "")
        if row.get("Bool"):
            yield full(element.get("Target")), f"{term} {row.get('Bool')}"
        for value in row.iter(EDM + "PropertyValue"):
            if value.get("Bool"):
                yield full(element.get("Target")), f"{term} {value.get('Property')} {value.get('Bool')}"


READERS = {"EntityType": facts_of_type, "ComplexType": facts_of_type, "EnumType": facts_of_enum,
           "Action": facts_of_operation, "Function": facts_of_operation, "EntityContainer": facts_of_container,
           "Annotations": facts_of_annotations}


def read_xml(text):
    """The facts of a document: (subject, what is said of it)."""
    found = []
    for schema in ET.fromstring(text).find(EDMX + "DataServices"):
        names = {(element.get("Name"), element.tag if element.tag in (EDM + "Action", EDM + "Function") else element)
                 for element in schema if element.get("Name")}
        assert len(names) == len({name for name, _ in names}), "two of one name"
        for element in schema:
            found += READERS[element.tag.replace(EDM, "")](schema.get("Namespace"), element)
    assert len(found) == len(set(found)), "said twice"
    return set(found)


# ---- CSDL JSON 4.01, to the same facts ----

def json_type(row, collection_key="$Collection"):
    name = row.get("$Type", "Edm.String")
    return f"Collection({name})" if row.get(collection_key) else name


def json_nullable(row):
    return " or null" if row.get("$Nullable") else ""


def json_facts_of_type(name, rows):
    yield name, rows["$Kind"]
    for key, word in (("$BaseType", "is a"), ("$Abstract", "abstract"), ("$OpenType", "open")):
        if key in rows:
            yield name, f"{word} {'true' if rows[key] is True else rows[key]}"
    for key in rows.get("$Key", []):
        yield name, f"key {key}"
    for member, row in rows.items():
        if member.startswith("$"):
            continue
        if row.get("$Kind") == "NavigationProperty":
            yield f"{name}/{member}", json_type(row) + (" contained" if row.get("$ContainsTarget") else "")
        else:
            yield f"{name}/{member}", json_type(row) + json_nullable(row)


def json_facts_of_operation(space_name, overload):
    first, *parameters = overload["$Parameter"]
    name = f"{space_name}({json_type(first)})"
    yield name, overload["$Kind"]
    for place, row in enumerate(parameters):
        yield name, f"{place}. {row['$Name']}: {json_type(row)}{json_nullable(row)}"
    if "$ReturnType" in overload:
        yield name, f"returns {json_type(overload['$ReturnType'])}"


def json_facts_of_annotations(annotations):
    for target, terms in annotations.items():
        for term, value in terms.items():
            term = term[1:].replace(CAPABILITIES, "")
            if isinstance(value, bool):
                yield target, f"{term} {str(value).lower()}"
            else:
                for member, said in value.items():
                    if isinstance(said, bool):
                        yield target, f"{term} {member} {str(said).lower()}"


def json_facts(name, element):
    if isinstance(element, list):
        for overload in element:
            yield from json_facts_of_operation(name, overload)
    elif element["$Kind"] == "EnumType":
        for member, value in element.items():
            if member != "$Kind":
                yield name, f"{member} = {value}"
    elif element["$Kind"] == "EntityContainer":
        for member, row in element.items():
            if member != "$Kind":
                kind = "EntitySet" if row.get("$Collection") else "Singleton"
                yield f"root {member}", f"{kind} {row['$Type']}"
    else:
        yield from json_facts_of_type(name, element)


def read_json(document):
    found = set()
    for space, elements in document.items():
        if space.startswith("$"):
            continue
        for member, element in elements.items():
            if member == "$Annotations":
                found |= set(json_facts_of_annotations(element))
            elif not member.startswith("$"):
                found |= set(json_facts(f"{space}.{member}", element))
    return found


# ---- the tests ----

def is_below(subject, entry):
    """What is bound to any type is below the action's name."""
    return subject == entry or subject.startswith(entry + "/") or subject.startswith(entry + "(")


def listed(subject, entries):
    return any(is_below(subject, entry) for entry in entries)


def ask(server, version, headers=None, query=""):
    reply = server.session.get(f"{server.https_url}/{version}/$metadata{query}", headers=headers, timeout=60)
    assert reply.status_code == 200, reply.text
    return reply


@pytest.fixture(scope="module")
def published():
    with open(PUBLISHED, encoding="utf-8") as file:
        return read_xml(file.read())


@pytest.fixture(scope="module")
def ours(server):
    return read_xml(ask(server, "beta").content)


def test_all_that_is_published_is_there(ours, published):
    missing = {fact for fact in published - ours if not listed(fact[0], NOT_YET)}
    told = {fact[0]: sorted(said for subject, said in ours if subject == fact[0]) for fact in missing}
    assert not missing, "\n".join(f"{subject}: {said}; ours: {told[subject]}" for subject, said in sorted(missing))


def test_what_has_come_is_no_longer_listed_as_missing(ours, published):
    subjects = {subject for subject, _ in ours}
    come = [entry for entry in NOT_YET if any(is_below(subject, entry) for subject in subjects)]
    assert not come, f"take these out of NOT_YET: {sorted(come)}"
    unknown = [entry for entry in NOT_YET if not any(is_below(subject, entry) for subject, _ in published)]
    assert not unknown, f"nothing of this name is published: {sorted(unknown)}"


def test_nothing_else_stands_in_the_published_namespaces(ours, published):
    mine = {fact for fact in ours - published if fact[0].startswith(("microsoft.", "root "))}
    beyond = {fact for fact in mine if not listed(fact[0], BEYOND) and not is_capability(fact)
              and not is_bound_here(fact, published)}
    assert not beyond, sorted(beyond)


def is_capability(fact):
    """What lists can do is told of every type here, and published for two."""
    return fact[1].split("Restrictions")[0] in ("Count", "Expand", "Filter", "Navigation", "Search", "Sort") or "Supported" in fact[1]


def is_bound_here(fact, published):
    """Contained sets are found by their path, not by a link of the owner's type."""
    return fact[0] in {subject for subject, _ in published}


def comparable(facts):
    """Whether a collection may be null is said in XML only: JSON speaks of its items."""
    return {(subject, said.replace(") or null", ")")) for subject, said in facts}


@pytest.mark.parametrize("version", ["beta", "v1.0"])
def test_xml_and_json_say_the_same(server, version):
    xml = ask(server, version)
    json = ask(server, version, {"Accept": "application/json"})
    assert xml.headers["Content-Type"] == "application/xml"
    assert json.headers["Content-Type"] == "application/json" and json.json()["$Version"] == "4.01"
    assert comparable(read_xml(xml.content)) == comparable(read_json(json.json()))


def test_v1_has_a_part_of_beta(server, ours):
    v1 = read_xml(ask(server, "v1.0").content)
    own = {fact for fact in v1 - ours if not is_capability(fact)}
    assert v1 and not own, sorted(own)
    assert not [subject for subject, _ in v1 if "cloudCertificationAuthority" in subject]


def test_every_name_that_is_used_is_declared(ours):
    declared = {subject.split("/")[0] for subject, _ in ours}
    for subject, said in ours:
        for word in said.replace("(", " ").replace(")", " ").split():
            if word.startswith(("microsoft.graph.", "cloudpki.")):
                assert word in declared, f"{subject}: {said}"


def test_the_format_is_chosen_as_odata_says(server):
    xml, json = "application/xml", "application/json"
    for headers, query, wanted in (
            ({"Accept": ""}, "", xml), ({"Accept": "*/*"}, "", xml), ({"Accept": "application/*"}, "", xml),
            ({"Accept": f"{json};q=0.9, {xml}"}, "", xml), ({"Accept": f"{json}, {xml};q=0.9"}, "", json),
            ({"Accept": f"{json};odata.metadata=minimal"}, "", json), ({"Accept": xml}, "?$format=json", json),
            ({"Accept": json}, "?$format=application/xml", xml)):
        assert ask(server, "beta", headers, query).headers["Content-Type"] == wanted, f"{headers} {query}"
    for headers, query in (({"Accept": "text/html"}, ""), ({}, "?$format=atom"), ({"Accept": f"{xml};q=0"}, "")):
        reply = server.session.get(f"{server.https_url}/beta/$metadata{query}", headers=headers, timeout=60)
        assert reply.status_code == 406, f"{headers} {query}"


def test_it_needs_no_token_and_is_fetched_once(server):
    first = ask(server, "beta")
    known = {"If-None-Match": first.headers["ETag"]}
    url = f"{server.https_url}/beta/$metadata"
    again = server.session.get(url, headers=known, timeout=60)
    assert again.status_code == 304 and not again.content
    assert server.session.get(url, headers=dict(known, Accept="application/json"), timeout=60).status_code == 200
    head = server.session.head(url, timeout=60)
    assert head.status_code == 200 and head.headers["ETag"] == first.headers["ETag"] and not head.content
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        refused = server.session.request(method, url, timeout=60)
        assert refused.status_code == 405 and "GET" in refused.headers["Allow"], method
