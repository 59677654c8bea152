"""What series bring: rows in order, of subjects or of windows of a recording."""

from pathlib import Path

from ..core.manifest import Package, Task

SERIES = ("series", "generate")
PACKAGE = Package(
    "genwright.series",
    "rows in order: subjects with visits, windows of a recording",
    kinds=("genwright.series.kinds.kind:KIND",),
    options="genwright.series.kinds.options",
    tasks={SERIES: Task("genwright.series.kinds.domain:Series", "genwright.series.measure.suite:Suite")},
    index=Path(__file__).with_name("zoo") / "index.json",
    extends={
        "classes of answers": ("genwright.series.kinds.raw:RawSeries", "genwright.series.kinds.subjects:Subjects")
    },
)
