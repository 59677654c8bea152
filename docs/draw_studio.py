"""Draws docs/studio.png: the studio, where a shipped model draws what a caption says.

python docs/draw_studio.py        (with Chromium; it takes half a minute)
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

PICTURE = Path(__file__).resolve().parent / "studio.png"
CAPTION = "a large red star on a black ground"
SIZE, SLOW = {"width": 900, "height": 1000}, 90_000  # pixels; milliseconds


def main() -> None:
    with TemporaryDirectory() as folder:
        asked = [sys.executable, "-m", "genwright", "studio", "shipped", "--no-browser"]
        studio = subprocess.Popen(asked, cwd=folder, stdout=subprocess.PIPE, text=True)
        try:
            draw(next(word for line in studio.stdout for word in line.split() if word.startswith("http")))
        finally:
            studio.terminate()
            studio.wait()


def draw(address: str) -> None:
    with sync_playwright() as run:
        page = run.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"]).new_page(viewport=SIZE)
        page.goto(address)
        page.get_by_role("link", name="shapes", exact=True).click(timeout=SLOW)
        page.get_by_role("tab", name="Words").click(timeout=SLOW)
        page.get_by_label("caption").first.fill(CAPTION)
        page.get_by_label("guidance").fill("3")
        page.get_by_role("button", name="draw eight").click()
        page.get_by_text("genwright sample").wait_for(timeout=SLOW)
        page.screenshot(path=PICTURE, full_page=True, clip={"x": 0, "y": 0, "width": SIZE["width"], "height": 702})


if __name__ == "__main__":
    main()
