"""Everything that computes with a model, on a pretended GPU: where a tensor was left on the processor it raises, and
what comes out is what the processor gives, bit for bit. `test_devices.py` runs this.
"""

import copy
import json
import tomllib
from dataclasses import replace
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import torch
from pretended_gpu import NAME, DevicesMeet, pretended_gpu, waited

import genwright
from genwright.contract.small_data import ask, small_data, small_label, with_holes
from genwright.core.draws import Draws
from genwright.core.spec import Ordered, Spec
from genwright.core.trainable import Items
from genwright.proteins.families.folded import Folded
from genwright.run.open import load_model
from genwright.run.predictor import Predictor
from genwright.run.tasks import task_of
from genwright.series.kinds.subjects import Subjects
from genwright.training.weights import unpack
from genwright.zoo import registry
from genwright.zoo.codes import build_latent_diffusion

GOLDEN = Path(__file__).parent / "golden" / "format-5"
LABELS = {f"{row.label}-{row.family}": small_label(row) for row in registry.ROWS}  # of folders, by their names
SETS = [GOLDEN / name for name in LABELS if LABELS[name] in ("points", "graph-sets")]  # their losses wait, to learn how
# many members there are
UNTRIED = {  # there, of pictures
    f"images-{family}"
    for family in ("cascade", "dall-e", "discrete-vae", "hierarchical-vae", "integer-flow", "iwae", "latent-diffusion")
    + ("semi-supervised-vae", "unclip", "vq-vae", "vq-vae-2", "words-and-images")
}
OTHERS = ("points", "graph-sets", "molecules", "music")


def new_of_predictors(rows) -> set[str]:
    """Folders of models, and of predictors whose task or encoder no earlier folder has: encoders and tasks combine."""
    seen, new = set(), set()
    for row in rows:
        if not registry.predicts(row.task) or not {row.label, row.family} <= seen:
            new.add(f"{row.label}-{row.family}")
        seen |= {row.label, row.family}
    return new


NEW = new_of_predictors(registry.ROWS)
FOLDERS = [GOLDEN / name for name in LABELS if LABELS[name] not in OTHERS and name not in UNTRIED and name in NEW]
ITEMS = 40  # of a loss
NEAR = {  # who sums in another order there, and how near it comes
    "images-gan": 1e-3,  # the search for a code is by Adam, which on a GPU takes all tensors at once
    "tables-gan": 1e-3,
    "sequences-adversarial-autoencoder": 1e-5,  # attention, by another kernel there
    "sequences-autoregressive": 1e-5,
    "sequences-discrete-diffusion": 1e-5,
    "sequences-vae": 1e-5,
    "structure-alphafold2": 1e-3,  # angstrom
    "structure-alphafold3": 1e-3,
    "images-score-matching": 1e-3,  # gradients of convolutions, laid out in memory as a GPU lays them out
}
ON_A_GPU_ALONE = {
    "graphs-gin": "set2set's LSTM cell is a kernel that a processor lacks",
    "graph-sets-gran": "the same, of its recurrent cells",
    "graph-sets-graph-rnn": "the same",
    "series-autoregressive": "the same",
}
EVERYWHERE = [folder for folder in FOLDERS + SETS if folder.name not in ON_A_GPU_ALONE]


@pytest.fixture(scope="module")
def data_of():
    made = {}
    return lambda domain: made.setdefault(domain, small_data(domain))


@pytest.fixture
def gpu(monkeypatch):
    with pretended_gpu(monkeypatch) as device:
        yield device


def predicts(label: str) -> bool:
    return registry.predicts(registry.place(label)[1])


def quick(options) -> dict:
    """Two steps, of a sampler that takes steps."""
    return {"steps": 2} if any(option.name == "steps" for option in options) else {}


def says(model, data) -> dict:
    """What it says by each of its verbs, as arrays and tables, in few steps and draws."""
    if isinstance(model, Predictor):
        return {verb: ask(model, verb, data) for verb in model.verbs}
    found, few = {"sample": model.sample(3, seed=0, **quick(model.sample_options))}, data.test[:3]
    if model.has("log_prob"):
        draws = 2 if model.family.kind == "lower bound" else None
        found["log_prob"] = model.log_prob(few, seed=0, draws=draws).nats
    if model.has("encode"):
        found["encode"] = model.encode(few)
        found["decode"] = model.decode(found["encode"])
    if model.has("complete"):
        items, known = with_holes(data)
        few = items[:3], None if known is None else known[:3]
        found["complete"] = model.complete(*few, seed=0, **quick(model.complete_options))
    return found


