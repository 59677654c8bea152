"""Scaffolds completed by a model of molecules, with what was asked of each and what was obtained.

A scaffold whose places are not marked is opened at its free valences, one for each sample in turn, unless the model
chooses the places.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ...core.errors import GivenError, ItemError
from ...core.packages import Chem
from ...core.sample_options import SampleOptions
from ...measure.intervals import numpy_generator
from ..chemistry.notations import SmilesSymbols
from ..chemistry.properties import PROPERTIES, computed
from ..chemistry.scaffolds import closed, scaffold_of
from ..chemistry.standards import quiet_rdkit
from .molecule_metrics import describe

DRAWS, DRAWS_EACH = 30, 4  # completions that are drawn of a scaffold at least, and for each that is kept
ONLY_GROW = {"weight": 0.1, "rings": 0.0}  # what no decoration lessens, and how much less may be asked for
FAR = 2.0  # deviations of the draws, beyond which what was asked is not met
MEANING = {
    "scaffold": "the scaffold as it was given",
    "opened": "the scaffold with [*:1] where this sample grows; without it, where the model chose",
    "sample": "number of the sample, from 1",
    "smiles": "the completed molecule; as it was written where it is none",
    "valid": "whether RDKit reads it; the columns behind are empty where it does not",
    "kept": "whether it contains the scaffold",
    "same_scaffold": "whether its Bemis-Murcko scaffold is that of the scaffold",
    "unique": "whether no earlier sample of the scaffold is the same molecule",
    "distance": "from the wanted values, in standard deviations of all draws",
}


def decorate(
    model: Any, scaffolds: Sequence[str], given: Mapping[str, Any] | None = None, samples: int = 1, seed: int = 0,
    options: SampleOptions | None = None, progress: bool = False,
) -> pd.DataFrame:  # fmt: skip
    """Completes each scaffold several times by a model, and describes the molecules. Returns a table with a row a
    molecule and the columns of MEANING: what was asked (`asked_NAME`) and the PROPERTIES that were obtained. Raises
    DataError for a scaffold that cannot be completed, GivenError for an unknown property or value.

    Args:
        model: Model of molecules.
        scaffolds: (n,) SMILES.
        given: a value or (n,) values of each property that the model was trained with.
        samples: completions of each scaffold.
        seed: Seed of the samples.
        options: sampling options.
        progress: whether to show it.
    """
    ways = [model.domain.openings(text) for text in scaffolds]
    begin = numpy_generator("openings", seed).integers(2**31, size=len(ways))
    opened = [way[(first + k) % len(way)] for way, first in zip(ways, begin) for k in range(samples)]
    conditions = {
        name: np.repeat(_repeat_for_items(values, len(ways)), samples) for name, values in (given or {}).items()
    }
    for name in ONLY_GROW.keys() & conditions.keys():
        _require_more(opened, name, conditions[name])
    scaffold_number = np.repeat(np.arange(len(ways)), samples)
    try:
        completions = model.complete(
            opened, given={name: list(values) for name, values in conditions.items()} or None,
            seed=seed, options=options, progress=progress,
        )  # fmt: skip
    except ItemError as error:  # of one of the samples of a scaffold
        number = int(scaffold_number[error.number])
        raise ItemError(number, f"scaffold {number + 1:,}{error.mark}", error.why) from None
    table = pd.DataFrame(
        {"scaffold": np.array(list(scaffolds), object)[scaffold_number], "opened": opened,
         "sample": np.tile(np.arange(samples) + 1, len(ways)), "smiles": list(completions)}
    )  # fmt: skip
    return _describe_molecules(table, scaffold_number).assign(
        **{f"asked_{name}": values for name, values in conditions.items()}
    )


def decorate_nearest(
    model: Any, scaffolds: Sequence[str], given: Mapping[str, Any] | None = None, samples: int = 1, seed: int = 0,
    options: SampleOptions | None = None, progress: bool = False, draws: int | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Completes each scaffold many times, and keeps the `samples` molecules nearest to what was asked: a table as
    `decorate` returns it.

    A molecule that holds the scaffold comes before what does not, and no molecule comes twice if there are others. The
    distance is over properties that RDKit computes, in standard deviations of all draws, and is a column of its own.
    Without such a request the completions keep the order in which they were drawn.

    Args:
        draws: Completions to draw of each scaffold. Default: DRAWS, or DRAWS_EACH for each sample if that is more.
            Without a request the first `samples` draws stand if they are different molecules.

    Raises as `decorate` does, and GivenError for fewer draws than samples.
    """
    draws = max(DRAWS, DRAWS_EACH * samples) if draws is None else draws
    if draws < samples:
        raise GivenError(f"{samples:,} samples cannot be chosen from {draws:,} draws: raise --best-of")
    judged = [name for name in given or () if name in PROPERTIES]
    if not judged:
        table = decorate(model, scaffolds, given, samples, seed, options, progress)
        if draws == samples or (table["kept"].eq(True) & table["unique"].eq(True)).all():
            return table
    table = decorate(model, scaffolds, given, draws, seed, options, progress)
    squares = [_in_deviations(table[name], table[f"asked_{name}"]) ** 2 for name in judged]
    table["distance"] = np.where(table["valid"], np.sqrt(sum(squares, np.zeros(len(table)))), np.nan)
    table["worse"] = 2 * ~table["kept"].eq(True) + ~table["unique"].eq(True)
    scaffold_number = pd.Series(np.repeat(np.arange(len(scaffolds)), draws), name="which")
    order = table.assign(which=scaffold_number).sort_values(["which", "worse", "distance"], kind="stable")
    nearest_rows = table.loc[order.groupby("which").head(samples).index].drop(
        columns=["worse"] if judged else ["worse", "distance"]
    )
    return nearest_rows.assign(sample=np.tile(np.arange(samples) + 1, len(scaffolds))).reset_index(drop=True)


