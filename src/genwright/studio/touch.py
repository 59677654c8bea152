"""Verbs of the worker: functions by which a person uses a model from the studio.

Pictures leave as PNG bytes. Each holds, in a text chunk, a note: the command that draws it again, or what it shows.
run: the folder where a run lies.
"""

import base64
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..core.data import Data
from ..core.errors import DataError, Unsupported
from ..core.files import npz_bytes
from ..core.folder import CONFIG
from ..core.safe_text import visible
from ..core.type_names import UserItems
from ..kinds.domain import Domain
from ..kinds.fields.column import Column
from ..kinds.formats.images.pictures import sheet, to_pixels
from ..kinds.formats.tables.write_forms import json_rows
from ..kinds.formats.tables.write_table import suffix_of
from ..kinds.images.domain import GivenImage
from ..kinds.known_kinds import kinds
from ..kinds.tables.domain import Tables
from ..run.model import Model, on_the_arc
from ..run.open import load_model
from ..run.previews import png_of, png_of_figure, png_of_pixels
from ..run.tasks import training_data_if_there
from ..run.trained_model import TrainedModel
from ..zoo import registry
from .wording import for_pages, html_for_pages

if TYPE_CHECKING:
    from sklearn.decomposition import PCA

AT_HAND = 2  # models that stay in memory, and as many data
DOTS = 600  # test items in the plane of codes
COLUMNS = 4  # of a sheet of as many pictures as a page shows
LARGEST = 4_096  # pixels a side of what a page shows
PICTURE = ".png"  # suffix of what people look at, where items are images
CAPTION_FIELDS = ("label", "caption")  # what of an item its file carries
LINES = 3  # rows of a table beside a family
ROWS_SHOWN, CLIPS_SHOWN = 50, 4  # rows of a page, and items that a person hears
TEXT, LONGEST_LINE = "text", 300  # name of the column of texts, and letters that a page shows of one
LABELS = 100  # of a category that a page offers
VERBS: dict[str, Callable] = {}


def verb(function: Callable) -> Callable:
    VERBS[function.__name__] = function
    return function


# ---------------------------------------------------------------------- samples


def text_cells(table: pd.DataFrame) -> list[list[str]]:
    """Cells as a person reads them, as files of JSON have them; one that is missing is empty."""
    return [["" if cell is None else visible(str(cell)) for cell in row.values()] for row in json_rows(table)]


@verb
def conditions(run: str) -> list[dict]:
    """Conditions that a person may set for samples: the name of each variable, and its values if they can be listed.
    Variables that are images are left out, since an image is no text."""
    model = opened(run).model
    if not model.family.conditional:
        return []
    fields = model.domain.givens if model.domain.fields is None else model.domain.fields
    values = lambda field: getattr(field.table.givens[0] if isinstance(field, Column) else field, "labels", [])
    return [
        {"name": field.name, "values": list(map(str, values(field)))[:LABELS]}
        for field in fields
        if not isinstance(field, GivenImage)
    ]


@verb
def samples(run: str, n: int, seed: int, given: dict[str, str], cures: list[str], note: str) -> bytes:
    """PNG of n samples."""
    model = opened(run).model
    return png_of(model, model.sample(n, given or None, seed=seed, **dict.fromkeys(cures, True)), note)


@verb
def sampled_rows(run: str, n: int, seed: int, given: dict[str, str], cures: list[str]) -> dict:
    """Samples as a page shows them: {"columns": names, "sampled": rows of text, "real": as many of the data, where they
    are found}; of sounds {"sounds": each as a file of WAV in base64}."""
    at = opened(run)
    domain, widgets = at.model.domain, kinds()[at.model.config["kind"]].widgets
    if not widgets.rows and not widgets.sounds:
        raise Unsupported("samples of these data are no rows: look at their picture")
    sampled = _draw(at.model, n, seed, given, cures)
    if widgets.sounds:
        return {"sounds": [sound_of(domain, sampled[k : k + 1]) for k in range(min(CLIPS_SHOWN, n))]}
    columns, rows = _rows_of(domain, sampled)
    real = at.data.test[:n] if at.data else sampled[:0]
    own = real[sampled.columns] if isinstance(sampled, pd.DataFrame) else real  # data may have more columns
    return {"columns": columns, "sampled": rows, "real": _rows_of(domain, own)[1] if len(own) else []}


