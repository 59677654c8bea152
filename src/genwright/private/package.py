"""What differential privacy brings: tables that a person describes, and models that protect their rows."""

from pathlib import Path

from ..core.manifest import Package, Task

PACKAGE = Package(
    "genwright.private",
    "tables whose rows differential privacy protects",
    kinds=("genwright.private.kinds.kind:KIND",),
    options="genwright.private.kinds.options",
    tasks={
        ("private", "generate"): Task(
            "genwright.private.kinds.domain:PrivateTables", "genwright.measure.suites.tables:Suite"
        )
    },
    index=Path(__file__).with_name("zoo") / "index.json",
)
