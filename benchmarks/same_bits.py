"""Whether short trainings end with the same bits as they did before a change.

    python benchmarks/same_bits.py --out before.json          in the tree before
    python benchmarks/same_bits.py --against before.json      in the tree after; a line for each row that differs

Each row of the registry is fitted once on the contract's small data, on one thread; the digest is of all tensors that
its family keeps. A row that only one of the trees has is listed as different.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import torch

import genwright
from genwright.contract.small_data import small_data
from genwright.recipes import registry

SEEN = 400  # items


def digest(row: registry.Row) -> str:
    options = {"task": row.label} if registry.predicts(row.task) else {"items": SEEN}
    preset = "tiny" if registry.presets(row) else None
    model = genwright.fit(small_data(row.label), row.family, preset=preset, progress=False, **options)
    found = hashlib.blake2b(digest_size=8)
    for name, tensor in sorted(model.family.state_dict().items()):
        found.update(name.encode() + tensor.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().tobytes())
    return found.hexdigest()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--out", type=Path, help="write the digests there")
    options.add_argument("--against", type=Path, help="digests to compare with")
    given = options.parse_args()
    torch.set_num_threads(1)
    found = {}
    for row in registry.ROWS:
        try:
            found[f"{row.label} {row.family}"] = digest(row)
        except genwright.GenwrightError as error:
            found[f"{row.label} {row.family}"] = f"refused: {error}"
    if given.out:
        given.out.write_text(json.dumps(found, indent=1) + "\n")
    if given.against:
        before = json.loads(given.against.read_text())
        other = [name for name in before | found if before.get(name) != found.get(name)]
        print(*other, f"{len(found) - len(other)} of {len(found)} trainings end with the same bits", sep="\n")


if __name__ == "__main__":
    main()
