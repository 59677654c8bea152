# Tests training/loop.py
"""Whose a file is: a run goes on from its own checkpoints alone, and a model opens with its own files alone."""

import os
import shutil
import signal
import threading

import pytest
import torch
import toys
from killing import Killed, killed_at
from test_fit import run, same

from genwright.core import files
from genwright.core.errors import BudgetError, RunError
from genwright.core.files import write_whole
from genwright.run.fit import fit
from genwright.run.folder import read_config
from genwright.run.open import load_model
from genwright.training import checkpoints
from genwright.training.checkpoints import Store
from genwright.training.weights import pack, unpack


def stopped(monkeypatch, data, out, family="toy-vae", **more):
    """A run that was killed after two checkpoints."""
    with killed_at(monkeypatch, Store, "save", 2), pytest.raises(Killed):
        run(data, family, out, items=1600, checkpoint_seconds=0, **more)
    assert len(list((out / "checkpoints").iterdir())) == 2


def content(folder) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file() and p.name[0] != "."}


# ---------------------------------------------------------------------- going on


def test_a_restart_killed_at_any_removal_never_goes_on_with_the_other_run(data, tmp_path, monkeypatch):
    other = toys.toy_data(100, hash="toy-2")
    alone = run(other, "toy-flow", items=320)
    stopped(monkeypatch, data, tmp_path / "first", "toy-flow")
    removals = 0
    while True:
        out = shutil.copytree(tmp_path / "first", tmp_path / f"{removals}")
        again = lambda **more: fit(other, "toy-flow", items=320, out=out, progress=False, **more)
        try:
            with killed_at(monkeypatch, os, "unlink", removals):
                again(restart=True)
            break
        except Killed:
            pass
        try:
            assert same(alone, again())
        except RunError as refused:
            assert "restart" in str(refused) and "config.toml" in content(out)
        assert same(alone, again(restart=True)) and same(alone, load_model(out))
        removals += 1
    assert removals >= 5  # two checkpoints, the lines of metrics, domain.json and config.toml


def test_two_stages_with_a_codebook_killed_many_times_end_with_the_bits_of_one_that_lived(data, tmp_path, monkeypatch):
    """Averages over batches, a stage's own inputs, batches and optimizer: all of it is in the checkpoints."""
    from genwright.training.stage import StageTraining

    whole = run(data, "toy-codebook", tmp_path / "whole")
    kills, model = 0, None
    while model is None:
        with monkeypatch.context() as patch, killed_at(patch, StageTraining, "step", 4 + 3 * (kills % 4)):
            try:
                model = run(data, "toy-codebook", tmp_path / "killed", checkpoint_seconds=0)
            except Killed:
                kills += 1
    assert kills >= 9 and same(whole, model)
    codec, prior = model.config["stages"]
    assert codec["end"] % 32 == 0 == prior["end"] % 48 and prior["end"] > 700
    assert float(model.family.logits.std().detach()) > 0.3  # the prior has learned
    assert torch.equal(model.sample(9, seed=3), whole.sample(9, seed=3))


def test_checkpoints_or_weights_without_their_record_are_refused_and_kept(data, tmp_path, monkeypatch):
    stopped(monkeypatch, data, tmp_path / "a")
    run(data, "toy-vae", tmp_path / "b", items=640)
    for out, name in ((tmp_path / "a", "checkpoints/"), (tmp_path / "b", "weights.safetensors")):
        (out / "config.toml").unlink()
        before = content(out)
        for seed in (0, 1):
            with pytest.raises(RunError, match=name):
                run(data, "toy-vae", out, items=1600, seed=seed)
        assert content(out) == before
        assert same(run(data, "toy-vae", out, items=640, restart=True), run(data, "toy-vae", items=640))


@pytest.mark.parametrize("difference", ["seed", "data", "threads"])
def test_a_checkpoint_of_another_run_is_refused_and_kept(data, tmp_path, monkeypatch, difference):
    """Its config.toml is that of another run, as a hand or a copy may have left it."""
    out = tmp_path / "run"
    stopped(monkeypatch, data, out)
    call = {"seed": 0}
    if difference == "seed":
        (out / "config.toml").write_text((out / "config.toml").read_text().replace("seed = 0", "seed = 1"))
        call = {"seed": 1}
    elif difference == "data":
        text = (out / "config.toml").read_text()
        (out / "config.toml").write_text(text.replace('hash = "toy-1"', 'hash = "toy-2"'))
        data = toys.toy_data(hash="toy-2")
    else:
        (out / "config.toml").write_text((out / "config.toml").read_text().replace("warmup = 160", "warmup = 96"))
    newest = sorted((out / "checkpoints").iterdir())[-1]
    before = content(out)
    with pytest.raises(RunError, match=newest.name):
        run(data, "toy-vae", out, items=1600, **call)
    assert content(out) == before
    damaged = write_whole(newest.with_name("000009.safetensors"), b"damaged")
    with pytest.raises(RunError):
        run(data, "toy-vae", out, items=1600, **call)
    assert damaged.exists(), "nothing of another run is removed"


