# Tests studio/answers.py
"""One reading and one writing for every door of the servers: bodies by `body_of`, rows by the readers of records, cells
by the run's own writer. A door that goes round them fails here."""

import ast
import json
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from starlette.requests import Request
from starlette.testclient import TestClient

import genwright
from genwright.kinds.load import read_items
from genwright.studio import answers
from genwright.studio.guard import body_of, body_schema
from genwright.studio.service import VERBS, Served, Service

STUDIO = Path(answers.__file__).parent
SCRIPTS = [*STUDIO.glob("*.py"), *STUDIO.parent.glob("*/studio/*.py")]  # also of the pages of packages
RULES = {  # call: what to call instead
    "json.loads": "read a body by guard.body_of(request, schema), and other JSON by core.safe_text.parse_json",
    "json.load": "read a body by guard.body_of(request, schema), and other JSON by core.safe_text.parse_json",
    "request.json": "read a body by guard.body_of(request, schema)",
    "request.body": "read a body by guard.body_of(request, schema)",
    "request.form": "read a body by guard.body_of(request, schema)",
    "request.stream": "read a body by guard.body_of(request, schema)",
    "pd.DataFrame": "make rows of a request by json_records.frame_of_rows, which changes no digit",
    "items.astype": "write cells by write_forms.json_rows(domain.as_table(items))",
    "items.to_dict": "write cells by write_forms.json_rows(domain.as_table(items))",
    "items.itertuples": "write cells by write_forms.json_rows(domain.as_table(items))",
}
ALLOWED = {  # (module, call): why
    ("guard.py", "request.stream"): "body_of itself",
    ("app.py", "request.stream"): "a file, as it is",
    ("reading.py", "json.loads"): "options that `load` wrote",
    ("row.py", "pd.DataFrame"): "cells of columns, by their codes",
}


def faults_of(module: str, text: str) -> list[str]:
    """Sentences on how a module of the servers goes round the doors."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            call = f"{getattr(node.func.value, 'id', '')}.{node.func.attr}"
            if call in RULES and (module, call) not in ALLOWED:
                found.append(f"studio/{module} calls {call}: {RULES[call]}")
    return found


def test_no_door_goes_round():
    faults = [fault for path in sorted(SCRIPTS) for fault in faults_of(path.name, path.read_text())]
    assert not faults, "\n".join(faults)


TOY = """
async def toy(request):
    body = json.loads(await request.body())
    rows = pd.DataFrame(body["items"])
    return Answer(model.predict(rows))
"""


def test_a_new_door_that_does_is_told_what_to_do():
    said = " ".join(faults_of("toys.py", TOY))
    assert all(name in said for name in ("body_of", "frame_of_rows"))


class Standing(Service):
    """A service whose worker answers at once."""

    async def ask(self, verb, run, *values):
        return {}


@pytest.fixture(scope="module")
def served():
    service = Standing.__new__(Standing)
    service.waiting, service.answered, service.seconds = 0, Counter(), Counter()
    service.worker = SimpleNamespace(end=lambda: None)
    about = {"family": "f", "data": "d", "given": ["kind"], "items": [], "item": {"type": "object"},
             "holed": {"type": "object"}, "condition": {"type": "object"}, "verbs": list(VERBS)}  # fmt: skip
    service.served = [Served("", "run", about)]
    return service


def post(client: TestClient, path: str, text: str):
    return client.post(path, content=text, headers={"content-type": "application/json"})


WHOLE = {"sample": '{"n": 2', "log-prob": '{"items": [{"a": 1}]', "predict": '{"items": [{"a": 1}]',
         "complete": '{"items": [{"a": 1}]'}  # fmt: skip
WRONG = (', "gven": {}}', ', "seed": 1.5}', ', "draws": 2.5}', ', "given": [1]}', ', "given": {"a": 1, "a": 2}}',
         ', "seed": NaN}', ', "known": [true]}')  # fmt: skip


def test_every_door_that_is_described_checks_bodies_by_what_it_describes(served):
    app = served.build()
    with TestClient(app) as client:
        described = client.get("/openapi.json").json()["paths"]
        doors = {route.path for route in app.routes if "POST" in route.methods}
        assert doors == {*described} == {f"/{verb}" for verb in VERBS}
        for verb, begin in WHOLE.items():
            schema = described[f"/{verb}"]["post"]["requestBody"]["content"]["application/json"]["schema"]
            assert schema["additionalProperties"] is False
            assert post(client, f"/{verb}", begin + "}").status_code == 200
            for end in WRONG:
                said = post(client, f"/{verb}", begin + end)
                assert said.status_code == 400 and len(said.json()["error"]) < 400, (verb, end)
        assert post(client, "/log-prob", '{"items": [{"a": 1, "a": 2}]}').status_code == 400
        assert post(client, "/sample", '{"n": 2.5}').status_code == 400


def test_a_body_of_the_studio_has_the_fields_of_its_door_alone():
    from starlette.applications import Starlette
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    from genwright.studio.guard import Refused

    async def door(request: Request):
        try:
            return JSONResponse(await body_of(request, body_schema("n seed given")))
        except Refused as refused:
            return JSONResponse({"error": str(refused)}, refused.status)

    with TestClient(Starlette(routes=[Route("/", door, methods=["POST"])])) as client:
        assert post(client, "/", '{"n": 1, "given": {}}').status_code == 200
        for text in ('{"n": 1.5}', '{"m": 1}', '{"n": 1, "n": 2}', '{"given": "a"}', "[1]", "{"):
            assert post(client, "/", text).status_code == 400, text


# ---------------------------------------------------------------------- rows

N = 120


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run on a file of big whole numbers, days, codes with a plus, and decimals."""
    folder, rng = tmp_path_factory.mktemp("doors"), np.random.default_rng(0)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 90, N), "D")
    frame = pd.DataFrame({
        "big": rng.choice([9007199254740993, 9007199254740995, 9007199254740997], N), "when": days.strftime("%Y-%m-%d"),
        "code": rng.choice(["+49", "+1", "+44"], N), "zip": rng.choice(["01234", "94110"], N),
        "x": rng.normal(size=N).round(2),
    })  # fmt: skip
    frame.to_csv(folder / "t.csv", index=False)
    genwright.fit(genwright.load_data(folder / "t.csv"), "independent", out=folder / "run", progress=False)
    return str(folder / "run")


