"""load_data: turns any supported source into Data, described by a domain and split once; and read_items, which reads
items for a model."""

from collections.abc import Callable
from dataclasses import replace

from ..core.account import Account
from ..core.arguments import checked
from ..core.data import Data, Whole
from ..core.errors import DataError
from ..core.limits import bounded_memory
from ..core.type_names import Options
from .bounded_reading import read_bounded
from .domain import Domain
from .formats.raw import Raw, Read
from .formats.source import Held, Source
from .known_kinds import READER, kinds, opened, read, source_like, take_as_kind
from .known_kinds import options as table
from .options import check_options, order_options
from .shown_options import shows_options
from .types_file import with_types_files

MESSAGE_KINDS = 3  # kinds of data that a message names


@shows_options
@checked
def load_data(source: object, *, seed: int = 0, task: str | None = None, **options: object) -> Data | Whole:
    """Data from a name, a path, or objects in memory, described by its domain and split by (seed, content).

    A graph stays whole (a GraphData), and so do the interactions of users and items (Interactions). `task_of` makes
    Data for a task from them; `fit` calls it.

    Raises DataError for a source that cannot be read or has too few items, and for an option that is unknown or does
    not apply to the data. The message is one sentence with the remedy.

    Args:
        source: one of
            - a name ("digits", "adult"; see `genwright.kinds.named.NAMES`), a file or a folder (docs/data.md);
            - tables: a DataFrame (of pandas, polars or Arrow), a dict of columns, a Bunch of scikit-learn, an array
              (n, D);
            - images: an array (n, H, W) or (n, H, W, C), alone, with labels as (array, labels (n,)), or with conditions
              as (array, {"label": labels, "caption": texts, other name: images}); a caption is a text or a list of
              texts;
            - rows or images: a Dataset of PyTorch, of x or (x, label);
            - text: a list or Series of texts, or (texts, labels);
            - sound: (clips, samples a second), each clip an array (m,);
            - music: a list of arrays (steps, voices) of pitches;
            - 3D molecules and point sets: a list of (symbols, positions (m, 3));
            - many graphs: a list of NetworkX graphs;
            - one graph: a graph of NetworkX, PyG or SciPy;
            - properties of molecules, with `target`: (SMILES, values (n,) or (n, T), or a DataFrame of them).
        seed: seed of the split, and of generated toy data. Official splits are kept. Otherwise 20% of the items are the
            test set (stratified by label, if there are labels), and 10% of the rest, at most 5,000, the validation set.
            Equal items are in the same part.
        task: needed if a table can be read in two ways. With "links" it is an edge list; without `nodes`, its nodes are
            the names in it.
        options: by name, as below. `types` is {column: type} or a types file. `missing` is a list of words, or {column:
            words} with "*" for every column. `nodes` and `descriptors` are a path or a DataFrame.
    """
    place = _source(source, seed, task, options)
    return _understood(place, *read(place))


def load_to_compare(
    source: object, *, seed: int = 0, task: str | None = None, **options: object
) -> tuple[Data | Whole, str | None]:
    """Loads data for `compare`, where `target` may also be a column of a table without molecules. Returns the data and
    that column, or None. Models learn to predict it from samples, so it is no option of the data: it comes beside them,
    None where there is none.

    Raises DataError as `load_data` does, and for a target that is no column of the table, or several of one.

    Args:
        source: Path, name or object of the data.
        seed: Seed of the random numbers.
        task: Name of the task.
        options: Options of `load_data`, by name.
    """
    from .values.frames import as_frame, require_column

    place = _source(source, seed, task, options)
    target = place.get("target")
    if target is None or place.get("nodes") is not None or any(kind.wants_target(place) for kind in kinds().values()):
        return _understood(place, *read(place)), None
    plain = replace(place, options={name: value for name, value in place.options.items() if name != "target"})
    raw, text = read(plain)
    if any(kind.holds_target(raw, place) for kind in kinds().values()):
        return _understood(place, take_as_kind(raw, place), text), None
    if not isinstance(target, str):
        raise DataError(f"{text} is a table, of which one target is learned from samples, not {len(target)}: name one")
    if raw.kind == "tables":
        require_column(target, list(as_frame(raw.items).columns), "target")
    return _understood(plain, raw, text), target


def _source(source: object, seed: int, task: str | None, options: Options) -> Source:
    check_options(options, table())
    return Source.take(source, order_options(with_types_files(options), table()), seed=int(seed), task=task)


def _understood(place: Source, raw: Held, text: str) -> Data | Whole:
    place_options, kind = place.options, kinds()[raw.kind]
    if place_options.get("kind", raw.kind) != raw.kind:
        raise DataError(
            f"{text} holds {kind.called}, and kind is {place_options['kind']}: leave kind out, or name other data"
        )
    for option in table():
        if option.name in place_options and option.kinds and raw.kind not in option.kinds:
            kind_names = [kinds()[name].called for name in option.kinds]
            kind_names = " or ".join(kind_names) if len(kind_names) <= MESSAGE_KINDS else "other data"
            raise DataError(
                f"{text} holds {kind.called}, and {option.name} is for {kind_names}: leave {option.name} out"
            )
    if sheet := getattr(raw, "sheet", ""):
        place_options = {"sheet": sheet} | place_options
    if isinstance(raw, Raw):
        raw.reader = READER
    with bounded_memory(place.path):
        data = kind.function("load")(raw, text, place_options, place.seed)
    data.account = replace(raw.account, items=sum(data.sizes.values())) if isinstance(data, Data) else raw.account
    return data if place.text else replace(data, source="")  # nobody can type an object


def read_items(source: object, domain: Domain, training_options: Options | None = None, **options: object) -> Read:
    """Returns items from a name, a file, a folder or memory, as input of a model or predictor of `domain`, which checks
    them later.

    Raises DataError for a source that cannot be read, or that holds another kind of data than the model's, and for a
    workbook of several sheets where nothing says which is meant.

    Args:
        source: Path, name or object of the data.
        training_options: the options of its training data. A workbook is read at the sheet that is called like
            theirs, else at its only one. Their header row counts as well, and so do their columns of captions.
        options: `sheet` and `header_row`, which are named instead; `mask`, an image that hides parts of image
            files.
    """
    return _read_for_model(kinds()[domain.kind].function("read_items"), source, domain, training_options or {}, options)


def _read_for_model(
    function: Callable, source: object, domain: Domain, training_options: Options, options: Options
) -> Read:
    with opened(Source.take(source, options, own_texts=getattr(domain.reads, "own_texts", {}))) as opened_source:
        place, notes = source_like(opened_source, training_options, options)
        read = read_bounded(place.path, function, place, domain.reads)
    return read._replace(account=Account(remarks=notes) + read.account)


def read_samples(source: object, domain: Domain, training_options: Options | None = None) -> Read:
    """Returns items that a tool generated, to be measured: as `read_items`, but what cannot be read stays in as
    invalid, where the kind of data has such items.

    Args:
        source: Path, name or object of the data.
        domain: Domain, which translates between user values and tensors.
    """
    kind = kinds()[domain.kind]
    function = kind.function("read_samples") or kind.function("read_items")
    return _read_for_model(function, source, domain, training_options or {}, {})


def stands_alone(kind: str) -> bool:
    """Tells whether items of a kind of data are read one by one (`read_items`), else they are parts of a whole."""
    return kinds()[kind].function("read_items") is not None
