# Tests cli/sharing.py, run/image_index.py
"""Models that ship in a distribution of their own."""

import sys
from importlib import invalidate_caches
from pathlib import Path

import pytest

import genwright
from genwright.cli.commands import main
from genwright.core.errors import DataError, RunError
from genwright.core.packages import MODELS_PACKAGE as PACKAGE
from genwright.run.image_index import index_path
from genwright.run.shipped import copy_shipped, run_folder, shipped_runs


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package with one model, `rows`."""
    folder = tmp_path / "site" / PACKAGE / "rows"
    data = genwright.load_data("iris")
    genwright.fit(data, "autoregressive", preset="tiny", steps=2, progress=False).save(folder)
    (folder.parent / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.delitem(sys.modules, PACKAGE, raising=False)
    invalidate_caches()
    return folder


def test_every_verb_takes_the_name_of_a_shipped_model(package, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    model, own = genwright.load_model("shipped:rows", "cpu"), genwright.load_model(package, "cpu")
    assert model.sample(2, seed=0).equals(own.sample(2, seed=0))
    for words in (
        ["sample", "shipped:rows", "-n", "2", "--out", "new.csv"],
        ["log-prob", "shipped:rows", "new.csv"],
        ["complete", "shipped:rows", "new.csv"],
        ["compress", "shipped:rows", "new.csv"],
        ["export", "shipped:rows", "hub"],
        ["fit", "--replay", "shipped:rows", "--out", "again", "-q"],
        ["fit", "iris", "--from", "shipped:rows", "--steps", "1", "--out", "tuned", "-q"],
    ):
        with pytest.raises(SystemExit) as left:
            main(words)
        assert left.value.code == 0, (words, capsys.readouterr())
    assert {path.name for path in tmp_path.glob("shipped*")} == set()
    assert index_path("shipped:rows", tmp_path) is None


def test_a_model_that_is_not_shipped_is_refused_with_the_names(package):
    with pytest.raises(RunError, match="rows"):
        run_folder("shipped:nothing")
    with pytest.raises(RunError):
        run_folder("shipped:../rows")


def test_the_models_are_copied_for_the_studio(package, tmp_path):
    copy_shipped(tmp_path / "shipped")
    assert [path.name for path in (tmp_path / "shipped").iterdir()] == list(shipped_runs()) == ["rows"]


def test_without_the_package_a_sentence_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr("genwright.core.packages.MODELS_PACKAGE", "no_such_package")
    with pytest.raises(DataError, match="pip install genwright-models"):
        genwright.load_model("shipped:digits")


SHIPPED = Path(__file__).parents[2] / "models"
NAMES = sorted(path.parent.name for path in SHIPPED.glob("*/*/config.toml"))


@pytest.mark.parametrize("name", NAMES)
def test_each_shipped_model_is_small_opens_and_names_its_licence(name):
    folder = SHIPPED / PACKAGE / name
    assert (folder / "weights.safetensors").stat().st_size <= 6 * 2**20
    assert "* Licence: " in (text := (folder / "README.md").read_text()) and "not recorded" not in text
    assert f"| `{name}` |" in (SHIPPED / "README.md").read_text()
    model = genwright.load_model(folder, "cpu")
    assert model.has("predict") or len(model.sample(2, seed=0)) == 2
