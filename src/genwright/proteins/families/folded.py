"""A predicted structure of a chain, in the person's form."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import wrap

import numpy as np
import pandas as pd

from ...core.files import write_files, write_whole
from ...core.safe_text import csv_bytes, folder_name
from ..kinds.chain import BACKBONE, RESIDUE_NAMES, Chain
from ..kinds.sketches import CAUTION, UNKNOWN_IDENTITY, Identity

IN_WORDS = {True: "inside: of a usual length and usual words", False: "outside: no error was measured on such chains"}
REMARK_LETTERS = 69  # letters of a remark beside its number
MMCIF_HEAD = (
    *("_entity.id 1", "_entity.type polymer", "_entity_poly.entity_id 1", "_entity_poly.type polypeptide(L)", "loop_"),
    *("_atom_site." + column for column in (
        "group_PDB id type_symbol label_atom_id label_alt_id label_comp_id label_asym_id label_entity_id label_seq_id "
        "Cartn_x Cartn_y Cartn_z occupancy B_iso_or_equiv auth_seq_id auth_asym_id pdbx_PDB_model_num").split()),
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Folded:
    """A chain with its predicted structure.

    Args:
        chain: its letters, and as its atoms (N, 3, 3) the predicted ones, in angstrom.
        confidence: (N,) predicted lDDT of each residue, in [0, 1].
        identity: to the nearest training chain. Default: unknown.
        inside: whether it is like the chains on which errors were measured, None if unknown.
    """

    chain: Chain
    confidence: np.ndarray
    identity: Identity = UNKNOWN_IDENTITY
    inside: bool | None = None

    @classmethod
    def of_chain(
        cls,
        chain: Chain,
        atoms: np.ndarray,
        confidence: np.ndarray,
        identity: Identity = UNKNOWN_IDENTITY,
        inside: bool | None = None,
    ) -> Folded:
        """Joins a chain with a predicted structure. The structure that was known is left out.

        Args:
            chain: that was folded.
            atoms: (N, 3, 3) in angstrom.
            confidence: (N,) in [0, 1].
            identity: to the nearest training chain. Default: unknown.
            inside: whether it is like the chains on which errors were measured, None if unknown.
        """
        chain_without_breaks = replace(chain, atoms=atoms.astype(np.float32), breaks=np.zeros(len(chain), bool))
        return cls(chain_without_breaks, confidence.astype(np.float32), identity, inside)

    @property
    def atoms(self) -> np.ndarray:
        """Positions (N, 3, 3) in Angstrom, rows N, CA and C."""
        return self.chain.atoms

    def to_pdb(self) -> str:
        """Writes the text of a PDB file: a remark on the confidence, and N, CA and C of each residue, with 100 times
        its confidence as B-factor. Chain A, and the number of a residue, end where the columns of the format do."""
        rows = []
        for number, (letter, atoms, confidence) in enumerate(
            zip(self.chain.letters.tolist(), self.atoms, self.confidence)
        ):
            for name, (x, y, z) in zip(BACKBONE, atoms.tolist()):
                rows.append(
                    f"ATOM  {len(rows) + 1:5d}  {name:<3} {RESIDUE_NAMES[letter]} A{number + 1:4d}    "
                    f"{x:8.3f}{y:8.3f}{z:8.3f}{1:6.2f}{100 * confidence:6.2f}          {name[0]:>2}"
                )
        remarks = [f"REMARK   6 {line}" for line in wrap(f"B-FACTOR: {self.caution}", REMARK_LETTERS)]
        return "\n".join([*remarks, *rows, "TER", "END", ""])

    def to_mmcif(self, block: str) -> str:
        """Writes the text of a data block of an mmCIF file, with the atoms and B-factors of `to_pdb`.

        Args:
            block: its name, without blanks.
        """
        rows = []
        for number, (letter, atoms, confidence) in enumerate(
            zip(self.chain.letters.tolist(), self.atoms, self.confidence)
        ):
            residue = f"{RESIDUE_NAMES[letter]} A 1 {number + 1}"
            for name, (x, y, z) in zip(BACKBONE, atoms.tolist()):
                place = f"{x:.3f} {y:.3f} {z:.3f} 1.00 {100 * confidence:.2f}"
                rows.append(f"ATOM {len(rows) + 1} {name[0]} {name} . {residue} {place} {number + 1} A 1")
        remark = ["_pdbx_database_remark.id 6", f"_pdbx_database_remark.text 'B-factor: {self.caution}'", "#"]
        return "\n".join([f"data_{block}", "#", *remark, *MMCIF_HEAD, *rows, "#", ""])

    @property
    def caution(self) -> str:
        """Says in a sentence how confident the prediction is, and how similar this chain is to training chains."""
        known = [f"{CAUTION}; identity to the nearest training chain: {self.identity}", IN_WORDS.get(self.inside, "")]
        return "; ".join(filter(None, known))

    def __len__(self) -> int:
        return len(self.chain)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Folded)
            and np.array_equal(self.chain.letters, other.chain.letters)
            and np.array_equal(self.atoms, other.atoms)
            and np.array_equal(self.confidence, other.confidence)
            and (str(self.identity), self.inside) == (str(other.identity), other.inside)
        )

    __hash__ = None

    def __repr__(self) -> str:
        return f"Folded({self.chain.name}, {len(self):,} residues, confidence {self.confidence.mean():.2f})"


TABLE, MMCIF = "folded.csv", ".cif"
LONGEST_NAME = 100  # characters of the name of a file


def write_folded(structures: Sequence[Folded], path: Path, names: Sequence[str] = ()) -> Path:
    """Writes structures to a new folder: a PDB file each, and folded.csv with file, residues, confidence, identity to
    the nearest training chain, whether it is inside, and sequence. A path with an mmCIF suffix becomes one file, with a
    data block for each structure.

    Args:
        structures: n of them.
        path: the folder, or the file, whose name then ends in .cif. Raises DataError for a folder that is not empty.
        names: (n,) of the files or blocks, without a suffix. Default: those of the chains.
    """
    stems = [folder_name(name)[:LONGEST_NAME] for name in names or [structure.chain.name for structure in structures]]
    stems = stems if len({*stems}) == len(stems) else _numbered(stems)
    if path.suffix.lower() == MMCIF:
        blocks = (structure.to_mmcif(re.sub(r"\s", "_", stem)) for stem, structure in zip(stems, structures))
        return write_whole(path, (block.encode() for block in blocks))
    files = [f"{stem}.pdb" for stem in stems]
    table = pd.DataFrame(
        {
            "file": files,
            "residues": [len(structure) for structure in structures],
            "confidence": [round(float(structure.confidence.mean()), 4) for structure in structures],
            "identity": [str(structure.identity) for structure in structures],
            "inside": pd.Series([structure.inside for structure in structures], dtype=object),
            "sequence": [structure.chain.sequence for structure in structures],
        }
    )
    contents = zip(files, (structure.to_pdb().encode() for structure in structures))
    return write_files(path, [*contents, (TABLE, csv_bytes(table))])


def _numbered(stems: Sequence[str]) -> list[str]:
    return [f"{number + 1}-{stem}" for number, stem in enumerate(stems)]