def alike(a, b, near: float) -> bool:
    if isinstance(a, Subjects):
        return np.array_equal(a.ptr, b.ptr) and alike(a.frame, b.frame, near)
    if isinstance(a, pd.DataFrame):
        return list(a) == list(b) and all(alike(a[name].to_numpy(), b[name].to_numpy(), near) for name in a)
    if isinstance(a, list) and isinstance(a[0], nx.Graph):
        plain = lambda graphs: [(list(graph), sorted(map(sorted, graph.edges))) for graph in graphs]
        return plain(a) == plain(b)
    if isinstance(a, list) and isinstance(a[0], np.ndarray):
        return len(a) == len(b) and all(alike(x, y, near) for x, y in zip(a, b))
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype == object and isinstance(a.flat[0], Folded):
        return all(alike(x.chain.atoms, y.chain.atoms, near) for x, y in zip(a, b, strict=True))
    if near and a.dtype.kind in "fiu":
        return np.allclose(a, b, atol=near, equal_nan=True)
    return (
        np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
        if a.dtype != object
        else pd.DataFrame(a).equals(pd.DataFrame(b))
    )


def learned(stage, items, device):
    """What a stage learns from."""
    return stage.inputs(items.to(device), Draws("inputs", device=device)) if stage.inputs else items


def losses(model, data, device) -> list[torch.Tensor]:
    """The loss of each player in each stage, what it logs, and its gradients, in training and in validation."""
    family = copy.deepcopy(model.family).train()
    if isinstance(model, Predictor):
        family.attach(data.domain.context_for(data, family.views).to(device))
    found, items = [], data.tensors("train")[:ITEMS]
    for stage in family.stages():
        for player in stage.players:
            for train in (True, False):
                torch.manual_seed(0)  # of dropout
                batch = learned(stage, items, device).batch(Draws("loss", player.name, device=device), 100)
                loss, logs = player.loss(batch) if train else family.eval() and player.loss(batch)
                assert all(isinstance(value, torch.Tensor) and not value.requires_grad for value in logs.values()), logs
                weights = [w for w in player.parameters if w.requires_grad]
                slopes = torch.autograd.grad(loss, weights, allow_unused=True)
                found += [loss, *logs.values(), *(slope for slope in slopes if slope is not None)]
                family.train()
    return [t.detach().cpu() for t in found]


@pytest.mark.parametrize("folder", EVERYWHERE, ids=lambda folder: folder.name)
def test_a_model_says_the_same_there(folder, data_of, gpu):
    data = data_of(LABELS[folder.name])
    here, there = load_model(folder, "cpu"), load_model(folder, NAME)
    assert here.device.type == "cpu"
    assert there.device == gpu or not there.family.state_dict()
    a, b = says(here, data), says(there, data)
    assert a.keys() == b.keys()
    for verb in a:
        assert alike(a[verb], b[verb], NEAR.get(folder.name, 0.0)), verb


MODELS = [folder for folder in FOLDERS if not predicts(LABELS[folder.name])]
WAITING = {  # whose loss asks for a number all the same, and what for
    "images-vae": "which items know something, as nothing is computed of the others",
    "images-autoencoder": "the same",
    "images-autoregressive": "the mean over what is not known, and reading the known part in items that have one alone",
    "counts-vae": "how many cells of a batch are not 0",
    "tables-autoregressive": "the mean over what is not known",
    "sequences-adversarial-autoencoder": "how long the longest line is",
    "sequences-autoregressive": "the same, and how long the longest line is",
    "audio-autoregressive": "how long the longest crop is",
    "audio-vq-vae": "the same, and which blocks there are codes of",
    "clips-vq-vae": "the mean over codes that are not known",
    "sequences-discrete-diffusion": "how long the longest line is",
    "sequences-vae": "the same, and whether anything is known",
    "molecules-decorator": "the molecules, whose ways to grow are found without a network",
}


