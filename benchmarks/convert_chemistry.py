"""Store what others learned or listed of molecules as files that hold numbers and text alone.

    python benchmarks/convert_chemistry.py --chemnet ChemNet_v0.13_pretrained.pt --filters FOLDER

chemnet-1.safetensors    the weights of ChemNet, from the wheel of fcd_torch (MIT)
fragments-1.safetensors  how often fragments are made, from the SA_Score of RDKit's Contrib (BSD): a pickle, of which
                         only lists and numbers are read
moses-filters.json       the patterns of MOSES' medicinal filters, FOLDER/mcf.csv and FOLDER/wehi_pains.csv (MIT)

They go to src/genwright/chemistry/features, whose LICENCES.txt holds the licences.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import pickle
from pathlib import Path

import numpy as np
import torch
from rdkit import RDConfig
from safetensors.numpy import save_file as save_arrays
from safetensors.torch import save_file

OUT = Path(__file__).resolve().parents[1] / "src" / "genwright" / "chemistry" / "features"
NAMES = ("first", "second", "back", "forth")  # of the layers, as ChemNet calls them


class NumbersAlone(pickle.Unpickler):
    """Reads lists, numbers and texts; nothing that would have to be looked up."""

    def find_class(self, module: str, name: str):
        raise pickle.UnpicklingError(f"the file asks for {module}.{name}, and holds more than numbers")


def chemnet(path: Path) -> None:
    layers = torch.load(path, weights_only=True)
    named = (
        (f"{name}.{key.removesuffix('_l0')}", value)
        for name, (_, (of, *_)) in zip(NAMES, layers)
        for key, value in of.items()
    )
    save_file({key: value.contiguous() for key, value in named}, OUT / "chemnet-1.safetensors")


def fragments(path: Path) -> None:
    with gzip.open(path) as file:
        rows = NumbersAlone(file).load()
    found = {
        "scores": np.array([row[0] for row in rows], np.float64),
        "counts": np.array([len(row) - 1 for row in rows], np.int64),
        "bits": np.array([bit for row in rows for bit in sorted(row[1:])], np.uint32),
    }
    save_arrays(found, OUT / "fragments-1.safetensors")


def filters(folder: Path) -> None:
    with (folder / "mcf.csv").open(newline="") as file:
        patterns = [[row["names"], row["smarts"]] for row in csv.DictReader(file)]
    with (folder / "wehi_pains.csv").open(newline="") as file:
        rows = csv.reader(file, skipinitialspace=True)
        patterns += [[name.removeprefix("<regId=").removesuffix(">"), smarts.strip()] for smarts, name in rows]
    (OUT / "moses-filters.json").write_text(json.dumps(patterns, indent=0) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--chemnet", type=Path, required=True)
    parser.add_argument("--filters", type=Path, required=True)
    options = parser.parse_args()
    chemnet(options.chemnet)
    fragments(Path(RDConfig.RDContribDir) / "SA_Score" / "fpscores.pkl.gz")
    filters(options.filters)


if __name__ == "__main__":
    main()
