# Tests cli/doctor.py, cli/fit.py, cli/machine.py, kinds/types_file.py
"""`genwright describe`, the types file that it writes and `--types` takes, `--missing` and `--version`."""

import os
import sys
import tomllib
from pathlib import Path

import pytest

from genwright import __version__, load_data
from genwright.core.errors import DataError
from genwright.kinds.tables.domain import Tables
from genwright.kinds.types_file import read_types, write_types

sys.path.insert(0, str(Path(__file__).parents[1] / "kinds"))
from messy_files import write_file  # noqa: E402


def test_every_column_is_shown_and_nothing_trained(do, tmp_path):
    write_file("clinic", tmp_path)
    out = do("describe clinic.csv")
    assert list(tmp_path.iterdir()) == [tmp_path / "clinic.csv"]
    lines = {line.split()[0]: line for line in out.splitlines()}
    assert "41.7 kg to 130.0 kg" in lines["weight"] and "5.4%" in lines["weight"]
    assert "4 labels: 5 30%" in lines["dose"] and "category" in lines["dose"]
    assert "`weight`: numbers written like `100.4 kg`; 95% numbers, the rest `missing`: taken as missing" in out
    assert "172 to train, 20 to validate, 48 to test" in out


@pytest.mark.parametrize("data, said", [("digits", "1,797 images"), ("karate-club", "34 nodes"), ("iris", "setosa")])
def test_other_data_are_described_too(do, data, said):
    assert said in do(f"describe {data}")


@pytest.mark.long
def test_a_types_file_repeats_what_was_understood(do, tmp_path):
    for name in ("spss", "packed", "asked"):
        write_file(name, tmp_path)
        do(f"describe {name}.csv --out types.toml")
        before, after = load_data(tmp_path / f"{name}.csv"), load_data(tmp_path / f"{name}.csv", types="types.toml")
        assert after.domain.spec == before.domain.spec and after.hash == before.hash
        assert after.domain.missing == before.domain.missing
        assert "types" not in after.options  # nobody said any
        do(f"describe {name}.csv --types types.toml")


def test_a_types_file_is_edited_and_what_is_typed_goes_before_it(do, tmp_path):
    write_file("asked", tmp_path)
    Path("types.toml").write_text('[types]\nunits = "number"\nx = "ignored"\n[missing]\nvisits = ["closed"]\n')
    out = do("describe asked.csv --types types.toml,x=real --missing hits=***")
    kinds = dict(line.split()[:2] for line in out.splitlines()[2:7])
    assert kinds == dict.fromkeys(("visits", "units", "hits", "x"), "number") | {"size": "category"}
    data = load_data("asked.csv", types="types.toml", missing="***")
    assert data.options["missing"] == {"visits": ["closed"], "*": ["***"]}


@pytest.mark.parametrize(
    "text, said",
    [
        ("[types\n", "is damaged"),
        ("[kinds]\n", "'kinds'"),
        ("[missing]\nx = 3\n", "'x'"),
        ('[types]\ny = "number"\n', "'y'"),
        ('[types]\nx = "nummer"\n', "'nummer'"),
    ],
)
def test_a_bad_types_file_is_refused(do, tmp_path, text, said):
    write_file("asked", tmp_path)
    Path("types.toml").write_text(text)
    err = do("describe asked.csv --types types.toml", 2)
    assert said in err and err.count("\n") == 1
    with pytest.raises(DataError):
        read_types("nowhere.toml")


def test_a_pipe_of_types_is_refused_at_once(do, tmp_path):
    write_file("asked", tmp_path)
    os.mkfifo("pipe.toml")
    assert "pipe.toml is a pipe" in do("describe asked.csv --types pipe.toml", 2)


def test_types_are_of_tables_and_names_are_quoted(do, tmp_path):
    assert "is no table" in do("describe digits --out types.toml", 2)
    do("describe iris --out types.txt", 2)
    data = load_data("iris")
    columns = data.train.columns = ['a "b"\\', "ü\n\x7f", "Unnamed: 2", "[x]", "😀"]
    for part in data.items.values():
        part.columns = columns
    data.domain = Tables.fit(data.train)
    write_types(data, tmp_path / "types.toml")
    record = tomllib.loads((tmp_path / "types.toml").read_text().replace('\n# "', '\n"'))
    assert list(record["types"]) == columns


def test_words_for_missing_are_recorded_and_replayed(do, tmp_path):
    write_file("sentinels", tmp_path)
    do("fit sentinels.csv --family independent --missing age=-999 --missing 9999 --out run --steps 1")
    config = tomllib.loads(Path("run/config.toml").read_text())
    assert config["data"]["options"]["missing"] == {"age": ["-999"], "*": ["9999"]}
    do("fit --replay run")
    do("sample run -n 200 --seed 1 --out new.csv")
    assert "9999" not in Path("new.csv").read_text() and "\n," in Path("new.csv").read_text()


def test_pictures_have_no_words_for_missing(do):
    assert "columns of a table" in do("describe digits --missing x", 2)


def test_the_version(do):
    assert do("--version") == f"genwright {__version__}\n"


@pytest.mark.parametrize(
    "command", ["describe clinic.csv", "list", "list tables", "list vae", "doctor", "--help", "fit --help"]
)
def test_no_line_is_wider_than_the_terminal(command, do, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    write_file("clinic", tmp_path)
    lines = do(command).splitlines()
    assert not [line for line in lines if len(line) > 80 and " " in line.strip()]
