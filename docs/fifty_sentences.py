"""Draws fifty sentences that people meet, for a reader who has not seen them to write what each means.

python docs/fifty_sentences.py [--seed 0]
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterator
from pathlib import Path

from sentences import FEWEST, ROOT, SOURCE, of_docstrings, of_module, of_page, of_template, plain

SENTENCES = 50
HELP = [
    *(path for path in sorted((SOURCE / "cli").glob("*.py")) if "Example: genwright" in path.read_text()),
    *sorted(SOURCE.glob("*/*_options.py")),
    SOURCE / "cli" / "options.py",
    SOURCE / "data" / "option.py",
]
REPORT = SOURCE / "reports"


def groups() -> dict[str, list[tuple[Callable[[str], Iterator[str]], Path]]]:
    """Of each kind of text, its files with what reads their sentences."""
    modules = sorted(SOURCE.rglob("*.py"))
    report = sorted(REPORT.glob("*.py"))
    return {
        "README": [(of_page, ROOT / "README.md")],
        "docs": [(of_page, path) for path in sorted((ROOT / "docs").glob("*.md"))],
        "help": [(of_module, path) for path in HELP],
        "messages": [(of_module, path) for path in modules if path not in HELP and path not in report],
        "report": [(of_module, path) for path in report]
        + [(of_template, path) for path in sorted(REPORT.glob("*.j2"))],
        "docstrings": [(of_docstrings, path) for path in modules],
    }


def drawn(seed: int) -> Iterator[tuple[str, Path, str]]:
    """Kind of text, file and sentence: from each kind as many, but for a remainder that the first kinds take."""
    rng = random.Random(seed)
    kinds = groups()
    for place, (kind, files) in enumerate(kinds.items()):
        found = [(path, plain(one)) for read, path in files for one in read(path.read_text())]
        found = [(path, one) for path, one in dict.fromkeys(found) if len(one.split()) >= FEWEST]
        for path, one in rng.sample(found, SENTENCES // len(kinds) + (place < SENTENCES % len(kinds))):
            yield kind, path, one


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    for number, (kind, path, sentence) in enumerate(drawn(parser.parse_args().seed), 1):
        print(f"{number}. {kind}, {path.relative_to(ROOT)}: {sentence}")
