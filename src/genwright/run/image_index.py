"""Names and vectors of images, which a run keeps in a file so that a search encodes only new images.

The file is an .npz: names (n,), vectors (n, D), and the digests (n,) of the image files. `model` is the digest of the
run that encoded them. A file is known by its bytes: its name and its time say nothing of what it holds.
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from ..core.errors import BudgetError, DataError
from ..core.files import npz_bytes, write_whole
from ..core.type_names import DataSource
from ..kinds.formats.folders import places_below
from ..kinds.formats.images.image_files import list_images
from ..kinds.formats.images.picture_files import decode_for
from ..kinds.formats.numpy_arrays import read_arrays
from ..kinds.load import read_items
from .shipped import PREFIX
from .tasks import task_data
from .trained_model import TrainedModel, digest_of

FOLDER = "index"  # folder of indexes in a run folder
IMAGES_PER_BATCH = 1_000  # images that are decoded together
FIELDS = ("names", "vectors", "digests")


@dataclass(frozen=True)
class ImageIndex:
    """n images.

    Args:
        names: (n,) objects, their place in the folder, or their number.
        vectors: (n, D) float32.
        digests: (n,) of the bytes of their files, "" where they have none.
    """

    names: np.ndarray
    vectors: np.ndarray
    digests: np.ndarray


def index_path(run: str | Path, folder: str | Path) -> Path | None:
    """Returns the path of the index of a folder of images in a run; None for a shipped run, in which nothing is
    written."""
    if str(run).startswith(PREFIX):
        return None
    place = Path(folder).resolve()
    return Path(run) / FOLDER / f"{place.name}-{hashlib.blake2b(str(place).encode(), digest_size=4).hexdigest()}.npz"


def indexed(model: TrainedModel, data: DataSource, path: str | Path | None) -> ImageIndex:
    """Returns the images of `data` with their vectors: of a folder, those in the file `path` whose bytes did not
    change, which then holds the others as well. Raises DataError for a path beside other data than a folder.

    Args:
        model: The trained model.
    """
    if isinstance(data, (str, os.PathLike)) and Path(data).expanduser().is_dir():
        return _of_folder(model, Path(data).expanduser(), None if path is None else Path(path))
    if path is not None:
        raise DataError("an index is kept of a folder of images: leave index out for other data")
    items, names = _read_items(model, data)
    vectors = model.encode(items)
    names = np.arange(len(vectors)).astype(object) if names is None else names
    return ImageIndex(names, vectors, np.full(len(vectors), ""))


def nearest(model: TrainedModel, index: ImageIndex, text: str, n: int) -> pd.DataFrame:
    """Returns the n images that a text describes best, as `Predictor.search` shows them.

    Args:
        model: The trained model.
        text: The text.
        n: Number of items.
    """
    (code,) = model.encode([text])
    near = model.family.search(torch.from_numpy(index.vectors), torch.from_numpy(code)).numpy()
    best = np.argsort(-near, kind="stable")[:n]
    return pd.DataFrame({"name": index.names[best], "score": near[best]})


def worst(model: TrainedModel, data: DataSource) -> pd.DataFrame:
    """Returns all captioned images, the one whose caption fits worst first, as `Predictor.misfits` shows them."""
    data, names = _read_items(model, data)
    task = task_data(data, model.domain)
    number, captions, texts = model.domain.captioned(task)
    if len(texts) < 2:
        have = "one caption, so that no other can fit better" if texts else "no captions"
        raise DataError(f"{task.name} has {have}: give images with captions that differ")
    vectors, codes = model.encode(task)[number], model.encode(texts)
    rows = np.arange(len(number))
    own_similarity, best = np.empty(len(rows), np.float32), np.empty(len(rows), int)
    for part in np.array_split(rows, -(-len(rows) // IMAGES_PER_BATCH)):
        near = vectors[part] @ codes.T
        own_similarity[part] = near[np.arange(len(part)), captions[part]]
        near[np.arange(len(part)), captions[part]] = -np.inf
        best[part] = near.argmax(1)
    second_best = (vectors * codes[best]).sum(1)
    labels = np.array(texts, dtype=object)
    table = pd.DataFrame(
        {
            "name": number if names is None else names[number],
            "caption": labels[captions],
            "score": own_similarity,
            "fits better": labels[best],
            "its score": second_best,
            "gap": second_best - own_similarity,
        }
    )
    return table.iloc[np.argsort(own_similarity - second_best, kind="stable")]


def require_count(n: int, name: str = "n") -> None:
    """Raises BudgetError for a number of things to find below 1.

    Args:
        n: Number of items.
        name: Name of the argument.
    """
    if n < 1:
        raise BudgetError(f"{name} must be at least 1, not {n}")


def _read_items(model: TrainedModel, data: DataSource) -> tuple[DataSource, np.ndarray | None]:
    """Images as a model takes them, and (n,) their places in their source; None of those in memory."""
    if model.domain.takes(data):
        return data, None
    read = read_items(data, model.domain, model.config["data"]["options"])
    return read.items, np.array(read.places, dtype=object)


def _of_folder(model: TrainedModel, folder: Path, path: Path | None) -> ImageIndex:
    files = list_images(folder)[0]
    if not files:
        raise DataError(f"{folder} holds no images: name a folder of image files")
    names = np.array(places_below(folder, files), dtype=object)
    digests = np.array(list(map(_digest, files)))
    run = digest_of(model)
    saved_vectors = None if path is None else _read(path, run)
    if (
        saved_vectors is not None
        and np.array_equal(saved_vectors.names, names)
        and np.array_equal(saved_vectors.digests, digests)
    ):
        return saved_vectors
    vectors = {} if saved_vectors is None else dict(zip(saved_vectors.digests, saved_vectors.vectors, strict=True))
    new = [i for i, key in enumerate(digests) if key not in vectors]
    vectors |= dict(zip(digests[new], _encoded(model, [files[i] for i in new]), strict=True))
    index = ImageIndex(names, np.stack([vectors[key] for key in digests]), digests)
    if path is not None:
        _write(path, index, run)
    return index


def _digest(file: Path) -> str:
    """Digest of the bytes of a file."""
    with open(file, "rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _encoded(model: TrainedModel, files: Sequence[Path]) -> np.ndarray:
    """(n, D) of image files."""
    parts = [files[i : i + IMAGES_PER_BATCH] for i in range(0, len(files), IMAGES_PER_BATCH)]
    vectors = [model.encode(decode_for(model.domain.reads, part)) for part in parts]
    return np.concatenate(vectors) if vectors else np.zeros((0, 0), np.float32)


def _read(path: Path, run: str) -> ImageIndex | None:
    """The index that a run keeps in `path`; None if the file is missing, damaged, or of another run."""
    if not path.exists():
        return None
    try:
        arrays = read_arrays(path)
    except DataError:
        return None
    if not {*FIELDS, "model"} <= arrays.keys():
        return None
    index = ImageIndex(*(arrays[name] for name in FIELDS))
    is_consistent = len({len(value) for value in vars(index).values()}) == 1 and index.vectors.ndim == 2
    return replace(index, names=index.names.astype(object)) if is_consistent and str(arrays["model"]) == run else None


def _write(path: Path, index: ImageIndex, run: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, npz_bytes(vars(index) | {"names": index.names.astype(str), "model": run}, pack=False))
