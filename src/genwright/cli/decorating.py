"""Grow scaffolds of molecules for `complete`, and say what was asked and obtained."""

from pathlib import Path
from typing import Any

from ..core.files import require_ours, write_whole
from ..core.formulas import csv_bytes
from ..core.sample_options import SampleOptions


def is_one_table(out: Path | None) -> bool:
    """Whether all samples go into one table, in place of a file each."""
    return out is not None and out.suffix.lower() == ".csv"


def decorated(
    model: Any, items: Any, given: dict[str, Any], samples: int, seed: int, options: SampleOptions,
    outputs: list[tuple[Path, str]],
) -> str:  # fmt: skip
    """Grow scaffolds, write them, and return a sentence. given: what was typed; else what stands beside the scaffolds
    in their file."""
    from ..measure.decorations import MEANING, decorate

    beside = getattr(items, "given", {})
    given = given or {name: beside[name] for name in model.domain.given.names if name in beside}
    table = decorate(model, items, given, samples, seed, options, progress=True)
    if len(outputs) == 1 and is_one_table(outputs[0][0]):
        legend = outputs[0][0].with_suffix(".columns.txt")
        lines = [f"{name:13} {meaning}" for name, meaning in MEANING.items()]
        require_ours(legend, lines[0])
        write_whole(outputs[0][0], csv_bytes(table))
        write_whole(legend, "\n".join([*lines, ""]).encode())
    else:
        for number, (path, _) in enumerate(outputs, 1):
            model.domain.write(table["smiles"][table["sample"] == number].tolist(), path)
    valid, kept = int(table["valid"].sum()), int(table["kept"].eq(True).sum())  # None is neither
    written = ", ".join(f"{path}{over}" for path, over in outputs)
    return (
        f"{len(table):,} completions of {len(items):,} scaffolds with seed {seed}: {valid:,} are molecules, {kept:,} "
        f"hold the scaffold: {written}"
    )
