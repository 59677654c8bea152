"""SDF and MOL files as molecules, by their atoms and bonds. (`sdf.py` reads them as points in space.)

Values behind a molecule (`> <NAME>`, then a line) become columns beside the molecules.
"""

from collections.abc import Iterator
from pathlib import Path

from ...chemistry.standards import Unreadable, mixed_centres, quiet_rdkit
from ...core.errors import DataError
from ...core.patience import with_progress
from ..points.sdf import values_of
from ..raw import Raw
from ..sequences.text_lines import BREAKS, read_text
from ..values_beside import columns_beside

SUFFIXES = (".sdf", ".sdf.gz", ".mol", ".mol.gz")
END = "$$$$"


def read_sdf_molecules(path: Path) -> Raw:
    """Its molecules as SMILES. Raises DataError for a file that is no text, or holds none."""
    smiles, places, lost, values = [], [], [], []
    with quiet_rdkit():
        for begin, block in with_progress(list(_blocks(read_text(path))), "reading molecules"):
            place = f"line {begin}"
            try:
                smiles.append(_smiles(block))
            except Unreadable as why:
                lost.append((place, block.split("\n")[0].strip(), str(why)))
                continue
            places.append(place)
            values.append(values_of(block))
    if not smiles and not lost:
        raise DataError(f"'{path}' is empty: give an SDF file of molecules")
    beside = columns_beside(values)
    name = path.name.split(".")[0] or path.name
    return Raw("molecules", name, smiles, beside=beside, places=places, unreadable=lost)


def _blocks(text: str) -> Iterator[tuple[int, str]]:
    """Each molecule with the line in which it begins."""
    begin, lines = 1, BREAKS.split(text)
    for number, line in enumerate([*lines, END], 1):
        if line.startswith(END):
            block = lines[begin - 1 : number - 1]
            if any(map(str.strip, block)):
                yield begin, "\n".join(block)
            begin = number + 1


def _smiles(block: str) -> str:
    """With the extension of CXSMILES that says which centres are mixed, where any is. Raises Unreadable for a block
    that RDKit does not read, or whose atoms nothing binds."""
    from rdkit import Chem

    molecule = Chem.MolFromMolBlock(block)
    if molecule is None:
        raise Unreadable("RDKit does not read its block: it is cut short, damaged, or no molecule")
    if molecule.GetNumAtoms() > 1 and not molecule.GetNumBonds():
        raise Unreadable("it has no bonds: read it as points in space")
    if mixed_centres(molecule):
        return Chem.MolToCXSmiles(molecule, Chem.SmilesWriteParams(), Chem.CXSmilesFields.CX_ENHANCEDSTEREO)
    return Chem.MolToSmiles(molecule)