def _rows_of(domain: Domain, items: UserItems) -> tuple[list[str], list[list[str]]]:
    """Names of columns, and the first rows of items as text. Texts are rows of one column."""
    if not isinstance(items, pd.DataFrame) and all(isinstance(item, str) for item in items):
        return [TEXT], [[visible(item)[:LONGEST_LINE]] for item in items]
    table = domain.as_table(items)[:ROWS_SHOWN]
    return list(map(str, table.columns)), text_cells(table)


def sound_of(domain: Domain, item: UserItems) -> str:
    """One item of sound as a file of WAV, in base64."""
    with tempfile.TemporaryDirectory() as folder:
        return base64.b64encode(domain.write(item, Path(folder, "item.wav")).read_bytes()).decode()


@verb
def sampled_file(run: str, n: int, seed: int, given: dict[str, str], cures: list[str]) -> tuple[str, bytes]:
    """The name and the bytes of a file of samples in the form of the data; a zip where that form is a folder."""
    model = opened(run).model
    drawn = _draw(model, n, seed, given, cures)
    with tempfile.TemporaryDirectory() as folder:
        if suffix := _suffix_like_data(model):
            path = model.domain.write(drawn, Path(folder, f"samples{suffix}"))
            return path.name, path.read_bytes()
        written, packed = model.domain.write(drawn, Path(folder, "samples")), Path(folder, "samples.zip")
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(path for path in written.rglob("*") if path.is_file()):
                archive.write(path, path.relative_to(written))
        return packed.name, packed.read_bytes()


def _draw(model: Model, n: int, seed: int, given: dict[str, str], cures: list[str]) -> UserItems:
    """Samples as every page shows and every button brings them. cures: what is true of `sample`."""
    return model.sample(n, given or None, seed=seed, valid=model.domain.grows, **dict.fromkeys(cures, True))


@verb
def knows_rules(run: str) -> bool:
    """Whether the data of a model have rules, which its samples may be made to keep."""
    return bool(len(opened(run).model.domain.rules))


def _suffix_like_data(model: Model) -> str:
    """The suffix of the table that a model was trained on, where samples can be written so; else the usual one."""
    source = Path(model.config["data"]["source"])
    return (isinstance(model.domain, Tables) and suffix_of(source)) or model.domain.viewed


@verb
def report_parts(folder: str) -> dict:
    """What the page of a comparison shows of its report: title, lead, notes, contents, and the sections as HTML."""
    from ..studies.report.report import page_of

    parts = page_of(Path(folder)).parts()
    notes = list(map(for_pages, parts["notes"]))
    return parts | {"notes": notes, "html": html_for_pages(parts["html"])}


@verb
def newest_samples(folder: str) -> dict:
    """A few samples of each family of a comparison, as it drew them last: {family: {"src": a picture} or {"lines": rows
    of cells}}."""
    from ..studies.report.pictures import figure
    from ..studies.report.results import read_comparison, rows

    found = {}
    for row in rows(read_comparison(folder)):
        part = figure(Path(folder), row.preview) if row.preview else None
        if part and part["src"]:
            found[row.family] = {"src": part["src"]}
        elif part and part["table"]:
            found[row.family] = {"lines": [[visible(cell) for cell in line] for line in part["table"][1 : LINES + 1]]}
    return found


# ---------------------------------------------------------------------- walking


