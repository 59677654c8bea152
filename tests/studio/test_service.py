# Tests studio/cli.py
"""`genwright serve`, as a client meets it."""

import asyncio
import base64
import os
import random
import shutil
import signal
import socket
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from starlette.testclient import TestClient
from studio_fixtures import HERE, PORT, TOKEN

import genwright
from genwright.core.errors import RunError
from genwright.studio.guard import LOCAL
from genwright.studio.service import MOST_WAITING, Service, ServiceGuard, serve_runs

ROWS, LINES, PIXELS = "iris", ["abc", "abd", "bcd", "acd", "bbd"] * 8, "digits"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """{name: the folder of a run}"""
    root = tmp_path_factory.mktemp("served")
    wanted = {"rows": (ROWS, "autoregressive"), "lines": (LINES, "autoregressive"), "pixels": (PIXELS, "vae")}
    for name, (source, family) in wanted.items():
        data = genwright.load_data(source)
        genwright.fit(data, family, preset="tiny", steps=2, progress=False).save(root / name)
    return {name: root / name for name in wanted}


def client_of(*runs, token=None, names=LOCAL):
    service = Service(runs)
    asyncio.run(service.begin())
    client = TestClient(ServiceGuard(service.build(), token, PORT, names), base_url=HERE)
    client.service = service
    return client


@pytest.fixture(scope="module")
def rows(runs):
    with client_of(runs["rows"]) as client:
        yield client


def test_a_table_is_sampled_scored_and_completed_as_in_python(rows, runs):
    model = genwright.load_model(runs["rows"], "cpu")
    sampled = rows.post("/sample", json={"n": 3, "seed": 5}).json()
    items = sampled["items"]
    own = model.sample(3, seed=5)
    assert sampled["seed"] == 5 and [list(item.values()) for item in items] == own.values.tolist()
    scores = rows.post("/log-prob", json={"items": items}).json()
    np.testing.assert_allclose(scores["nats"], model.log_prob(own).nats, rtol=1e-6)
    assert scores["kind"] == "exact"
    holed = [item | {"target": None} for item in items]
    done = rows.post("/complete", json={"items": holed, "seed": 1}).json()
    assert [row | {"target": None} for row in done["items"]] == holed
    assert all(row["target"] for row in done["items"])


def test_a_file_has_the_form_of_the_data(rows):
    answer = rows.post("/sample", json={"n": 2, "seed": 5, "file": True})
    assert answer.headers["content-disposition"].endswith('"samples.csv"')
    assert len(answer.text.splitlines()) == 3


def test_texts_and_pixels(runs):
    with client_of(runs["lines"]) as client:
        items = client.post("/sample", json={"n": 2, "seed": 0}).json()["items"]
        assert all(isinstance(item, str) for item in items)
        (done,) = client.post("/complete", json={"items": ["a*"], "seed": 0}).json()["items"]
        assert done.startswith("a")
    with client_of(runs["pixels"]) as client:
        sampled = client.post("/sample", json={"n": 2, "seed": 0, "given": {"label": 3}}).json()
        assert np.shape(sampled["items"]) == (2, 8, 8, 1) and sampled["given"]["label"] == [3, 3]
        assert len(client.post("/log-prob", json={"items": sampled["items"]}).json()["nats"]) == 2


