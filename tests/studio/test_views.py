# Tests studio/page.py
"""Every view of the studio, looked at by axe: by day and by night, on a phone and on a desk."""

import os
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from browsing import (
    SLOW,
    lay,
    opening,
    press_link_of_molecules,
    press_question_mark,
    require_good_page,
    zipped_tables,
)
from playwright.sync_api import Page, expect
from served import Served, served

import genwright

pytestmark = [pytest.mark.browser, pytest.mark.long]
SCHEMES, WIDTHS = ("light", "dark"), (320, 390, 1440)
HIGH = 900
RNG = np.random.default_rng(0)
FIT = {"preset": "tiny", "items": 1_280, "progress": False}


@pytest.fixture(scope="module", autouse=True)
def forked_models():
    """Not here: a forked process would hold the connections of the browser open."""


@pytest.fixture(scope="module")
def axe():
    """What looks for barriers in a page."""
    try:
        from axe_playwright_python.sync_playwright import Axe
    except ImportError:
        (pytest.fail if "CI" in os.environ else pytest.skip)("axe-playwright-python is not installed")
    return Axe()


@pytest.fixture(scope="module")
def studio(tmp_path_factory) -> Iterator[Served]:
    """A studio with data of several kinds, a comparison, and models."""
    root = tmp_path_factory.mktemp("views") / "runs"
    mine = root.parent / "mine"
    mine.mkdir()
    a = RNG.integers(0, 50, 400)
    table = pd.DataFrame({"a": a, "b": a * 2.0 + RNG.normal(size=400), "kind": np.where(a > 25, "high", "low")})
    table.to_csv(mine / "measured.csv", index=False)
    shades = RNG.integers(0, 2, 60)
    x = np.where(shades[:, None, None, None] > 0, 220, 30).astype(np.uint8) * np.ones((1, 8, 8, 1), np.uint8)
    np.savez(mine / "squares.npz", x=x, caption=np.array(["a dark square", "a bright square"])[shades])
    genwright.fit(table, "autoregressive", out=root / "rows", **FIT)
    genwright.fit("digits", "vae", out=root / "figures", **FIT)
    captioned = genwright.load_data(mine / "squares.npz", given=["caption"])
    genwright.fit(captioned, "flow-matching", out=root / "words", **FIT)
    genwright.fit("karate-club", "gcn", items=600, progress=False, out=root / "club")
    families = ["autoregressive", "vae"]
    genwright.compare(mine / "measured.csv", families, minutes=0.05, out=root / "both", progress=False)
    lay(root, 1, "measured.csv", (mine / "measured.csv").read_bytes())
    lay(root, 2, "paper.pdf", b"%PDF-1.4\n" + b"text " * 400)
    lay(root, 3, "tables.zip", zipped_tables())
    ends = ("O", "N", "F", "Cl", "CO")
    chains = "\n".join(f"{'C' * k}c1ccc({end})cc1" for k in range(1, 9) for end in ends)
    lay(root, 4, "chains.smi", chains.encode())
    with served(root) as running:
        yield running


def sample(page: Page) -> None:
    opening("rows")(page)
    page.get_by_role("button", name="sample", exact=True).click(timeout=SLOW)
    expect(page.locator("#panel table").first).to_be_visible(timeout=SLOW)


def predict(page: Page) -> None:
    opening("club", "Predict")(page)
    page.get_by_role("button", name="predict", exact=True).click(timeout=SLOW)
    expect(page.locator("studio-apply tbody tr").first).to_be_visible(timeout=SLOW)


VIEWS = {
    "home": lambda page: expect(page.locator(".shelf a").first).to_be_visible(timeout=SLOW),
    "keys": press_question_mark,
    "data": opening("measured.csv", ready="#step-Train"),
    "data by name": opening("Handwritten digits", ready="#step-Train"),
    "refused data": opening("paper.pdf", ready="main .error"),
    "a question first": opening("tables.zip", ready="h1:has-text('one question first')"),
    "a comparison": opening("both", ready=".report .lead"),
    "sampled rows": sample,
    "what if": opening("rows", "What if", "studio-row tbody tr"),
    "about": opening("rows", "About", "#panel polyline"),
    "walk": opening("figures", "Walk", "img.large, studio-walk .error"),
    "complete": opening("figures", "Complete", "studio-complete canvas[height='8']"),
    "words": opening("words", "Words", "studio-words button"),
    "predictions": predict,
    "molecules": opening("chains.smi", ready="#step-Train"),
    "a design": press_link_of_molecules("design molecules"),
    "a screen": press_link_of_molecules("screen these molecules"),
    "nodes": opening("club", "Look at nodes", ".around-node svg"),
}


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_has_no_barrier(page, studio, axe, view):
    page.goto(studio.address)
    VIEWS[view](page)
    require_good_page(page)
    found = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": HIGH})
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"the page is {wide} pixels wide on a screen of {width}"
            for one in axe.run(page).response["violations"]:
                found += [(scheme, width, one["id"], one["impact"], node["html"]) for node in one["nodes"]]
            if folder := os.environ.get("GENWRIGHT_LOOKS"):
                page.screenshot(path=f"{folder}/{view}-{width}-{scheme}.png", full_page=True)
    page.goto("about:blank")
    assert found == []
