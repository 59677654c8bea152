"""load_data: turns any supported source into Data, described by a domain and split once.

A types file says what columns are. `genwright describe` writes it, with what it took the other columns for as comments;
a person edits it, and `load_data` reads it as `types`:

    [types]
    zip = "category"  # 412 labels

    [missing]  # cells that stand for a missing value
    age = [-999]

    [rules]
    total = "filter"  # modelled, although a rule derives it
"""

import json
import shlex
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from ..core.account import Account
from ..core.arguments import checked
from ..core.data import Data, Whole
from ..core.errors import DataError
from ..core.files import write_whole
from ..core.limits import bounded_memory
from ..core.safe_text import visible
from ..core.schemas import read_record
from ..core.type_names import Options
from .bounded_reading import read_bounded
from .domain import Domain
from .kind import Held, Source, check_options, order_options
from .known_kinds import kinds, opened, read, source_like, take_as_kind
from .known_kinds import options as table
from .molecules.kind import are_measured, hold_measured
from .raw import Read
from .shown_options import shows_options
from .tables.columns import Seen
from .tables.domain import Tables
from .values.corrections import Corrections

COMMENT_CHARS = 100  # characters of a comment


def with_types_files(options: Options) -> Options:
    """Options of `load_data` with files of types read: types may be a file, or a list of files and of {column: type};
    missing and filter may be one word. Of the types of a column the last one counts; words for missing, and columns to
    filter, add up."""
    types, missing, filtered = options.get("types"), options.get("missing"), options.get("filter") or []
    filtered = [filtered] if isinstance(filtered, str) else list(filtered)
    missing = [missing] if isinstance(missing, (str, int, float)) else missing
    if missing is not None and not isinstance(missing, dict):
        missing = list(missing)
    if isinstance(types, (str, Path, list)):
        own = missing if isinstance(missing, dict) else {"*": missing} if missing else {}
        parts, types, missing = types if isinstance(types, list) else [types], {}, {}
        for part in parts:
            kinds, words, columns = (part, {}, []) if isinstance(part, dict) else read_types(part)
            types, missing, filtered = types | kinds, _joined(missing, words), [*columns, *filtered]
        missing = _joined(missing, own) or None
        types = types or None
    return options | {"types": types, "missing": missing, "filter": list(dict.fromkeys(filtered)) or None}


def _joined(one: dict[str, list], other: dict[str, list]) -> dict[str, list]:
    """All words of each column."""
    names = dict.fromkeys((*one, *other))
    return {name: list(dict.fromkeys((*one.get(name, ()), *other.get(name, ())))) for name in names}


PARTS = ("types", "missing", "rules")  # of a types file
FILTER = "filter"  # of a column that is modelled although a rule derives it


def read_types(path: str | Path) -> tuple[dict[str, str], dict[str, list], list[str]]:
    """Kinds and missing cells by column, and the columns that are modelled whatever the rules say. Raises DataError for
    what is no such file."""
    record = read_record(Path(path), "correct it, or let describe write it again", DataError)
    strange = [part for part, value in record.items() if part not in PARTS or type(value) is not dict]
    if strange:
        known = ", ".join(f"[{part}]" for part in PARTS)
        raise DataError(f"the types file '{path}' has a part '{strange[0]}': it knows the tables {known}")
    types, missing, rules = (record.get(part, {}) for part in PARTS)
    for column, kind in types.items():
        if not isinstance(kind, str):
            raise DataError(f"the types file '{path}' calls '{column}' {kind!r}: write a kind, such as \"number\"")
    for column, cells in missing.items():
        if not isinstance(cells, list) or not all(isinstance(cell, (str, int, float)) for cell in cells):
            raise DataError(f"the types file '{path}' has {cells!r} missing in '{column}': write a list of cells")
    for column, way in rules.items():
        if way != FILTER:
            raise DataError(f"the types file '{path}' has {way!r} as the rules of '{column}': write \"{FILTER}\"")
    return types, missing, list(rules)


def write_types(data: Data | Whole, path: Path, called: str = "") -> Path:
    """Write a types file: what was said of the columns, and as comments what genwright took the others for. called: its
    name in the command that it shows, where that is not the path.

    Raises DataError for data without columns, or a path that cannot be written.
    """
    table = isinstance(getattr(data, "domain", None), Tables)
    said = Corrections.of_options(data.options)
    if not table and not (said.types or said.missing):
        raise DataError(f"{data.name} is no table, and a types file is for columns: leave --out out")
    if path.suffix.lower() != ".toml":
        raise DataError(f"cannot write types to '{path}': let its name end in .toml")
    kinds = {name: f"{_quoted(name)} = {_quoted(kind)}" for name, kind in said.types.items()}
    missing = {name: f"{_quoted(name)} = {_cells(words)}" for name, words in said.missing.items()}
    rules: dict[str, str] = {}
    if table:
        for seen in data.domain.overview(data.items):
            line = kinds.pop(seen.name, f"# {_quoted(seen.name)} = {_quoted(seen.typed)}")
            kinds[seen.name] = f"{line}{_comment(seen)}"
        words = {name: [cell for cell in cells if cell != ""] for name, cells in data.domain.missing.items()}
        guessed = {name: f"# {_quoted(name)} = {_cells(cells)}" for name, cells in words.items() if cells}
        missing = guessed | missing
        rules = {name: f"{_quoted(name)} = {_quoted(FILTER)}" for name in data.options.get("filter") or ()}
        for part in data.domain.structure.parts:
            rules.setdefault(part.column, f"# {_quoted(part.column)} = {_quoted(FILTER)}  # {visible(str(part))}")
    lines = [
        f"# What genwright understood of {data.name}. To correct a line, take its first # away. Give the file back:",
        f"# {visible(shlex.join(['genwright', 'fit', data.source or 'DATA', '--types', called or str(path)]))}",
        "# Kinds: number, whole, real, category, boolean, date, ignored.",
        "",
        "[types]",
        *kinds.values(),
        "",
        "[missing]  # cells that stand for a missing value, by column",
        *missing.values(),
        *(["", "[rules]  # columns that are modelled, although a rule derives them", *rules.values()] if rules else []),
    ]
    return write_whole(path, ("\n".join(lines) + "\n").encode())