def test_a_checkpoint_that_may_not_be_read_is_kept(data, tmp_path, monkeypatch):
    stopped(monkeypatch, data, tmp_path / "run")
    before = content(tmp_path / "run")

    def refuse(path):
        raise RunError(f"cannot read {path} (Permission denied)") from PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(checkpoints, "unpack", refuse)
        with pytest.raises(RunError):
            run(data, "toy-vae", tmp_path / "run", items=1600)
    assert content(tmp_path / "run") == before
    assert same(run(data, "toy-vae", tmp_path / "run", items=1600), run(data, "toy-vae", items=1600))


def test_a_replay_goes_on_from_its_own_checkpoints(data, tmp_path, monkeypatch, capfd):
    whole = run(data, "toy-vae", tmp_path / "a", items=1600)
    with killed_at(monkeypatch, Store, "save", 2), pytest.raises(Killed):
        fit(data, replay=tmp_path / "a", out=tmp_path / "b", checkpoint_seconds=0, progress=False)
    again = fit(data, replay=tmp_path / "a", out=tmp_path / "b")
    assert "going on at 64 items" in capfd.readouterr().err and same(whole, again)


def test_a_finished_run_without_weights_is_made_again(data, tmp_path):
    whole = run(data, "toy-two-stage", tmp_path, items=1600)
    weights = (tmp_path / "weights.safetensors").read_bytes()
    for checkpoint in (True, False):
        (tmp_path / "weights.safetensors").unlink()
        if not checkpoint:
            shutil.rmtree(tmp_path / "checkpoints")
        with pytest.raises(RunError):
            load_model(tmp_path)
        assert same(whole, fit(data, "toy-two-stage", items=1600, out=tmp_path))
        assert (tmp_path / "weights.safetensors").read_bytes() == weights


@pytest.mark.parametrize("family", ["toy-moments", "toy-vae"])
def test_a_fit_killed_before_any_file_gets_its_name_goes_on(family, data, tmp_path, monkeypatch):
    whole, kills = run(data, family, tmp_path / "whole", items=64), 0
    while True:
        out = tmp_path / f"{kills}"
        try:
            with killed_at(monkeypatch, files.os, "replace", kills):
                fit(data, family, items=64, out=out, checkpoint_seconds=0, progress=False)
            break
        except Killed:
            kills += 1
        assert same(whole, fit(data, family, items=64, out=out, progress=False))
    assert kills >= 5


# ---------------------------------------------------------------------- opening and saving


def test_weights_of_another_run_are_not_opened(data, tmp_path):
    run(data, "toy-vae", tmp_path / "a", items=640)
    run(data, "toy-vae", tmp_path / "b", items=640, seed=1)
    run(toys.toy_data(hash="toy-2"), "toy-vae", tmp_path / "c", items=640)
    for other in ("b", "c"):
        mixed = shutil.copytree(tmp_path / "a", tmp_path / f"mixed-{other}")
        shutil.copy(tmp_path / other / "weights.safetensors", mixed)
        with pytest.raises(RunError):
            load_model(mixed)


def test_a_save_over_another_model_killed_at_any_file_is_refused_or_whole(data, tmp_path, monkeypatch):
    first = run(data, "toy-vae", tmp_path / "first", items=640)
    second = run(toys.toy_data(hash="toy-2"), "toy-vae", items=640, seed=1)
    refused, kills = 0, 0
    while True:
        out = shutil.copytree(tmp_path / "first", tmp_path / f"{kills}")
        try:
            with killed_at(monkeypatch, files.os, "replace", kills):
                second.save(out)
            break
        except Killed:
            kills += 1
        try:
            assert same(first, load_model(out)) and load_model(out).config["seed"] == 0
        except RunError:
            refused += 1
        assert same(second, load_model(second.save(out)))
    assert kills == 4 and refused == 3


def test_a_save_waits_for_no_one_and_overwrites_no_running_fit(data, tmp_path):
    model = run(data, "toy-vae", items=640)
    with Store(tmp_path / "run"):
        with pytest.raises(RunError):
            model.save(tmp_path / "run")
    assert same(model, load_model(model.save(tmp_path / "run")))


# ---------------------------------------------------------------------- the same bits