def describe_unmet(table: pd.DataFrame) -> str:
    """Describes in a sentence the scaffolds whose completions are all far from the wanted properties; "" where there
    are none.

    Args:
        table: Table of `decorate_nearest`.
    """
    if "distance" not in table:
        return ""
    by_request = table.groupby((table["sample"] == 1).cumsum())
    is_unmet = ~(by_request["distance"].min() <= FAR)
    if not is_unmet.any():
        return ""
    return (
        f"{is_unmet.sum():,} of {len(is_unmet):,} scaffolds have no completion near the wanted values, such as "
        f"{by_request['scaffold'].first()[is_unmet].iloc[0]}. The values may contradict each other or the scaffold: "
        "compare the columns asked_ with those beside them"
    )


def _require_more(opened: Sequence[str], name: str, wanted_values: Sequence) -> None:
    """Raises GivenError for less of a property of ONLY_GROW than a scaffold has alone."""
    wanted_values = pd.to_numeric(pd.Series(wanted_values, dtype=object), errors="coerce")
    with quiet_rdkit():
        for (text, value), _ in pd.Series(zip(opened, wanted_values), dtype=object).value_counts().items():
            plain_smiles = _bare_scaffold(text)
            if plain_smiles and value < (lowest := float(computed([plain_smiles], [name])[name][0])) - ONLY_GROW[name]:
                raise GivenError(
                    f"{name}={value:g} is less than the {lowest:.6g} of {plain_smiles} alone: ask for more, or "
                    "take a smaller scaffold"
                )


def _in_deviations(obtained: pd.Series, wanted_values: pd.Series) -> pd.Series:
    """Differences in standard deviations of what was obtained; 0 where nothing was asked or obtained."""
    deviation = obtained.std()  # NaN of fewer than two
    scale = deviation if deviation > 0 else 1.0
    return ((obtained - pd.to_numeric(wanted_values, errors="coerce")) / scale).fillna(0.0)


def _describe_molecules(table: pd.DataFrame, scaffold_number: np.ndarray) -> pd.DataFrame:
    """Add the columns that RDKit computes for each molecule to the table. scaffold_number: (n,) number of each row's
    scaffold.
    """
    molecules = describe(table["smiles"].tolist(), ("properties",), processes=1)
    valid = molecules.valid
    table["valid"] = valid
    table.loc[valid, "smiles"] = molecules.canonical
    numbers, same_scaffold = [], []
    with quiet_rdkit():
        plain_smiles = {text: _bare_scaffold(text) for text in set(table["opened"])}
        patterns = {text: Chem.MolFromSmiles(scaffold) for text, scaffold in plain_smiles.items()}
        for text, smiles in zip(table["opened"][valid], molecules.canonical):
            scaffold, pattern = plain_smiles[text], patterns[text]
            numbers.append(bool(scaffold and pattern) and Chem.MolFromSmiles(smiles).HasSubstructMatch(pattern))
            same_scaffold.append(bool(scaffold) and scaffold_of(smiles) == scaffold_of(scaffold))
    for name, values in (("kept", numbers), ("same_scaffold", same_scaffold)):
        table[name] = pd.Series(values, index=np.flatnonzero(valid), dtype=object).reindex(table.index)
    rows = pd.DataFrame({"which": scaffold_number, "smiles": table["smiles"]})
    rows.loc[valid, "smiles"] = molecules.parents
    rows = rows.duplicated()
    table["unique"] = (~rows).where(valid, None)
    for column, name in enumerate(PROPERTIES):
        table.loc[valid, name] = molecules.parts["properties"][:, column]
    return table


def _bare_scaffold(opened: str) -> str:
    """A scaffold without its points; "" of the beginning of a string, which is no molecule."""
    return "" if opened.endswith(SmilesSymbols.rest) else closed(opened)


def _repeat_for_items(values: Any, n: int) -> np.ndarray:
    return np.array([values] * n, object) if np.ndim(values) == 0 else np.array(list(values), object)


def r_squared(wanted_values: np.ndarray, obtained: np.ndarray) -> float:
    """Computes the coefficient of determination between obtained (n,) and wanted (n,) values; NaN where all wanted
    values are equal."""
    spread = ((wanted_values - wanted_values.mean()) ** 2).sum()
    return float(1 - ((wanted_values - obtained) ** 2).sum() / spread) if spread else float("nan")
