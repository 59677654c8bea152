"""Every family and baseline of tables fits, opens, samples and scores whatever numbers a table holds."""

import warnings

import numpy as np
import pytest
from odd_tables import odd_table

from genwright import fit, load_data, load_model
from genwright.zoo import registry

CHEAP = ["bootstrap", "independent", "flow"]


def live(data, family: str, out) -> None:
    preset = "tiny" if "tiny" in registry.presets(registry.row("tables", "generate", family)) else None
    fit(data, family, preset=preset, items=256, out=out, progress=False)
    model = load_model(out)
    rows = model.sample(20, seed=0)
    assert len(rows) == 20 and np.isfinite(rows["plain"].astype(float)).all()
    assert model.domain.spec.holds(model.domain.encode(rows)[0])
    if model.has("log_prob"):
        assert not np.isnan(model.log_prob(data.test.iloc[:20]).nats).any()


def tried(tmp_path, seed: int, families: list[str], **size) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = load_data(odd_table(seed, **size))
        for family in families:
            live(data, family, tmp_path / family)


@pytest.mark.parametrize("seed", range(5))
def test_cheap_families_live_with_odd_tables(tmp_path, seed):
    tried(tmp_path, seed, CHEAP, columns=12, rows=120)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(5, 45))
def test_all_families_live_with_odd_tables(tmp_path, seed):
    families = registry.families("tables", "generate")
    tried(tmp_path, seed, [*families, *registry.families("tables", "generate", baselines=True)])
