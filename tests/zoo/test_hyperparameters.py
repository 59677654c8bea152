"""Hyperparameters from a fit's call to its record: presets, changed values, and families of others."""

from dataclasses import dataclass, replace

import pytest
from installed import entry_points_of

import genwright
from genwright.contract.small_data import small_data
from genwright.core import packages
from genwright.core.errors import BudgetError, DataError, RunError
from genwright.core.hyper import Hyper, whole
from genwright.core.recipe import Trained
from genwright.run.folder import read_config
from genwright.zoo import autoencoders, registry

ROW = registry.row(*registry.TABLES, "vae")
QUICK = {"preset": "tiny", "steps": 2, "progress": False}
HYPER = [row for row in registry.ROWS if registry.presets(row)]


@pytest.fixture
def rows():
    return small_data("tables")


@pytest.mark.parametrize("row", HYPER, ids=lambda row: f"{row.label}-{row.family}")
def test_presets_of_a_row_are_of_one_class_and_stand_in_its_record(row):
    presets = registry.presets(row)
    assert len({*map(type, presets.values())}) == 1 and isinstance(presets["tiny"], Hyper)
    for name, preset in presets.items():
        resolved = registry.hyperparameters(row, None, None, 0, name)
        assert resolved == preset.values() and type(preset)(**resolved) == preset


def test_a_changed_hyperparameter_is_what_the_model_is_built_of(rows, tmp_path):
    run = tmp_path / "run"
    model = genwright.fit(rows, "vae", hyperparameters={"free_bits": 2, "latents": 3}, out=run, **QUICK)
    assert model.family.free_bits == 2.0 and model.family.latents == 3
    assert read_config(run)["recipe"] == replace(autoencoders.VAE_TABLES["tiny"], free_bits=2.0, latents=3).values()
    assert genwright.load_model(run).family.free_bits == 2.0
    again = genwright.fit(rows, "vae", hyperparameters={"free_bits": 2.0, "latents": 3}, out=run, **QUICK)
    assert again.family.free_bits == 2.0  # the same run, opened
    with pytest.raises(RunError):
        genwright.fit(rows, "vae", hyperparameters={"free_bits": 1.0, "latents": 3}, out=run, **QUICK)
    for other in ({"replay": run}, {"parent": run, "steps": 1}):
        with pytest.raises(BudgetError):
            genwright.fit(rows, hyperparameters={"free_bits": 1.0}, progress=False, **other)


@pytest.mark.parametrize(
    "changed, said",
    [
        ({"freebits": 2.0}, "free_bits"),
        ({"free_bits": -1.0}, "free_bits"),
        ({"latents": 10**9}, "latents"),
        ({"lr": float("nan")}, "lr"),
    ],
)
def test_what_no_field_takes_is_refused(rows, changed, said):
    with pytest.raises(DataError, match=said):
        genwright.fit(rows, "vae", hyperparameters=changed, **QUICK)


@pytest.mark.parametrize(
    "label, family, changed, named, remedy",
    [
        ("sequences", "autoregressive", {"heads": 3}, "width = 16", {"width": 18}),
        ("sequences", "vae", {"latents": 5}, "latents = 5", {"blocks": 5}),
        ("points", "latent-diffusion", {"width": 15}, "width = 15", {"width": 14}),
        ("graph-sets", "discrete-diffusion", {"heads": 3}, "width = 32", {"width": 30}),
        ("graph-sets", "gran", {"stride": 3}, "stride = 3", {"block": 3}),
        ("audio", "vq-vae", {"strides": [4, 3]}, "strides", {"strides": [4, 2]}),
        ("nodes", "gcn", {"sampler": "ladies", "layers": 3}, "budgets = .*layers = 3", {"budgets": [10, 10, 10]}),
    ],
)
def test_what_another_field_rules_out_is_refused(label, family, changed, named, remedy):
    row = registry.row(*registry.place(label), family)
    with pytest.raises(DataError, match=named):
        registry.hyperparameters(row, None, None, 0, "tiny", changed)
    assert registry.hyperparameters(row, None, None, 0, "tiny", changed | remedy)


def test_an_lstm_has_no_heads_that_its_width_must_fit():
    row = registry.row(*registry.SEQUENCES, "autoregressive")
    assert registry.hyperparameters(row, None, None, 0, "lstm", {"width": 31, "heads": 3})["width"] == 31


def test_a_family_without_hyperparameters_takes_none(rows):
    with pytest.raises(DataError):
        genwright.fit(rows, "copula", hyperparameters={"latents": 2}, progress=False)


@dataclass(frozen=True)
class Own(Trained):
    width: int = whole(8, least=1, says="units")


@dataclass(frozen=True)
class Other(Hyper):
    width: int = whole(8, least=1, says="units")


@pytest.mark.parametrize("family", ["flow-matching", "cascade", "latent-diffusion"])
def test_no_preset_samples_by_heun_with_fewer_than_20_calls(family):
    """Its steps would be too long: the Frechet distance of five calls is a hundred times that of twenty."""
    rows = [row for row in HYPER if row.family == family and "sampling_steps" in registry.presets(row)["tiny"].fields()]
    presets = [(name, hyper) for row in rows for name, hyper in registry.presets(row).items() if name != "tiny"]
    assert presets and all(hyper.sampling_steps >= 20 for _, hyper in presets)


@pytest.mark.parametrize("presets", [{"small": {"width": 8}}, {"small": Own(), "tiny": Other()}, {"small": 3}])
def test_presets_that_are_no_dataclass_are_refused(presets, monkeypatch):
    """And a package that registers such is left out with the same sentence."""
    monkeypatch.setattr(registry, "_registered", [])

    def register():
        genwright.register("tables", "mine", lambda spec, given, hyper: None, presets)

    with pytest.raises(DataError):
        register()

    class Entry:
        value = "theirs:families"

        def load(self):
            return register

    monkeypatch.setattr(packages, "entry_points", entry_points_of(Entry()))
    with pytest.warns(UserWarning, match="theirs:families"):
        packages.load_plugins.__wrapped__()
    assert not registry._registered
