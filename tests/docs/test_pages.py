"""README, changelog and pages: their length, the index of pages, and where their links lead."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
CODE = re.compile(r"`[^`]*`")


def test_the_changelog_has_short_lines_under_the_usual_headings():
    lines = (ROOT / "CHANGELOG.md").read_text().splitlines()
    usual = {"### Added", "### Changed", "### Fixed", "### Removed"}
    assert {line for line in lines if line.startswith("###")} <= usual
    assert not [line for line in lines if len(line) > 100 or line.startswith("  ")]


def test_the_readme_fits_two_screens_and_the_index_has_every_page():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 120
    index = (ROOT / "docs" / "README.md").read_text()
    others = (page.name for page in PAGES if page.parent.name == "docs" and page.name != "README.md")
    assert not [name for name in others if f"({name})" not in index]


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
