"""Every operator on every property of every type that is listed, fitting and not; filters that are too
deep and too long; places in lists that are forged, of another caller, of a list that has changed.

What there is to try is read from the server: OpenAPI tells the lists, $metadata the properties."""
import itertools
import re
import uuid

import pytest

from conftest import CAS, Server
from test_network_access import make_network
from test_sign_in_settings import make_directory

BATCH_MAX = 20
LEAF = "cloudCertificationAuthorityLeafCertificate"

INFIX = ["eq", "ne", "gt", "ge", "lt", "le", "in", "has", "add", "mod"]
FUNCTIONS = ["startswith", "endswith", "contains", "length", "tolower"]
LITERALS = ["'x'", "''", "'4A'", "'it''s'", "1", "-1", "2147483648", "9" * 30, "1.5", "true", "null", "2025-01-01T00:00:00Z", "2025-13-01T00:00:00Z",
            "2025-01-01", "01234567-89ab-cdef-0123-456789abcdef", "'active'", "'unknownFutureValue'", "duration'P1D'", "nonsense"]

# What must be taken of a property that $metadata calls filterable; all else may be refused, by name.
FITTING = {"Edm.String": (["eq", "ne", "in"], "'4A'"),
           "Edm.Int32": (["eq", "ne", "gt", "ge", "lt", "le", "in"], "1"),
           "Edm.Int64": (["eq", "ne", "gt", "ge", "lt", "le", "in"], "1"),
           "Edm.Boolean": (["eq", "ne"], "true"),
           "Edm.DateTimeOffset": (["eq", "ne", "gt", "ge", "lt", "le", "in"], "2025-01-01T00:00:00Z")}
OF_TEXTS_ONLY = {"startswith", "endswith", "contains"}
NOWHERE = {"has", "add", "mod", "length", "tolower"}
OF_ORDER = {"gt", "ge", "lt", "le"}


class Estate:
    """A server with something in each list, for a caller without a budget, and what it says of itself."""

    def __init__(self):
        self.server = Server(settings=["api.requests_per_minute=0"])
        _, ca = self.server.create_hierarchy()
        self.server.enrol(ca["id"])
        self.server.enrol(ca["id"])
        for path, count in (("applications", 2), ("directory/publicKeyInfrastructure/certificateBasedAuthConfigurations", 2)):
            for number in range(count):
                made = self.server.api("POST", f"/beta/{path}", json={"displayName": f"Number {number}"})
                assert made.status_code == 201, made.text
        make_network(self.server)
        make_directory(self.server)
        self.metadata = self.get("$metadata?$format=json").json()
        self.paths = self.get("openapi.json").json()["paths"]
        self.lists = [List(self, path, methods["get"]) for path, methods in self.paths.items()
                      if "get" in methods and self.takes(methods["get"], "$filter")]

    @staticmethod
    def takes(operation, option):
        return any(row["name"] == option for row in operation["parameters"])

    def get(self, path, **more):
        return self.server.api("GET", f"/beta/{path}", **more)

    def members(self, name):
        """The properties of a type, inherited ones too."""
        space, _, short = name.rpartition(".")
        rows = self.metadata[space][short]
        own = {member: row for member, row in rows.items()
               if not member.startswith("$") and row.get("$Kind") != "NavigationProperty"}
        return dict(self.members(rows["$BaseType"]), **own) if "$BaseType" in rows else own

    def annotation(self, name, term, member):
        space = name.rpartition(".")[0]
        return self.metadata[space]["$Annotations"][name][f"@Org.OData.Capabilities.V1.{term}"][member]

    def literal_of(self, row):
        """Operators and a literal that must do for a property, none if it is not known."""
        if row.get("$Collection"):
            return [], None
        name = row.get("$Type", "Edm.String")
        if name in FITTING:
            return FITTING[name]
        space, _, short = name.rpartition(".")
        kind = self.metadata.get(space, {}).get(short, {})
        if kind.get("$Kind") != "EnumType":
            return [], None
        words = [word for word in kind if not word.startswith("$") and word != "unknownFutureValue"]
        return ["eq", "ne", "in"], f"'{words[-1]}'"

    def real(self, template):
        """The path with the first id of each list on the way."""
        path = ""
        for segment in template.split("/")[1:]:
            if segment.startswith("{"):
                found = self.get(path[1:] + "?$top=999").json()["value"]
                segment = found[-1]["id"] if found else str(uuid.uuid4())
            path += "/" + segment
        return path

    def ask_all(self, urls):
        """One reply for each, in batches."""
        urls = list(urls)
        for start in range(0, len(urls), BATCH_MAX):
            asked = [{"id": str(place), "method": "GET", "url": url}
                     for place, url in enumerate(urls[start:start + BATCH_MAX])]
            reply = self.server.api("POST", "/beta/$batch", json={"requests": asked})
            assert reply.status_code == 200, reply.text
            answers = {int(each["id"]): each for each in reply.json()["responses"]}
            for place in range(len(asked)):
                yield urls[start + place], answers[place]["status"], answers[place].get("body")


