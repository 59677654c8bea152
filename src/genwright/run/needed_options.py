"""Data in the form that a family needs: options of data that nobody set are chosen, and a note of the data says so."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from ..core.data import Data, Whole
from ..core.domain import as_typed
from ..core.errors import DataError
from ..core.type_names import DataSource, Options
from ..kinds.load import load_data
from ..zoo import registry
from .tasks import task_of

Loaded = tuple[Data | Whole, str | None]  # data, and the column that trees learn from samples of them


def load_as_needed(
    read: Callable[[Options], Loaded],
    options: Options,
    task: str | None,
    families: Sequence[str | None],
    say: Callable[[str], None] = lambda note: None,
) -> tuple[Data, str | None]:
    """Loads the data of a task in the form that families need.

    Raises DataError as `read` does, and for a task that the data cannot have.

    Args:
        read: Function of options of data that loads the data.
        options: Options that a person set, which are kept.
        task: Name of the task, None for the first that suits.
        families: Names of families; None stands for the usual one.
        say: Called with the note where options were chosen.
    """
    whole, target = read(options)
    if chosen := {
        name: value for name, value in _missing_options(whole, task, families).items() if options.get(name) is None
    }:
        whole, target = read(options | chosen)
    data = task_of(whole, task)
    if not chosen:
        return data, target
    who = " and ".join(name for name in families if name) or task
    note = f"{who} needs {' and '.join(map(_typed, chosen.items()))}, which nobody had set, so genwright chose it"
    say(note)
    return replace(data, notes=[*data.notes, note]), target


def data_for(data: DataSource, task: str | None, families: Sequence[str | None], say: Callable[[str], None]) -> Data:
    """Returns the data of a task: those at hand as they are, others loaded in the form that families need.

    Args:
        data: A Data, a graph, interactions, or anything that `load_data` takes.
        task: Name of the task, None for the first that suits.
        families: as of `load_as_needed`.
        say: as of `load_as_needed`.
    """
    if isinstance(data, (Data, Whole)):
        return task_of(data, task)
    return load_as_needed(lambda options: (load_data(data, task=task, **options), None), {}, task, families, say)[0]


def require_needs(row: registry.Row, data: Data) -> None:
    """Raises DataError for data that lack an option that a family needs."""
    if missing := registry.missing_options(row.needs, data.domain):
        keywords = ", ".join(f"{name}={value!r}" for name, value in missing.items())
        raise DataError(
            f"{row.family} needs data in another form: load {data.name} with {keywords} "
            f"({' '.join(map(_typed, missing.items()))})"
        )


def _missing_options(whole: Data | Whole, task: str | None, families: Sequence[str | None]) -> Options:
    """Options that a task and families need and the data lack. An option that two of them need differently is left
    out."""
    if not isinstance(whole, Data):
        return {}
    task = task or whole.task
    names = [registry.family_and_preset(whole.kind, task, name)[0] for name in families if name]
    rows = [row for name in names if (row := registry.find(whole.kind, task, name))]
    needs = [row.needs for row in rows]
    if (whole.kind, task) in registry.TASKS:
        needs.append(registry.TASKS[whole.kind, task].needs)
    agreed = {
        name: value
        for one in needs
        for name, value in one.items()
        if all(other.get(name, value) == value for other in needs)
    }
    return registry.missing_options(agreed, whole.domain)


def _typed(option: tuple[str, object]) -> str:
    """An option as a person types it."""
    return " ".join(as_typed(dict([option])))
