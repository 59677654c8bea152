"""Draws docs/report.png, README's picture: the first screen of a report, by Chromium.

    make picture        (on a machine with nothing else to do: nine minutes)

The words of the page are kept in the file, so that a test finds those that no report says any more.
"""

from __future__ import annotations

import html
import re
import subprocess
import sys
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from PIL.PngImagePlugin import PngInfo

import genwright
from genwright.studies.report.advice import SHARED

PICTURE = Path(__file__).resolve().parent / "report.png"
SCREEN = 900, 760  # pixels: as wide as a code host shows them


def words_of(page: str) -> str:
    """The text of a page, its parts divided by bars."""
    text = html.unescape(re.sub(r"<(style|script|code)\b.*?</\1>|<[^>]+>", "|", page, flags=re.S))
    return re.sub(r"[ \n]*(\|[ \n]*)+", " | ", text)


def draw(page: Path, to: Path) -> None:
    """The first screen of a page as a picture that keeps its words."""
    with TemporaryDirectory() as folder:
        shot = Path(folder) / "shot.png"
        size, profile = "--window-size={},{}".format(*SCREEN), f"--user-data-dir={folder}/profile"
        shown = ["--headless", "--no-sandbox", "--hide-scrollbars", size, profile, f"--screenshot={shot}"]
        subprocess.run(["chromium", *shown, page.resolve().as_uri()], check=True, capture_output=True, timeout=60)
        kept = PngInfo()
        kept.add_itxt("words", words_of(page.read_text(encoding="utf-8")), zip=True)
        Image.open(shot).convert("RGB").save(to, pnginfo=kept, optimize=True)


def main() -> None:
    with TemporaryDirectory() as folder, chdir(folder):  # its commands name runs/compare-digits
        done = genwright.compare("digits", minutes=4)
        if (share := done.results["machine"].get("share", 1.0)) < SHARED:
            sys.exit(f"the machine was busy (it gave {share:.0%} of its time): draw it on an idle one")
        draw(done.folder / "report.html", PICTURE)


if __name__ == "__main__":
    main()
