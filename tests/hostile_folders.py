"""Run folders and comparisons that somebody forged or damaged, made by a generator: each file of a run, as each of the
things that may stand in its place."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

from genwright.run.process import gethostname

SECRET = "a-secret-of-another-folder"
CONFIG = 'family = "vae"\nkind = "images"\ntask = "generate"\n'
PROCESS = {"host": gethostname(), "process": os.getpid(), "began": 1e12}
RUN_FILES = {  # file: its content where it is sound
    "config.toml": CONFIG,
    ".process.json": json.dumps(PROCESS | {"ended": 1e12}),
    ".note.txt": "a note",
    "metrics.jsonl": '{"items": 1, "seconds": 1}\n',
    "previews/000001000.png": "not a picture",
}
COMPARISON_FILES = {
    "results.json": '{"advice": ["take it"]}',
    "report.html": "a page",
}
DEEP = "[" * 100_000


def in_place_of(path: Path, secret: Path) -> Iterator[tuple[str, object]]:
    """(name, what makes it stand at `path`) of each thing that is no sound file."""
    yield "folder", path.mkdir
    yield "pipe", lambda: os.mkfifo(path)
    yield "device", lambda: path.symlink_to("/dev/zero")
    yield "link out", lambda: path.symlink_to(secret)
    yield "link to itself", lambda: path.symlink_to(path)
    yield "link to nothing", lambda: path.symlink_to(path.parent / "nothing")
    yield "empty", path.touch
    yield "deep", lambda: path.write_text(f"a={DEEP}" if path.suffix == ".toml" else DEEP)
    yield "bytes", lambda: path.write_bytes(bytes(range(256)) * 4)
    yield "long", lambda: path.write_text('"' + "x" * 2_000_000)


def hostile_folders(root: Path, secret: Path) -> list[Path]:
    """Folders below `root`, in each of which one file is unsound. secret: a file that nobody may show."""
    folders = []
    for files in (RUN_FILES, COMPARISON_FILES):
        for unsound in files:
            for thing, _ in in_place_of(root / unsound, secret):
                folder = root / f"{unsound.strip('.').replace('/', '-')} {thing}"
                for name, content in files.items():
                    path = folder / name
                    path.parent.mkdir(parents=True, exist_ok=True)
                    if name == unsound:
                        dict(in_place_of(path, secret))[thing]()
                    else:
                        path.write_text(content)
                folders.append(folder)
    return folders
