"""`genwright describe`: how data are read."""

from pathlib import Path

from ..core.visible import visible
from .options import DataOptions
from .reading import about
from .typed import cut_at_commas


def describe(
    data: str, *, out: Path | None = None, reading: DataOptions, task: str | None = None, seed: int | None = None
) -> None:
    """Show how genwright reads the data, without training.

    If something is unclear, it prints a question that names the option to pass. It does not wait for an answer.

    Example: genwright describe penguins.csv --out types.toml

    Args:
        out: A .toml file with the type of each column, to edit and pass to --types. For molecules, a .csv of those
            that could not be read.
    """
    from ..core.data import Data
    from ..kinds.load import load_data
    from ..kinds.types_file import write_types

    with about(data):
        found = load_data(data, **cut_at_commas(data, reading), seed=seed or 0, task=task)
    lines = str(found).split("\n") if isinstance(found, Data) else found.describe()
    if out is not None and out.suffix.lower() == ".csv" and hasattr(found, "write_unreadable"):
        lines.append(f"left out: {found.write_unreadable(out)}")
    elif out is not None:
        lines.append(f"types: {write_types(found, out)}")
    print("\n".join(map(visible, lines)))
