"""What the arguments of commands name: a model by its run's folder, items by a name, a file or a folder, and the path
that is written: the one of --out, or a new name.
"""

import io
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from contextvars import ContextVar
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.addresses import is_address
from ..core.errors import DataError, GivenError, ItemError, Unsupported
from ..core.files import find_target
from ..core.terminal import tell
from ..core.type_names import Options, UserItems
from ..zoo import registry

if TYPE_CHECKING:
    import numpy as np

    from ..core.data import Data
    from ..kinds.formats.raw import Read
    from ..run.trained_model import TrainedModel

STDOUT = ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")  # names of the stream that --out may name
_streamed: ContextVar[Path | None] = ContextVar("streamed", default=None)  # folder of the file that goes to stdout
MATCHING = ("search", "misfits")  # verbs of predictors that match images with texts


def say(notes: Sequence[str]) -> None:
    """Print sentences on stderr."""
    tell(notes, sys.stderr)


def count_items(count: int, what: str) -> str:
    """The number with its noun, as in "1 item" and "1,200 items"."""
    return f"{count:,} {what}{'s' * (count != 1)}"


@contextmanager
def about(source: str, places: Sequence[str] | None = None) -> Iterator[None]:
    """A context in which an error about the data names the data, and the place of an item in them."""
    try:
        yield
    except ItemError as error:
        said = str(error) if places is None else error.message_at(places[error.number])
        raise DataError(f"{source}: {said}") from error.__cause__
    except (DataError, GivenError) as error:
        if Path(source).name in str(error):
            raise
        raise type(error)(f"{source}: {error}") from error.__cause__


def load(
    source: str, options: Options, seed: int, quiet: bool, then: Callable = lambda data: data,
    task: str | None = None,
) -> "Data":  # fmt: skip
    """Data, which describe themselves on stderr. then: what they become before that. task: what they are loaded for."""
    from ..kinds.load import load_data

    with about(source):
        data = then(load_data(source, **options, seed=seed, task=task))
    say([] if quiet else data.describe())
    return data


# ---------------------------------------------------------------------- models


def open_model(run: Path, verb: str, device: str) -> "TrainedModel":
    """Raises Unsupported where the run is of the other kind: a predictor does not sample, a generative model does not
    predict."""
    from ..run.model import Model
    from ..run.open import load_model

    model = load_model(run, device)
    if isinstance(model, Model):
        model.as_written = True
    if verb not in model.VERBS or (verb in ("predict", *MATCHING) and not model.has(verb)):
        does, instead = (
            ("predicts", "predict or encode") if is_predictor(model) else ("samples", "sample, log-prob or complete")
        )
        raise Unsupported(
            f"{run} holds {model.config['family']}, which {does} and cannot {verb.replace('_', '-')}: take genwright "
            f"{instead}"
        )
    return model


def is_predictor(model: "TrainedModel") -> bool:
    """Whether a model predicts and does not sample."""
    return registry.predicts(model.config["task"])


def matches_texts(model: "TrainedModel") -> bool:
    """Whether a predictor matches images with texts."""
    return "search" in model.verbs


def training_data_of(model: "TrainedModel", instead: str) -> "Data":
    """The data that a model was trained on. Raises DataError, with what to do instead, where they are not there."""
    from ..run.tasks import training_data

    try:
        return training_data(model)
    except DataError as error:
        raise DataError(f"{error}: {instead}") from error


# ---------------------------------------------------------------------- items


def read_for(model: "TrainedModel", source: str, sheet: Options | None = None) -> "Read":
    """Items for a model, read as its training data were. sheet: the options that are named instead."""
    from ..kinds.load import read_items

    with about(source):
        read = read_items(source, model.domain, model.config["data"]["options"], **sheet or {})
    say(notes_on(read))
    return read


def read_holes(model: "TrainedModel", source: str, sheet: Options, mask: Path | None) -> "Read":
    """Items to complete for a model: files of images have holes where they are transparent or the mask is black."""
    from ..kinds.load import read_items

    with about(source):
        read = read_items(source, model.domain, model.config["data"]["options"], mask=mask, **sheet)
    say(read.notes)
    if read.opaque is not None:
        return read._replace(known=None if mask is None and read.opaque.all() else read.opaque)
    if mask is not None:
        raise DataError(f"--known is a mask for files of images, and {source} is none: leave it out")
    return read


def notes_on(read: "Read") -> list[str]:
    """Notes on the items read and on their transparent pixels, for verbs that do not fill such pixels."""
    from ..kinds.formats.images.squares import on_white

    return read.notes if read.opaque is None else [*read.notes, *on_white(read.opaque)]


def read_asked(
    model: "TrainedModel", source: str, graph: Options, sheet: Options
) -> tuple[UserItems, list[str] | None]:
    """Items that a model is asked about, or the whole that they are part of; and the items' names, None where they are
    only counted. graph: options of its tables."""
    from ..kinds.formats.sequences.text_lines import read_lines
    from ..kinds.load import stands_alone

    if matches_texts(model) and Path(source).suffix.lower() == ".txt":
        texts = read_lines(source).kept
        return model.domain.without_labels(texts), texts
    if is_predictor(model) and not stands_alone(model.domain.kind):
        whole = load(source, graph | sheet, model.config["seed"], True, task=model.config["task"])
        return whole, getattr(whole, "names", None)
    require_no_graph(graph, f"the model of {model.domain.kind}")
    read = read_for(model, source, sheet)
    return model.domain.without_labels(read.items) if is_predictor(model) else read.items, list(read.places)


