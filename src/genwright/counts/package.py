"""What counts bring: rows of many small whole numbers, kept without their zeros."""

from pathlib import Path

from ..core.manifest import Package, Task

COUNTS = ("counts", "generate")
PACKAGE = Package(
    "genwright.counts",
    "rows of counts: cells x genes, visits x items, documents x words",
    kinds=("genwright.counts.kinds.kind:KIND",),
    options="genwright.counts.kinds.options",
    forms="genwright.counts.kinds.forms",
    tasks={COUNTS: Task("genwright.counts.kinds.domain:Counts", "genwright.counts.measure.suite:Suite")},
    index=Path(__file__).with_name("zoo") / "index.json",
    extends={"classes of answers": ("genwright.counts.kinds.raw:RawCounts", "genwright.counts.kinds.rows:CountRows")},
)
