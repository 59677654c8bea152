"""Compression as typed: rows to bytes and back, and a file that cannot be read."""

import os

import numpy as np
import pandas as pd
import pytest


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
    assert "there is no file nothing.gw: check the path" in do("decompress runs/people nothing.gw --out no.csv", 2)
    os.mkfifo("pipe.gw")
    assert "pipe.gw is a pipe, a socket or a device" in do("decompress runs/people pipe.gw --out no.csv", 2)
    assert not (tmp_path / "no.csv").exists()
    do("fit people.csv --family copula --out runs/copula --quiet")
    assert "copula cannot compress" in do("compress runs/copula people.csv", 2)


def words(n: int) -> list[str]:
    rng = np.random.default_rng(0)
    return ["".join(rng.choice(list("abcdef "), 5 + k % 4)).strip() + "a" for k in range(n)]


TEXT = "".join(np.random.default_rng(1).choice(list("abcde \n"), 900))


@pytest.mark.parametrize(
    "data, options, name, content",
    [
        ("\n".join(words(40)), "", "new.txt", "\n".join(words(9)) + "\n"),
        ("\n".join(words(40)), "", "new.fasta", "".join(f">chain {k}\n{word}\n" for k, word in enumerate(words(9)))),
        (TEXT, "--windows 32", "page.txt", TEXT[:110]),
        (TEXT, "--windows 32", "pages.txt", f"{TEXT[:40]}\n{'-' * 20}\n{TEXT[:9]}\n"),
        (
            "size,town\n" + "".join(f"{k % 7},{'Bern' if k % 3 else 'Genf'}\n" for k in range(60)),
            "",
            "rows.csv",
            "name,size,town\n" + "".join(f"row {k},{k % 5}.5,Bern\n" for k in range(20)),
        ),
    ],
)
def test_a_file_comes_back_byte_for_byte(do, tmp_path, data, options, name, content):
    (tmp_path / ("data.csv" if "," in data else "data.txt")).write_text(data)
    source = "data.csv" if "," in data else "data.txt"
    do(f"fit {source} {options} --family autoregressive --preset tiny --steps 3 --out run --quiet")
    (tmp_path / name).write_text(content)
    do(f"compress run {name} --out new.gw")
    do(f"decompress run new.gw --out again{name[name.index('.') :]}")
    assert (tmp_path / f"again{name[name.index('.') :]}").read_text() == content


def test_what_would_not_come_back_is_refused(do, tmp_path):
    (tmp_path / "data.txt").write_text("\n".join(words(40)))
    do("fit data.txt --family autoregressive --preset tiny --steps 3 --out run --quiet")
    (tmp_path / "holes.txt").write_text("aba\n\nabba\n")
    said = do("compress run holes.txt", 2)
    assert "holes.txt: 1 of 3 lines left out (empty), so decompress would not give back what is there" in said
    assert not (tmp_path / "items.gw").exists()
    (tmp_path / "holes.txt").write_text("aba\nabba\n")  # as the sentence says
    do("compress run holes.txt")