@pytest.mark.parametrize(
    "folder", [one for one in MODELS if one.name != "series-autoregressive"], ids=lambda one: one.name
)
def test_no_loss_waits_for_the_gpu(folder, data_of, gpu):
    """Its logs are tensors, and nothing in it depends on a number of theirs."""
    data, family = data_of(LABELS[folder.name]), load_model(folder, NAME).family.train()
    items = data.tensors("train")[:ITEMS].to(gpu)
    waits = False
    for stage in family.stages():
        seen = learned(stage, items, gpu)
        waited.clear()
        for player in stage.players:
            loss, _ = player.loss(seen.batch(Draws("loss", device=gpu), 100))
            torch.autograd.grad(loss, [w for w in player.parameters if w.requires_grad], allow_unused=True)
        waits |= bool(waited)
    assert waits == (folder.name in WAITING)


@pytest.mark.parametrize("folder", EVERYWHERE, ids=lambda folder: folder.name)
def test_a_loss_is_the_same_there_and_its_gradients(folder, data_of, gpu):
    domain = LABELS[folder.name]
    data = task_of(data_of(domain), domain if predicts(domain) else None)
    here, there = load_model(folder, "cpu"), load_model(folder, NAME)
    found = [losses(here, data, torch.device("cpu")), losses(there, data, gpu)]
    for a, b in zip(*found, strict=True):
        assert torch.allclose(a, b, rtol=1e-4, atol=1e-4, equal_nan=True)


FITTED = [
    ("tables", "vae"),
    ("tables", "mixture"),
    ("tables", "trees"),
    ("tables", "diffusion"),
    ("tables", "energy"),
    ("images", "autoregressive"),
    ("images", "class-gaussian"),
    ("nodes", "gcn"),
    ("nodes", "label-propagation"),
    ("nodes", "iterative-classification"),
    ("nodes", "deepwalk"),
    ("links", "gae"),
]


@pytest.mark.parametrize("domain, family", FITTED)
def test_a_fit_there_is_kept_and_opened_on_either(domain, family, data_of, gpu, tmp_path):
    row = registry.row(*registry.place(domain), family)
    options = {"task": domain} if predicts(domain) else {}
    options |= {"preset": "tiny"} if registry.presets(row) else {}
    options |= {"steps": 6}
    fits = [
        genwright.fit(data_of(domain), family, out=tmp_path / device, device=device, progress=False, **options)
        for device in ("cpu", NAME)
    ]
    assert [model.config["machine"]["device"] for model in fits] == ["cpu", NAME]
    for device in ("cpu", NAME):
        opened = load_model(tmp_path / NAME, device)
        a, b = fits[0].family.state_dict(), opened.family.state_dict()
        assert a.keys() == b.keys()
        for name in a:
            assert torch.allclose(a[name].double(), b[name].cpu().double(), rtol=1e-4, atol=1e-5, equal_nan=True), name
    assert json.loads((tmp_path / "cpu/domain.json").read_text()) == json.loads(
        (tmp_path / NAME / "domain.json").read_text()
    )


@pytest.mark.parametrize("preset", ["uniform", "fastgcn", "ladies", "as-gcn", "bandit", "pass", "clusters", "walks"])
def test_neighbours_are_sampled_for_a_model_there(preset, data_of, gpu):
    options = {"task": "nodes", "preset": preset, "steps": 4, "progress": False}
    models = [genwright.fit(data_of("nodes"), "gcn", device=device, **options) for device in ("cpu", NAME)]
    assert models[1].device == gpu
    for a, b in zip(*(model.family.state_dict().values() for model in models)):
        assert torch.allclose(a, b.cpu(), rtol=1e-4, atol=1e-5)
    assert alike(*(model.predict(data_of("nodes")) for model in models), 1e-4)


def test_a_tensor_left_on_the_processor_is_found(data_of, gpu, monkeypatch):
    """The fault that the tests above look for."""
    monkeypatch.setattr(
        "genwright.families.conditions.draw_stratified", lambda n, rng: rng.uniform(1) + torch.arange(n) / n
    )
    monkeypatch.setattr(
        "genwright.families.diffusion.diffusion.draw_stratified", lambda n, rng: rng.uniform(1) + torch.arange(n) / n
    )
    model = load_model(GOLDEN / "tables-diffusion", NAME)
    with pytest.raises(DevicesMeet, match="was given tensors of the processor and of the GPU"):
        losses(model, data_of("tables"), gpu)


