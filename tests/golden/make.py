"""Write the golden run folders of the present format that are not there: all when a format is new, one with a new row.

    python tests/golden/make.py

One of every row of the registry, fitted on small data for a moment, with what the model said then.
"""

import json
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from said import said  # noqa: E402

import genwright  # noqa: E402
from genwright.contract.small_data import small_data, small_label  # noqa: E402
from genwright.core.folder import LOCK  # noqa: E402
from genwright.run.card import CARD  # noqa: E402
from genwright.run.folder import FORMAT  # noqa: E402
from genwright.run.process import PROCESS  # noqa: E402
from genwright.zoo import registry  # noqa: E402

HERE = Path(__file__).parent / f"format-{FORMAT}"
SEEN = 1_500  # items


def make(row: registry.Row) -> None:
    folder, data = HERE / f"{row.label}-{row.family}", small_data(small_label(row))
    presets = registry.presets(row)
    options = {"task": row.label} if registry.predicts(row.task) else {"items": SEEN}
    preset = "tiny" if presets else None
    model = genwright.fit(data, row.family, preset=preset, out=folder, progress=False, **options)
    shutil.rmtree(folder / "checkpoints", ignore_errors=True)
    for name in (LOCK, PROCESS, CARD):
        (folder / name).unlink(missing_ok=True)
    (folder / "said.json").write_text(json.dumps(said(model, data)) + "\n")


if __name__ == "__main__":
    for row in registry.ROWS:
        if not (HERE / f"{row.label}-{row.family}").exists():
            make(row)
