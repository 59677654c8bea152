"""load_data: turns any supported source into Data, described by a domain and split once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..core.data import Data, Whole
from ..core.errors import DataError
from ..domains.domain import Domain
from .kind import Source
from .kinds import kinds
from .kinds import options as table
from .option import OPTIONS, as_told
from .raw import Read
from .read import read
from .types_file import with_types_files

FEW = 3  # kinds of data that a message names


def load_data(source: Any, *, seed: int = 0, task: str | None = None, **options: Any) -> Data | Whole:
    """Data from a name, a path, or objects in memory, described by its domain and split by (seed, content). A graph
    stays whole (a GraphData), and so do the interactions of users and items (Interactions). `task_of` makes Data for a
    task from them; `fit` calls it.

    source: one of

    - a name ("digits", "adult"; see `genwright.data.named.NAMES`), a file or a folder (docs/data.md);
    - tables: a DataFrame (of pandas, polars or Arrow), a dict of columns, a Bunch of scikit-learn, an array (n, D);
    - images: an array (n, H, W) or (n, H, W, C), alone, with labels as (array, labels (n,)), or with conditions as
      (array, {"label": labels, "caption": texts, other name: images}); a caption is a text or a list of texts;
    - rows or images: a Dataset of PyTorch, of x or (x, label);
    - text: a list or Series of texts, or (texts, labels);
    - sound: (clips, samples a second), each clip an array (m,);
    - music: a list of arrays (steps, voices) of pitches;
    - 3D molecules and point sets: a list of (symbols, positions (m, 3));
    - many graphs: a list of NetworkX graphs;
    - one graph: a graph of NetworkX, PyG or SciPy;
    - properties of molecules, with `target`: (SMILES, values (n,) or (n, T), or a DataFrame of them).
    seed: of the split, and of generated toy data. Official splits are kept. Otherwise 20% of the items are the test set
    (stratified by label, if there are labels), and 10% of the rest, at most 5,000, the validation set. Equal items are
    in the same part.
    task: needed if a table can be read in two ways. With "links" it is an edge list; without `nodes`, its nodes are the
    names in it.
    options: by name, as below. `types` is {column: type} or a types file. `missing` is a list of words, or {column:
    words} with "*" for every column. `nodes` and `descriptors` are a path or a DataFrame.

    Raises DataError for a source that cannot be read or has too few items, and for an option that is unknown or does
    not apply to the data. The message is one sentence with the remedy.
    """
    told = as_told(with_types_files(options), table())
    asked = Source(source, told, seed, task)
    raw, text = read(asked)
    kind = kinds()[raw.kind]
    if told.get("kind", raw.kind) != raw.kind:
        raise DataError(f"{text} holds {kind.called}, and kind says {told['kind']}: leave kind out, or name other data")
    for option in table():
        if option.name in told and option.kinds and raw.kind not in option.kinds:
            fits = [kinds()[name].called for name in option.kinds]
            fits = " or ".join(fits) if len(fits) <= FEW else "other data"
            raise DataError(f"{text} holds {kind.called}, and {option.name} is for {fits}: leave {option.name} out")
    found = kind.function("load")(raw, text, told, seed)
    return found if asked.text else replace(found, source="")  # nobody can type an object


load_data.__doc__ += "".join(f"\n    {option.name}: {option.help}" for option in OPTIONS)


def read_items(source: Any, domain: Domain) -> Read:
    """Items from a name, a file, a folder or memory, as input of a model or predictor of `domain`, which checks them
    later.

    Raises DataError for a source that cannot be read, or that holds another kind of data than the model's.
    """
    return kinds()[domain.kind].function("read_items")(source, domain)


def stands_alone(kind: str) -> bool:
    """Whether items of a kind of data are read one by one (`read_items`), else they are parts of a whole."""
    return kinds()[kind].function("read_items") is not None


def can_resplit(data: Data) -> bool:
    """Whether `resplit` knows the kind of data, and neither their source nor time says who tests."""
    return kinds()[data.kind].function("raw_of") is not None and not data.settled


def resplit(data: Data, seed: int) -> Data:
    """Items of `data`, of which `can_resplit` holds, split by another seed and described by their new training part."""
    kind, again = kinds()[data.kind], ("given", "types", "missing", "group")
    options = {name: value for name, value in data.options.items() if name in again}
    raw = kind.function("raw_of")(data)
    return replace(kind.function("load")(raw, data.source, options, seed), options=data.options)