def test_a_run_goes_on_where_it_began(data_of, gpu, tmp_path):
    class Cut(Exception):
        pass

    data, options = data_of("tables"), {"preset": "tiny", "steps": 12, "out": tmp_path / "run", "progress": False}
    whole = genwright.fit(data, "vae", device=NAME, **(options | {"out": tmp_path / "whole"}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("genwright.training.loop.Trainer._finish", lambda self: (_ for _ in ()).throw(Cut))
        with pytest.raises(Cut):
            genwright.fit(data, "vae", device=NAME, checkpoint_seconds=0.0, **options)
    with pytest.raises(genwright.GenwrightError, match="begun on pretended: resume it there"):
        genwright.fit(data, "vae", device="cpu", **options)
    resumed = genwright.fit(data, "vae", device="auto", **options)
    assert resumed.device == gpu
    for a, b in zip(whole.family.state_dict().values(), resumed.family.state_dict().values()):
        assert torch.equal(a.cpu(), b.cpu())


def test_a_replay_elsewhere_says_so(data_of, gpu, tmp_path, capsys):
    genwright.fit(data_of("tables"), "vae", preset="tiny", steps=6, device=NAME, out=tmp_path / "run", progress=False)
    again = genwright.fit(data_of("tables"), replay=tmp_path / "run", device="cpu")
    assert again.config["machine"]["device"] == "cpu"
    said = " ".join(capsys.readouterr().err.split())
    assert "trained on pretended and is repeated on cpu: equal in distribution, and not bit for bit" in said
    same = genwright.fit(data_of("tables"), replay=tmp_path / "run", progress=False)
    assert same.config["machine"]["device"] == NAME
    assert tomllib.loads((tmp_path / "run/config.toml").read_text())["machine"]["device"] == NAME


def test_a_loss_that_is_not_finite_is_found_before_anything_is_kept(data_of, gpu, tmp_path, monkeypatch):
    """There losses are looked at every few steps; the checkpoint before is good, and the step and its items named."""
    from genwright.families.latent.vae import VAE

    loss = VAE.loss

    def burst(self, batch):
        value, logs = loss(self, batch)
        return (value * torch.nan, logs) if batch.items >= 3 * batch.x.shape[0] else (value, logs)

    monkeypatch.setattr(VAE, "loss", burst)
    with pytest.raises(genwright.GenwrightError, match="stopped at step 4 of stage fit, after .*: model's loss is nan"):
        genwright.fit(
            data_of("tables"), "vae", preset="tiny", steps=60, device=NAME, out=tmp_path / "run", progress=False
        )
    assert not list((tmp_path / "run").glob("checkpoints/*"))
    monkeypatch.setattr(VAE, "loss", lambda self, batch: loss(self, batch))
    kept = tmp_path / "kept"
    options = {"preset": "tiny", "steps": 30, "device": NAME, "out": kept, "progress": False}
    monkeypatch.setattr(
        VAE, "loss", lambda self, batch: burst(self, batch) if batch.items > 20 * len(batch.x) else loss(self, batch)
    )
    with pytest.raises(genwright.GenwrightError, match="stopped at step 22 of stage fit"):
        genwright.fit(data_of("tables"), "vae", checkpoint_seconds=0.0, **options)
    for file in (kept / "checkpoints").iterdir():
        tensors, record = unpack(file)
        assert record["items"] <= 21 * 256 and all(
            t.isfinite().all() for t in tensors.values() if t.is_floating_point()
        )


def test_photographs_and_canvases_compute_there(data_of, gpu):
    preset = registry.presets(registry.row("images", "generate", "latent-diffusion"))["photographs"]
    spec = Spec((("picture", Ordered(256, shape=(3, 128, 128), axis="grid")),))
    torch.manual_seed(0)
    family = build_latent_diffusion(spec, Spec(()), replace(preset, channels=8, depth=1, width=8)).family
    x = torch.randint(0, 256, (2, 3, 128, 128), generator=torch.Generator().manual_seed(0)).to(torch.uint8)
    found = []
    for device in ("cpu", gpu):
        copied = copy.deepcopy(family).to(device).train()
        items = Items(x, torch.zeros(2, 0)).to(device)
        losses_there = []
        for stage in copied.stages():
            batch = learned(stage, items, device).batch(Draws("photographs", device=device), 0)
            losses_there.append(stage.players[0].loss(batch)[0].detach().cpu())
        found.append(torch.stack(losses_there))
    assert torch.equal(*found)
    folder = GOLDEN / "images-flow-matching"
    here, there = (
        load_model(folder, device).sample(2, seed=0, steps=2, canvas=2 * data_of("images").domain.size[0])
        for device in ("cpu", NAME)
    )
    assert np.array_equal(here, there)
