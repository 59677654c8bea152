"""Figures in hand-written pages: what was measured is drawn from a record, or linked, and not typed."""

import re

import draw
import pytest
from drawing import DOCS, ROOT

NUMBER = r"(?<![\w.])(?<!/ )\d[\d,]*(?:\.\d+)?"
METRIC = r"(?:ROC-AUC|AUC|CAS|Frechet distance|R\^2|RMSE|FCD|FID|perplexity|kappa|bits/dim|nats)"
SETTING = re.compile(r"\b(above|below|more than|at least|at most|up to|by default|variance|weight|tolerance)\b")
TYPED = (  # how a measured figure is told
    rf"{NUMBER} ?(?:ms|seconds|s) (?:per|for|more|less|longer|an? )",
    rf"{NUMBER} times (?:as|faster|slower|longer|the speed)",
    rf"(?:costs?|gains?|saves?|loses?) (?:about |up to )?{NUMBER}(?: to {NUMBER})?(?:%| times| ms)",
    rf"{NUMBER}% (?:were|was|are right|is right|right)",
    rf"{METRIC}(?: of| is| was| by| to|:)? {NUMBER}",
    rf"{NUMBER} (?:in )?{METRIC}",
    r"\btrials?\b[^.]*\d",
    rf"\((?:about|roughly|nearly) {NUMBER}(?: to {NUMBER})? ?(?:%|MiB|GiB|MB|ms|s|seconds|minutes|hours|times)\)",
)
CELL = re.compile(  # a cell that is a figure and no more
    rf"(?:about |at most |at least )?{NUMBER}%?(?: (?:to|±) {NUMBER}%?)*(?: (?:on|nats|times|{METRIC})\b.*)?"
)
SHARE = re.compile(rf"{NUMBER}%| ± ")
SOURCE = re.compile(r"bench\.py|systems\.md|reproduce|a test measures|\(\w+ (?:\w+ )*\d{4}\)|published")
PARTS = {name for page in draw.PARTS.values() for name in page}


def typed_figures(text: str) -> list[str]:
    """Sentences and cells of tables with a measured figure, where neither the paragraph nor the table with its heading
    and the paragraph before it names a record, test or paper. Blocks of code and parts that are drawn are left out."""
    text = re.sub(r"```.*?```", "", text, flags=re.S)
    for part in PARTS:
        text = re.sub(rf"<!-- {re.escape(part)}: begin -->.*?<!-- {re.escape(part)}: end -->", "", text, flags=re.S)
    found, before = [], ""
    for block in re.split(r"\n\s*\n", text):
        if block.startswith("|") and not SOURCE.search(before + block.split("\n")[0]):
            rows = (line for line in block.splitlines() if not SOURCE.search(line))
            cells = (cell.strip() for line in rows for cell in line.split("|"))
            found += [cell for cell in cells if CELL.fullmatch(cell) and SHARE.search(cell)]
        before = block
        paragraphs = (line for line in block.splitlines() if not SOURCE.search(line))
        sentences = (each for line in paragraphs for each in re.split(r"(?<=[.;]) |\|", re.sub(r"`[^`]*`", "", line)))
        found += [each for each in sentences if any(re.search(p, each) for p in TYPED) and not SETTING.search(each)]
    return found


PAGES = [path for path in sorted(DOCS.glob("*.md")) if path.name not in draw.PAGES]


@pytest.mark.parametrize("path", [*PAGES, ROOT / "README.md"], ids=lambda path: path.stem)
def test_no_figure_is_typed(path):
    assert not typed_figures(path.read_text())


def test_no_figure_is_typed_in_docstrings():
    """They are what the pages of families and of the reference are drawn from."""
    texts = [DOCS / "api.md", *(DOCS / "families").glob("*.md")]
    blocks = (block for path in texts for block in path.read_text().replace("## Measured", "```").split("```")[:-1])
    assert not [figure for block in blocks for figure in typed_figures(re.sub(r"\n +", " ", block))]


def test_a_typed_figure_is_found_and_a_setting_is_none():
    typed = (
        "With all three, 87% were right.", "It reaches an AUC of 0.93.", "bfloat16 gains 1.2 to 2.2 times.",
        "RDKit takes about 8 ms per molecule.", "The splits differ by 0.2 in ROC-AUC.", "It is 3 times as fast.",
        "Late parts count (about 30 MiB).", "So often:\n\n| models | named in |\n|---|---|\n| 2 | 4% to 6% |",
        "| model | AUC |\n|---|---|\n| vae | 0.91 ± 0.02 |",
    )  # fmt: skip
    fine = (
        "20% of the rows are for the test.", "A nat is 1.44 bits.", "It keeps 0.9 of the mass.",
        "| models | named, a test measures again, in |\n|---|---|\n| 2 | 4% to 6% |",
        "| part | rows |\n|---|---|\n| test | 20% of the rows |",
        "If it is above 0.2 nats an item, the report says so.", "It is 3 times as fast (`bench.py preset_speeds`).",
    )  # fmt: skip
    assert all(map(typed_figures, typed)) and not any(map(typed_figures, fine))
