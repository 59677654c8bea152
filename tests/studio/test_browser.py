# Tests studio/reading.py
"""The studio in a real browser: one story from a file to completions."""

import io
import json
import re
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from browsing import SLOW
from playwright.sync_api import expect
from served import served

import genwright

MOVES = 20

pytestmark = [pytest.mark.browser, pytest.mark.long]


@pytest.fixture(scope="module", autouse=True)
def forked_models():
    """Not here: a forked process would hold the connections of the browser open."""


def pixels(page, selector):
    """The address of a picture, which is new for each."""
    return page.locator(selector).get_attribute("src")


def walk(page):
    """The pictures that are seen on the way of a pointer over the plane."""
    box, seen = page.locator("canvas").bounding_box(), set()
    for k in range(MOVES):
        page.mouse.move(box["x"] + 40 + 16 * k, box["y"] + 60 + 14 * k)
        page.wait_for_timeout(100)
        seen.add(pixels(page, "img.large"))
    return seen


def test_a_story_from_a_file_to_completions(page, tmp_path):
    data = genwright.load_data("digits")
    every = np.concatenate([np.asarray(part) for part in data.items.values()])
    np.savez_compressed(tmp_path / "figures.npz", x=every)
    root = tmp_path / "runs"
    with served(root) as studio:
        page.goto(studio.address)
        expect(page).to_have_url(f"{studio.base}/")
        page.locator("#files").set_input_files(tmp_path / "figures.npz")
        expect(page.get_by_text("1,797 images").first).to_be_visible(timeout=SLOW)
        page.locator("summary", has_text="Train one family alone").click()
        page.get_by_label("family").select_option("vae")
        page.get_by_label("minutes", exact=True).fill("0.3")
        page.get_by_role("button", name="train", exact=True).click()

        expect(page.locator("polyline").first).to_be_attached(timeout=SLOW)
        page.get_by_role("button", name="stop").click()
        expect(page.locator(".state.stopped")).to_be_visible(timeout=SLOW)
        run = page.url
        page.goto("about:blank")
        page.goto(run)
        page.get_by_role("button", name="resume").click()
        expect(page.locator(".state.done")).to_be_visible(timeout=SLOW)

        page.keyboard.press("Space")
        expect(page.get_by_alt_text("samples", exact=True)).to_be_visible(timeout=SLOW)

        page.get_by_role("tab", name="Walk").click()
        expect(page.locator("img.large")).to_be_visible(timeout=SLOW)
        assert len(walk(page)) >= MOVES // 2

        page.get_by_role("tab", name="Complete").click()
        expect(page.locator("canvas")).to_have_attribute("height", "8", timeout=SLOW)
        page.get_by_role("button", name="lower half").click()
        page.get_by_role("button", name="fill in").click()
        expect(page.locator("img.sheet")).to_be_visible(timeout=SLOW)
        with page.expect_download() as download:
            page.get_by_role("link", name="download").click()
        saved = np.load(io.BytesIO(Path(download.value.path()).read_bytes()))
        assert saved["completions"].shape[0] == 6 and not saved["known"][0, 4:].any() and saved["known"][0, :4].all()
        assert (saved["completions"][:, saved["known"][0]] == saved["x"][saved["known"]]).all()
        assert (saved["completions"].std(0)[~saved["known"][0]] > 0).any()


def test_a_workbook_with_a_cover_sheet_becomes_a_report_and_a_hundred_rows(page, tmp_path):
    """No terminal: the sheet is chosen by a button, and rows come back as a workbook."""
    rng = np.random.default_rng(0)
    orders = pd.DataFrame({"units": rng.integers(1, 9, 200), "price": rng.choice([9.5, 20.0, 45.0], 200)})
    with pd.ExcelWriter(tmp_path / "orders.xlsx") as book:
        pd.DataFrame({"Report": ["Orders of a year"]}).to_excel(book, sheet_name="Cover", index=False)
        orders.assign(total=orders["units"] * orders["price"]).to_excel(book, sheet_name="Orders", index=False)
    with served(tmp_path / "runs") as studio:
        page.goto(studio.address)
        page.locator("#files").set_input_files(tmp_path / "orders.xlsx")
        expect(page.get_by_text("is Orders the table?")).to_be_visible(timeout=SLOW)
        page.get_by_role("radio", name="Yes").check()
        expect(page.get_by_role("heading", name="3. Train")).to_be_visible(timeout=SLOW)
        page.locator("summary", has_text="more facts").click()
        expect(page.get_by_text("computed: total, by total = units * price")).to_be_visible(timeout=SLOW)
        expect(page.get_by_role("radio", name="Yes")).to_be_checked()
        page.get_by_label("minutes of training").fill("0.1")
        plan = page.get_by_role("region", name="plan")
        expect(plan.locator("progress").first).to_be_visible(timeout=SLOW)
        planned = set(plan.locator("tr:has(progress) th").all_inner_texts())
        page.get_by_role("button", name="compare", exact=True).click()
        expect(page.get_by_role("region", name="families")).to_be_visible(timeout=SLOW)
        expect(page.get_by_role("heading", name="Take the pick")).to_be_visible(timeout=4 * SLOW)
        expect(page.get_by_text("All families, one row each").first).to_be_visible(timeout=SLOW)
        (record,) = (tmp_path / "runs").glob("compare-*/results.json")
        assert {row["family"] for row in json.loads(record.read_text())["models"]} == planned
        with page.expect_download(timeout=SLOW) as download:
            page.get_by_role("button", name="download").first.click()
        assert download.value.suggested_filename == "samples.xlsx"
        drawn = pd.read_excel(download.value.path())
        assert len(drawn) == 100 and list(drawn.columns) == ["units", "price", "total"]
        page.get_by_role("link", name="try").first.click()
        expect(page.get_by_role("button", name="sample", exact=True)).to_be_visible(timeout=SLOW)
        page.get_by_role("button", name="sample", exact=True).click()
        expect(page.get_by_role("region", name="rows: sampled")).to_be_visible(timeout=SLOW)
        page.get_by_role("radio", name="real", exact=True).check()
        expect(page.get_by_role("region", name="rows: real").locator("tbody tr")).to_have_count(8)
        expect(page.locator("#where a")).to_have_text(["compare-orders"])


