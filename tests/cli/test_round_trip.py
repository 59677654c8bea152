"""Every kind of data from a file to samples, likelihoods, completions and a report."""

import re

import numpy as np
import pandas as pd
import pytest
from measuring_little import measure_little, tiny_presets

from genwright.contract.small_data import look_at, small_data
from genwright.kinds.load import read_items
from genwright.run.open import load_model

FEW = "images", "tables", "sequences"
MORE = "molecules", "audio", "music", "points", "graph-sets"
KINDS = *FEW, *(pytest.param(kind, marks=pytest.mark.long) for kind in MORE)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_of_data_from_a_file_to_a_report(kind, do, home):
    look = look_at(kind)
    data = look.data()
    suffix, write = data.domain.suffix, data.domain.write
    write(data.train, home / f"mine{suffix}")
    options = " ".join(f"--{name} {value[0] if name == 'given' else value}" for name, value in data.options.items())
    assert do(f"fit mine{suffix} {options} --preset tiny --steps 3 --out run --quiet") == "model: run\n"
    model = load_model(home / "run")
    assert do(f"sample run -n 5 --seed 1 --out new{suffix}").startswith(f"5 sampled with seed 1: new{suffix}")
    drawn = read_items(str(home / f"new{suffix}"), model.domain).items
    assert len(drawn) <= 5 and (kind == "music" or look.fits(drawn, data))  # windows of music become pieces
    write(data.test[:6], home / f"test{suffix}")
    if model.has("log_prob"):
        assert re.match(r"6 items, mean -?\d", do(f"log-prob run test{suffix} --draws 2 --out lp.csv"))
        assert np.isfinite(pd.read_csv(home / "lp.csv")["nats"]).all()
    if model.has("complete"):
        items, known = look.holes(data)
        if known is None and kind != "molecules":  # of which a file holds whole ones
            write(items, home / f"holes{suffix}")
            said = do(f"complete run holes{suffix} --seed 1 --out filled{suffix}")
            assert f"filled{suffix}" in said and (home / f"filled{suffix}").exists()
    assert do("report run") == "report: run/report.html\n"


@pytest.mark.long
@pytest.mark.parametrize(
    "kind, families, words",
    [
        ("sequences", ["autoregressive", "n-gram"], ["Bits per symbol", "Second halves, drawn"]),
        ("graph-sets", ["erdos-renyi"], ["Spectrum", "Samples beside real test graphs"]),
        ("points", ["equivariant-diffusion", "bootstrap"], ["No clashes, none loose", "Wasserstein distance"]),
    ],
)
def test_a_comparison_of_a_kind_has_a_page(kind, families, words, do, home, monkeypatch):
    measure_little(monkeypatch)
    tiny_presets(monkeypatch)
    data = small_data(kind)
    source = f"mine{data.domain.suffix}"
    data.domain.write(data.train[:16], home / source)
    do(f"compare {source} --family {' --family '.join(families)} --minutes 0.005 --out compared --quiet")
    (home / "compared/report.html").unlink()
    assert do("report compared") == "report: compared/report.html\n"
    page = (home / "compared/report.html").read_text()
    assert all(word in page for word in [*families, *words])
