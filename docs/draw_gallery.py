"""Draws docs/gallery.md: for each kind of data, the answers of a report, by Chromium. README shows that of images.

make pictures                       (on a machine with nothing else to do: half an hour)
python docs/draw_gallery.py tables  (only these; the page shows all that are drawn)

The words of a page are kept in its picture, so that a test finds those that no report says any more.
"""

from __future__ import annotations

import html
import io
import re
import sys
from contextlib import chdir
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from PIL import Image
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import sync_playwright

import genwright
from genwright.studies.report.advice import SHARED

DOCS = Path(__file__).resolve().parent
WIDTH, TALLEST = 900, 1200  # pixels: as wide as a code host shows them
TITLE = (
    "# Gallery\n\nThis page is for people who want to see what genwright answers. Each picture is the top "
    "of a report, with the command above it that made it. Some of the sets are not downloaded: "
    "[bring their files](data.md#files). Text, sound, music and clips need more minutes than a picture is worth.\n"
)


@dataclass(frozen=True)
class Shown:
    """A comparison of the gallery. page: of the docs, about its kind of data."""

    title: str
    source: str
    minutes: float
    page: str
    options: dict[str, str] = field(default_factory=dict)  # of the command, such as target

    @property
    def command(self) -> str:
        options = "".join(f" --{name} {value}" for name, value in self.options.items())
        return f"genwright compare {self.source}{options} --minutes {self.minutes:g}"


GALLERY = {
    "tables": Shown("Tables", "penguins", 2, "tables.md"),
    "images": Shown("Images", "digits", 4, "images.md"),
    "molecules": Shown("Molecules as strings", "zinc-jtvae", 4, "molecules.md"),
    "properties": Shown("Properties of molecules", "freesolv", 3, "properties.md", {"target": "expt"}),
    "graphs": Shown("Many graphs", "community-small", 3, "graphs-generated.md"),
    "nodes": Shown("Labels of nodes", "karate-club", 1, "graphs.md"),
}  # kinds whose families a few minutes teach something


def picture_of(name: str) -> Path:
    return DOCS / f"gallery-{name}.png"


def words_of(page: str) -> str:
    """The text of a page, its parts divided by bars."""
    text = html.unescape(re.sub(r"<(style|script|code)\b.*?</\1>|<[^>]+>", "|", page, flags=re.S))
    return re.sub(r"[ \n]*(\|[ \n]*)+", " | ", text)


def draw(page: Path, to: Path, **more: str) -> None:
    """A page down to the end of its answers, as a picture that keeps its words. more: texts to keep."""
    with sync_playwright() as run:
        browser = run.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        view = browser.new_page(viewport={"width": WIDTH, "height": TALLEST})
        view.goto(page.resolve().as_uri())
        place = view.locator("section.answers").bounding_box()
        end = min(TALLEST, round(place["y"] + place["height"]) + 16)
        shot = view.screenshot(clip={"x": 0, "y": 0, "width": WIDTH, "height": end})
        browser.close()
    kept = PngInfo()
    for key, text in {"words": words_of(page.read_text(encoding="utf-8")), **more}.items():
        kept.add_itxt(key, text, zip=True)
    Image.open(io.BytesIO(shot)).convert("RGB").save(to, pnginfo=kept, optimize=True)


def draw_one(name: str) -> None:
    """Compare, and draw the report; the picture keeps the time that this took."""
    shown, began = GALLERY[name], monotonic()
    with TemporaryDirectory() as folder, chdir(folder):
        done = genwright.compare(genwright.load_data(shown.source, **shown.options), minutes=shown.minutes)
        took = f"{(monotonic() - began) / 60:.1f}"
        if (share := done.results["machine"].get("share", 1.0)) < SHARED:
            sys.exit(f"the machine was busy (it gave {share:.0%} of its time): draw it on an idle one")
        draw(done.folder / "report.html", picture_of(name), minutes=took)


def page() -> str:
    """docs/gallery.md, of the pictures that are drawn."""
    parts = [TITLE]
    for name, shown in GALLERY.items():
        if picture_of(name).exists():
            with Image.open(picture_of(name)) as picture:
                took = picture.text["minutes"]
            parts.append(
                f"## {shown.title}\n\n`{shown.command}` took {took} minutes. [More about this kind]({shown.page})\n\n"
                f"![The answer of the report on {shown.source}]({picture_of(name).name})\n"
            )
    return "\n".join(parts)


def main(names: list[str]) -> None:
    for name in names or GALLERY:
        draw_one(name)
        (DOCS / "gallery.md").write_text(page())


if __name__ == "__main__":
    main(sys.argv[1:])