class List:
    def __init__(self, estate, template, operation):
        self.template = template
        self.path = estate.real(template)
        self.operation = operation
        content = operation["responses"]["200"]["content"]
        self.is_count = "text/plain" in content
        of = operation if not self.is_count else estate.paths[template.removesuffix("/$count")]["get"]
        items = of["responses"]["200"]["content"]["application/json"]["schema"]["properties"]["value"]["items"]
        self.type = items["$ref"].rpartition("/")[2]

    def url(self, **options):
        more = {} if self.is_count else {"select": "id", "top": "1"}
        return self.path + "?" + "&".join(f"${name}={escaped(text)}" for name, text in dict(more, **options).items())


def escaped(text):
    return "".join(c if c.isalnum() or c in "-_.~'()/:," else "".join(f"%{octet:02X}" for octet in c.encode())
                   for c in text)


@pytest.fixture(scope="module")
def estate():
    made = Estate()
    yield made
    status, log = made.server.destroy()
    assert status == 0 and "http.failed" not in log, log[-4000:]


def message_of(body):
    return body["error"]["message"]


def comparisons(name):
    for operator, literal in itertools.product(INFIX, LITERALS):
        yield operator, f"{name} in ({literal},{literal})" if operator == "in" else f"{name} {operator} {literal}"
    for function, literal in itertools.product(FUNCTIONS, LITERALS):
        yield function, f"{function}({name},{literal})"
    for inner in ("x:x eq 'a'", "x:x/name eq 'a'", "x:x gt 'a'", ""):
        yield "any", f"{name}/any({inner})"


def test_the_lists_are_known(estate):
    assert {"/deviceManagement/cloudCertificationAuthority", f"/deviceManagement/{LEAF}"} <= {each.template for each in estate.lists}
    for each in estate.lists:
        status = estate.get(each.url(filter="id ne ''")[1:]).status_code
        assert status == 200, f"{each.template}: {status}"


def test_every_operator_on_every_property(estate):
    seen = set()
    for each in estate.lists:
        if (each.type, each.is_count) in seen:
            continue
        seen.add((each.type, each.is_count))
        for name in estate.members(each.type):
            asked = {each.url(filter=text): (operator, text) for operator, text in comparisons(name)}
            replies = [(*asked[url], status, body) for url, status, body in estate.ask_all(asked)]
            judge(estate, each.type, name, replies)


def judge(estate, type_name, name, replies):
    """A refusal names the property, and the operator unless that has some value that it takes."""
    row = estate.members(type_name)[name]
    taken = {operator for operator, _, status, _ in replies if status == 200}
    for operator, text, status, body in replies:
        what = f"{type_name}: {text}: {status} {body}"
        assert status in (200, 400), what
        if status == 400:
            message = message_of(body)
            assert message.startswith("$filter: ") and name in message and (operator in message or operator in taken), what
    if name in estate.annotation(type_name, "FilterRestrictions", "NonFilterableProperties"):
        assert not taken, f"{type_name}/{name}: {taken}"
    assert not taken & never(row), f"{type_name}/{name}: {taken}"


