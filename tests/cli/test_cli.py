"""The command line where a person gets it right: what each command writes and says. Mistakes are in faults/."""

import inspect
import json
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
import typer
from made_results import made
from PIL import Image

import genwright
from genwright.cli.commands import app, main
from genwright.cli.family_table import family_table
from genwright.recipes import registry
from genwright.training.files import unpack

COMMANDS = typer.main.get_command(app).commands
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
def here(trained, tmp_path, monkeypatch):
    place = tmp_path / "here"
    shutil.copytree(trained, place)
    monkeypatch.chdir(place)
    return place


@pytest.fixture
def do(capsys):
    """Run a command in this process: (stdout, stderr) of one that succeeds."""

    def run(command: str | list[str]) -> tuple[str, str]:
        with pytest.raises(SystemExit) as exit:
            main(command.split() if isinstance(command, str) else command)
        out, err = capsys.readouterr()
        assert exit.value.code == 0, err
        return out, err

    return run


# ---------------------------------------------------------------------- help and list


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help_has_an_example_and_explains_every_option(name, do, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    command = COMMANDS[name]
    hidden = [parameter for parameter in command.params if getattr(parameter, "hidden", False)]
    short, _ = do([name, "--help"])
    out, _ = do([name, "--help-all"]) if hidden else (short, "")
    assert f"Example: genwright {name}" in short and len(short.splitlines()) <= 45
    for parameter in command.params:
        assert parameter.help, f"{name} {parameter.name} has no help"
        assert (parameter.metavar or parameter.opts[0]) in out
    assert not any(f" {parameter.opts[0]} " in short for parameter in hidden)


def test_the_list_of_commands_has_whole_sentences(do, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    listed = do(["--help"])[0].split("Commands:")[1].strip().splitlines()
    assert len(listed) == len(COMMANDS)
    assert not [line for line in listed if line.endswith("...") or not line.endswith(".")]


def test_no_command_has_more_than_twelve_parameters_of_its_own():
    """Options that a command draws from a table are one parameter."""
    for name, command in COMMANDS.items():
        assert len(inspect.signature(inspect.unwrap(command.callback)).parameters) <= 12, name


def loaded_by(arguments: list[str], heavy: tuple[str, ...]) -> str:
    """Which of some modules a command loads, as a list is printed."""
    code = f"""
import sys
from genwright.cli.commands import main
try:
    main({arguments!r})
except SystemExit as exit:
    assert exit.code == 0
print([name for name in {heavy!r} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=True)
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize("arguments", [["--help"], ["fit", "--help"], ["list"]])
def test_help_and_list_load_nothing_heavy(arguments):
    assert loaded_by(arguments, ("torch", "numpy", "pandas", "sklearn", "scipy", "matplotlib")) == "[]"


def test_a_table_is_described_without_torch(tmp_path):
    table = tmp_path / "people.csv"
    table.write_text("age,town\n" + "".join(f"{20 + k % 50},{'abc'[k % 3]}\n" for k in range(200)))
    assert loaded_by(["describe", str(table)], ("torch", "sklearn", "matplotlib")) == "[]"


def test_list_has_a_row_for_every_family(do):
    out, _ = do("list")
    lines = out.splitlines()[2:]
    models = [row for row in registry.ROWS if not registry.predicts(row.task)]
    wide = max(len(row.kind) for row in models)
    for row, line in zip(models, lines):
        assert line.startswith(f"{row.kind:{wide}} {row.family}") and line.endswith(row.paper)
        marks = re.findall(r" ([x-])(?= )", line[24:])
        assert marks == ["x" if verb in row.verbs else "-" for verb in registry.LATENT], line
        assert line.index(row.paper) <= 82


def test_list_is_cut_to_the_width_of_the_terminal():
    assert max(map(len, family_table(80).splitlines())) <= 80
    models = sum(not registry.predicts(row.task) for row in registry.rows())
    assert family_table(80).count("\n") == family_table().count("\n") == 1 + models


def environment() -> dict[str, str]:
    source = os.pathsep.join(filter(None, [str(Path(genwright.__file__).parents[1]), os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": source}


def test_a_reader_that_stops_early_is_no_error():
    command = f"{sys.executable} -m genwright list | true"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=environment())
    assert done.stderr == ""


# ---------------------------------------------------------------------- fit


def test_fit_says_where_the_model_is_and_opens_a_finished_run(here, do):
    out, err = do(VAE)
    assert out == "model: runs/digits-vae\n"
    assert "1,797 images, 8 x 8" in err and "vae is done" in err
    before = (here / "runs/digits-vae/weights.safetensors").stat().st_mtime_ns
    _, err = do(VAE)
    assert "finished after 576 items: opened" in err
    assert (here / "runs/digits-vae/weights.safetensors").stat().st_mtime_ns == before


def test_quiet_says_only_what_was_written(here, do):
    assert do(f"{VAE} --out new --quiet") == ("model: new\n", "")


def test_the_time_between_checkpoints_is_handed_over(here, do, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "genwright.run.fit.fit", lambda *data, **options: asked.append(options.get("checkpoint_seconds"))
    )
    do(f"{VAE} --quiet")
    do(f"{VAE} --quiet --checkpoint-seconds 2.5")
    assert asked == [None, 2.5]


def test_restart_begins_anew(here, do):
    do("fit digits --family vae --preset tiny --items 640 --out pictures --restart")
    assert genwright.load_model("pictures").config["budget"] == {"items": 640}


def test_a_replay_needs_neither_data_nor_seed_and_ends_with_the_same_weights(here, do):
    do(f"{VAE} --seed 3 --out first")
    out, _ = do("fit --replay first")
    assert out == "model: first-replay\n"
    there, now = (unpack(Path(name, "weights.safetensors"))[0] for name in ("first", "first-replay"))
    assert there.keys() == now.keys() and all(torch.equal(there[name], now[name]) for name in there)


def test_a_run_begins_from_another(here, do):
    do(f"{VAE} --out first")
    out, _ = do("fit digits --from first --items 128")
    assert out == "model: first-further\n"
    said = Path("first-further/config.toml").read_text()
    assert 'run = "first"' in said.split("[parent]")[1].split("[")[0]


def test_columns_are_corrected_on_the_command_line(here, do):
    command = "fit trees.csv --family copula --types height=category,rings=real --drop tree --out new"
    _, err = do(command)
    assert "2 ignored: `code`" in err and "`tree`, dropped on request" in err
    kinds = {column.name: column.kind for column in genwright.load_model("new").domain.columns}
    assert kinds == {"code": "ignored", "height": "category", "rings": "number", "tree": "ignored"}


def test_a_replay_takes_corrections_from_the_record(here, do):
    do("fit trees.csv --family copula --given tree --drop code --types rings=category --out first")
    do("fit --replay first")
    assert genwright.load_model("first-replay").domain.given.names == ["tree"]


@pytest.mark.parametrize("option", ["--group tree", "--time rings"])
def test_a_named_split_is_recorded_and_taken_by_a_replay(option, here, do):
    _, err = do(f"fit trees.csv --family copula {option} --out first")
    assert "split by" in err
    _, err = do("fit --replay first")
    there, now = (genwright.load_model(name) for name in ("first", "first-replay"))
    assert "split by" in err and there.config["data"] == now.config["data"]
    assert list(there.config["data"]["options"].items()) == [tuple(option[2:].split())]


def test_balance_is_recorded(here, do):
    _, err = do(f"{VAE} --balance --out new")
    assert genwright.load_model("new").config["balance"] == "label" and "imbalanced" not in err  # digits are even


def test_labels_are_left_out_with_an_empty_given(here, do):
    do([*VAE.split(), "--given", "", "--out", "new"])
    assert genwright.load_model("new").domain.given.names == []


# ---------------------------------------------------------------------- sample


@pytest.mark.parametrize("name", ["new.png", "new.npz", "new", "deep/new.npz"])
def test_sample_pictures(name, here, do):
    out, err = do(f"sample pictures -n 10 --seed 5 --out {name}")
    assert out == f"10 sampled with seed 5: {name}\n" and err == ""
    assert (here / name).exists()


@pytest.mark.parametrize("name", ["new.csv", "new.csv.gz", "new.npz"])
def test_sample_a_table(name, here, do):
    do(f"sample table -n 10 --seed 5 --out {name}")
    if name.endswith("npz"):
        assert np.load(name)["height"].shape == (10,)
    else:
        assert list(pd.read_csv(name).columns) == ["height", "rings", "tree"]


def test_a_picture_sheet_is_a_png_and_a_folder_holds_labels(here, do):
    do("sample pictures -n 9 --given label=3 --out new.png")
    do("sample pictures -n 9 --given label=3 --out new")
    assert Image.open("new.png").size[0] > 3 * 8
    assert [path.name for path in (here / "new").iterdir()] == ["3"] and len(list((here / "new/3").iterdir())) == 9


def test_the_same_seed_draws_the_same_items(here, do):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        do(f"sample pictures -n 5 --given label=3 --seed {seed} --out {name}.npz")
    a, b, c = (np.load(f"{name}.npz") for name in "abc")
    assert (a["x"] == b["x"]).all() and (a["x"] != c["x"]).any() and (a["label"] == 3).all()


def test_a_seed_that_was_not_named_is_said(here, do):
    out, _ = do("sample pictures -n 5 --out a.npz")
    (seed,) = re.findall(r"5 sampled with seed (\d+): a.npz", out)
    do(f"sample pictures -n 5 --out b.npz --seed {seed}")
    assert (np.load("a.npz")["x"] == np.load("b.npz")["x"]).all()


# ---------------------------------------------------------------------- log-prob


def test_log_prob_of_a_file(here, do):
    out, err = do("log-prob table trees.csv --out lp.csv")
    table = pd.read_csv("lp.csv")
    assert list(table.columns) == ["id", "nats", "se", "kind", "of"] and len(table) == 80 and err == ""
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
    assert "drawn once an item" in do("log-prob table trees.csv --out lp.csv --draws 1")[0]


def test_log_prob_of_named_data(here, do):
    out, _ = do("log-prob pictures digits")
    line, noise, _ = out.split("\n")
    assert line.startswith("1,797 items, mean -") and line.endswith("nats (lower bound of the mass): log_prob.csv")
    assert noise.startswith("drawn with an error of ") and "nats an item" in noise


def test_sample_enlarges_the_pictures_of_a_folder(do, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = genwright.load_data("digits", given=["low/4"])
    model = genwright.fit(data, "flow-matching", preset="tiny", items=64, out="runs/large", progress=False)
    small = data.domain.decode(*data.domain.encode(data.test[:5]), None).given["low"]
    model.domain.low.write(small, Path("small"))
    out, _ = do("sample runs/large --given low=small --out large.npz --seed 0")
    assert "5 sampled" in out
    x = np.load("large.npz")
    assert x["x"].shape == (5, 8, 8, 1) and np.array_equal(x["low"], small)


def test_log_prob_of_what_was_sampled(here, do):
    do("sample pictures -n 7 --out new.npz")
    assert do("log-prob pictures new.npz")[0].startswith("7 items")


def test_log_prob_of_pictures_of_which_a_part_is_known(here, do):
    model = genwright.load_model("pictures")
    x = np.asarray(model.sample(3, seed=0))
    known = np.zeros(x.shape[:3], bool)
    known[:, :4] = True
    np.savez("half.npz", x=x, known=known)
    out, _ = do("log-prob pictures half.npz --out lp.csv")
    assert out.startswith("3 items given what is known, mean ")
    assert np.allclose(pd.read_csv("lp.csv")["nats"], model.log_prob(x, given={}, known=known).nats)


def test_a_warning_is_a_note_in_one_line(here, do):
    holes = rows(12)
    holes.loc[3, "height"] = np.nan
    holes.to_csv("holes.csv", index=False)
    _, err = do("log-prob table holes.csv")
    assert err.startswith("genwright: note: column 'height' misses 1 cell") and err.count("\n") == 1


# ---------------------------------------------------------------------- complete


def test_complete_a_table(here, do):
    table = rows(20)
    table.loc[:4, "height"] = np.nan
    table.loc[7, "rings"] = np.nan
    table.to_csv("holes.csv", index=False)
    out, err = do("complete table holes.csv --seed 1")
    filled = pd.read_csv("filled.csv")
    assert out == "6 missing values in 20 items filled with seed 1 (approximate): filled.csv\n" and err == ""
    known = table.notna()
    assert not filled.isna().any().any() and (filled[known] == table[known])[known].fillna(True).all().all()
    do("complete table holes.csv --seed 1 --estimate mean --out mean.csv")
    assert (pd.read_csv("mean.csv")["height"][:5] != filled["height"][:5]).any()


def test_complete_a_column_that_is_not_there(here, do):
    rows(20).drop(columns="rings").to_csv("narrow.csv", index=False)
    out, _ = do("complete table narrow.csv")
    assert out.startswith("20 missing values in 20 items filled") and pd.read_csv("filled.csv")["rings"].notna().all()


def test_complete_with_nothing_missing(here, do):
    out, _ = do("complete table trees.csv --out same.csv")
    assert out == "nothing is missing in trees.csv, written as it is: same.csv\n"
    pd.testing.assert_frame_equal(pd.read_csv("same.csv"), pd.read_csv("trees.csv"))


def test_complete_pictures(here, do):
    digits = np.asarray(genwright.load_data("digits").test)[:6]
    known = np.ones((8, 8), bool)
    known[:, 4:] = False
    np.savez("holes.npz", x=digits, known=known)
    out, _ = do("complete pictures holes.npz --seed 1")
    assert out == "192 missing values in 6 items filled with seed 1 (approximate): filled.npz\n"
    filled = np.load("filled.npz")["x"]
    assert (filled[:, known] == digits[:, known]).all() and (filled != digits).any()


def test_edit_moves_items_to_where_those_with_the_attribute_are(here, do):
    table = rows(80)
    short, tall = table[table.height < -0.3], table[table.height > 0.3]
    short.to_csv("short.csv", index=False)
    tall.to_csv("tall.csv", index=False)
    out, err = do("edit table short.csv --with tall.csv --without short.csv")
    assert out == f"{len(short)} edited with strength 1: edited.csv\n" and err == ""
    assert (pd.read_csv("edited.csv")["height"] > 0.3).mean() > 0.8
    do("edit table short.csv --with tall.csv --without short.csv --strength 0 --out same.csv")
    assert np.allclose(pd.read_csv("same.csv")["height"], short.height, atol=0.01)


# ---------------------------------------------------------------------- compare and report


def test_compare_hands_over_what_was_typed(here, do, monkeypatch):
    asked = {}

    def compare(data, families, **options):
        asked.update(options, source=data.source, families=families)
        return SimpleNamespace(folder=Path("there"))

    monkeypatch.setattr("genwright.studies.compare.compare", compare)
    out, err = do("compare trees.csv --minutes 3 --family vae --family flow --seed 2 --quiet")
    assert (out, err) == ("there/report.html\n", "")
    assert asked == {
        "source": "trees.csv", "families": ["vae", "flow"], "minutes": 3.0, "seed": 2, "progress": False,
        "target": None,
    }  # fmt: skip
    do("compare trees.csv --all --target rings --more-minutes 2 --quiet")
    assert (asked["families"], asked["target"], asked["more_minutes"]) == ("all", "rings", 2.0)
    Path("c").mkdir()
    recorded = {**made(), "data": {**made()["data"], "source": "trees.csv"}, "seed": 7}
    Path("c/results.json").write_text(json.dumps(recorded))
    do("compare --replay c/results.json --quiet")
    assert (asked["source"], asked["seed"], asked["replay"]) == ("trees.csv", 7, Path("c/results.json"))
    do("compare --out c --more-minutes 2 --quiet")
    assert (asked["source"], asked["seed"], asked["more_minutes"]) == ("trees.csv", 7, 2.0)


def test_compare_says_what_it_would_do(here, do):
    out, _ = do("compare trees.csv --family vae --minutes 3 --dry-run --out c")
    assert out.startswith("1 family, 3:00 of training each") and "done in 7:00 on idle cores" in out
    assert not Path("c").exists()


def test_doctor_says_what_is_where(here, do, monkeypatch):
    monkeypatch.setenv("GENWRIGHT_DATA", str(here / "nowhere"))
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name: str(here / "cache" / name))
    out, err = do("doctor")
    found = {line[:14].strip(): line[15:] for line in out.splitlines()}
    assert err == "" and f"torch {torch.__version__}" in found["packages"] and found["bfloat16"]
    assert found["data cache"].startswith(f"{here / 'cache' / 'genwright' / 'data'}: not made yet, ")
    assert found["GENWRIGHT_DATA"] == f"{here / 'nowhere'}: there is no such folder"
    assert found["descriptors"].endswith(": not made yet") or "genwright[mol]" in found["descriptors"]
    assert found["largest source"].startswith("1 GiB once unpacked: GENWRIGHT_MAX_SIZE raises it")
    assert not (here / "cache").exists()  # it writes nothing
    for suffix, package in ((".parquet", "pyarrow"), (".xlsx", "openpyxl")):
        assert found[suffix] in (f"cannot be read: pip install {package}", f"read by {package} {installed(package)}")


def installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def test_doctor_warns_of_what_is_short(here, do, monkeypatch):
    monkeypatch.setattr("psutil.disk_usage", lambda path: SimpleNamespace(free=2**29))
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=2**30, total=2**33))
    monkeypatch.setattr(os, "access", lambda *_: False)
    out, _ = do("doctor")
    assert "1.0 of 8.0 GiB free, which is little: free some memory" in out
    assert "not writable" in out and "0.5 GiB free, which is little: free some disk" in out


def test_report_of_a_run(here, do):
    assert do("report pictures")[0] == "report: pictures/report.html\n"
    assert "<html" in Path("pictures/report.html").read_text()


# ---------------------------------------------------------------------- where things are written


def test_default_names_are_of_the_kind_of_data_and_never_taken_twice(here, do):
    assert do("sample table -n 3 --seed 1")[0] == "3 sampled with seed 1: samples.csv\n"
    first = Path("samples.csv").read_bytes()
    assert do("sample table -n 3 --seed 2")[0] == "3 sampled with seed 2: samples-2.csv\n"
    assert do("sample table -n 3 --seed 2")[0] == "3 sampled with seed 2: samples-3.csv\n"
    assert Path("samples.csv").read_bytes() == first != Path("samples-2.csv").read_bytes()
    assert do("sample pictures -n 3 --seed 1")[0] == "3 sampled with seed 1: samples.png\n"
    assert do("log-prob table trees.csv")[0].splitlines()[0].endswith(": log_prob.csv")
    assert do("log-prob table trees.csv")[0].splitlines()[0].endswith(": log_prob-2.csv")
    assert do("encode pictures digits")[0].endswith(": codes.npz\n")
    assert do("encode pictures digits")[0].endswith(": codes-2.npz\n")
    rows(4).to_parquet("holes.parquet")
    assert do("complete table holes.parquet")[0].endswith(": filled.parquet\n")
    assert do("complete table holes.parquet")[0].endswith(": filled-2.parquet\n")


def test_a_file_that_is_named_is_replaced_and_that_is_said(here, do):
    do("sample table -n 3 --seed 1 --out new.csv")
    out, _ = do("sample table -n 3 --seed 2 --out new.csv")
    assert out == "3 sampled with seed 2: new.csv, in place of the file that was there\n"
    assert (
        do("log-prob table trees.csv --out new.csv")[0]
        .splitlines()[0]
        .endswith(", in place of the file that was there")
    )


@pytest.mark.parametrize("suffix", [".tsv", ".xlsx", ".parquet"])
def test_tables_in_other_formats(suffix, here, do):
    do(f"sample table -n 5 --seed 1 --out new{suffix}")
    do("sample table -n 5 --seed 1 --out new.csv")
    read = {".tsv": lambda path: pd.read_csv(path, sep="\t"), ".xlsx": pd.read_excel, ".parquet": pd.read_parquet}
    pd.testing.assert_frame_equal(read[suffix](f"new{suffix}"), pd.read_csv("new.csv"), check_dtype=False)
    do(f"log-prob table new{suffix} --out lp{suffix}")
    assert read[suffix](f"lp{suffix}").shape == (5, 5)


def test_ids_are_filled_on_request(here, do):
    do("sample table -n 5 --seed 1 --ids --out new.csv")
    table = pd.read_csv("new.csv")
    assert list(table.columns) == list(rows(1).columns) and table["code"].tolist() == [180, 181, 182, 183, 184]
    with pytest.raises(SystemExit) as exit:
        main("sample pictures --ids".split())
    assert exit.value.code == 2
