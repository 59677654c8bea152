import json
import os
import re
import signal
import threading
import time
import tomllib

import pytest
import torch
import toys
from killing import Killed, killed_at

from genwright.core.errors import BudgetError, DataError, RunError, TrainingFailed
from genwright.core.files import write_whole
from genwright.run.fit import fit
from genwright.run.folder import FORMAT, read_config
from genwright.run.open import load_model
from genwright.training import loop
from genwright.training.progress import Report
from genwright.training.stage import StageTraining
from genwright.training.weights import pack, state_of, unpack
from genwright.training.world import SINGLE_PROCESS, World

QUICK = {"lr": 0.01}
TRAINED = ["toy-vae", "toy-flow", "toy-gan", "toy-two-stage"]


def run(data, family, out=None, items=3200, **more):
    return fit(data, family, out=out, items=items, progress=False, **more)


def same(a, b) -> bool:
    a, b = state_of(a.family), state_of(b.family)
    return set(a) == set(b) and all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("family", [*TRAINED, "toy-moments"])
def test_a_run_learns_opens_again_and_replays(data, family, tmp_path):
    model = run(data, family, tmp_path / "run")
    config = tomllib.loads((tmp_path / "run" / "config.toml").read_text())
    assert config == model.config and config["format"] == FORMAT
    assert config["outcome"]["items"] == {"toy-moments": 0, "toy-two-stage": 3168}.get(family, 3200)  # whole batches
    assert config["outcome"]["seconds"] > 0 or not config["stages"]  # of no steps it may round to 0
    opened = load_model(tmp_path / "run")
    assert same(model, opened) and model.conditions.sizes.sum() == len(data.tensors("train"))
    assert torch.equal(opened.conditions.counts, model.conditions.counts)
    assert torch.equal(model.sample(9, seed=3), opened.sample(9, seed=3))
    assert same(model, fit(data, replay=tmp_path / "run", progress=False))
    assert same(model, fit(data, replay=config, progress=False))
    assert same(model, load_model(model.save(tmp_path / "copy")))
    if family == "toy-two-stage":  # the only one that looks
        assert model.config["health"] == ["the toy looked at 60 items"]
    for name in ("metrics.jsonl", "checkpoints"):  # no other file is needed
        assert not (tmp_path / "copy" / name).exists()


def test_training_lowers_the_validation_loss_and_keeps_the_best(data, tmp_path):
    run(data, "toy-flow", tmp_path, items=12_800, hyperparameters=QUICK)
    rows = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    valid = [row["validation"] for row in rows if "validation" in row]
    (stage,) = tomllib.loads((tmp_path / "config.toml").read_text())["stages"]
    assert len(valid) > 4 and stage["validation"] == min(valid) < valid[0] - 1
    losses = [row for row in rows if "loss" in row]
    assert losses[0].keys() >= {"items", "seconds", "stage", "player", "loss", "unit"} and losses[0]["unit"] == "nats"
    assert losses[-1]["items"] == 12_800


def test_weights_are_picked_by_what_judges_at_every_look(data, tmp_path):
    model = run(data, "toy-judged", tmp_path, items=12_800, hyperparameters=QUICK)
    rows = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    looks = [row for row in rows if "validation" in row]
    assert [row["items"] for row in looks[:3]] == [96, 192, 288]  # every third step of 32
    (stage,) = model.config["stages"]
    assert model.family.weight.item() == pytest.approx(1, abs=0.03) and stage["validation"] < 0.03
    assert looks[-1]["validation"] < 1 and stage["best"] < stage["end"]  # which shows the loss, small only near 3


def test_the_later_of_equals_is_picked(data, monkeypatch):
    """Shares of right answers are often equal, and the weights behind them go on learning."""
    loss = toys.ToyJudged.loss
    monkeypatch.setattr(toys.ToyJudged, "loss", lambda self, batch: (loss(self, batch)[0], {"wrong": 0.25}))
    model = run(data, "toy-judged")
    (stage,) = model.config["stages"]
    assert stage["validation"] == 0.25 and stage["best"] == stage["end"] == 3200


def test_a_run_that_goes_on_remembers_the_best_weights(data, tmp_path, monkeypatch):
    """Stopped long after the best validation, which is not reached again."""
    call = {"items": 12_800, "hyperparameters": QUICK}
    whole = run(data, "toy-judged", tmp_path / "whole", **call)
    loss, stops = toys.ToyJudged.loss, iter([9_600])

    def stopped_once(self, batch):
        if batch.items == 9_600 and next(stops, None):
            os.kill(os.getpid(), signal.SIGINT)
        return loss(self, batch)

    monkeypatch.setattr(toys.ToyJudged, "loss", stopped_once)
    with pytest.raises(KeyboardInterrupt):
        run(data, "toy-judged", tmp_path / "stopped", **call)
    model = run(data, "toy-judged", tmp_path / "stopped", **call)
    assert 0 < model.config["stages"][0]["best"] < 8_000
    assert same(whole, model) and model.family.weight.item() == pytest.approx(1, abs=0.03)


