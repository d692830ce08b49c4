"""The walk of ./quickstart, against the build under test."""
import os
import subprocess

import pytest

from conftest import BUILD, TOP, free_port


def test_the_tour_ends_well(tmp_path):
    if os.environ.get("TEST_POSTGRES"):
        pytest.skip("the tour's database is SQLite")
    https, http = free_port(), free_port()
    environment = dict(os.environ, CLOUDPKI_BUILD=BUILD, CLOUDPKI_TOUR_HTTPS=str(https), CLOUDPKI_TOUR_HTTP=str(http),
                       TMPDIR=str(tmp_path))
    done = subprocess.run([os.path.join(TOP, "tools/tour"), "--once"], env=environment, cwd=tmp_path,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Done: enrolled, verified, revoked." in done.stdout.rstrip().splitlines()[-1]
    assert os.listdir(tmp_path) == []  # neither data nor keys are left behind


def test_the_tour_fails_when_the_server_does(tmp_path):
    """A program that does nothing but fail."""
    (tmp_path / "cloudpki").symlink_to("/bin/false")
    environment = dict(os.environ, CLOUDPKI_BUILD=str(tmp_path))
    done = subprocess.run([os.path.join(TOP, "tools/tour"), "--once"], env=environment,
                          capture_output=True, text=True, timeout=120)
    assert done.returncode != 0
    assert "did not start" in done.stderr
