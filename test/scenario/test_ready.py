"""/readyz while the database is away: it says so, tells nothing else, and is ready again by itself."""
import os
import sqlite3
import tempfile
import time
import urllib.parse

import pytest

import postgres

PATIENCE_S = 30


@pytest.fixture
def own_postgres(monkeypatch):
    """A PostgreSQL that this story may stop; its directory."""
    if not os.environ.get("TEST_POSTGRES"):
        pytest.skip("the run on PostgreSQL has this story")
    where = tempfile.mkdtemp(prefix="pg.", dir="/tmp")
    os.chmod(where, 0o755)
    try:
        monkeypatch.setenv("TEST_POSTGRES", postgres.start(where))
        yield where
    finally:
        postgres.stop(where)


def readiness(server):
    reply = server.session.get(server.http_url + "/readyz", timeout=20)
    return reply.status_code, reply.text


def wait_until_ready(server):
    until = time.monotonic() + PATIENCE_S
    while readiness(server)[0] != 200 and time.monotonic() < until:
        time.sleep(0.1)
    assert readiness(server) == (200, "ready\n")


def assert_says_only_that_the_database_is_away(server, secrets):
    status, text = readiness(server)
    assert status == 503
    assert "database" in text
    assert not [secret for secret in secrets if secret in text]
    assert server.session.get(server.http_url + "/healthz").status_code == 200


def test_postgres_that_stops_and_comes_back(own_postgres, new_server):
    server = new_server()
    root = server.create_ca()
    secrets = [own_postgres, urllib.parse.quote(own_postgres, safe=""), server.database.name, "user", "host"]
    for _ in range(2):
        postgres.halt(own_postgres)
        assert_says_only_that_the_database_is_away(server, secrets)
        assert server.api("GET", root["id"]).status_code == 503
        postgres.launch(own_postgres)
        wait_until_ready(server)
        assert server.api("GET", root["id"]).json()["id"] == root["id"]
        assert server.api("PATCH", root["id"], json={"description": "back"}).status_code == 200


def test_sqlite_that_another_program_holds(new_server):
    """A shell or a backup with a write transaction open: reads go on, nothing can be issued."""
    if os.environ.get("TEST_POSTGRES"):
        pytest.skip("the run on SQLite has this story")
    server = new_server()
    root = server.create_ca()
    path = os.path.join(server.data_dir, "cloudpki.db")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert_says_only_that_the_database_is_away(server, [server.data_dir, path, ".db"])
    assert server.api("GET", root["id"]).json()["id"] == root["id"]
    other.execute("ROLLBACK")
    other.close()
    wait_until_ready(server)
    assert server.api("PATCH", root["id"], json={"description": "back"}).status_code == 200