def test_seeds_and_the_callers_randomness(data):
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    one = run(data, "toy-vae", seed=1)
    assert torch.equal(torch.rand(3), expected)  # the global generator is where it was
    assert same(one, run(data, "toy-vae", seed=1)) and not same(one, run(data, "toy-vae", seed=2))


def test_time_budget_ends_in_time_and_replays(data, tmp_path):
    start = time.monotonic()
    model = fit(data, "toy-two-stage", minutes=0.02, out=tmp_path, progress=False)
    assert 0.8 < time.monotonic() - start < 20
    codec, prior = model.config["stages"]
    assert 0.6 * codec["items"] < codec["end"] <= codec["items"] and prior["end"] > 0
    again = fit(data, replay=tmp_path, progress=False)
    assert same(model, again) and again.config["stages"][0]["end"] == codec["end"]


def test_the_same_call_goes_on_and_another_is_refused(data, tmp_path):
    model = run(data, "toy-flow", tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file() and path.name != ".lock"}
    assert same(model, run(data, "toy-flow", tmp_path))
    for name, change in (
        ("budget.items", {"items": 9600}),
        ("seed", {"seed": 4}),
        ("recipe.hidden", {"preset": "wide"}),
        ("rows", {"rows": "all"}),
        ("family", {"family": "toy-vae"}),
        ("data", {"data": toys.toy_data(hash="toy-2")}),
    ):
        with pytest.raises(RunError, match=name):
            run(**{"data": data, "family": "toy-flow", "out": tmp_path} | change)
    assert all(path.stat().st_mtime_ns == at for path, at in before.items())
    other = run(data, "toy-flow", tmp_path, seed=4, restart=True)
    assert not same(model, other) and other.config["seed"] == 4


def test_a_stage_learns_from_its_own_inputs_and_moves_no_buffer_of_what_rests(data, tmp_path):
    model = run(data, "toy-codebook", tmp_path, items=6400)
    rows = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    moved = {row["moved"] for row in rows if row.get("stage") == "prior" and "moved" in row}
    assert len(moved) == 1, "the codebook stands still while its codes are learned"
    train, family = data.tensors("train"), model.family
    codes, given = family.nearest(family.encoder(train.x)), train.given[:, 0]
    share = torch.stack([torch.bincount(codes[given == k], minlength=8) / (given == k).sum() for k in (0, 1)])
    assert (family.logits.softmax(1) - share).abs().max() < 0.15


def test_what_a_stage_does_not_train_rests(data, tmp_path):
    """Dropout and running means of the codec are still while the prior learns its codes."""
    model = run(data, "toy-frozen", tmp_path)
    rows = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    prior = [row for row in rows if row.get("stage") == "prior" and "loss" in row]
    assert len(prior) > 3 and sum("validation" in row and row["stage"] == "prior" for row in rows) >= 2
    assert {row["restless"] for row in prior} == {0.0} and {row["prior_trains"] for row in prior} == {1.0}
    codec = model.config["stages"][0]
    steps = int(model.family.encoder[1].num_batches_tracked)
    assert steps == codec["best"] // 32, "the means are those of the codec's best weights"


