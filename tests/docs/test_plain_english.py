"""Sentences that a person meets, held against the rules of plain English that a regular expression can check: README,
changelog, pages, help texts, and every string of `src` that may be an error, a message or a part of the report.

Code, headings, tables, and docstrings (but those of commands, which are help) are not read.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from sentences import CODE, READ, ROOT, SOURCE, of_module, of_page, plain

from genwright.zoo import registry

PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
MODULES = sorted(SOURCE.rglob("*.py"))
TEMPLATES = sorted(SOURCE.rglob("*.j2"))
ORDINARY = {"energy", "flow", "forest", "independent", "linear", "mean", "mixture", "nearest", "trees", "walks"}

_all = sorted({row.family for row in registry.ROWS}, key=len, reverse=True)
_bare = [name for name in _all if "-" in name or len(name) <= 5 and name not in ORDINARY]
FAMILY = rf"(?:`(?:{'|'.join(_all)})`|(?<![\w`-])(?:{'|'.join(_bare)})(?![\w`-]))"


@dataclass(frozen=True)
class Rule:
    """caught, fine: a sentence that `pattern` must find, and one that it must not."""

    name: str
    pattern: str
    caught: str
    fine: str


RULES = (
    Rule(
        "begins with a bare word",
        r"^(?:Of|What|Where|Who|Beside|Among)\b(?!.*\?$)",
        "Of more than 10,000 lines `autoregressive` is an LSTM.",
        "Above 10,000 lines, `autoregressive` uses an LSTM.",
    ),
    Rule(
        "is said, asked or told",
        r"\b(?:is|are|was|were|be|been) (?:said|asked|told)\b",
        "An existing file is replaced, which is said.",
        "An existing file is overwritten, with a message.",
    ),
    Rule(
        "more than 25 words",
        r"^\W*(?:\w\S*\s+\W*){25}\w",
        "A table with empty cells, an array with a mask, or a folder of graphs, with pieces of what is wanted, or "
        "graphs whose edges may be there or not where they are unknown.",
        "The items to complete: a table with empty cells, an array with a mask, or a folder of graphs, `with as many "
        "words of code as a command of more than a few options is likely to have these days`.",
    ),
    Rule(
        "more than three families",
        rf"(?:{FAMILY}.*?){{4}}",
        "Take `vae`, `flow`, discrete-diffusion or gan.",
        "Take `vae`, `flow` or `gan`: the flow of energy through trees is independent of the mean.",
    ),
)


def broken(sentence: str) -> list[str]:
    """Names of the rules. A code span counts as one word."""
    sentence = CODE.sub(lambda code: code[0].replace(" ", "_"), sentence)
    return [rule.name for rule in RULES if re.search(rule.pattern, sentence, re.S)]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_catches_what_it_is_for_alone(rule):
    assert rule.name in broken(rule.caught)
    assert not broken(rule.fine)


def caught(path: Path) -> list[str]:
    found = [plain(sentence) for sentence in READ[path.suffix](path.read_text())]
    return [f"{path.relative_to(ROOT)}: {', '.join(why)}: {one}" for one in found if (why := broken(one))]


def test_strings_are_read_with_what_is_filled_in_as_one_word():
    text = '"""Of a module."""\ndef f(x):\n    raise E(f"Of {x} and " "more: end. Next one here")\n'
    assert list(of_module(text)) == ["Of X and more: end.", "Next one here"]


def test_a_page_is_read_without_code_and_tables():
    text = "# Of b\n\nOne `x. Y` [two](a.b). Three\nfour.\n* Five.\n\n```bash\nOf x\n```\n| Of y |\n"
    assert list(map(plain, of_page(text))) == ["One `x. Y` two.", "Three four.", "Five."]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_are_plain(page):
    found = caught(page)
    assert not found, "\n".join(found)


def test_help_messages_and_reports_are_plain():
    found = [line for path in [*MODULES, *TEMPLATES] for line in caught(path)]
    assert not found, "\n".join(found)


def test_the_changelog_has_short_lines_under_the_usual_headings():
    lines = (ROOT / "CHANGELOG.md").read_text().splitlines()
    assert {line for line in lines if line.startswith("###")} <= {
        "### Added",
        "### Changed",
        "### Fixed",
        "### Removed",
    }
    assert not [line for line in lines if len(line) > 100 or line.startswith("  ")]


def test_the_readme_fits_two_screens_and_the_index_has_every_page():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 120
    index = (ROOT / "docs" / "README.md").read_text()
    assert not [page.name for page in PAGES[2:] if page.name != "README.md" and f"({page.name})" not in index]


def headings(page: Path) -> set[str]:
    """Names of its headings in links, as GitHub makes them."""
    lines = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.M | re.S), re.M)
    return {re.sub(r"[^\w -]", "", re.sub(r"\]\([^)]*\)", "", line)).lower().replace(" ", "-") for line in lines}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_a_page_and_a_heading(page):
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.M | re.S)
    for target, heading in re.findall(r"\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)", CODE.sub("", text)):
        place = page.parent / target if target else page
        assert place.exists(), f"{page.name}: {target}"
        assert not heading or heading in headings(place), f"{page.name}: {target}#{heading}"