def test_a_null_in_one_row_changes_no_other_row(run):
    one = answers.sample(run, 1, {}, 0)["items"][0] | {"big": 9007199254740995}
    other = dict.fromkeys(one) | {"x": 0.5}
    alone, beside = (answers.log_prob(run, items, {}, None)["nats"][0] for items in ([one], [one, other]))
    assert alone == beside
    done = answers.complete(run, [one | {"x": None}, other], None, {}, 0)["items"]
    assert done[0] | {"x": None} == one | {"x": None}


def test_own_samples_and_the_example_are_taken(run):
    items = answers.sample(run, 5, {}, 0)["items"]
    assert all(item["code"].startswith("+") and len(item["when"]) == 10 for item in items)
    assert all(np.isfinite(answers.log_prob(run, items, {}, None)["nats"]))
    assert all(np.isfinite(answers.log_prob(run, answers.about(run)["items"], {}, None)["nats"]))
    json.dumps(answers.complete(run, [items[0] | {"x": None}], None, {}, 0))


def test_an_item_has_the_same_nats_through_every_door(run, tmp_path):
    """Equal to the bit: ten forms of files, memory, the server and the studio."""
    model = answers.opened(run)
    rows = model.sample(8, seed=3)
    right = model.log_prob(rows).nats.tolist()
    for suffix in (".csv", ".tsv", ".json", ".jsonl", ".xlsx", ".ods", ".parquet", ".feather", ".arrow", ".npz"):
        path = model.domain.write(rows, tmp_path / f"t{suffix}")
        assert model.log_prob(read_items(path, model.domain).items).nats.tolist() == right, suffix
    items = answers.as_json(rows, model)
    assert answers.log_prob(run, json.loads(json.dumps(items)), {}, None)["nats"] == right
    from genwright.studio import row, touch

    one = {name: str(cell) for name, cell in items[0].items() if name != "x"}
    done = row.complete_row(run, one, 1, 0)
    back = pd.DataFrame(done["rows"], columns=done["columns"]).assign(x=[str(items[0]["x"])])
    path = tmp_path / "studio.csv"
    back.to_csv(path, index=False)
    assert model.log_prob(read_items(path, model.domain).items).nats.tolist() == right[:1]
    assert touch.text_cells(model.domain.as_table(rows))[0][0] == str(items[0]["big"])


def test_labels_that_training_never_saw_are_counted_at_every_door(run, tmp_path):
    model = answers.opened(run)
    rows = pd.DataFrame(answers.sample(run, 6, {}, 0)["items"])
    with pytest.warns(UserWarning, match="'zip' holds 6 cells that training never saw.*'01234'"):
        model.log_prob(rows.assign(zip="1234"))
    told = answers.log_prob(run, rows.assign(zip="77777").to_dict("records"), {}, None)
    assert any("6 cells" in note for note in told["notes"])
