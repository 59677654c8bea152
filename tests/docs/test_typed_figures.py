"""Figures in hand-written pages: what was measured is drawn from a record, or linked, and not typed."""

import re

import draw
import pytest
from drawing import DOCS

NUMBER = r"(?<![\w.])\d[\d,]*(?:\.\d+)?"
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
)
SOURCE = re.compile(r"bench\.py|systems\.md|reproduce|a test measures|\(\w+ (?:\w+ )*\d{4}\)|published")
PARTS = {name for page in draw.PARTS.values() for name in page}


def typed_figures(text: str) -> list[str]:
    """Sentences with a measured figure whose paragraph names no record, test or paper. Blocks of code and parts that
    are drawn are left out."""
    text = re.sub(r"```.*?```", "", text, flags=re.S)
    for part in PARTS:
        text = re.sub(rf"<!-- {re.escape(part)}: begin -->.*?<!-- {re.escape(part)}: end -->", "", text, flags=re.S)
    paragraphs = (line for line in text.splitlines() if not SOURCE.search(line))
    sentences = (each for line in paragraphs for each in re.split(r"(?<=[.;]) |\|", re.sub(r"`[^`]*`", "", line)))
    return [each for each in sentences if any(re.search(p, each) for p in TYPED) and not SETTING.search(each)]


@pytest.mark.parametrize("path", sorted(DOCS.glob("*.md")), ids=lambda path: path.stem)
def test_no_figure_is_typed(path):
    assert path.name in draw.PAGES or not typed_figures(path.read_text())


def test_a_typed_figure_is_found_and_a_setting_is_none():
    typed = (
        "With all three, 87% were right.", "It reaches an AUC of 0.93.", "bfloat16 gains 1.2 to 2.2 times.",
        "RDKit takes about 8 ms per molecule.", "The splits differ by 0.2 in ROC-AUC.", "It is 3 times as fast.",
    )  # fmt: skip
    fine = (
        "20% of the rows are for the test.", "A nat is 1.44 bits.", "It keeps 0.9 of the mass.",
        "If it is above 0.2 nats an item, the report says so.", "It is 3 times as fast (`bench.py preset_speeds`).",
    )  # fmt: skip
    assert all(map(typed_figures, typed)) and not any(map(typed_figures, fine))
