"""$metadata and query strings as readers see them that are neither ours nor Microsoft's: libxml2 with
the OASIS schema, the OData committee's converter, a parser made from the OASIS grammar."""
import os
import re
import urllib.parse

import pytest

from conftest import NPM, QUERIES, run

SCHEMAS = os.path.join(NPM, "node_modules/odata-csdl/schemas")


def metadata(server, version, accept):
    reply = server.session.get(f"{server.https_url}/{version}/$metadata", headers={"Accept": accept}, timeout=60)
    assert reply.status_code == 200, reply.text
    return reply


@pytest.mark.parametrize("version", ["beta", "v1.0"])
def test_the_xml_fits_the_schema_of_csdl(server, npm, version):
    xml = metadata(server, version, "application/xml").text
    run("xmllint", "--noout", "--nonet", "--schema", os.path.join(SCHEMAS, "edmx.xsd"), "-", stdin=xml)
    broken = xml.replace("<EntityContainer Name=", "<EntityContainer Title=")
    done = run("xmllint", "--noout", "--nonet", "--schema", os.path.join(SCHEMAS, "edmx.xsd"), "-", stdin=broken,
               check=False)
    assert done.returncode != 0


ALIASES = re.compile(r"^(@?|Collection\()(graph|Core|Capabilities)(?=\.)")
SPACES = {"graph": "microsoft.graph", "Core": "Org.OData.Core.V1", "Capabilities": "Org.OData.Capabilities.V1"}


def spelled_out(value):
    """Names with their namespace instead of its alias, which the converter writes."""
    if isinstance(value, dict):
        return {spelled_out(key): spelled_out(member) for key, member in value.items()}
    if isinstance(value, list):
        return [spelled_out(item) for item in value]
    return ALIASES.sub(lambda match: match[1] + SPACES[match[2]], value) if isinstance(value, str) else value


@pytest.mark.parametrize("version", ["beta", "v1.0"])
def test_the_committees_converter_makes_our_json_of_our_xml(server, npm, version):
    given = {"xml": metadata(server, version, "application/xml").text,
             "json": metadata(server, version, "application/json").json()}
    said = npm("metadata.cjs", given)
    assert not said["problems"], said["problems"]
    converted = spelled_out(said["converted"])
    for name in given["json"]:
        if not name.startswith("$"):
            assert converted[name] == given["json"][name], name
    assert converted["$EntityContainer"] == given["json"]["$EntityContainer"]


def test_the_committees_schema_can_refuse(server, npm):
    xml = metadata(server, "beta", "application/xml").text
    json = metadata(server, "beta", "application/json").json()
    json["microsoft.graph"]["cloudCertificationAuthority"]["$Kind"] = "Entity"
    assert npm("metadata.cjs", {"xml": xml, "json": json})["problems"]


# What the API takes beyond OData 4.0, which that parser reads: `in` is of 4.01, words of $search
# have letters and digits only unless they are quoted; its texts end with their line.
BEYOND = re.compile(r' in ?\(|search=("[^"]*"|[^"&-])*-|[\t\n]', re.I)


def queries(were_taken):
    decoded = {urllib.parse.unquote(query.replace("+", " ")): taken for query, taken in QUERIES.items()}
    return [query for query, taken in decoded.items() if taken == were_taken and not BEYOND.search(query)]


def test_every_query_of_our_tests_that_is_taken_is_odata(server, hierarchy, npm):
    """All that earlier tests of this run have sent, and some for when this one runs alone."""
    for query in ("$top=1&$count=true", "$filter=startswith(displayName,'Te') and validityPeriodInYears gt 4",
                  "$filter=extendedKeyUsages/any(e:e/objectIdentifier eq '1.3.6.1.5.5.7.3.2')", "$search=\"Test CA\"",
                  "$filter=not (certificationAuthorityStatus eq 'paused') or createdDateTime lt 2020-01-01T00:00:00Z",
                  "$select=id,displayName&$orderby=displayName desc,id&$skip=1", "$expand=versions($select=id;$top=3)"):
        reply = server.api("GET", "?" + query)
        assert reply.status_code == 200, reply.text
    taken = queries(True)
    assert len(taken) >= 7
    refused = npm("queries.cjs", taken)
    assert not refused, refused


def test_that_parser_can_refuse(npm):
    bad = ["$filter=displayName eq", "$filter=eq 'x'", "$orderby=a b c", "$filter=(a eq 1", "$expand=a($select=b"]
    assert set(npm("queries.cjs", bad)) == set(bad)