def test_members_of_nested_values(estate):
    """Those that have columns are compared, the others refused; nothing else happens."""
    for each in estate.lists:
        asked = []
        for name, row in estate.members(each.type).items():
            space, _, short = row.get("$Type", "Edm.String").rpartition(".")
            if estate.metadata.get(space, {}).get(short, {}).get("$Kind") != "ComplexType":
                continue
            for member in estate.members(row["$Type"]):
                if row.get("$Collection"):
                    asked += [f"{name}/any(x:x/{member} {operator} {literal})" for operator in INFIX for literal in LITERALS]
                asked += [text for _, text in comparisons(f"{name}/{member}")]
        for url, status, body in estate.ask_all(each.url(filter=text) for text in asked):
            assert status == 200 or (status == 400 and message_of(body).startswith("$filter: ")), f"{url}: {status} {body}"


def never(row):
    """What no property of this type can be compared with."""
    name, is_collection = row.get("$Type", "Edm.String"), row.get("$Collection")
    wrong = set(NOWHERE)
    wrong |= set() if is_collection else {"any"}
    wrong |= set() if name == "Edm.String" and not is_collection else OF_TEXTS_ONLY
    wrong |= OF_ORDER if is_collection or name.startswith(("microsoft.", "cloudpki.", "Edm.Bool")) else set()
    return wrong


def test_what_fits_is_taken(estate):
    for each in estate.lists:
        refused = estate.annotation(each.type, "FilterRestrictions", "NonFilterableProperties")
        fitting = []
        for name, row in estate.members(each.type).items():
            operators, literal = estate.literal_of(row)
            if name in refused:
                continue
            fitting += [f"{name} in ({literal})" if operator == "in" else f"{name} {operator} {literal}" for operator in operators]
        assert fitting, each.template
        for url, status, body in estate.ask_all(each.url(filter=text) for text in fitting):
            assert status == 200, f"{url}: {body}"


def test_only_what_can_be_sorted_by_is(estate):
    for each in estate.lists:
        if not estate.takes(each.operation, "$orderby"):
            continue
        refused = estate.annotation(each.type, "SortRestrictions", "NonSortableProperties")
        names = list(estate.members(each.type))
        asked = {each.url(orderby=f"{name}{way}"): name for name in names for way in ("", " asc", " desc")}
        for url, status, body in estate.ask_all(asked):
            assert status == (400 if asked[url] in refused else 200), f"{url}: {status} {body}"
            assert status == 200 or asked[url] in message_of(body), f"{url}: {body}"


def test_every_property_is_selected(estate):
    for each in estate.lists:
        if each.is_count:
            continue
        rows = {name for name in estate.members(each.type)}
        whole = estate.get(each.path[1:] + "?$top=1").json()["value"]
        for name in rows & set(whole[0] if whole else ()):
            found = estate.get(each.url(select=name)[1:]).json()["value"][0]
            assert {key for key in found if "@" not in key} == {name}


# ---- too deep, too long ----

MONSTERS = {
    "parentheses": "(" * 1000 + "id eq 'x'" + ")" * 1000,
    "open parentheses": "(" * 1000 + "id eq 'x'",
    "not": "not " * 1000 + "id eq 'x'",
    "not with parentheses": "not (" * 1000 + "id eq 'x'" + ")" * 1000,
    "and": " and ".join(["id eq 'x'"] * 1000),
    "or, nested": "(id eq 'x' or " * 1000 + "id eq 'x'" + ")" * 1000,
    "a long list": "id in (" + ",".join(["'x'"] * 20000) + ")",
    "a long text": "id eq '" + "x" * 100000 + "'",
    "a long name": "x" * 100000 + " eq 'x'",
    "many quotes": "id eq '" + "''" * 50000 + "'",
    "blanks": "id" + " " * 100000 + "eq 'x'",
}


