"""What a person can get wrong: one sentence on stderr with the input's name and the remedy, and nothing written.

The table of cases is `bad_inputs.py`; here are the runner and what needs a hand of its own.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from bad_inputs import CASES, GOOD, Case

import genwright
from genwright.cli import main


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """A folder with two tiny runs, a baseline, and a table."""
    home = tmp_path_factory.mktemp("trained")
    (home / "seen.csv").write_text(GOOD)
    table = genwright.load_data(home / "seen.csv", given=["side"])
    digits = genwright.load_data("digits")
    genwright.fit(digits, "vae", preset="tiny", items=600, out=home / "pictures", progress=False)
    genwright.fit(table, "copula", out=home / "table", progress=False)
    genwright.fit(table, "bootstrap", out=home / "copies", progress=False)
    return home


@pytest.fixture
def here(trained, tmp_path, monkeypatch):
    """A fresh copy of that folder, in which the command runs."""
    place = tmp_path / "here"
    shutil.copytree(trained, place)
    monkeypatch.chdir(place)
    return place


def put(files: dict, place: Path) -> None:
    for name, content in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            path.mkdir()
        elif callable(content):
            content(path)
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)


def listing(place: Path) -> dict[str, bytes | None]:
    """Every file with its bytes, and every folder."""
    return {str(p.relative_to(place)): p.read_bytes() if p.is_file() else None for p in sorted(place.rglob("*"))}


def run(command: list[str], capsys) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command in this process."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as exit:
        main(command)
    out, err = capsys.readouterr()
    return exit.value.code, out, err


def one_sentence(err: str) -> str:
    """The sentence that a failed command leaves on stderr, the last line there; all before it are notes."""
    *notes, last = err.splitlines()
    assert "Traceback" not in err and last.startswith("genwright: ") and not last.startswith("genwright: note: "), err
    assert len(last) < 500, f"{len(last)} characters are no clear sentence: {last}"
    return last


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.what.replace(" ", "-"))
def test_one_sentence_and_nothing_written(case: Case, here, capsys):
    put(case.files, here)
    before = listing(here)
    code, out, err = run([*case.command.split(), *["--quiet"] * case.command.startswith(("fit", "compare"))], capsys)
    sentence = one_sentence(err)
    open("/tmp/w/says", "a").write(f"{case.what:32} [{code}] {sentence}\n")
    assert err.count("\n") == 1, f"more than a sentence: {err}"
    for word in case.words.split("|"):
        assert word in sentence, f"{word!r} is not in {sentence!r}"
    assert code == case.code, sentence
    assert listing(here) == before
    assert out == ""
