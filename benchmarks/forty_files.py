"""Forty files as people have them: of how many is all understood, and asked, rightly?

    python benchmarks/forty_files.py

tests/people makes the files, ten each of tables, text, graphs, and molecules and images, and holds what a person would
say of each. A file is right where its kind, its items, its columns and its questions are, and where it is the same
once it was written and read again. A file that is refused is no wrong guess, but it is not right either.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from bars import Plan, record

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "people"))
from forty_files import FILES, REFUSED, TENS, faults_of  # noqa: E402

HOW = dict(data="forty files, made by tests/people", split="none", seeds=(0,), budget="none", metric="files")
RIGHT = Plan("people", "files of people, of 40, that are understood and asked about rightly", least=38, **HOW)
WRONG = Plan("people", "files of people, of 40, that are guessed wrongly without a refusal", most=0, **HOW)


def main() -> None:
    faults = {}
    for name in FILES:
        with tempfile.TemporaryDirectory() as folder:
            faults[name] = faults_of(name, Path(folder))
        print(name, faults[name] or "right", flush=True)
    right = [name for name in FILES if not faults[name]]
    refused = [name for name in FILES if faults[name] and all(one.startswith(REFUSED) for one in faults[name])]
    tens = {ten: sum(make.__name__ in right for make in module.FILES) for ten, module in TENS.items()}
    bars = [RIGHT.row(len(right)), WRONG.row(len(FILES) - len(right) - len(refused))]
    record("forty_files", bars, {"right, of ten": tens, "faults": {name: one for name, one in faults.items() if one}})


if __name__ == "__main__":
    main()