def test_refusals(data, tmp_path):
    for bad in ({"minutes": 0}, {"steps": -1}, {"minutes": 1, "epochs": 1}):
        with pytest.raises(BudgetError):
            fit(data, "toy-flow", out=tmp_path / "x", progress=False, **bad)
    with pytest.raises(BudgetError, match="rows"):
        run(data, "toy-flow", tmp_path / "x", rows="test")
    with pytest.raises(DataError, match="nonsense"):
        run(data, "nonsense", tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_epochs_steps_and_rows(data):
    assert fit(data, "toy-flow", steps=10, progress=False).config["outcome"]["items"] == 320
    assert fit(data, "toy-flow", epochs=2, progress=False).config["outcome"]["items"] == 1184  # whole batches of 1200
    counts = [len(data.tensors(part)) for part in ("train", "valid", "test")]
    for rows, learned in (("trainval", counts[:2]), ("all", counts)):
        model = run(data, "toy-flow", rows=rows)
        assert model.conditions.sizes.sum() == sum(learned) and "best" not in model.config["stages"][0]


def test_a_loss_that_is_no_number_stops_the_run(data, tmp_path):
    with pytest.raises(TrainingFailed) as failed:
        run(data, "toy-broken", tmp_path, items=6400, checkpoint_seconds=0)
    words = str(failed.value)
    (newest, _) = sorted((tmp_path / "checkpoints").iterdir(), reverse=True)
    assert "step 101" in words and "after 3,200 items" in words and "nan" in words and str(newest) in words
    assert unpack(newest)[1]["items"] == 3200
    assert all(t.isfinite().all() for t in unpack(newest)[0].values())
    assert not (tmp_path / "weights.safetensors").exists()
    with pytest.raises(RunError):
        load_model(tmp_path)


def test_ctrl_c_writes_a_checkpoint(data, tmp_path):
    before = signal.getsignal(signal.SIGINT)  # a shell that starts us in the background has it ignored
    timer = threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        fit(data, "toy-vae", items=128_000, out=tmp_path, preset="wide", checkpoint_seconds=1000)
    stopped = unpack(sorted((tmp_path / "checkpoints").iterdir())[-1])[1]["items"]
    assert 0 < stopped < 128_000
    assert signal.getsignal(signal.SIGINT) is before


def test_a_run_tells_its_passes_and_how_to_make_a_whole_one(data, monkeypatch, capfd):
    monkeypatch.setattr(loop, "REPORT_PASSES_AFTER", 0.0)

    def told(items: int) -> str:
        fit(data, "toy-flow", items=items, progress=True)
        return " ".join(capfd.readouterr().err.split())  # lines are wrapped at the terminal's width

    few = told(len(data.train) // 2)
    assert re.search(r"items a second: the budget makes 0\.\d+ passes over", few)
    needed = int(re.search(r"set items to (\d+) for a whole pass", few)[1])
    assert "whole pass" not in told(needed)


def test_early_stop_keeps_the_best_and_says_so(tmp_path):
    data = toys.toy_data(40)
    model = run(data, "toy-flow", tmp_path, items=400_000, preset="wide")
    (stage,) = model.config["stages"]
    assert stage["early"] and stage["end"] < 400_000 and stage["end"] > 2.5 * stage["best"]
    assert model.config["health"]
    assert same(model, fit(data, replay=tmp_path, progress=False))


def test_damaged_run_folders(data, tmp_path):
    model = run(data, "toy-two-stage", tmp_path)
    files = {name: (tmp_path / name).read_bytes() for name in ("config.toml", "domain.json", "weights.safetensors")}
    tensors, record = unpack(tmp_path / "weights.safetensors")
    name = "encoder.0.weight"
    config, weights = files["config.toml"], files["weights.safetensors"]
    for damaged, content in (
        ("weights.safetensors", weights[:-9]),
        ("weights.safetensors", b"\x80\x04}q\x00."),
        ("weights.safetensors", pack({**tensors, name: torch.zeros(1)}, record)),
        ("weights.safetensors", pack({k: t for k, t in tensors.items() if k != name}, record)),
        ("domain.json", b"{"),
        ("domain.json", b"[]"),
        ("config.toml", f"format = {FORMAT}".encode()),
        ("config.toml", b"\xff\xfe"),
        ("config.toml", config.replace(b"format = ", b"format = 9")),
        ("config.toml", config.replace(b'"toy"', b'"nowhere"', 1)),
        ("config.toml", config.replace(b"hidden", b"hid_den")),
    ):
        for file, whole in files.items():
            write_whole(tmp_path / file, content if file == damaged else whole)
        with pytest.raises(RunError):
            load_model(tmp_path)
    for file, content in files.items():
        write_whole(tmp_path / file, content)
    assert same(model, load_model(tmp_path))
    (tmp_path / "domain.json").unlink()
    with pytest.raises(RunError, match="domain.json"):
        load_model(tmp_path)
    with pytest.raises(RunError):
        load_model(tmp_path / "none")


def test_a_run_says_its_digest_and_the_run_that_it_repeats(data, tmp_path):
    first = run(data, "toy-flow", tmp_path / "a").config
    again = fit(data, replay=tmp_path / "a", out=tmp_path / "b", progress=False).config
    other = run(data, "toy-flow", items=1600).config
    assert first["world"] == 1 and "origin" not in first
    assert first["digest"] == again["digest"] != other["digest"]
    assert again["origin"] == {"how": "replay", "run": str(tmp_path / "a"), "digest": first["digest"]}
    text = (tmp_path / "a" / "config.toml").read_text()
    write_whole(tmp_path / "a" / "config.toml", text.replace("seed = 0", "seed = 1").encode())
    with pytest.raises(RunError, match="seed"):
        run(data, "toy-flow", tmp_path / "a")
    with pytest.raises(RunError):
        load_model(tmp_path / "a")


def test_replay_needs_the_same_data_and_an_ended_run(data, tmp_path):
    run(data, "toy-flow", tmp_path / "a")
    fit(data, replay=tmp_path / "a", out=tmp_path / "c", progress=False)
    config = tomllib.loads((tmp_path / "a" / "config.toml").read_text())
    config["stages"][0]["items"] -= 320
    with pytest.raises(RunError):
        fit(data, replay=config, out=tmp_path / "c", progress=False)
    with pytest.raises(RunError):
        fit(toys.toy_data(hash="toy-2"), replay=tmp_path / "a", progress=False)
    with pytest.raises(RunError):
        fit(data, "toy-vae", replay=tmp_path / "a", progress=False)
    with pytest.raises(BudgetError):
        fit(data, replay=tmp_path / "a", items=5, progress=False)
    with pytest.raises(TrainingFailed):
        run(data, "toy-broken", tmp_path / "b", items=6400)
    with pytest.raises(RunError):
        fit(data, replay=tmp_path / "b", progress=False)


class Generous(Report):
    """A report that gives a run more time, so many seconds each time that it asks."""

    asks_for_time = True

    def __init__(self, *seconds: float):
        super().__init__(False)
        self.left = list(seconds)

    def more_time(self) -> tuple[float, float]:
        return (self.left.pop(0), 0.0) if self.left else (0.0, 0.0)


def test_a_run_that_asks_for_more_time_gets_it_and_replays(data, tmp_path):
    """Killed after it was given some: one run, and its replay is the same to the bit."""
    call = dict(minutes=0.006, out=tmp_path)
    start = time.monotonic()
    model = fit(data, "toy-two-stage", **call, progress=Generous(0.2, 0.1))
    assert 0.2 < time.monotonic() - start < 20
    codec, last = model.config["stages"]
    assert "more" not in codec and last["more"] == 0.3 and last["items"] >= last["end"]
    assert same(model, fit(data, replay=tmp_path, progress=False))
    assert same(model, fit(data, "toy-two-stage", **call, progress=False))


def test_time_in_which_others_had_the_core_is_none_of_the_training(data, monkeypatch):
    report, now = Generous(), [0.0]
    report.wait_for_turn = lambda: now.__setitem__(0, now[0] + 100.0) or 100.0
    clock = time.monotonic
    monkeypatch.setattr(SINGLE_PROCESS, "clock", lambda: clock() + now[0])
    model = fit(data, "toy-vae", minutes=0.006, progress=report)
    assert now[0] >= 1_000 and model.config["outcome"]["seconds"] < 60


@pytest.mark.long
def test_an_ended_run_goes_on_from_before_its_cooldown_with_more_time(data, tmp_path, monkeypatch):
    """As if it had been given that time at once, and killed meanwhile; a replay has the same bits."""
    call = dict(minutes=0.005, out=tmp_path, progress=False)
    first = fit(data, "toy-vae", **call | {"progress": Generous()})
    (ended,) = first.config["stages"]
    with killed_at(monkeypatch, StageTraining, "use_best_weights", 0), pytest.raises(Killed):
        fit(data, "toy-vae", **call, more=0.3)
    (held,) = read_config(tmp_path)["stages"]
    assert held["more"] == 0.3
    model = fit(data, "toy-vae", **call, more=0.3)
    (stage,) = model.config["stages"]
    assert stage["more"] == 0.3 and stage["end"] > ended["end"]
    assert same(model, fit(data, replay=tmp_path, progress=False)) and not same(model, first)
    assert len(list((tmp_path / "checkpoints").iterdir())) == 2  # the last, and the one to go on from
    again = fit(data, "toy-vae", **call, more=1.0)
    assert again.config["stages"][0]["end"] > stage["end"]
    assert same(again, fit(data, replay=tmp_path, progress=False))


@pytest.mark.parametrize("seconds", [0.002, 0.05, 0.3, 0.9])  # of an item, of which a batch has 32 and a pass 480
def test_slow_steps_and_the_validation_behind_them_end_in_time(seconds, data, monkeypatch):
    """By a clock that training alone moves; an item of validation takes 0.3 times as long as one of training."""
    now, step, validate = [0.0], StageTraining.step, StageTraining.validate

    def slow_step(self, batch, *rest):
        now[0] += seconds * len(batch.x)
        return step(self, batch, *rest)

    def slow_validate(self, items, *rest):
        now[0] += 0.3 * seconds * len(items)
        return validate(self, items, *rest)

    monkeypatch.setattr(World, "clock", lambda self: now[0])
    monkeypatch.setattr(StageTraining, "step", slow_step)
    monkeypatch.setattr(StageTraining, "validate", slow_validate)
    monkeypatch.setattr(loop, "items_per_second", lambda *_: 1 / seconds)
    (stage,) = fit(data, "toy-flow", minutes=1, progress=False).config["stages"]
    assert now[0] <= 60 and stage["end"] >= 32 and (seconds > 0.3 or now[0] > 45) and "best" in stage


def test_a_run_by_items_asks_for_no_time(data, tmp_path):
    report = Generous(0.2)
    assert same(fit(data, "toy-flow", items=3200, out=tmp_path, progress=report), run(data, "toy-flow"))
    assert report.left == [0.2]
