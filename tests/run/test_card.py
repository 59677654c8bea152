"""The model card of a run folder: what it says, that it fits the run, and that a person's text stays."""

import re
from pathlib import Path

import pandas as pd
import pytest

import genwright
from genwright.kinds import known_kinds as kinds
from genwright.run.card import CARD, is_card

PARTS = ["Data", "Model", "Training", "Convergence", "Metrics", "How to load it", "What it must not be used for"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("home")
    sizes = [round(1.5 + k % 7 * 0.31 + k * 0.01, 2) for k in range(200)]
    pd.DataFrame({"size": sizes, "kind": ["oak", "elm"] * 100}).to_csv(folder / "trees.csv", index=False)
    for data, family in ((folder / "trees.csv", "vae"), ("digits", "gan"), ("karate-club", "gcn")):
        genwright.fit(data, family, preset="tiny", items=640, out=folder / family, progress=False)
    return {"table": folder / "vae", "images": folder / "gan", "predictor": folder / "gcn"}


def text_of(run: Path) -> str:
    return (run / CARD).read_text()


@pytest.mark.long
def test_a_card_holds_what_is_known_of_the_run(runs):
    table, images, predictor = map(text_of, runs.values())
    config = genwright.load_model(runs["table"]).config
    stage = config["stages"][0]
    for words in (config["data"]["hash"], f"| latents | {config['recipe']['latents']} |", f"{stage['best']:,} items"):
        assert words in table, words
    assert "BSD 3-clause" in images and 'model.predict("DATA")' in predictor and "samples" not in predictor


def test_a_card_names_the_look_ups_that_the_run_keeps(tmp_path):
    town = [k % 12 for k in range(400)]
    frame = pd.DataFrame({"town": [f"t{k}" for k in town], "region": [f"r{k % 5}" for k in town], "n": range(400)})
    genwright.fit(frame.assign(n=frame["n"] % 7), "independent", out=tmp_path / "run", progress=False)
    assert "`domain.json` keeps `region` for each of 12 values of `town`" in text_of(tmp_path / "run")


@pytest.mark.parametrize("kind", ["table", "images", "predictor"])
def test_a_card_has_every_part_and_no_path(runs, kind):
    text = text_of(runs[kind])
    assert re.findall("^## (.*)$", text, re.M) == PARTS
    assert str(runs[kind].parent) not in text and not re.search(r"(?<![\w`<])/\w", text)


def test_kinds_of_molecules_warn_of_something():
    cautions = {name: kind.cautions for name, kind in kinds.kinds().items() if kind.cautions}
    assert cautions.keys() == {"molecules", "points", "proteins"}


def test_the_lines_of_a_card_open_the_run_where_they_stand(runs, monkeypatch):
    monkeypatch.chdir(runs["table"])
    lines = re.findall(r"^    (import .*|model = .*|items = .*)$", text_of(runs["table"]), re.M)
    names: dict = {}
    exec("\n".join(lines), names)
    assert len(lines) == 3 and len(names["items"]) == 16


def test_a_text_of_a_person_stays_and_a_card_that_is_gone_comes_back(runs, capsys):
    run, again = runs["images"], {"preset": "tiny", "items": 640, "out": runs["images"]}
    written = text_of(run)
    assert is_card(run / CARD)
    (run / CARD).write_text(written.replace("must not", "may"))
    genwright.fit("digits", "gan", restart=True, **again)
    assert "may be used for" in text_of(run) and "so it stays: remove it" in " ".join(capsys.readouterr().err.split())
    with pytest.warns(UserWarning, match="so it stays"):
        genwright.load_model(run).save(run)
    (run / CARD).unlink()
    genwright.fit("digits", "gan", progress=False, **again)
    assert is_card(run / CARD) and PARTS[3] in text_of(run)


def test_a_saved_model_has_a_card_of_its_record(runs, tmp_path):
    model = genwright.load_model(runs["predictor"])
    copy = text_of(model.save(tmp_path / "copy"))
    assert "# `gcn` on `karate-club`" in copy and "| last loss |" not in copy
    model.config = {"stages": []}
    bare = text_of(model.save(tmp_path / "bare"))
    assert "# A model\n" in bare and "## Data" in bare and "## Training" not in bare