def require_no_graph(options: Options, who: object) -> None:
    """Raises DataError for options of a graph, where `who` was trained on none."""
    if options:
        raise DataError(f"{who} was not trained on a graph: leave {next(iter(options))} out")


def of_items_that_fit(
    model: "TrainedModel", source: str, items: UserItems, places: Sequence[str], what: str, answer: Callable
) -> "tuple[object, np.ndarray]":
    """Result of `answer` for the items that the model can take, and (n,) bool, True for these items. Print how many
    others there are. Raises DataError if no item fits. places: of the items. what: the thing that the others lack."""
    import numpy as np

    from ..run.tasks import misfits

    fits = np.ones(len(places), bool)
    with about(source, places):
        try:
            return answer(items), fits
        except ItemError:
            wrong = misfits(model.domain, items)
            if len(wrong) in (0, len(fits)):  # 0: what is wrong is not the item
                raise
        number, first = next(iter(wrong.items()))
        fits[list(wrong)] = False
        have = "have" if len(wrong) > 1 else "has"
        say([f"{len(wrong):,} of {len(fits):,} items {have} no {what}: {first.message_at(places[number])}"])
        return answer(items[fits]), fits


def in_rows(values: "np.ndarray", fits: "np.ndarray") -> "np.ndarray":
    """(n, ...) values of the items that fit, NaN of the others."""
    import numpy as np

    whole = np.full((len(fits), *values.shape[1:]), np.nan, values.dtype)
    whole[fits] = values
    return whole


def read_target(typed: str) -> Path | str:
    """The path that was typed, or the address of a database, whose slashes a path would lose."""
    return typed if is_address(typed) else Path(typed)


def place(out: Path | None, default: str, what: str = "") -> tuple[Path, str]:
    """The path to write to, and what to say of it: a file that stands there and was named is replaced, which is said; a
    default name that is taken gets a number.

    what: is written. Raises DataError where it is named and `out` does not end as the default name, RunError where no
    file can be written there, before anything is computed.
    """
    if str(out) in STDOUT and _streamed.get() is not None:
        return _streamed.get() / Path(default).name, ""
    if out is not None:
        out = find_target(out)
        if what and out.suffix.lower() != Path(default).suffix:
            raise DataError(f"cannot write {what} to {out}: let its name end in {Path(default).suffix}")
        return out, ", in place of the file that was there" if out.is_file() else ""
    path = Path(default)
    if path.exists():
        path = next(other for k in count(2) if not (other := numbered(path, k)).exists())
    return path, ""


def places(out: Path | None, default: str, several: int) -> list[tuple[Path, str]]:
    """Paths of several files as `place` chooses them, numbered: filled-1.csv, filled-2.csv, ..."""
    if several == 1:
        return [place(out, default)]
    if str(out) in STDOUT:
        raise GivenError(f"{several} files do not fit into {out}: leave --samples out, or name a file")
    numbers = range(1, several + 1)
    return [place(out and numbered(out, k), str(numbered(Path(default), k))) for k in numbers]


@contextmanager
def streaming(out: Path | None) -> Iterator[None]:
    """Within, a command whose --out is /dev/stdout writes a file of its usual name, whose bytes go to stdout at the
    end; what it prints goes to stderr. Raises RunError at once where nothing can be written to --out."""
    if str(out) not in STDOUT:
        if out is not None and not is_address(str(out)):
            find_target(Path(out))
        yield
        return
    stdout = sys.stdout
    with tempfile.TemporaryDirectory(prefix="genwright-") as folder, redirect_stdout(io.StringIO()) as printed:
        token = _streamed.set(Path(folder))
        try:
            yield
        finally:
            _streamed.reset(token)
            text = printed.getvalue()
            written = sorted(Path(folder).iterdir(), key=lambda path: text.find(str(path)) % (len(text) + 1))
            for path in written:
                text = text.replace(str(path), str(out) if path == written[0] else path.name)
            print(text, end="", file=sys.stderr)
        if not written or written[0].is_dir():
            raise DataError(f"this is written as a folder, which {out} cannot hold: name a folder")
        if len(written) > 1:
            say([f"{out} holds one file, without {', '.join(path.name for path in written[1:])}: name a file for all"])
        with open(written[0], "rb") as file:
            shutil.copyfileobj(file, stdout.buffer)
        stdout.flush()


def numbered(path: Path, number: int) -> Path:
    """The path with a number before its suffix, which may be .csv.gz."""
    return numbered_by(path, str(number))


def numbered_by(path: Path, word: str) -> Path:
    """The path with a word before its suffix, which may be .csv.gz."""
    suffix = "".join(path.suffixes[-2:]) if path.suffix == ".gz" else path.suffix
    return path.with_name(f"{path.name.removesuffix(suffix)}-{word}{suffix}")


def table_place(out: Path | None, default: str, what: str) -> tuple[Path, str]:
    """The path of a table as `place` chooses it.

    Raises DataError, before anything is computed, for a name that is none of a table.
    """
    from ..kinds.formats.tables.write_table import suffix_of

    if out is not None and str(out) not in STDOUT and suffix_of(out) in (None, ".npz"):
        raise DataError(f"cannot write {what} to {out}: let its name end in .csv, .xlsx, .parquet, .json or .dta")
    return place(out, default)
