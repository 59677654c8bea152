"""What a person does to a model or to data from the studio: each function is a verb that the worker knows.

Pictures leave as PNG bytes. Each of samples and completions holds, in a text chunk, the command that draws it again.
"""

from __future__ import annotations

import io
import json
import shlex
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from sklearn.decomposition import PCA

from ..core.data import Data
from ..core.errors import DataError, GenwrightError, Unsupported
from ..core.run_files import CONFIG
from ..core.visible import visible
from ..data.load import load_data
from ..domains.write_pictures import to_pixels
from ..recipes import registry
from ..run.fit import require_fit
from ..run.model import Model, on_the_arc
from ..run.open import load_model
from ..run.tasks import task_of

AT_HAND = 2  # models that stay in memory, and as many data
DOTS = 600  # test items in the plane of codes
SHOWN = 10  # items that a page of data shows
COLUMNS = 5
LARGEST = 4_096  # pixels a side of a picture that a page shows
VERBS: dict[str, Callable] = {}


class Recent:
    """The last few values that a function made; the one that was not asked for the longest leaves."""

    def __init__(self, make: Callable[..., Any]):
        self.make, self.kept = make, OrderedDict()

    def __call__(self, *key: Any) -> Any:
        if key not in self.kept:
            value = self.make(*key)
            while len(self.kept) >= AT_HAND:
                self.kept.popitem(last=False)
            self.kept[key] = value
        self.kept.move_to_end(key)
        return self.kept[key]


def verb(function: Callable) -> Callable:
    VERBS[function.__name__] = function
    return function


# ---------------------------------------------------------------------- data


@verb
def describe(source: str, options: dict[str, Any]) -> dict:
    """What was understood of data: sentences, questions with the option that answers each, families that fit, and the
    first training items as text or as a PNG."""
    data = at_hand(source, frozen(options))
    questions = [
        {"question": visible(asked.question), "option": asked.option, "value": asked.value} for asked in data.proposals
    ]
    facts = [*data.facts(), *data.notes]
    sizes = {part: int(size) for part, size in data.sizes.items()}
    families = [{"name": name, "why not": _why_not(data, name)} for name in registry.compared(data.kind, data.task)]
    return {
        "name": data.name,
        "kind": data.kind,
        "task": data.task,
        "sizes": sizes,
        "facts": list(map(visible, facts)),
        "questions": questions,
        "families": families,
        "first": _first(data),
    }


@verb
def first_items(source: str, options: dict[str, Any]) -> bytes:
    """PNG of the first training pictures."""
    data = at_hand(source, frozen(options))
    return _sheet(data.train[:SHOWN], data.domain)


def _first(data: Data) -> dict | str:
    """A few items as a page shows them: a table, lines, or "pictures" for `first_items`."""
    if data.kind == "images":
        return "pictures"
    items = data.train[:SHOWN]
    if hasattr(items, "columns"):
        rows = [[visible(str(cell)) for cell in row] for row in items.astype(object).to_numpy()]
        return {"columns": list(map(str, items.columns)), "rows": rows}
    return {"columns": [], "rows": [[visible(str(item))[:300]] for item in list(items)]}


def _why_not(data: Data, family: str) -> str:
    try:
        require_fit(data, family)
    except GenwrightError as error:
        return str(error)
    return ""


def frozen(options: dict[str, Any]) -> str:
    """Options as text, by which data are known again."""
    return json.dumps(options, sort_keys=True)


# ---------------------------------------------------------------------- samples


@verb
def samples(run: str, n: int, seed: int, given: dict[str, str]) -> bytes:
    """PNG of n samples."""
    model = opened(run).model
    command = ["genwright", "sample", run, "-n", n, "--seed", seed]
    command += [part for name, value in given.items() for part in ("--given", f"{name}={value}")]
    note = shlex.join(map(str, command))
    if model.domain.kind == "images":
        return _sheet(model.sample(n, given or None, seed), model.domain, note)
    return _png_of_figure(model.plot(n, given or None, seed), note)


# ---------------------------------------------------------------------- walking


@dataclass
class Opened:
    """A model, and what the studio knows of it beside. data: those it was trained on, None where they are not found."""

    folder: str
    model: Model

    @cached_property
    def data(self) -> Data | None:
        config = self.model.config["data"]
        try:
            found = task_of(load_data(config["source"], seed=self.model.config["seed"], **config["options"]), None)
        except GenwrightError:
            return None
        return found if found.hash == config["hash"] else None

    @property
    def items(self) -> Any:
        """Up to DOTS items that the model did not learn from: of the test part, or else samples."""
        return self.data.test[:DOTS] if self.data else self.model.sample(DOTS, seed=0)

    @cached_property
    def codes(self) -> np.ndarray:
        """(n, D) codes of these items."""
        codes = self.model.encode(self.items)
        self.shape = codes.shape[1:]
        return codes.reshape(len(codes), -1)

    @cached_property
    def plane(self) -> PCA:
        """The plane of the first two principal components of the codes."""
        if self.codes.shape[1] < 2 or len(self.codes) < 3:
            raise Unsupported("there is no plane of codes: they have one number, or there are fewer than 3 items")
        return PCA(2, random_state=0).fit(self.codes)

    def picture(self, codes: np.ndarray) -> bytes:
        items = self.model.decode(codes.reshape(len(codes), *self.shape).astype(np.float32))
        return _sheet(items, self.model.domain)


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
def decode(run: str, point: list[float]) -> bytes:
    """PNG of the item at a point of the plane."""
    at = opened(run)
    return at.picture(at.plane.inverse_transform(np.array([point]) * _scale(at)))