def test_the_description_names_the_verbs_that_there_are(rows):
    described = rows.get("/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    assert set(described["paths"]) == {"/sample", "/log-prob", "/complete"}
    assert all(path in rows.get("/").text for path in described["paths"])
    assert rows.post("/predict", json={"items": [{}]}).status_code == 404


@pytest.mark.parametrize(
    "path, body, status",
    [
        ("/sample", {"n": 10**9}, 400),
        ("/sample", {}, 400),
        ("/sample", {"n": 1, "seed": -1}, 400),
        ("/sample", {"n": 1, "given": {"nobody": 1}}, 400),
        ("/log-prob", {"items": []}, 400),
        ("/log-prob", {"items": [{"a": 1}]}, 400),
        ("/log-prob", {"items": [1, "a", {}]}, 400),
        ("/log-prob", {"items": [[1], [2, 3]]}, 400),
        ("/complete", {"items": [{"a": 1}], "known": 3}, 400),
        ("/complete", {"items": [{"target": [None, None]}]}, 400),
        ("/nothing", {}, 404),
    ],
)
def test_what_cannot_be_answered_gets_a_sentence(rows, path, body, status):
    answer = rows.post(path, json=body)
    assert answer.status_code == status and 10 < len(answer.json()["error"]) < 400


def test_too_many_numbers_are_refused_before_they_are_drawn(runs, monkeypatch):
    from genwright.studio import answers

    monkeypatch.setattr(answers, "MOST_NUMBERS", 100)
    with client_of(runs["pixels"]) as client:  # its process is forked from this one
        assert "64 numbers" in client.post("/sample", json={"n": 2}).json()["error"]


def test_malformed_requests_are_no_bugs(rows, runs):
    rng = random.Random(0)
    values = [None, True, -1, 1e308, "", "..", [], {}, [[[]]], {"a": None}, 2**70, [{"target": []}], ["x"], [[1.5]]]
    names = ["n", "seed", "given", "items", "known", "draws", "file"]
    with client_of(runs["pixels"]) as pixels:
        for _ in range(60):
            body = {rng.choice(names): rng.choice(values) for _ in range(rng.randrange(1, 5))}
            answer = rng.choice([rows, pixels]).post(rng.choice(["/sample", "/log-prob", "/complete"]), json=body)
            assert answer.status_code in (200, 400), (body, answer.text)


def test_other_sites_and_hosts_are_refused(rows):
    body = {"json": {"n": 1}}
    assert rows.post("/sample", headers={"host": "evil.example"}, **body).status_code == 421
    assert rows.post("/sample", headers={"origin": "http://evil.example"}, **body).status_code == 403
    assert rows.post("/sample", content=b'{"n": 1}', headers={"content-type": "text/plain"}).status_code == 415
    assert (
        rows.post("/sample", content=b"[" * (5 * 2**20), headers={"content-type": "application/json"}).status_code
        == 413
    )


def test_with_a_token_each_request_carries_it(runs):
    with client_of(runs["rows"], token=TOKEN) as client:
        assert client.post("/sample", json={"n": 1}).status_code == 401
        wrong, right = ({"authorization": f"Bearer {token}"} for token in ("wrong", TOKEN))
        assert client.post("/sample", json={"n": 1}, headers=wrong).status_code == 401
        assert client.post("/sample", json={"n": 1}, headers=right).status_code == 200


def test_by_any_name_with_a_token_and_by_allowed_names_without(runs):
    body = {"n": 1}
    ours, right = {"host": "models.example:8443"}, {"authorization": f"Bearer {TOKEN}"}
    with client_of(runs["rows"], token=TOKEN) as client:
        assert client.post("/sample", json=body, headers=ours | right).status_code == 200
        proxied = ours | right | {"origin": "https://models.example:8443"}
        assert client.post("/sample", json=body, headers=proxied).status_code == 200
        assert client.post("/sample", json=body, headers=proxied | {"origin": "https://other"}).status_code == 403
        assert client.post("/sample", json=body, headers=ours).status_code == 401
    with client_of(runs["rows"], names={*LOCAL, "models.example"}) as client:
        assert client.post("/sample", json=body, headers=ours).status_code == 200
        assert client.post("/sample", json=body, headers={"host": "models.example.evil"}).status_code == 421


def test_a_browser_sends_the_token_as_a_password(runs):
    with client_of(runs["rows"], token=TOKEN) as client:
        assert client.get("/").headers["www-authenticate"].startswith("Basic")
        for sent, status in ((f"me:{TOKEN}", 200), (f":{TOKEN}", 200), ("me:wrong", 401), (TOKEN, 401)):
            header = {"authorization": "Basic " + base64.b64encode(sent.encode()).decode()}
            assert client.get("/", headers=header).status_code == status
        for malformed in ("Basic", "Basic ?", "Basic /w==", "Digest x", ""):
            assert client.get("/", headers={"authorization": malformed}).status_code == 401


def test_a_run_whose_name_has_a_space_answers(runs, tmp_path):
    spaced = shutil.copytree(runs["lines"], tmp_path / "my lines")
    with client_of(runs["rows"], spaced) as client:
        assert "/my%20lines/sample" in client.get("/openapi.json").json()["paths"]
        assert isinstance(client.post("/my%20lines/sample", json={"n": 1}).json()["items"][0], str)


def test_several_runs_answer_under_their_names(runs):
    with client_of(runs["rows"], runs["lines"]) as client:
        assert set(client.post("/rows/sample", json={"n": 1}).json()["items"][0]) >= {"target"}
        assert isinstance(client.post("/lines/sample", json={"n": 1}).json()["items"][0], str)
        assert client.post("/sample", json={"n": 1}).status_code == 404
        assert "/lines/complete" in client.get("/openapi.json").json()["paths"]
    with pytest.raises(RunError, match="rows"):
        Service([runs["rows"], runs["rows"]])


def test_what_watches_over_servers_needs_no_token(runs):
    with client_of(runs["rows"], token=TOKEN) as client:
        assert client.get("/livez", headers={"host": "10.0.0.7"}).status_code == 200
        assert client.get("/metrics").status_code == 401
        client.service.waiting = MOST_WAITING
        assert client.get("/readyz").status_code == 503 and client.get("/livez").status_code == 200
        client.service.waiting = 0
        right = {"authorization": f"Bearer {TOKEN}"}
        for n in (1, 2, 10**9):
            client.post("/sample", json={"n": n}, headers=right)
        said = client.get("/metrics", headers=right).text
    assert 'genwright_requests_total{run="rows",verb="sample",status="200"} 2' in said
    assert 'genwright_requests_total{run="rows",verb="sample",status="400"} 1' in said


def test_answers_are_as_the_description_says(rows):
    described = rows.get("/openapi.json").json()
    items = rows.post("/sample", json={"n": 4, "seed": 0}).json()["items"]
    bodies = {"/sample": {"n": 2}, "/log-prob": {"items": items}, "/complete": {"items": [items[0] | {"target": None}]}}
    for path, body in bodies.items():
        asked = described["paths"][path]["post"]
        for schema, value in (
            (asked["requestBody"], body),
            (asked["responses"]["200"], rows.post(path, json=body).json()),
            (asked["responses"]["400"], rows.post(path, json={"items": []}).json()),
        ):
            jsonschema.validate(value, schema["content"]["application/json"]["schema"] | described)
    with pytest.raises(jsonschema.ValidationError):
        wrong = {"items": [dict.fromkeys(items[0], "much")]}
        schema = described["paths"]["/complete"]["post"]["requestBody"]["content"]["application/json"]["schema"]
        jsonschema.validate(wrong, schema | described)


def test_a_whole_number_may_be_written_with_a_fraction_of_zero(rows):
    body = {"n": 2.0, "seed": 5.0}
    assert rows.post("/sample", json=body).json() == rows.post("/sample", json={"n": 2, "seed": 5}).json()


def test_pixels_and_their_labels_are_as_described(runs):
    with client_of(runs["pixels"]) as client:
        described = client.get("/openapi.json").json()
        schemas = described["components"]["schemas"]
        (item,) = client.post("/sample", json={"n": 1, "seed": 0, "given": {"label": 3}}).json()["items"]
        assert jsonschema.Draft202012Validator(schemas["Item"]).is_valid(item)
        for wrong in ("", {}, item[1:], [[-1, *row[1:]] for row in item]):
            assert not jsonschema.Draft202012Validator(schemas["Item"]).is_valid(wrong)
            assert client.post("/log-prob", json={"items": [wrong]}).status_code == 400
        labels = jsonschema.Draft202012Validator(schemas["Condition"])
        assert labels.is_valid({"label": 3}) and not labels.is_valid({"label": 12})


def test_what_a_row_may_leave_out_is_as_described(rows):
    described = rows.get("/openapi.json").json()
    (item,) = rows.post("/sample", json={"n": 1, "seed": 0}).json()["items"]
    body = {"items": [{name: item[name] for name in list(item)[:1]}]}
    for path, status in (("/complete", 200), ("/log-prob", 400)):
        schema = described["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"] | described
        assert jsonschema.Draft202012Validator(schema).is_valid(body) == (status == 200)
        assert rows.post(path, json=body).status_code == status


def test_every_row_has_every_column(rows):
    first, second = rows.post("/sample", json={"n": 2, "seed": 0}).json()["items"]
    name = list(second)[0]
    answer = rows.post("/log-prob", json={"items": [first, {key: second[key] for key in second if key != name}]})
    assert answer.status_code == 400 and name in answer.json()["error"]


def test_a_killed_worker_costs_no_answer(runs):
    with client_of(runs["rows"]) as client:
        before = client.post("/sample", json={"n": 1, "seed": 0}).json()
        os.kill(client.service.worker.process.pid, signal.SIGKILL)
        assert client.post("/sample", json={"n": 1, "seed": 0}).json() == before


def test_a_full_queue_is_refused(rows):
    rows.service.waiting = MOST_WAITING
    try:
        assert rows.post("/sample", json={"n": 1}).status_code == 503
    finally:
        rows.service.waiting = 0


def test_no_run_and_a_port_in_use(runs, tmp_path):
    with pytest.raises(RunError, match="is not a run"):
        serve_runs([tmp_path], PORT, "127.0.0.1", None)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(RunError, match=str(port)):
            serve_runs([Path(runs["rows"])], port, "127.0.0.1", None)
