"""What the parts of ./bench share: rows of the table, programs, servers."""
import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import postgres  # noqa: E402
from conftest import BUILD, Server, run  # noqa: E402

PROGRAMS = os.path.join(BUILD, "test", "bench")
ROUNDS = 3
rows = []


def row(what, ours, limit, ratio, aim):
    rows.append((what, ours, limit, ratio, aim))
    print(f"  {what}: {ours} | {limit} | {ratio} (aim {aim})", flush=True)


def program(name, *words):
    return json.loads(run(os.path.join(PROGRAMS, name), *words).stdout)


@contextlib.contextmanager
def serving(**options):
    server = Server(**options)
    try:
        yield server
    finally:
        server.destroy()


@contextlib.contextmanager
def postgres_server():
    """Durable, as a measurement must be; a Server made within has its database there."""
    directory = tempfile.mkdtemp(prefix="pg.", dir="/tmp")
    os.chmod(directory, 0o755)
    try:
        os.environ["TEST_POSTGRES"] = postgres.start(directory, fsync=True)
        yield os.environ["TEST_POSTGRES"]
    finally:
        os.environ.pop("TEST_POSTGRES", None)
        postgres.stop(directory)


@contextlib.contextmanager
def running(*command, port, **options):
    process = subprocess.Popen([str(word) for word in command], stderr=subprocess.DEVNULL, **options)
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.02)
        yield process
    finally:
        process.terminate()
        process.wait(timeout=20)


def processor_seconds(process):
    """Of all its threads that are there now, in the scheduler's own nanoseconds."""
    total = 0
    for thread in os.listdir(f"/proc/{process.pid}/task"):
        with contextlib.suppress(FileNotFoundError), open(f"/proc/{process.pid}/task/{thread}/schedstat") as stat:
            total += int(stat.read().split()[0])
    return total / 1e9


def write_requests(path, requests):
    """For http_load: whole requests, each after a line with its length."""
    with open(path, "wb") as out:
        for request in requests:
            out.write(b"%d\n" % len(request) + request)


def request_octets(method, target, headers=None, body=b""):
    head = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1"]
    head += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body:
        head.append(f"Content-Length: {len(body)}")
    return "\r\n".join(head + ["", ""]).encode() + body
