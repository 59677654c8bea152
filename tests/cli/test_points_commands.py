"""The command line on molecules: from a file to samples, likelihoods, completions and a report."""

import numpy as np
import pandas as pd
import pytest
from measuring_little import measure_little, tiny_presets

from genwright.cli.commands import main
from genwright.contract.small_data import molecules
from genwright.data.readers.point_files import read_points


@pytest.fixture
def here(tmp_path, monkeypatch):
    data = molecules()
    data.domain.write([*data.train, *data.test], tmp_path / "mine.xyz")
    data.domain.write([(item.symbols[:2], item.positions[:2]) for item in data.test[:6]], tmp_path / "pieces.xyz")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def do(capsys, typed: str) -> str:
    with pytest.raises(SystemExit) as exit:
        main(typed.split())
    out = capsys.readouterr()
    assert not exit.value.code, out.err
    return out.out


def test_a_file_of_molecules_from_end_to_end(here, capsys):
    assert "model: run" in do(capsys, "fit mine.xyz --preset tiny --items 1000 --out run --quiet")
    assert "samples.xyz" in do(capsys, "sample run -n 7 --seed 1")
    drawn = read_points(here / "samples.xyz").items
    assert len(drawn) == 7 and {symbol for item in drawn for symbol in item.symbols} <= set("CHNO")
    said = do(capsys, "log-prob run mine.xyz --out lp.csv")
    table = pd.read_csv(here / "lp.csv")
    assert "lower bound of the mass x density" in said and np.isfinite(table["nats"]).all()
    assert "6 sets completed with seed 3" in do(capsys, "complete run pieces.xyz --seed 3")
    for piece, whole in zip(read_points(here / "pieces.xyz").items, read_points(here / "filled.xyz").items):
        assert whole.symbols[:2] == piece.symbols and np.array_equal(whole.positions[:2], piece.positions)
    assert "report: " in do(capsys, "report run")


def test_molecules_are_drawn_with_an_energy_that_is_asked_for(here, capsys):
    molecules = read_points(here / "mine.xyz").items
    blocks = [f"{len(m)}\nmade energy={-len(m)}.5 side={'NS'[k % 2]}\n" for k, m in enumerate(molecules)]
    rows = ["".join(f"{s} {x} {y} {z}\n" for s, (x, y, z) in zip(m.symbols, m.positions)) for m in molecules]
    (here / "told.xyz").write_text("".join(head + body for head, body in zip(blocks, rows)))
    do(capsys, "fit told.xyz --given energy --given side --preset tiny --items 640 --out run --quiet")
    do(capsys, "sample run -n 5 --given energy=-4.5 --given side=N --out new.sdf")
    drawn = read_points(here / "new.sdf")
    assert drawn.beside["energy"].tolist() == [-4.5] * 5 and drawn.beside["side"].tolist() == ["N"] * 5
    do(capsys, "log-prob run told.xyz --draws 2 --out lp.csv")
    assert np.isfinite(pd.read_csv(here / "lp.csv")["nats"]).all()


def test_molecules_are_compared(here, capsys, monkeypatch):
    measure_little(monkeypatch)
    tiny_presets(monkeypatch)
    do(capsys, "compare mine.xyz --family equivariant-diffusion --family bootstrap --minutes 0.005 --out all")
    assert (here / "all/equivariant-diffusion/samples/samples.png").exists()
    page = (here / "all/report.html").read_text()
    assert all(word in page for word in ("No clashes, none loose", "Wasserstein distance", "bootstrap"))
