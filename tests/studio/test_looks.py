# Tests studio/page.py
"""Fixed states of the studio against pictures of them, which lie in `looks/`. The pictures are of one Chromium and one
font. After a change that is meant, `GENWRIGHT_DRAW=1` draws them anew: look at each before you commit it."""

import hashlib
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from browsing import SLOW, lay, opening, press_link_of_molecules, press_question_mark, zipped_tables
from PIL import Image
from playwright.sync_api import Page, Route, expect
from served import Served, served

pytestmark = [pytest.mark.browser, pytest.mark.long]
LOOKS, MADE_BY = Path(__file__).parent / "looks", Path(__file__).parent / "looks" / "made-by.txt"
FONT = Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")
STYLE = """
@font-face { font-family: Look; src: url(/look.ttf); }
* { font-family: Look !important; animation: none !important; caret-color: transparent !important; }
"""
SCREENS = {"phone": ("light", 390), "desk": ("dark", 1440)}
HIGH, COLOURS = 900, 256
SEEN, MOST = 24, 0.001  # levels by which a pixel differs visibly, and the share of pixels that may


@pytest.fixture(scope="module", autouse=True)
def forked_models():
    """Not here: a forked process would hold the connections of the browser open."""


@pytest.fixture(scope="module")
def studio(tmp_path_factory) -> Iterator[Served]:
    """A studio with data alone, whose pages hold no time and no random number."""
    root = tmp_path_factory.mktemp("looks") / "runs"
    rows = "".join(f"{k % 17},{k * 0.5},{'red' if k % 3 else 'blue'}\n" for k in range(120))
    lay(root, 1, "measured.csv", f"a,b,colour\n{rows}".encode())
    lay(root, 2, "paper.pdf", b"%PDF-1.4\n" + b"text " * 400)
    lay(root, 3, "tables.zip", zipped_tables())
    chains = "\n".join(f"{'C' * k}c1ccc({end})cc1" for k in range(1, 9) for end in ("O", "N", "F", "Cl", "CO"))
    lay(root, 4, "chains.smi", chains.encode())
    with served(root) as running:
        yield running


def made_by(page: Page) -> str:
    """What the look of a page depends on, beside the studio."""
    font = hashlib.sha256(FONT.read_bytes()).hexdigest()[:16]
    return f"Chromium {page.context.browser.version}, DejaVu Sans {font}\n"


def dress(route: Route) -> None:
    """Adds the font of the pictures to the style of a page."""
    answer = route.fetch()
    route.fulfill(response=answer, body=answer.text() + STYLE)


def data_with(summary: str) -> Callable[[Page], None]:
    """Opens the page of a table, and there a part that is folded."""

    def open_view(page: Page) -> None:
        opening("measured.csv", ready="#step-Train")(page)
        page.locator("summary", has_text=summary).first.click()
        page.locator("summary", has_text=summary).first.scroll_into_view_if_needed()

    return open_view


VIEWS = {
    "home": lambda page: expect(page.locator(".shelf a").first).to_be_visible(timeout=SLOW),
    "keys": press_question_mark,
    "table": opening("measured.csv", ready="#step-Train"),
    "families": data_with("All families that fit"),
    "options": data_with("More options"),
    "one family": data_with("Train one family alone"),
    "pictures": opening("Handwritten digits", ready="#step-Train"),
    "refused": opening("paper.pdf", ready="main .error"),
    "question": opening("tables.zip", ready="h1:has-text('one question first')"),
    "molecules": opening("chains.smi", ready="#step-Train"),
    "design": press_link_of_molecules("design molecules"),
    "screen": press_link_of_molecules("screen these molecules"),
}


def share_apart(known: Image.Image, seen: Image.Image) -> float:
    """The share of pixels that differ visibly."""
    return float((np.abs(np.asarray(known, int) - np.asarray(seen, int)).max(-1) > SEEN).mean())


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("view", VIEWS)
def test_a_view_looks_as_its_picture(page, studio, view, screen):
    drawing = os.environ.get("GENWRIGHT_DRAW")
    if not drawing and MADE_BY.read_text() != (here := made_by(page)):
        pytest.skip(f"the pictures were made by {MADE_BY.read_text().strip()}, and this is {here.strip()}")
    scheme, width = SCREENS[screen]
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": HIGH})
    page.route("**/look.ttf", lambda route: route.fulfill(body=FONT.read_bytes(), content_type="font/ttf"))
    page.route("**/report.css", dress)
    page.goto(studio.address)
    VIEWS[view](page)
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(300)
    seen = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    page.goto("about:blank")
    path = LOOKS / f"{view}, {screen}.png".replace(", ", "-").replace(" ", "-")
    if drawing:
        LOOKS.mkdir(exist_ok=True)
        small = seen.quantize(COLOURS, dither=Image.Dither.NONE)
        (small if share_apart(small.convert("RGB"), seen) <= MOST / 10 else seen).save(path, optimize=True)
        MADE_BY.write_text(made_by(page))
    known = Image.open(path).convert("RGB")
    assert known.size == seen.size
    apart = share_apart(known, seen)
    assert apart <= MOST, f"{apart:.2%} of the pixels differ: look at {path.name}, and draw it anew if meant"
