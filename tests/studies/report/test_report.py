# Tests studies/report/numbers.py, studies/report/page.py, studies/report/pictures.py
"""The page: one file, the same bytes for the same folder, nothing marked best that is not."""

import io
import re
from base64 import b64encode
from copy import deepcopy
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser

import pytest
import tomli_w
from rich.console import Console

from genwright.core.errors import RunError
from genwright.run.folder import FORMAT
from genwright.studies.compare.comparison import Comparison
from genwright.studies.report.numbers import print_table
from genwright.studies.report.pictures import drawings, figure, weigh
from genwright.studies.report.report import page_of, report
from genwright.studies.report.results import find, read, write

RECORD = {
    "format": FORMAT,
    "family": "alpha",
    "kind": "toys",
    "task": "generate",
    "seed": 3,
    "rows": "train",
    "data": {"name": "x", "hash": "0", "source": "", "options": {}, "items": 9},
    "budget": {"items": 9},
    "recipe": {"width": 64},
    "training": {},
    "world": 1,
    "machine": {"device": "cpu"},
    "versions": {},
    "digest": "0",
    "stages": [],
}


class Page(HTMLParser):
    """Tags with their attributes, and whether every one that was opened was closed."""

    VOID = {"meta", "img", "br", "source", "link", "hr"}

    def __init__(self, text: str):
        super().__init__()
        self.tags, self.open, self.text = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("style", "script", "title"):
            self.text += data

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture
def page(folder) -> Page:
    return Page(report(folder).read_text(encoding="utf-8"))


def test_the_page_is_a_function_of_the_folder(folder):
    first = report(folder).read_bytes()
    assert report(folder).read_bytes() == first
    results = read(folder)
    results.models[0].metrics["frechet"]["value"] = 2.5
    write(results, folder)
    assert report(folder).read_bytes() != first


def scripts(text: str) -> list[str]:
    return re.findall(r"<script[^>]*>(.*?)</script>", text, re.DOTALL)


