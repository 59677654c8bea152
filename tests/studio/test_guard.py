# Tests studio/app.py
"""Who may talk to the studio."""

import os
import random

import pytest
from starlette.testclient import TestClient
from studio_fixtures import HERE, PORT, TOKEN

from genwright.studio.app import LARGEST_UPLOAD, build
from genwright.studio.guard import LARGEST_JSON, Guard

MALFORMED, SEED = 60, 0


def everything(root):
    return sorted(str(path) for path in root.rglob("*"))


def refused(answer, status):
    assert answer.status_code == status
    assert 10 < len(answer.json()["error"]) < 200


def test_the_first_page_brings_a_cookie_that_scripts_and_other_sites_do_not_get(root):
    with TestClient(Guard(build(root), TOKEN, PORT), base_url=HERE) as client:
        first = client.get(f"/?token={TOKEN}")
        assert first.status_code == 200
        assert "HttpOnly" in first.headers["set-cookie"] and "SameSite=Strict" in first.headers["set-cookie"]
        assert "frame-ancestors 'none'" in first.headers["content-security-policy"]
        assert client.get("/api/home").status_code == 200


@pytest.mark.parametrize("path", ["/", "/?token=", "/?token=wrong", "/api/home", "/events", "/static/main.js"])
def test_without_the_token_nothing_is_shown(root, path):
    client = TestClient(Guard(build(root), TOKEN, PORT), base_url=HERE)
    refused(client.get(path), 401)


@pytest.mark.parametrize(
    "header, value, status",
    [
        ("host", "evil.example", 421),
        ("host", "evil.example:127.0.0.1", 421),
        ("host", "", 421),
        ("origin", "http://evil.example", 403),
        ("origin", f"http://127.0.0.1:{PORT + 1}", 403),
        ("origin", f"http://localhost:{PORT}", 403),
        ("origin", "null", 403),
        ("sec-fetch-site", "cross-site", 403),
        ("sec-fetch-site", "same-site", 403),
    ],
)
def test_another_site_is_refused_also_with_the_cookie(client, root, header, value, status):
    before = everything(root)
    body = {"source": "digits", "family": "vae", "minutes": 1}
    refused(client.post("/api/runs", json=body, headers={header: value}), status)
    assert everything(root) == before


def test_its_own_pages_are_heard(client):
    own = {"origin": HERE, "sec-fetch-site": "same-origin"}
    assert client.post("/api/entries/none/stop", json={}, headers=own).status_code == 404


@pytest.mark.parametrize("id", ["..%2f..%2fetc", "0" * 16, "a" * 5_000])
def test_an_id_is_no_path(client, root, id):
    before = everything(root.parent)
    for method, path in (("GET", f"/api/runs/{id}"), ("DELETE", f"/api/entries/{id}"), ("GET", f"/compare/{id}")):
        answer = client.request(method, path)
        assert answer.status_code in (404, 405) and "first page" in answer.json()["error"]
    assert everything(root.parent) == before


def test_what_a_link_leads_to_outside_is_not_listed(client, root):
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "config.toml").write_text("format = 3\n")
    os.symlink(outside, root / "inside")
    assert client.get("/api/home").json()["entries"] == []


def test_a_body_that_is_too_large_is_refused_before_it_is_read(client, root):
    def never():
        raise AssertionError("the body was read")
        yield b""

    before = everything(root)
    for method, path, most in (("POST", "/api/data", LARGEST_JSON), ("PUT", "/api/uploads/a.csv", LARGEST_UPLOAD)):
        told = {"content-length": str(2**30), "content-type": "application/json"}
        refused(client.request(method, path, content=never(), headers=told), 413)
        assert most < 2**30
    assert everything(root) == before


def test_a_body_without_a_length_is_refused_as_it_grows(client):
    parts = (b"[" * 2**20 for _ in range(8))
    refused(client.post("/api/data", content=parts, headers={"content-type": "application/json"}), 413)


@pytest.mark.parametrize(
    "body", [b"[" * 10**6, b'{"a":' * 10**5, b"", b"[]", b"nonsense", b'{"source": NaN}', b"\xff\xfe", b'{"a": 1e999}']
)
def test_json_that_is_none_is_refused(client, body):
    answer = client.post("/api/data", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400 and answer.json()["error"]


def test_a_form_of_another_site_is_no_json(client):
    form = client.post("/api/data", content=b'{"source": "digits"}', headers={"content-type": "text/plain"})
    refused(form, 415)


def test_malformed_requests_get_a_sentence_and_write_nothing(client, root):
    rng, before = random.Random(SEED), everything(root)
    values = [None, True, -1, 1e308, "", "..", "x" * 100, [], {}, [[[]]], {"a": None}, "/etc/passwd", 2**70]
    names = ["source", "options", "family", "minutes", "given", "point", "a", "b", "t", "n", "seed", "known", "draws"]
    paths = ["/api/data", "/api/data/first", "/api/runs", "/api/entries/x/stop", "/api/models/x/decode"]
    for _ in range(MALFORMED):
        body = {rng.choice(names): rng.choice(values) for _ in range(rng.randrange(5))}
        answer = client.post(rng.choice(paths), json=body)
        assert 400 <= answer.status_code < 500 and answer.json()["error"], body
    assert everything(root) == before