@dataclass
class Opened:
    """A model, and what the studio knows of it beside. data: those it was trained on, None where they are not found."""

    folder: str
    model: Model

    @cached_property
    def data(self) -> Data | None:
        return training_data_if_there(self.model)

    @property
    def items(self) -> UserItems:
        """Up to DOTS items that the model did not learn from: of the test part, or else samples."""
        return self.data.test[:DOTS] if self.data else self.model.sample(DOTS, seed=0)

    @cached_property
    def codes(self) -> np.ndarray:
        """(n, D) codes of these items."""
        codes = self.model.encode(self.items)
        self.shape = codes.shape[1:]
        return codes.reshape(len(codes), -1)

    @cached_property
    def plane(self) -> "PCA":
        """The plane of the first two principal components of the codes."""
        from sklearn.decomposition import PCA

        if self.codes.shape[1] < 2 or len(self.codes) < 3:
            raise Unsupported("there is no plane of codes: they have one number, or there are fewer than 3 items")
        return PCA(2, random_state=0).fit(self.codes)

    def picture(self, codes: np.ndarray, given: dict[str, str], note: str) -> bytes:
        """PNG of the items of these codes: of one its pixels, of several a sheet."""
        items = self.model.decode(codes.reshape(len(codes), *self.shape).astype(np.float32), given)
        return sheet_of(items, self.model.domain, note)


@verb
def plane(run: str) -> dict:
    """Items as dots in the plane of codes: x, y in standard deviations, and the label of each."""
    at = opened(run)
    dots = at.plane.transform(at.codes) / _scale(at)
    labels = at.model.domain.values(at.items, "label") if at.model.domain.labels else None
    told = [] if labels is None else [str(label) for label in labels]
    shares = at.plane.explained_variance_ratio_
    return {
        "dots": np.round(dots, 3).tolist(),
        "labels": told,
        "shares": [round(float(share), 3) for share in shares],
        "of": "test items" if at.data else "samples",
    }


@verb
def decode(run: str, points: list[list[float]], given: dict[str, str], note: str) -> bytes:
    """PNG of the items at points of the plane."""
    at = opened(run)
    return at.picture(at.plane.inverse_transform(np.array(points) * _scale(at)), given, note)


@verb
def item_between(run: str, a: int, b: int, t: float, given: dict[str, str], note: str) -> bytes:
    """PNG of the item at share t of the way from item a to item b, on the arc between their codes."""
    at = opened(run)
    if not 0 <= min(a, b) <= max(a, b) < len(at.codes):
        raise DataError(f"item {max(a, b)} does not exist: choose two below {len(at.codes)}")
    return at.picture(on_the_arc(at.codes[a], at.codes[b], t)[None], given, note)


def _scale(at: Opened) -> np.ndarray:
    return np.sqrt(at.plane.explained_variance_)


# ---------------------------------------------------------------------- completing


@verb
def item(run: str, number: int) -> dict:
    """One item: {"png": bytes, "count": of items}, and of a picture its "height" and "width", of a clip its "length" in
    "steps" of that name."""
    at = opened(run)
    one, domain = _one(at, number), at.model.domain
    told = {"count": len(at.items)}
    if domain.viewed == PICTURE:
        _, height, width, _ = one.shape
        return told | {"png": sheet_of(one, domain), "height": height, "width": width}
    drawn = png_of_figure(registry.suite_class(at.model).drawing(domain, one))
    return told | {"png": drawn, "length": len(one[0]), "steps": domain.counted_in}


