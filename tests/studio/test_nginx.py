"""`genwright serve` behind nginx, by the site that docs/serving.md shows: another name, TLS, and a token."""

import base64
import json
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from contextlib import contextmanager
from http.client import HTTPSConnection
from pathlib import Path

import pytest

NGINX, OPENSSL = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin"), shutil.which("openssl")
PAGE = Path(__file__).parents[2] / "docs" / "serving.md"
NAME, TOKEN = "models.example", "a-token-of-many-letters-that-nobody-guesses"
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not (NGINX and OPENSSL), reason="nginx and openssl are not installed"),
]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@contextmanager
def running(words: list[str], port: int, folder: Path):
    """A program that listens on a port of this machine."""
    with (folder / f"{port}.log").open("w") as log:
        process = subprocess.Popen(words, cwd=folder, stdout=log, stderr=log)
    try:
        for _ in range(600):
            assert process.poll() is None, (folder / f"{port}.log").read_text()
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(20)


def site(folder: Path, outside: int, inside: int) -> Path:
    """The file of nginx with the server of the page, at ports and with a certificate of this test."""
    shown = re.search(r"```text\n(server \{.*?\n\})\n```", PAGE.read_text(), re.DOTALL)[1]
    for old, new in (
        ("listen 443", f"listen 127.0.0.1:{outside}"),
        ("127.0.0.1:8318", f"127.0.0.1:{inside}"),
        (f"/etc/ssl/{NAME}", f"{folder}/{NAME}"),
    ):
        assert old in shown
        shown = shown.replace(old, new)
    kept = "\n".join(
        f"    {kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    file = folder / "nginx.conf"
    file.write_text(
        f"pid {folder}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\n{kept}\n    access_log off;\n{shown}\n}}\n"
    )
    return file


def test_the_site_of_the_page_serves_by_another_name(tmp_path):
    inside, outside = free_port(), free_port()
    (tmp_path / "token.txt").write_text(TOKEN)
    key, certificate = tmp_path / f"{NAME}.key", tmp_path / f"{NAME}.pem"
    made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    made += ["-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME},DNS:other.example"]
    subprocess.run([OPENSSL, *made, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    serve = [sys.executable, "-m", "genwright", "serve", "shipped:table", "--port", str(inside)]
    proxy = [NGINX, "-c", str(site(tmp_path, outside, inside)), "-p", str(tmp_path), "-g", "daemon off;"]

    def ask(method: str, path: str, body=None, **headers) -> tuple[int, str]:
        client = HTTPSConnection("127.0.0.1", outside, context=context, timeout=60)
        client.request(method, path, body and json.dumps(body), {"Host": NAME, **headers})
        answer = client.getresponse()
        return answer.status, answer.read().decode()

    context = ssl.create_default_context(cafile=certificate)
    context.check_hostname = False  # the connection is to an address
    with (
        running([*serve, "--token-file", "token.txt"], inside, tmp_path),
        running(proxy, outside, tmp_path),
    ):
        bearer = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        status, text = ask("POST", "/sample", {"n": 2, "seed": 1}, **bearer)
        assert status == 200 and len(json.loads(text)["items"]) == 2
        basic = base64.b64encode(f"any:{TOKEN}".encode()).decode()
        status, text = ask("GET", "/", Authorization=f"Basic {basic}")
        assert status == 200 and "/sample" in text
        assert ask("GET", "/livez")[0] == 200
        assert ask("POST", "/sample", {"n": 2})[0] == 401
        assert ask("POST", "/sample", {"n": 2, "given": {"nobody": "x" * 5 * 2**20}}, **bearer)[0] == 413