@pytest.mark.parametrize("name", MONSTERS)
def test_a_filter_too_deep_or_too_long_is_refused(estate, name):
    """Whole in a batch, whose items have no longest address; alone where HTTP lets it through."""
    text = MONSTERS[name]
    for each in (estate.lists[0], estate.lists[1]):
        ((_, status, body),) = estate.ask_all([each.url(filter=text)])
        assert status in (400, 414), f"{name}: {status} {str(body)[:400]}"
        assert len(message_of(body)) < 800
        if len(each.url(filter=text)) < 20000: # longer ones do not get past HTTP
            alone = estate.get(each.url(filter=text)[1:])
            assert alone.status_code in (400, 414), f"{name}: {alone.status_code}"


def test_other_options_too_long_are_refused(estate):
    each = estate.lists[0]
    for option in ("search", "orderby", "select", "expand", "skiptoken", "top", "skip"):
        for text in ("x" * 100000, ",".join(["id"] * 30000), "(" * 50000, "versions($expand=" * 5000):
            ((_, status, body),) = estate.ask_all([f"{each.path}?${option}={escaped(text)}"])
            assert status in (200, 400, 414) and (status != 200 or option == "select"), f"{option}: {status} {str(body)[:300]}"


# ---- places in lists ----

def token_of(link):
    return re.search(r"\$skiptoken=([^&]+)", link)[1]


def pages(estate):
    """Lists that have a second page, with the place of it."""
    for each in estate.lists:
        if not each.is_count and estate.takes(each.operation, "$skiptoken"):
            link = estate.get(each.url()[1:]).json().get("@odata.nextLink")
            if link:
                yield each, token_of(link)


def test_forged_places_are_refused(estate):
    found = list(pages(estate))
    assert len({each.type for each, _ in found}) >= 4
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for each, token in found:
        forged = {token[:place] + letters[(letters.index(token[place]) + 1 + place) % 64 or 1] + token[place + 1:]
                  for place in range(len(token)) if token[place] in letters}
        forged |= {"", "x", "AAAA", token * 2, token[:-1], token[1:], token + "A", "%00", "' or 1=1 --", "é"}
        forged.discard(token)
        for url, status, body in estate.ask_all(each.url(skiptoken=wrong) for wrong in sorted(forged)):
            assert status == 400 and "$skiptoken" in message_of(body), f"{url}: {status} {body}"


def test_places_of_other_lists_and_callers_are_refused(estate):
    found = list(pages(estate))
    for (each, _), (other, token) in itertools.permutations(found, 2):
        if each.path != other.path:
            reply = estate.get(each.url(skiptoken=token)[1:])
            assert reply.status_code == 400 and "$skiptoken" in message_of(reply.json()), f"{other.path} on {each.path}"
    stranger = estate.server.token(tenant=str(uuid.uuid4()))
    for each, token in found:
        assert estate.get(each.url(skiptoken=token)[1:], token=stranger).status_code in (400, 404), each.path
        for more in ({"filter": "id ne 'x'"}, {"orderby": "id desc"}):
            reply = estate.get(each.url(skiptoken=token, **more)[1:])
            assert reply.status_code == 400, f"{each.path} {more}"


def test_a_stale_place_goes_on_behind_what_is_gone(estate):
    """A place names keys, not a row: what stood there may have gone, and the server may have been restarted."""
    made = [estate.server.create_ca(displayName="Stale") for _ in range(3)]
    url = f"{CAS}?$top=1&$orderby=id&$filter=" + escaped("displayName eq 'Stale'")
    first = estate.server.api("GET", url).json()
    assert estate.server.api("DELETE", first["value"][0]["id"]).status_code == 204
    estate.server.restart()
    link, seen = first["@odata.nextLink"], []
    while link:
        page = estate.server.api("GET", link).json()
        seen += [each["id"] for each in page["value"]]
        link = page.get("@odata.nextLink")
    assert seen == sorted(each["id"] for each in made)[1:]
