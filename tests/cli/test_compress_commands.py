"""Compression as typed: rows to bytes and back, and a file that cannot be read."""

import numpy as np
import pandas as pd


def test_compress_and_decompress_a_table(do, tmp_path):
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({"age": rng.integers(20, 60, 300), "town": rng.choice(["Bern", "Genf"], 300)})
    rows.to_csv("people.csv", index=False)
    do("fit people.csv --family autoregressive --preset tiny --steps 20 --out runs/people --quiet")
    said = do("compress runs/people people.csv")
    size = (tmp_path / "items.gw").stat().st_size
    assert said == f"300 items in {size:,} bytes, {8 * size / 300:,.1f} bits each: items.gw\n"
    assert do("decompress runs/people items.gw --out again.csv") == "300 items: again.csv\n"
    assert (tmp_path / "again.csv").read_text() == (tmp_path / "people.csv").read_text()
    damaged = bytearray((tmp_path / "items.gw").read_bytes())
    damaged[-9] ^= 1
    (tmp_path / "damaged.gw").write_bytes(damaged)
    assert "damaged.gw: the stream is damaged within" in do("decompress runs/people damaged.gw --out no.csv", 2)
    assert "people.csv: this is no compressed stream" in do("decompress runs/people people.csv --out no.csv", 2)
    assert "nothing.gw: cannot be read" in do("decompress runs/people nothing.gw --out no.csv", 2)
    assert not (tmp_path / "no.csv").exists()
    do("fit people.csv --family copula --out runs/copula --quiet")
    assert "copula cannot compress" in do("compress runs/copula people.csv", 2)