def test_a_stroke_that_leaves_the_canvas_and_comes_back_is_whole(page, tmp_path):
    genwright.fit("digits", "vae", preset="tiny", items=1_280, out=tmp_path / "mine", progress=False)
    with served(tmp_path) as studio:
        page.goto(studio.address)
        page.get_by_role("link", name="mine").click()
        page.get_by_role("tab", name="Complete").click()
        canvas = page.locator("canvas")
        expect(canvas).to_have_attribute("height", "8", timeout=SLOW)
        page.get_by_label("brush").fill("1")
        box = canvas.bounding_box()
        cell = box["width"] / 8
        at = lambda column, row: (box["x"] + (column + 0.5) * cell, box["y"] + (row + 0.5) * cell)
        page.mouse.move(*at(1, 6))
        page.mouse.down()
        for column, row in ((1, 7), (1, 10), (6, 10), (6, 7), (6, 6)):
            page.mouse.move(*at(column, row), steps=8)
        page.mouse.up()
        page.mouse.move(*at(3, 3))
        holes = page.evaluate(
            "[...document.querySelector('studio-complete').open.hole].flatMap((open, k) => open ? [k] : [])"
        )
        assert holes == [6 * 8 + 1, 6 * 8 + 6, 7 * 8 + 1, 7 * 8 + 6]
        page.keyboard.press("u")
        assert page.evaluate("document.querySelector('studio-complete').open.hole.some(Boolean)") is False


def test_keys_walk_through_the_runs_and_a_run_that_a_terminal_writes_shows_up(page, tmp_path):
    (tmp_path / "runs").mkdir()
    with served(tmp_path / "runs") as studio:
        page.goto(studio.address)
        expect(page.get_by_text("Nothing yet")).to_be_visible()
        for name in ("first", "second"):
            genwright.fit("digits", "pca", steps=1, out=tmp_path / "runs" / name, progress=False)
            time.sleep(0.1)
        expect(page.locator(".shelf a")).to_have_text(["second", "first"], timeout=10_000)
        page.keyboard.press("j")
        page.keyboard.press("j")
        expect(page.locator(".shelf a").nth(1)).to_be_focused()
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile("#/run/"))
        expect(page.get_by_role("heading", name="first")).to_be_visible()
        expect(page.get_by_label("label")).to_be_visible(timeout=SLOW)  # the model is asked for its conditions
        page.goto("about:blank")


def test_a_browser_without_javascript_or_canvas_is_told_the_commands(chromium, tmp_path):
    genwright.fit("digits", "vae", preset="tiny", items=1_280, out=tmp_path / "mine", progress=False)
    with served(tmp_path) as studio:
        plain = chromium.new_page(java_script_enabled=False)
        plain.goto(studio.address)
        assert "genwright status ." in plain.locator("body").inner_text()
        plain.close()
        page = chromium.new_page()
        page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
        page.goto(studio.address)
        page.get_by_role("link", name="mine").click()
        page.get_by_role("tab", name="Complete").click()
        expect(page.locator("main .error")).to_contain_text("this browser cannot draw", timeout=SLOW)
        page.close()


def test_cells_of_a_row_are_locked_and_the_others_move(page, tmp_path):
    rng = np.random.default_rng(0)
    a = rng.integers(0, 50, 400)
    table = pd.DataFrame({"a": a, "b": a * 2.0 + rng.normal(size=400), "kind": np.where(a > 25, "high", "low")})
    genwright.fit(table, "autoregressive", preset="tiny", items=20_000, out=tmp_path / "mine", progress=False)
    with served(tmp_path) as studio:
        page.goto(studio.address)
        page.get_by_role("link", name="mine").click()
        page.get_by_role("tab", name="What if").click()
        row = page.locator("studio-row")
        expect(row).to_have_attribute("data-moves", "1", timeout=SLOW)
        page.get_by_label("kind", exact=True).select_option("high")
        expect(row).to_have_attribute("data-moves", "2", timeout=SLOW)
        rows = page.locator("studio-row tbody tr")
        expect(rows).to_have_count(7)
        assert all(text.endswith("high") for text in rows.all_inner_texts())
        page.get_by_role("button", name="a", exact=True).click()
        numbers = [float(text) for text in page.locator("studio-row tbody td:first-child").all_inner_texts()]
        assert numbers == sorted(numbers)
        page.get_by_role("button", name="open all").click()
        expect(row).to_have_attribute("data-moves", "3", timeout=SLOW)


