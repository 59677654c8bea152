"""measure: real items and samples of any tool in, their metrics side by side out. Loads nothing heavy, since the
command line takes its options from this signature."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.arguments import checked
from ..core.type_names import DataSource
from ..kinds.shown_options import shows_options

if TYPE_CHECKING:
    from .compare.comparison import Comparison


@shows_options
@checked
def measure(
    real: DataSource,
    samples: Sequence[DataSource] | DataSource,
    *,
    test: DataSource | None = None,
    seed: int = 0,
    out: str | Path | None = None,
    target: str | None = None,
    progress: bool = True,
    **options: object,
) -> "Comparison":
    """Measure files of samples of any tool by the metrics of `compare`, side by side, without training.

    Raises DataError for sources that cannot be read, hold another kind of data or other columns, or fewer than ten
    items. Raises RunError if `out` holds something else.

    Args:
        real: Real items, a Data or anything that `load_data` takes. Their training part stands for what the tool
            trained on.
        samples: One source of synthetic items or several, of the same kind and columns.
        test: Real items that the tool never saw. Then all of `real` counts as trained on. Default: None, the test part
            of `real`, split by the seed.
        seed: Seed of the split and of all that metrics draw.
        out: Folder of the report (runs/measure-NAME).
        target: Column of a table that trees learn to predict from samples. Default: None, and genwright picks one.
        progress: Whether to print the table.
        options: Options of `load_data`, for `real`; the other sources are read alike.
    """
    from .measure_files import measure_files

    return measure_files(real, samples, test, seed, out, target, progress, options)
