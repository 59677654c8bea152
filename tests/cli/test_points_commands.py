"""Molecules in space, from a file of a person."""

import numpy as np
import pandas as pd
import pytest

from genwright.contract.small_data import molecules
from genwright.kinds.points.point_files import read_points


@pytest.fixture
def home(tmp_path):
    data = molecules()
    data.domain.write([*data.train, *data.test], tmp_path / "mine.xyz")
    data.domain.write([(item.symbols[:2], item.positions[:2]) for item in data.test[:6]], tmp_path / "pieces.xyz")
    return tmp_path


def test_pieces_are_completed_where_they_are(do, home):
    do("fit mine.xyz --preset tiny --steps 3 --out run --quiet")
    assert "6 sets completed with seed 3" in do("complete run pieces.xyz --seed 3")
    for piece, whole in zip(read_points(home / "pieces.xyz").items, read_points(home / "filled.xyz").items):
        assert whole.symbols[:2] == piece.symbols and np.array_equal(whole.positions[:2], piece.positions)


def test_molecules_are_drawn_with_an_energy_that_is_asked_for(do, home):
    molecules = read_points(home / "mine.xyz").items
    blocks = [f"{len(m)}\nmade energy={-len(m)}.5 side={'NS'[k % 2]}\n" for k, m in enumerate(molecules)]
    rows = ["".join(f"{s} {x} {y} {z}\n" for s, (x, y, z) in zip(m.symbols, m.positions)) for m in molecules]
    (home / "told.xyz").write_text("".join(head + body for head, body in zip(blocks, rows)))
    do("fit told.xyz --given energy --given side --preset tiny --items 640 --out run --quiet")
    do("sample run -n 5 --given energy=-4.5 --given side=N --out new.sdf")
    drawn = read_points(home / "new.sdf")
    assert drawn.beside["energy"].tolist() == [-4.5] * 5 and drawn.beside["side"].tolist() == ["N"] * 5
    do("log-prob run told.xyz --draws 2 --out lp.csv")
    assert np.isfinite(pd.read_csv(home / "lp.csv")["nats"]).all()