def test_a_replay_has_the_same_weights_file_byte_for_byte(data, tmp_path):
    for family in ("toy-vae", "toy-two-stage", "toy-moments"):
        run(data, family, tmp_path / family, items=1600)
        fit(data, replay=tmp_path / family, out=tmp_path / f"{family}-again", progress=False)
        first, again = (tmp_path / name / "weights.safetensors" for name in (family, f"{family}-again"))
        assert first.read_bytes() == again.read_bytes()
        copy = load_model(first.parent).save(tmp_path / f"{family}-copy")
        assert (copy / "weights.safetensors").read_bytes() == first.read_bytes()


def test_the_same_tensors_are_the_same_bytes():
    bools = torch.zeros(2, dtype=torch.bool)
    tensors = {"b": torch.ones(3), "a": bools, "\N{EURO SIGN}": torch.arange(5), "e": torch.zeros(0)}
    orders = (list(tensors.items()), list(tensors.items())[::-1])
    packed = {pack(dict(order), {"x": 1}) for order in orders for _ in range(20)}
    assert len(packed) == 1


def at_once(*calls) -> list:
    """What the calls return, each in a thread of its own, all at the same time."""
    found, ready = [None] * len(calls), threading.Barrier(len(calls))

    def work(place, call):
        ready.wait()
        found[place] = call()

    threads = [threading.Thread(target=work, args=item, daemon=True) for item in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive(), "it waits for ever"
    return found


def test_fits_and_draws_at_once_have_the_bits_that_they_have_alone(data):
    fits = [lambda: run(data, "toy-vae", items=1600), lambda: run(data, "toy-frozen", items=1600, seed=1)]
    alone = [call() for call in fits]
    drawn = alone[0].sample(100, seed=5)

    def draws():
        with_threads = torch.get_num_threads()
        parts = [alone[0].sample(100, seed=5) for _ in range(150)]
        return all(torch.equal(part, drawn) for part in parts) and torch.get_num_threads() == with_threads

    torch.manual_seed(3)
    before = torch.get_rng_state()
    *together, draws_equal = at_once(*fits, draws)
    assert [same(a, b) for a, b in zip(alone, together)] == [True, True] and draws_equal
    assert torch.equal(torch.get_rng_state(), before), "the global generator is where it was"


def test_a_fit_inside_a_fit_ends(data):
    alone = run(data, "toy-vae", items=640)
    outer, again = at_once(lambda: run(data, "toy-fitting", items=640), lambda: run(data, "toy-vae", items=640))
    assert same(outer.family.other, alone) and same(again, alone)


# ---------------------------------------------------------------------- budgets


def test_less_than_a_batch_is_one_batch(data):
    """0.0005 epochs are no items at all, which is a budget like another, and not one that nobody knows."""

    def give_up(number, frame):
        raise AssertionError("it trains without end")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(20)
    try:
        assert fit(data, "toy-flow", epochs=0.0005, progress=False).config["outcome"]["items"] == 32
        model = fit(data, "toy-two-stage", epochs=0.0005, progress=False)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    assert [stage["items"] for stage in model.config["stages"]] == [32, 32]


def test_what_is_not_known_yet_is_not_in_the_record(data, tmp_path, monkeypatch):
    with killed_at(monkeypatch, Store, "save", 2), pytest.raises(Killed):
        fit(data, "toy-vae", minutes=1, out=tmp_path / "time", checkpoint_seconds=0, progress=False)
    (stage,) = read_config(tmp_path / "time")["stages"]
    assert stage.keys() == {"name", "threads", "bf16", "warmup", "about"}
    record = unpack(sorted((tmp_path / "time" / "checkpoints").iterdir())[-1])[1]
    assert record["best"] is None and record["improved"] is None
    model = run(data, "toy-vae", rows="all", items=640)
    assert "best" not in model.config["stages"][0] and model.config["stages"][0]["end"] == 640


def test_seconds_between_checkpoints_are_a_number(data):
    for bad in (-1.0, float("nan")):
        with pytest.raises(BudgetError, match="checkpoint_seconds"):
            run(data, "toy-vae", checkpoint_seconds=bad)


def test_a_checkpoint_that_says_nonsense_is_refused(data, tmp_path, monkeypatch):
    """Its checksum is right, as a program that edits it would make it."""
    stopped(monkeypatch, data, tmp_path)
    (newest,) = sorted((tmp_path / "checkpoints").iterdir())[-1:]
    tensors, record = unpack(newest)
    changes = {"stage": "0"}, {"stage": -1}, {"metrics": 10**18}, {"items": 1.5}, {"seconds": None}, {"more": [[]]}
    without_moments = {name: t for name, t in tensors.items() if "optimizer" not in name}
    for change in changes:
        write_whole(newest, pack(tensors, record | change))
        before = content(tmp_path)
        with pytest.raises(RunError):
            run(data, "toy-vae", tmp_path, items=1600)
        assert content(tmp_path) == before
    write_whole(newest, pack(without_moments, record))
    with pytest.raises(RunError):
        run(data, "toy-vae", tmp_path, items=1600)
