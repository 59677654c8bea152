# Tests cli/items.py, cli/words.py
"""What stands where --out leads: each verb writes there or refuses in a sentence, and no file of the person is lost."""

import os
import stat
from pathlib import Path

import pandas as pd
import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="links, pipes and devices are POSIX")

VERBS = {  # {verb: (its words, suffix of its file, "" for a folder)}
    "sample": ("sample run -n 2 --seed 1", ".csv"),
    "complete": ("complete run holes.csv --seed 1", ".csv"),
    "log-prob": ("log-prob run t.csv", ".csv"),
    "compress": ("compress run t.csv", ".gw"),
    "decompress": ("decompress run t.gw", ".csv"),
    "describe": ("describe t.csv", ".toml"),
    "predict": ("predict nets graph", ".csv"),
    "encode": ("encode nets graph", ".npz"),
    "edit": ("edit run t.csv --with t.csv --without t.csv", ".csv"),
    "plot": ("plot run t.csv --what shap", ".png"),
    "search": ("search run photos star", ".html"),
    "misfits": ("misfits run photos", ".html"),
    "caption": ("caption run photos", ".csv"),
    "answer": ("answer run photos what?", ".csv"),
    "score": ("score run m.smi", ".csv"),
    "explain": ("explain run m.smi", ".html"),
    "conformers": ("conformers m.smi", ".sdf"),
    "fit": ("fit t.csv --family independent", ""),
    "compare": ("compare t.csv --family independent --minutes 0.01", ""),
    "screen": ("screen m.smi --actives m.smi", ""),
    "design": ("design m.smi --score qed --calls 1", ""),
    "expressiveness": ("expressiveness", ""),
    "depth": ("depth t.csv", ""),
    "ladder": ("ladder t.csv", ""),
}
WRITES = ("sample", "complete", "log-prob", "compress", "decompress", "describe", "fit")  # what the run here can do
STREAMS = ("sample", "complete", "log-prob", "describe")


def make_folder(place: Path) -> None:
    place.mkdir()


def make_full_folder(place: Path) -> None:
    place.mkdir()
    (place / "mine").write_text("a person's")


def link_file(place: Path) -> None:
    (place.parent / f"file{place.suffix}").write_text("a person's")
    place.symlink_to(f"file{place.suffix}")


def link_folder(place: Path) -> None:
    make_full_folder(place.parent / "folder")
    place.symlink_to("folder")


def make_device(place: Path) -> None:
    try:
        os.mknod(place, stat.S_IFCHR | 0o600, os.makedev(1, 3))  # like /dev/null
    except PermissionError:
        place.symlink_to("/dev/null")


def stand_in_the_way(place: Path) -> None:
    place.parent.write_text("a person's")


DOORS = {  # {door: (name of --out, what stands there, whether every verb refuses)}
    "folder": ("x", make_folder, False),
    "full folder": ("x", make_full_folder, False),
    "link to a file": ("x", link_file, False),
    "link to a folder": ("x", link_folder, False),
    "dangling link": ("x", lambda place: place.symlink_to("nothing"), True),
    "fifo": ("x", os.mkfifo, True),
    "device": ("x", make_device, True),
    "below a file": ("file/x", stand_in_the_way, True),
    "missing parents": ("a/b/x", lambda place: None, False),
    "300 letters": ("x" * 300, lambda place: None, True),
}


def look(folder: Path) -> dict[str, tuple]:
    """{path: (kind and device, where a link leads, content of a file)} of all that stands in a folder."""
    found = {}
    for path in sorted(folder.rglob("*")):
        state = path.lstat()
        link = os.readlink(path) if path.is_symlink() else ""
        content = path.read_bytes() if stat.S_ISREG(state.st_mode) else b""
        found[str(path.relative_to(folder))] = stat.S_IFMT(state.st_mode), state.st_rdev, link, content
    return found


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("doors")
    table = pd.DataFrame({"a": [k % 7 for k in range(60)], "b": list("xyz") * 20})
    table.to_csv(home / "t.csv", index=False)
    (home / "holes.csv").write_text("a,b\n3,\n,x\n")
    return home


@pytest.fixture(scope="module")
def run(home):
    import genwright as gw

    data = gw.load_data(home / "t.csv")
    model = gw.fit(data, "autoregressive", preset="tiny", items=128, out=home / "run", progress=False)
    (home / "t.gw").write_bytes(model.compress(pd.read_csv(home / "t.csv")))
    return home / "run"


@pytest.fixture
def act(home, run, monkeypatch, capfdbinary):
    """Runs a command, and returns its exit code and what it wrote to stdout and stderr."""
    from genwright.cli.commands import main

    monkeypatch.chdir(home)

    def do(words: list[str]) -> tuple[int, bytes, bytes]:
        with pytest.raises(SystemExit) as ended:
            main(words)
        return ended.value.code or 0, *capfdbinary.readouterr()

    return do


@pytest.mark.parametrize("door", DOORS)
def test_nothing_of_the_persons_is_lost_at_any_door(act, home, door):
    name, make, refused = DOORS[door]
    for number, (verb, (words, suffix)) in enumerate(VERBS.items()):
        if verb not in WRITES and not refused:
            continue
        person = home / f"{door} {number}".replace(" ", "-")
        person.mkdir()
        out = person / f"{name}{suffix}"
        make(out)
        before = look(person)
        code, _, err = act([*words.split(), "--out", str(out)])
        after = look(person)
        if code:
            assert code == 2 and after == before and err.splitlines()[-1].startswith(b"genwright: "), (verb, err)
            continue
        assert not refused, (verb, err)
        changed = {path for path, state in before.items() if after.get(path) != state}
        named = {os.path.relpath(os.path.realpath(out), person)}
        assert changed <= named and all(stat.S_ISREG(before[path][0]) for path in changed), (verb, changed)
        assert after.keys() > before.keys() or changed, verb


@pytest.mark.parametrize("verb", STREAMS)
def test_the_bytes_of_a_file_go_to_stdout_and_sentences_to_stderr(act, home, verb):
    words, suffix = VERBS[verb]
    file = home / f"{verb}{suffix}"
    assert act([*words.split(), "--out", str(file)])[0] == 0
    code, out, err = act([*words.split(), "--out", "/dev/stdout"])
    assert code == 0 and out == file.read_bytes().replace(str(file).encode(), b"types.toml")
    assert b"/dev/stdout" in err and b"genwright-" not in err


def test_several_files_do_not_fit_into_stdout(act):
    code, out, _ = act("complete run holes.csv --samples 2 --out /dev/stdout".split())
    assert code == 2 and not out and not Path("/dev/stdout-1").exists()
