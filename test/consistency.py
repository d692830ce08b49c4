"""What holds of a database whenever the server is down, however it ended."""
import os

from conftest import run

# Each gives the rows that must not exist.
ORPHANS = {
    "a certificate of no version": """
        SELECT c.id FROM certificates c LEFT JOIN ca_versions v ON v.ca_id = c.ca_id AND v.number = c.version
        WHERE v.id IS NULL""",
    "a version without its key": """
        SELECT id FROM ca_versions WHERE key_id <> '' AND key_id NOT IN (SELECT id FROM keys)""",
    "an enrolment without its certificate": """
        SELECT id FROM enrolments WHERE certificate_id <> '' AND certificate_id NOT IN (SELECT id FROM certificates)""",
    "a revocation of nothing": """
        SELECT certificate_id FROM revocations WHERE certificate_id NOT IN (SELECT id FROM certificates)
        AND certificate_id NOT IN (SELECT id FROM ca_versions)""",
    "a revoked certificate that no list will have": """
        SELECT c.id FROM certificates c LEFT JOIN revocations r ON r.ca_id = c.ca_id AND r.serial = c.serial
        WHERE c.revoked_at > 0 AND r.serial IS NULL""",
    "a current list without all its octets": """
        SELECT l.id FROM crls l WHERE l.is_current = 1 AND l.size <>
        (SELECT coalesce(sum(length(k.octets)), 0) FROM crl_chunks k WHERE k.crl_id = l.id)""",
    "octets of no list": """
        SELECT crl_id FROM crl_chunks WHERE crl_id NOT IN (SELECT id FROM crls)""",
    "a challenge used more or less often than certificates came of it": """
        SELECT h.id FROM challenges h WHERE h.uses <>
        (SELECT count(*) FROM certificates c WHERE c.challenge_id = h.id)""",
    "a certificate that the audit does not know": """
        SELECT c.id FROM certificates c WHERE c.challenge_id <> '' AND
        NOT EXISTS (SELECT 1 FROM audit_events a WHERE a.object_id = c.id)""",
}

# What the database finds wrong in its own files; amcheck compares each index with its table.
POSTGRES = """
    SET client_min_messages = warning;
    CREATE EXTENSION IF NOT EXISTS amcheck;
    SELECT t.relname, h.msg FROM pg_class t, LATERAL verify_heapam(t.oid) h
    WHERE t.relkind = 'r' AND t.relnamespace = 'public'::regnamespace;
    SELECT bt_index_check(i.oid, true) FROM pg_class i JOIN pg_am a ON a.oid = i.relam
    WHERE i.relkind = 'i' AND a.amname = 'btree' AND i.relnamespace = 'public'::regnamespace;"""


def query(server, sql):
    """The rows as lines of text, on either database."""
    if server.database.url:
        return server.database.execute(sql, server.database.url).split("\n")
    return run("sqlite3", os.path.join(server.data_dir, "cloudpki.db"), sql).stdout.split("\n")


def damage(server):
    """Nothing, when all is well."""
    found = query(server, POSTGRES if server.database.url else "PRAGMA integrity_check")
    found = [line for line in found if line not in ("", "ok")]
    for name, sql in ORPHANS.items():
        found += [f"{name}: {row}" for row in query(server, sql) if row]
    return found
