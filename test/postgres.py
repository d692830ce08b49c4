#!/usr/bin/env python3
"""A private PostgreSQL for tests: on a Unix socket only, in a directory of its own.

    postgres.py start DIR [--fsync]   prints the URL of the database `test`
    postgres.py stop DIR              stops it and removes DIR
    postgres.py run [--fsync] COMMAND…   runs COMMAND with TEST_POSTGRES set, then stops it

initdb refuses root, so as root the programs run as nobody. The distribution's own cluster is
never touched. fsync is off unless asked for: crash tests and measurements need it.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.parse

PROGRAMS = "/usr/lib/postgresql/15/bin"
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "log_min_messages": "fatal",
}


def as_nobody(*command):
    if os.geteuid() != 0:
        return list(command)
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", *command]


def run(*command):
    """Servers keep what they inherit open, so nothing is piped; output goes to a file."""
    with tempfile.TemporaryFile() as output:
        result = subprocess.run(
            as_nobody(*command), stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/"
        )
        if result.returncode != 0:
            output.seek(0)
            sys.exit("%s: %s" % (command[0], output.read().decode(errors="replace")))


def start(directory, fsync=False):
    """Returns the URL. The directory's path must be short: a socket's name has 107 octets."""
    directory = os.path.abspath(directory)
    data = os.path.join(directory, "data")
    os.makedirs(directory, exist_ok=True)
    if os.geteuid() == 0:
        shutil.chown(directory, "nobody", "nogroup")
    run(PROGRAMS + "/initdb", "-D", data, "-U", "test", "-A", "trust", "-E", "UTF8", "--locale=C",
        "--no-sync")
    launch(directory, fsync)
    run(PROGRAMS + "/createdb", "-h", directory, "-U", "test", "test")
    return "postgresql:///test?user=test&host=" + urllib.parse.quote(directory, safe="")


def launch(directory, fsync=False):
    """The server of a directory that start() made; again after halt()."""
    settings = dict(SETTINGS, unix_socket_directories=directory)
    if not fsync:
        settings.update(fsync="off", full_page_writes="off")
    options = " ".join("-c %s='%s'" % pair for pair in settings.items())
    run(PROGRAMS + "/pg_ctl", "-D", os.path.join(directory, "data"), "-w", "-l",
        os.path.join(directory, "log"), "-o", options, "start")


def halt(directory):
    data = os.path.join(os.path.abspath(directory), "data")
    subprocess.run(
        as_nobody(PROGRAMS + "/pg_ctl", "-D", data, "-w", "-m", "immediate", "stop"),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
    )


def stop(directory):
    halt(directory)
    shutil.rmtree(directory, ignore_errors=True)


def run_with(command, fsync):
    directory = tempfile.mkdtemp(prefix="pg.", dir="/tmp")
    os.chmod(directory, 0o755)
    try:
        url = start(directory, fsync)
        return subprocess.run(command, env=dict(os.environ, TEST_POSTGRES=url)).returncode
    finally:
        stop(directory)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped
    fsync = "--fsync" in sys.argv[1:3] or sys.argv[-1:] == ["--fsync"]
    words = sys.argv[1:]
    if fsync:
        words.remove("--fsync")
    if words[:1] == ["run"] and len(words) > 1:
        sys.exit(run_with(words[1:], fsync))
    if words[:1] == ["start"] and len(words) == 2:
        print(start(words[1], fsync))
    elif words[:1] == ["stop"] and len(words) == 2:
        stop(words[1])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
