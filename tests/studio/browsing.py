"""A browser for tests of the studio, and the two hands by which a person uses it: a mouse, or the keyboard alone."""

import base64
import io
import os
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, TimeoutError, expect, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ENDED = "ERR_INCOMPLETE_CHUNKED_ENCODING"  # the studio ended before the page that listened to it
SLOW = 180_000  # milliseconds that a model may take to open
MOST_TABS = 300  # presses of Tab until a control is reached
OPTION = re.compile(r"(^|\s)--[a-z]")  # an option of the terminal
DROP = """([files]) => {
  const transfer = new DataTransfer();
  for (const [name, text] of files) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    transfer.items.add(new File([bytes], name));
  }
  document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
}"""


@pytest.fixture(scope="module")
def chromium():
    """The browser. A test without one is skipped, and fails where all checks have to run."""
    if CHROMIUM is None:
        (pytest.fail if "CI" in os.environ else pytest.skip)(
            "no chromium is installed, and the studio is tested in one"
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium) -> Iterator[Page]:
    page = chromium.new_page(viewport={"width": 1100, "height": 900})
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda told: wrong.append(told.text) if told.type == "error" else None)
    yield page
    page.close()
    assert [error for error in wrong if ENDED not in error and "status of 4" not in error] == []


class Mouse:
    """A person who points."""

    def __init__(self, page: Page):
        self.page = page

    def press(self, control: Locator) -> None:
        control.click()

    def choose(self, control: Locator, label: str) -> None:
        """An answer among radio buttons or in a list."""
        if control.locator("select").count():
            control.locator("select").select_option(label)
        else:
            control.get_by_role("radio", name=label).check()

    def write(self, control: Locator, text: str) -> None:
        control.fill(text)

    def bring(self, paths: list[Path]) -> None:
        if paths[0].is_dir():
            self.page.locator("#folder").set_input_files(paths[0])
        else:
            files = [[path.name, base64.b64encode(path.read_bytes()).decode()] for path in paths]
            self.page.evaluate(DROP, [files])


class Keyboard(Mouse):
    """A person who presses keys alone."""

    def reach(self, control: Locator) -> None:
        expect(control).to_be_visible(timeout=SLOW)
        is_there = "one => one === document.activeElement"
        for _ in range(MOST_TABS):
            if control.evaluate(is_there):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{control} is not reached by Tab")

    def press(self, control: Locator) -> None:
        self.reach(control)
        self.page.keyboard.press("Enter")

    def choose(self, control: Locator, label: str) -> None:
        if control.locator("select").count():
            self.reach(control.locator("select"))
            self.page.keyboard.type(label)
            return
        wanted = control.get_by_role("radio", name=label)
        radios = control.get_by_role("radio")
        checked = [radio for radio in radios.all() if radio.is_checked()]
        self.reach((checked or radios.all())[0])
        if not checked:
            self.page.keyboard.press("Space")
            self.page.wait_for_timeout(100)
            expect(self.page.locator("#page:not([aria-busy])")).to_be_visible(timeout=SLOW)
        for _ in range(radios.count()):
            if not wanted.count() or wanted.is_checked():
                return
            self.page.keyboard.press("ArrowUp")
            self.page.wait_for_timeout(100)
            expect(self.page.locator("#page:not([aria-busy])")).to_be_visible(timeout=SLOW)

    def write(self, control: Locator, text: str) -> None:
        self.reach(control)
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.type(text)

    def bring(self, paths: list[Path]) -> None:
        name = "Choose a folder" if paths[0].is_dir() else "Choose files"
        button = self.page.get_by_role("button", name=name).first
        if paths[0].is_dir():  # a browser without a window shows no dialog of folders
            self.reach(button)
            return super().bring(paths)
        for last in (False, False, False, False, True):  # a browser short of time forgets that somebody pressed
            try:
                self.reach(button)
                with self.page.expect_file_chooser(timeout=20_000) as chooser:
                    self.page.keyboard.press("Enter")
                return chooser.value.set_files(paths if len(paths) > 1 else paths[0])
            except TimeoutError:
                if last:
                    raise


def require_good_page(page: Page) -> str:
    """The title of a page, whose focus is in its main part and which names no option of the terminal."""
    expect(page.locator("#page:focus, #page :focus").first).to_be_attached(timeout=SLOW)
    text = page.locator("main").inner_text()
    assert not OPTION.search(text), [line for line in text.splitlines() if OPTION.search(line)]
    return page.title()


# ---------------------------------------------------------------------- views


def zipped_tables() -> bytes:
    """A zip of two tables with other columns, about which the studio asks."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as packed:
        for name, columns in (("one.csv", "a,b"), ("two.csv", "c,d")):
            packed.writestr(name, f"{columns}\n" + "".join(f"{k % 17},{k * 0.5}\n" for k in range(60)))
    return data.getvalue()


def lay(root: Path, number: int, name: str, data: bytes) -> None:
    """A file as a person's upload."""
    folder = root / "uploads" / f"{number:04}"
    folder.mkdir(parents=True)
    (folder / name).write_bytes(data)


def opening(name: str, tab: str = "", ready: str = "#page:not([aria-busy]) h1") -> Callable[[Page], None]:
    """Opens an entry of the first page, and there a tab."""

    def open_view(page: Page) -> None:
        page.locator("a", has=page.get_by_text(name, exact=True)).or_(
            page.get_by_role("link", name=name, exact=True)
        ).first.click(timeout=SLOW)
        if tab:
            page.get_by_role("tab", name=tab).click(timeout=SLOW)
        expect(page.locator(ready).first).to_be_visible(timeout=SLOW)

    return open_view


def press_question_mark(page: Page) -> None:
    expect(page.locator(".shelf a").first).to_be_visible(timeout=SLOW)
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keys")).to_be_visible()


def press_link_of_molecules(link: str) -> Callable[[Page], None]:
    """Opens a page of a package for data of molecules."""

    def open_view(page: Page) -> None:
        opening("chains.smi", ready="#step-Train")(page)
        page.get_by_role("link", name=link).click()
        expect(page.locator("main form").first).to_be_visible(timeout=SLOW)

    return open_view