def test_the_page_needs_no_network_and_runs_its_own_script_alone(folder, page):
    text = report(folder).read_text(encoding="utf-8")
    addresses = re.sub(r"base64,[^\"]*|http-equiv", "", text)
    assert "http" not in addresses and page.all("script") == [{}] and not page.all("link")
    policy = next(meta["content"] for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    (script,) = scripts(text)
    digest = b64encode(sha256(script.encode()).digest()).decode()
    assert re.findall(r"script-src ([^;]*)", policy) == [f"'sha256-{digest}'"]
    assert policy.startswith("default-src 'none'") and "*" not in policy and "http" not in policy
    assert all(image["src"].startswith("data:") for image in page.all("img"))
    assert "url(" not in text and "@import" not in text


def test_the_page_can_be_heard(page):
    assert not page.open
    assert all(image["alt"] for image in page.all("img"))
    assert all("scope" in head for head in page.all("th"))
    assert [tag for tag, _ in page.tags if tag == "h1"] == ["h1"]
    assert page.all("html")[0]["lang"] == "en"
    ids = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    assert all(link["href"][1:] in ids for link in page.all("a"))
    scrolled = [division for division in page.all("div") if division.get("class") == "scroll"]
    assert len(scrolled) >= 4 and all(part["tabindex"] == "0" and part["role"] == "group" for part in scrolled)
    assert all("aria-label" in table or "aria-labelledby" in table for table in page.all("table"))
    assert "prefers-color-scheme: dark" in str(page.all("source"))


def best(folder) -> list[str]:
    return re.findall(r'class="n best"[^>]*><span class="value">([^<]*)', report(folder).read_text(encoding="utf-8"))


def test_best_is_marked_only_where_intervals_part(folder, make):
    assert best(folder) == ["2.00", "97.00", "1.800", "95.00"]  # of samples, then of the rest
    results = read(folder)
    results.models[1].metrics["bits"] = make.metric("bits", 1.81, 0.01, "exact")
    write(results, folder)
    assert best(folder) == ["2.00", "97.00", "95.00"]  # bits no more


def test_nothing_is_best_on_a_handful_of_items(folder):
    results = read(folder)
    for row in results.models + results.baselines:
        for metric in row.metrics.values():
            metric["n"] = 30
    write(results, folder)
    assert best(folder) == []


def test_what_the_data_say_is_escaped(folder):
    results = read(folder)
    results.data["name"] = "<script>alert(1)</script>"
    write(results, folder)
    page = Page(report(folder).read_text(encoding="utf-8"))
    assert page.all("script") == [{}] and "<script>alert(1)</script>" in page.text


def test_files_outside_the_folder_are_not_taken_in(folder):
    (folder.parent / "secret.csv").write_text("a,b\nsecret,1\n")
    results = read(folder)
    results.models[0].drawings = {"rows": "../secret.csv"}
    write(results, folder)
    assert "secret" not in report(folder).read_text(encoding="utf-8")


def test_one_run_has_a_page_too(folder):
    run = folder / "alpha"
    (run / "samples").mkdir()
    (run / "samples.png").rename(run / "samples" / "first_ones.png")
    (run / "config.toml").write_text(tomli_w.dumps(RECORD | {"health": ["14 of 16 latents are dead"]}))
    page = Page(report(run).read_text(encoding="utf-8"))
    assert "recipe.width" in page.text and "64" in page.text and "14 of 16 latents are dead." in page.text
    assert "First ones" in page.text and len(page.all("img")) == 2


@pytest.mark.parametrize("name, text", [("nothing", ""), ("config.toml", "= 3")])
def test_a_folder_without_anything_is_refused(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    with pytest.raises(RunError):
        report(tmp_path)


def test_the_table_is_a_frame(results, make):
    results.models.append(make.row("gamma", error="broken"))
    table = Comparison(results.to_json(), None).table
    assert list(table.index) == ["alpha", "beta", "gamma", "plain", "real"]
    assert table.loc["alpha", "bits"] == 1.80 and table.loc["real", "frechet se"] == 0.05
    assert list(table["role"]) == ["model", "model", "model", "baseline", "reference"]


@pytest.mark.parametrize("width", [60, 200])
def test_the_terminal_shows_what_settles_a_purpose_at_any_width(results, make, width):
    results.models.append(make.row("gamma", error="broken"))
    results.models[0].health = ["[14] of 16 latents are dead"]
    out = Console(file=io.StringIO(), width=width)
    print_table(results, out)
    text = out.file.getvalue()
    for words in ("1.800", "2.00", "90.00", "80.00", "0.900", "failed", "[14] of 16 latents"):
        assert words in text, words
    assert "97.00" not in text  # of no purpose: it stands on the page


def test_the_terminal_fits_80_columns(results):
    results.folder = "runs/compare-dots"
    results.models[0].health = [f"sentence {k}" for k in range(8)]
    results.models[1].improving = {"minutes": 12.0}
    out = Console(file=io.StringIO(), width=80)
    print_table(results, out)
    lines = out.file.getvalue().splitlines()
    assert max(map(len, lines)) <= 80 and len(lines) < 60 and "genwright log-prob runs/compare-dots" in "".join(lines)


def test_a_comparison_of_which_nothing_was_measured_has_its_charts(folder):
    results = read(folder)
    for row in results.models + results.baselines:
        row.metrics = {}
    results.reference = None
    write(results, folder)
    assert best(folder) == []


def test_real_items_are_drawn_once(folder):
    results = read(folder)
    results.reference.drawings = {"samples": "alpha/samples.png"}
    write(results, folder)
    page = report(folder).read_text(encoding="utf-8")
    assert page.count("<figcaption>real test items") == 1
    assert page.index("<figcaption>real test items") < page.index("<figcaption>alpha")


def test_drawings_of_the_best_family_and_of_the_best_baseline_come_first(folder):
    """The better of the two leads, whichever it is."""
    results = read(folder)
    results.baselines = [replace(deepcopy(results.baselines[0]), family=name) for name in ("poor", "plain")]
    for name, value in (("poor", 50.0), ("plain", 9.0)):
        find(results, name).metrics["frechet"]["value"] = value
    for row in results.models + results.baselines:
        row.drawings = {"samples": "alpha/samples.png"}
    for value, order in ((9.0, ["alpha", "plain", "beta", "poor"]), (0.5, ["plain", "alpha", "beta", "poor"])):
        find(results, "plain").metrics["frechet"]["value"] = value
        (drawn,) = drawings(results, folder)["groups"]
        assert [figure["family"] for figure in drawn["figures"]] == ["real test items", *order][-4:]


def test_a_page_has_room_for_the_best_and_names_the_others(folder):
    results = read(folder)
    for row in results.models + results.baselines:
        row.drawings = {"samples": "alpha/samples.png"}
    weight = weigh(figure(folder, "alpha/samples.png"))
    families = lambda room: [one["family"] for one in drawings(results, folder, room)["groups"][0]["figures"]]
    assert families(2 * weight) == ["alpha", "plain"] and families(0) == ["alpha"]
    drawn = drawings(results, folder, 2 * weight)
    assert drawn["left_out"] == ["beta"]


def test_another_page_shows_the_sections_as_they_are(folder):
    page = page_of(folder)
    parts = page.parts()
    assert parts["html"] in page.html() and "<style" not in parts["html"] and " style=" not in parts["html"]
    assert all(f'id="{name}"' in parts["html"] for name, _ in parts["contents"])
