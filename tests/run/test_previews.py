# Tests run/folder.py
"""Pictures of samples while a model trains: they show what it draws, and leave the run as it is."""

import json

import pytest
from cells import first_in_short
from PIL import Image

import genwright
from genwright.core.errors import BudgetError
from genwright.run.folder import remove_run_files
from genwright.training import progress as schedule
from genwright.training.progress import Previews, count_after


@pytest.fixture
def at_once(monkeypatch):
    """Previews from the first count on, whatever they cost."""
    monkeypatch.setattr(schedule, "DELAY_SECONDS", 0.0)
    monkeypatch.setattr(schedule, "PREVIEW_SHARE", 1e9)


def bits(run):
    return (run / "weights.safetensors").read_bytes()


def names(run):
    return sorted(path.name for path in (run / "previews").iterdir())


@pytest.mark.parametrize("family", first_in_short(["vae", "vq-vae"]))
def test_previews_come_at_fixed_counts_of_items_and_change_no_bit_of_the_run(family, tmp_path, at_once):
    items = 1_280 if family == "vae" else 2_240  # each stage of several counts its own
    fit = lambda name, **more: genwright.fit(
        "digits", family, preset="tiny", items=items, out=tmp_path / name, progress=False, **more
    )
    plain, shown = fit("plain"), fit("shown", previews=2)
    assert bits(tmp_path / "plain") == bits(tmp_path / "shown") and not (tmp_path / "plain" / "previews").exists()
    assert (plain.sample(3, seed=0) == shown.sample(3, seed=0)).all()
    seen, batch = (
        [int(name.removesuffix(".png")) for name in names(tmp_path / "shown")],
        shown.config["training"]["batch"],
    )
    if family == "vae":  # of one stage
        assert seen == [-(-count // batch) * batch for count in [1_000]]
    rows = map(json.loads, (tmp_path / "shown" / "metrics.jsonl").read_text().splitlines())
    assert seen and [row["items"] for row in rows if row.get("event") == "preview"] == seen
    remove_run_files(tmp_path / "shown")
    assert not (tmp_path / "shown" / "previews").exists()


@pytest.mark.long
def test_other_data_are_drawn_as_the_report_draws_them(tmp_path, at_once):
    genwright.fit("wine", "vae", preset="tiny", items=1_280, out=tmp_path / "run", previews=2, progress=False)
    assert all(Image.open(tmp_path / "run" / "previews" / name).width > 300 for name in names(tmp_path / "run"))


@pytest.mark.parametrize("asked", [{"previews": -1, "out": "run"}, {"previews": 10**6, "out": "run"}, {"previews": 4}])
def test_previews_that_make_no_sense_are_refused(asked, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BudgetError):
        genwright.fit("digits", "vae", items=1_280, progress=False, **asked)
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
    assert shown.spent <= 1 + schedule.PREVIEW_SHARE * 100
