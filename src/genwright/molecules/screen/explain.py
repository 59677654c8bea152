"""Effects of atoms on a prediction: the prediction less the prediction with an atom's features masked.

A network on atoms and bonds sees zeros in place of the atom's features; a family that reads fingerprints loses the
circles that hold the atom (Riniker & Landrum 2013). Descriptors of the whole molecule stay. For a class, the difference
is in the logit of its probability; for a number, in its unit. The differences of a molecule's atoms need not sum to
anything: an atom is masked while all others stay.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from ...core.answers import Target
from ...core.device import threads
from ...core.errors import DataError, Unsupported
from ...core.packages import Chem
from ...kinds.known_kinds import source_like
from ...run.predictor import Predictor
from ...studies.report.page import environment
from ..chemistry.drawings import require_drawing, svg
from ..chemistry.fingerprints import BITS
from ..chemistry.standards import Unreadable, quiet_rdkit
from ..kinds.library import called, read_in_batches
from ..library_tables import open_predictor
from .scorers import target_of

LEAST_PROBABILITY = 1e-6  # lowest probability whose logit is taken
UP_COLOUR = (0.90, 0.47, 0.16)  # behind atoms that raise the prediction
DOWN_COLOUR = (0.22, 0.46, 0.75)  # behind atoms that lower it
NAMED = 3  # atoms of a molecule that are named
RADIUS = 2  # radius of circles, as predictors have them


@dataclass(frozen=True)
class Explained:
    """The result of `explain`.

    Args:
        table: a row an atom, with molecule, atom, element and difference.
        count: Count of molecules.
        skipped: how many were passed over, since they cannot be read, and the first of them with its reason; ""
            where none was.
        page: HTML.
    """

    table: pd.DataFrame
    count: int
    skipped: str
    page: str


def explain(run: str | Path, molecules: object, target: str | None = None, n: int = 24) -> Explained:
    """Draws the atoms of the first n molecules that can be read, by their effect on a predictor of properties.

    Raises DataError for a run of something else, a target that it has not, and molecules of which none can be read,
    Unsupported for a family that sees no atoms.

    Args:
        run: Folder of the run.
        target: where it has several.
        n: Number of items.
    """
    require_drawing()
    model = open_predictor(run)
    chosen = target_of(model, target or "", str(run))
    cards, tables = [], []
    first, skipped = _read_first(model, molecules, n)
    for place, smiles in first:
        prediction, differences = atoms_of(model, smiles, chosen)
        cards.append((place, smiles, prediction, differences))
        elements = _elements(smiles)
        tables.append(
            pd.DataFrame(
                {"molecule": smiles, "atom": np.arange(len(elements)), "element": elements, "difference": differences}
            )
        )
    table = pd.concat(tables, ignore_index=True)
    if not table["difference"].any():
        raise Unsupported(
            f"{model.config['family']} sees no atoms, so none moves its prediction: explain a run of dmpnn"
        )
    return Explained(table, len(cards), skipped, _page(model, chosen, cards, skipped))


def atoms_of(model: Predictor, smiles: str, target: Target) -> tuple[float, np.ndarray]:
    """Computes the prediction about a molecule, and the difference (atoms,) that each of its atoms makes.

    Args:
        model: The trained model.
        smiles: SMILES of the molecule.
        target: The target that is predicted.
    """
    context = model.domain.context([smiles], model.family.views)
    count = len(_elements(smiles))
    copies = context.select(torch.zeros(count + 1, dtype=torch.long))  # the molecule, then one copy for each atom
    if context.x is not None:
        x = copies.x.clone()
        atom = torch.arange(count)
        x[count * (atom + 1) + atom] = 0.0
        copies = replace(copies, x=x)
    else:
        lost = torch.from_numpy(np.concatenate([np.zeros((1, BITS), np.float32), _circles(smiles, count)]))
        copies = replace(copies, counts=(copies.counts - lost).clamp(min=0))
    with torch.no_grad(), threads(1):
        outputs = model.family.predict(copies).outputs.double().numpy()
    values, shown = _scale(outputs, model.domain.targets, target)
    return shown, values[0] - values[1:]


def _scale(outputs: np.ndarray, targets: tuple[Target, ...], target: Target) -> tuple[np.ndarray, float]:
    """(n,) of what is subtracted: logits of the last class, or the number in its unit; and the first prediction."""
    begin = sum(earlier_target.outputs for earlier_target in targets[: targets.index(target)])
    if target.classes:
        p = outputs[:, begin + target.outputs - 1].clip(LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
        return np.log(p / (1 - p)), float(p[0])
    values = outputs[:, begin] * target.scale + target.shift
    values = np.exp(values) if target.log else values
    return values, float(values[0])


def _circles(smiles: str, count: int) -> np.ndarray:
    """(atoms, BITS) float32: how many circles of each bit hold an atom."""
    from rdkit.Chem import rdFingerprintGenerator

    generator = rdFingerprintGenerator.GetMorganGenerator(radius=RADIUS, fpSize=BITS)
    extra_output = rdFingerprintGenerator.AdditionalOutput()
    extra_output.AllocateBitInfoMap()
    with quiet_rdkit():
        molecule = Chem.MolFromSmiles(smiles)
        generator.GetCountFingerprint(molecule, additionalOutput=extra_output)
        counts = np.zeros((count, BITS), np.float32)
        for bit, circles in extra_output.GetBitInfoMap().items():
            for centre, radius in circles:
                around = Chem.FindAtomEnvironmentOfRadiusN(molecule, radius, centre)
                bonds = [molecule.GetBondWithIdx(bond) for bond in around]
                inside = {centre, *(end for b in bonds for end in (b.GetBeginAtomIdx(), b.GetEndAtomIdx()))}
                counts[sorted(inside), bit] += 1
    return counts


def _read_first(model: Predictor, molecules: object, n: int) -> tuple[list[tuple[str, str]], str]:
    """(what it is called, canonical SMILES) of the first molecules that can be read, and a sentence about others that
    stand between them."""
    source_place, _ = source_like(molecules, model.config["data"]["options"], {})
    readable, lost = [], []
    with quiet_rdkit():
        for part in read_in_batches(source_place, model.domain.column):
            for place, text, name, read_reason in part:
                try:
                    readable.append((name or place, model.domain.standard.smiles(text)))
                except Unreadable as reason:
                    lost.append(f"{place}: {read_reason or reason}")
                if len(readable) == n:
                    return readable, _skipped(lost)
    if not readable:
        first = f" ({lost[0]})" if lost else ""
        raise DataError(f"{called(source_place)} holds no molecule that can be read{first}: give SMILES, a line each")
    return readable, _skipped(lost)


def _skipped(lost: list[str]) -> str:
    return f"Skipped {len(lost):,} that cannot be read ({lost[0]})" if lost else ""


def _elements(smiles: str) -> list[str]:
    with quiet_rdkit():
        return [atom.GetSymbol() for atom in Chem.MolFromSmiles(smiles).GetAtoms()]


def _page(model: Predictor, target: Target, cards: list[tuple[str, str, float, np.ndarray]], skipped: str) -> str:
    most = max((float(np.abs(differences).max()) for *_, differences in cards), default=0.0) or 1.0
    unit = f"logits of `{target.classes[-1]}`" if target.classes else f"units of `{target.name}`"
    pictures = []
    for name, smiles, prediction, differences in cards:
        elements = _elements(smiles)
        largest = np.argsort(-np.abs(differences), kind="stable")[:NAMED]
        colours = {k: _colour(value / most) for k, value in enumerate(differences.tolist())}
        pictures.append(
            {
                "name": name, "smiles": smiles, "prediction": f"{prediction:.3g}",
                "atoms": ", ".join(f"{elements[k]}{k} {differences[k]:+.2g}" for k in largest),
                "svg": svg(smiles, colours, f"{name}: the atoms that move the prediction"),
            }
        )  # fmt: skip
    return environment().get_template("atoms.html.j2").render(
        title=f"Atoms that move {target.name}, by {model.config['family']}", unit=unit, most=f"{most:.2g}",
        cards=pictures, skipped=skipped,
    )  # fmt: skip


def _colour(share: float) -> tuple[float, float, float]:
    """A colour from white to UP_COLOUR or DOWN_COLOUR."""
    end = UP_COLOUR if share > 0 else DOWN_COLOUR
    return tuple(round(1 - abs(share) * (1 - value), 2) for value in end)
