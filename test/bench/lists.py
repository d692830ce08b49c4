"""Lists of a million leaf certificates: what a page costs beside the bare SQL that it needs."""
import contextlib
import os
import statistics
import subprocess
import tempfile
import time
from urllib.parse import quote, urlsplit

from conftest import CAS
from measure import ROUNDS, postgres_server, processor_seconds, program, request_octets, row, serving, \
    write_requests

COUNT = 1000000
DAY = 86400
LEAVES = "/beta/deviceManagement/cloudCertificationAuthorityLeafCertificate"

# Words that differ: {numbers} gives i from 1 to COUNT, {octets:N} so many random octets.
FILL = """
INSERT INTO certificates (id, tenant_id, ca_id, version, kind, serial, subject_name, issuer_name,
    certificate, thumbprint, not_before, not_after, revoked_at, revocation_reason, key_id, device_name,
    device_id, user_principal_name, user_id, device_platform, sid, key_usages, ekus, challenge_id, created_at)
SELECT {uuid}, '{tenant}', '{ca}', 1, 1, {serial}, 'CN=device-' || i || ',O=Example', 'O=Example,CN=Example Issuing CA',
    {certificate}, upper({hex40}), at, at + (30 + i * 7919 % 700) * 86400,
    CASE WHEN i % 50 = 0 THEN at + 86400 ELSE 0 END, 0, '', 'device-' || i, {uuid},
    'user' || i % 5000 || '@example.org', {uuid}, 'windows', NULL, '["DigitalSignature","KeyEncipherment"]',
    '["1.3.6.1.5.5.7.3.2"]', '', at
FROM (SELECT i, {now} - 31536000 + i * 31 AS at FROM {numbers}) AS made
"""

WORDS = {
    "sqlite": {
        "uuid": "lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || "
                "'-a' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))",
        "serial": "randomblob(16)", "certificate": "randomblob(700)", "hex40": "hex(randomblob(20))",
        "numbers": "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) SELECT i FROM n)",
    },
    "postgres": {
        "uuid": "gen_random_uuid()::text", "serial": "decode(md5('s' || i), 'hex')",
        "certificate": "decode(repeat(md5('c' || i), 44), 'hex')", "hex40": "md5('t' || i) || substr(md5('u' || i), 1, 8)",
        "numbers": "generate_series(1::bigint, {count}) AS n(i)",
    },
}


def execute(server, sql):
    """A million rows take longer than the programs of tests may."""
    if server.database.url:
        words = ["psql", "-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-c", sql, server.database.url]
    else:
        words = ["sqlite3", os.path.join(server.data_dir, "cloudpki.db"), "PRAGMA cache_size=-500000", sql]
    return subprocess.run(words, check=True, capture_output=True, text=True, timeout=600).stdout.strip()


def fill(server, ca_id, now):
    words = WORDS["postgres" if server.database.url else "sqlite"]
    tenant = execute(server, "SELECT id FROM tenants")
    given = dict(words, tenant=tenant, ca=ca_id, now=now, numbers=words["numbers"].format(count=COUNT))
    execute(server, FILL.format(**given))
    execute(server, "VACUUM (ANALYZE) certificates" if server.database.url else "PRAGMA wal_checkpoint(TRUNCATE)")
    return tenant


# What the answer shows, and what its next page begins with.
COLUMNS = """id, subject_name, ca_id, issuer_name, CASE WHEN revoked_at <> 0 THEN 2 WHEN not_after < {now} THEN 3 ELSE 1 END,
    not_before, not_after, thumbprint, serial, revoked_at, device_name, user_principal_name, device_id, user_id,
    device_platform, key_usages, ekus, version, created_at"""


def pages(server, count):
    """The path of the page after the first count of 999, and the last id before it."""
    path, last = f"{LEAVES}?$top=999&$select=id", None
    for _ in range(count):
        page = server.api("GET", path).json()
        last = page["value"][-1]["id"]
        link = urlsplit(page["@odata.nextLink"])
        path = f"{link.path}?{link.query}"
    return path, last


def deep_page(server):
    """The 10,000th page of 100: a place does not depend on how long the pages before it were."""
    path, last = pages(server, (10000 - 1) * 100 // 999)
    place = [part for part in urlsplit(path).query.split("&") if "skiptoken" in part.lower()]
    return f"{LEAVES}?$top=100&{place[0]}", last


def cases(server, ca_id, tenant, now):
    """What is asked of us, and the bare SQL for the same rows and columns."""
    ends = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now + 30 * DAY))
    soon = quote(f"certificateStatus eq 'active' and validityEndDateTime lt {ends}")
    deep, last = deep_page(server)
    columns = COLUMNS.format(now=now)
    select = f"SELECT {columns} FROM certificates WHERE tenant_id = '{tenant}' AND kind = 1"
    serial = server.api("GET", f"{LEAVES}?$top=1&$skip=5000").json()["value"][0]["serialNumber"]
    octets = f"decode('{serial}', 'hex')" if server.database.url else f"x'{serial}'"
    return (
        ("first page", f"{LEAVES}?$top=100", f"{select} ORDER BY created_at, id LIMIT 101"),
        ("10,000th page", deep,
         f"{select} AND (created_at, id) > ((SELECT created_at FROM certificates WHERE id = '{last}'), '{last}') "
         "ORDER BY created_at, id LIMIT 101"),
        ("active and ending within 30 days", f"{LEAVES}?$top=100&$filter={soon}",
         f"{select} AND revoked_at = 0 AND not_after >= {now} AND not_after < {now + 30 * DAY} "
         "ORDER BY not_after, id LIMIT 101"),
        ("revoked", f"{LEAVES}?$top=100&$filter=" + quote("certificateStatus eq 'revoked'"),
         f"{select} AND revoked_at <> 0 ORDER BY created_at, id LIMIT 101"),
        ("by serial", f"{CAS}/{ca_id}/cloudCertificationAuthorityLeafCertificate?$filter=" + quote(f"serialNumber eq '{serial}'"),
         f"{select} AND ca_id = '{ca_id}' AND serial = {octets}"),
    )


def measure(server, path, sql, times=200):
    """Medians of the reply, the server's processor time for it and the bare SQL, in µs."""
    url = server.database.url or "sqlite:" + os.path.join(server.data_dir, "cloudpki.db")
    replies, costs, bares = [], [], []
    with tempfile.NamedTemporaryFile() as requests:
        write_requests(requests.name, [request_octets("GET", path, {"Authorization": "Bearer " + server.token()})])
        for _ in range(ROUNDS):
            before = processor_seconds(server.process)
            replies.append(program("http_load", server.https_port, 1, times, requests.name, "tls")["median_us"])
            costs.append((processor_seconds(server.process) - before) / times * 1e6)
            bares.append(program("bare_sql", url, times, sql)["median_us"])
    return (statistics.median(each) for each in (replies, costs, bares))


def bench():
    for name, database in (("SQLite", contextlib.nullcontext), ("PostgreSQL", postgres_server)):
        with database(), serving(settings=["api.requests_per_minute=0"]) as server:
            _, ca = server.create_hierarchy()
            server.stop()
            now = int(time.time())
            tenant = fill(server, ca["id"], now)
            server.start()
            for what, path, sql in cases(server, ca["id"], tenant, now):
                reply, cost, bare = measure(server, path, sql)
                row(f"{COUNT:,} certificates, {name}: {what}", f"{reply:,.0f} µs, {cost:,.0f} of processor time",
                    f"{bare:,.0f} µs bare SQL", f"{reply / bare:.1f}", "≤ 2; 1,000 µs of processor time")
