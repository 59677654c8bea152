"""Pictures of samples while a model trains: they show what it draws, and leave the run as it is."""

import json

import pytest
from PIL import Image

import genwright
from genwright.core.errors import BudgetError
from genwright.run.folder import remove_run_files
from genwright.training import previews as schedule
from genwright.training.previews import Previews, count_after

COUNTS = [1_000, 2_000, 5_000, 10_000]


@pytest.fixture
def at_once(monkeypatch):
    """Previews from the first count on, whatever they cost."""
    monkeypatch.setattr(schedule, "AFTER", 0.0)
    monkeypatch.setattr(schedule, "SHARE", 1e9)


def bits(run):
    return (run / "weights.safetensors").read_bytes()


def names(run):
    return sorted(path.name for path in (run / "previews").iterdir())


@pytest.mark.parametrize("family", ["vae", "vq-vae"])
def test_previews_change_no_bit_of_the_run(family, tmp_path, at_once):
    fit = lambda name, **more: genwright.fit(
        "digits", family, preset="tiny", items=4_480, out=tmp_path / name, progress=False, **more
    )
    plain, shown = fit("plain"), fit("shown", previews=4)
    assert bits(tmp_path / "plain") == bits(tmp_path / "shown")
    assert names(tmp_path / "shown") and not (tmp_path / "plain" / "previews").exists()
    assert (plain.sample(3, seed=0) == shown.sample(3, seed=0)).all()


def test_previews_come_at_counts_of_items_that_are_fixed_and_are_told(tmp_path, at_once):
    model = genwright.fit(
        "digits", "vae", preset="tiny", items=12_000, out=tmp_path / "run", previews=4, progress=False
    )
    seen = [int(name.removesuffix(".png")) for name in names(tmp_path / "run")]
    batch = model.config["training"]["batch"]
    assert seen == [-(-count // batch) * batch for count in COUNTS]
    rows = map(json.loads, (tmp_path / "run" / "metrics.jsonl").read_text().splitlines())
    assert [row["items"] for row in rows if row.get("event") == "preview"] == seen


def test_other_data_are_drawn_as_the_report_draws_them(tmp_path, at_once):
    genwright.fit("wine", "vae", preset="tiny", items=1_280, out=tmp_path / "run", previews=9, progress=False)
    assert all(Image.open(tmp_path / "run" / "previews" / name).width > 300 for name in names(tmp_path / "run"))


def test_a_run_that_is_begun_anew_has_no_old_previews(tmp_path, at_once):
    genwright.fit("digits", "vae", preset="tiny", items=1_280, out=tmp_path, previews=4, progress=False)
    remove_run_files(tmp_path)
    assert not (tmp_path / "previews").exists()


@pytest.mark.parametrize(
    "family, asked, error, why",
    [
        ("vae", {"previews": -1, "out": "run"}, BudgetError, "between 1 and 1,000"),
        ("vae", {"previews": 10**6, "out": "run"}, BudgetError, "between 1 and 1,000"),
        ("vae", {"previews": 4}, BudgetError, "name out"),
    ],
)
def test_previews_that_make_no_sense_are_refused(family, asked, error, why, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=why):
        genwright.fit("digits", family, items=1_280, progress=False, **asked)
    assert not (tmp_path / "run").exists()


def test_counts_are_round_and_dear_previews_are_left_out(monkeypatch):
    assert [count_after(n) for n in (0, 999, 1_000, 4_999, 123_456)] == [1_000, 1_000, 2_000, 5_000, 200_000]
    clock = iter(range(0, 1_000))
    monkeypatch.setattr(schedule.time, "monotonic", lambda: next(clock))  # each costs a second
    shown, found = Previews(lambda items: None), []
    for second in range(1, 101):
        if shown.due(1_000 * second, float(second)):
            shown.draw(1_000 * second)
            found.append(second)
    assert found == [2, 50, 100]
    assert shown.spent <= 1 + schedule.SHARE * 100
