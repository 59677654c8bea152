"""Folders of runs and comparisons that somebody forged: a line of `status` each, and a sentence of other commands."""

import time

import pytest
from hostile_folders import CONFIG, SECRET, hostile_folders

from genwright.cli.commands import main


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("hostile")
    secret = tmp_path_factory.mktemp("elsewhere") / "secret"
    secret.write_text(f'{{"{SECRET}": ["{SECRET}"], "format": 3}}')
    (root / "good").mkdir()
    (root / "good" / "config.toml").write_text(CONFIG)
    return root, hostile_folders(root, secret)


def said(words, capsys):
    """The exit code of a command, and all that it printed."""
    began = time.monotonic()
    with pytest.raises(SystemExit) as ended:
        main([*map(str, words)])
    assert time.monotonic() - began < 10
    return ended.value.code, "".join(capsys.readouterr())


def test_a_bad_folder_is_a_line_of_status(folders, capsys):
    root, hostile = folders
    root.joinpath(*"d" * 100).mkdir(parents=True)
    (root / "loop").symlink_to(root)
    code, text = said(["status", root], capsys)
    runs = {folder.name for folder in hostile if (folder / "config.toml").exists()}
    lines = text.splitlines()
    assert code == 0 and SECRET not in text and any(line.startswith("good ") for line in lines)
    assert all(sum(line.startswith(f"{name} ") for line in lines) >= 1 for name in runs)


@pytest.mark.long
@pytest.mark.parametrize("command", ["report", "sample", "compare --replay", "fit --replay", "status"])
def test_a_bad_folder_is_a_sentence(folders, command, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder in folders[1]:
        code, text = said([*command.split(), folder], capsys)
        assert code in (0, 2, 4) and SECRET not in text and "a bug" not in text, (folder.name, text)
