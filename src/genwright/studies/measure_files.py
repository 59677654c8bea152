"""Measure samples of any tool: the metrics and page of a comparison, for files, without training.

The real items are split by the seed, as `load_data` splits them, or come in two sources: those that the tool trained
on, and those that it never saw. Every file is measured on as many of its items as the smallest has.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from types import SimpleNamespace

import numpy as np

from ..core.data import Data
from ..core.errors import DataError, ItemError
from ..core.safe_text import visible
from ..core.terminal import console
from ..core.type_names import DataSource, Options, UserItems
from ..kinds.known_kinds import kinds
from ..kinds.load import load_to_compare, read_items, read_samples
from ..measure.intervals import numpy_generator
from ..measure.metric import Measured
from ..measure.metrics.classifiers import fixed_threads
from ..measure.sample_suite import SampleSuite
from ..measure.sizes import Sizes
from ..run.tasks import misfits
from ..zoo import registry
from .compare.compare_plan import suite_maker
from .compare.comparison import Comparison
from .compare.pairs import pairs_of, write_per_item
from .report.numbers import print_table
from .report.records import Reference
from .report.report import report
from .report.results import metric_json
from .report.rules import count_nouns
from .study import blank_row, metrics_of, study, write_drawings

FEWEST = 10  # items of a file, below which no metric tells anything


class SampleFile:
    """Items that stand in the place of a model's samples.

    Args:
        name: Name of the file.
        items: in the form of the domain.
        seed: Seed of the suite. Calls of `sample` with another seed return the items that follow.
    """

    verbs = ("sample",)
    family = SimpleNamespace(has_path=False)

    def __init__(self, name: str, items: UserItems, seed: int):
        self.config, self.items, self.seed, self.next = {"family": name}, items, seed, 0

    def has(self, verb: str) -> bool:
        """Tells whether it is `sample`, the one thing that a file can do."""
        return verb in self.verbs

    def sample(self, n: int, given: object = None, seed: int = 0) -> UserItems:
        """Returns the first n items; with another seed than the suite's, the n that follow those returned before.

        Args:
            n: Number of items.
            given: Conditions by name.
            seed: Seed of the random numbers.
        """
        begin = 0 if seed == self.seed else self.next
        self.next = begin + n
        return _take(self.items, np.arange(begin, begin + n) % len(self.items))


def measure_files(
    real: DataSource, samples: Sequence[DataSource] | DataSource, test: DataSource | None, seed: int,
    out: str | Path | None, target: str | None, progress: bool, options: Options,
) -> Comparison:  # fmt: skip
    """Measure files of samples; see `measure`.

    Args:
        samples: Generated items.
        seed: Seed of the random numbers.
        out: Folder or file to write.
        progress: Whether to show a progress bar.
        options: Options of `load_data`, for `real`.
    """
    listed = list(samples) if isinstance(samples, (list, tuple)) and not _are_one_source(samples, real) else [samples]
    target_option = {} if target is None else {"target": target}
    data, column = (
        (real, target) if isinstance(real, Data) else load_to_compare(real, seed=seed, **options, **target_option)
    )
    if not isinstance(data, Data) or not issubclass(registry.suite_class(data), SampleSuite):
        raise DataError(f"{data.name} holds {kinds()[data.kind].called}, of which nothing is sampled: fit and predict")
    left_out = []
    if test is not None:
        (unseen, sample_notes), (known, more_notes) = _read(test, data), _read(real, data)
        left_out += sample_notes + more_notes
        unseen, *notes = _leave_out(misfits(data.domain, unseen), unseen, _name(test))
        left_out += notes
        data = replace(data, items={"train": known, "valid": known[:0], "test": unseen}, encoded={}, settled=True)
    files = []
    for name, source in zip(_names(listed), listed):
        items, sample_notes = _read(source, data, read_samples)
        files.append(SampleFile(name, items, seed))
        left_out += sample_notes
    suite = suite_maker(registry.suite_class(data), data, column)(data, seed)
    left_out += [sample_notes for file in files if (sample_notes := _leave_out_misfits(file, suite))]
    count = min(len(file.items) for file in files)
    n = min(count, suite.sizes.full["samples"])
    size_limits = {name: n if name == "samples" else min(maximum, count) for name, maximum in suite.sizes.full.items()}
    suite.sizes = Sizes(suite.sizes.full | size_limits, None)
    sizes = [len(file.items) for file in files]
    for file in files:
        if len(file.items) > n:  # which of them are measured has no part in how the file is sorted
            file.items = _take(file.items, numpy_generator("measured", seed).permutation(len(file.items))[:count])
    folder = Path(out or f"runs/measure-{data.name}")
    names = [file.config["family"] for file in files]
    settings = dict(seed=seed, metrics=metrics_of(type(suite)), target=column)
    with study("measure", folder, data, names, **settings) as done:
        done.update(models=[], reference=None, folder=str(folder))
        with fixed_threads(1):
            chance = {name: metric_json(metric) for name, metric in suite.chance().items()}
            drawings = write_drawings(suite, None, folder, "real")
            done.update(reference=Reference(_json(suite.reference()), **drawings, chance=chance))
            for number, file in enumerate(files, 1):
                done.add(_measured_row(suite, file, folder, f"file-{number}"))
        done.update(pairs=pairs_of(done.results, folder))
        done.update(advice=[*_notes(data, test, n, max(sizes)), *left_out], finished=True)
        page = report(folder)
    if progress:
        print_table(done.results, console())
        print(visible(page))
    return Comparison(done.results.to_json(), folder)


def _measured_row(suite: SampleSuite, file: SampleFile, folder: Path, place: str):
    start = perf_counter()
    measured: Measured = suite.measure(file)
    drawings = write_drawings(suite, file, folder, place)
    per_item = write_per_item(measured.per_item, folder / place / "per-item.safetensors")
    seconds = {"train": None, "sample": None, "evaluate": perf_counter() - start}
    row = blank_row(file.config["family"], "samples", file.verbs, place, seconds=seconds)
    return replace(row, metrics=_json(measured.metrics), per_item=f"{place}/{per_item.name}", **drawings)


def _json(metrics: dict) -> dict[str, dict]:
    return {name: metric_json(metric) for name, metric in metrics.items()}


def _notes(data: Data, test: object, n: int, most_items: int) -> list[str]:
    """Sentences on what the numbers stand on. n: items of each file that were measured. most_items: items of the
    largest.
    """
    sizes = data.sizes
    train, unseen = f"{sizes['train']:,}", f"{sizes['test']:,}"
    split = f"{train} real items count as trained on, {unseen} of test as unseen."
    if test is None:
        split = (
            f"The seed split the real items: {train} count as trained on, {unseen} as unseen. A tool that trained on "
            "all of them looks more private than it is: name its training items as REAL, and others with --test."
        )
    chosen = f", chosen at random from up to {most_items:,}" * (most_items > n)
    return [split, f"Each file was measured on {count_nouns(range(n), 'item', 'items')}{chosen}."]


def _read(source: DataSource, data: Data, reader: Callable = read_items) -> tuple[UserItems, list[str]]:
    """Items of a source, in the form of data, and what was left out or changed of them. Raises DataError for those of
    another form, or too few."""
    name = _name(source)
    try:
        items, _, places, account, *_ = reader(source, data.domain, data.options)
    except DataError as error:
        raise error if name in str(error) else DataError(f"{name}: {error}") from error
    variables = getattr(data.domain, "variables", ())  # not identifiers, which no tool can learn
    needed = [column.name for column in variables]
    if missing := [column for column in needed if column not in getattr(items, "columns", ())]:
        raise DataError(f"{name} lacks the column '{missing[0]}', which {data.name} has: give the same columns")
    if len(items) < FEWEST:
        have = count_nouns(items, "item", "items")
        raise DataError(f"{name} has {have}, and at least {FEWEST} are needed to measure anything: add some")
    try:
        misfit_items = misfits(data.domain, items)
    except DataError as error:
        raise DataError(f"{name}: {error}") from error
    if len(misfit_items) == len(items):
        raise DataError(
            f"none of the items of {name} is like those of {data.name}: {misfit_items[0].message_at(places[0])}"
        )
    return items, [f"{name}: {sentence}" for sentence in account.sentences()]


def _leave_out_misfits(file: SampleFile, suite: SampleSuite) -> str:
    """Leave out items that the suite cannot read, and say how many; "" where it reads all, invalid ones included."""
    try:
        suite.read_items(file.items)
    except ItemError:
        file.items, *sample_notes = _leave_out(misfits(suite.domain, file.items), file.items, file.config["family"])
        return "".join(sample_notes)
    return ""


def _leave_out(misfit_items: dict[int, ItemError], items: UserItems, name: str) -> list:
    """Items without those that are wrong, and where there are such a sentence on how many."""
    if not misfit_items:
        return [items]
    fits = np.setdiff1d(np.arange(len(items)), [*misfit_items])
    sentence = f"{len(misfit_items):,} of {len(items):,} items of {name} left out: {next(iter(misfit_items.values()))}"
    return [_take(items, fits), sentence]


def _take(items: UserItems, index: np.ndarray) -> UserItems:
    """Some items, in the order of `index`."""
    if hasattr(items, "iloc"):
        return items.iloc[index].reset_index(drop=True)
    return [items[i] for i in index] if type(items) is list else items[index]  # kinds have lists of their own


def _are_one_source(samples: object, real: object) -> bool:
    """Whether a list is one source, since the real items are such a list too, or a pair of it and labels."""
    return (
        isinstance(real, (list, tuple))
        and isinstance(samples, type(real))
        and not isinstance(samples[0], (list, tuple))
    )


def _name(source: object) -> str:
    return Path(source).name if isinstance(source, (str, Path)) else "samples"


def _names(sources: Sequence[object]) -> list[str]:
    """A name for each source, numbered where two are alike."""
    names = [_name(source) for source in sources]
    return [f"{name} ({i})" if names.count(name) > 1 else name for i, name in enumerate(names, 1)]