def test_a_molecule_is_opened_at_an_atom_and_grown(page, tmp_path):
    pytest.importorskip("rdkit")
    chains = [f"{'C' * k}c1ccc({end})cc1" for k in range(1, 9) for end in ("O", "N", "F", "Cl", "CO")]
    data = genwright.load_data(chains, kind="molecules", notation="scaffold-first")
    genwright.fit(data, "decorator", preset="tiny", items=200, out=tmp_path / "mine", progress=False)
    with served(tmp_path) as studio:
        page.goto(studio.address)
        page.get_by_role("link", name="mine").click()
        page.get_by_role("tab", name="Draw a molecule").click()
        atoms = page.locator(".opens circle.event")
        expect(atoms).to_have_count(6, timeout=SLOW)
        atoms.nth(2).click()
        line = page.get_by_label("SMILES, to type")
        expect(line).to_have_value("[*:1]c1ccccc1")
        page.get_by_role("button", name="grow").click()
        expect(page.get_by_role("heading", name="Grown")).to_be_visible(timeout=SLOW)
        expect(page.locator("img.molecule").first).to_be_visible()
        with page.expect_download() as download:
            page.get_by_role("link", name="download").click()
        assert "smiles" in pd.read_csv(download.value.path()).columns


def test_words_draw_eight_images_and_find_others(page, tmp_path):
    shades = np.random.default_rng(0).integers(0, 2, 60)
    x = np.where(shades[:, None, None, None] > 0, 220, 30).astype(np.uint8) * np.ones((1, 8, 8, 1), np.uint8)
    np.savez(tmp_path / "squares.npz", x=x, caption=np.array(["a dark square", "a bright square"])[shades])
    fit = {"preset": "tiny", "items": 256, "progress": False}
    data = genwright.load_data(tmp_path / "squares.npz", given=["caption"])
    genwright.fit(data, "flow-matching", out=tmp_path / "draws", **fit)
    genwright.fit(tmp_path / "squares.npz", "clip", task="match", out=tmp_path / "finds", **fit)
    with served(tmp_path) as studio:
        page.goto(studio.address)
        page.get_by_role("link", name="draws").click()
        page.get_by_role("tab", name="Words").click(timeout=SLOW)
        page.get_by_label("caption").first.fill("a bright square", timeout=SLOW)
        page.get_by_label("guidance").fill("3")
        page.get_by_label("caption").nth(1).fill("a dark square")
        page.get_by_role("button", name="draw eight").click()
        expect(page.get_by_text("--guidance 3 --against")).to_be_attached(timeout=SLOW)
        page.get_by_label("text", exact=True).fill("a bright square")
        page.get_by_role("button", name="search").click()
        expect(page.get_by_text("Test images, the best first")).to_be_visible(timeout=SLOW)


def test_a_press_on_a_neighbour_goes_there(page, tmp_path):
    genwright.fit("karate-club", "gcn", items=600, progress=False, out=tmp_path / "club")
    with served(tmp_path) as studio:
        page.goto(studio.address)
        page.get_by_role("link", name="club").click()
        page.get_by_role("tab", name="Look at nodes").click()
        expect(page.get_by_role("heading", name="Node 0:")).to_be_visible(timeout=SLOW)
        page.get_by_role("button", name="go to node 4", exact=True).click()
        expect(page.get_by_role("heading", name="Node 4:")).to_be_visible(timeout=SLOW)
        page.get_by_label("node", exact=True).fill("33")
        page.keyboard.press("Tab")
        expect(page.get_by_role("heading", name="Node 33:")).to_be_visible(timeout=SLOW)


def test_a_page_outlives_the_studio_and_says_when_it_is_gone(page, tmp_path):
    root, port = tmp_path / "runs", 18_471
    root.mkdir()
    (tmp_path / "token").write_text("a-token-of-the-test-alone")
    more = ["--token-file", str(tmp_path / "token")]
    with served(root, port, more) as studio:
        page.goto(studio.address)
        expect(page.get_by_text("Nothing yet")).to_be_visible(timeout=SLOW)
    expect(page.locator("#lost")).to_contain_text("does not answer", timeout=SLOW)
    with served(root, port, more):
        expect(page.locator("#lost")).to_be_empty(timeout=SLOW)
        genwright.fit("digits", "pca", steps=1, out=root / "first", progress=False)
        expect(page.locator(".shelf a")).to_have_text(["first"], timeout=SLOW)
    with served(root, port):
        expect(page.locator("#lost")).to_contain_text("started again", timeout=SLOW)
        page.reload()
        expect(page.get_by_role("heading", name="This address opens nothing")).to_be_visible()
