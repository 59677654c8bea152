"""What people bring, from the drop to a download or a prediction, by a mouse and by the keyboard alone."""

import io
import re
import wave
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from browsing import SLOW, Keyboard, Mouse, require_good_page
from PIL import Image
from playwright.sync_api import expect
from served import served

pytestmark = [pytest.mark.browser, pytest.mark.long]
RNG = np.random.default_rng(0)


@pytest.fixture(scope="module", autouse=True)
def forked_models():
    """Not here: a forked process would hold the connections of the browser open."""


@dataclass
class Story:
    """Files that a person brings, {part of a question: answer}, and how the story ends."""

    bring: Callable[[Path], list[Path]]
    answers: dict[str, str]
    end: str = "download"
    needs: str = ""


def table(**columns: object) -> str:
    return pd.DataFrame(columns).to_csv(index=False)


def write(folder: Path, **files: str) -> list[Path]:
    """Files of these names, which have _ for the dot."""
    paths = [folder / name.replace("_", ".") for name in files]
    for path, text in zip(paths, files.values()):
        path.write_text(text)
    return paths


def people(rows: int = 120) -> str:
    return table(age=RNG.integers(20, 70, rows), town=RNG.choice(["Ulm", "Bonn"], rows), score=RNG.normal(size=rows))


def workbook(folder: Path) -> list[Path]:
    with pd.ExcelWriter(folder / "orders.xlsx") as book:
        pd.DataFrame({"Report": ["Orders of a year"]}).to_excel(book, sheet_name="Cover", index=False)
        pd.read_csv(io.StringIO(people())).to_excel(book, sheet_name="Orders", index=False)
    return [folder / "orders.xlsx"]


def images(folder: Path) -> list[Path]:
    with zipfile.ZipFile(folder / "pictures.zip", "w") as packed:
        for k in range(40):
            data, shade = io.BytesIO(), (200, 30) if k % 2 else (30, 200)
            pixels = np.uint8(RNG.integers(0, 40, (8, 8, 3)) + np.array([shade[0], 0, shade[1]]))
            Image.fromarray(pixels).save(data, "PNG")
            packed.writestr(f"{'red' if k % 2 else 'blue'}/{k}.png", data.getvalue())
    return [folder / "pictures.zip"]


def sounds(folder: Path) -> list[Path]:
    with zipfile.ZipFile(folder / "sounds.zip", "w") as packed:
        for k in range(24):
            data = io.BytesIO()
            with wave.open(data, "wb") as clip:
                clip.setnchannels(1), clip.setsampwidth(2), clip.setframerate(4_000)
                steps = np.arange(400)
                clip.writeframes(np.int16(8_000 * np.sin(steps * (0.1 + 0.01 * k)) * RNG.uniform(0.8, 1)).tobytes())
            packed.writestr(f"{k:02}.wav", data.getvalue())
    return [folder / "sounds.zip"]


def chains() -> list[str]:
    return [f"{'C' * k}c1ccc({end})cc1" for k in range(1, 9) for end in ("O", "N", "F", "Cl", "CO")]


def ends() -> list[tuple[int, int]]:
    return [(k % 30, (k * 7 + 1 + k // 30) % 30) for k in range(120) if k % 30 != (k * 7 + 1 + k // 30) % 30]


def edges() -> str:
    return "source,target\n" + "".join(f"n{a},n{b}\n" for a, b in ends())


def nodes() -> str:
    return "id,club,size\n" + "".join(f"n{k},{'red' if k % 3 else 'blue'},{k * 1.5}\n" for k in range(30))


def two_tables(folder: Path) -> list[Path]:
    (folder / "both").mkdir()
    write(folder / "both", people_csv=people(), visits_csv=table(day=RNG.integers(1, 30, 90), cost=RNG.normal(size=90)))
    return [folder / "both"]


TEXTS = "".join(f"{a}{b}{c}\n" for a in ("an", "be", "ca") for b in ("na", "lo", "mi", "ro") for c in ("s", "n", "a"))
STORIES = {
    "csv": Story(lambda folder: write(folder, people_csv=people()), {}),
    "workbook": Story(workbook, {"is Orders the table": "Yes"}),
    "images": Story(images, {}),
    "text": Story(lambda folder: write(folder, names_txt=TEXTS), {}),
    "smi": Story(lambda folder: write(folder, chains_smi="\n".join(chains())), {}, needs="rdkit"),
    "target": Story(
        lambda folder: write(folder, measured_csv=table(smiles=chains(), solubility=RNG.normal(size=40))),
        {"Which column matters": "solubility"},
        "predict",
        "rdkit",
    ),
    "edges": Story(
        lambda folder: write(folder, friends_csv=edges()), {"edges of a graph": "Yes"}, "predict", "networkx"
    ),
    "edges and nodes": Story(
        lambda folder: write(folder, edges_csv=edges(), nodes_csv=nodes()),
        {"What is each file": "edges.csv holds edges, and nodes.csv their nodes", "Which column matters": "club"},
        "predict",
        "networkx",
    ),
    "sounds": Story(sounds, {}),
    "two tables": Story(two_tables, {"both holds 2 tables|What is each file|Is .* the table": "people"}),
    "pdf": Story(lambda folder: write(folder, paper_pdf="%PDF-1.4\n" + "text " * 400), {}, "refused"),
}


@pytest.mark.parametrize("hand", [Mouse, Keyboard])
@pytest.mark.parametrize("name", STORIES)
def test_a_story_ends_well(page, tmp_path, name, hand):
    story = STORIES[name]
    if story.needs:
        pytest.importorskip(story.needs)
    (tmp_path / "mine").mkdir()
    brought = story.bring(tmp_path / "mine")
    with served(tmp_path / "runs") as studio:
        page.goto(studio.address)
        titles = [require_good_page(page)]
        person = hand(page)
        person.bring(brought)
        expect(page.locator("#page:not([aria-busy]) h1")).not_to_have_text("genwright studio", timeout=SLOW)
        titles.append(require_good_page(page))
        if story.end == "refused":
            expect(page.locator("main .error").first).to_be_visible()
            person.press(page.get_by_role("button", name="Remove these data"))
            expect(page.get_by_role("heading", name="Bring data")).to_be_visible(timeout=SLOW)
            require_good_page(page)
            return
        for about, answer in story.answers.items():
            question = page.locator(".question", has_text=re.compile(about)).first
            expect(question).to_be_visible(timeout=SLOW)
            person.choose(question, answer)
            page.wait_for_timeout(300)
            expect(page.locator("#page:not([aria-busy])")).to_be_visible(timeout=SLOW)
            require_good_page(page)
        person.press(page.locator("summary", has_text="Train one family alone"))
        person.write(page.get_by_label("minutes", exact=True), "0.05")
        person.press(page.get_by_role("button", name="train", exact=True))
        expect(page.locator(".state.done")).to_be_visible(timeout=2 * SLOW)
        titles.append(require_good_page(page))
        assert len(set(titles)) == len(titles)
        if story.end == "predict":
            person.press(page.get_by_role("button", name="predict", exact=True))
            expect(page.locator("studio-apply tbody tr").first).to_be_visible(timeout=SLOW)
            require_good_page(page)
        with page.expect_download(timeout=SLOW) as download:
            control = "link" if story.end == "predict" else "button"
            person.press(page.get_by_role(control, name="download", exact=True).first)
        assert Path(download.value.path()).stat().st_size > 100
        require_good_page(page)
