"""The report as assistive technology finds it: axe-core's rules and the page's width, light and dark, at three widths.

    npm install axe-core && python benchmarks/report_axe.py [--axe PATH/axe.min.js] [REPORT.html ...]

Without a page, one comparison of pictures and one of a table are made first (about two minutes). It needs a Chromium
and axe-core and says so where one is missing; nothing else of this project needs either.
"""

from __future__ import annotations

import argparse
import html
import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from bars import bar, record

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
WIDTHS = (400, 800, 1280)
GRAVE = ("serious", "critical")
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
WRAPPER = """<!doctype html><body style="margin:0"><pre id="found"></pre>
<script>onmessage = e => document.getElementById("found").textContent = e.data</script>
<iframe src="{page}" style="border:0;width:{width}px;height:2000px"></iframe>"""
# requests: what the page loaded that is not inside it; beyond: pixels by which it is wider than the screen
ASK = """<script>{axe}</script><script>addEventListener("load", async () => {{
  document.querySelectorAll("details").forEach(part => {{ part.open = true; }});
  const found = await axe.run(document, {{resultTypes: ["violations"]}});
  const faults = found.violations.map(v => [v.impact, v.id, v.nodes.length, v.nodes[0].html.slice(0, 200)]);
  const requests = performance.getEntriesByType("resource").map(r => r.name).filter(n => !n.startsWith("data:"));
  const root = document.documentElement;
  parent.postMessage(JSON.stringify({{faults, requests, beyond: root.scrollWidth - root.clientWidth}}), "*");
}})</script>"""


def look(page: Path, axe: str, browser: str, width: int, dark: bool) -> dict:
    """{faults: [[impact, rule, places, first place]], requests: [address], beyond: pixels}. A window cannot be as
    narrow as a phone, a frame in it can. The page forbids scripts but
    its own, so that a copy without that line is asked, all of it unfolded."""
    with tempfile.TemporaryDirectory() as folder:
        copy, wrapper = Path(folder) / "copy.html", Path(folder) / "wrapper.html"
        asked = POLICY.sub("", page.read_text(encoding="utf-8")).replace("</head>", ASK.format(axe=axe) + "</head>")
        copy.write_text(asked, encoding="utf-8")
        wrapper.write_text(WRAPPER.format(page=copy.as_uri(), width=width), encoding="utf-8")
        flags = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--virtual-time-budget=60000",
            f"--user-data-dir={folder}/profile",
        ]
        flags += ["--window-size=1400,2000", *(["--blink-settings=preferredColorScheme=0"] if dark else [])]
        done = subprocess.run(
            [browser, *flags, "--dump-dom", wrapper.as_uri()], capture_output=True, text=True, timeout=600
        )
    found = re.search(r'<pre id="found">(.+?)</pre>', done.stdout, re.DOTALL)
    if not found:
        raise SystemExit(f"{browser} did not answer for {page}: {done.stderr[-300:]}")
    return json.loads(html.unescape(found.group(1)))


def made(folder: Path) -> list[Path]:
    import genwright

    pages = []
    for data in ("digits", "wine"):
        genwright.compare(data, minutes=0.3, out=folder / data)
        pages.append(folder / data / "report.html")
    return pages


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pages", nargs="*", type=Path)
    parser.add_argument("--axe", type=Path, default=Path("node_modules/axe-core/axe.min.js"))
    options = parser.parse_args()
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if browser is None or not options.axe.is_file():
        lacking = (
            "a Chromium on the PATH"
            if browser is None
            else f"axe-core at {options.axe} (npm install axe-core, or --axe)"
        )
        print(f"nothing was checked: this script needs {lacking}")
        return
    axe, seen = options.axe.read_text(encoding="utf-8"), {}
    with tempfile.TemporaryDirectory() as folder:
        for page in options.pages or made(Path(folder)):
            for width in WIDTHS:
                for dark in (False, True):
                    name = f"{page.parent.name}, {width} pixels, {'dark' if dark else 'light'}"
                    seen[name] = look(page, axe, browser, width, dark)
                    print(name, json.dumps(seen[name], indent=1) if any(seen[name].values()) else "clean", flush=True)
    grave = sum(places for found in seen.values() for impact, _, places, _ in found["faults"] if impact in GRAVE)
    others = sum(places for found in seen.values() for impact, _, places, _ in found["faults"] if impact not in GRAVE)
    requests, beyond = (
        sum(len(found["requests"]) for found in seen.values()),
        max(found["beyond"] for found in seen.values()),
    )
    record(
        "report_axe",
        [
            bar("L1", "report, serious faults by axe-core, light and dark, 400 to 1280 pixels", "0", grave, grave == 0),
            bar("L1", "report, other faults by axe-core", "shown", others, None),
            bar("L1", "report, requests that leave the page", "0", requests, requests == 0),
            bar("L1", "report, pixels wider than the screen", "0", beyond, beyond == 0, "pixels"),
        ],
        seen,
    )


if __name__ == "__main__":
    main()