@verb
def complete(run: str, number: int, known: bytes, draws: int, seed: int, given: dict[str, str], note: str) -> dict:
    """{"png": completions beside each other, "file": arrays, from which `genwright complete` makes the same}. known: a
    bit a pixel, row by row, 1 where the pixel stays."""
    at = opened(run)
    picture = _one(at, number)
    if at.model.domain.viewed != PICTURE:
        raise Unsupported("a clip has no pixels to paint over: keep its first part")
    height, width = picture.shape[1:3]
    bits = np.unpackbits(np.frombuffer(known, np.uint8))
    if not height * width <= len(bits) < height * width + 8:
        raise DataError(f"the mask has {len(bits)} pixels, and the image {height} x {width}: paint it again")
    mask = bits[: height * width].reshape(1, height, width).astype(bool)
    done = at.model.complete(picture, mask, draws=draws, seed=seed, given=given or None)
    done = np.asarray(done).reshape(draws, *picture.shape[1:])
    carried = {
        name: values.astype(str)
        for name, values in picture.given.items()
        if name in CAPTION_FIELDS and values[0] is not None
    }
    arrays = {"completions": done, "x": picture, "known": mask, **carried}
    return {"png": sheet_of(done, at.model.domain, note), "file": npz_bytes(arrays)}


@verb
def go_on(run: str, number: int, keep: int, draws: int, seed: int, given: dict[str, str], note: str) -> dict:
    """{"png": the item and its completions, "file": these as sound, one after another}. keep: steps at the beginning of
    a clip that stay."""
    at = opened(run)
    clip, domain = _one(at, number), at.model.domain
    if not domain.counted_in:
        raise Unsupported("only sound and music go on from their first part: use `genwright complete` for other data")
    if not 1 <= keep < len(clip[0]):
        raise DataError(f"the clip has {len(clip[0])} {domain.counted_in}: keep at least 1, and fewer than that")
    known = np.arange(len(clip[0])) < keep
    mask = np.broadcast_to(known.reshape(-1, *[1] * (clip[0].ndim - 1)), clip[0].shape).copy()
    done = at.model.complete(clip, [mask], draws=draws, seed=seed, given=given or None)
    clips = type(clip)([clip[0], *(part[0] for part in (done if draws > 1 else [done]))])
    figure = registry.suite_class(at.model).drawing(domain, clips, keep)
    with tempfile.TemporaryDirectory() as folder:
        sound = domain.write(clips[1:], Path(folder, "completions.wav")).read_bytes()
    return {"png": png_of_figure(figure, note), "file": sound}


def _one(at: Opened, number: int) -> UserItems:
    """The item of a number, as one item of the user's form."""
    if at.model.domain.viewed != PICTURE and not at.model.domain.counted_in:
        raise Unsupported("only images, sound and music are completed here: use `genwright complete` for other data")
    if not 0 <= number < len(at.items):
        raise DataError(f"item {number} does not exist: choose one below {len(at.items)}")
    return at.items[number : number + 1]


# ---------------------------------------------------------------------- files


@lru_cache(AT_HAND)
def _load(folder: str, changed: int) -> TrainedModel:
    """The model of a run. changed: when its record was, so that it is opened anew."""
    return load_model(folder, "cpu")


@lru_cache(AT_HAND)
def _open(folder: str, changed: int) -> Opened:
    model = _load(folder, changed)
    if not isinstance(model, Model):
        raise Unsupported(f"{folder} predicts and does not generate: use `genwright predict`")
    return Opened(folder, model)


def opened(folder: str) -> Opened:
    """The generating model of a run, as it is on disk now."""
    return _open(folder, _changed(folder))


def trained(folder: str) -> TrainedModel:
    """The model of a run, also one that predicts."""
    return _load(folder, _changed(folder))


def _changed(folder: str) -> int:
    return Path(folder, CONFIG).stat().st_mtime_ns


def sheet_of(items: UserItems, domain: Domain, note: str = "") -> bytes:
    """PNG of pictures (n, H, W, C): of one its pixels, of several a sheet."""
    leaf = domain.spec.leaf
    pixels = to_pixels(np.asarray(items), leaf.levels, int(leaf.width))
    if max(pixels.shape[1:3]) * (COLUMNS if len(pixels) > 1 else 1) > LARGEST:
        raise DataError("the images are too large for a page: use `genwright sample`")
    return png_of_pixels(pixels[0] if len(pixels) == 1 else sheet(pixels), note)