@verb
def between(run: str, a: int, b: int, t: float) -> bytes:
    """PNG of the item at share t of the way from item a to item b, on the arc between their codes."""
    at = opened(run)
    if not 0 <= min(a, b) <= max(a, b) < len(at.codes):
        raise DataError(f"item {max(a, b)} does not exist: choose two below {len(at.codes)}")
    return at.picture(on_the_arc(at.codes[a], at.codes[b], t)[None])


def _scale(at: Opened) -> np.ndarray:
    return np.sqrt(at.plane.explained_variance_)


# ---------------------------------------------------------------------- completing


@verb
def item(run: str, number: int) -> dict:
    """The pixels of one item, and how many there are: {"png": bytes, "height", "width", "count"}."""
    at = opened(run)
    picture = _one(at, number)
    png, (_, height, width, _) = _sheet(picture, at.model.domain), picture.shape
    return {"png": png, "height": height, "width": width, "count": len(at.items)}


@verb
def complete(run: str, number: int, known: bytes, draws: int, seed: int) -> dict:
    """{"png": completions beside each other, "npz": the same as arrays}. known: a bit a pixel, row by row, 1 where the
    pixel stays."""
    at = opened(run)
    picture = _one(at, number)
    height, width = picture.shape[1:3]
    bits = np.unpackbits(np.frombuffer(known, np.uint8))
    if not height * width <= len(bits) < height * width + 8:
        raise DataError(f"the mask has {len(bits)} pixels, and the image {height} x {width}: paint it again")
    mask = bits[: height * width].reshape(height, width).astype(bool)
    done = np.asarray(at.model.complete(picture, mask, draws=draws, seed=seed)).reshape(draws, *picture.shape[1:])
    file = io.BytesIO()
    np.savez_compressed(file, completions=done, item=picture[0], known=mask, seed=seed)
    return {"png": _sheet(done, at.model.domain, f"seed {seed}"), "npz": file.getvalue()}


def _one(at: Opened, number: int) -> np.ndarray:
    if at.model.domain.kind != "images":
        raise Unsupported("only images are painted here: use `genwright complete` for other data")
    if not 0 <= number < len(at.items):
        raise DataError(f"item {number} does not exist: choose one below {len(at.items)}")
    return np.asarray(at.items[number : number + 1])


# ---------------------------------------------------------------------- files


def _open(folder: str, changed: int) -> Opened:
    model = load_model(folder, "cpu")
    if not isinstance(model, Model):
        raise Unsupported(f"{folder} predicts and does not generate: use `genwright predict`")
    return Opened(folder, model)


_models = Recent(_open)


def opened(folder: str) -> Opened:
    """The model of a run, as it is on disk now."""
    return _models(folder, Path(folder, CONFIG).stat().st_mtime_ns)


def _load(source: str, options: str) -> Data:
    return task_of(load_data(source, **json.loads(options)), None)


at_hand = Recent(_load)


def _sheet(items: Any, domain: Any, note: str = "") -> bytes:
    """PNG of pictures (n, H, W, C) in rows of COLUMNS."""
    leaf = domain.spec.leaf
    pictures = to_pixels(np.asarray(items), leaf.levels, int(leaf.width))
    n, height, width, channels = pictures.shape
    columns = min(n, COLUMNS)
    rows = -(-n // columns)
    gap = 1 if n > 1 else 0
    sheet = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap, channels), 255, np.uint8)
    if max(sheet.shape[:2]) > LARGEST:
        raise DataError("the images are too large for a page: use `genwright sample`")
    for k, picture in enumerate(pictures):
        top, left = k // columns * (height + gap), k % columns * (width + gap)
        sheet[top : top + height, left : left + width] = picture
    return _png(Image.fromarray(sheet[..., 0] if channels == 1 else sheet), note)


def _png_of_figure(figure: Any, note: str) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=110, metadata={"genwright": note})
    return file.getvalue()


def _png(image: Image.Image, note: str) -> bytes:
    file, info = io.BytesIO(), PngInfo()
    if note:
        info.add_text("genwright", note)
    image.save(file, "png", pnginfo=info)
    return file.getvalue()
