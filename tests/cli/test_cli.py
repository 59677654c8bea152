"""The command line where a person gets it right: what each command writes and says. Mistakes are in faults/."""

import json
import os
import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from made_results import made
from PIL import Image

import genwright
from genwright.cli import doctor
from genwright.core import patience
from genwright.training.weights import unpack

VAE = "fit digits --family vae --preset tiny --items 600"


def rows(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    height = rng.normal(size=n).round(3)
    tree = np.where(height > 0.3, "oak", rng.choice(["elm", "ash"], n))
    return pd.DataFrame({"code": np.arange(n) + 100, "height": height, "rings": rng.poisson(4, n), "tree": tree})


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with a run on pictures, one on a table, and that table."""
    home = tmp_path_factory.mktemp("trained")
    rows(80).to_csv(home / "trees.csv", index=False)
    genwright.fit(genwright.load_data("digits"), "vae", preset="tiny", items=600, out=home / "pictures", progress=False)
    genwright.fit(genwright.load_data(home / "trees.csv", given=["tree"]), "copula", out=home / "table", progress=False)
    return home


@pytest.fixture
def home(trained, tmp_path):
    return shutil.copytree(trained, tmp_path / "home")


# ---------------------------------------------------------------------- fit


def test_fit_says_where_the_model_is_and_opens_a_finished_run(home, do):
    out = do(VAE)
    assert out == "model: runs/digits-vae\n"
    assert "1,797 images, 8 x 8" in out.err and "vae is done" in out.err
    before = (home / "runs/digits-vae/weights.safetensors").stat().st_mtime_ns
    err = do(VAE).err
    assert "finished after 576 items: opened" in err
    assert (home / "runs/digits-vae/weights.safetensors").stat().st_mtime_ns == before


def test_quiet_hides_the_bars_of_reading_too(home, do, monkeypatch):
    monkeypatch.setattr(patience, "PATIENCE", -1.0)
    fit = "fit trees.csv --family bootstrap --out quiet"
    assert "reading columns" in do(f"{fit}-not").err
    assert do(f"{fit} --quiet").err == ""


def test_the_time_between_checkpoints_is_handed_over(home, do, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "genwright.run.fit.fit", lambda *data, **options: asked.append(options.get("checkpoint_seconds"))
    )
    do(f"{VAE} --quiet")
    do(f"{VAE} --quiet --checkpoint-seconds 2.5")
    assert asked == [None, 2.5]


def test_restart_begins_anew(home, do):
    do("fit digits --family vae --preset tiny --items 640 --out pictures --restart")
    assert genwright.load_model("pictures").config["budget"] == {"items": 640}


@pytest.mark.long
def test_a_replay_needs_neither_data_nor_seed_and_ends_with_the_same_weights(home, do):
    do(f"{VAE} --seed 3 --out first")
    out = do("fit --replay first")
    assert out == "model: first-replay\n"
    there, now = (unpack(Path(name, "weights.safetensors"))[0] for name in ("first", "first-replay"))
    assert there.keys() == now.keys() and all(torch.equal(there[name], now[name]) for name in there)


def test_a_run_begins_from_another(home, do):
    do(f"{VAE} --out first")
    out = do("fit digits --from first --items 128")
    assert out == "model: first-further\n"
    said = Path("first-further/config.toml").read_text()
    assert 'run = "first"' in said.split("[parent]")[1].split("[")[0]


def test_columns_are_corrected_on_the_command_line(home, do):
    command = "fit trees.csv --family copula --types height=category,rings=real --drop tree --out new"
    err = do(command).err
    assert "2 ignored: `code`" in err and "`tree`, dropped on request" in err
    kinds = {column.name: column.kind for column in genwright.load_model("new").domain.columns}
    assert kinds == {"code": "ignored", "height": "category", "rings": "number", "tree": "ignored"}


@pytest.mark.parametrize("option", ["--group tree", "--time rings"])
def test_a_named_split_is_recorded_and_taken_by_a_replay(option, home, do):
    err = do(f"fit trees.csv --family copula {option} --out first").err
    assert "split by" in err
    err = do("fit --replay first").err
    there, now = (genwright.load_model(name) for name in ("first", "first-replay"))
    assert "split by" in err and there.config["data"] == now.config["data"]
    assert list(there.config["data"]["options"].items()) == [tuple(option[2:].split())]


def test_balance_is_recorded(home, do):
    err = do(f"{VAE} --balance --out new").err
    assert genwright.load_model("new").config["balance"] == "label" and "imbalanced" not in err  # digits are even


def test_labels_are_left_out_with_an_empty_given(home, do):
    do([*VAE.split(), "--given", "", "--out", "new"])
    assert genwright.load_model("new").domain.given.names == []


# ---------------------------------------------------------------------- sample


def test_a_picture_sheet_is_a_png_and_a_folder_holds_labels(home, do):
    do("sample pictures -n 9 --given label=3 --out new.png")
    do("sample pictures -n 9 --given label=3 --out new")
    assert Image.open("new.png").size[0] > 3 * 8
    assert [path.name for path in (home / "new").iterdir()] == ["3"] and len(list((home / "new/3").iterdir())) == 9


def test_the_same_seed_draws_the_same_items_also_one_that_was_not_named(home, do):
    out = do("sample pictures -n 5 --given label=3 --out deep/a.npz")
    (seed,) = map(int, re.findall(r"5 sampled with seed (\d+): deep/a.npz", out))
    for name, other in (("b", seed), ("c", seed + 1)):
        do(f"sample pictures -n 5 --given label=3 --seed {other} --out {name}.npz")
    a, b, c = (np.load(f"{name}.npz") for name in ("deep/a", "b", "c"))
    assert (a["x"] == b["x"]).all() and (a["x"] != c["x"]).any() and (a["label"] == 3).all()


# ---------------------------------------------------------------------- log-prob


def test_log_prob_of_a_file(home, do):
    out = do("log-prob table trees.csv --out lp.csv")
    table = pd.read_csv("lp.csv")
    assert list(table.columns) == ["id", "nats", "se", "kind", "of"] and len(table) == 80 and out.err == ""
    assert table["id"].tolist()[::79] == ["row 1", "row 80"]
    model = genwright.load_model("table")
    lp = model.log_prob(pd.read_csv("trees.csv"))
    assert (
        np.allclose(table["nats"], lp.nats)
        and np.allclose(table["se"], lp.se)
        and set(table["kind"]) == {lp.kind}
        and set(table["of"]) == {lp.of}
    )
    noise = f"{lp.noise} (within the ± above): more --draws make it smaller\n" if lp.noise else ""
    assert out == f"80 items, mean {lp.mean()} nats ({lp.kind} of the {lp.of}): lp.csv\n" + noise
    assert "drawn once an item" in do("log-prob table trees.csv --out lp.csv --draws 1")


def test_sample_enlarges_the_pictures_of_a_folder(do, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = genwright.load_data("digits", given=["low/4"])
    model = genwright.fit(data, "flow-matching", preset="tiny", items=64, out="runs/large", progress=False)
    small = data.domain.decode(*data.domain.encode(data.test[:5]), None).given["low"]
    model.domain.low.write(small, Path("small"))
    out = do("sample runs/large --given low=small --out large.npz --seed 0")
    assert "5 sampled" in out
    x = np.load("large.npz")
    assert x["x"].shape == (5, 8, 8, 1) and np.array_equal(x["low"], small)


def test_log_prob_of_pictures_of_which_a_part_is_known(home, do):
    model = genwright.load_model("pictures")
    x = np.asarray(model.sample(3, seed=0))
    known = np.zeros(x.shape[:3], bool)
    known[:, :4] = True
    np.savez("half.npz", x=x, known=known)
    out = do("log-prob pictures half.npz --out lp.csv")
    assert out.startswith("3 items given what is known, mean ")
    assert np.allclose(pd.read_csv("lp.csv")["nats"], model.log_prob(x, given={}, known=known).nats)


def test_a_warning_is_a_note_in_one_line(home, do):
    holes = rows(12)
    holes.loc[3, "height"] = np.nan
    holes.to_csv("holes.csv", index=False)
    err = do("log-prob table holes.csv").err
    assert err.startswith("genwright: note: column 'height' misses 1 cell") and err.count("\n") == 1


# ---------------------------------------------------------------------- complete


def test_complete_a_table(home, do):
    table = rows(20)
    table.loc[:4, "height"] = np.nan
    table.loc[7, "rings"] = np.nan
    table.to_csv("holes.csv", index=False)
    out = do("complete table holes.csv --seed 1")
    filled = pd.read_csv("filled.csv")
    assert out == "6 missing values in 20 items filled with seed 1 (approximate): filled.csv\n" and out.err == ""
    known = table.notna()
    assert not filled.isna().any().any() and (filled[known] == table[known])[known].fillna(True).all().all()
    do("complete table holes.csv --seed 1 --estimate mean --out mean.csv")
    assert (pd.read_csv("mean.csv")["height"][:5] != filled["height"][:5]).any()


def test_complete_a_column_that_is_not_there(home, do):
    rows(20).drop(columns="rings").to_csv("narrow.csv", index=False)
    out = do("complete table narrow.csv")
    assert out.startswith("20 missing values in 20 items filled") and pd.read_csv("filled.csv")["rings"].notna().all()


def test_complete_with_nothing_missing(home, do):
    out = do("complete table trees.csv --out same.csv")
    assert out == "nothing is missing in trees.csv, written as it is: same.csv\n"
    pd.testing.assert_frame_equal(pd.read_csv("same.csv"), pd.read_csv("trees.csv"))


def test_complete_pictures(home, do):
    digits = np.asarray(genwright.load_data("digits").test)[:6]
    known = np.ones((8, 8), bool)
    known[:, 4:] = False
    np.savez("holes.npz", x=digits, known=known)
    out = do("complete pictures holes.npz --seed 1")
    assert out == "192 missing values in 6 items filled with seed 1 (approximate): filled.npz\n"
    filled = np.load("filled.npz")["x"]
    assert (filled[:, known] == digits[:, known]).all() and (filled != digits).any()


def test_edit_moves_items_to_where_those_with_the_attribute_are(home, do):
    table = rows(80)
    short, tall = table[table.height < -0.3], table[table.height > 0.3]
    short.to_csv("short.csv", index=False)
    tall.to_csv("tall.csv", index=False)
    out = do("edit table short.csv --with tall.csv --without short.csv")
    assert out == f"{len(short)} edited with strength 1: edited.csv\n" and out.err == ""
    assert (pd.read_csv("edited.csv")["height"] > 0.3).mean() > 0.8
    do("edit table short.csv --with tall.csv --without short.csv --strength 0 --out same.csv")
    assert np.allclose(pd.read_csv("same.csv")["height"], short.height, atol=0.01)


# ---------------------------------------------------------------------- compare and report


def test_compare_hands_over_what_was_typed(home, do, monkeypatch):
    asked = {}

    def compare(data, families, **options):
        asked.update(options, source=data.source, families=families)
        return SimpleNamespace(folder=Path("there"))

    monkeypatch.setattr("genwright.studies.compare.compare_families.compare", compare)
    out = do("compare trees.csv --minutes 3 --family vae --family flow --seed 2 --quiet")
    assert (out, out.err) == ("there/report.html\n", "")
    assert asked == {
        "source": "trees.csv", "families": ["vae", "flow"], "minutes": 3.0, "seed": 2, "progress": False,
        "target": None,
    }  # fmt: skip
    do("compare trees.csv --all --target rings --more-minutes 2 --quiet")
    assert (asked["families"], asked["target"], asked["more_minutes"]) == ("all", "rings", 2.0)
    Path("c").mkdir()
    recorded = {**made().to_json(), "data": {**made().data, "source": "trees.csv"}, "seed": 7}
    Path("c/results.json").write_text(json.dumps(recorded))
    do("compare --replay c/results.json --quiet")
    assert (asked["source"], asked["seed"], asked["replay"]) == ("trees.csv", 7, Path("c/results.json"))
    do("compare --out c --more-minutes 2 --quiet")
    assert (asked["source"], asked["seed"], asked["more_minutes"]) == ("trees.csv", 7, 2.0)


def test_compare_says_what_it_would_do(home, do):
    plan = "compare trees.csv --family vae --minutes 3 --cores 1 --dry-run"
    before = {*Path().iterdir()}
    out = do(plan)
    assert out.startswith("1 family on 1 core, 3:00 of training each") and "done in 6:00 on idle cores" in out
    assert {*Path().iterdir()} == before
    assert do(f"{plan} --out c").startswith("1 family on 1 core") and Path("c/results.json").exists()


def test_doctor_says_what_is_where(home, do, monkeypatch):
    monkeypatch.setenv("GENWRIGHT_DATA", str(home / "nowhere"))
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name: str(home / "cache" / name))
    out = do("doctor")
    found = {line[:14].strip(): line[15:] for line in out.splitlines()}
    assert out.err == "" and f"torch {torch.__version__}" in found["packages"] and "bfloat16" in found["processor"]
    assert found["data cache"].startswith(f"{home / 'cache' / 'genwright' / 'data'}: not made yet, ")
    assert found["GENWRIGHT_DATA"] == f"{home / 'nowhere'}: there is no such folder"
    assert found["descriptors"].endswith(": not made yet") or "genwright[mol]" in found["descriptors"]
    assert found["largest source"].startswith("1 GiB once unpacked; GENWRIGHT_MAX_SIZE=8G raises it")
    assert not (home / "cache").exists()  # it writes nothing
    assert "audio (" in found["extras"] or "audio" in found["sound"]


@pytest.mark.parametrize("bare", [False, True])
def test_doctor_fits_a_screen(bare, home, do, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    if bare:  # no extra is installed
        monkeypatch.setattr(doctor, "_version", lambda name: "1.2.3" if name in doctor.NEEDED else doctor.ABSENT)
    assert len(do("doctor").splitlines()) <= 24


def test_doctor_warns_of_what_is_short(home, do, monkeypatch):
    monkeypatch.setattr("psutil.disk_usage", lambda path: SimpleNamespace(free=2**29))
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=2**30, total=2**33))
    monkeypatch.setattr(os, "access", lambda *_: False)
    out = do("doctor")
    assert "1.0 of 8.0 GiB free, which is little: free some memory" in out
    assert "not writable" in out and "0.5 GiB free, which is little: free some disk" in out


# ---------------------------------------------------------------------- where things are written


def test_default_names_are_of_the_kind_of_data_and_never_taken_twice(home, do):
    assert do("sample table -n 3 --seed 1") == "3 sampled with seed 1: samples.csv\n"
    first = Path("samples.csv").read_bytes()
    assert do("sample table -n 3 --seed 2") == "3 sampled with seed 2: samples-2.csv\n"
    assert do("sample table -n 3 --seed 2") == "3 sampled with seed 2: samples-3.csv\n"
    assert Path("samples.csv").read_bytes() == first != Path("samples-2.csv").read_bytes()
    assert do("sample pictures -n 3 --seed 1") == "3 sampled with seed 1: samples.png\n"
    for command, name in (("encode pictures digits", "codes{}.npz"), ("log-prob table trees.csv", "log_prob{}.csv")):
        for number in ("", "-2"):
            assert do(command).splitlines()[0].endswith(f": {name.format(number)}")
    rows(4).to_parquet("holes.parquet")
    assert do("complete table holes.parquet").endswith(": filled.parquet\n")


def test_a_file_that_is_named_is_replaced_and_that_is_said(home, do):
    do("sample table -n 3 --seed 1 --out new.csv")
    out = do("sample table -n 3 --seed 2 --out new.csv")
    assert out == "3 sampled with seed 2: new.csv, in place of the file that was there\n"


@pytest.mark.parametrize("suffix", [".tsv", ".csv.gz", ".xlsx", ".parquet"])
def test_tables_in_other_formats(suffix, home, do):
    do(f"sample table -n 5 --seed 1 --out new{suffix}")
    do("sample table -n 5 --seed 1 --out new.csv")
    read = {".xlsx": pd.read_excel, ".parquet": pd.read_parquet, ".csv.gz": pd.read_csv, ".tsv": pd.read_table}
    pd.testing.assert_frame_equal(read[suffix](f"new{suffix}"), pd.read_csv("new.csv"), check_dtype=False)
    do(f"log-prob table new{suffix} --out lp{suffix}")
    assert read[suffix](f"lp{suffix}").shape == (5, 5)


def test_ids_are_filled_on_request(home, do):
    do("sample table -n 5 --seed 1 --ids --out new.csv")
    table = pd.read_csv("new.csv")
    assert list(table.columns) == list(rows(1).columns) and table["code"].tolist() == [180, 181, 182, 183, 184]
    do("sample pictures --ids", 2)
