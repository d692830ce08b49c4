"""The process: start, stop, restart, health, a wrong master key, a busy directory."""
import os
import signal
import socket
import stat
import subprocess
import threading
import time

from conftest import CAS, PROGRAM, run


def wait_for_log(server, text):
    for _ in range(100):
        if text in server.log():
            return
        time.sleep(0.05)
    raise AssertionError(f"not in the log: {text}")


def test_health_ready_and_metrics(server):
    assert server.session.get(server.http_url + "/healthz").text == "ok\n"
    assert server.session.get(server.http_url + "/readyz").status_code == 200
    text = server.session.get(server.http_url + "/metrics").text
    assert "# TYPE cloudpki_http_requests_total counter" in text


def test_the_api_is_not_on_the_plain_port(server):
    assert server.session.get(server.http_url + CAS).status_code == 404


def test_data_directory_is_private(server):
    assert stat.S_IMODE(os.stat(server.data_dir + "/master.key").st_mode) == 0o600
    for name in ("tls.pem", "master.key"):
        assert stat.S_IMODE(os.stat(os.path.join(server.data_dir, name)).st_mode) & 0o077 == 0


def test_a_restart_forgets_nothing(new_server):
    server = new_server()
    root, ca = server.create_hierarchy()
    leaf = server.enrol(ca["id"])
    assert server.stop() == 0
    server.start()
    again = server.api("GET", f"{ca['id']}/cloudCertificationAuthorityLeafCertificate/{leaf['id']}")
    assert again.json()["serialNumber"] == leaf["serialNumber"]
    assert server.enrol(ca["id"])["id"] != leaf["id"]
    assert server.stop() == 0


def test_stop_lets_requests_in_flight_finish(new_server):
    server = new_server()
    replies = []

    def create():
        replies.append(server.api("POST", CAS, json=server.wanted_ca(certificateKeySize="rsa3072")).status_code)

    server.token()
    thread = threading.Thread(target=create)
    thread.start()
    time.sleep(0.3)
    assert server.stop() == 0
    thread.join()
    assert replies == [201]


def test_a_sighup_while_stopping_cuts_nobody_off(new_server):
    server = new_server()
    with socket.create_connection(("127.0.0.1", server.http_port)) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: ")
        assert server.session.get(server.http_url + "/healthz").status_code == 200
        server.process.send_signal(signal.SIGTERM)
        wait_for_log(server, "event=server.stopping")
        server.process.send_signal(signal.SIGHUP)
        client.sendall(b"x\r\nConnection: close\r\n\r\n")
        client.settimeout(20)
        reply = b"".join(iter(lambda: client.recv(4096), b""))
    assert reply.endswith(b"ok\n")
    assert server.process.wait(timeout=60) == 0


def test_a_second_server_on_the_same_directory_is_refused(server):
    done = run(PROGRAM, "serve", *server.flags(), check=False)
    assert done.returncode == 1
    assert "another cloudpki serves" in done.stderr


def test_a_taken_port_is_refused(server, tmp_path):
    done = run(PROGRAM, "serve", "--data", str(tmp_path / "d"), "--https", f"127.0.0.1:{server.https_port}",
               "--http", "127.0.0.1:0", check=False)
    assert done.returncode == 1 and str(server.https_port) in done.stderr


def test_a_wrong_master_key_stops_start_up_with_a_sentence(new_server):
    server = new_server()
    server.stop()
    path = server.data_dir + "/master.key"
    old = open(path).read()
    with open(path, "w") as out:
        out.write("0" * 63 + "1\n")
    done = run(PROGRAM, "serve", *server.flags(), check=False)
    assert done.returncode == 1 and "is not the master key of this database" in done.stderr
    with open(path, "w") as out:
        out.write(old)
    server.start()


def test_a_readable_master_key_stops_start_up(new_server):
    server = new_server()
    server.stop()
    path = server.data_dir + "/master.key"
    os.chmod(path, 0o644)
    done = run(PROGRAM, "serve", *server.flags(), check=False)
    assert done.returncode == 1 and "master.key" in done.stderr
    os.chmod(path, 0o600)
    server.start()


def test_a_wrong_setting_names_itself(tmp_path):
    (tmp_path / "cloudpki.ini").write_text("[limits]\ncas = many\n")
    done = run(PROGRAM, "serve", "--data", str(tmp_path), check=False)
    assert done.returncode == 2
    assert "cloudpki.ini:2: limits.cas must be a whole number" in done.stderr


def test_a_slow_client_is_cut_off(new_server):
    server = new_server(settings=["limits.header_timeout=1", "limits.body_timeout=1"])
    for first in (b"GET /healthz HTTP/1.1\r\nHo", b"POST /ocsp HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nab"):
        with socket.create_connection(("127.0.0.1", server.http_port)) as client:
            client.sendall(first)
            client.settimeout(20)
            began = time.monotonic()
            try:
                while client.recv(4096):
                    pass
            except ConnectionResetError:
                pass
            assert time.monotonic() - began < 10


def test_a_body_of_100_mb_is_refused_early(server):
    with socket.create_connection(("127.0.0.1", server.http_port)) as client:
        client.sendall(b"POST /ocsp HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n")
        try:
            for _ in range(100):
                client.sendall(b"x" * 65536)
        except OSError:
            pass
        client.settimeout(20)
        try:
            reply = client.recv(4096)
        except OSError:
            reply = b""
    assert reply == b"" or b" 413 " in reply.split(b"\r\n")[0]
    assert server.session.get(server.http_url + "/healthz").status_code == 200


def test_http_1_0_without_host(server):
    with socket.create_connection(("127.0.0.1", server.http_port)) as client:
        client.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
        client.settimeout(20)
        reply = b"".join(iter(lambda: client.recv(4096), b""))
    assert reply.split(b"\r\n")[0].endswith(b"200 OK") and reply.endswith(b"ok\n")


def test_sighup_reads_the_certificate_again(server):
    server.process.send_signal(signal.SIGHUP)
    wait_for_log(server, "event=tls.reloaded")
    assert server.api("GET", CAS).status_code == 200


def test_secrets_never_reach_the_log(server, hierarchy):
    _, ca = hierarchy
    challenge = server.challenge(ca["id"])["challenge"]
    server.session.get(f"{server.http_url}/scep/{ca['id']}?operation=PKIOperation&message=AAAA")
    master = open(server.data_dir + "/master.key").read().strip()
    log = server.log()
    for secret in (challenge, master, server.token()):
        assert secret not in log