def _cells(words: Iterable) -> str:
    return f"[{', '.join(map(_quoted, words))}]"


def _quoted(value: str | float) -> str:
    """A TOML string, or a number."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(seen: Seen) -> str:
    values = visible(" ".join(seen.values.split()))
    return f"  # {values if len(values) <= COMMENT_CHARS else f'{values[:COMMENT_CHARS]}...'}"


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
    asked = _source(source, seed, task, options)
    return _understood(asked, *read(asked))


def load_to_compare(
    source: object, *, seed: int = 0, task: str | None = None, **options: object
) -> tuple[Data | Whole, str | None]:
    """As `load_data`, but `target` may also be a column of a table that holds no molecules. Models learn to predict it
    from samples, so it is no option of the data: it comes beside them, None where there is none.

    Raises DataError as `load_data` does, and for a target that is no column of the table, or several of one.
    """
    from .tables.frames import as_frame, require_column

    asked = _source(source, seed, task, options)
    target = asked.get("target")
    if target is None or asked.get("nodes") is not None or are_measured(asked):
        return _understood(asked, *read(asked)), None
    plain = replace(asked, options={name: value for name, value in asked.options.items() if name != "target"})
    raw, text = read(plain)
    if hold_measured(raw, asked):
        return _understood(asked, take_as_kind(raw, asked), text), None
    if not isinstance(target, str):
        raise DataError(f"{text} is a table, of which one target is learned from samples, not {len(target)}: name one")
    if raw.kind == "tables":
        require_column(target, list(as_frame(raw.items).columns), "target")
    return _understood(plain, raw, text), target


def _source(source: object, seed: int, task: str | None, options: Options) -> Source:
    check_options(options, table())
    return Source(source, order_options(with_types_files(options), table()), int(seed), task)


def _understood(asked: Source, raw: Held, text: str) -> Data | Whole:
    chosen, kind = asked.options, kinds()[raw.kind]
    if chosen.get("kind", raw.kind) != raw.kind:
        raise DataError(f"{text} holds {kind.called}, and kind is {chosen['kind']}: leave kind out, or name other data")
    for option in table():
        if option.name in chosen and option.kinds and raw.kind not in option.kinds:
            fits = [kinds()[name].called for name in option.kinds]
            fits = " or ".join(fits) if len(fits) <= MESSAGE_KINDS else "other data"
            raise DataError(f"{text} holds {kind.called}, and {option.name} is for {fits}: leave {option.name} out")
    if sheet := getattr(raw, "sheet", ""):
        chosen = {"sheet": sheet} | chosen
    with bounded_memory(asked.path):
        data = kind.function("load")(raw, text, chosen, asked.seed)
    data.account = replace(raw.account, items=sum(data.sizes.values())) if isinstance(data, Data) else raw.account
    return data if asked.text else replace(data, source="")  # nobody can type an object


def read_items(source: object, domain: Domain, trained: Options | None = None, **options: object) -> Read:
    """Items from a name, a file, a folder or memory, as input of a model or predictor of `domain`, which checks them
    later.

    Raises DataError for a source that cannot be read, or that holds another kind of data than the model's, and for a
    workbook of several sheets where nothing says which is meant.

    Args:
        trained: the options of its training data. A workbook is read at the sheet that is called like theirs, else at
            its only one. Their header row counts as well, and so do their columns of captions.
        options: `sheet` and `header_row`, which are named instead; `mask`, an image that hides parts of image files.
    """
    with opened(Source(source, options, own_texts=getattr(domain.reads, "own_texts", {}))) as held:
        asked, notes = source_like(held, trained or {}, options)
        read = read_bounded(asked.path, kinds()[domain.kind].function("read_items"), asked, domain.reads)
    return read._replace(account=Account(remarks=notes) + read.account)


def stands_alone(kind: str) -> bool:
    """Whether items of a kind of data are read one by one (`read_items`), else they are parts of a whole."""
    return kinds()[kind].function("read_items") is not None


def can_resplit(data: Data) -> bool:
    """Whether `resplit` knows the kind of data, and neither their source nor time says who tests."""
    return kinds()[data.kind].function("raw_of") is not None and not data.settled


def resplit(data: Data, seed: int) -> Data:
    """Items of `data`, of which `can_resplit` holds, split by another seed and described by their new training part."""
    kind, again = kinds()[data.kind], ("given", "types", "missing", "rules", "group")
    options = {name: value for name, value in data.options.items() if name in again}
    raw = kind.function("raw_of")(data)
    return replace(kind.function("load")(raw, data.source, options, seed), options=data.options, account=data.account)
